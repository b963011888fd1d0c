"""The numbers of a PV: every student examined counted once, by what the jury, the rules or the facts say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from butrt.base.french import plural, several
from jury.cases import statistics
from jury.cases.case import Case
from jury.cases.outlook import LOOKS
from jury.cases.proceedings import Proceedings
from jury.rules import Code, UnitVerdict, codes
from jury.rules.following import Step

Kind = Literal[
    "complete", "incomplete", "unknown", "admitted", "passing", "closed", "repeating", "refused", "waiting",
    "default", "gap year", "resignation", "abandonment", "exclusion", "undecided",
]  # fmt: skip

BY_CODE: dict[Code, Kind] = {
    Code.ADM: "admitted",
    Code.ADSUP: "admitted",
    Code.ADJ: "admitted",
    Code.PASD: "passing",
    Code.PAS1NCI: "passing",
    Code.RED: "repeating",
    Code.NAR: "refused",
    Code.ATJ: "waiting",
    Code.RAT: "waiting",
    Code.DEF: "default",
    Code.ABL: "gap year",
    Code.DEM: "resignation",
    Code.ABAN: "abandonment",
    Code.EXCLU: "exclusion",
}

WORDS: dict[Kind, tuple[str, str]] = {
    "complete": ("a acquis toutes les UE du semestre", "ont acquis toutes les UE du semestre"),
    "incomplete": ("en a au moins une non acquise", "en ont au moins une non acquise"),
    "unknown": ("en a au moins une en attente", "en ont au moins une en attente"),
    "admitted": ("admis", "admis"),
    "passing": ("autorisé à poursuivre", "autorisés à poursuivre"),
    "closed": (LOOKS[Step.CLOSED].one, LOOKS[Step.CLOSED].many),
    "repeating": ("ajourné autorisé à redoubler", "ajournés autorisés à redoubler"),
    "refused": ("ajourné non autorisé à redoubler", "ajournés non autorisés à redoubler"),
    "waiting": ("en attente d’une décision ou d’un rattrapage",) * 2,
    "default": ("défaillant", "défaillants"),
    "gap year": ("en année blanche", "en année blanche"),
    "resignation": ("démission", "démissions"),
    "abandonment": ("abandon", "abandons"),
    "exclusion": ("exclusion", "exclusions"),
    "undecided": ("sans décision", "sans décision"),
}
"""In the order of the PV."""

SHORT: dict[Code, str] = {
    Code.ADM: "année validée",
    Code.ADJ: "admis par le jury",
    Code.ADSUP: "par le niveau supérieur",
    Code.PASD: "passage de droit",
    Code.PAS1NCI: "passage par le jury",
    Code.RED: "redoublement",
    Code.NAR: "refus de redoubler",
}


@dataclass(frozen=True, slots=True)
class Count:
    """How many students, of whom how many by a decision of the jury."""

    kind: Kind
    number: int
    by_jury: int

    def __str__(self) -> str:
        sentence = several(self.number, *WORDS[self.kind])
        if self.kind not in ("admitted", "passing", "closed"):
            return sentence
        of_right = self.number - self.by_jury
        return f"{sentence} ({of_right} de droit, {self.by_jury} par décision du jury)"


def counts(proceedings: Proceedings, *, waiting: bool = True) -> list[Count]:
    """Everyone examined, once: the numbers sum to that of the cases.

    Without `waiting`, a UE that waits for its result is told as not acquired, as PV of before do.
    """
    students, by_jury = Counter[Kind](), Counter[Kind]()
    for case in proceedings.cases:
        kind = kind_of(case, waiting=waiting)
        students[kind] += 1
        by_jury[kind] += case.standing == "person"
    return [Count(kind, students[kind], by_jury[kind]) for kind in WORDS if students[kind]]


def kind_of(case: Case, *, waiting: bool = True) -> Kind:
    """Which line of the counts a case is in."""
    if case.verdict.year is not None:
        kind = BY_CODE[case.verdict.year]
        return "closed" if kind == "passing" and case.following.step is Step.CLOSED else kind
    if case.judges_year:
        return "undecided"
    kind = of_a_semester(case)
    return "incomplete" if kind == "unknown" and not waiting else kind


def of_a_semester(case: Case) -> Kind:
    """Whether every UE that the student follows is acquired, one at least is not, or is only awaited."""
    left = [unit for unit in _judged(case) if not unit.acquired]
    if not left:
        return "complete"
    return "unknown" if all(statistics.waits(unit.code) for unit in left) else "incomplete"


def _judged(case: Case) -> list[UnitVerdict]:
    """What the semester says of each UE that the student follows."""
    return [case.verdict.units[unit.code] for unit in case.cohort.judged(case.student)]


def summary(proceedings: Proceedings, *, waiting: bool = True) -> str:
    """ "28 dossiers examinés : 15 admis (14 de droit, 1 par décision du jury) ; 1 en année blanche." """
    cases = proceedings.cases
    parts = " ; ".join(map(str, counts(proceedings, waiting=waiting)))
    words = f"{several(len(cases), 'dossier examiné', 'dossiers examinés')} : {parts}."
    if proceedings.judges_year:
        return words
    return (
        f"{words} {_units(proceedings, waiting=waiting)} Une UE sous la moyenne attend la compensation, au "
        "semestre pair de la même année (4.4)."
    )


def _units(proceedings: Proceedings, *, waiting: bool) -> str:
    """The UE acquired of all those judged, of who follows the semester; those that wait, if any."""
    judged = [unit for case in proceedings.here for unit in _judged(case)]
    acquired = sum(unit.acquired for unit in judged)
    pending = sum(statistics.waits(unit.code) for unit in judged) if waiting else 0
    return f"{acquired} UE acquises sur {len(judged)}{f', {pending} en attente' if pending else ''}."


def examined(cases: Sequence[Case]) -> dict[str, Any]:
    """The first of the figures: how many files."""
    number = len(cases)
    code, words = plural(number, "dossier", "dossiers"), plural(number, "examiné", "examinés")
    return {"number": number, "code": code, "words": words}


def boxes(proceedings: Proceedings, *, waiting: bool = True) -> list[dict[str, Any]]:
    """The same as figures: the files examined, then each code; before one, whether every UE is acquired."""
    figures = [examined(proceedings.cases)]
    number = {count.kind: count.number for count in counts(proceedings, waiting=waiting)}
    without_code: tuple[tuple[Kind, dict[str, str]], ...] = (
        ("complete", {"code": "complets", "words": "toutes les UE acquises", "family": "green"}),
        ("incomplete", {"code": "incomplets", "words": "au moins une UE non acquise"}),
        ("unknown", {"code": "en attente", "words": "d’au moins une UE"}),
        ("undecided", {"code": "sans décision", "words": "à décider"}),
    )
    figures += [{"number": number[kind], **box} for kind, box in without_code if kind in number]
    return figures + by_code(proceedings)


def by_code(proceedings: Proceedings) -> list[dict[str, Any]]:
    """A box a code of the year, with its number."""
    return [
        {
            "number": students,
            "code": str(code),
            "sign": codes.sign(code),
            "family": codes.family(code),
            "words": SHORT.get(code) or codes.words(code, "year", "M"),
        }
        for code, students in statistics.by_code(proceedings)
        if code is not None
    ]
