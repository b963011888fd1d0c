"""How many marks of many elements are entered, counted by the database: few are read, nothing is averaged.

The same numbers as `Sheet.progress` and `Sheet.gaps` find mark by mark (a test holds it), in two queries.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple, TypeAlias

from django.db.models import Count, Q

from grades.models import Assessment, Enrolment, Mark
from grades.sheet import Progress, Sheet

Place: TypeAlias = tuple[int, int | None]
"""(programme, group): those of a place are expected at the same évaluations."""


class Counted(NamedTuple):
    """What an element has come to; `awaited`: the marks announced (ATT), which are not entered."""

    progress: Progress
    awaited: int


class _Class(NamedTuple):
    """Who is there to take an element: how many at each place, and those who are counted one by one."""

    seats: Counter[Place]
    alone: list[Enrolment]


class _Read(NamedTuple):
    """What the database says of évaluations: {évaluation: numbers at each place}, {évaluation: marks}."""

    numbers: defaultdict[int, Counter[Place]]
    alone: defaultdict[int, list[tuple[int, str]]]


def counted(sheets: Sequence[Sheet[Any]]) -> dict[int, Counted]:
    """{teaching: what it has come to}, of sheets whose marks need not have been read."""
    excused = {key for sheet in sheets for key in sheet.excused}
    read = _read(sheets, excused)
    classes: dict[int, _Class] = {}
    for sheet in sheets:
        if (key := id(sheet.enrolments)) not in classes:  # many elements are taken by the same students
            classes[key] = _class(sheet.enrolments.values(), excused)
    return {sheet.teaching.pk: _of_sheet(sheet, classes[id(sheet.enrolments)], read) for sheet in sheets}


def _read(sheets: Sequence[Sheet[Any]], excused: Collection[int]) -> _Read:
    """The values by place; one by one the codes, few, and the marks of who is counted so."""
    written = Mark.objects.filter(
        assessment__in=[assessment.pk for sheet in sheets for assessment in _normal(sheet)],
        enrolment__status="",
    )
    by_place = written.filter(value__isnull=False, enrolment__takes_odd=True, enrolment__takes_even=True)
    rows = by_place.exclude(enrolment__in=excused).values_list(
        "assessment", "enrolment__programme", "enrolment__group"
    )
    numbers = defaultdict[int, Counter[Place]](Counter)
    for assessment, programme, group, number in rows.annotate(number=Count("pk")).order_by():
        numbers[assessment][programme, group] = number
    apart = Q(enrolment__takes_odd=False) | Q(enrolment__takes_even=False) | Q(enrolment__in=excused)
    singles = written.filter(~Q(code="") | (Q(value__isnull=False) & apart))
    alone = defaultdict[int, list[tuple[int, str]]](list)
    for assessment, enrolment, code in singles.values_list("assessment", "enrolment", "code"):
        alone[assessment].append((enrolment, code))
    return _Read(numbers, alone)


def _class(enrolments: Collection[Enrolment], excused: Collection[int]) -> _Class:
    """What is excused differs from one element to another, what is taken from one semester to the other."""
    there = [row for row in enrolments if not row.status]
    alone = [row for row in there if row.pk in excused or not (row.takes_odd and row.takes_even)]
    seats = Counter((row.programme_id, row.group_id) for row in there)
    return _Class(seats - Counter((row.programme_id, row.group_id) for row in alone), alone)


def _normal(sheet: Sheet[Any]) -> list[Assessment]:
    """The évaluations where marks are expected."""
    return [row for row in sheet.assessments.values() if row.kind == Assessment.Kind.NORMAL]


def _of_sheet(sheet: Sheet[Any], there: _Class, read: _Read) -> Counted:
    if sheet.aside:  # nothing is expected any more
        return Counted(Progress(0, 0), 0)
    alone = [row for row in there.alone if row.pk not in sheet.excused]
    expected = entered = awaited = 0
    for assessment in _normal(sheet):
        group, numbers = assessment.group_id, read.numbers[assessment.pk]
        for place, seats in there.seats.items():
            if group in (None, place[1]):
                expected += seats
                entered += numbers[place]
        expected += sum(group in (None, row.group_id) for row in alone)
        for key, code in read.alone[assessment.pk]:
            who = sheet.enrolments.get(key)
            if who and key not in sheet.excused and group in (None, who.group_id):
                entered += code != Mark.Code.AWAITED
                awaited += code == Mark.Code.AWAITED
    return Counted(Progress(entered, expected), awaited)
