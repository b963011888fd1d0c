from django.apps import AppConfig


class JuryConfig(AppConfig):
    name = "jury"
    verbose_name = "jury"

    def ready(self) -> None:
        # What listens: a new department's usual motives, the batches to purge and the documents that fail,
        # what was printed of data that another machine erased.
        from curriculum import programmelock
        from grades import enrolling, holders, judged
        from jury.cases import enrolments
        from jury.documents.batches import listening
        from jury.sittings import usual_motives as motives
        from jury.sittings.judged_semesters import judging
        from jury.sittings.programmelock import judged_on
        from jury.sittings.promotions import SESSIONS
        from jury.students.personal import listening as erasing

        programmelock.register(judged_on)
        judged.register(judging)
        holders.register(SESSIONS)
        enrolling.register(after=enrolments.recall_acquired, asked=enrolments.objections)
        del motives, listening, erasing
