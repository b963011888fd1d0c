"""A year that no jury judged yet, as the published marks leave it: indicative, nothing of it is decided."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Self

from django.utils import timezone

from butrt.base import french
from butrt.base.french import NBSP
from curriculum.models import Regulation
from grades.averages import is_awaited, shown
from grades.models import Enrolment, Student, Teaching
from jury.cases.case import Case
from jury.cases.consequences import Change, Outcome, changes, competence
from jury.cases.dossier import freeze
from jury.cases.figures import Figures
from jury.cases.proceedings import Column, Proceedings
from jury.cases.trials import Choice, altered, assessment_titles, display, without_awaited
from jury.cases.wording import WITHOUT_AVERAGE
from jury.models import Session
from jury.rules import Code, Distance, ElementLine, RcueVerdict, UnitVerdict, Verdict, decide, nearest
from jury.students.own.marks import Averages
from jury.students.own.missing import Missing, missing, on_twenty


@dataclass(frozen=True, slots=True)
class ElementNow:
    """An element in a UE: what it is called, weighs and averages so far, and whether marks are to come."""

    display: str
    title: str
    coefficient: Decimal
    average: Decimal | None
    state: str
    awaited: bool

    @property
    def about(self) -> str:
        """ "coef. 12, note à venir"."""
        weighs = f"coef.{NBSP}{french.short(self.coefficient)}"
        return f"{weighs}, note à venir" if self.awaited else weighs

    @property
    def got(self) -> str:
        """ "12,50", else why there is no average; nothing is said of marks that are not published."""
        if self.average is None:
            return WITHOUT_AVERAGE.get(self.state, "—")
        return french.number(self.average)


@dataclass(frozen=True, slots=True)
class UnitNow:
    """A UE as it stands. `kept_since`: acquired in that school year and not taken again ("" if unknown)."""

    verdict: UnitVerdict
    elements: tuple[ElementNow, ...]
    kept_since: str | None
    left: bool
    missing: Missing | None

    @property
    def awaited(self) -> list[str]:
        """The elements of which marks are to come."""
        return [element.display for element in self.elements if element.awaited]


@dataclass(frozen=True, slots=True)
class LevelNow:
    """A competence: its UE and, when the year is judged, its RCUE, with the points that it lacks."""

    column: Column
    units: tuple[UnitNow, ...]
    rcue: RcueVerdict | None
    points: Decimal | None

    @property
    def without_average(self) -> str:
        """The UE that the RCUE waits for: "UE41"."""
        return french.listed([unit.verdict.name for unit in self.units if unit.verdict.average is None])


@dataclass(frozen=True, slots=True)
class Answer:
    """What a mark to come would change, UE first."""

    choice: Choice
    mark: Decimal
    changes: list[Change]

    @property
    def changes_year(self) -> bool:
        return any(change.kind == "year" for change in self.changes)


class Standing:
    """What the rules would say if no other mark came, and of what may come."""

    def __init__(self, case: Case, columns: tuple[Column, ...], unfinished: frozenset[str] | None) -> None:
        """`unfinished`: the elements where marks may still come; None where none can (the jury sits)."""
        self.case = case
        self.columns = columns
        self.unfinished = unfinished

    @classmethod
    def of(cls, session: Session, student: Student) -> Self | None:
        """That of a session and a student; None for who is not judged there, or left the year."""
        proceedings = Proceedings(Figures(freeze(session, published_only=True, student=student)), [])
        for case in proceedings.cases:
            if not case.gone:
                unfinished = _unfinished(session) if session.state == Session.State.PREPARATION else None
                return cls(case, proceedings.columns_of(case), unfinished)
        return None

    @cached_property
    def now(self) -> Verdict:
        """What the rules say of the marks published, as if none were to come."""
        return decide(without_awaited(self.case.student), self.case.cohort)

    @cached_property
    def awaited(self) -> list[Choice]:
        """The marks to come, one an element at least, in the order of the programme."""
        case = self.case
        if self.unfinished is None:
            return []
        counting = dict.fromkeys(name for unit in case.cohort.judged(case.student) for name in unit.weights)
        return [
            choice for name in counting if name in case.student.elements for choice in self._to_come(name)
        ]

    def _to_come(self, name: str) -> Iterator[Choice]:
        """What is announced (a published évaluation without a mark), else one more where one may come."""
        case, element = self.case, self.case.student.elements[name]
        titles, called = assessment_titles(case, name), display(case, name)
        announced = False
        for place, mark in enumerate(element.marks):
            if is_awaited(mark):
                announced = True
                weighs = f", coefficient {french.short(mark.coefficient)}"
                yield Choice(f"mark:{name}:{place}", f"{called}, {titles[place]}{weighs}", None)
        if self._second_chance_awaited(name):
            announced = True
            yield Choice(f"chance:{name}", f"{called}, seconde chance", None)
        if announced:
            return
        if not element.marks:
            yield Choice(f"more:{name}", f"{called}, note à venir", None)
        elif self.unfinished is not None and name in self.unfinished:
            yield Choice(f"more:{name}", f"{called}, prochaine note, coefficient 1 supposé", None)

    def _second_chance_awaited(self, name: str) -> bool:
        chance = self.case.student.elements[name].second_chance
        if chance is not None:
            return is_awaited(chance)
        published = self.case.figures.context["assessments"].get(name, ())
        groups = ("", self.case.person["group"])
        return any(
            assessment["kind"] == "second" and assessment["group"] in groups for assessment in published
        )

    # ---------- competence by competence ----------

    @cached_property
    def levels(self) -> list[LevelNow]:
        """The competences judged, each with its UE."""
        return [self._level(column) for column in self.columns]

    def _level(self, column: Column) -> LevelNow:
        rcue = self.now.rcues.get(column.rcue) if column.rcue else None
        points = None
        if rcue is not None and rcue.average is not None and not rcue.acquired:
            points = self.case.cohort.regulation.pass_mark - rcue.average
        return LevelNow(column, tuple(self._unit(code) for code in column.units), rcue, points)

    def _unit(self, code: str) -> UnitNow:
        case, verdict = self.case, self.now.units[code]
        kept = case.kept_since(code)
        awaited = [choice for choice in self.awaited if choice.element in verdict.of.weights]
        left = kept is not None or (code in case.student.dispensed and not verdict.marked)
        return UnitNow(
            verdict,
            () if left else tuple(self._elements(verdict, {choice.element for choice in awaited})),
            kept,
            left,
            None if left else missing(case.student, case.cohort, code, awaited),
        )

    def _elements(self, verdict: UnitVerdict, awaited: Iterable[str]) -> Iterator[ElementNow]:
        states = {line.element: line.state for line in self.case.proposal.units[verdict.name].elements}
        for line in verdict.elements:
            if line.coefficient or line.average is not None:
                yield ElementNow(
                    display(self.case, line.element),
                    str(self.case.elements[line.element]["title"]),
                    line.coefficient,
                    self._shown(line),
                    states.get(line.element, ""),
                    line.element in awaited,
                )

    def _shown(self, line: ElementLine) -> Decimal | None:
        return shown(line.average, self.case.cohort.regulation.decimals)

    @cached_property
    def averages(self) -> Averages:
        """Of each element."""
        by_element: dict[str, dict[str, Decimal]] = {}
        for unit in self.case.cohort.judged(self.case.student):
            for line in self.now.units[unit.code].elements:
                if (average := self._shown(line)) is not None:
                    by_element.setdefault(line.element, {})[unit.code] = average
        return {
            name: [*units.items()] if len(set(units.values())) > 1 else [("", next(iter(units.values())))]
            for name, units in by_element.items()
        }

    # ---------- the year ----------

    @cached_property
    def distance(self) -> Distance | None:
        """How far the year's next code is, when one UE is enough."""
        if not self.now.year_judged or self.now.blocked:
            return None
        near = nearest(without_awaited(self.case.student), self.case.cohort, self.now)
        return near if near and near.gives in Code.__members__ else None

    # ---------- et si ----------

    def if_marked(self, choice: Choice, mark: Decimal) -> Answer:
        """What a mark on 20 would change of the UE, the competences and the year, by the rules alone."""
        case = self.case
        then = decide(without_awaited(altered(case.student, on_twenty(choice, mark))), case.cohort)
        judged = {unit.code for unit in case.cohort.judged(case.student)}
        judged |= {competence(name) for name in case.year_rcues} | {"Année"}
        every = changes(self._outcome(self.now), self._outcome(then), averages=True)
        return Answer(choice, mark, [change for change in every if change.about in judged])

    def _outcome(self, verdict: Verdict) -> Outcome:
        return self.case.outcome_of(verdict)


