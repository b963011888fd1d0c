"""On each enrolment already there, the UE that a jury of an earlier school year acquired (see jury/cases/enrolments.py)."""

from collections import defaultdict

from django.db import migrations

VALIDATING = ["ADM", "CMP", "ADJ", "ADJR", "ADSUP"]


def recall(apps, schema_editor):
    Result, Unit, Enrolment = (
        apps.get_model(*name) for name in (("jury", "Result"), ("curriculum", "Unit"), ("grades", "Enrolment"))
    )
    acquired = defaultdict(dict)
    for student, school_year, *about in Result.objects.filter(
        kind="unit", code__in=VALIDATING, competence__isnull=False
    ).values_list("student", "school_year", "competence", "level", "semester"):
        first = acquired[student].get(tuple(about), school_year)
        acquired[student][tuple(about)] = min(first, school_year)
    units = defaultdict(list)
    for programme, key, *about in Unit.objects.values_list(
        "programme", "pk", "competence", "level", "semester"
    ):
        units[programme].append((key, tuple(about)))
    through = Enrolment.acquired.through
    rows = Enrolment.objects.values_list("pk", "student", "cohort__programme", "cohort__school_year")
    known = set(through.objects.values_list("enrolment", "unit"))
    through.objects.bulk_create(
        through(enrolment_id=enrolment, unit_id=unit)
        for enrolment, student, programme, school_year in rows
        for unit, about in units[programme]
        if acquired[student].get(about, school_year) < school_year and (enrolment, unit) not in known
    )


class Migration(migrations.Migration):

    dependencies = [
        ('grades', '0010_no_number_of_extra_repeats'),
        ('jury', '0014_acts_of_the_jury'),
    ]

    operations = [migrations.RunPython(recall, migrations.RunPython.noop)]
