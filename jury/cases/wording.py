"""How the documents of a jury say things in French: dates, people, what comes next, règlement, codes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from butrt.base import french
from butrt.base.french import NBSP
from grades.averages import ElementAverage, rounded, shown
from jury.cases.case import Case
from jury.rules import VALIDATING, Code, Rcue, RcueVerdict, Regulation, UnitVerdict, codes
from jury.rules.rcue import rcue_average
from jury.rules.ue_averages import mean_of

YEARS = {1: "première année", 2: "deuxième année", 3: "troisième année"}

MEANINGS: Mapping[Code, str] = {
    Code.ADM: "UE ou compétence acquise par sa moyenne ; année : toutes les compétences acquises",
    Code.CMP: "UE sous {pass_mark} acquise par la moyenne de sa compétence ; "
    "compétence à {pass_mark} ou plus avec une UE sous {pass_mark}",
    Code.ADJ: "acquise, ou admis, par décision du jury",
    Code.ADJR: "UE acquise parce que le jury a acquis sa compétence",
    Code.ADSUP: "acquise par le niveau supérieur de la même compétence",
    Code.AJ: "non acquise",
    Code.PASD: "passe de droit : plus de la moitié des compétences à {pass_mark} ou plus, "
    "aucune sous {rcue_minimum}",
    Code.PAS1NCI: "passe par décision du jury",
    Code.RED: "ajourné, autorisé à redoubler",
    Code.NAR: "ajourné, non autorisé à redoubler",
    Code.ATJ: "en attente d’une décision du jury",
    Code.RAT: "en attente d’un rattrapage",
    Code.DEF: "défaillant",
    Code.DEM: "démission",
    Code.ABAN: "abandon",
    Code.ABL: "année blanche",
    Code.EXCLU: "exclu",
}
"""What each code means, for a legend, with the thresholds of the règlement."""


ABSENCES: Mapping[str, str] = {
    "ABI": "absence injustifiée",
    "ABJ": "absence justifiée, sort de la moyenne avec son coefficient",
    "ATT": "note attendue",
}
"""What each code of the marks means."""

WITHOUT_AVERAGE: Mapping[str, str] = {
    "ABJ": "exempté (ABJ)",
    "ABI": "neutralisé (ABI)",
    "ATT": "attendue",
}
"""Why an element has no average."""


# ---------- dates and people ----------


def since(status: Code, day: date | str) -> str:
    """ "le 14 mars 2025" of a departure, "depuis le 14 mars 2025" of a gap year, which lasts."""
    return f"{'depuis le' if status is Code.ABL else 'le'} {french.day(day)}"


def birth(person: Mapping[str, Any]) -> str:
    """ "née le 3 septembre 2005 à Roubaix"."""
    born = {"F": "née", "M": "né"}.get(person["gender"], "né·e")
    place = f" à {person['birth_place']}" if person["birth_place"] else ""
    return f"{born} le {french.day(person['birth_date'])}{place}"


def gender(case: Case) -> codes.Gender:
    """How the words about a person agree."""
    return codes.gender(case.gender)


def civil_name(person: Mapping[str, Any]) -> str:
    """ "Mme Inès AMRANI"."""
    title = {"F": f"Mme{NBSP}", "M": f"M.{NBSP}"}.get(person["gender"], "")
    return f"{title}{person['first_name']} {person['last_name']}"


# ---------- what was acquired before ----------


def acquired_below(case: Case) -> list[str]:
    """The UE of lower levels that this jury acquires by the level above (ADSUP, annexe 1, 4.3)."""
    judged = {unit.code for unit in case.cohort.judged(case.student)}
    return [
        code
        for code, unit in case.verdict.units.items()
        if unit.code == Code.ADSUP and code not in judged and not _acquired_before(case, code)
    ]


def _acquired_before(case: Case, unit: str) -> bool:
    earlier = case.student.earlier.get(unit)
    return earlier is not None and earlier.code in VALIDATING


# ---------- averages, by hand ----------


def joined(case: Case, rcue: Rcue, verdict: RcueVerdict) -> tuple[UnitVerdict, UnitVerdict] | None:
    """The two UE that give the RCUE its average; None where it is one kept from an earlier jury."""
    one, other = (case.verdict.units.get(unit.code) for unit in rcue.units)
    if not (one and other) or one.exact is None or other.exact is None or verdict.exact is None:
        return None
    average = rcue_average(rcue, one.exact, other.exact, case.cohort.regulation)
    return (one, other) if average == verdict.exact else None


def unit_by_hand(unit: UnitVerdict, decimals: int) -> Decimal | None:
    """What the displayed averages of the elements give, rounded; None without an element."""
    displayed = {
        line.element: ElementAverage(line.average and Fraction(rounded(line.average, decimals)))
        for line in unit.elements
    }
    return shown(mean_of(unit.of, displayed), decimals) if displayed else None


def unit_from_elements(unit: UnitVerdict) -> Fraction | None:
    """What the elements give exactly, before bonus and malus."""
    return None if unit.made_of is None else mean_of(unit.of, unit.made_of)


# ---------- the texts ----------


def settings_in_words(regulation: Regulation) -> list[str]:
    """The règlement's settings, a sentence each."""
    weights = {
        "equal": "à poids égaux",
        "ects": "pondérée par leurs ECTS",
        "coefficients": "pondérée par leurs coefficients",
    }
    origin = {"exact": "exactes", "displayed": "affichées"}
    absence = {
        "zero": "Une absence injustifiée (ABI) compte 0, son coefficient est gardé",
        "neutral": "Une absence injustifiée (ABI) ne compte pas",
    }
    chance = {
        "best": "La seconde chance remplace la moyenne de l’élément si elle est meilleure",
        "replace": "La seconde chance remplace toujours la moyenne de l’élément",
    }
    pass_mark, minimum = french.number(regulation.pass_mark), french.number(regulation.rcue_minimum)
    return [
        f"UE et RCUE acquis à {pass_mark} ou plus{NBSP}; passage de droit si plus de la moitié des RCUE "
        f"atteignent {pass_mark} et tous {minimum}.",
        f"RCUE{NBSP}: moyenne {weights[regulation.rcue_weights]} des moyennes "
        f"{origin[regulation.rcue_from]} de ses deux UE.",
        "Chaque moyenne est exacte, arrondie une seule fois, au plus proche, "
        f"à {regulation.decimals} décimales.",
        f"{absence[regulation.unjustified_absence]}. Une absence justifiée (ABJ) sort de la moyenne.",
        f"{chance[regulation.second_chance]}.",
        f"Redoublements{NBSP}: {regulation.repeats_per_semester} par semestre, "
        f"{regulation.repeats_total} en tout, hors force majeure.",
    ]


