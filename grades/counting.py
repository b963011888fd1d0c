"""How far many elements have come: their marks are counted, no value is read, nothing is averaged.

The same numbers as `Sheet.progress` and `Sheet.gaps` find mark by mark (a test holds it), in one query.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from django.db.models import Q

from grades.models import Assessment, Mark
from grades.sheet import Progress, Sheet


class Counted(NamedTuple):
    """What an element has come to; `awaited`: the marks announced (ATT), which are not entered."""

    progress: Progress
    awaited: int


def counted(sheets: Sequence[Sheet[Any]]) -> dict[int, Counted]:
    """{teaching: what it has come to}, of sheets whose marks need not have been read."""
    expected = {
        pk: (sheet.teaching.pk, students) for sheet in sheets for pk, students in _expected(sheet)
    }
    written = Mark.objects.filter(Q(value__isnull=False) | ~Q(code=""), assessment__in=expected)
    entered, awaited = Counter[int](), Counter[int]()
    for assessment, enrolment, code in written.values_list("assessment", "enrolment", "code"):
        teaching, students = expected[assessment]
        if enrolment in students:
            (awaited if code == Mark.Code.AWAITED else entered)[teaching] += 1
    whole = Counter[int]()
    for teaching, students in expected.values():
        whole[teaching] += len(students)
    keys = [sheet.teaching.pk for sheet in sheets]
    return {key: Counted(Progress(entered[key], whole[key]), awaited[key]) for key in keys}


def _expected(sheet: Sheet[Any]) -> Iterator[tuple[int, set[int]]]:
    """Each normal évaluation with the keys of those whose mark must come; none of an element set aside."""
    if sheet.aside:
        return
    there = {key: row for key, row in sheet.enrolments.items() if not row.status and key not in sheet.excused}
    everybody = set(there)
    for pk, assessment in sheet.assessments.items():
        if assessment.kind == Assessment.Kind.NORMAL:
            group = assessment.group_id
            yield pk, {key for key in there if there[key].group_id == group} if group else everybody
