"""What a référentiel, or what is stored of a spécialité, says to a fiche: its name, the niveaux by year."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from curriculum.fiche import KnownLevels
from curriculum.models import Department, Level, Unit
from curriculum.referential.register import specialty_meant
from curriculum.referential.titles import plain_words


def known_from(referential: Mapping[str, Any], shorts: Mapping[str, str]) -> KnownLevels:
    """What a référentiel (as `file` reads it) says."""
    levels = {
        (plain_words(row["title"]), level["year"]): level["number"]
        for row in referential["competences"]
        for level in row["levels"]
    }
    return KnownLevels(referential["specialty"]["name"], levels, shorts)


def known_to(department: Department, mention: str, shorts: Mapping[str, str]) -> KnownLevels:
    """What is stored of the spécialité of that name: its référentiel, else the niveaux of its programmes.

    A competence goes up one niveau a year: one that a programme has tells those of the other years.
    """
    specialty = specialty_meant(department, mention)
    if specialty is None:
        return KnownLevels(shorts=shorts)
    levels: dict[tuple[str, int], int] = {}
    for unit in Unit.objects.filter(competence__specialty=specialty).select_related(
        "competence", "programme"
    ):
        for year in (1, 2, 3):
            if 1 <= (level := unit.level + year - unit.programme.year) <= 3:
                levels[plain_words(unit.competence.title), year] = level
    for row in Level.objects.filter(competence__specialty=specialty).select_related("competence"):
        levels[plain_words(row.competence.title), row.year] = row.number
    return KnownLevels(specialty.name, levels, shorts)
