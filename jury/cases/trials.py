"""What if: a mark, an element or a UE had another value. The rules are asked again; nothing is stored.

The jury's card tries what is known, a student's own page what is still awaited.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from butrt.base import french
from grades.averages import TWENTY, is_awaited, shown
from jury.cases.case import Case
from jury.cases.consequences import Change, changes
from jury.rules import Element, Mark, Student, Verdict, decide

NONE = Mark(code="ABJ")
"""In the place of the marks of an element that has none: it leaves the UE as one exempted."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What is tried and its value: "unit:UE42", "element:R403" or a mark, "mark:R403:0".

    Or a mark on 20 that nothing announces: one more, "more:R403", the second chance, "chance:R403".
    """

    on: str
    value: Decimal

    @property
    def kind(self) -> str:
        return self.on.partition(":")[0]

    @property
    def name(self) -> str:
        """The UE or the element."""
        return self.on.split(":")[1]

    @property
    def place(self) -> int:
        """Which mark of the element."""
        return int(self.on.split(":")[2])


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that may be tried: its key, its words, what it is now and its maximum."""

    key: str
    label: str
    now: Decimal | None
    maximum: Decimal = TWENTY

    @property
    def words(self) -> str:
        """ "UE42 (9,87)", "R401, projet (12,50/40)"."""
        out_of = "" if self.now is None or self.maximum == TWENTY else f"/{french.short(self.maximum)}"
        return f"{self.label} ({french.number(self.now)}{out_of})"

    @property
    def element(self) -> str:
        """The element, or the UE, that it is of."""
        return self.key.split(":")[1]


def choices(case: Case) -> dict[str, list[Choice]]:
    """What may be tried of a student, by kind of thing."""
    units = [
        Choice(f"unit:{unit.code}", unit.code, case.proposal.units[unit.code].average)
        for unit in case.cohort.judged(case.student)
    ]
    return {"Moyennes d’UE": units, "Éléments": list(_elements(case)), "Évaluations": list(_marks(case))}


def _elements(case: Case) -> Iterator[Choice]:
    seen: set[str] = set()
    for unit in case.cohort.judged(case.student):
        for line in case.proposal.units[unit.code].elements:
            if line.coefficient and line.element not in seen:
                seen.add(line.element)
                now = shown(line.average, case.cohort.regulation.decimals)
                yield Choice(f"element:{line.element}", display(case, line.element), now)


def _marks(case: Case) -> Iterator[Choice]:
    for name, element in case.student.elements.items():
        titles = assessment_titles(case, name)
        for place, mark in enumerate(element.marks):
            title = titles[place] if place < len(titles) else f"évaluation {place + 1}"
            yield Choice(f"mark:{name}:{place}", f"{display(case, name)}, {title}", mark.value, mark.out_of)


def tried(case: Case, trial: Trial) -> Verdict:
    """The verdict of the rules alone, without any decision of the jury, had this been so."""
    student = next(student for student in case.cohort.students if student.id == case.id)
    return decide(altered(student, trial), case.cohort)


def differences(case: Case, trial: Trial) -> list[Change]:
    """What would change, from what the rules alone say today."""
    return changes(case.outcome_of(case.proposal), case.outcome_of(tried(case, trial)), averages=True)


def altered(student: Student, trial: Trial) -> Student:
    """The student, had this been so."""
    if trial.kind == "unit":
        # The average is given as it would be shown: the bonus is in it already.
        bonus = {unit: points for unit, points in student.bonus.items() if unit != trial.name}
        return replace(student, averages={**student.averages, trial.name: trial.value}, bonus=bonus)
    element = student.elements.get(trial.name, Element())
    if trial.kind == "element":
        changed = Element(average=trial.value)
    elif trial.kind == "more":
        changed = replace(element, marks=(*element.marks, Mark(trial.value)))
    elif trial.kind == "chance":
        changed = replace(element, second_chance=Mark(trial.value))
    else:
        marks = list(element.marks)
        marks[trial.place] = replace(marks[trial.place], value=trial.value, code="")
        changed = replace(element, marks=tuple(marks))
    return replace(student, elements={**student.elements, trial.name: changed})


def without_awaited(student: Student) -> Student:
    """The same, as if no mark were to come: what is awaited leaves the averages, and blocks nothing."""
    elements = {name: _without_awaited(element) for name, element in student.elements.items()}
    return replace(student, elements=elements)


def _without_awaited(element: Element) -> Element:
    chance = element.second_chance
    marks = tuple(mark for mark in element.marks if not is_awaited(mark))
    if element.average is not None or (
        marks and marks == element.marks and not (chance and is_awaited(chance))
    ):
        return element
    return replace(
        element,
        marks=marks or (NONE,),
        second_chance=None if chance and is_awaited(chance) else chance,
    )


def display(case: Case, element: str) -> str:
    """ "Stage S4" for Saé4.IOM.stage."""
    words: Any = case.elements.get(element)
    return str(words["display"]) if words else element


def assessment_titles(case: Case, element: str) -> list[str]:
    """The titles of a student's évaluations of an element, in the order of the marks.

    Empty for figures frozen before the titles were kept with them.
    """
    known: Any = case.figures.context.get("assessments", {}).get(element, [])
    return [
        assessment["title"]
        for assessment in known
        if assessment["kind"] == "normal" and assessment["group"] in ("", case.person["group"])
    ]
