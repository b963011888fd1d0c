"""What if: a mark, an element or a UE had another value. The rules are asked again; nothing is stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from grades.averages import shown
from jury.cases.case import Case
from jury.cases.consequences import Change, changes
from jury.rules import Element, Student, Verdict, decide

TWENTY = Decimal(20)


@dataclass(frozen=True, slots=True)
class Trial:
    """What is tried and its value: "unit:UE42", "element:R403" or a mark, "mark:R403:0"."""

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
                now = None if line.average is None else _hundredths(line.average)
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
    return decide(_altered(student, trial), case.cohort)


def differences(case: Case, trial: Trial) -> list[Change]:
    """What would change, from what the rules alone say today."""
    return changes(case.outcome_of(case.proposal), case.outcome_of(tried(case, trial)), averages=True)


def _altered(student: Student, trial: Trial) -> Student:
    if trial.kind == "unit":
        # The average is given as it would be shown: the bonus is in it already.
        bonus = {unit: points for unit, points in student.bonus.items() if unit != trial.name}
        return replace(student, averages={**student.averages, trial.name: trial.value}, bonus=bonus)
    element = student.elements.get(trial.name, Element())
    if trial.kind == "element":
        changed = Element(average=trial.value)
    else:
        marks = list(element.marks)
        marks[trial.place] = replace(marks[trial.place], value=trial.value, code="")
        changed = replace(element, marks=tuple(marks))
    return replace(student, elements={**student.elements, trial.name: changed})


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


def _hundredths(average: Fraction) -> Decimal:
    rounded = shown(average, 2)
    assert rounded is not None  # only called with an average
    return rounded
