"""Who is entitled to which letter of a jury, with the reason when they are not."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from butrt.base.french import NBSP, listed, plural
from jury.cases import past, wording
from jury.cases.case import Case
from jury.rules import Code, codes
from jury.rules.programme import DIPLOMAS

YEAR_ACQUIRED = frozenset({Code.ADM, Code.ADJ, Code.ADSUP})
"""A year that passes otherwise (PASD, PAS1NCI) is not acquired whole: its UE and credits are attested."""


def refusal(kind: str, case: Case) -> str:
    """Why this student gets no such letter of this jury, in French; empty when they are entitled to it."""
    return GROUNDS[kind](case)


def entitled(kind: str) -> Callable[[Case], bool]:
    """Whether a student gets such a letter."""
    return lambda case: not refusal(kind, case)


def _decided(case: Case) -> str:
    if case.judges_year and case.verdict.year is None:
        return "Le jury n’a pas décidé de l’année."
    return ""


def _year(case: Case) -> str:
    if not case.judges_year:
        return (
            "L’année se juge au semestre pair : l’attestation d’UE et d’ECTS acquis dit les UE du semestre."
        )
    year = case.verdict.year
    if year in YEAR_ACQUIRED:
        return ""
    if year is None:
        return "Le jury n’a pas décidé de l’année."
    sentence = f"L’année n’est pas validée ({year}, {codes.words(year, 'year', wording.gender(case))})"
    return f"{sentence} : l’attestation d’UE et d’ECTS acquis dit ce qui l’est."


def _units(case: Case) -> str:
    return "" if any(unit.acquired for unit in case.verdict.units.values()) else "Aucune UE n’est acquise."


def _diploma(name: str) -> Callable[[Case], str]:
    """A diploma is granted once: the jury that grants it attests it, no later one does (domain 3.6)."""

    def reason(case: Case) -> str:
        if name in case.following.diplomas:
            return ""
        if granted := past.diploma_granted(case, name):
            return f"{granted}{NBSP}: ce jury-là l’atteste, une fois pour toutes."
        semesters = DIPLOMAS[name]
        missing = [
            unit.code
            for unit in case.cohort.units
            if unit.semester in semesters
            and not (unit.code in case.verdict.units and case.verdict.units[unit.code].acquired)
        ]
        if not missing and name in case.verdict.diplomas:
            return f"Le {name} était acquis avant ce jury{NBSP}: un jury ne l’atteste que s’il l’accorde."
        if not missing:
            return f"Le programme enregistré n’a pas tous les semestres du {name}."
        what = listed(missing) if len(missing) <= 6 else f"{len(missing)} UE"
        verb = plural(len(missing), "n’est pas acquise", "ne sont pas acquises")
        return f"Le {name} demande toutes les UE de S1 à S{semesters[-1]} : {what} {verb}."

    return reason


GROUNDS: Mapping[str, Callable[[Case], str]] = {
    "notification": _decided,
    "reussite": _year,
    "ue": _units,
    "dut": _diploma("DUT"),
    "but": _diploma("BUT"),
}
