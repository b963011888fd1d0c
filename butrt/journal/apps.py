from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "butrt.journal"
    label = "journal"
    verbose_name = "journal"
