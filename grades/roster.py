"""Whom a line written elsewhere names: by student number, then by names, in any order, case and accents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple, Self

from butrt.base.french import NBSP, listed
from butrt.base.words import folded
from grades.models import Enrolment, Student


class Named(NamedTuple):
    """What a line says of somebody, as typed: "" for what it does not give."""

    number: str = ""  # or an INE, an address
    name: str = ""  # the last name, or both names together
    first_name: str = ""

    @classmethod
    def of(cls, text: str) -> Self:
        """From one cell: "22304512", "MARTIN Camille (22304512)"; what has a digit or an @ is the number."""
        words = [word.strip("(),;:") for word in text.split()]
        keys = [word for word in words if "@" in word or any(map(str.isdigit, word))]
        return cls(number=" ".join(keys), name=" ".join(word for word in words if word not in keys))

    def __str__(self) -> str:
        """As a page tells it: "MARTIN Camille", else the number."""
        return f"{self.name} {self.first_name}".strip()[:80] or f"n°{NBSP}{self.number[:20]}"


class Match(NamedTuple):
    """Who a line is, or why nobody (`reason`, with what to do); `by_name`: its number is not known here."""

    enrolment: Enrolment | None
    reason: str = ""
    by_name: bool = False


class People:
    """The students of a promotion, as a list may name them."""

    def __init__(self, enrolments: Iterable[Enrolment], *, otherwise: str = "") -> None:
        """Needs `student` selected. `otherwise`: what else may be done for who is not recognised."""
        self.otherwise = otherwise
        self.numbers: dict[str, list[Enrolment]] = defaultdict(list)
        self.whole_names: dict[str, list[Enrolment]] = defaultdict(list)
        self.last_names: dict[str, list[Enrolment]] = defaultdict(list)
        self.first_names: set[str] = set()
        for enrolment in enrolments:
            student = enrolment.student
            for key in {_bare(key) for key in (student.number, student.ine, student.email) if key}:
                self.numbers[key].append(enrolment)
            lasts = {joined(student.last_name), joined(student.shown_last_name)}
            firsts = {joined(student.first_name), joined(student.shown_first_name)}
            self.first_names |= firsts
            for last in lasts:
                self.last_names[last].append(enrolment)
            for name in {pair for last in lasts for first in firsts for pair in (last + first, first + last)}:
                self.whole_names[name].append(enrolment)

    def numbered(self, number: str) -> list[Enrolment]:
        """Those of this number; zeros that a spreadsheet dropped matter where they tell two apart only."""
        alike = self.numbers.get(_bare(number), []) if number else []
        exact = [enrolment for enrolment in alike if enrolment.student.number == number]
        return exact or alike

    def named(self, name: str, first_name: str = "") -> list[Enrolment]:
        """Those of these names; of a last name alone, those who bear it."""
        whole = joined(f"{name} {first_name}")
        of_both = self.whole_names.get(whole, [])
        return of_both or ([] if first_name else self.last_names.get(whole, []))

    def match(self, line: Named) -> Match:
        """Who it is: whose number, unless it names another; else whose names, if one alone bears them."""
        if not line.number and not line.name:
            return Match(None, "Dire de qui il s’agit, par son numéro ou par son nom et son prénom.")
        by_number, by_name = self.numbered(line.number), self.named(line.name, line.first_name)
        if len(by_number) == 1:
            return self._checked(by_number[0], line)
        if len(by_name) == 1 and not by_number:
            return Match(by_name[0], by_name=bool(line.number))
        if several := by_number or by_name:
            who = listed([_told(enrolment.student) for enrolment in several])
            return Match(None, f"Plusieurs peuvent l’être{NBSP}: {who}. Donner le n° étudiant dans la liste.")
        what = "ni ce n° ni ce nom" if line.number and line.name else "ce n°" if line.number else "ce nom"
        return Match(
            None,
            f"Personne de cette promotion n’a {what}. Le corriger dans la liste, ou enlever la ligne"
            f"{self.otherwise}.",
        )

    def _checked(self, enrolment: Enrolment, line: Named) -> Match:
        """Who has the number, unless the line names somebody else altogether."""
        student = enrolment.student
        typed = set(folded(f"{line.name} {line.first_name}").split())
        own = set(folded(f"{student} {student.legal_name}").split())
        if typed and not typed & own and enrolment not in self.named(line.name, line.first_name):
            return Match(
                None,
                f"Le n°{NBSP}{line.number} est celui de {student}, la ligne nomme quelqu’un d’autre{NBSP}: "
                "corriger l’un des deux.",
            )
        return Match(enrolment)


def joined(name: str) -> str:
    """A name as it is compared: "N’Guessan", "NGUESSAN" and "n guessan" are one."""
    return folded(name).replace(" ", "")


def _bare(number: str) -> str:
    return joined(number).lstrip("0")


def _told(student: Student) -> str:
    return f"{student} (n°{NBSP}{student.number})"
