"""Where the students of a promotion were each year, by which code they went on, and where they are now."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import F

from curriculum.models import school_year_label
from grades.models import Cohort, Enrolment, Student
from jury.cases.case import Case, last_word
from jury.cases.outlook import LOOKS
from jury.cases.proceedings import Proceedings
from jury.models import Minutes, Result
from jury.rules import PASSING, Code, codes
from jury.rules.codes import LAST_YEAR
from jury.rules.following import OF_A_CODE, Following, Step


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


class Known(NamedTuple):
    """What is known of a student in a school year: a year of the BUT, its code, the jury held here."""

    year: int
    code: Code | None
    session: int | None = None
    semester: int = 0

    @property
    def asks_the_minutes(self) -> bool:
        """Whether its code alone does not tell what follows: S5 may be closed, UE left, the year not over."""
        return self.session is not None and (self.code in PASSING or self.semester % 2 == 1)


Ways = Mapping[Student, Mapping[int, Sequence[Known]]]
"""What is known of each student in each school year, in the order in which it was said."""
Cases = Mapping[tuple[int | None, str], Case]
"""What juries held here judged, by jury and student's number."""


def flow_of(cohort: Cohort) -> Flow:
    """The whole way of the students enrolled in a promotion, before and after it.

    A year's code is the last word of the juries, closed here or recorded from elsewhere, else the student's
    situation (resigned…); None while no jury has closed. Four queries, and one for each PV that is read.
    """
    ways = _ways(cohort)
    cases = _cases(ways)
    by_passage: dict[tuple[Stage, Stage, Code | None], list[Student]] = defaultdict(list)
    for student in sorted(ways, key=lambda person: (person.sort_key, person.pk)):
        for passage in _passages(student, ways[student], cases):
            by_passage[passage].append(student)
    return Flow(tuple(Passage(*passage, tuple(students)) for passage, students in by_passage.items()))


def _ways(cohort: Cohort) -> Ways:
    ways: dict[Student, dict[int, list[Known]]] = defaultdict(lambda: defaultdict(list))
    enrolled = Enrolment.objects.filter(student__enrolments__cohort=cohort)
    for enrolment in (
        enrolled.select_related("student", "cohort__specialty__department")
        .prefetch_related("cohort__programmes")
        .distinct()
    ):
        # A défaillant is judged: their year has no code before a jury gives one.
        status = Code(enrolment.status) if enrolment.status in codes.FACTS else None
        here = Known(enrolment.cohort.year, status)
        ways[enrolment.student][enrolment.cohort.school_year].append(here)
    results = Result.objects.standing().filter(kind=Result.Kind.YEAR, student__enrolments__cohort=cohort)
    for result in (
        results.filter(year__range=(1, LAST_YEAR), code__in=codes.YEAR_CODES)
        .select_related("student")
        .annotate(semester_judged=F("session__semester"))
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
        given = Known(result.year or 0, Code(result.code), result.session_id, result.semester_judged or 0)
        ways[result.student][result.school_year].append(given)
    return ways


def _cases(ways: Ways) -> Cases:
    """What the last PV say of who is known no further."""
    sessions = {
        known.session for years in ways.values() for known in years[max(years)] if known.asks_the_minutes
    }
    versions = Minutes.objects.filter(session__in=sessions).order_by("version")
    last = {version.session_id: version for version in versions}
    return {
        (session, case.id): case
        for session, version in last.items()
        for case in Proceedings.of_version(version).cases
    }


def _passages(
    student: Student, years: Mapping[int, Sequence[Known]], cases: Cases
) -> Iterable[tuple[Stage, Stage, Code | None]]:
    """From each year of one student to the next one known, then to what the last one opens."""
    leading = {school_year: _leading(years[school_year])[0] for school_year in sorted(years)}
    stages = [Stage(school_year, f"BUT{known.year}") for school_year, known in leading.items()]
    after = _after(_following(student, years[stages[-1].school_year], cases))
    then = [*stages[1:], Stage(stages[-1].school_year + 1, after, outcome=True)]
    for stage, next_stage in zip(stages, then, strict=True):
        yield stage, next_stage, leading[stage.school_year].code


def _leading(known: Sequence[Known]) -> tuple[Known, Sequence[Known]]:
    """What tells a year, and what was said since: who retakes a lower year beside is told by their own."""
    place = max(range(len(known)), key=lambda place: (known[place].year, place))
    return known[place], known[place + 1 :]


def _following(student: Student, known: Sequence[Known], cases: Cases) -> Following | None:
    """By the jury held here, else by the code that was recorded; None: no jury has closed."""
    lead, since = _leading(known)
    if lead.code is None:
        return None
    if case := cases.get((lead.session, student.number)):
        others = (cases.get((other.session, student.number)) for other in since)
        return last_word(case, filter(None, others)).following
    if lead.code not in PASSING:
        return Following(OF_A_CODE[lead.code], lead.code, lead.year)
    if lead.year == LAST_YEAR:
        return Following(Step.FINISHED, lead.code, lead.year)
    return Following(Step.OPENS, lead.code, lead.year, semester=2 * lead.year + 1)


def _after(following: Following | None) -> str:
    match following:
        case None:
            return "en cours"
        case Following(step=Step.OPENS, semester=int(semester)):
            return f"vers le BUT{(semester + 1) // 2}" if semester % 2 else "en cours"
        case Following(step=Step.FINISHED):
            return "fin du BUT"
        case Following(step=Step.REPEATS, year=year):
            return f"redouble le BUT{year}"
        case _:
            return LOOKS[following.step].one


def _order(stage: Stage) -> tuple[int, str]:
    """Those that go further first, then those who repeat or wait, then departures."""
    places = (
        "fin du BUT",
        LOOKS[Step.UNFINISHED].one,
        "vers le BUT3",
        "BUT3",
        LOOKS[Step.CLOSED].one,
        "vers le BUT2",
        "BUT2",
        "BUT1",
        "en cours",
        *(LOOKS[step].one for step in (Step.RESIT, Step.WAITS, Step.GAP_YEAR, Step.DEFAULTS)),
    )
    if stage.label in places:
        return places.index(stage.label), stage.label
    return (len(places) if stage.label.startswith("redouble") else len(places) + 1), stage.label
