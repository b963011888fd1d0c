from django.apps import AppConfig


class ProofConfig(AppConfig):
    name = "butrt.site.proof"
    label = "proof"
    verbose_name = "preuve de la nuit"
