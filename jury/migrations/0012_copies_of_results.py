"""Each result of today said what it is about, and kept once: by the first jury that gave it.

A closing wrote again every result that it recalled. A copy says the same code and the same average as the
word in force before it: it goes, its origin stays. What a jury recalled without judging it is a copy of what
bears the same name, even in another parcours: it never gave RT4 of Cyber who recalled RT4 of IOM. What names
nothing that the programmes know is kept, without competence: it is told apart and acquires nothing.
"""

import re
from collections import defaultdict
from datetime import date
from itertools import groupby

from django.db import migrations

VALIDATING = {"ADM", "CMP", "ADJ", "ADJR", "ADSUP"}
WRITTEN = ("competence", "level", "semester", "year", "programme", "credits", "source", "decided_on")


def give_origins(apps, schema_editor):
    Result = apps.get_model("jury", "Result")
    known = _Known(apps)
    students = Result.objects.order_by("student").values_list("student_id", "student__department")
    for student, department in students.distinct():
        results = sorted(Result.objects.filter(student=student), key=known.order)
        for row in results:
            known.describe(row, department)
        kept = list(_without_copies(results, known))
        Result.objects.bulk_update(kept, WRITTEN)
        Result.objects.filter(pk__in={row.pk for row in results} - {row.pk for row in kept}).delete()
        Result.objects.bulk_create(_diplomas(Result, kept, known))


class _Known:
    """The sessions, the enrolments and the programmes, each read once."""

    def __init__(self, apps):
        sessions = apps.get_model("jury", "Session").objects.defer("snapshot")
        self.sessions = {row.pk: row for row in sessions.select_related("cohort__programme")}
        self.enrolled = defaultdict(list)
        rows = apps.get_model("grades", "Enrolment").objects.order_by("cohort__school_year", "pk")
        for student, *where in rows.values_list(
            "student", "cohort__school_year", "cohort__programme__parcours"
        ):
            self.enrolled[student].append(where)
        # By department and name, and by parcours; the oldest version of a programme first.
        self.named, self.units = defaultdict(list), defaultdict(list)
        units = apps.get_model("curriculum", "Unit").objects.select_related(
            "competence", "programme__parcours"
        )
        for unit in units.order_by("programme__in_force_from", "programme__pk", "pk"):
            parcours = unit.programme.parcours
            self.units[parcours.pk].append(unit)
            self.named["unit", parcours.department_id, unit.code].append(unit)
            level = f"{unit.competence.code}/{unit.level}"
            self.named["rcue", parcours.department_id, level].append(unit)

    def order(self, row):
        session = self.sessions.get(row.session_id)
        held = (session.date, session.semester, session.rank) if session else (date.min, 0, 0)
        return (row.school_year, held, row.pk)

    def describe(self, row, department):
        """What it is about and where it comes from."""
        session = self.sessions.get(row.session_id)
        if session:
            row.source, row.decided_on = "jury", session.date
            row.programme_id = session.cohort.programme_id
        if row.kind == "year":
            found = re.fullmatch(r"BUT([1-3])", row.subject)
            row.year = int(found[1]) if found else None
            return
        unit = self._unit(row, department, session)
        if unit is None:
            return
        row.competence_id, row.level, row.year = unit.competence_id, unit.level, (unit.semester + 1) // 2
        if row.kind == "unit":
            row.semester = unit.semester
            row.credits = unit.ects if row.code in VALIDATING else 0

    def _unit(self, row, department, session):
        """The unit of its name: of the programme judged, else the version of then, in the parcours of then."""
        candidates = self.named.get((row.kind, department, row.subject), [])
        parcours = session.cohort.programme.parcours_id if session else self._parcours(row)
        own = [unit for unit in candidates if unit.programme.parcours_id == parcours]
        if not own and len({unit.competence_id for unit in candidates}) == 1:
            own = candidates
        return max(
            own,
            key=lambda unit: (
                unit.programme_id == row.programme_id,
                unit.programme.in_force_from <= row.school_year,
                unit.programme.in_force_from,
            ),
            default=None,
        )

    def _parcours(self, row):
        """Where the student was that year, or nearest to it."""
        nearest = min(self.enrolled[row.student_id], key=lambda each: abs(each[0] - row.school_year), default=None)
        return nearest and nearest[1]

    def judged(self, row):
        """Whether it is of what its jury judged; not what it merely recalled."""
        session = self.sessions[row.session_id]
        even, year = session.semester % 2 == 0, (session.semester + 1) // 2
        if row.kind == "unit":
            return row.semester == session.semester or (even and row.semester == session.semester - 1)
        return even and row.year == year

    def cursus(self, session, last):
        """The (competence, semester) that a diploma asks for in the parcours; none if a semester lacks."""
        asked = {}
        for unit in self.units[session.cohort.programme.parcours_id]:
            if unit.programme.in_force_from <= session.cohort.school_year and unit.semester <= last:
                asked.setdefault(unit.semester, {}).setdefault(unit.programme_id, set()).add(unit.competence_id)
        if len(asked) < last:
            return set()
        # The versions come from the oldest: the last one is that in force.
        return {
            (competence, semester)
            for semester, versions in asked.items()
            for competence in list(versions.values())[-1]
        }


def _without_copies(results, known):
    about, named = {}, {}
    for row in results:
        if row.kind == "year":
            # Said again in the year by the jury of the even semester, of who left; RAT then ADM are two words.
            year = (row.kind, row.school_year, row.subject)
            if row.session_id and year in about and about[year].code == row.code:
                continue
            about[year] = row
            yield row
            continue
        subject = (row.kind, row.competence_id, row.level, row.semester)
        name = (row.kind, row.subject)
        if row.session_id and row.competence_id:
            before = [about.get(subject)] if known.judged(row) else [about.get(subject), named.get(name)]
            if any(each and (each.code, each.average) == (row.code, row.average) for each in before):
                continue
        for said, key in ((about, subject), (named, name)):
            if key not in said or said[key].code not in VALIDATING or row.code in VALIDATING:
                said[key] = row
        yield row


def _diplomas(Result, results, known):
    """Those granted, by the jury where the last UE was acquired; none where no jury held here did it."""
    acquired, granted = set(), []
    for key, rows in groupby(results, key=lambda row: row.session_id):
        gives = [row for row in rows if row.kind == "unit" and row.code in VALIDATING and row.competence_id]
        new = {(row.competence_id, row.semester) for row in gives} - acquired
        acquired |= new
        session = known.sessions.get(key)
        if session is None or not new:
            continue
        for diploma, last in (("DUT", 4), ("BUT", 6)):
            asked = known.cursus(session, last)
            if new & asked and asked <= acquired and diploma not in {each.subject for each in granted}:
                granted.append(
                    Result(
                        student_id=gives[0].student_id,
                        kind="diploma",
                        subject=diploma,
                        programme_id=session.cohort.programme_id,
                        school_year=session.cohort.school_year,
                        source="jury",
                        session_id=session.pk,
                        decided_on=session.date,
                    )
                )
    return granted


class Migration(migrations.Migration):

    dependencies = [
        ('jury', '0011_ledger'),
    ]

    operations = [migrations.RunPython(give_origins, migrations.RunPython.noop)]
