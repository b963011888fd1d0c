from django.apps import AppConfig


class JuryConfig(AppConfig):
    name = "jury"
    verbose_name = "jury"

    def ready(self) -> None:
        # What listens: a new department's usual motives, the batches to purge and the documents that fail.
        from curriculum import locks
        from jury import motives
        from jury.batches import services
        from jury.programmelock import judged_on

        locks.register(judged_on)
        del motives, services
