"""How students succeeded by where they come from (type of baccalauréat, sex), for the department's report.

A share of a few people tells nothing, and tells on somebody: under `SMALLEST` students, counts alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from butrt.base.tables import french_csv
from grades.models import Student
from jury.cases.case import Case
from jury.cases.proceedings import Proceedings
from jury.models import Session
from jury.rules.following import Step

SMALLEST: Final = 5
SEXES: Final = {"F": "Femmes", "M": "Hommes", "X": "Sexe non précisé"}
KINDS: Final = {
    "G": "Bac général",
    "T": "Bac technologique",
    "P": "Bac professionnel",
    "A": "Autre titre",
    "": "Bac non renseigné",
}


@dataclass(frozen=True)
class OriginLine:
    """Some students of the same origin: how many, and what became of them."""

    label: str
    students: int
    whole: int  # everything acquired: every RCUE of the year, every UE of an odd semester
    goes_on: int  # passes, or finishes
    repeats: int
    leaves: int
    pending: int

    def share(self, number: int) -> Decimal | None:
        """A number in percent of the students; None when they are too few."""
        if self.students < SMALLEST:
            return None
        return (Decimal(100 * number) / self.students).quantize(Decimal(1), ROUND_HALF_UP)

    @property
    def whole_share(self) -> Decimal | None:
        return self.share(self.whole)

    @property
    def goes_on_share(self) -> Decimal | None:
        return self.share(self.goes_on)


@dataclass(frozen=True)
class Block:
    """A table of the report: a line an origin."""

    title: str
    lines: list[OriginLine]


def baccalaureates(session: Session) -> dict[str, str]:
    """{student number: type}: as known today, no PV prints it. One query."""
    students = Student.objects.filter(department=session.department, enrolments__cohort=session.cohort_id)
    return dict(students.values_list("number", "baccalaureate"))


def report(proceedings: Proceedings, kinds: Mapping[str, str]) -> list[Block]:
    """The promotion, then by type of baccalauréat, by sex, by both; origins without anybody left out."""
    cases = proceedings.cases

    def kind(case: Case) -> str:
        return KINDS[kinds.get(case.id, "")]

    def sex(case: Case) -> str:
        return SEXES[case.gender]

    def both(case: Case) -> str:
        return f"{kind(case)}, {sex(case).lower()}"

    pairs = [f"{one}, {other.lower()}" for one in KINDS.values() for other in SEXES.values()]
    return [
        Block("Promotion", [_line("Ensemble", cases)]),
        Block("Par type de baccalauréat", _lines(cases, kind, KINDS.values())),
        Block("Par sexe", _lines(cases, sex, SEXES.values())),
        Block("Par type de baccalauréat et sexe", _lines(cases, both, pairs)),
    ]


def _lines(cases: Iterable[Case], origin: Callable[[Case], str], order: Iterable[str]) -> list[OriginLine]:
    gathered: dict[str, list[Case]] = {}
    for case in cases:
        gathered.setdefault(origin(case), []).append(case)
    return [_line(label, gathered[label]) for label in order if label in gathered]


def _line(label: str, cases: list[Case]) -> OriginLine:
    steps = [case.following.step for case in cases]

    def count(*wanted: Step) -> int:
        return sum(step in wanted for step in steps)

    return OriginLine(
        label,
        students=len(cases),
        whole=sum(map(_has_everything, cases)),
        goes_on=count(Step.OPENS, Step.CLOSED, Step.FINISHED),
        repeats=count(Step.REPEATS),
        leaves=count(Step.REFUSED, Step.DEFAULTS, Step.LEFT, Step.GAP_YEAR, Step.UNFINISHED),
        pending=count(Step.RESIT, Step.WAITS, Step.BLOCKED, Step.TO_DECIDE),
    )


def _has_everything(case: Case) -> bool:
    if case.judges_year:
        return bool(case.year_rcues) and case.acquired == len(case.year_rcues)
    judged = case.cohort.judged(case.student)
    return bool(judged) and all(case.verdict.units[unit.code].acquired for unit in judged)


def origins_csv(blocks: Iterable[Block]) -> bytes:
    """The tables of the report one under the other, as a text for a spreadsheet."""
    header = ["Tableau", "Origine", "Étudiants", "Tout acquis", "Passent ou terminent", "Redoublent"]
    header += ["Partent ou s’arrêtent", "En attente", "Tout acquis, %", "Passent ou terminent, %"]
    return french_csv(
        header,
        [
            [
                *(
                    block.title,
                    line.label,
                    line.students,
                    line.whole,
                    line.goes_on,
                    line.repeats,
                    line.leaves,
                ),
                *(line.pending, line.whole_share, line.goes_on_share),
            ]
            for block in blocks
            for line in block.lines
        ],
    )
