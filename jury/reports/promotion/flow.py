"""Where the students of a promotion were each year, by which code they went on, and where they are now."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F

from curriculum.models import school_year_label
from grades.models import Cohort, Enrolment, Student
from jury.cases.outlook import LOOKS
from jury.models import Result
from jury.rules import PASSING, Code, codes
from jury.rules.following import OF_A_CODE, Step

LAST_YEAR = 3


@dataclass(frozen=True, slots=True)
class Stage:
    """A place on the way: a year of the BUT in a school year, or what came after the last one known."""

    school_year: int
    label: str  # "BUT2", "vers le BUT3", "départ"
    # After the last year known: nobody is there yet.
    outcome: bool = False

    @property
    def years(self) -> str:
        return school_year_label(self.school_year)


@dataclass(frozen=True)
class Passage:
    """The students who went from a stage to the next one by the same code."""

    start: Stage
    end: Stage
    code: Code | None
    students: tuple[Student, ...]

    @property
    def number(self) -> int:
        return len(self.students)

    @property
    def family(self) -> str:
        return "slate" if self.code is None else codes.family(self.code)

    @property
    def sign(self) -> str:
        return "…" if self.code is None else codes.sign(self.code)

    @property
    def words(self) -> str:
        return "pas encore décidé" if self.code is None else codes.words(self.code, "year")


@dataclass(frozen=True)
class Flow:
    """A promotion through its years: the passages, from the oldest school year to the last."""

    passages: tuple[Passage, ...]

    @property
    def stages(self) -> list[list[Stage]]:
        """The stages of each column, school year by school year, those that go further first."""
        columns: dict[int, dict[Stage, None]] = defaultdict(dict)
        for passage in self.passages:
            for stage in (passage.start, passage.end):
                columns[stage.school_year][stage] = None
        return [sorted(columns[year], key=_order) for year in sorted(columns)]

    def number(self, stage: Stage) -> int:
        """How many students are at a stage: those who come or those who go on, whichever is more."""
        gone = sum(passage.number for passage in self.passages if passage.start == stage)
        come = sum(passage.number for passage in self.passages if passage.end == stage)
        return max(gone, come)

    def tally(self) -> list[tuple[Stage, int, list[tuple[Code | None, int]]]]:
        """Each year of the BUT in each school year: how many students, how many by each code."""
        counts: dict[Stage, Counter[Code | None]] = defaultdict(Counter)
        for passage in self.passages:
            counts[passage.start][passage.code] += passage.number
        ordered = sorted(counts, key=lambda stage: (stage.school_year, stage.label))
        return [(stage, counts[stage].total(), counts[stage].most_common()) for stage in ordered]


def flow_of(cohort: Cohort) -> Flow:
    """The whole way of the students enrolled in a promotion, before and after it; three queries.

    A year's code is the last word of the juries, closed here or recorded from elsewhere, else the student's
    situation (resigned…); None while no jury has closed.
    """
    enrolled = Enrolment.objects.filter(student__enrolments__cohort=cohort)
    steps: dict[Student, dict[int, tuple[int, Code | None]]] = defaultdict(dict)
    for enrolment in (
        enrolled.select_related("student", "cohort__specialty__department")
        .prefetch_related("cohort__programmes")
        .distinct()
    ):
        # A défaillant is judged: their year has no code before a jury gives one.
        status = Code(enrolment.status) if enrolment.status in codes.FACTS else None
        here = (enrolment.cohort.year, status)
        _keep_the_highest(steps[enrolment.student], enrolment.cohort.school_year, here)
    results = Result.objects.standing().filter(kind=Result.Kind.YEAR, student__enrolments__cohort=cohort)
    for result in (
        results.filter(year__range=(1, LAST_YEAR), code__in=codes.YEAR_CODES)
        .select_related("student")
        .distinct()
        .order_by(
            "school_year",
            F("session__date").asc(nulls_first=True),
            F("decided_on").asc(nulls_first=True),
            "session__semester",
            "session__rank",
            "pk",
        )
    ):
        _keep_the_highest(steps[result.student], result.school_year, (result.year or 0, Code(result.code)))
    by_passage: dict[tuple[Stage, Stage, Code | None], list[Student]] = defaultdict(list)
    for student in sorted(steps, key=lambda person: (person.sort_key, person.pk)):
        for passage in _passages(steps[student]):
            by_passage[passage].append(student)
    return Flow(tuple(Passage(*passage, tuple(students)) for passage, students in by_passage.items()))


def _keep_the_highest(
    steps: dict[int, tuple[int, Code | None]], school_year: int, step: tuple[int, Code | None]
) -> None:
    """Who retakes semesters of a lower year beside their own is told by their own."""
    if school_year not in steps or step[0] >= steps[school_year][0]:
        steps[school_year] = step


def _passages(steps: dict[int, tuple[int, Code | None]]) -> Iterable[tuple[Stage, Stage, Code | None]]:
    """From each year of one student to the next one known, then to what the last one opens."""
    known = sorted(steps)
    for place, school_year in enumerate(known):
        year, code = steps[school_year]
        start = Stage(school_year, f"BUT{year}")
        if place + 1 < len(known):
            then = known[place + 1]
            yield start, Stage(then, f"BUT{steps[then][0]}"), code
        else:
            yield start, Stage(school_year + 1, _after(year, code), outcome=True), code


def _after(year: int, code: Code | None) -> str:
    if code is None:
        return "en cours"
    if code in PASSING:
        return "fin du BUT" if year == LAST_YEAR else f"vers le BUT{year + 1}"
    step = OF_A_CODE[code]
    return f"redouble le BUT{year}" if step is Step.REPEATS else LOOKS[step].one


def _order(stage: Stage) -> tuple[int, str]:
    """Those that go further first, then those who repeat or wait, then departures."""
    places = (
        "fin du BUT",
        "vers le BUT3",
        "BUT3",
        "vers le BUT2",
        "BUT2",
        "BUT1",
        "en cours",
        *(LOOKS[step].one for step in (Step.RESIT, Step.WAITS, Step.GAP_YEAR, Step.DEFAULTS)),
    )
    if stage.label in places:
        return places.index(stage.label), stage.label
    return (len(places) if stage.label.startswith("redouble") else len(places) + 1), stage.label
