"""A référentiel as it would be loaded, shown before it is; the browser keeps it signed between the two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction

from butrt.base.canonical import digest_of
from butrt.base.previews import PlanChanged, given_back, keep
from butrt.base.spreadsheets import Unreadable
from curriculum.models import Department, Specialty
from curriculum.referential.register import specialty_meant
from curriculum.referential.services import changes_of, load_referential

if TYPE_CHECKING:
    from butrt.base.accounts.models import User

SALT = "curriculum.referential"


@dataclass(frozen=True)
class ProposedCompetence:
    """A competence of the file, as the page shows it: its niveaux by year, "" where it has none."""

    code: str
    title: str
    short: str
    years: tuple[str, str, str]
    parcours: str  # their names, "" for a common one


@dataclass(frozen=True)
class Proposal:
    """What a référentiel would change of a department; `name` is the file's."""

    department: Department
    data: Mapping[str, Any]
    name: str
    changes: tuple[str, ...]
    others: tuple[str, ...]

    @property
    def lines(self) -> list[ProposedCompetence]:
        names = {row["short"]: row["name"] for row in self.data["parcours"]}
        return [
            ProposedCompetence(
                row["code"],
                row["title"],
                row["short"],
                _by_year({level["year"]: f"{level['number']}. {level['title']}" for level in row["levels"]}),
                ", ".join(names[short] for short in row["parcours"]),
            )
            for row in self.data["competences"]
        ]

    @property
    def seen(self) -> str:
        return digest_of(self.changes)

    def token(self, by: User) -> str:
        """The proposal as the browser keeps it, for this person only. Raises `Unreadable`."""
        kept = {"department": self.department.pk, "data": self.data, "name": self.name, "seen": self.seen}
        too_much = Unreadable("Ce fichier contient beaucoup plus qu’un référentiel, il n’est pas lu.")
        return keep(kept, salt=SALT, by=by, too_much=too_much)


def propose(*, department: Department, data: Mapping[str, Any], name: str = "") -> Proposal:
    """Hold a référentiel against what a department has. Raises `Unreadable`."""
    changes = changes_of(department=department, data=data).changes
    specialty = data["specialty"]
    known = specialty_meant(department, specialty["name"], specialty.get("short", ""))
    others = () if known else Specialty.objects.filter(department=department).values_list("name", flat=True)
    return Proposal(department, data, name, changes, tuple(others))


def read_token(token: str, *, by: User) -> tuple[Proposal, str]:
    """The proposal that a browser gives back, held against what is stored now, and what it showed.

    Raises `Gone`.
    """
    kept = given_back(token, salt=SALT, by=by)
    department = Department.objects.get(pk=kept["department"])
    return propose(department=department, data=kept["data"], name=kept["name"]), kept["seen"]


@transaction.atomic
def take(proposal: Proposal, *, seen: str, by: User) -> Specialty:
    """Do what was shown. Raises `PlanChanged` when that would now do something else."""
    Department.objects.select_for_update(no_key=True).get(pk=proposal.department.pk)
    loaded = load_referential(department=proposal.department, data=proposal.data, by=by, origin=proposal.name)
    if digest_of(loaded.changes) != seen:
        raise PlanChanged
    return loaded.specialty


def _by_year(years: Mapping[int, str]) -> tuple[str, str, str]:
    return (years.get(1, ""), years.get(2, ""), years.get(3, ""))
