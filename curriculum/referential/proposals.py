"""A référentiel as it would be loaded, shown before it is; the browser keeps it signed between the two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.core import signing
from django.db import transaction

from butrt.base.spreadsheets import Unreadable
from curriculum.models import Department, Specialty
from curriculum.proposals import SECONDS, Stale
from curriculum.referential.register import specialty_meant
from curriculum.referential.services import changes_of, load_referential

if TYPE_CHECKING:
    from butrt.base.accounts.models import User

SALT = "curriculum.referential"
MOST_KEPT = 2**20  # characters; a national référentiel makes 8,000


class Changed(ValueError):
    """What is stored is no longer what the proposal was held against."""


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
        return sha256("\n".join(self.changes).encode()).hexdigest()

    def token(self, by: User) -> str:
        """The proposal as the browser keeps it, for this person only. Raises `Unreadable`."""
        kept = {
            "by": by.pk,
            "department": self.department.pk,
            "data": self.data,
            "name": self.name,
            "seen": self.seen,
        }
        token = signing.dumps(kept, salt=SALT, compress=True)
        if len(token) > MOST_KEPT:
            raise Unreadable("Ce fichier contient beaucoup plus qu’un référentiel, il n’est pas lu.")
        return token


def propose(*, department: Department, data: Mapping[str, Any], name: str = "") -> Proposal:
    """Hold a référentiel against what a department has. Raises `Unreadable`."""
    changes = changes_of(department=department, data=data).changes
    said = data["specialty"]
    known = specialty_meant(department, said["name"], said.get("short", ""))
    others = () if known else Specialty.objects.filter(department=department).values_list("name", flat=True)
    return Proposal(department, data, name, changes, tuple(others))


def read_token(token: str, *, by: User) -> tuple[Proposal, str]:
    """The proposal that a browser gives back, held against what is stored now, and what it showed.

    Raises `Stale` when it is not ours, not this person's, or too old.
    """
    try:
        kept: dict[str, Any] = signing.loads(token, salt=SALT, max_age=SECONDS)
    except signing.BadSignature as error:
        raise Stale from error
    if kept["by"] != by.pk:
        raise Stale
    department = Department.objects.get(pk=kept["department"])
    return propose(department=department, data=kept["data"], name=kept["name"]), kept["seen"]


@transaction.atomic
def take(proposal: Proposal, *, seen: str, by: User) -> Specialty:
    """Do what was shown. Raises `Changed` when that would now do something else."""
    Department.objects.select_for_update(no_key=True).get(pk=proposal.department.pk)
    loaded = load_referential(department=proposal.department, data=proposal.data, by=by, origin=proposal.name)
    if sha256("\n".join(loaded.changes).encode()).hexdigest() != seen:
        raise Changed("Ce qui est enregistré a changé entre-temps : relire ce qui changerait.")
    return loaded.specialty


def _by_year(years: Mapping[int, str]) -> tuple[str, str, str]:
    return (years.get(1, ""), years.get(2, ""), years.get(3, ""))
