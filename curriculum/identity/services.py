"""Keeping what a programme is: from its file or fiche, or as a person corrects it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.db import transaction

from butrt.journal.services import record
from curriculum.models import Programme, ProgrammeIdentity

if TYPE_CHECKING:
    from butrt.accounts.models import User


def identity_data(programme: Programme) -> dict[str, str]:
    """The `identity` object of the programme file: what is stated, nothing else."""
    said = programme.identity
    return {name: text for name in ProgrammeIdentity.FIELDS if (text := getattr(said, name))}


@transaction.atomic
def set_identity(*, programme: Programme, values: Mapping[str, str], by: User | None) -> list[str]:
    """Change what a programme is; it is not its maquette, a jury that judged on it does not close it.

    The names of the fields that changed; nothing is written when none did.
    """
    Programme.objects.select_for_update().get(pk=programme.pk)
    row = ProgrammeIdentity.objects.filter(programme=programme).first() or ProgrammeIdentity(
        programme=programme
    )
    changed = [name for name in ProgrammeIdentity.FIELDS if values.get(name, "") != getattr(row, name)]
    if not changed:
        return []
    before = {name: getattr(row, name) for name in changed}
    for name in changed:
        setattr(row, name, values.get(name, ""))
    row.save()
    record(
        act="programme.identity",
        about=str(programme),
        by=by,
        department=programme.parcours.department,
        details={"changes": {name: [before[name], getattr(row, name)] for name in changed}},
    )
    return changed
