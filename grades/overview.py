"""Every element where a person enters marks, and how far each has come, in a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from butrt.base import french
from butrt.base.french import NBSP
from butrt.base.schoolyears import in_order
from curriculum.models import school_year_label
from grades.averages import shown, weighted_mean
from grades.counting import Counted, counted
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

    `role` is what the person who reads is to it. `expected`: marks can still come, and the jury needs them;
    `awaited`: how many of those missing are announced (ATT). `sheet` reads its marks when one is asked for.
    """

    teaching: Teaching
    units: str
    role: str
    progress: Progress
    sheet: Sheet[Entered]
    state: tuple[str, str, str]  # colour family, sign, words
    awaited: int
    expected: bool

    @property
    def semester(self) -> int:
        return self.teaching.element.semester

    @property
    def code(self) -> str:
        return self.teaching.element.code

    @cached_property
    def average(self) -> Decimal | None:
        """The class’s mean, for the lists that show it; None where évaluations weigh differently by UE."""
        if self.sheet.several:
            return None
        averages = (average for who in self.sheet.enrolments.values() for average in self.sheet.averages(who))
        exact = [average.exact for average in averages if average.exact is not None]
        return shown(weighted_mean([(1, average) for average in exact]), self.sheet.settings.decimals)

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
    return lines_of(cohort.teachings.all(), user)


def lines_of(rows: QuerySet[Teaching], user: User) -> list[ElementProgress]:
    """These elements as the lists show them to this person."""
    teachings = list(
        rows.select_related("element", "cohort__specialty__department")
        .prefetch_related("cohort__programmes")
        .prefetch_related("heads", "teachers")
        .order_by("element__semester", "element__kind", "element__code", "pk")
    )
    sheets = many_sheets(teachings)
    numbers = counted(sheets)
    return [_line(sheet, numbers[sheet.teaching.pk], user) for sheet in sheets]


def _line(sheet: Sheet[Entered], come_to: Counted, user: User) -> ElementProgress:
    teaching, progress = sheet.teaching, come_to.progress
    counts = any(weight.coefficient for weight in sheet.units)
    return ElementProgress(
        teaching=teaching,
        units=", ".join(dict.fromkeys(weight.unit.code for weight in sheet.units)),
        role=role_of(user, teaching),
        progress=progress,
        sheet=sheet,
        state=_state(sheet, progress, counts=counts),
        awaited=come_to.awaited,
        expected=counts and not sheet.locked,
    )


def role_of(user: User, teaching: Teaching) -> str:
    """What this person is to an element. Needs `heads` and `teachers` prefetched."""
    if user in teaching.heads.all():
        return "responsable"
    if user in teaching.teachers.all():
        return TEACHES
    return "direction des études"


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
    return f"le {french.date(teaching.completed_at, 'j F')}"


def year_choices(years: list[int]) -> list[tuple[int, str]]:
    """[(2024, "2024-2025")], the last one first."""
    return [(year, school_year_label(year)) for year in years]
