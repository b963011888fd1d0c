"""Marks entered, corrected and undone: all that may be, and why the rest is not."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from butrt.base import french
from butrt.base.french import NBSP
from butrt.base.journal.services import record
from grades import locks
from grades.marks import MarkError, read_mark, text_of
from grades.models import Mark, MarkChange, Teaching
from grades.one_sheet import load_sheet
from grades.operations import changes_of
from grades.sheet import Sheet, Standing

if TYPE_CHECKING:
    from butrt.base.accounts.models import User


Origin = MarkChange.Origin


class Entry(NamedTuple):
    """A cell as somebody left it: the text, and the version of the mark they had before them (0: none)."""

    assessment_id: int
    enrolment_id: int
    text: str
    version: int

    @property
    def cell(self) -> tuple[int, int]:
        return self.assessment_id, self.enrolment_id


SECOND_CHANCE_ONLY = "Les notes sont rouvertes pour un rattrapage : seule une seconde chance s’ajoute."


class State(StrEnum):
    SAVED = "saved"
    REFUSED = "refused"
    CONFLICT = "conflict"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an entry. `text`: the mark as it now stands in the base, `typed`: what was asked for.

    `reason` says in French why it was not saved. `author` and `at`, of a conflict: who wrote what stands.
    """

    assessment_id: int
    enrolment_id: int
    state: State
    typed: str
    text: str
    version: int
    reason: str = ""
    suggestion: str = ""
    author: str = ""
    at: datetime.datetime | None = None
    mark_id: int | None = None

    @property
    def cell(self) -> tuple[int, int]:
        return self.assessment_id, self.enrolment_id


class Recorded(NamedTuple):
    """One outcome for each entry, in the order received, when it was written, the sheet as it now is.

    It has the students written to, and no other. `at` is None when nothing changed; see `operations`.
    """

    outcomes: list[Outcome]
    sheet: Sheet[Standing]
    at: datetime.datetime | None = None


class NothingRecorded(Exception):
    """A cell was not accepted where all had to be: none is saved, `outcomes` tell which and why."""

    def __init__(self, outcomes: list[Outcome]) -> None:
        super().__init__("Rien n’est enregistré.")
        self.outcomes = outcomes


@transaction.atomic
def record_marks(
    *,
    teaching: Teaching,
    entries: Sequence[Entry],
    by: User,
    origin: MarkChange.Origin = Origin.SCREEN,
    whole: bool = False,
    details: Mapping[str, Any] | None = None,
) -> Recorded:
    """Enter or correct marks of one element. Cells are independent: what is right is saved, the rest is told.

    A cell is refused when its évaluation is locked, when no mark is expected of the student, when the text
    is no mark; it is a conflict when somebody else wrote the mark since `version`. What does not change is
    not written. `whole`: all or none, raises NothingRecorded. `details` are added to the journal's entry.
    """
    locks.share(teaching.cohort_id, [teaching.element.semester])
    sheet = load_sheet(teaching, only={entry.enrolment_id for entry in entries}, lock=True)
    now = timezone.now()
    outcomes, changed = _judge_all(sheet, entries)
    if whole and any(outcome.state != State.SAVED for outcome in outcomes):
        raise NothingRecorded(outcomes)
    if not changed:
        return Recorded(outcomes, sheet)
    lines = [
        {
            "assessment": after.assessment_id,
            "enrolment": after.enrolment_id,
            "student": str(sheet.enrolments[after.enrolment_id].student),
            "before": text_of(sheet.marks.get(_cell(after))),
            "after": text_of(after),
            "version": after.version,
        }
        for after in changed
    ]
    for mark in changed:
        mark.entered_by, mark.entered_at = by, now
    _write(changed, by=by, at=now, origin=origin)
    sheet = replace(sheet, marks={**sheet.marks, **{_cell(mark): _as_it_stands(mark) for mark in changed}})
    titles = dict.fromkeys(sheet.assessments[mark.assessment_id].title for mark in changed)
    record(
        act="marks.record",
        about=f"{teaching.element.display}{NBSP}: {', '.join(titles)}",
        by=by,
        department=teaching.cohort.department,
        details={"teaching": teaching.pk, "origin": str(origin), "marks": lines, **(details or {})},
    )
    written = {_cell(mark): mark.pk for mark in changed}
    return Recorded(
        [replace(outcome, mark_id=written.get(outcome.cell, outcome.mark_id)) for outcome in outcomes],
        sheet,
        now,
    )


def judge_marks(*, sheet: Sheet[Standing], entries: Sequence[Entry]) -> list[Outcome]:
    """What `record_marks` would answer on this sheet; nothing is written."""
    return _judge_all(sheet, entries)[0]


@transaction.atomic
def undo_operation(*, teaching: Teaching, at: datetime.datetime, author: User, by: User) -> Recorded:
    """Put back what the marks that `author` saved together at this instant were before: a correction.

    A mark changed since stays as it is: its outcome is a conflict.
    """
    entries = [
        Entry(change.mark.assessment_id, change.mark.enrolment_id, before, change.version)
        for change, before in changes_of(teaching=teaching, at=at, author=author)
    ]
    return record_marks(
        teaching=teaching,
        entries=entries,
        by=by,
        origin=Origin.CORRECTION,
        details={"undoes": {"at": at.isoformat(), "by": author.pk}},
    )


def _cell(mark: Mark) -> tuple[int, int]:
    return mark.assessment_id, mark.enrolment_id


def _as_it_stands(mark: Mark) -> Standing:
    return Standing(mark.value, mark.code, mark.version, mark.pk)


