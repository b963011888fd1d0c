"""The mean of the class in many elements: in a fixed number of queries, once somebody asks for one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from django.db.models import Sum

from grades.averages import TWENTY, Exact, exact, shown, weighted_mean
from grades.counting import Written, asked_of, of_its_group
from grades.many_sheets import marks_of
from grades.models import Assessment, Mark
from grades.sheet import Entered, Sheet


class ClassMeans:
    """The mean of its students’ averages in each element; None where évaluations weigh differently by UE.

    Most students have a number everywhere: the mean of their averages is the average of their means at each
    évaluation, and the database adds their marks up. The averages of the others are worked out.
    """

    def __init__(self, sheets: Sequence[Sheet[Entered]], written: Written) -> None:
        self.sheets, self.written = sheets, written

    @cached_property
    def by_teaching(self) -> dict[int, Decimal | None]:
        sheets = {sheet.teaching.pk: sheet for sheet in self.sheets if not sheet.several}
        whole = {key: self._whole(sheet) for key, sheet in sheets.items()}
        others = {
            key: {who for pk in sheet.assessments for who in self.written[pk].keys() - whole[key]}
            for key, sheet in sheets.items()
        }
        sums = _sums(pk for sheet in sheets.values() for pk in sheet.assessments)
        marks = marks_of(
            [sheets[key].teaching for key in others if others[key]], set().union(*others.values())
        )
        return {
            key: shown(_mean(sheet, whole[key], sums, marks[key]), sheet.settings.decimals)
            for key, sheet in sheets.items()
        }

    def _whole(self, sheet: Sheet[Entered]) -> set[int]:
        """The keys of who has a number at each normal évaluation, and no second chance."""
        whole = asked_of(sheet)
        for pk, assessment in sheet.assessments.items():
            written = self.written[pk]
            if assessment.kind == Assessment.Kind.NORMAL:
                whole &= {key for key, code in written.items() if not code}
                whole = of_its_group(sheet, assessment, whole)
            elif assessment.kind == Assessment.Kind.SECOND_CHANCE:
                whole -= written.keys()
        return whole


def _sums(assessments: Iterable[int]) -> dict[int, Decimal]:
    """{évaluation: the sum of its marks}. They are in hundredths: SQLite, which adds floats, is rounded."""
    rows = Mark.objects.filter(assessment__in=list(assessments), value__isnull=False).order_by()
    return {pk: round(total, 2) for pk, total in rows.values_list("assessment").annotate(Sum("value"))}


def _mean(
    sheet: Sheet[Entered],
    whole: Collection[int],
    sums: Mapping[int, Decimal],
    marks: Mapping[tuple[int, int], Entered],
) -> Fraction | None:
    """`marks`: at least those of who is not `whole`."""
    others = [row for key, row in sheet.enrolments.items() if key not in whole]
    left = {pk: sums.get(pk, Decimal(0)) for pk in sheet.assessments}
    for (pk, who), mark in marks.items():
        if who not in whole:
            left[pk] -= mark.value or 0
    of_whole = weighted_mean(
        [
            (exact(row.coefficient), Fraction(left[pk] * TWENTY) / exact(row.maximum * len(whole)))
            for pk, row in sheet.assessments.items()
            if whole and row.kind == Assessment.Kind.NORMAL
        ]
    )
    if not others:
        return of_whole
    rest = replace(sheet, marks=marks)
    rest.units = sheet.units
    averages = [average.exact for row in others for average in rest.averages(row)]
    parts: list[tuple[Exact, Fraction]] = [(1, average) for average in averages if average is not None]
    return weighted_mean(parts if of_whole is None else [(len(whole), of_whole), *parts])
