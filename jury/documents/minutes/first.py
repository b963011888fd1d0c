"""How the first PVs told their numbers: those closed then print them so for good."""

from __future__ import annotations

from typing import Any

from butrt.base.french import several
from jury.cases import statistics
from jury.cases.case import LEAVING
from jury.cases.proceedings import Proceedings
from jury.documents.minutes.counts import by_code, examined
from jury.rules import PASSING, Code

ADJOURNED = frozenset({Code.RED, Code.NAR})


def boxes(proceedings: Proceedings) -> list[dict[str, Any]]:
    """How many students the jury gave each code; at an odd-semester jury, how many have every UE."""
    cases = proceedings.cases
    boxes = [examined(cases)]
    if not proceedings.judges_year:
        here = proceedings.here
        complete = sum(statistics.acquired(case, proceedings) == len(proceedings.columns) for case in here)
        boxes += [
            {"number": complete, "code": "complets", "words": "toutes les UE acquises", "family": "green"},
            {"number": len(here) - complete, "code": "incomplets", "words": "au moins une UE non acquise"},
        ]
    return boxes + by_code(proceedings)


def summary(proceedings: Proceedings) -> str:
    """Admitted or going on, of right or by the jury, adjourned, gone: one sentence."""
    cases = proceedings.cases
    if not proceedings.judges_year:
        units = [case.verdict.units[unit.code] for case in cases for unit in case.cohort.judged(case.student)]
        acquired = sum(unit.acquired for unit in units)
        return (
            f"{acquired} UE acquises sur {len(units)}. Une UE sous la moyenne attend la compensation, "
            "au semestre pair de la même année (4.4)."
        )
    passing = [case for case in cases if case.verdict.year in PASSING]
    by_jury = sum(case.standing == "person" for case in passing)
    adjourned = sum(case.verdict.year in ADJOURNED for case in cases)
    gone = sum(case.verdict.year in LEAVING for case in cases)
    gap_years = sum(case.verdict.year == Code.ABL for case in cases)
    defaults = sum(case.verdict.year == Code.DEF for case in cases)
    waiting = len(cases) - len(passing) - adjourned - gone - gap_years - defaults
    parts = [
        several(len(passing), "admis ou autorisé à poursuivre", "admis ou autorisés à poursuivre")
        + f" : {len(passing) - by_jury} de droit, {by_jury} par décision du jury",
        several(adjourned, "ajourné", "ajournés"),
    ]
    parts += [several(defaults, "défaillant", "défaillants")] if defaults else []
    parts += [several(gap_years, "année blanche", "années blanches")] if gap_years else []
    parts += [several(gone, "départ", "départs")] if gone else []
    parts += [f"{waiting} en attente"] if waiting else []
    return " ; ".join(parts) + "."
