from django.apps import AppConfig


class GradesConfig(AppConfig):
    name = "grades"
    verbose_name = "notes"

    def ready(self) -> None:
        from butrt.base.accounts import listing
        from grades.accounts import of_past_years
        from grades.progress import alerts  # what listens: the housekeeping

        del alerts

        listing.register(of_past_years)
