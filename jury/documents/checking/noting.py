"""Take note, in the journal, of the rows of which it says nothing: from then on, they are compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.db import transaction

from butrt.base.accounts.models import User
from butrt.base.journal.services import record
from jury.documents.checking import accounts, aside, assessments, decisions, enrolments, figures, marks
from jury.documents.checking import ledger as results
from jury.documents.checking.journaled import NOTE, Kind, Value, read_journal

NOTED: Mapping[Kind, Callable[[], dict[str, Value]]] = {
    Kind.MARKS: marks.told_by_the_rows,
    Kind.ASSESSMENTS: assessments.told_by_the_rows,
    Kind.ASIDE: aside.told_by_the_rows,
    Kind.ENROLMENTS: enrolments.told_by_the_rows,
    Kind.ADJUSTMENTS: enrolments.adjustments_told_by_the_rows,
    Kind.REPEATS: enrolments.repeats_told_by_the_rows,
    Kind.DECISIONS: decisions.decisions_told_by_the_rows,
    Kind.ADOPTIONS: decisions.adoptions_told_by_the_rows,
    Kind.ELSEWHERE: results.elsewhere_told_by_the_rows,
    Kind.FIGURES: figures.told_by_the_rows,
    Kind.ROLES: accounts.roles_told_by_the_rows,
    Kind.ACCOUNTS: accounts.accounts_told_by_the_rows,
}


@transaction.atomic
def note(*, by: User | None = None) -> dict[Kind, int]:
    """Write in the journal what the rows that it does not tell say now; how many of each kind.

    What it tells already is left: a row that says otherwise stays a finding. A second time notes nothing.
    """
    journaled = read_journal()
    noted = {}
    for kind, read in NOTED.items():
        new = {key: value for key, value in read().items() if key not in journaled.values[kind]}
        if new or kind not in journaled.noted:
            record(act=NOTE, about=str(kind), by=by, details={"kind": str(kind), "values": new})
        if new:
            noted[kind] = len(new)
    return noted
