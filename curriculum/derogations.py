"""Where a règlement departs from what the national texts fix, and on which text it says to do so.

The texts are silent on most settings; these are not (annexe 1, 4.3 and 4.5). A setting of its own needs
another national text as its source: a local règlement or a council cannot depart from an arrêté.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from butrt.base import french

NATIONAL = re.compile(r"(l['’]|le |la )?(arrêté|décret|loi|code de l['’]éducation)\b", re.IGNORECASE)
FIXING = "arrêté du 15 avril 2022"
"""The text that fixes them: it is no source for departing from it."""
ANNEX = f"{FIXING}, annexe 1"
"""Where it does; `jury.rules`, which stands on nothing, names it too."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """A setting that the texts fix: its name here, its words, what they fix and where."""

    setting: str
    words: str
    limit: str
    article: str
    departs: Callable[[Decimal], bool]


FIXED = (
    Fixed("pass_mark", "le seuil d’acquisition", "à 10", "4.3", lambda value: value != 10),
    Fixed("rcue_minimum", "le minimum par RCUE", "à 8", "4.5", lambda value: value != 8),
    Fixed("decimals", "l’arrondi des moyennes", "à 2 décimales au moins", "4.3", lambda value: value < 2),
    Fixed(
        "repeats_per_semester",
        "le nombre de redoublements par semestre",
        "à 1 au plus",
        "4.5",
        lambda value: value > 1,
    ),
    Fixed(
        "repeats_total", "le nombre de redoublements en tout", "à 4 au plus", "4.5", lambda value: value > 4
    ),
)


@dataclass(frozen=True, slots=True)
class Derogation:
    """A setting that departs from the texts, its value, and the source given for it."""

    fixed: Fixed
    value: str
    source: str

    @property
    def allowed(self) -> bool:
        """Whether its source is a national text, other than the one that fixes it."""
        source = self.source.strip()
        return NATIONAL.match(source) is not None and FIXING not in source.lower()

    def __str__(self) -> str:
        """ "le seuil d’acquisition est 9,5, les textes le fixent à 10 (annexe 1, 4.3) ; source : …"."""
        source = f"source : {self.source.rstrip('.')}" if self.allowed else "aucun texte national n’est donné"
        value = french.number(self.value)
        return (
            f"{self.fixed.words} est {value}, les textes le fixent {self.fixed.limit} "
            f"({ANNEX}, {self.fixed.article}) ; {source}"
        )

    @property
    def refusal(self) -> str:
        """What is said to who gives it without such a source."""
        return (
            f"Les textes fixent {self.fixed.words} {self.fixed.limit} ({ANNEX}, {self.fixed.article}). "
            "Une autre valeur n’est reçue que d’un autre texte national, nommé comme source : elle "
            "commence par « arrêté », « décret », « loi » ou « code de l’éducation ». Le règlement local ou "
            "une décision de conseil n’y suffit pas."
        )


def derogations(settings: Mapping[str, Any], sources: Mapping[str, str]) -> list[Derogation]:
    """The derogations of a règlement; `settings` as the cohort file writes them (`Regulation.as_file`)."""
    return [
        Derogation(fixed, str(settings[fixed.setting]), sources.get(fixed.setting, ""))
        for fixed in FIXED
        if fixed.setting in settings and fixed.departs(Decimal(str(settings[fixed.setting])))
    ]
