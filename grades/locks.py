"""Who waits for whom: the marks of a promotion's semester, and the order in which everything is locked.

What a jury reads when it opens must not change until it has locked it. So writers of marks, and of all else
that averages rest on, share a semester with one another; the jury that opens or closes, and whoever changes
its évaluations, has it alone. The lock lasts as long as the transaction.

On PostgreSQL these are advisory locks: nothing is written, no teacher waits for another. On SQLite there is
nothing to do: its transactions are IMMEDIATE (see the settings), the writers come one at a time.

Locks are always taken in this order, whoever holds one never waits for one above:
1. the department (`FOR NO KEY UPDATE`), for its people and its results from elsewhere;
2. the session of the jury (`jury.sittings.services.hold`);
3. the promotion's semesters, the lowest first (here);
4. an element, then its évaluations in the order of its sheet, then other rows;
5. the chain of the journal (`record`): an act that writes several entries takes all of the above first.
Rows that others refer to are locked `no_key`: who adds a line about them does not wait.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from django.db import connection, transaction

if TYPE_CHECKING:
    from grades.models import Cohort


def share(cohort: Cohort | int, semesters: Collection[int]) -> None:
    """Keep juries from opening or closing on these semesters, and their évaluations as they are."""
    _take("pg_advisory_xact_lock_shared", cohort, semesters)


def own(cohort: Cohort | int, semesters: Collection[int]) -> None:
    """Keep everybody else from writing what averages rest on; those who were have finished."""
    _take("pg_advisory_xact_lock", cohort, semesters)


def _take(function: str, cohort: Cohort | int, semesters: Collection[int]) -> None:
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("Un verrou dure autant que sa transaction.")
    if connection.vendor == "postgresql":
        key = cohort if isinstance(cohort, int) else cohort.pk
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {function}(%s, semester) FROM unnest(%s::int[]) AS semester",
                [key, sorted(semesters)],
            )
