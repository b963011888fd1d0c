"""A programme as it would become, shown before it is: whatever it comes from, it is read the same.

The screen, the workbook and a file of ScoDoc each make a programme object (`programmefile`); here it is held
against what is stored. Between the page that shows it and the act, the browser keeps it signed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.db import transaction

from butrt.base.previews import PlanChanged, given_back, keep
from curriculum.differences import LISTS, Section, differences, reordered
from curriculum.findings import Finding, findings_of, only_in
from curriculum.maquette import Maquette, maquette
from curriculum.models import Department, Programme
from curriculum.programmefile import (
    check_programme,
    check_units,
    digits,
    dump_programme,
    parse_programme,
)
from curriculum.programmelock import locked_by
from curriculum.reading import maquette_from, programme_data
from curriculum.services import load_programme, source_of

if TYPE_CHECKING:
    from butrt.base.accounts.models import User

SALT = "curriculum.proposal"
NOTHING = ""
"""The fingerprint of a programme that is not there yet."""


@dataclass(frozen=True)
class Proposal:
    """What a programme object would make of what is stored.

    `programme` is the one that it would change, None for a new one; `seen` its fingerprint when this was
    read; `name` where the object comes from, as its reader knows it (a file's name).
    """

    department: Department
    data: Mapping[str, Any]
    programme: Programme | None
    seen: str
    name: str
    table: Maquette
    before: Maquette | None
    sections: tuple[Section, ...]
    reordered: tuple[str, ...]
    come: tuple[Finding, ...]
    gone: tuple[Finding, ...]
    judged: tuple[str, ...]

    @property
    def changes(self) -> int:
        """How many rows would be new, gone or other."""
        return sum(len(section.changes) for section in self.sections)

    @property
    def applicable(self) -> bool:
        """Whether there is something to do, and nothing forbids it."""
        return self.programme is None or (bool(self.sections or self.reordered) and not self.judged)

    @property
    def about(self) -> str:
        """BUT2 IOM, apprentissage, depuis 2022."""
        return f"{self.table.programme}, depuis {self.data['in_force_from']}"

    def token(self, by: User) -> str:
        """The proposal as the browser keeps it, for this person only."""
        kept = {
            "department": self.department.pk,
            "data": dump_programme(self.data),
            "seen": self.seen,
            "name": self.name,
        }
        return keep(kept, salt=SALT, by=by)


def fingerprint(data: Mapping[str, Any]) -> str:
    """What two programme objects have in common when nothing differs between them.

    Not the order of the fields: PostgreSQL keeps `Programme.source` in its own.
    """
    return sha256(json.dumps(data, sort_keys=True, default=digits).encode()).hexdigest()


def propose(
    *, department: Department, data: Mapping[str, Any], name: str = "", seen: str | None = None
) -> Proposal:
    """Hold a programme object against the stored programme of the same parcours, year, modality and date.

    `seen` is the fingerprint of the stored one as the proposer knew it, by default as it is now.
    Raises `ProgrammeError` when the object is no programme.
    """
    check_programme(data)
    check_units(data)
    stored = stored_programme(department, data)
    before = maquette(stored) if stored else None
    known = programme_data(stored) if stored else dict.fromkeys(LISTS, ())
    table = maquette_from(data, source_of(data))
    now, was = findings_of(table), findings_of(before) if before else ()
    if seen is None:
        seen = fingerprint(known) if stored else NOTHING
    return Proposal(
        department=department,
        data=data,
        programme=stored,
        seen=seen,
        name=name,
        table=table,
        before=before,
        sections=differences(known, data),
        reordered=reordered(known, data),
        come=only_in(now, was),
        gone=only_in(was, now),
        judged=locked_by([stored.pk]) if stored else (),
    )


def stored_programme(department: Department, data: Mapping[str, Any]) -> Programme | None:
    """The stored programme that an object would change, if there is one."""
    return (
        Programme.objects.filter(
            parcours__department=department,
            parcours__code=data["parcours"]["code"],
            **{name: data[name] for name in ("year", "modality", "in_force_from")},
        )
        .select_related("parcours__department", "parcours__specialty")
        .first()
    )


def read_token(token: str, *, by: User) -> Proposal:
    """The proposal that a browser gives back, held against what is stored now. Raises `Gone`."""
    kept = given_back(token, salt=SALT, by=by)
    department = Department.objects.get(pk=kept["department"])
    return propose(
        department=department, data=parse_programme(kept["data"]), name=kept["name"], seen=kept["seen"]
    )


@transaction.atomic
def take_proposals(proposals: Iterable[Proposal], *, by: User) -> list[Programme]:
    """Do what was shown, all of it or nothing.

    Raises `PlanChanged` when somebody changed a programme since its proposal was shown, `ProgrammeError` when
    it may not change (a jury judged on it, marks hold an element) or an object is no programme.
    """
    taken = []
    for proposal in proposals:
        if proposal.programme is not None:
            Programme.objects.select_for_update().get(pk=proposal.programme.pk)
        now = propose(department=proposal.department, data=proposal.data).seen
        if now != proposal.seen:
            raise PlanChanged(proposal.about)
        taken.append(
            load_programme(
                department=proposal.department,
                data=proposal.data,
                by=by,
                update=proposal.programme is not None,
                origin=proposal.name,
            )
        )
    return taken
