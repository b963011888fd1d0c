from django.apps import AppConfig


class NightsConfig(AppConfig):
    name = "butrt.base.nights"
    label = "nights"
    verbose_name = "Nuits"

    def ready(self) -> None:
        from butrt.base.nights import services  # noqa: F401  the housekeeping
