"""The mark sheet of an element, in memory; `one_sheet` and `many_sheets` read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Generic, Literal, NamedTuple, TypeAlias, TypeVar, cast

from django.db.models import OuterRef, Subquery, Sum

from butrt.base import french
from butrt.base.french import NBSP, listed
from curriculum.models import Weight
from grades.averages import (
    TWENTY,
    Absence,
    Figures,
    element_average,
    figures,
    in_decimals,
    is_awaited,
    shown,
)
from grades.in_unit import InUnit
from grades.mark_reasons import MarkReason, SheetMark, element_of, reasons_of
from grades.models import Assessment, Enrolment, Mark, Teaching


class Entered(NamedTuple):
    """What the averages read of a mark, where the whole row is not needed."""

    value: Decimal | None
    code: str


class Standing(NamedTuple):
    """A mark as its cell shows it: neither value nor code once it was emptied."""

    value: Decimal | None
    code: str
    version: int
    pk: int


NOT_ENTERED = Entered(None, "")

AnyMark_co = TypeVar("AnyMark_co", bound=Standing | Entered, covariant=True)


class Settings(NamedTuple):
    """What the regulation in force says of an element's average."""

    unjustified_absence: str = "zero"
    second_chance: str = "best"
    decimals: int = 2


class Average(NamedTuple):
    """A student's running average, exact and shown, in the UE of `label` ("" where all UE agree)."""

    label: str
    exact: Fraction | None
    shown: Decimal | None
    provisional: bool


class Explained(NamedTuple):
    """An average with its reasons: `points` ÷ `coefficient`, unless a second chance replaced it."""

    average: Average
    reasons: list[MarkReason]
    points: Decimal | None
    coefficient: Decimal

    @property
    def is_second_chance(self) -> bool:
        return any(reason.counts and reason.given.second_chance for reason in self.reasons)


class Progress(NamedTuple):
    """How many of the expected marks are entered; a mark awaited (ATT) is not."""

    entered: int
    expected: int

    @property
    def complete(self) -> bool:
        return self.entered == self.expected > 0

    @property
    def missing(self) -> int:
        return self.expected - self.entered


class Gap(NamedTuple):
    """An évaluation where marks are missing: whose, and how many of them are announced (ATT)."""

    assessment: Assessment
    enrolments: list[Enrolment]
    awaited: int

    @property
    def missing(self) -> int:
        return len(self.enrolments)


class Part(NamedTuple):
    """What a sheet may be narrowed to, as addresses call it: a group, or the programme of a parcours."""

    name: Literal["groupe", "parcours"]
    key: int

    def __str__(self) -> str:
        return f"?{self.name}={self.key}"

    def has(self, enrolment: Enrolment) -> bool:
        return (enrolment.group_id if self.name == "groupe" else enrolment.programme_id) == self.key


Poids: TypeAlias = dict[int, dict[int, Decimal]]
"""{évaluation: {UE: poids}}; what is left out is 1."""


class Scale(NamedTuple):
    """A way of weighing the évaluations, in the UE of `label` ("" where all UE agree)."""

    label: str
    factors: Mapping[int, Decimal]


EVEN = Scale("", {})


