"""Every element where a person enters marks, and how far each has come, in a fixed number of queries."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Prefetch
from django.urls import reverse

from butrt.base import french
from butrt.base.french import NBSP
from butrt.base.schoolyears import in_order
from curriculum.models import school_year_label
from grades.class_means import ClassMeans
from grades.counting import counted, written_in
from grades.many_sheets import many_sheets
from grades.models import Cohort, Teaching
from grades.sheet import Entered, Gap, Progress, Sheet

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from butrt.base.accounts.models import User


TEACHES = "enseignement"


@dataclass(frozen=True)
class ElementProgress:
    """An element as the lists show it.

    `role` is what the person who reads is to it; `awaited`: of the marks missing, those announced (ATT);
    `address`: of its sheet.
    `sheet` reads its marks when one is asked for, `means` those that it needs.
    """

    teaching: Teaching
    role: str
    progress: Progress
    awaited: int
    address: str
    sheet: Sheet[Entered]
    means: ClassMeans

    @property
    def semester(self) -> int:
        return self.teaching.element.semester

    @property
    def code(self) -> str:
        return self.teaching.element.code

    @cached_property
    def units(self) -> str:
        """Where it counts: "UE41, UE43"."""
        return ", ".join(dict.fromkeys(weight.unit.code for weight in self.sheet.units))

    @cached_property
    def state(self) -> tuple[str, str, str]:
        """Colour family, sign, words."""
        return _state(self.sheet, self.progress, counts=self.counts)

    @property
    def counts(self) -> bool:
        """Whether it weighs somewhere."""
        return any(weight.coefficient for weight in self.sheet.units)

    @property
    def expected(self) -> bool:
        """Whether marks can still come, and the jury needs them."""
        return self.counts and not self.sheet.locked

    @property
    def average(self) -> Decimal | None:
        """The class’s mean, for the lists that show it; None where évaluations weigh differently by UE."""
        return self.means.by_teaching.get(self.teaching.pk)

    @property
    def provisional(self) -> bool:
        return not self.progress.complete

    @cached_property
    def gaps(self) -> list[Gap]:
        """The évaluations where marks are missing, and whose: for the pages that name them."""
        return self.sheet.gaps()

    @property
    def to_declare(self) -> bool:
        """Whether everything is entered and its heads have only to say so."""
        return self.expected and self.progress.complete and self.teaching.completed_at is None

    @property
    def unfinished(self) -> bool:
        """Whether something is expected of its people: marks, évaluations, or the declaration."""
        return self.expected and (self.teaching.completed_at is None or self.progress.missing > 0)

    @property
    def may_declare(self) -> bool:
        """Whether the person who reads answers for the element."""
        return self.role != TEACHES

    @property
    def done(self) -> float:
        """For sorting only: the part of the expected marks that is entered."""
        return self.progress.entered / self.progress.expected if self.progress.expected else 1.0


def school_years(user: User) -> list[int]:
    """The school years where this person has elements, the one in course first."""
    years = Teaching.objects.fillable_by(user).order_by()
    return in_order(years.values_list("cohort__school_year", flat=True))


def overview(user: User, school_year: int) -> list[ElementProgress]:
    """The elements where this person may enter marks that year, in the programme's order."""
    return lines_of(Teaching.objects.fillable_by(user).filter(cohort__school_year=school_year), user)


def cohort_overview(cohort: Cohort, user: User) -> list[ElementProgress]:
    """Every element of a promotion, in the programme's order."""
    return lines_of(cohort.teachings.prefetch_related("heads"), user)


def lines_of(rows: QuerySet[Teaching], user: User) -> list[ElementProgress]:
    """These elements as the lists show them to this person."""
    annotated: Any = rows.annotate(headed=_names("heads", user), taught=_names("teachers", user))
    teachings = list(
        annotated.select_related("element")
        .prefetch_related(Prefetch("cohort", Cohort.objects.named()))
        .order_by("element__semester", "element__kind", "element__code", "pk")
    )
    sheets = many_sheets(teachings)
    written = written_in(sheets)
    means = ClassMeans(sheets, written)
    address = reverse("grades:sheet", args=[0])
    return [
        ElementProgress(
            teaching,
            _role(heads=teaching.headed, teaches=teaching.taught),
            *counted(sheet, written),
            address=address.replace("/0/", f"/{teaching.pk}/"),
            sheet=sheet,
            means=means,
        )
        for teaching, sheet in zip(teachings, sheets, strict=True)
    ]


def _names(people: str, user: User) -> Exists:
    """Whether an element names this person among its `heads` or its `teachers`."""
    return Exists(Teaching.objects.filter(**{people: user}, pk=OuterRef("pk")))


def role_of(user: User, teaching: Teaching) -> str:
    """What this person is to an element. Needs `heads` and `teachers` prefetched."""
    return _role(heads=user in teaching.heads.all(), teaches=user in teaching.teachers.all())


def _role(*, heads: bool, teaches: bool) -> str:
    if heads:
        return "responsable"
    return TEACHES if teaches else "direction des études"


def _state(sheet: Sheet[Entered], progress: Progress, *, counts: bool) -> tuple[str, str, str]:
    if sheet.aside:
        return "slate", "■", "mis de côté, hors des moyennes"
    if not counts:
        return "slate", "…", f"coefficient{NBSP}0, rien d’attendu"
    if not sheet.assessments:
        return "gold", "?", "aucune évaluation"
    if sheet.locked:
        return "slate", "■", "verrouillé par le jury"
    if when := completed_on(sheet.teaching):
        if progress.missing:
            return "gold", "▲", f"déclaré complet {when}, {progress.missing}{NBSP}à saisir depuis"
        return "green", "✓", f"complet {when}"
    if progress.complete:
        return "gold", "?", "à déclarer complet"
    return ("gold", "?", "en saisie") if progress.entered else ("slate", "…", "à commencer")


def completed_on(teaching: Teaching) -> str:
    """When an element was declared complete, "le 17 janvier"; "" when it was not."""
    if teaching.completed_at is None:
        return ""
    return f"le {_day(french.local(teaching.completed_at).date())}"


@lru_cache(maxsize=366)
def _day(date: datetime.date) -> str:
    """ "17 janvier": one day declares many elements, and writing it takes as long as their rows."""
    return french.date(date, "j F")


def year_choices(years: list[int]) -> list[tuple[int, str]]:
    """[(2024, "2024-2025")], the last one first."""
    return [(year, school_year_label(year)) for year in years]