def legend(used: set[Code], regulation: Regulation) -> list[dict[str, str]]:
    """The meaning of each code that is used, in the order of the codes."""
    thresholds = {
        "pass_mark": french.number(regulation.pass_mark),
        "rcue_minimum": french.number(regulation.rcue_minimum),
    }
    return [
        {
            "code": str(code),
            "sign": codes.sign(code),
            "family": codes.family(code),
            "words": MEANINGS[code].format_map(thresholds),
        }
        for code in Code
        if code in used
    ]


def codes_used(case: Case) -> set[Code]:
    """The codes that a document prints of a student: judged UE, the year's RCUE, the year, levels below."""
    verdict = case.verdict
    units = [unit.code for unit in case.cohort.judged(case.student)] + acquired_below(case)
    used = {verdict.units[unit].code for unit in units if unit in verdict.units}
    used |= {verdict.rcues[name].code for name in case.year_rcues if name in verdict.rcues}
    return {code for code in (*used, verdict.year) if code is not None}


def semesters(context: Mapping[str, Any]) -> str:
    """ "semestres 3 et 4" or, at an odd-semester jury, "semestre 3"."""
    semester = context["semester"]
    return f"semestres {semester - 1} et {semester}" if context["judges_year"] else f"semestre {semester}"


def jury_in_words(context: Mapping[str, Any]) -> str:
    """ "jury du semestre 3", "jury de rattrapage du semestre 4", "2e jury de rattrapage…"."""
    catch_up = re.search(r", rattrapage(?: (\d+))?$", context["title"])
    if catch_up is None:
        return f"jury du semestre {context['semester']}"
    which = f"{catch_up[1]}e jury" if catch_up[1] else "jury"
    return f"{which} de rattrapage du semestre {context['semester']}"


def dated_jury(context: Mapping[str, Any], day: date | str) -> str:
    """ "Jury du 5 juillet 2025", "Jury de rattrapage du 9 septembre 2025"."""
    what = "Jury de rattrapage" if ", rattrapage" in context["title"] else "Jury"
    return f"{what} du {french.day(day)}"


def programme_name(programme: Mapping[str, Any]) -> str:
    """ "Réseaux et Télécommunications, parcours Internet des objets et mobilité, par apprentissage"."""
    modality = str(programme["modality"])
    if modality.startswith("apprentissage"):
        modality = f"par {modality}"
    return f"{programme['specialty']}, parcours {programme['parcours']}, {modality}"
