"""Who teaches the elements of a promotion, in one list: a line an element, or a line for each person."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from django.db.models import Q

from butrt.base.accounts.models import User
from butrt.base.french import NBSP, listed, quoted
from butrt.base.words import folded, holds
from grades import people
from grades.bulk.elements import ELEMENT, TITLE, Elements, in_order
from grades.bulk.reading import NOTHING, ListLine, column
from grades.bulk.steps import BulkPlan, LineAside, Step

if TYPE_CHECKING:
    from grades.models import Cohort, Teaching

COLUMNS = {
    "element": ELEMENT,
    "title": TITLE,
    "heads": column("Responsables", "responsable, resp, responsable s, responsable element"),
    "teachers": column("Enseignants", "enseignant s, intervenants, intervenant, intervenant s, equipe"),
    "person": column("Personne", "enseignant, nom, identifiant, courriel, email, nom prenom, compte"),
    "role": column("Rôle", "roles, fonction, qualite"),
}
WRITTEN = ("element", "title", "heads", "teachers")
USUAL = ("element", "person", "role")
LABELS = {"heads": "responsables", "teachers": "enseignants"}
SEVERAL = re.compile(r"[,;/+\n]| et ")
MOST_LIKE = 3


class Staff:
    """Whom a name, an identifier or an address means among who may be named on an element."""

    def __init__(self, cohort: Cohort) -> None:
        may = people.people_for_elements(cohort.department).values("pk")
        named = Q(teachings__cohort=cohort) | Q(headed__cohort=cohort)
        self.people = list(User.objects.filter(Q(pk__in=may) | named).distinct())
        self.by_key = {
            key.casefold(): person for person in self.people for key in (person.email, person.username) if key
        }
        self.by_name: dict[str, list[User]] = defaultdict(list)
        for person in self.people:
            for name in _names(person):
                self.by_name[name].append(person)

    def meant(self, text: str) -> tuple[User | None, str]:
        """None, and why with what to do, when it is nobody or may be several."""
        if person := self.by_key.get(text.strip().casefold()):
            return person, ""
        alike = self.by_name.get(_spelt(text), [])
        if len(alike) == 1:
            return alike[0], ""
        if alike:
            keys = listed([person.username for person in alike])
            return None, f"Plusieurs personnes s’appellent {text}{NBSP}: mettre l’identifiant, parmi {keys}."
        words = [word for word in folded(text).split() if len(word) > 2]
        like = [person for person in self.people if any(holds(word, str(person)) for word in words)]
        if 0 < len(like) <= MOST_LIKE:
            return (
                None,
                f"Personne ne s’appelle {quoted(text[:60])}. Peut-être {listed(list(map(str, like)))}{NBSP}?",
            )
        return None, (
            f"{quoted(text[:60])} n’a pas de compte Enseignement dans le département{NBSP}: corriger, ou "
            "faire créer le compte par l’administration."
        )

    def called(self, person: User) -> str:
        """As a list names somebody so that it is read again: by the identifier where two have the name."""
        return str(person) if len(self.by_name[_spelt(str(person))]) == 1 else person.username


def _names(person: User) -> set[str]:
    """ "Olivier Lenoir", "LENOIR O.", "Lenoir": all that lists write of somebody."""
    first, last = person.first_name, person.last_name
    return {_spelt(name) for name in (f"{first} {last}", f"{first[:1]} {last}", last) if name.strip()}


def _spelt(text: str) -> str:
    return " ".join(sorted(folded(text).split()))


def present(cohort: Cohort) -> Iterator[Sequence[str]]:
    """The list as it stands, a line an element: it comes back without a change."""
    rows = list(in_order(cohort).prefetch_related("heads", "teachers"))
    return _rows(cohort, [(teaching, teaching) for teaching in rows], nobody=NOTHING)


def taken_up(source: Cohort, cohort: Cohort) -> Iterator[Sequence[str]]:
    """Those whom another promotion has on the elements of the same code; silent where it has nobody."""
    rows = source.teachings.select_related("element").prefetch_related("heads", "teachers")
    before = {teaching.element.code: teaching for teaching in rows}
    here = [(teaching, before.get(teaching.element.code)) for teaching in in_order(cohort)]
    return _rows(cohort, here, nobody="")


def _rows(
    cohort: Cohort, pairs: Sequence[tuple[Teaching, Teaching | None]], *, nobody: str
) -> Iterator[Sequence[str]]:
    """A line for each element of `cohort` with the people of another, of the same or of itself."""
    staff, elements = Staff(cohort), Elements([teaching for teaching, _ in pairs])
    for teaching, known in pairs:
        if known is not None:
            both = (known.heads.all(), known.teachers.all())
            names = (", ".join(map(staff.called, some)) or nobody for some in both)
            yield (elements.called(teaching), teaching.element.title, *names)


@dataclass
class Asked:
    """What a list says of an element: who by role, None where it says nothing; the lines that are refused."""

    heads: dict[User, None] | None = None
    teachers: dict[User, None] | None = None
    refused: list[LineAside] = field(default_factory=list)

    def add(self, role: str, persons: Iterable[User]) -> None:
        """These people too; of none, the role is emptied."""
        setattr(self, role, (getattr(self, role) or {}) | dict.fromkeys(persons))


def plan(cohort: Cohort, lines: Iterable[ListLine]) -> BulkPlan:
    """What the list would change. An element of which a line is refused stays whole as it is."""
    rows = in_order(cohort).prefetch_related("heads", "teachers")
    elements, staff, made = Elements(rows), Staff(cohort), BulkPlan()
    asked: dict[Teaching, Asked] = {}
    for line in lines:
        teaching, why = elements.meant(line["element"], line["title"])
        if teaching is None:
            made.refused.append(LineAside(line.number, line.text, why))
        else:
            _ask(asked.setdefault(teaching, Asked()), line, staff)
    for teaching, ask in asked.items():
        made.refused += ask.refused
        if not ask.refused:
            _step(made, cohort, teaching, ask)
    made.refused.sort(key=lambda refused: refused.line)
    if half := [teaching.element.display for teaching, ask in asked.items() if ask.refused]:
        made.notes.append(f"Restent comme ils sont, pour une ligne refusée{NBSP}: {listed(half)}.")
    return made


def _ask(ask: Asked, line: ListLine, staff: Staff) -> None:
    roles: dict[str, str] = {role: line[role] for role in LABELS if line[role]}
    if person := line["person"]:
        given = _roles(line["role"])
        if not given:
            ask.refused.append(
                LineAside(
                    line.number, line.text, f"Rôle {quoted(line['role'])}{NBSP}: responsable, ou enseignant."
                )
            )
        roles |= dict.fromkeys(given, person)
    for role, names in roles.items():
        persons = []
        for name in filter(None, map(str.strip, SEVERAL.split(names))):
            if name == NOTHING:
                continue
            one, why = staff.meant(name)
            if one is None:
                ask.refused.append(LineAside(line.number, line.text, why))
            else:
                persons.append(one)
        ask.add(role, persons)


def _roles(text: str) -> list[str]:
    """ "Responsable" → heads; "", "enseignant" → teachers; "responsable et enseignant" → both."""
    words = folded(text).split()
    roles = [
        role
        for role, starts in (("heads", ("resp", "r")), ("teachers", ("ens", "interv", "e", "cm", "td", "tp")))
        if any(
            word == start or (len(start) > 2 and word.startswith(start)) for word in words for start in starts
        )
    ]
    return roles if words else ["teachers"]


def _step(made: BulkPlan, cohort: Cohort, teaching: Teaching, ask: Asked) -> None:
    before = {"heads": list(teaching.heads.all()), "teachers": list(teaching.teachers.all())}
    after = {
        role: list(before[role] if getattr(ask, role) is None else getattr(ask, role)) for role in LABELS
    }
    changed = [role for role in LABELS if set(before[role]) != set(after[role])]
    if not changed:
        made.unchanged += 1
        return
    act = partial(
        people.set_teachers,
        cohort=cohort,
        element=teaching.element,
        teachers=after["teachers"],
        heads=after["heads"],
    )
    made.steps.append(Step(str(teaching.element), _in_words(before, changed), _in_words(after, changed), act))


def _in_words(persons: dict[str, list[User]], roles: Collection[str]) -> str:
    """ "responsables : Hélène Marchetti", of the roles that change."""
    return " ; ".join(
        f"{LABELS[role]}{NBSP}: {listed([str(person) for person in persons[role]]) or 'personne'}"
        for role in roles
    )
