"""Which element of a promotion a line of a list means: by its code, else by its title."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from butrt.base.french import NBSP, listed, quoted
from butrt.base.words import folded
from grades.bulk.reading import column

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from grades.models import Cohort, Teaching

ELEMENT = column(
    "Élément",
    "code, code element, element code, ressource, sae, ressource ou sae, code ressource, enseignement, "
    "matiere, module",
)
TITLE = column("Intitulé", "intitule element, intitule de l element, titre, libelle, nom element")


class Elements:
    """The elements of a promotion as lists call them. Needs `element` selected.

    Each parcours may have its « Stage S4 »: where two are displayed alike, the code tells.
    """

    def __init__(self, teachings: Iterable[Teaching]) -> None:
        self.by_code: dict[str, list[Teaching]] = defaultdict(list)
        self.by_name: dict[str, list[Teaching]] = defaultdict(list)
        for teaching in teachings:
            element = teaching.element
            self.by_code[_spelt(element.code)].append(teaching)
            names = {element.display, element.title, element.short, f"{element.display} {element.title}"}
            for name in {_spelt(name) for name in names}:
                self.by_name[name].append(teaching)

    def called(self, teaching: Teaching) -> str:
        """As a list names it so that it is read again."""
        element = teaching.element
        return element.display if len(self.by_name[_spelt(element.display)]) == 1 else element.code

    def meant(self, code: str, title: str = "") -> tuple[Teaching | None, str]:
        """The element of a line; None, and why, with what to do."""
        for text in (code, title, code.partition(" ")[0]):
            name = _spelt(text)
            alike = self.by_code.get(name) or self.by_name.get(name) or [] if name else []
            if len(alike) == 1:
                return alike[0], ""
            if alike:
                codes = listed([teaching.element.code for teaching in alike])
                return None, f"Plusieurs éléments s’appellent ainsi{NBSP}: mettre le code, parmi {codes}."
        if not code and not title:
            return None, f"Dire l’élément, par son code ou son intitulé{NBSP}: la case est vide."
        return None, (
            f"{quoted((code or title)[:60])} n’est pas un élément de la promotion{NBSP}: corriger le code, "
            "ou enlever la ligne."
        )


def in_order(cohort: Cohort) -> QuerySet[Teaching]:
    """The elements of a promotion in the programme's order."""
    rows = cohort.teachings.select_related("element")
    return rows.order_by("element__semester", "element__kind", "element__code")


def _spelt(text: str) -> str:
    """ "R3.01", "R301" and "r3 01" are one."""
    return folded(text).replace(" ", "")
