"""A workbook sent back: what it would change, shown first, then applied as it was shown, all or nothing."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from butrt.base.french import NBSP
from butrt.base.previews import Gone, given_back, keep
from grades.marks import read_mark, text_of
from grades.models import Assessment, Enrolment, MarkChange, Teaching
from grades.one_sheet import load_sheet
from grades.services import Entry, Outcome, Recorded, State, judge_marks, record_marks
from grades.sheet import Sheet, Standing
from grades.workbook.reading import RefusedMark, read_marks

if TYPE_CHECKING:
    from butrt.base.accounts.models import User

SALT = "grades.workbook.preview"
REF = re.compile(r"([A-Z]+)([0-9]+)")
CHOICE = re.compile(r"c-([0-9]{1,18})-([0-9]{1,18})")
MINE = re.compile(r"mine-([0-9]{1,9})")


class Change(NamedTuple):
    """A mark that the file would change, as it stands and as it would be."""

    ref: str
    entry: Entry
    enrolment: Enrolment
    assessment: Assessment
    before: str
    after: str
    outcome: Outcome

    @property
    def field(self) -> str:
        """The name of the choice that settles a conflict; see `apply_preview`."""
        return f"c-{self.entry.assessment_id}-{self.entry.enrolment_id}"


@dataclass
class MarksPreview:
    """What a file would do. Nothing may be applied while a cell is refused or a conflict is not settled."""

    name: str
    changes: list[Change] = field(default_factory=list)
    conflicts: list[Change] = field(default_factory=list)
    refusals: list[RefusedMark] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unchanged: int = 0
    token: str = ""

    @property
    def erased(self) -> int:
        return sum(not change.after for change in self.changes)

    @property
    def replaced(self) -> int:
        """Marks already there that would become others."""
        return sum(bool(change.before and change.after) for change in self.changes)

    @property
    def total(self) -> int:
        return len(self.changes) + len(self.conflicts)

    @property
    def applicable(self) -> bool:
        return not self.refusals and self.total > 0


def preview_workbook(*, teaching: Teaching, data: bytes, name: str, by: User) -> MarksPreview:
    """What this file would change for this person. Raises Unreadable when it is not read at all."""
    sheet = load_sheet(teaching)
    reading = read_marks(data, sheet)
    preview = judged(sheet, reading.entries, reading.refs, name)
    preview.refusals = sorted([*reading.refusals, *preview.refusals], key=lambda refusal: _place(refusal.ref))
    preview.notes = reading.notes
    if preview.applicable:
        preview.token = sign(teaching, by, name, [*preview.changes, *preview.conflicts])
    return preview


def apply_preview(
    *,
    teaching: Teaching,
    token: str,
    choices: Mapping[str, str],
    by: User,
    origin: MarkChange.Origin = MarkChange.Origin.WORKBOOK,
) -> Recorded:
    """Save what was previewed, the very entries, all or none.

    `choices` settle the conflicts: {"c-<évaluation>-<enrolment>": "theirs" or "mine-<version seen>"}.
    Raises Gone, or NothingRecorded when something changed meanwhile (see `preview_again`).
    """
    name, entries, _ = _read(teaching, by, token)
    return record_marks(
        teaching=teaching,
        entries=_settled(entries, choices),
        by=by,
        origin=origin,
        whole=True,
        details={"file": name},
    )


def preview_again(*, teaching: Teaching, token: str, by: User) -> MarksPreview:
    """The same preview on the marks as they now stand. Raises Gone."""
    name, entries, refs = _read(teaching, by, token)
    preview = judged(load_sheet(teaching), entries, refs, name)
    preview.token = token
    return preview


def judged(
    sheet: Sheet[Standing], entries: Sequence[Entry], refs: Mapping[tuple[int, int], str], name: str
) -> MarksPreview:
    """What these entries, read at `refs`, would change; nothing is written."""
    preview = MarksPreview(name)
    for entry, outcome in zip(entries, judge_marks(sheet=sheet, entries=entries), strict=True):
        ref = refs.get(entry.cell, "")
        enrolment = sheet.enrolments.get(entry.enrolment_id)
        assessment = sheet.assessments.get(entry.assessment_id)
        if not enrolment or not assessment or outcome.state in (State.REFUSED, State.LOCKED):
            who, title = str(enrolment.student) if enrolment else "", assessment.title if assessment else ""
            preview.refusals.append(RefusedMark(ref, who, title, _reason(outcome, who)))
            continue
        before = text_of(sheet.marks.get(entry.cell))
        after = read_mark(entry.text, assessment.maximum).text
        change = Change(ref, entry, enrolment, assessment, before, after, outcome)
        if outcome.state == State.CONFLICT:
            preview.conflicts.append(change)
        elif outcome.text != before:
            preview.changes.append(change)
        else:
            preview.unchanged += 1
    return preview


def _reason(outcome: Outcome, who: str) -> str:
    """Why a cell is refused, with what it may have meant; the table names the student already."""
    reason = outcome.reason.removeprefix(f"{who}{NBSP}: ")
    if outcome.suggestion and outcome.suggestion not in reason:
        reason = f"{reason} Peut-être {outcome.suggestion}{NBSP}?"
    return reason[:1].upper() + reason[1:]


def _place(ref: str) -> tuple[int, int, str]:
    """A reference in the order of reading, row by row; what is no single cell comes first."""
    cell = REF.match(ref)
    return (int(cell[2]), len(cell[1]), cell[1]) if cell else (0, 0, ref)


# ---------- between the preview and the confirmation ----------


def sign(teaching: Teaching, by: User, name: str, changes: Collection[Change]) -> str:
    """The entries as the page keeps them; signed, so that only what was shown can come back."""
    kept = [[*change.entry, change.ref] for change in changes]
    return keep({"teaching": teaching.pk, "name": name, "entries": kept}, salt=SALT, by=by)


def _read(teaching: Teaching, by: User, token: str) -> tuple[str, list[Entry], dict[tuple[int, int], str]]:
    kept = given_back(token, salt=SALT, by=by)
    if kept["teaching"] != teaching.pk:
        raise Gone
    entries = [Entry(a, e, text, version) for a, e, text, version, _ in kept["entries"]]
    return kept["name"], entries, {(a, e): ref for a, e, _, _, ref in kept["entries"]}


def _settled(entries: Sequence[Entry], choices: Mapping[str, str]) -> list[Entry]:
    """The entries once each conflict has its choice: theirs leaves the mark, mine is written over it."""
    chosen = {
        (int(cell[1]), int(cell[2])): value
        for name, value in choices.items()
        if (cell := CHOICE.fullmatch(name))
    }
    settled = []
    for entry in entries:
        choice = chosen.get(entry.cell, "")
        if choice == "theirs":
            continue
        mine = MINE.fullmatch(choice)
        settled.append(entry._replace(version=int(mine[1])) if mine else entry)
    return settled