@dataclass
class Sheet(Generic[AnyMark_co]):
    """The marks of one element for one promotion, in memory: of those who take its semester.

    `excused` are the enrolments that take none of the UE where the element counts; `reopened`, those whose
    marks may be written although a jury locked them (see Reopening). `aside`: why the element was set aside,
    which keeps its marks as they are and expects none; "" for the others.
    """

    teaching: Teaching
    assessments: dict[int, Assessment]
    enrolments: dict[int, Enrolment]
    marks: Mapping[tuple[int, int], AnyMark_co]
    excused: frozenset[int] = frozenset()
    poids: Poids = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)
    reopened: frozenset[int] = frozenset()
    aside: str = ""
    _averages: dict[int, list[Average]] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def units(self) -> Sequence[Weight | InUnit]:
        """The coefficients of the element in each programme, with the total of each UE in `of_all`."""
        return units_of(self.teaching)

    def units_of(self, enrolment: Enrolment) -> list[Weight | InUnit]:
        """Those of the student's programme."""
        return [weight for weight in self.units if weight.unit.programme_id == enrolment.programme_id]

    @cached_property
    def counts(self) -> list[tuple[str, list[Weight | InUnit]]]:
        """In which UE the element counts: ("", them) where all programmes agree, else a line a programme."""
        by_programme: dict[int, list[Weight | InUnit]] = {}
        for weight in self.units:
            by_programme.setdefault(weight.unit.programme_id, []).append(weight)
        alike = {
            tuple((weight.unit.code, weight.coefficient, weight.of_all) for weight in weights)  # type: ignore[union-attr]
            for weights in by_programme.values()
        }
        if len(alike) <= 1:
            return [("", weights) for weights in [*by_programme.values()][:1]]
        names = self.teaching.cohort.labels
        return [(names[key], by_programme[key]) for key in names if key in by_programme]

    @cached_property
    def scales(self) -> dict[int, list[Scale]]:
        """The ways of weighing the évaluations in each programme where poids differ, by its key."""
        programmes = dict.fromkeys(weight.unit.programme_id for weight in self.units) if self.poids else ()
        return {key: self._scales(key) for key in programmes}

    @property
    def several(self) -> bool:
        """Whether students have several averages: évaluations weigh differently by UE."""
        return any(len(scales) > 1 for scales in self.scales.values())

    def scales_of(self, enrolment: Enrolment) -> list[Scale]:
        return self.scales.get(enrolment.programme_id, [EVEN])

    def _scales(self, programme: int) -> list[Scale]:
        ways: dict[tuple[Decimal, ...], list[str]] = {}
        for weight in self.units:
            if weight.unit.programme_id != programme:
                continue
            way = tuple(self.poids.get(pk, {}).get(weight.unit_id, Decimal(1)) for pk in self.assessments)
            ways.setdefault(way, []).append(weight.unit.code)
        return [
            Scale("" if len(ways) == 1 else ", ".join(codes), dict(zip(self.assessments, way, strict=True)))
            for way, codes in ways.items()
        ]

    def narrowed(self, part: Part) -> Sheet[AnyMark_co]:
        """The same sheet for a part of the students, and the évaluations that they can take."""
        enrolments = {pk: enrolment for pk, enrolment in self.enrolments.items() if part.has(enrolment)}
        narrow = replace(
            self,
            assessments={
                pk: assessment
                for pk, assessment in self.assessments.items()
                if part.name == "parcours" or assessment.group_id in (None, part.key)
            },
            enrolments=enrolments,
            marks={cell: mark for cell, mark in self.marks.items() if cell[1] in enrolments},
        )
        if "units" in self.__dict__:
            narrow.units = self.units
        return narrow

    def why_not(self, assessment: Assessment, enrolment: Enrolment) -> str:
        """Why no mark can be this student's at this évaluation, in French; "" when one can."""
        if enrolment.pk in self.excused:
            return "dispense ou acquis dans toutes les UE où l’élément compte"
        if assessment.group_id and assessment.group_id != enrolment.group_id:
            return "autre groupe"
        # A défaillant has left nothing: no right is taken away, and what they sit counts (domain 3.7).
        if enrolment.has_left and enrolment.status_since:
            if assessment.date is None:
                return f"{situation(enrolment)}, évaluation sans date"
            if enrolment.status_since <= assessment.date:
                return situation(enrolment)
        return ""

    def expects(self, assessment: Assessment, enrolment: Enrolment) -> bool:
        """Whether a mark must come: not from who left, even where one may still be written."""
        return not (self.aside or enrolment.status or self.why_not(assessment, enrolment))

    def given(self, enrolment: Enrolment, factors: Mapping[int, Decimal]) -> list[SheetMark]:
        """What counts in this student's average, each coefficient multiplied by its factor (1 by default)."""
        marks = []
        for pk, assessment in self.assessments.items():
            factor = factors.get(pk, Decimal(1))
            if assessment.kind == Assessment.Kind.BONUS or not factor:
                continue
            mark = self.marks.get((pk, enrolment.pk))
            if self.why_not(assessment, enrolment) or not (mark or self.expects(assessment, enrolment)):
                continue
            marks.append(
                SheetMark(
                    coefficient=assessment.coefficient * factor,
                    out_of=assessment.maximum,
                    value=mark.value if mark else None,
                    code=cast(Absence, mark.code) if mark else "",
                    second_chance=assessment.kind == Assessment.Kind.SECOND_CHANCE,
                    title=assessment.title,
                )
            )
        return marks

    def averages(self, enrolment: Enrolment) -> list[Average]:
        """The student's averages: one, or one a scale when évaluations weigh differently by UE."""
        if enrolment.pk not in self._averages:
            self._averages[enrolment.pk] = self._compute(enrolment)
        return self._averages[enrolment.pk]

    def _compute(self, enrolment: Enrolment) -> list[Average]:
        averages = []
        for label, factors in self.scales_of(enrolment):
            average = element_average(element_of(self.given(enrolment, factors)), self.settings)
            displayed = shown(average.value, self.settings.decimals)
            averages.append(Average(label, average.value, displayed, average.awaited))
        return averages

    def reasons(self, enrolment: Enrolment) -> list[Explained]:
        """The student's averages, each with what every évaluation does in it."""
        explained = []
        for average, (_, factors) in zip(self.averages(enrolment), self.scales_of(enrolment), strict=True):
            marks = self.given(enrolment, factors)
            computed = element_average(element_of(marks), self.settings)
            reasons = reasons_of(marks, computed, self.settings)
            points, coefficient = shown(computed.points, 2), in_decimals(computed.coefficient)
            explained.append(Explained(average, reasons, points, coefficient))
        return explained

    def off(self, enrolment: Enrolment) -> str:
        """Why this student has no cells: no mark is expected, and none is there; "" for the others."""
        if enrolment.pk in self.excused:
            units = listed([weight.unit.code for weight in self.units_of(enrolment)])
            return f"{units}{NBSP}: dispense ou UE acquise, aucune note attendue"
        if enrolment.has_left and not any((pk, enrolment.pk) in self.marks for pk in self.assessments):
            return f"{situation(enrolment)}{NBSP}: aucune note attendue"
        return ""

    def _expected(self, assessment: Assessment) -> list[tuple[Enrolment, Standing | Entered]]:
        """Whose marks must come, and what is written of them; only normal évaluations expect any."""
        if assessment.kind != Assessment.Kind.NORMAL:
            return []
        return [
            (enrolment, self.marks.get((assessment.pk, key), NOT_ENTERED))
            for key, enrolment in self.enrolments.items()
            if self.expects(assessment, enrolment)
        ]

    def progress(self, *assessments: Assessment) -> Progress:
        """Marks entered among those expected, in these évaluations or all."""
        expected = [
            mark
            for assessment in assessments or self.assessments.values()
            for _, mark in self._expected(assessment)
        ]
        return Progress(sum(not is_awaited(mark) for mark in expected), len(expected))

    def gaps(self) -> list[Gap]:
        """What keeps the element from being complete: the évaluations that `progress` finds unfinished."""
        gaps = []
        for assessment in self.assessments.values():
            missing = [(who, mark) for who, mark in self._expected(assessment) if is_awaited(mark)]
            if missing:
                announced = sum(mark.code == Mark.Code.AWAITED for _, mark in missing)
                gaps.append(Gap(assessment, [who for who, _ in missing], announced))
        return gaps

    def values(self, assessment: Assessment) -> list[Fraction]:
        """The numbers entered at an évaluation; codes are none."""
        return [
            Fraction(mark.value)
            for key, enrolment in self.enrolments.items()
            if (mark := self.marks.get((assessment.pk, key)))
            and mark.value is not None
            and not (enrolment.status or self.why_not(assessment, enrolment))
        ]

    @cached_property
    def out_of_twenty(self) -> dict[tuple[int, int], Decimal]:
        """The numbers entered at the normal évaluations, out of 20: what `outliers` reads."""
        return {
            (pk, enrolment_id): mark.value * TWENTY / self.assessments[pk].maximum
            for (pk, enrolment_id), mark in self.marks.items()
            if mark.value is not None
            and pk in self.assessments
            and self.assessments[pk].kind == Assessment.Kind.NORMAL
        }

    def figures(self, assessment: Assessment) -> Figures | None:
        return figures(self.values(assessment), assessment.maximum, self.settings.decimals)

    def average_figures(self) -> list[tuple[str, Figures | None]]:
        """The distribution of the running averages, a scale at a time."""
        scales = [scale for scales in self.scales.values() for scale in scales] or [EVEN]
        values: dict[str, list[Fraction]] = {label: [] for label, _ in scales}
        for enrolment in self.enrolments.values():
            for average in self.averages(enrolment):
                if average.exact is not None:
                    values.setdefault(average.label, []).append(average.exact)
        return [(label, figures(row, decimals=self.settings.decimals)) for label, row in values.items()]

    def is_locked(self, assessment: Assessment, enrolment: Enrolment) -> bool:
        """Whether a jury keeps this student's mark as it is, or the element was set aside."""
        return bool(self.aside) or (assessment.locked and enrolment.pk not in self.reopened)

    def is_shut(self, assessment: Assessment) -> bool:
        """Whether what an évaluation is may no longer change: a second chance made for a catch-up may."""
        if self.aside:
            return True
        if not assessment.locked or assessment.kind != Assessment.Kind.SECOND_CHANCE or not self.reopened:
            return assessment.locked
        return any(pk == assessment.pk and who not in self.reopened for pk, who in self.marks)

    @property
    def locked(self) -> bool:
        """Whether nothing can be written any more."""
        every = bool(self.assessments) and all(assessment.locked for assessment in self.assessments.values())
        return bool(self.aside) or (every and self.reopened.isdisjoint(self.enrolments))


def situation(enrolment: Enrolment) -> str:
    """ "démission le 3 mars 2025"; "" for a student who is there."""
    if not enrolment.status or not enrolment.status_since:
        return ""
    le = "depuis le" if enrolment.status == Enrolment.Status.GAP_YEAR else "le"
    return f"{enrolment.get_status_display()} {le} {french.date(enrolment.status_since)}"


def units_of(teaching: Teaching) -> list[Weight]:
    total = (
        Weight.objects.filter(unit=OuterRef("unit"))
        .order_by()
        .values("unit")
        .annotate(sum=Sum("coefficient"))
    )
    return list(
        Weight.objects.filter(element__in=teaching.elements)
        .select_related("unit__programme__parcours")
        .annotate(of_all=Subquery(total.values("sum")))
        .order_by("unit__semester", "unit__code")
    )
