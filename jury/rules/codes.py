"""The codes of a jury, and how each is said: words, sign, colour."""

import re
from enum import StrEnum
from typing import Literal

About = Literal["unit", "rcue", "year"]
Gender = Literal["M", "F", "X"]


class Code(StrEnum):
    """What is decided of a UE, a RCUE or a year."""

    ADM = "ADM"
    CMP = "CMP"
    ADJ = "ADJ"
    ADJR = "ADJR"
    ADSUP = "ADSUP"
    AJ = "AJ"
    PASD = "PASD"
    PAS1NCI = "PAS1NCI"
    RED = "RED"
    NAR = "NAR"
    ATJ = "ATJ"
    RAT = "RAT"
    DEF = "DEF"
    DEM = "DEM"
    ABAN = "ABAN"
    ABL = "ABL"
    EXCLU = "EXCLU"


LAST_YEAR = 3

ADM, CMP, ADJ, ADJR = Code.ADM, Code.CMP, Code.ADJ, Code.ADJR
ADSUP, AJ, PASD = Code.ADSUP, Code.AJ, Code.PASD

VALIDATING = frozenset({Code.ADM, Code.CMP, Code.ADJ, Code.ADJR, Code.ADSUP})
"""A UE or a RCUE with one of these is acquired."""

PASSING = frozenset({Code.ADM, Code.ADSUP, Code.ADJ, Code.PASD, Code.PAS1NCI})
"""A year with one of these opens the next."""

COMPENSABLE = frozenset({Code.AJ, Code.ATJ, Code.RAT})
"""What compensation in the RCUE may still acquire."""

FACTS = frozenset({Code.DEM, Code.ABAN, Code.ABL, Code.EXCLU})
"""What the administration records of a student: the year bears that code, and nothing follows by right."""

STATUSES = FACTS | {Code.DEF}
"""What a person sets when a student leaves or stops; DEF alone takes no right away."""

INTO_THE_NEXT = frozenset({Code.PASD, Code.PAS1NCI})
"""A year with one of these goes on to the one above: there is none in BUT3."""

_WAITING = frozenset({Code.ATJ, Code.RAT}) | STATUSES
UNIT_CODES = VALIDATING | {Code.AJ} | _WAITING
RCUE_CODES = UNIT_CODES - {Code.ADJR}
YEAR_CODES = PASSING | {Code.RED, Code.NAR} | _WAITING


def year_codes(year: int) -> frozenset[Code]:
    """What may be decided of a year, 1 to 3."""
    return YEAR_CODES if year < LAST_YEAR else YEAR_CODES - INTO_THE_NEXT


def fits(code: str, year: bool) -> bool:
    """Whether a code is said of a year, or of a UE and a RCUE."""
    return code in (YEAR_CODES if year else UNIT_CODES)


_SIGNS: dict[Code | None, tuple[str, str]] = {
    Code.ADM: ("✓", "green"),
    Code.CMP: ("↔", "blue"),
    Code.ADSUP: ("↑", "blue"),
    Code.ADJ: ("◆", "violet"),
    Code.ADJR: ("◇", "violet"),
    Code.AJ: ("○", "rust"),
    Code.PASD: ("→", "green"),
    Code.PAS1NCI: ("↪", "violet"),
    Code.RED: ("↺", "rust"),
    Code.NAR: ("■", "rust"),
    Code.ATJ: ("…", "slate"),
    Code.RAT: ("…", "slate"),
    **dict.fromkeys(STATUSES, ("⇥", "slate")),
    None: ("?", "gold"),
}

_SAME: dict[Code | None, str] = {
    Code.ATJ: "attend le jury",
    Code.RAT: "attend un rattrapage",
    Code.DEM: "démission",
    Code.DEF: "défaillan{t|te}",
    Code.ABAN: "abandon",
    Code.ABL: "année blanche",
    Code.EXCLU: "exclu{|e}",
    None: "À décider",
}
_OF_A_RESULT: dict[Code | None, str] = {
    **_SAME,
    Code.ADM: "acquise",
    Code.CMP: "acquise par compensation",
    Code.ADSUP: "acquise par le niveau supérieur",
    Code.ADJ: "acquise par le jury",
    Code.ADJR: "acquise avec sa compétence",
    Code.AJ: "non acquise",
}
_OF_A_YEAR: dict[Code | None, str] = {
    **_SAME,
    Code.ADM: "admis{|e}",
    Code.ADSUP: "admis{|e} par le niveau supérieur",
    Code.ADJ: "admis{|e} par le jury",
    Code.PASD: "passe de droit",
    Code.PAS1NCI: "passe par décision du jury",
    Code.RED: "ajourné{|e}, peut redoubler",
    Code.NAR: "ajourné{|e}, ne peut pas redoubler",
}


def gender(letter: str) -> Gender:
    """How the words about a person agree: what is neither F nor M is X."""
    return "F" if letter == "F" else "M" if letter == "M" else "X"


def words(code: Code | None, about: About = "unit", gender: Gender = "X") -> str:
    """Say a code in plain French; None is "À décider".

    `gender` is the person's: a year agrees with it, a UE or a RCUE is feminine anyway.
    Raises KeyError for a code that does not exist of what it is about (PASD of a UE).
    """
    return agreed((_OF_A_YEAR if about == "year" else _OF_A_RESULT)[code], gender)


def agreed(text: str, gender: Gender) -> str:
    """ "admis{|e}" as it agrees: admis, admise, or admis·e when nobody said."""

    def ending(pair: re.Match[str]) -> str:
        masculine, feminine = pair.groups()
        return {"M": masculine, "F": feminine}.get(gender, f"{masculine}·{feminine.removeprefix(masculine)}")

    return re.sub(r"\{([^{|}]*)\|([^{|}]*)\}", ending, text)


def of_person(text: str, gender: Gender) -> str:
    """What the rules say of nobody in particular, as it agrees: "ajourné·e" is ajourné, or ajournée."""
    return text if gender == "X" else text.replace("·e", "e" if gender == "F" else "")


def sign(code: Code | None) -> str:
    """One character that says the code without its colour."""
    return _SIGNS[code][0]


def family(code: Code | None) -> str:
    """The colour family: green, blue, violet, rust, slate, or gold for None."""
    return _SIGNS[code][1]