def _unfinished(session: Session) -> frozenset[str]:
    """The elements that are not declared complete, or of which something is not published. One query."""
    teachings = Teaching.objects.filter(cohort=session.cohort_id, element__semester__in=session.semesters)
    finished = teachings.filter(completed_at__isnull=False).exclude(assessments__published=False)
    return frozenset(teachings.exclude(pk__in=finished.values("pk")).values_list("element__code", flat=True))


def session_to_come(enrolment: Enrolment, *, newest: int) -> Session | None:
    """The jury that will judge an enrolment's year, as scheduled or as it would be; None once it was judged.

    Needs the sessions about its student, in their order, with their règlement. `newest`: the school year of
    the last enrolment; one before, of which no jury is under way, awaits nothing.
    """
    cohort = enrolment.cohort
    last_semester = cohort.semesters[1 if enrolment.takes_even else 0]
    final = [session for session in cohort.sessions.all() if session.semester == last_semester]
    if final:
        return final[-1] if final[-1].closed_at is None else None
    if cohort.school_year < newest:
        return None
    in_force = Regulation.objects.in_force(
        department=cohort.department, programme=enrolment.programme_id, school_year=cohort.school_year
    ).first()
    if in_force is None:
        return None
    return Session(cohort=cohort, semester=last_semester, regulation=in_force, date=timezone.localdate())
