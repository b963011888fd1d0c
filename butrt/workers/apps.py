from django.apps import AppConfig


class WorkersConfig(AppConfig):
    name = "butrt.workers"
    label = "workers"
    verbose_name = "exécutants"
