"""The sheet of an element, of all its students or of some, read in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import F

from curriculum.models import Regulation, Weight
from grades.attempts import not_taken_in
from grades.models import Assessment, Enrolment, EnrolmentQuerySet, Mark, Reopening, Teaching
from grades.sheet import Poids, Settings, Sheet, Standing

ENROLMENT = ("cohort_id", "student_id", "programme_id", "group_id", "status", "status_since")
STUDENT = ("number", "last_name", "first_name", "usual_last_name", "usual_first_name")


def load_sheet(
    teaching: Teaching, *, only: Collection[int] | None = None, lock: bool = False
) -> Sheet[Standing]:
    """Read a sheet in five queries (one more where a jury locked marks, one where a student has UE apart).

    `only` these enrolments, for who writes a few marks: what is told of the class needs them all.

    `lock` keeps every other writer of these évaluations waiting until the transaction ends; whoever writes
    marks or locks évaluations takes it first. (SQLite's IMMEDIATE transactions do as much for everything.)
    """
    assessments, poids, aside = _read_assessments(teaching, lock=lock)
    takers = _takers(teaching)
    enrolments = _read_enrolments(takers if only is None else takers.filter(pk__in=only))
    return Sheet(
        teaching,
        assessments,
        enrolments,
        _read_marks(assessments, enrolments),
        excused=_read_excused(teaching, enrolments),
        poids=poids,
        settings=_read_settings(teaching),
        reopened=_read_reopened(teaching, takers, assessments),
        aside=aside,
    )


def _read_assessments(teaching: Teaching, *, lock: bool) -> tuple[dict[int, Assessment], Poids, str]:
    """The évaluations with their poids, and why the element is aside."""
    rows: Any = (
        Assessment.objects.filter(teaching=teaching)
        .select_related("group")
        .annotate(
            weighs_in=F("weights__unit"),  # a row for each poids: those that are not 1, few
            poids=F("weights__weight"),
            aside=F("teaching__aside_motive"),  # as it now is: the caller may have read it before its lock
        )
        .order_by("position", "pk")
    )
    if lock:
        rows = rows.select_for_update(of=("self",), no_key=True)
    assessments: dict[int, Assessment] = {}
    poids: Poids = {}
    aside = teaching.aside_motive
    for row in rows:
        aside = row.aside
        assessments.setdefault(row.pk, row)
        if row.weighs_in is not None:
            poids.setdefault(row.pk, {})[row.weighs_in] = row.poids
    return assessments, poids, aside


def _takers(teaching: Teaching) -> EnrolmentQuerySet:
    """Whom the sheet of an element lists: those whose programme has it, and who take its semester."""
    programmes = teaching.elements.values("programme")
    of_programmes = Enrolment.objects.filter(cohort=teaching.cohort_id, programme__in=programmes)
    return of_programmes.taking(teaching.element.semester)


def _read_enrolments(takers: EnrolmentQuerySet) -> dict[int, Enrolment]:
    rows = takers.select_related("student").only(*ENROLMENT, *(f"student__{name}" for name in STUDENT))
    return {enrolment.pk: enrolment for enrolment in rows}


def _read_marks(assessments: Collection[int], enrolments: Collection[int]) -> dict[tuple[int, int], Standing]:
    rows = Mark.objects.filter(assessment__in=list(assessments), enrolment__in=list(enrolments))
    return {
        (assessment, enrolment): Standing(*mark)
        for assessment, enrolment, *mark in rows.values_list("assessment", "enrolment", *Standing._fields)
    }


def _read_excused(teaching: Teaching, enrolments: Mapping[int, Enrolment]) -> frozenset[int]:
    """Those of whom no mark is asked in any of the UE where the element counts for them."""
    apart = not_taken_in([teaching.cohort_id])
    there = apart.keys() & enrolments.keys()
    if not there:
        return frozenset()
    counts: dict[int, set[int]] = defaultdict(set)
    rows = Weight.objects.filter(element__in=teaching.elements)
    for programme, unit in rows.values_list("unit__programme", "unit"):
        counts[programme].add(unit)
    units = {key: counts[enrolments[key].programme_id] for key in there}
    return frozenset(key for key in there if units[key] and units[key] <= apart[key])


def _read_settings(teaching: Teaching) -> Settings:
    """What the regulation in force says for the promotion's year."""
    cohort = teaching.cohort
    in_force = Regulation.objects.in_force(
        department=cohort.specialty.department_id,
        programme=teaching.element.programme_id,
        school_year=cohort.school_year,
    )
    row = in_force.values_list(*Settings._fields).first()
    return Settings(*row) if row else Settings()


def _read_reopened(
    teaching: Teaching, takers: EnrolmentQuerySet, assessments: Mapping[int, Assessment]
) -> frozenset[int]:
    """All those whose marks are open although a jury locked them."""
    if not any(assessment.locked for assessment in assessments.values()):
        return frozenset()
    standing = Reopening.objects.standing().filter(semester=teaching.element.semester)
    return frozenset(takers.filter(reopenings__in=standing).values_list("pk", flat=True))
