"""How many marks of many elements are entered, counted by the database: none is read, nothing is averaged.

The same numbers as `Sheet.progress` and `Sheet.gaps` find mark by mark (a test holds it), in two queries.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

from django.db.models import Count, Q, QuerySet

from grades.models import Assessment, Mark
from grades.sheet import Progress, Sheet

Place: TypeAlias = tuple[int, int | None]
"""(programme, group): those of a place are expected at the same évaluations, the excused apart."""

_PLACE = ("enrolment__programme", "enrolment__group")
_CODES = ("", *Mark.Code.values)
_NOTHING = "?"


class Counted(NamedTuple):
    """What an element has come to; `awaited`: the marks announced (ATT), which are not entered."""

    progress: Progress
    awaited: int


def counted(sheets: Sequence[Sheet[Any]]) -> dict[int, Counted]:
    """{teaching: what it has come to}, of sheets whose marks need not have been read."""
    # What is excused differs from one element to another: these students are counted one by one.
    excused = {key for sheet in sheets for key in sheet.excused}
    of_place = _marks(sheets).exclude(enrolment__in=excused).values("assessment", "code", *_PLACE)
    places = Counter[tuple[int, str, Place]]()
    for row in of_place.annotate(number=Count("pk")).order_by():
        places[row["assessment"], row["code"], _place(row)] += row["number"]
    alone = dict[tuple[int, int], str]()
    if excused:
        rows = _marks(sheets).filter(enrolment__in=excused)
        alone = {(pk, who): code for pk, who, code in rows.values_list("assessment", "enrolment", "code")}
    return {sheet.teaching.pk: _of_sheet(sheet, excused, places, alone) for sheet in sheets}


def _place(row: dict[str, Any]) -> Place:
    return row["enrolment__programme"], row["enrolment__group"]


def _marks(sheets: Sequence[Sheet[Any]]) -> QuerySet[Mark]:
    """What is written at the normal évaluations, of who takes the semester and is there."""
    written = Q(value__isnull=False) | ~Q(code="")
    semester = "assessment__teaching__element__semester__in"
    takes = Q(enrolment__takes_odd=True, **{semester: (1, 3, 5)})
    takes |= Q(enrolment__takes_even=True, **{semester: (2, 4, 6)})
    return Mark.objects.filter(
        written,
        takes,
        assessment__teaching__in=[sheet.teaching.pk for sheet in sheets],
        assessment__kind=Assessment.Kind.NORMAL,
        enrolment__status="",
    )


def _of_sheet(
    sheet: Sheet[Any],
    excused: set[int],
    places: Counter[tuple[int, str, Place]],
    alone: dict[tuple[int, int], str],
) -> Counted:
    if sheet.aside:  # nothing is expected any more
        return Counted(Progress(0, 0), 0)
    there = [row for row in sheet.enrolments.values() if not row.status and row.pk not in sheet.excused]
    seats = Counter((row.programme_id, row.group_id) for row in there if row.pk not in excused)
    one_by_one = [row for row in there if row.pk in excused]
    expected, by_code = 0, Counter[str]()
    for assessment in sheet.assessments.values():
        if assessment.kind != Assessment.Kind.NORMAL:
            continue
        for place, number in seats.items():
            if assessment.group_id in (None, place[1]):
                expected += number
                for code in _CODES:
                    by_code[code] += places[assessment.pk, code, place]
        for row in one_by_one:
            if assessment.group_id in (None, row.group_id):
                expected += 1
                by_code[alone.get((assessment.pk, row.pk), _NOTHING)] += 1
    entered = sum(by_code[code] for code in _CODES if code != Mark.Code.AWAITED)
    return Counted(Progress(entered, expected), by_code[Mark.Code.AWAITED])
