"""Whether two people, or two names of a parcours, are the same but for how they were typed."""

from __future__ import annotations

import datetime
import unicodedata
from collections.abc import Sequence
from typing import TypeAlias

from butrt.base.french import NBSP, listed
from butrt.base.words import folded
from curriculum.models import Programme
from grades.models import Enrolment

Person: TypeAlias = tuple[str, str, datetime.date]
"""Last and first name, folded, and birth."""


def same_parcours(text: str, programme: Programme) -> bool:
    words = set(folded(text).split())
    parcours = programme.parcours
    return any(
        bool(own) and own <= words
        for own in (set(folded(name).split()) for name in (parcours.short, parcours.name, parcours.code))
    )


def programme_followed(fitting: Sequence[Programme], there: Enrolment | None) -> tuple[Programme | None, str]:
    """What somebody follows, or would, of the programmes that a row may mean; None, and why it is refused."""
    if there and there.programme in fitting:
        return there.programme, ""
    if there:
        return None, f"{there.student} est inscrit en {there.programme}{NBSP}: le changer sur sa page."
    if len(fitting) == 1:
        return fitting[0], ""
    names = listed([str(programme) for programme in fitting])
    return None, f"Dire son programme, parcours et régime{NBSP}: {names}."


def person_key(last_name: str, first_name: str, birth: datetime.date) -> Person:
    return folded(last_name), folded(first_name), birth


def accents(text: str) -> int:
    return sum(1 for letter in unicodedata.normalize("NFD", text) if unicodedata.combining(letter))
