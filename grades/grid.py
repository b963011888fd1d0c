"""A sheet as its page shows it: columns, rows, cells, figures; and what a save answers to the browser."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from django.template.loader import get_template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from butrt.base import french
from butrt.base.french import NBSP
from grades.averages import TWENTY, Figures
from grades.marks import text_of
from grades.models import Assessment, Enrolment, Mark, Student
from grades.outliers import all_equal, far_marks
from grades.progress.completion import why_incomplete
from grades.services import Outcome, Recorded, State
from grades.sheet import Average, Part, Progress, Sheet, Standing

CELL = (
    '<td role="cell" class="n cell {states}{shown}" data-column="{column}"> '
    '<input id="c-{key}" name="{name}" value="{text}" data-column="{column}"{mark} inputmode="decimal"'
    ' maxlength="20" aria-labelledby="s-{enrolment} e-{column}"{state}> </td>'
)
CHART_WIDTH, CHART_BASE, CHART_TALLEST = 260, 96, 74
TENTHS = 10
MOST_EVEN = 6


class Bar(NamedTuple):
    """A tenth of the range in the histogram; SVG units as text, which a decimal comma would break."""

    x: str
    y: str
    height: str
    centre: str
    above: str
    number: int
    family: str


@dataclass(frozen=True)
class Chart:
    """The figures of an évaluation or of the averages. `numbers`: None until something is entered."""

    key: str
    title: str
    maximum: Decimal
    numbers: Figures | None
    progress: Progress | None = None
    empty: Sequence[str] = ()  # the cells to fill, by key

    @property
    def bars(self) -> list[Bar]:
        if self.numbers is None:
            return []
        tallest, step = max(self.numbers.bars), CHART_WIDTH / TENTHS
        bars = []
        for index, number in enumerate(self.numbers.bars):
            height = CHART_TALLEST * number / tallest
            x = index * step + 1.5
            bars.append(
                Bar(
                    x=f"{x:.1f}",
                    y=f"{CHART_BASE - height:.1f}",
                    height=f"{height:.1f}",
                    centre=f"{x + 11.5:.1f}",
                    above=f"{CHART_BASE - height - 5:.1f}",
                    number=number,
                    family="f-rust" if index < TENTHS / 2 else "f-green",
                )
            )
        return bars

    @property
    def described(self) -> str:
        """The histogram in words, for who does not see it."""
        if self.numbers is None:
            return ""
        tenth = self.maximum / TENTHS
        parts = [
            f"{french.short(tenth * index)} à {french.short(tenth * (index + 1))}{NBSP}: {count}"
            for index, count in enumerate(self.numbers.bars)
            if count
        ]
        return f"Répartition par tranche{NBSP}: {', '.join(parts)}."

    @property
    def middle(self) -> str:
        return french.short(self.maximum / 2)


@dataclass
class Column:
    """An évaluation of the sheet; `shown`: the one that a phone shows and that the figures are about."""

    assessment: Assessment
    progress: Progress
    shown: bool
    sheet: Sheet[Standing]

    @cached_property
    def numbers(self) -> Figures | None:
        return self.sheet.figures(self.assessment)

    @cached_property
    def key(self) -> str:
        """As the page names it. Text: Django's templates take twice as long to write a number."""
        return str(self.assessment.pk)

    @property
    def shut(self) -> bool:
        return self.sheet.is_shut(self.assessment)

    @property
    def chart(self) -> Chart:
        assessment = self.assessment
        return Chart(self.key, assessment.title, assessment.maximum, self.numbers, self.progress, self.empty)

    @cached_property
    def equal(self) -> str:
        """The mark that everybody has here ("12"), "" when they differ."""
        same = all_equal(self.sheet.out_of_twenty, self.assessment.pk)
        return french.short(self.numbers.lowest) if same and self.numbers else ""

    @cached_property
    def empty(self) -> list[str]:
        """The cells where a mark is expected and nothing is written, as keys of the page."""
        assessment = self.assessment
        if assessment.kind != Assessment.Kind.NORMAL:
            return []
        return [
            f"{assessment.pk}-{enrolment.pk}"
            for enrolment in self.sheet.enrolments.values()
            if not text_of(self.sheet.marks.get((assessment.pk, enrolment.pk)))
            and self.sheet.expects(assessment, enrolment)
            and not self.sheet.is_locked(assessment, enrolment)
        ]


