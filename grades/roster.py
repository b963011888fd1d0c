"""Whom a line written elsewhere means among the students of a promotion: their number, else their names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from butrt.base.french import NBSP, listed, of, quoted
from butrt.base.words import folded, holds

if TYPE_CHECKING:
    from grades.models import Enrolment

MOST_LIKE = 3


class Meant(NamedTuple):
    """The student of a line; None, and why in French with what to do."""

    enrolment: Enrolment | None
    why: str = ""


class Roster:
    """The students of a promotion as lines call them, whatever the case, accents and order of the names."""

    def __init__(self, enrolments: Iterable[Enrolment]) -> None:
        """Needs `student` selected."""
        self.enrolments = list(enrolments)
        self.by_key: dict[str, Enrolment] = {}
        self.by_bare_key: dict[str, list[Enrolment]] = defaultdict(list)
        self.by_name: dict[str, list[Enrolment]] = defaultdict(list)
        for enrolment in self.enrolments:
            student = enrolment.student
            for key in filter(None, map(_key, (student.number, student.ine, student.email))):
                self.by_key[key] = enrolment
                self.by_bare_key[key.lstrip("0")].append(enrolment)
            for name in _names(enrolment):
                self.by_name[name].append(enrolment)

    def meant(self, text: str) -> Meant:
        """Whom a number, an INE, an address or names mean; "22304512 MARTIN" is told by its number."""
        if not text.strip():
            return Meant(None, "Dire de qui il s’agit, par son numéro ou par son nom et son prénom.")
        if enrolment := self._keyed(text):
            return Meant(enrolment)
        if numbered := self._numbered(text):
            return numbered
        # A number that nobody has: the names tell.
        names = " ".join(word for word in text.split() if not any(map(str.isdigit, word)))
        alike = self.by_name.get(_spelt(names), [])
        if len(alike) == 1:
            return Meant(alike[0])
        if alike:
            numbers = listed([enrolment.student.number for enrolment in alike])
            return Meant(None, f"Plusieurs portent ce nom{NBSP}: mettre le n° étudiant, parmi {numbers}.")
        return Meant(None, self._why_nobody(text))

    def _keyed(self, text: str) -> Enrolment | None:
        """Whose number or address it is; a spreadsheet drops the zeros at its head."""
        key = _key(text)
        alike = self.by_bare_key.get(key.lstrip("0"), [])
        return self.by_key.get(key) or (alike[0] if len(alike) == 1 else None)

    def _numbered(self, text: str) -> Meant | None:
        """Who is told by a number beside their names; both must be the same person's."""
        words = [word.strip("(),;:") for word in text.split()]
        keyed = {word: enrolment for word in words if (enrolment := self._keyed(word))}
        if len({*keyed.values()}) != 1:
            return None
        (enrolment, *_) = keyed.values()
        names = [word for word in words if word not in keyed]
        if any(holds(word, *_written(enrolment)) for word in names):
            return Meant(enrolment)
        number = enrolment.student.number
        return Meant(
            None,
            f"Le n°{NBSP}{number} est celui {of(str(enrolment.student))}{NBSP}: corriger l’un ou l’autre.",
        )

    def _why_nobody(self, text: str) -> str:
        words = [word for word in folded(text).split() if len(word) > 2]
        like = [
            enrolment
            for enrolment in self.enrolments
            if any(holds(word, *_written(enrolment)) for word in words)
        ]
        if 0 < len(like) <= MOST_LIKE:
            names = listed([f"{enrolment.student} ({enrolment.student.number})" for enrolment in like])
            return f"Personne de ce nom ni de ce numéro dans la promotion. Peut-être {names}{NBSP}?"
        return (
            f"{quoted(text.strip()[:60])} n’est le numéro ni le nom de personne dans la promotion{NBSP}: "
            "corriger, ou enlever la ligne."
        )


def _key(text: str) -> str:
    """A number or an address as it is compared."""
    return "".join(text.split()).casefold()


def _written(enrolment: Enrolment) -> tuple[str, ...]:
    student = enrolment.student
    return (student.last_name, student.first_name, student.usual_last_name, student.usual_first_name)


def _names(enrolment: Enrolment) -> set[str]:
    """By legal and by usual names, in any order."""
    student = enrolment.student
    return {
        _spelt(f"{last} {first}")
        for last in (student.last_name, student.shown_last_name)
        for first in (student.first_name, student.shown_first_name)
    }


def _spelt(text: str) -> str:
    return " ".join(sorted(folded(text).split()))
