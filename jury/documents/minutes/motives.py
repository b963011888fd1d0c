"""What the PV says under its table: motives, refusals, the figures of each."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from butrt.base import french
from butrt.base.french import NBSP, listed
from jury.cases import hearing, outlook, wording
from jury.cases.case import Case
from jury.cases.taken import Taken
from jury.documents.minutes.rows import decided
from jury.models import Decision
from jury.rules import VALIDATING, Code, RcueVerdict, UnitVerdict, codes

REFUSALS = frozenset({Code.NAR, Code.DEF})
"""The decisions whose hearing and advice the PV reports (4.5)."""


def motive_of(case: Case, *, with_author: bool, today: bool) -> dict[str, Any]:
    """A student's decisions: what, why; those taken with the same words are told together.

    The jury decides: who wrote it down is in the journal, and on the PV of before (`with_author`).
    """
    year = case.year_decision
    first = year or case.decisions[0]
    code = Code(first.code)
    about: codes.About = "year" if year else "unit"
    together = groupby(
        case.decisions, key=lambda decision: (decision.motive, decision.author, decision.at[:10])
    )
    return {
        "case": case,
        "code": code,
        "sign": codes.sign(code),
        "family": codes.family(code),
        "words": codes.words(code, about, wording.gender(case)),
        "summary": _figures(case, waiting="en attente" if today else "— …"),
        "follows": _follows(case),
        "entries": [
            _entry(motive, author if with_author else "", list(taken))
            for (motive, author, _), taken in together
        ],
    }


def _entry(motive: str, author: str, taken: list[Taken]) -> dict[str, Any]:
    return {
        "what": ", ".join(
            f"{decision.about.replace('l’année', 'année')}{NBSP}{decision.code}" for decision in taken
        ),
        "motive": motive,
        "author": author,
        "at": french.moment(taken[-1].at),
        "rights": [f"{decision.right}." for decision in taken if decision.right],
    }


def refused_codes(case: Case, *, once: bool) -> list[Taken]:
    """The refusals of a student, that of the year first; told `once` however many UE it bears on."""
    refusals = [decision for decision in case.decisions if decision.code in REFUSALS]
    if once:
        return sorted(refusals, key=lambda decision: decision.kind != Decision.Kind.YEAR)[:1]
    return refusals


def refusal_of(case: Case, decision: Taken, *, with_motive: bool) -> dict[str, Any]:
    """What a refusal was come to by: the procedure, the motive, the advice (4.5)."""
    return {
        "case": case,
        "code": decision.code,
        "hearing": hearing.in_words(decision),
        "motive": decision.motive if with_motive else "",
        "advice": decision.advice.rstrip("."),
    }


def _figures(case: Case, *, waiting: str) -> str:
    """ "RT1 10,48 ADM, RT2 9,98 ADJ… 41 ECTS", or the UE at an odd-semester jury.

    `waiting`: what is said where there is neither average nor code.
    """

    def line_of(name: str, result: UnitVerdict | RcueVerdict) -> str:
        if result.average is None and result.code is None:
            return f"{name} {waiting}"
        return f"{name} {french.number(result.average)} {result.code or '…'}"

    verdict = case.verdict
    if case.year_rcues and any(name in verdict.rcues for name in case.year_rcues):
        figures = [
            (name.rpartition("/")[0], verdict.rcues[name])
            for name in case.year_rcues
            if name in verdict.rcues
        ]
        lines = [line_of(name, result) for name, result in figures]
    else:
        judged = [verdict.units[unit.code] for unit in case.cohort.judged(case.student)]
        lines = [line_of(unit.unit, unit) for unit in judged]
    lines = [line.replace(" ", NBSP) for line in lines]
    return f"{', '.join(lines)}. {outlook.credits_of_the_year(case.credits, case.student.year)}."


def _follows(case: Case) -> str:
    """The UE that a decision on their RCUE acquires: "UE34 et UE44 (ADJR)"."""
    kept = {name for name, earlier in case.student.earlier.items() if earlier.code in VALIDATING}
    follow = [
        name
        for name, unit in case.verdict.units.items()
        if unit.code == Code.ADJR and not decided(case, Decision.Kind.UNIT, name) and name not in kept
    ]
    return f"{listed(follow)} (ADJR)" if follow else ""
