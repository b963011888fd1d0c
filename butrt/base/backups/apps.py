from django.apps import AppConfig


class BackupsConfig(AppConfig):
    name = "butrt.base.backups"
    label = "backups"
    verbose_name = "Sauvegardes"
