"""What juries decided, for who enrols: the UE already acquired, and what an enrolment goes against.

`grades` knows no jury: both functions are registered in its `grades/enrolling.py` when the site starts.
Each reads a fixed number of queries, whatever the number of students.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from django.db.models import F

from butrt.base.french import listed, plural
from butrt.base.inserting import insert
from curriculum.models import Programme, Regulation, Unit, school_year_label
from grades.attempts import Times, granted_if_enrolled, repeats_if_enrolled
from grades.enrolling import Taking
from grades.models import Cohort, Enrolment, Student
from jury.models import Result
from jury.rules import PASSING, VALIDATING, Code, codes
from jury.rules.codes import LAST_YEAR

NO_RETURN = frozenset({Code.NAR, Code.EXCLU})

Elsewhere: TypeAlias = dict[int, list[Enrolment]]
"""{student's key: enrolments of the same school year in other promotions}."""
About: TypeAlias = tuple[int, int, int]
"""What a UE is about: its competence's key, its level, its semester."""


def about(result: Result, unit: Unit) -> bool:
    """Whether the result of a UE is about this one, whatever their codes (domain 3.3)."""
    given = (result.competence_id, result.level, result.semester)
    return given == (unit.competence_id, unit.level, unit.semester)


# ---------- what is acquired ----------


def recall_acquired(enrolments: Iterable[Enrolment]) -> None:
    """Write on each enrolment the UE of its programme acquired in an earlier school year, or elsewhere.

    To call again whenever results change. Five queries at most, whatever the number of enrolments.
    """
    rows = list(
        Enrolment.objects.filter(pk__in=[enrolment.pk for enrolment in enrolments])
        .select_related("cohort")
        .prefetch_related("acquired")
    )
    now = acquired_before(rows)
    through = Enrolment.acquired.through
    added, gone = [], []
    for enrolment in rows:
        before = {unit.pk for unit in enrolment.acquired.all()}
        added += [(enrolment.pk, unit) for unit in now[enrolment.pk] - before]
        gone += [(enrolment.pk, unit) for unit in before - now[enrolment.pk]]
    insert(through, ("enrolment_id", "unit_id"), added)
    if gone:
        stale = set(gone)
        kept = through.objects.filter(enrolment__in={key for key, _ in gone})
        keys = [row.pk for row in kept if (row.enrolment_id, row.unit_id) in stale]
        through.objects.filter(pk__in=keys).delete()


def acquired_before(rows: Sequence[Enrolment]) -> dict[int, set[int]]:
    """{enrolment: the UE of its programme that results say acquired before it}. Needs `cohort` selected."""
    results = Result.objects.standing().filter(
        student__in={enrolment.student_id for enrolment in rows},
        kind=Result.Kind.UNIT,
        code__in=VALIDATING,
        competence__isnull=False,
    )
    acquiring: dict[int, list[_Acquiring]] = defaultdict(list)
    for student, *result in results.values_list("student", *_Acquiring._fields):
        acquiring[student].append(_Acquiring(*result))
    units: dict[int, dict[int, About]] = defaultdict(dict)
    programmes = {enrolment.programme_id for enrolment in rows if enrolment.student_id in acquiring}
    for unit in Unit.objects.filter(programme__in=programmes):  # none asked for where nothing is acquired
        units[unit.programme_id][unit.pk] = unit.competence_id, unit.level, unit.semester
    acquired = {}
    for enrolment in rows:
        earlier = {result.about for result in acquiring[enrolment.student_id] if result.before(enrolment)}
        acquired[enrolment.pk] = {
            key for key, unit in units[enrolment.programme_id].items() if unit in earlier
        }
    return acquired


class _Acquiring(NamedTuple):
    """A result that acquires a UE, whatever its code there (domain 3.3)."""

    competence: int
    level: int
    semester: int
    school_year: int
    session: int | None

    @property
    def about(self) -> About:
        return self.competence, self.level, self.semester

    def before(self, enrolment: Enrolment) -> bool:
        """Whether it was so before that year's marks: by an earlier year, or elsewhere the same year."""
        year = enrolment.cohort.school_year
        return self.school_year < year or (self.school_year == year and self.session is None)


def _results(
    students: Collection[int], kind: str, wanted: Collection[str] = codes.YEAR_CODES
) -> dict[int, list[Result]]:
    """{student's key: their results of a kind, with one of these codes, the first said first}."""
    by_student: dict[int, list[Result]] = defaultdict(list)
    rows = Result.objects.standing().filter(student__in=students, kind=kind, code__in=wanted)
    in_order = (F("decided_on").asc(nulls_first=True), F("session__rank").asc(nulls_first=True), "pk")
    for result in rows.order_by("school_year", *in_order):
        by_student[result.student_id].append(result)
    return by_student


# ---------- what an enrolment goes against ----------


@dataclass
class _Past:
    """What the ledger and the other enrolments say of a student."""

    years: dict[int, Result]  # the last word on each year of the BUT
    passed: set[int]  # the years that a jury let through, once at least
    acquired: list[Result]
    elsewhere: list[Enrolment]
    repeats: Times
    granted: Times


def objections(cohort: Cohort, taking: Taking) -> dict[int, list[str]]:
    """{student's key: what an enrolment in these semesters goes against}, in French.

    Nothing is opposed to a student of whom no jury is known: they come from elsewhere, and the checklist
    of the jury says which earlier results are missing.
    """
    students = {student.pk: student for student in taking}
    known = set(Result.objects.standing().filter(student__in=students).values_list("student", flat=True))
    if not known:
        return {}
    known_taking = {student: place for student, place in taking.items() if student.pk in known}
    years = _results(known, Result.Kind.YEAR)
    acquired = _results(known, Result.Kind.UNIT, VALIDATING)
    elsewhere = _elsewhere(cohort, known)
    first_year = _first_year(cohort, known) if cohort.year == LAST_YEAR else {}
    repeats = repeats_if_enrolled(
        cohort, {student: semesters for student, (_, semesters) in known_taking.items()}
    )
    granted = granted_if_enrolled(cohort, known)
    regulations = _regulations(cohort, {programme for programme, _ in known_taking.values()})
    by_student = {}
    for student, (programme, semesters) in known_taking.items():
        earlier = [result for result in years[student.pk] if result.school_year < cohort.school_year]
        past = _Past(
            {result.year or 0: result for result in earlier},
            {result.year or 0 for result in earlier if result.code in PASSING},
            acquired[student.pk],
            elsewhere[student.pk],
            repeats[student.pk],
            granted[student.pk],
        )
        by_student[student.pk] = [
            *_refused(cohort, student, past),
            *_not_passed(cohort, student, past),
            *_closed_s5(cohort, semesters, past, first_year.get(student.pk, ())),
            *_two_years_at_once(cohort, programme, semesters, past),
            *_too_often(semesters, past, regulations[programme]),
        ]
    return by_student


def _refused(cohort: Cohort, student: Student, past: _Past) -> list[str]:
    """A year that a jury did not allow to repeat, or from which the student was excluded."""
    return [
        f"{_said(result, student)} : pas d’inscription en BUT{cohort.year}."
        for year, result in sorted(past.years.items())
        if result.code in NO_RETURN and cohort.year >= year
    ]


def _not_passed(cohort: Cohort, student: Student, past: _Past) -> list[str]:
    """BUT2 and BUT3 follow from a passing year (annexe 1, 4.5)."""
    year = cohort.year
    below = past.years.get(year - 1)
    if year == 1 or year - 1 in past.passed or (below and below.code in NO_RETURN):
        return []
    if below is None:
        return [
            f"Aucun jury n’a admis en BUT{year} : pas de décision connue sur l’année BUT{year - 1} (4.5)."
        ]
    return [f"{_said(below, student)} : le passage en BUT{year} n’est pas ouvert (4.5)."]


def _closed_s5(
    cohort: Cohort, semesters: Sequence[int], past: _Past, first_year: Sequence[Unit]
) -> list[str]:
    """S5 also needs every UE of S1 and S2 acquired, whichever jury acquired them since (4.5)."""
    if cohort.year - 1 not in past.passed or min(semesters) != cohort.semesters[0]:
        return []
    missing = [unit.code for unit in first_year if not any(about(result, unit) for result in past.acquired)]
    if not missing:
        return []
    verb = plural(len(missing), "n’est pas acquise", "ne sont pas acquises")
    return [f"S5 demande toutes les UE de S1 et S2 : {listed(missing)} {verb} (4.5)."]


def _two_years_at_once(
    cohort: Cohort, programme: Programme, semesters: Sequence[int], past: _Past
) -> list[str]:
    """Two years of the BUT in the same school year, unless what is taken of the lower is only missing."""
    refusals = []
    for other in past.elsewhere:
        year, lower = cohort.year, other.cohort.year
        taken, units = other.semesters, list(other.programme.units.all())
        if year == lower:
            continue
        if year < lower:
            taken, units = list(semesters), list(programme.units.all())
        held = [
            semester
            for semester in taken
            if all(
                any(about(result, unit) for result in past.acquired)
                for unit in units
                if unit.semester == semester
            )
        ]
        if held:
            names = listed([f"S{semester}" for semester in held])
            are = plural(len(held), "est acquis", "sont acquis")
            refusals.append(
                f"Une autre inscription, en BUT{other.cohort.year}, est de la même année : on ne "
                f"suit deux années que pour des semestres non acquis, et {names} {are}."
            )
    return refusals


def _too_often(semesters: Sequence[int], past: _Past, regulation: Regulation) -> list[str]:
    """Each semester is repeated so many times, so many in all, plus what the director granted (4.5)."""
    refusals = []
    for semester in semesters:
        allowed = regulation.repeats_per_semester + past.granted.get(semester, 0)
        times = past.repeats.get(semester, 0)
        if times > allowed:
            nth = "1re" if times == 1 else f"{times}e"
            refusals.append(
                f"S{semester} serait redoublé pour la {nth} fois, {_permitted(allowed)} par semestre (4.5)."
            )
    done, most = sum(past.repeats.values()), regulation.repeats_total + sum(past.granted.values())
    repeats_one = any(past.repeats.get(semester) for semester in semesters)
    if done > most and repeats_one:
        refusals.append(f"{done} semestres redoublés en tout, {_permitted(most)} (4.5).")
    return refusals


def _permitted(allowed: int) -> str:
    return f"{allowed or 'aucun'} permis"


def _said(result: Result, student: Student) -> str:
    """ "Le jury de BUT1 de 2023-2024 a dit NAR (ajourné, ne peut pas redoubler)"."""
    words = codes.words(Code(result.code), "year", codes.gender(student.gender))
    label = school_year_label(result.school_year)
    if result.code in codes.STATUSES:
        return f"BUT{result.year} de {label} porte {result.code} ({words})"
    return f"Le jury de BUT{result.year} de {label} a dit {result.code} ({words})"


def _first_year(cohort: Cohort, students: Collection[int]) -> dict[int, list[Unit]]:
    """{student's key: the UE of the BUT1 that they followed}; who followed none here is left out."""
    followed = Enrolment.objects.filter(
        student__in=students,
        cohort__year=1,
        cohort__specialty=cohort.specialty_id,
    ).order_by("cohort__school_year", "pk")
    programmes = dict(followed.values_list("student", "programme"))
    units: dict[int, list[Unit]] = defaultdict(list)
    for unit in Unit.objects.filter(programme__in=set(programmes.values())):
        units[unit.programme_id].append(unit)
    return {student: units[programme] for student, programme in programmes.items()}


def _elsewhere(cohort: Cohort, students: Collection[int]) -> Elsewhere:
    """What these students take in other promotions of the same school year."""
    by_student: Elsewhere = defaultdict(list)
    rows = Enrolment.objects.filter(student__in=students, cohort__school_year=cohort.school_year)
    for row in (
        rows.exclude(cohort=cohort)
        .exclude(status__in=[Enrolment.Status.GAP_YEAR, Enrolment.Status.RESIGNED, Enrolment.Status.GAVE_UP])
        .select_related("cohort", "programme")
        .prefetch_related("programme__units")
    ):
        by_student[row.student_id].append(row)
    return by_student


def _regulations(cohort: Cohort, programmes: Collection[Programme]) -> dict[Programme, Regulation]:
    """The règlement in force that year for each; the texts' own numbers where the department has none."""
    return {
        programme: Regulation.objects.in_force(
            department=cohort.department, programme=programme.pk, school_year=cohort.school_year
        ).first()
        or Regulation()
        for programme in programmes
    }
