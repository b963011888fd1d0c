"""What was saved together: the marks of one save, paste or import, which are undone as one.

Nothing more is stored for it: all the changes of an act bear the same author, instant and origin.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Count, Min

from grades.marks import text_of
from grades.models import MarkChange, Teaching

if TYPE_CHECKING:
    from butrt.base.accounts.models import User

MOST_READ = 60  # (act, évaluation) pairs read for the last acts
UNDONE = (
    *(MarkChange.Origin.SCREEN, MarkChange.Origin.WORKBOOK),
    *(MarkChange.Origin.LIST, MarkChange.Origin.CORRECTION),
)


class Changed(NamedTuple):
    """A change of a mark, and the text that the mark had before it ("" for its first)."""

    change: MarkChange
    before: str

    @property
    def after(self) -> str:
        return text_of(self.change)

    @property
    def now(self) -> str:
        return text_of(self.change.mark)

    @property
    def is_last(self) -> bool:
        """Whether nobody changed the mark since."""
        return self.change.version == self.change.mark.version


@dataclass(frozen=True)
class Operation:
    """An act of somebody on `number` marks of these évaluations; `first` is one of its changes."""

    first: MarkChange
    number: int
    titles: list[str]

    @property
    def can_be_undone(self) -> bool:
        return self.number > 1 and self.first.origin in UNDONE


def recent_operations(teaching: Teaching, *, number: int = 6) -> list[Operation]:
    """The last acts on an element's marks, newest first, in two queries."""
    rows = (
        MarkChange.objects.filter(mark__assessment__teaching=teaching)
        .values_list("at", "by", "origin", "mark__assessment__title")
        .annotate(first=Min("pk"), number=Count("pk"))
        .order_by("-at", "by", "origin", "mark__assessment__position")[:MOST_READ]
    )
    acts = [list(act) for _, act in groupby(rows, key=lambda row: row[:3])][:number]
    firsts = MarkChange.objects.select_related("by", "mark__assessment", "mark__enrolment__student").in_bulk(
        [act[0][4] for act in acts]
    )
    return [Operation(firsts[act[0][4]], sum(row[5] for row in act), [row[3] for row in act]) for act in acts]


def changes_of(*, teaching: Teaching, at: datetime.datetime, author: User) -> list[Changed]:
    """Every mark of an act with what it was before, évaluation by évaluation, in two queries."""
    changes = list(
        MarkChange.objects.filter(mark__assessment__teaching=teaching, at=at, by=author)
        .select_related("mark__assessment", "mark__enrolment__student")
        .order_by(
            "mark__assessment__position",
            "mark__assessment",
            "mark__enrolment__student__sort_key",
        )
    )
    versions = {change.mark_id: change.version for change in changes}
    before = {
        change.mark_id: text_of(change)
        for change in MarkChange.objects.filter(mark__in=list(versions))
        if change.version == versions[change.mark_id] - 1
    }
    return [Changed(change, before.get(change.mark_id, "")) for change in changes]
