"""Whether the database is what people did with the site: each check reads it whole and tells what is not.

Somebody who writes in the database does not write what goes with it everywhere: the history of a mark, the
journal, its head, the PV, their hashes. Each check holds two of them side by side. Nothing here finds who
rewrites them all, whole and alike; the PV on paper or in an archive do: the journal's head is printed on
them, and `verify_archive` holds an archive beside the PV that it contains.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from jury.documents.checking.accounts import check_accounts, check_roles
from jury.documents.checking.aside import check_aside
from jury.documents.checking.assessments import check_assessments
from jury.documents.checking.checked import Checked
from jury.documents.checking.corrections import check_corrections
from jury.documents.checking.decisions import check_decisions
from jury.documents.checking.enrolments import (
    check_acquired,
    check_adjustments,
    check_enrolments,
    check_repeats,
)
from jury.documents.checking.figures import check_figures
from jury.documents.checking.journal import check_journal
from jury.documents.checking.journaled import Journaled, read_journal
from jury.documents.checking.ledger import check_elsewhere, check_results
from jury.documents.checking.marks import check_marks
from jury.documents.checking.minutes import check_minutes, check_revisions

CHECKS: tuple[Callable[[Journaled], Checked], ...] = (
    check_journal,
    check_marks,
    check_assessments,
    check_aside,
    check_enrolments,
    check_adjustments,
    check_repeats,
    check_acquired,
    check_figures,
    check_decisions,
    check_minutes,
    check_revisions,
    check_results,
    check_elsewhere,
    check_corrections,
    check_roles,
    check_accounts,
)

NOT_CHECKED = (
    "Ce que le journal ne dit pas en entier n’est pas comparé : programmes et règlements, identité des "
    "étudiants, appréciations, membres et présidence des jurys, textes des lettres. Une fois le jury clos, "
    "son PV les porte."
)


def check_all() -> Iterator[Checked]:
    """Each check in turn, on one reading of the journal: the database as it is now, whoever writes."""
    with _one_moment():
        journaled = read_journal()
        for check in CHECKS:
            yield check(journaled)


@contextmanager
def _one_moment() -> Iterator[None]:
    """Read the database as one moment left it; nobody waits. Inside a transaction, as that one does."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
    else:  # Django's own transactions are IMMEDIATE here: they would keep writers out
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")