@dataclass(frozen=True)
class Cell:
    """A student's mark at an évaluation. `text` is what the field holds: the mark, or what was refused."""

    column: Column
    enrolment: Enrolment
    mark: Standing | None
    text: str
    closed: str  # why it cannot be written, "" when it can
    outcome: Outcome | None = None
    odd: bool = False  # far from the student's other marks

    @property
    def key(self) -> str:
        return f"{self.column.key}-{self.enrolment.pk}"

    @property
    def name(self) -> str:
        """The field's name tells the version that its reader had: a plain form can then be saved safely."""
        return f"m-{self.key}-{self.version}"

    @property
    def version(self) -> int:
        return self.mark.version if self.mark else 0

    @property
    def html(self) -> SafeString:
        """No template: one for each mark of the class would be half of what the page costs."""
        return format_html(
            CELL,
            states=self.states,
            shown=" on" if self.column.shown else "",
            key=self.key,
            name=self.name,
            text=self.text,
            column=self.column.key,
            mark=format_html(' data-mark="{}"', self.mark.pk) if self.mark else "",
            enrolment=self.enrolment.pk,
            state=self._field_state,
        )

    @property
    def _field_state(self) -> str:
        if self.closed:
            return format_html(' disabled title="{}"', self.closed)
        if self.refusal:
            return format_html(' aria-invalid="true" aria-describedby="x-{}"', self.key)
        return mark_safe(' aria-describedby="odd-note"') if self.odd else ""

    @property
    def refusal(self) -> Outcome | None:
        """What was just refused or has to be chosen here."""
        return self.outcome if self.outcome and self.outcome.state != State.SAVED else None

    @property
    def states(self) -> str:
        """CSS classes: one of saved, refused, conflict, locked, empty; and coded, or odd."""
        if self.refusal:
            return "conflict" if self.refusal.state == State.CONFLICT else "refused"
        state = "locked" if self.closed else "saved" if self.text else "empty"
        if self.odd:
            return f"{state} odd"
        return f"{state} coded" if self.text and self.mark and self.mark.code else state


@dataclass(frozen=True)
class MarkRow:
    """A student: cells, or why there are none (`off`); what was refused is explained under the row."""

    number: int
    enrolment: Enrolment
    off: str
    cells: Sequence[Cell]
    averages: Sequence[Average]
    why: str  # the address of what makes them

    @property
    def key(self) -> str:
        return str(self.enrolment.pk)

    @property
    def explained(self) -> list[Outcome]:
        return [cell.refusal for cell in self.cells if cell.refusal]


class Grid:
    """A sheet ready to be shown; `outcomes`, of a form just posted, keep what was typed and refused.

    `part` narrows what is shown and counted to the students of one group, or of one parcours.
    """

    def __init__(
        self, sheet: Sheet[Standing], outcomes: Iterable[Outcome] = (), part: Part | None = None
    ) -> None:
        self.whole = sheet
        self.sheet = sheet if part is None else sheet.narrowed(part)
        self.part = part
        self.outcomes: Mapping[tuple[int, int], Outcome] = {outcome.cell: outcome for outcome in outcomes}

    @cached_property
    def columns(self) -> list[Column]:
        progress = {pk: self.sheet.progress(assessment) for pk, assessment in self.sheet.assessments.items()}
        shown = self._shown(progress)
        return [
            Column(assessment, progress[pk], pk == shown, self.sheet)
            for pk, assessment in self.sheet.assessments.items()
        ]

    def _shown(self, progress: Mapping[int, Progress]) -> int | None:
        """The first évaluation with something to enter, else the last one."""
        for pk, assessment in self.sheet.assessments.items():
            if progress[pk].missing and not self.sheet.is_shut(assessment):
                return pk
        return next(reversed(self.sheet.assessments), None)

    @cached_property
    def rows(self) -> list[MarkRow]:
        return [
            MarkRow(
                number=number,
                enrolment=enrolment,
                off=(off := self.sheet.off(enrolment)),
                cells=[] if off else [self._cell(column, enrolment) for column in self.columns],
                averages=[] if off else self.sheet.averages(enrolment),
                why=self.why(enrolment.pk),
            )
            for number, enrolment in enumerate(self.sheet.enrolments.values(), 1)
        ]

    def why(self, enrolment: int) -> str:
        """The address of what makes a student's averages."""
        return self._why.replace("/0/", f"/{enrolment}/")

    @cached_property
    def _why(self) -> str:
        return reverse("grades:average", args=[self.whole.teaching.pk, 0])

    @cached_property
    def odd(self) -> set[tuple[int, int]]:
        """The cells whose mark is far from the student's others, in the whole promotion (see outliers)."""
        return far_marks(self.whole.out_of_twenty)

    @property
    def reopened(self) -> list[Student]:
        """The students of a catch-up, whose marks alone are open."""
        if not any(assessment.locked for assessment in self.sheet.assessments.values()):
            return []
        return [
            enrolment.student for pk, enrolment in self.sheet.enrolments.items() if pk in self.sheet.reopened
        ]

    @property
    def query(self) -> str:
        """What an address of this sheet ends with to show the same students."""
        return str(self.part or "")

    def _cell(self, column: Column, enrolment: Enrolment) -> Cell:
        cell = column.assessment.pk, enrolment.pk
        mark, outcome = self.sheet.marks.get(cell), self.outcomes.get(cell)
        text = (mark.code or french.short(mark.value)) if mark else ""
        if outcome and outcome.state != State.SAVED:
            text = outcome.typed
        closed = self.sheet.why_not(column.assessment, enrolment)
        if self.sheet.is_locked(column.assessment, enrolment):
            closed = closed or "verrouillée"
        return Cell(column, enrolment, mark, text, closed, outcome, odd=cell in self.odd)

    @cached_property
    def average_charts(self) -> list[Chart]:
        return [
            Chart("average", f"Moyennes{f' en {label}' if label else ''}", TWENTY, numbers)
            for label, numbers in self.sheet.average_figures()
        ]

    @cached_property
    def progress(self) -> Progress:
        parts = [column.progress for column in self.columns]
        return Progress(sum(one.entered for one in parts), sum(one.expected for one in parts))

    @property
    def several(self) -> bool:
        """Whether each student has several averages: évaluations weigh differently by UE."""
        return self.sheet.several

    @property
    def even(self) -> bool:
        """Whether the évaluations are few enough to share the width evenly."""
        return len(self.columns) <= MOST_EVEN

    @property
    def width(self) -> int:
        """Columns of the table, for what spans them all."""
        return len(self.sheet.assessments) + 2

    @property
    def students(self) -> int:
        return len(self.sheet.enrolments)

    @cached_property
    def awaited(self) -> int:
        """Marks announced by ATT: entered one day, missing for the jury."""
        return sum(mark.code == Mark.Code.AWAITED for mark in self.sheet.marks.values())

    @cached_property
    def why_incomplete(self) -> str:
        """What keeps the element from being declared complete, counted and named; "" when nothing does."""
        return why_incomplete(self.whole)

    @property
    def first_missing(self) -> tuple[Assessment, Enrolment] | None:
        """Where to go on: the first cell to fill of the évaluation shown."""
        for column in self.columns:
            assessment = column.assessment
            if not column.shown or assessment.kind != Assessment.Kind.NORMAL:
                continue
            for enrolment in self.sheet.enrolments.values():
                mark = self.sheet.marks.get((assessment.pk, enrolment.pk))
                if self.sheet.expects(assessment, enrolment) and (
                    not mark or (mark.value is None and not mark.code)
                ):
                    return assessment, enrolment
        return None

    @property
    def refused(self) -> list[Cell]:
        return [cell for cell in self._refusals if cell.states == "refused"]

    @property
    def conflicts(self) -> list[Cell]:
        return [cell for cell in self._refusals if cell.states == "conflict"]

    @cached_property
    def _refusals(self) -> list[Cell]:
        if not self.outcomes:
            return []
        return [cell for row in self.rows for cell in row.cells if cell.refusal]


