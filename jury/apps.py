from django.apps import AppConfig


class JuryConfig(AppConfig):
    name = "jury"
    verbose_name = "jury"

    def ready(self) -> None:
        from jury import motives  # its signal gives a new department its usual motives

        del motives
