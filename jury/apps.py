from django.apps import AppConfig


class JuryConfig(AppConfig):
    name = "jury"
    verbose_name = "jury"

    def ready(self) -> None:
        # What listens: a new department's usual motives, the batches to purge and the documents that fail.
        from curriculum import locks
        from grades import enrolling
        from jury import enrolments, motives
        from jury.batches import services
        from jury.programmelock import judged_on

        locks.register(judged_on)
        enrolling.register(after=enrolments.recall_acquired, asked=enrolments.objections)
        del motives, services
