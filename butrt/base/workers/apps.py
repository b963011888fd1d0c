from django.apps import AppConfig


class WorkersConfig(AppConfig):
    name = "butrt.base.workers"
    label = "workers"
    verbose_name = "exécutants"
