"""Every element where a person enters marks, and how far each has come, in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from butrt.base import french
from butrt.base.french import NBSP
from curriculum.models import Regulation, Weight, school_year_label
from grades.attempts import not_taken_in
from grades.models import Assessment, AssessmentWeight, Cohort, Enrolment, Mark, Reopening, Teaching
from grades.sheet import Entered, Gap, Poids, Progress, Settings, Sheet

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from butrt.base.accounts.models import User


TEACHES = "enseignement"


@dataclass(frozen=True)
class Line:
    """An element as the lists show it.

    `role` is what the person who reads is to it. `expected`: marks can still come, and the jury needs them.
    """

    teaching: Teaching
    units: str
    role: str
    progress: Progress
    sheet: Sheet[Entered]
    state: tuple[str, str, str]  # colour family, sign, words
    gaps: list[Gap]
    expected: bool

    @property
    def semester(self) -> int:
        return self.teaching.element.semester

    @property
    def code(self) -> str:
        return self.teaching.element.code

    @cached_property
    def average(self) -> Decimal | None:
        """The mean of the class, if any: worked out for the lists that show it."""
        distributions = self.sheet.average_figures()
        whole = distributions[0][1] if len(distributions) == 1 else None
        return whole.mean if whole else None

    @property
    def provisional(self) -> bool:
        return not self.progress.complete

    @property
    def awaited(self) -> int:
        """How many of the missing marks are announced (ATT)."""
        return sum(gap.awaited for gap in self.gaps)

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
    """The school years where this person has elements, the last one first."""
    years = Teaching.objects.fillable_by(user).order_by("-cohort__school_year")
    return list(dict.fromkeys(years.values_list("cohort__school_year", flat=True)))


def progress_of(user: User) -> list[Line]:
    """The elements of a person's last school year, those with marks to enter first (the home page)."""
    years = school_years(user)
    lines = overview(user, years[0]) if years else []
    return sorted(lines, key=lambda line: not line.progress.missing)


def overview(user: User, school_year: int) -> list[Line]:
    """The elements where this person may enter marks that year, in the programme's order."""
    return _lines(Teaching.objects.fillable_by(user).filter(cohort__school_year=school_year), user)


def cohort_overview(cohort: Cohort, user: User) -> list[Line]:
    """Every element of a promotion, in the programme's order."""
    return _lines(cohort.teachings.all(), user)


def _lines(rows: QuerySet[Teaching], user: User) -> list[Line]:
    teachings = list(
        rows.select_related("element", "cohort__programme__parcours")
        .prefetch_related("heads", "teachers")
        .order_by("element__semester", "element__kind", "element__code", "pk")
    )
    sheets, weights = _sheets(teachings)
    return [_line(sheet, weights[sheet.teaching.element_id], user) for sheet in sheets]


def _line(sheet: Sheet[Entered], weights: list[Weight], user: User) -> Line:
    teaching, progress = sheet.teaching, sheet.progress()
    counts = any(weight.coefficient for weight in weights)
    return Line(
        teaching=teaching,
        units=", ".join(weight.unit.code for weight in weights),
        role=role_of(user, teaching),
        progress=progress,
        sheet=sheet,
        state=_state(sheet, progress, counts=counts),
        gaps=sheet.gaps(),
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


def _sheets(teachings: list[Teaching]) -> tuple[list[Sheet[Entered]], dict[int, list[Weight]]]:
    """The sheets of many elements, as light as the figures allow, and the UE of each element."""
    cohorts = {teaching.cohort_id for teaching in teachings}
    weights: dict[int, list[Weight]] = defaultdict(list)
    for weight in (
        Weight.objects.filter(element__in={teaching.element_id for teaching in teachings})
        .select_related("unit")
        .order_by("unit__semester", "unit__code")
    ):
        weights[weight.element_id].append(weight)
    assessments: dict[int, dict[int, Assessment]] = defaultdict(dict)
    for assessment in Assessment.objects.filter(teaching__in=teachings).order_by("position", "pk"):
        assessments[assessment.teaching_id][assessment.pk] = assessment
    poids: dict[int, Poids] = defaultdict(lambda: defaultdict(dict))
    for teaching, key, unit, weighs in AssessmentWeight.objects.filter(
        assessment__teaching__in=teachings
    ).values_list("assessment__teaching", "assessment", "unit", "weight"):
        poids[teaching][key][unit] = weighs
    enrolments: dict[int, dict[int, Enrolment]] = defaultdict(dict)
    for enrolment in Enrolment.objects.filter(cohort__in=cohorts).order_by("pk"):
        enrolments[enrolment.cohort_id][enrolment.pk] = enrolment
    apart = not_taken_in(cohorts)
    locked = any(each.locked for group in assessments.values() for each in group.values())
    reopened = _reopened(cohorts) if locked else {}
    marks: dict[int, dict[tuple[int, int], Entered]] = defaultdict(dict)
    for teaching, assessment_id, key, value, code in Mark.objects.filter(
        assessment__teaching__in=teachings
    ).values_list("assessment__teaching", "assessment", "enrolment", "value", "code"):
        marks[teaching][assessment_id, key] = Entered(value, code)
    regulations = list(
        Regulation.objects.filter(
            department__in={teaching.cohort.programme.parcours.department_id for teaching in teachings}
        )
    )
    sheets = []
    for each in teachings:
        units = {weight.unit_id for weight in weights[each.element_id]}
        there = {
            key: enrolment
            for key, enrolment in enrolments[each.cohort_id].items()
            if (enrolment.takes_odd if each.element.semester % 2 else enrolment.takes_even)
        }
        sheet = Sheet(
            each,
            assessments[each.pk],
            there,
            marks[each.pk],
            frozenset(key for key in there if units and units <= apart[key]),
            poids[each.pk],
            _settings(each, regulations),
            frozenset(reopened.get(each.element.semester, set()).intersection(there)),
        )
        sheet.units = weights[each.element_id]
        sheets.append(sheet)
    return sheets, weights


def _reopened(cohorts: Collection[int]) -> dict[int, set[int]]:
    """{semester: enrolments of these promotions whose marks are open although locked}."""
    found: dict[int, set[int]] = defaultdict(set)
    rows = Reopening.objects.standing().filter(cohort__in=cohorts)
    for semester, enrolment in rows.values_list("semester", "enrolments"):
        found[semester].add(enrolment)
    return found


def _settings(teaching: Teaching, regulations: Iterable[Regulation]) -> Settings:
    """The settings in force for an element's promotion, as `Regulation.objects.in_force` finds them."""
    cohort = teaching.cohort
    here = [
        rules
        for rules in regulations
        if rules.department_id == cohort.programme.parcours.department_id
        and rules.programme_id in (None, cohort.programme_id)
        and rules.school_year <= cohort.school_year
    ]
    if not here:
        return Settings()
    rules = max(here, key=lambda rules: rules.rank)
    return Settings(rules.unjustified_absence, rules.second_chance, rules.decimals)


def year_choices(years: list[int]) -> list[tuple[int, str]]:
    """[(2024, "2024-2025")], the last one first."""
    return [(year, school_year_label(year)) for year in years]
