from collections import Counter, defaultdict

from django.db import migrations
from django.utils import timezone

FORMER = "Repris de l’ancien champ « redoublements accordés »"


def convert(apps, schema_editor):
    """Make acts of the repeats that were granted as a number, and forget the repeats that were copied."""
    Enrolment = apps.get_model("grades", "Enrolment")
    by_student = defaultdict(list)
    rows = Enrolment.objects.select_related("cohort__programme").order_by("cohort__school_year", "pk")
    for enrolment in rows:
        by_student[enrolment.student_id].append(enrolment)
    for enrolments in by_student.values():
        grant(apps.get_model("grades", "ExtraRepeat"), enrolments)
        forget_copies(enrolments)


def grant(ExtraRepeat, enrolments):
    """The number was copied from year to year: an act for each time that it grew."""
    granted = 0
    for each in enrolments:
        own = [2 * each.cohort.programme.year - 1, 2 * each.cohort.programme.year]
        ranked = sorted(range(1, 7), key=lambda s: (-each.repeats.get(str(s), 0), s not in own, s))
        for semester in ranked[: max(0, each.extra_repeats - granted)]:
            ExtraRepeat.objects.create(
                student_id=each.student_id,
                semester=semester,
                school_year=each.cohort.school_year,
                circumstances=FORMER,
                recorded_at=timezone.now(),
            )
        granted = max(granted, each.extra_repeats)


def forget_copies(enrolments):
    """Empty the repeats that the enrolments tell by themselves: they are counted from now on.

    Everyone took both semesters until now. What was stated otherwise stays, as known from elsewhere.
    """
    attempted, done = set(), Counter()
    for each in enrolments:
        stated = {int(semester): times for semester, times in each.repeats.items() if times}
        if each.status != "ABL":
            taken = {2 * each.cohort.programme.year - 1, 2 * each.cohort.programme.year}
            done.update(taken & attempted)
            attempted |= taken
        if stated and stated == {semester: times for semester, times in done.items() if times}:
            each.repeats = {}
            each.save(update_fields=["repeats"])
        for semester, times in stated.items():
            done[semester] = max(done[semester], times)
            attempted.add(semester)


class Migration(migrations.Migration):
    dependencies = [("grades", "0008_semesters_and_acts")]

    operations = [migrations.RunPython(convert, migrations.RunPython.noop)]
