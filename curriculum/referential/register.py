"""Which spécialité, parcours and competence a file means, among those that are there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from curriculum.models import Competence, Department, Parcours, Specialty
from curriculum.referential.titles import plain_words

LONGEST_IDENTITY = 40


def specialty_meant(department: Department, name: str, short: str = "") -> Specialty | None:
    """The spécialité of a department that is called so, however it is written; else of that short name."""
    rows = list(Specialty.objects.filter(department=department))
    by_name = [row for row in rows if plain_words(row.name) == plain_words(name)]
    by_short = [row for row in rows if short and plain_words(row.short) == plain_words(short)]
    return next(iter([*by_name, *by_short]), None)


def parcours_meant(rows: Iterable[Parcours], wanted: Mapping[str, Any]) -> Parcours | None:
    """The one of that short name or name, however they are written; else of that code."""
    rows = list(rows)
    names = {plain_words(wanted["short"]), plain_words(wanted["name"])}
    for row in rows:
        if {plain_words(row.short), plain_words(row.name)} & names:
            return row
    return next((row for row in rows if row.code == wanted["code"]), None)


class Register:
    """The competences of the spécialité, as a programme of one of its parcours calls them."""

    def __init__(self, parcours: Parcours) -> None:
        self.parcours = parcours
        self.rows = list(parcours.specialty.competences.prefetch_related("parcours"))

    def of(self, *, code: str, title: str) -> Competence:
        """The one that is meant, or a new one, unsaved: RT4 of another parcours is another competence."""
        ours = [row for row in self.rows if self._is_ours_or_new(row)]
        for rows in (ours, self.rows):
            for row in rows:
                if plain_words(row.title) == plain_words(title):
                    return row
        for row in ours:
            if row.code == code:
                return row
        new = Competence(specialty=self.parcours.specialty, identity=self._free(code), code=code)
        self.rows.append(new)
        return new

    def belongs(self, competence: Competence) -> None:
        """Record that this parcours has it: what a tronc commun has is common to all, unless the référentiel,
        once loaded, says whose it is."""
        if self.parcours.common and self.parcours.specialty.source:
            return
        if self.parcours.common and not competence.common:
            competence.common = True
            competence.save(update_fields=["common"])
        elif not self._is_ours(competence):
            competence.parcours.add(self.parcours)

    def _is_ours(self, row: Competence) -> bool:
        """Common to all, or of this parcours."""
        return row.common or self.parcours.common or self.parcours in row.parcours.all()

    def _is_ours_or_new(self, row: Competence) -> bool:
        return row.pk is None or self._is_ours(row)

    def _free(self, code: str) -> str:
        """An identity for a new competence: its code, told apart when another has it."""
        taken = {row.identity for row in self.rows}
        candidates = (code, f"{code}.{self.parcours.short}", *(f"{code}.{n}" for n in range(2, 100)))
        return next(
            candidate[:LONGEST_IDENTITY]
            for candidate in candidates
            if candidate[:LONGEST_IDENTITY] not in taken
        )
