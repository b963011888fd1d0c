"""The sheets of many elements at once, as light as the figures allow, in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property

from curriculum.models import Element, Regulation
from grades.attempts import not_taken_in
from grades.in_unit import InUnit, UnitName
from grades.models import Assessment, AssessmentWeight, Enrolment, Mark, Reopening, Teaching
from grades.sheet import Entered, Poids, Settings, Sheet


class LateMarks(Mapping[tuple[int, int], Entered]):
    """The marks of an element among many: those of all are read, at once, when somebody asks for one."""

    def __init__(self, all_marks: AllMarks, teaching: int) -> None:
        self.all_marks, self.teaching = all_marks, teaching

    @cached_property
    def here(self) -> dict[tuple[int, int], Entered]:
        return self.all_marks.by_teaching[self.teaching]

    def __getitem__(self, cell: tuple[int, int]) -> Entered:
        return self.here[cell]

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter(self.here)

    def __len__(self) -> int:
        return len(self.here)


class AllMarks:
    """The marks of many elements, read once if ever."""

    def __init__(self, teachings: list[Teaching]) -> None:
        self.teachings = teachings

    @cached_property
    def by_teaching(self) -> dict[int, dict[tuple[int, int], Entered]]:
        return marks_of(self.teachings)


def many_sheets(teachings: list[Teaching]) -> list[Sheet[Entered]]:
    """The sheets of many elements; their marks are read when one is asked for."""
    cohorts = {teaching.cohort_id for teaching in teachings}
    keys = [teaching.pk for teaching in teachings]
    counts = _counts(cohorts)
    assessments = _assessments(keys)
    poids = _poids(keys)
    enrolments = _enrolments(cohorts)
    apart = not_taken_in(cohorts)
    locked = any(assessment.locked for group in assessments.values() for assessment in group.values())
    reopened = _reopened(cohorts) if locked else {}
    marks = AllMarks(teachings)
    departments = {teaching.cohort.specialty.department_id for teaching in teachings}
    regulations = list(Regulation.objects.filter(department__in=departments))
    settings: dict[tuple[int, int], Settings] = {}
    classes: dict[tuple[int, int, frozenset[int]], dict[int, Enrolment]] = {}
    sheets = []
    for teaching in teachings:
        element = teaching.element
        in_programmes = counts[teaching.cohort_id, element.code, element.semester]
        # Many elements are taken by the same students: they share them.
        asked = (teaching.cohort_id, element.semester % 2, frozenset(in_programmes))
        if asked not in classes:
            classes[asked] = _takers(enrolments[teaching.cohort_id], element.semester, in_programmes)
        there = classes[asked]
        by = (teaching.cohort_id, element.programme_id)
        if by not in settings:
            settings[by] = _settings(teaching, regulations)
        sheet = Sheet(
            teaching,
            assessments[teaching.pk],
            there,
            LateMarks(marks, teaching.pk),
            frozenset(
                key
                for key, units in apart.items()
                if key in there and _nothing_left(in_programmes[there[key].programme_id], units)
            ),
            poids[teaching.pk],
            settings[by],
            frozenset(reopened.get(element.semester, set()).intersection(there)),
            teaching.aside_motive,
        )
        sheet.units = [unit for units in in_programmes.values() for unit in units]
        sheets.append(sheet)
    return sheets


def _takers(
    enrolments: Mapping[int, Enrolment], semester: int, programmes: Collection[int]
) -> dict[int, Enrolment]:
    """Among those of a promotion, who takes a semester in one of these programmes."""
    return {
        key: enrolment
        for key, enrolment in enrolments.items()
        if enrolment.programme_id in programmes
        and (enrolment.takes_odd if semester % 2 else enrolment.takes_even)
    }


def _nothing_left(counts: Iterable[InUnit], apart: set[int]) -> bool:
    """Whether an element counts in UE that a student takes none of."""
    units = {count.unit_id for count in counts}
    return bool(units) and units <= apart


def _counts(cohorts: Collection[int]) -> dict[tuple[int, str, int], dict[int, list[InUnit]]]:
    """{(promotion, code, semester): {programme: in which UE}}; see `Teaching.elements`."""
    counts: dict[tuple[int, str, int], dict[int, list[InUnit]]] = defaultdict(dict)
    rows = Element.objects.filter(programme__cohorts__in=cohorts).order_by(
        "programme", "weights__unit__semester", "weights__unit__code"
    )
    for cohort, code, semester, programme, unit, name, coefficient in rows.values_list(
        *("programme__cohorts", "code", "semester", "programme"),
        *("weights__unit", "weights__unit__code", "weights__coefficient"),
    ):
        in_programme = counts[cohort, code, semester].setdefault(programme, [])
        if unit is not None:
            in_programme.append(InUnit(unit, UnitName(programme, name), coefficient))
    return counts


def _assessments(teachings: list[int]) -> dict[int, dict[int, Assessment]]:
    """{teaching: {key: évaluation}}, in their order."""
    assessments: dict[int, dict[int, Assessment]] = defaultdict(dict)
    for assessment in Assessment.objects.filter(teaching__in=teachings).order_by("position", "pk"):
        assessments[assessment.teaching_id][assessment.pk] = assessment
    return assessments


def _poids(teachings: list[int]) -> dict[int, Poids]:
    """{teaching: the poids that are not 1}."""
    poids: dict[int, Poids] = defaultdict(lambda: defaultdict(dict))
    rows = AssessmentWeight.objects.filter(assessment__teaching__in=teachings)
    for teaching, assessment, unit, weight in rows.values_list(
        "assessment__teaching", "assessment", "unit", "weight"
    ):
        poids[teaching][assessment][unit] = weight
    return poids


def _enrolments(cohorts: Collection[int]) -> dict[int, dict[int, Enrolment]]:
    """{promotion: {key: enrolment}}."""
    enrolments: dict[int, dict[int, Enrolment]] = defaultdict(dict)
    for enrolment in Enrolment.objects.filter(cohort__in=cohorts).order_by("pk"):
        enrolments[enrolment.cohort_id][enrolment.pk] = enrolment
    return enrolments


def marks_of(
    teachings: list[Teaching], enrolments: Collection[int] | None = None
) -> dict[int, dict[tuple[int, int], Entered]]:
    """{teaching: {(évaluation, enrolment): mark}}, of these enrolments alone when they are given."""
    marks: dict[int, dict[tuple[int, int], Entered]] = defaultdict(dict)
    rows = Mark.objects.filter(assessment__teaching__in=[teaching.pk for teaching in teachings])
    if enrolments is not None:
        rows = rows.filter(enrolment__in=enrolments)
    for teaching, assessment, enrolment, value, code in rows.values_list(
        "assessment__teaching", "assessment", "enrolment", "value", "code"
    ):
        marks[teaching][assessment, enrolment] = Entered(value, code)
    return marks


def _reopened(cohorts: Collection[int]) -> dict[int, set[int]]:
    """{semester: enrolments of these promotions whose marks are open although locked}."""
    reopened: dict[int, set[int]] = defaultdict(set)
    rows = Reopening.objects.standing().filter(cohort__in=cohorts)
    for semester, enrolment in rows.values_list("semester", "enrolments"):
        reopened[semester].add(enrolment)
    return reopened


def _settings(teaching: Teaching, regulations: Iterable[Regulation]) -> Settings:
    """The settings in force for an element's promotion, as `Regulation.objects.in_force` finds them."""
    cohort = teaching.cohort
    here = [
        rules
        for rules in regulations
        if rules.department_id == cohort.specialty.department_id
        and rules.programme_id in (None, teaching.element.programme_id)
        and rules.school_year <= cohort.school_year
    ]
    if not here:
        return Settings()
    rules = max(here, key=lambda rules: rules.rank)
    return Settings(rules.unjustified_absence, rules.second_chance, rules.decimals)