def _judge_all(sheet: Sheet[Standing], entries: Sequence[Entry]) -> tuple[list[Outcome], list[Mark]]:
    """An outcome for each entry, and the rows to write for those that change a mark."""
    asked = {entry.cell: entry for entry in entries}  # a cell given twice: its last text
    seen_before = _values_seen(sheet, asked.values())
    judged = {cell: _judge(sheet, entry, sheet.marks.get(cell), seen_before) for cell, entry in asked.items()}
    return [judged[entry.cell][0] for entry in entries], [after for _, after in judged.values() if after]


def _judge(
    sheet: Sheet[Standing], entry: Entry, mark: Standing | None, seen_before: Mapping[tuple[int, int], str]
) -> tuple[Outcome, Mark | None]:
    """What becomes of an entry and, when it changes the mark, the row to write."""
    version, mark_id = (mark.version, mark.pk) if mark else (0, None)
    stays = Outcome(
        *entry.cell, State.SAVED, entry.text.strip(), text=text_of(mark), version=version, mark_id=mark_id
    )
    closed = _not_open(sheet, entry)
    if closed and entry.assessment_id not in sheet.assessments:
        return _refused(stays, *closed), None
    try:
        typed = read_mark(entry.text, sheet.assessments[entry.assessment_id].maximum)
    except MarkError as error:
        if closed:
            return _refused(stays, *closed), None
        return _refused(stays, State.REFUSED, str(error), error.suggestion), None
    untouched = entry.version != version and typed.text == seen_before.get(entry.cell, "")
    if untouched or typed.text == text_of(mark):
        return stays, None
    if closed:
        return _refused(stays, *closed), None
    if entry.version != version:
        return _conflict(stays, mark, typed.text), None
    after = Mark(
        assessment_id=entry.assessment_id,
        enrolment_id=entry.enrolment_id,
        value=typed.value,
        code=typed.code,
        version=version + 1,
    )
    return replace(stays, text=typed.text, version=after.version), after


def _refused(stays: Outcome, state: State, reason: str, suggestion: str = "") -> Outcome:
    return replace(stays, state=state, reason=reason, suggestion=suggestion)


def _not_open(sheet: Sheet[Standing], entry: Entry) -> tuple[State, str] | None:
    """Why nothing may be changed in this cell, whatever the text."""
    assessment = sheet.assessments.get(entry.assessment_id)
    enrolment = sheet.enrolments.get(entry.enrolment_id)
    if assessment is None:
        return State.REFUSED, "Cette évaluation n’est pas de cet élément."
    if enrolment is None:
        return State.REFUSED, "Cette personne n’est pas de cette promotion."
    if sheet.aside:
        return State.LOCKED, f"{sheet.teaching.element.display} est mis de côté, ses notes ne changent plus."
    if sheet.is_locked(assessment, enrolment):
        if sheet.reopened:
            return State.LOCKED, f"{enrolment.student} n’est pas du rattrapage, ses notes ne changent plus."
        return State.LOCKED, f"{assessment.title} est verrouillée, ses notes ne changent plus."
    if why := sheet.why_not(assessment, enrolment):
        return State.REFUSED, f"{enrolment.student}{NBSP}: {why}, aucune note attendue."
    return None


def _conflict(stays: Outcome, mark: Standing | None, typed: str) -> Outcome:
    """Somebody else wrote what stands: both values, who and when."""
    if mark is None:
        return replace(stays, state=State.REFUSED, reason="Cette page n’est plus à jour, la recharger.")
    written = Mark.objects.select_related("entered_by").get(pk=mark.pk)
    author = str(written.entered_by)
    moment = timezone.localtime(written.entered_at)
    day = "" if moment.date() == timezone.localdate() else f"le {french.date(moment, 'j F')} "
    did = f"a saisi {text_of(mark)}" if text_of(mark) else "a effacé la note"
    reason = f"{author} {did} {day}à {french.hour(moment)}. Vous avez tapé {typed or 'vide'}."
    return replace(stays, state=State.CONFLICT, reason=reason, author=author, at=written.entered_at)


def _values_seen(sheet: Sheet[Standing], entries: Collection[Entry]) -> dict[tuple[int, int], str]:
    """For the cells that somebody changed meanwhile: what the version that the person saw said."""
    stale = {
        (mark.pk, entry.version): entry.cell
        for entry in entries
        if (mark := sheet.marks.get(entry.cell)) and 0 < entry.version < mark.version
    }
    if not stale:
        return {}
    changes = MarkChange.objects.filter(
        mark__in={pk for pk, _ in stale}, version__in={version for _, version in stale}
    )
    return {
        stale[change.mark_id, change.version]: text_of(change)
        for change in changes
        if (change.mark_id, change.version) in stale
    }


def _write(marks: list[Mark], *, by: User, at: datetime.datetime, origin: MarkChange.Origin) -> None:
    """Write marks and their history, a query each (on SQLite, each 140 marks); the évaluations are locked.

    The fields are checked here; what holds between rows is held by the database's constraints.
    """
    for mark in marks:
        mark.clean_fields(exclude=["assessment", "enrolment", "entered_by"])  # fetched above, no query each
    Mark.objects.bulk_create(
        marks,
        update_conflicts=True,
        unique_fields=["assessment", "enrolment"],
        update_fields=["value", "code", "version", "entered_by", "entered_at"],
    )
    MarkChange.objects.bulk_create(
        MarkChange(
            mark=mark, version=mark.version, value=mark.value, code=mark.code, by=by, at=at, origin=origin
        )
        for mark in marks
    )
