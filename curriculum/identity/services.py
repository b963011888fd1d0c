"""Keeping what a programme is: from its file or fiche, or as a person corrects it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.db import transaction

from butrt.base.journal.services import record
from butrt.base.meanwhile import Check, unchecked
from curriculum.models import Programme, ProgrammeIdentity

if TYPE_CHECKING:
    from butrt.base.accounts.models import User


def identity_data(programme: Programme) -> dict[str, str]:
    """The `identity` object of the programme file: what is stated, nothing else."""
    identity = programme.identity
    return {name: text for name in ProgrammeIdentity.FIELDS if (text := getattr(identity, name))}


@transaction.atomic
def set_identity(
    *, programme: Programme, values: Mapping[str, str], by: User | None, check: Check = unchecked
) -> list[str]:
    """Change what a programme is; it is not its maquette, a jury that judged on it does not close it.

    The names of the fields that changed; nothing is written when none did.
    """
    Programme.objects.select_for_update().get(pk=programme.pk)
    check()
    before = write_identity(programme=programme, values=values)
    if before:
        record(
            act="programme.identity",
            about=str(programme),
            by=by,
            department=programme.parcours.department,
            details={"changes": {name: [text, values.get(name, "")] for name, text in before.items()}},
        )
    return list(before)


def write_identity(*, programme: Programme, values: Mapping[str, str]) -> dict[str, str]:
    """Write what differs, and tell what it was; the caller's act is the one that the journal keeps."""
    row = ProgrammeIdentity.objects.filter(programme=programme).first() or ProgrammeIdentity(
        programme=programme
    )
    before = {
        name: text
        for name in ProgrammeIdentity.FIELDS
        if (text := getattr(row, name)) != values.get(name, "")
    }
    for name in before:
        setattr(row, name, values.get(name, ""))
    if before:
        row.save()
    return before
