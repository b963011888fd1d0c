"""How far many elements have come: their marks are counted, no value is read, nothing is averaged.

The same numbers as `Sheet.progress` and `Sheet.gaps` find mark by mark (a test holds it), in one query: what
`averages.is_awaited` is, of the cells that hold something, is ATT.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple, TypeAlias

from django.db.models import Q

from butrt.base.gathered import Gathered, gathered
from grades.models import Assessment, Mark
from grades.sheet import Progress, Sheet

Written: TypeAlias = defaultdict[int, dict[int, str]]
"""{évaluation: {enrolment: its code, "" for a number}}, of the cells that hold something."""


class Counted(NamedTuple):
    """What an element has come to; `awaited`: the marks announced (ATT), which are not entered."""

    progress: Progress
    awaited: int


def written_in(sheets: Iterable[Sheet[Any]]) -> Written:
    """What is written in these sheets, whose marks need not have been read."""
    assessments = [pk for sheet in sheets for pk in sheet.assessments]
    marks = Mark.objects.filter(Q(value__isnull=False) | ~Q(code=""), assessment__in=assessments)
    by_assessment = marks.order_by().values_list("assessment").annotate(codes=Gathered("enrolment", "code"))
    return defaultdict(dict, {assessment: gathered(codes) for assessment, codes in by_assessment})


def counted(sheet: Sheet[Any], written: Written) -> Counted:
    """What this element has come to; nothing is expected of one that was set aside."""
    there = set() if sheet.aside else asked_of(sheet)
    entered = awaited = expected = 0
    for pk, assessment in sheet.assessments.items():
        if assessment.kind != Assessment.Kind.NORMAL:
            continue
        students = of_its_group(sheet, assessment, there)
        codes = [code for key, code in written[pk].items() if key in students]
        expected += len(students)
        entered += len(codes)
        awaited += codes.count(Mark.Code.AWAITED)
    return Counted(Progress(entered - awaited, expected), awaited)


def asked_of(sheet: Sheet[Any]) -> set[int]:
    """The keys of those whose marks are asked for: who is there, and not excused of the element."""
    return {key for key, row in sheet.enrolments.items() if not row.status and key not in sheet.excused}


def of_its_group(sheet: Sheet[Any], assessment: Assessment, students: set[int]) -> set[int]:
    """Among them, who takes an évaluation: all, or its group. A mark of a former group no longer counts."""
    group = assessment.group_id
    return {key for key in students if sheet.enrolments[key].group_id == group} if group else students
