"""Each result of today said what it is about, and kept once: by the first jury that gave it.

A closing wrote again every result that it recalled. A copy says the same code and the same average as the
word in force before it: it goes, its origin stays. What names nothing that the programmes know is kept,
without competence: it is told apart and acquires nothing.
"""

import re
from collections import defaultdict
from datetime import date

from django.db import migrations

VALIDATING = {"ADM", "CMP", "ADJ", "ADJR", "ADSUP"}


def give_origins(apps, schema_editor):
    Result, Unit, Enrolment = (
        apps.get_model(*name) for name in (("jury", "Result"), ("curriculum", "Unit"), ("grades", "Enrolment"))
    )
    units, levels = defaultdict(list), defaultdict(list)
    for unit in Unit.objects.select_related("competence", "programme__parcours").order_by("programme__in_force_from"):
        department = unit.programme.parcours.department_id
        units[department, unit.code].append(unit)
        levels[department, f"{unit.competence.code}/{unit.level}"].append(unit)
    enrolled = defaultdict(set)
    for student, parcours in Enrolment.objects.values_list("student", "cohort__programme__parcours"):
        enrolled[student].add(parcours)
    by_student = defaultdict(list)
    rows = Result.objects.select_related("session__cohort__programme", "student").defer("session__snapshot")
    for row in rows:
        by_student[row.student_id].append(row)
    for student, results in by_student.items():
        results.sort(key=_order)
        said, copies = {}, []
        for row in results:
            parcours = {row.session.cohort.programme.parcours_id} if row.session else enrolled[student]
            _describe(row, units, levels, parcours)
            about = (row.kind, row.competence_id, row.level, row.semester, row.year)
            if row.kind != "year":
                known = said.get(about) if row.competence_id else None
                if row.session_id and known and (known.code, known.average) == (row.code, row.average):
                    copies.append(row.pk)
                    continue
                if known is None or known.code not in VALIDATING or row.code in VALIDATING:
                    said[about] = row
            row.save()
        Result.objects.filter(pk__in=copies).delete()
        _grant(Result, results, copies)


def _order(row):
    session = row.session
    return (
        row.school_year,
        (session.date, session.semester, session.rank) if session else (date.min, 0, 0),
        row.pk,
    )


def _describe(row, units, levels, parcours):
    """What it is about and where it comes from."""
    department = row.student.department_id
    if row.session:
        row.source, row.decided_on = "jury", row.session.date
        row.programme_id = row.session.cohort.programme_id
    if row.kind == "year":
        found = re.fullmatch(r"BUT([1-3])", row.subject)
        row.year = int(found[1]) if found else None
        return
    candidates = (units if row.kind == "unit" else levels).get((department, row.subject), [])
    own = [unit for unit in candidates if unit.programme.parcours_id in parcours]
    if not own and len({unit.competence_id for unit in candidates}) == 1:
        own = candidates
    if not own:
        return
    judged = [unit for unit in own if unit.programme_id == row.programme_id]
    unit = (judged or own)[-1]
    row.competence_id, row.level, row.year = unit.competence_id, unit.level, (unit.semester + 1) // 2
    if row.kind == "unit":
        row.semester = unit.semester
        row.credits = unit.ects if row.code in VALIDATING else 0


def _grant(Result, results, copies):
    """The diplomas, at the jury where the last UE was acquired; none where no jury held here did it."""
    for diploma, last in (("DUT", 4), ("BUT", 6)):
        first = {}
        for row in results:
            acquired = row.kind == "unit" and row.code in VALIDATING and row.competence_id
            if acquired and row.semester <= last and row.pk not in copies:
                first.setdefault((row.competence_id, row.semester), row)
        sizes = defaultdict(int)
        for _, semester in first:
            sizes[semester] += 1
        latest = max(first.values(), key=_order, default=None)
        if latest is None or latest.session_id is None:
            continue
        cursus = _cursus(latest, last)
        if not cursus or not all(each in first for each in cursus):
            continue
        Result.objects.create(
            student_id=latest.student_id,
            kind="diploma",
            subject=diploma,
            programme_id=latest.programme_id,
            school_year=latest.school_year,
            source="jury",
            session_id=latest.session_id,
            decided_on=latest.decided_on,
        )


def _cursus(row, last):
    """The (competence, semester) that a diploma asks for, by the programmes of the parcours; none if one lacks."""
    parcours = row.session.cohort.programme.parcours
    asked, semesters = set(), set()
    for programme in parcours.programmes.order_by("in_force_from"):
        if programme.in_force_from > row.school_year:
            continue
        found = {(unit.competence_id, unit.semester) for unit in programme.units.all()}
        asked = {each for each in asked if each[1] not in {semester for _, semester in found}} | found
        semesters |= {semester for _, semester in found}
    wanted = set(range(1, last + 1))
    return {each for each in asked if each[1] in wanted} if wanted <= semesters else set()


class Migration(migrations.Migration):

    dependencies = [
        ('jury', '0011_ledger'),
    ]

    operations = [migrations.RunPython(give_origins, migrations.RunPython.noop)]
