"""What other rooms have of a promotion, without `grades` knowing them: dependencies go one way.

`jury` registers here when the site starts: its sessions hold a promotion once one was opened; prepared, they
go with it, and follow it to another version of its maquette.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from curriculum.models import Programme
from grades.models import Cohort

if TYPE_CHECKING:
    from butrt.base.accounts.models import User


class Holder(Protocol):
    """What a room says and does of its rows about a promotion, in the transaction of the act."""

    def holding(self, cohort: Cohort) -> list[str]:
        """The names of what keeps a promotion as it is, in French; none: nothing does."""

    def prepared(self, cohort: Cohort) -> list[str]:
        """The names of what would go with it."""

    def hold(self, cohort: Cohort) -> None:
        """Lock its rows about a promotion, in the order of grades/locks.py: before the semesters."""

    def remove(self, cohort: Cohort, by: User) -> None:
        """Remove what is prepared."""

    def follow(self, cohort: Cohort, before: Programme, after: Programme) -> None:
        """A version of a programme took the place of another in the promotion."""


holders: list[Holder] = []


def register(holder: Holder) -> None:
    """Ask `holder` too; the same one twice is asked once."""
    if holder not in holders:
        holders.append(holder)


def holding(cohort: Cohort) -> list[str]:
    """What keeps a promotion as it is."""
    return [name for holder in holders for name in holder.holding(cohort)]


def prepared(cohort: Cohort) -> list[str]:
    """What would go with it."""
    return [name for holder in holders for name in holder.prepared(cohort)]