def answer(recorded: Recorded, part: Part | None = None) -> dict[str, Any]:
    """What a save tells the browser: each cell, and the averages of its row.

    `part`: of the students, those that the page shows. What the class has come to is `figures_of`: who types
    a column saves it mark by mark, and asks for that when they stop.
    """
    grid = Grid(recorded.sheet, part=part)
    explain, average = get_template("grades/_explain.html"), get_template("grades/_average.html")
    return {
        "cells": [
            {
                "a": outcome.assessment_id,
                "e": outcome.enrolment_id,
                "state": outcome.state,
                "text": outcome.text,
                "version": outcome.version,
                "mark": outcome.mark_id,
                "reason": outcome.reason,
                "suggestion": outcome.suggestion,
                "explain": ""
                if outcome.state == State.SAVED
                else explain.render({"outcome": outcome, "width": grid.width, "live": True}),
            }
            for outcome in recorded.outcomes
        ],
        "averages": {
            key: average.render({"averages": grid.whole.averages(enrolment), "address": grid.why(key)})
            for key, enrolment in grid.whole.enrolments.items()
        },
    }


def figures_of(grid: Grid) -> dict[str, Any]:
    """What the marks of the class have come to, as the page shows it around its cells."""
    head, figures = get_template("grades/_column_state.html"), get_template("grades/_figures.html")
    return {
        "columns": {
            column.assessment.pk: {
                "state": head.render({"column": column}),
                "mean": shown_number(column.numbers),
                "figures": figures.render({"chart": column.chart}),
            }
            for column in grid.columns
        },
        "average": {
            "mean": " · ".join(shown_number(chart.numbers) for chart in grid.average_charts),
            "figures": "".join(figures.render({"chart": chart}) for chart in grid.average_charts),
        },
        "odd": [f"{assessment}-{enrolment}" for assessment, enrolment in grid.odd],
        "summary": get_template("grades/_summary.html").render({"grid": grid}),
        "completion": {
            "declare": get_template("grades/_declare.html").render({"grid": grid}),
            "why": grid.why_incomplete,
        },
    }


def shown_number(numbers: Figures | None) -> str:
    return french.number(numbers and numbers.mean)
