"""What was read of a file, from its preview to its recording: the browser keeps it, for its sender."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction

from butrt.base import previews
from butrt.base.accounts.models import User
from butrt.base.canonical import digest_of
from butrt.base.previews import Gone, PlanChanged
from curriculum.models import Department
from jury.cases.ledger.elsewhere import (
    Origin,
    Planned,
    ResultRow,
    ResultsError,
    plan_results,
    record_results,
)
from jury.exchange.elsewhere.reading import RefusedLine
from jury.exchange.elsewhere.tables import shown
from jury.models import Result

SALT = "jury.elsewhere"


@dataclass(frozen=True)
class Sent:
    """A file that was read: its rows, those that could not be read, what is worth reading first."""

    department: Department
    name: str
    rows: Sequence[ResultRow]
    refusals: Sequence[RefusedLine] = ()
    remarks: Sequence[str] = ()


@dataclass
class Preview:
    """What recording a file would do, line by line."""

    sent: Sent
    plan: list[Planned] = field(default_factory=list)

    @property
    def shown(self) -> list[tuple[Planned, str]]:
        """What is new, with each average as people read it."""
        return [(line, shown(line.result.average if line.result else "")) for line in self.new]

    @property
    def new(self) -> list[Planned]:
        return [line for line in self.plan if line.state == "new"]

    @property
    def known(self) -> list[Planned]:
        return [line for line in self.plan if line.state == "known"]

    @property
    def refused(self) -> list[Planned]:
        return [line for line in self.plan if line.state == "refused"]

    @property
    def refusals(self) -> int:
        return len(self.refused) + len(self.sent.refusals)

    @property
    def left(self) -> set[str]:
        """The numbers of the students of whom something is refused."""
        numbers = {line.row.number for line in self.refused}
        return numbers | {refusal.number for refusal in self.sent.refusals}

    @property
    def going(self) -> list[ResultRow]:
        """The rows of the others."""
        return [line.row for line in self.plan if line.row.number not in self.left]

    @property
    def going_new(self) -> int:
        return sum(line.row.number not in self.left for line in self.new)

    @property
    def digest(self) -> str:
        """What was shown: recorded only if it is still so."""
        return digest_of([f"{line.state} {line.row}" for line in self.plan])


def preview_of(sent: Sent, by: User) -> Preview:
    return Preview(sent, plan_results(department=sent.department, rows=sent.rows, by=by))


@transaction.atomic
def record_shown(sent: Sent, *, shown: str, partly: bool, by: User) -> tuple[Preview, int]:
    """Record what a preview showed, and how many results are new.

    `partly`: the students of whom nothing is refused, all the same. Raises `PlanChanged`, `ResultsError`.
    """
    Department.objects.select_for_update(no_key=True).get(pk=sent.department.pk)
    preview = preview_of(sent, by)
    if preview.digest != shown:
        raise PlanChanged
    if preview.refusals and not partly:
        raise ResultsError("Des lignes sont refusées.")
    return preview, record_results(department=sent.department, rows=preview.going, by=by)


def keep(sent: Sent, *, by: User) -> str:
    """What the browser keeps. Raises `ResultsError` when it is too much."""
    return previews.keep(
        {
            "department": sent.department.pk,
            "name": sent.name[:200],
            "rows": [_kept(row) for row in sent.rows],
            "refusals": [[refusal.place, refusal.number, refusal.why] for refusal in sent.refusals],
            "remarks": list(sent.remarks),
        },
        salt=SALT,
        by=by,
        too_much=ResultsError("Ce fichier contient bien plus qu’un département, le couper en plusieurs."),
    )


def given_back(kept: str, *, by: User, departments: Any) -> Sent:
    """Raises `Gone` when it is too old, another person's, or of a department that is no longer theirs."""
    content = previews.given_back(kept, salt=SALT, by=by)
    department = departments.filter(pk=content["department"]).first()
    if department is None:
        raise Gone
    return Sent(
        department,
        content["name"],
        [_row(row) for row in content["rows"]],
        [RefusedLine(*refusal) for refusal in content["refusals"]],
        content["remarks"],
    )


def _kept(row: ResultRow) -> list[Any]:
    origin = row.origin or Origin()
    day = origin.decided_on.isoformat() if origin.decided_on else ""
    return [
        *(row.line, row.number, row.school_year, row.subject, row.average, row.code, row.place),
        *(str(origin.source.value), origin.document, day, row.programme, dict(row.cells)),
    ]


def _row(kept: list[Any]) -> ResultRow:
    line, number, school_year, subject, average, code, place, source, document, day, programme, cells = kept
    origin = Origin(Result.Source(source), document, date.fromisoformat(day) if day else None)
    return ResultRow(line, number, school_year, subject, average, code, place, origin, programme, cells)
