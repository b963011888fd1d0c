"""Whether two people, or two names of a parcours, are the same but for how they were typed."""

from __future__ import annotations

import datetime
import unicodedata
from typing import TypeAlias

from butrt.base.words import folded
from curriculum.models import Programme

Person: TypeAlias = tuple[str, str, datetime.date]
"""Last and first name, folded, and birth."""


def same_parcours(text: str, programme: Programme) -> bool:
    words = set(folded(text).split())
    parcours = programme.parcours
    return any(
        bool(own) and own <= words
        for own in (set(folded(name).split()) for name in (parcours.short, parcours.name, parcours.code))
    )


def person_key(last_name: str, first_name: str, birth: datetime.date) -> Person:
    return folded(last_name), folded(first_name), birth


def accents(text: str) -> int:
    return sum(1 for letter in unicodedata.normalize("NFD", text) if unicodedata.combining(letter))
