"""What people do with marks: enter them, create and change évaluations, lock and unlock for the jury.

Each is one transaction and one entry in the journal. Callers have fetched the objects through their doors.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from butrt.base import french
from butrt.base.exactjson import plain
from butrt.base.french import NBSP
from butrt.base.journal.services import record
from butrt.base.meanwhile import Check, retold, unchecked
from curriculum.models import Unit
from grades import locks
from grades.marks import MarkError, read_mark, text_of
from grades.models import (
    Assessment,
    AssessmentWeight,
    Cohort,
    Enrolment,
    Group,
    Mark,
    MarkChange,
    Reopening,
    Teaching,
)
from grades.operations import changes_of
from grades.sheet import Sheet, load_sheet

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
    """One outcome for each entry, in the order received, the sheet as it now is, when it was written.

    `at` is None when nothing changed; see `operations`.
    """

    outcomes: list[Outcome]
    sheet: Sheet[Mark]
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
    sheet = load_sheet(teaching, lock=True)
    now = timezone.now()
    outcomes, changed = _judge_all(sheet, entries)
    if whole and any(outcome.state != State.SAVED for outcome in outcomes):
        raise NothingRecorded(outcomes)
    if not changed:
        return Recorded(outcomes, sheet)
    told = [
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
    sheet = replace(sheet, marks={**sheet.marks, **{_cell(mark): mark for mark in changed}})
    titles = dict.fromkeys(sheet.assessments[mark.assessment_id].title for mark in changed)
    record(
        act="marks.record",
        about=f"{teaching.element.display}{NBSP}: {', '.join(titles)}",
        by=by,
        department=teaching.cohort.department,
        details={"teaching": teaching.pk, "origin": str(origin), "marks": told, **(details or {})},
    )
    written = {_cell(mark): mark.pk for mark in changed}
    return Recorded(
        [replace(each, mark_id=written.get(each.cell, each.mark_id)) for each in outcomes], sheet, now
    )


def judge_marks(*, sheet: Sheet[Mark], entries: Sequence[Entry]) -> list[Outcome]:
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


def _judge_all(sheet: Sheet[Mark], entries: Sequence[Entry]) -> tuple[list[Outcome], list[Mark]]:
    """An outcome for each entry, and the rows to write for those that change a mark."""
    asked = {entry.cell: entry for entry in entries}  # a cell given twice: its last text
    seen_before = _values_seen(sheet, asked.values())
    judged = {cell: _judge(sheet, entry, sheet.marks.get(cell), seen_before) for cell, entry in asked.items()}
    return [judged[entry.cell][0] for entry in entries], [after for _, after in judged.values() if after]


def _judge(
    sheet: Sheet[Mark], entry: Entry, mark: Mark | None, seen_before: Mapping[tuple[int, int], str]
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


def _not_open(sheet: Sheet[Mark], entry: Entry) -> tuple[State, str] | None:
    """Why nothing may be changed in this cell, whatever the text."""
    assessment = sheet.assessments.get(entry.assessment_id)
    enrolment = sheet.enrolments.get(entry.enrolment_id)
    if assessment is None:
        return State.REFUSED, "Cette évaluation n’est pas de cet élément."
    if enrolment is None:
        return State.REFUSED, "Cette personne n’est pas de cette promotion."
    if sheet.is_locked(assessment, enrolment):
        if sheet.reopened:
            return State.LOCKED, f"{enrolment.student} n’est pas du rattrapage, ses notes ne changent plus."
        return State.LOCKED, f"{assessment.title} est verrouillée, ses notes ne changent plus."
    if why := sheet.why_not(assessment, enrolment):
        return State.REFUSED, f"{enrolment.student}{NBSP}: {why}, aucune note attendue."
    return None


def _conflict(stays: Outcome, mark: Mark | None, typed: str) -> Outcome:
    """Somebody else wrote what stands: both values, who and when."""
    if mark is None:
        return replace(stays, state=State.REFUSED, reason="Cette page n’est plus à jour, la recharger.")
    author = str(mark.entered_by)
    moment = timezone.localtime(mark.entered_at)
    day = "" if moment.date() == timezone.localdate() else f"le {french.date(moment, 'j F')} "
    did = f"a saisi {text_of(mark)}" if text_of(mark) else "a effacé la note"
    reason = f"{author} {did} {day}à {french.hour(moment)}. Vous avez tapé {typed or 'vide'}."
    return replace(stays, state=State.CONFLICT, reason=reason, author=author, at=mark.entered_at)


def _values_seen(sheet: Sheet[Mark], entries: Collection[Entry]) -> dict[tuple[int, int], str]:
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


# ---------- évaluations ----------


@retold
@transaction.atomic
def create_assessment(
    *,
    teaching: Teaching,
    by: User,
    title: str,
    kind: str = Assessment.Kind.NORMAL,
    date: datetime.date | None = None,
    coefficient: Decimal = Decimal(1),
    maximum: Decimal = Decimal(20),
    group: Group | None = None,
    weights: Mapping[Unit, Decimal] | None = None,
) -> Assessment:
    """Add an évaluation at the end of an element's sheet. `weights`: its poids by UE, where it is not 1.

    While marks are open for a catch-up alone, a second chance only: its marks are those of its students.
    Raises ValidationError, in French, when a field is wrong or when the jury has locked the semester.
    """
    locks.own(teaching.cohort_id, [teaching.element.semester])
    locked = semester_is_locked(teaching)
    if locked and not is_reopened(teaching):
        raise ValidationError("Les notes de ce semestre sont verrouillées par le jury.")
    if locked and kind != Assessment.Kind.SECOND_CHANCE:
        raise ValidationError({"kind": SECOND_CHANCE_ONLY})
    last = teaching.assessments.aggregate(last=Max("position"))["last"]
    assessment = Assessment(
        teaching=teaching,
        title=title.strip(),
        kind=kind,
        date=date,
        coefficient=coefficient,
        maximum=maximum,
        group=group,
        position=0 if last is None else last + 1,
        locked=locked,
    )
    _check(assessment)
    assessment.save()
    poids = _set_weights(assessment, weights or {})
    record(
        act="assessment.create",
        about=str(assessment),
        by=by,
        department=teaching.cohort.department,
        details={"assessment": assessment.pk, **_as_told(assessment), "weights": poids},
    )
    return assessment


@retold
@transaction.atomic
def change_assessment(
    *,
    assessment: Assessment,
    by: User,
    title: str,
    kind: str,
    date: datetime.date | None,
    coefficient: Decimal,
    maximum: Decimal,
    group: Group | None = None,
    weights: Mapping[Unit, Decimal] | None = None,
    check: Check = unchecked,
) -> Assessment:
    """Change what an évaluation is. Its marks stay as they were typed: a new maximum must hold them all.

    Raises ValidationError, in French, when it is locked or a field is wrong; nothing is written, nor told,
    when nothing changes.
    """
    locks.own(assessment.teaching.cohort_id, [assessment.teaching.element.semester])
    assessment = (
        Assessment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("teaching__element", "teaching__cohort__programme__parcours__department")
        .get(pk=assessment.pk)
    )
    if is_shut(assessment):
        raise ValidationError(f"{assessment.title} est verrouillée, elle ne change plus.")
    check()
    before, weighed = _as_told(assessment), _weights(assessment)
    assessment.title, assessment.kind, assessment.date = title.strip(), kind, date
    assessment.coefficient, assessment.maximum, assessment.group = coefficient, maximum, group
    _check(assessment)
    assessment.save()
    poids = _set_weights(assessment, weights or {})
    if (before, weighed) == (_as_told(assessment), _weights(assessment)):
        return assessment
    record(
        act="assessment.change",
        about=str(assessment),
        by=by,
        department=assessment.teaching.cohort.department,
        details={
            "assessment": assessment.pk,
            "before": before,
            "after": _as_told(assessment),
            "weights": poids,
        },
    )
    return assessment


@transaction.atomic
def move_assessment(*, assessment: Assessment, step: int, by: User) -> None:
    """Move an évaluation in its sheet by `step` columns, -1 to the left; beyond an edge, it stays there.

    Raises ValidationError, in French, when the jury has locked the semester.
    """
    teaching = assessment.teaching
    locks.own(teaching.cohort_id, [teaching.element.semester])
    if semester_is_locked(teaching):
        raise ValidationError("Les notes de ce semestre sont verrouillées par le jury.")
    before = list(
        Assessment.objects.select_for_update(of=("self",), no_key=True)
        .filter(teaching=teaching)
        .order_by("position", "pk")
    )
    if assessment not in before:
        raise ValidationError(f"{assessment.title} vient d’être supprimée.")
    after = [each for each in before if each != assessment]
    place = before.index(assessment) + step
    after.insert(max(0, min(place, len(after))), assessment)
    if after == before:
        return
    for position, each in enumerate(after):
        each.position = position
    Assessment.objects.bulk_update(after, ["position"])
    record(
        act="assessment.move",
        about=str(assessment),
        by=by,
        department=teaching.cohort.department,
        details={"teaching": teaching.pk, "titles": [each.title for each in after]},
    )


@transaction.atomic
def delete_assessment(*, assessment: Assessment, by: User) -> None:
    """Remove an évaluation where nobody ever typed anything: a mark, even emptied since, has a history.

    Raises ValidationError, in French, when it has one or is locked.
    """
    locks.own(assessment.teaching.cohort_id, [assessment.teaching.element.semester])
    assessment = (
        Assessment.objects.select_for_update(of=("self",))
        .select_related("teaching__element", "teaching__cohort__programme__parcours__department", "group")
        .get(pk=assessment.pk)
    )
    if is_shut(assessment):
        raise ValidationError(f"{assessment.title} est verrouillée, elle ne change plus.")
    if number := assessment.marks.count():
        one = number == 1
        raise ValidationError(
            f"{assessment.title} a {number}{NBSP}note{'' if one else 's'} : "
            "leur histoire est gardée, l’évaluation aussi."
        )
    key, told = assessment.pk, _as_told(assessment)
    assessment.delete()
    record(
        act="assessment.delete",
        about=str(assessment),
        by=by,
        department=assessment.teaching.cohort.department,
        details={"assessment": key, **told},
    )


def semester_is_locked(teaching: Teaching) -> bool:
    """Whether the jury sits: every évaluation of the promotion's semester is locked (and there is one)."""
    locked = Assessment.objects.filter(
        teaching__cohort=teaching.cohort_id, teaching__element__semester=teaching.element.semester
    ).values_list("locked", flat=True)
    return bool(locked) and all(locked)


def is_shut(assessment: Assessment) -> bool:
    """Whether what an évaluation is may no longer change (see Sheet.is_shut). Needs `teaching__element`."""
    if not assessment.locked or assessment.kind != Assessment.Kind.SECOND_CHANCE:
        return assessment.locked
    sheet = load_sheet(assessment.teaching)
    return sheet.is_shut(sheet.assessments[assessment.pk])


def is_reopened(teaching: Teaching) -> bool:
    """Whether the marks of its semester are open again for the students of a catch-up."""
    there = Reopening.objects.standing().filter(cohort=teaching.cohort_id)
    return there.filter(semester=teaching.element.semester).exists()


def _check(assessment: Assessment) -> None:
    """Raise ValidationError for an évaluation that cannot be, in words where a constraint's would be dry."""
    errors: dict[str, str] = {}
    others = assessment.teaching.assessments.exclude(pk=assessment.pk)
    if others.filter(title=assessment.title).exists():
        errors["title"] = "Une évaluation de cet élément porte déjà cet intitulé."
    if assessment.kind == Assessment.Kind.SECOND_CHANCE and others.filter(kind=assessment.kind).exists():
        errors["kind"] = "Une seconde chance existe déjà pour cet élément."
    if assessment.coefficient <= 0:
        errors["coefficient"] = "Un coefficient est plus grand que 0."
    if assessment.maximum <= 0:
        errors["maximum"] = "Un barème est plus grand que 0."
    if assessment.group and assessment.group.cohort_id != assessment.teaching.cohort_id:
        errors["group"] = "Ce groupe est d’une autre promotion."
    highest = assessment.marks.aggregate(highest=Max("value"))["highest"] if assessment.pk else None
    if highest is not None and highest > assessment.maximum:
        errors["maximum"] = (
            f"Une note de {french.short(highest)} est déjà saisie, "
            f"le barème ne peut pas être de {french.short(assessment.maximum)}."
        )
    if errors:
        raise ValidationError(errors)
    assessment.full_clean()


def _set_weights(assessment: Assessment, weights: Mapping[Unit, Decimal]) -> dict[str, str]:
    """Keep the poids that are not 1; raises ValidationError for a UE where the element does not count."""
    known = set(assessment.teaching.element.weights.values_list("unit", flat=True))
    assessment.weights.all().delete()
    for unit, weight in weights.items():
        if unit.pk not in known:
            raise ValidationError(f"L’élément ne compte pas dans {unit.code}.")
        if weight != 1:
            row = AssessmentWeight(assessment=assessment, unit=unit, weight=weight)
            row.full_clean()
            row.save()
    return {unit.code: plain(weight) for unit, weight in weights.items() if weight != 1}


def _weights(assessment: Assessment) -> set[tuple[int, Decimal]]:
    return set(assessment.weights.values_list("unit", "weight"))


def _as_told(assessment: Assessment) -> dict[str, str]:
    return {
        "title": assessment.title,
        "kind": assessment.kind,
        "date": assessment.date.isoformat() if assessment.date else "",
        "coefficient": plain(assessment.coefficient),
        "maximum": plain(assessment.maximum),
        "group": assessment.group.name if assessment.group else "",
    }


# ---------- the jury's lock ----------


@transaction.atomic
def lock_marks(
    *, cohort: Cohort, semesters: Collection[int], by: User, enrolments: Collection[int] | None = None
) -> int:
    """Lock every évaluation of these semesters: the jury deliberates. Returns how many were open.

    Marks that were open for a catch-up are closed again: its `enrolments` alone, None for all.
    """
    locks.own(cohort, semesters)
    keys = _evaluations(cohort, semesters, locked=False)
    Assessment.objects.filter(pk__in=keys).update(locked=True)
    reopened = Reopening.objects.standing().filter(cohort=cohort, semester__in=semesters)
    if enrolments is not None:
        theirs = Reopening.enrolments.through.objects.filter(enrolment__in=enrolments)
        reopened = reopened.filter(pk__in=theirs.values("reopening"))
    reopened.update(ended_at=timezone.now())
    record(
        act="marks.lock",
        about=_about(cohort, semesters),
        by=by,
        department=cohort.department,
        details={"cohort": cohort.pk, "semesters": sorted(semesters), "assessments": keys},
    )
    return len(keys)


@transaction.atomic
def reopen_for(
    *, cohort: Cohort, semesters: Collection[int], enrolments: Collection[Enrolment], motive: str, by: User
) -> int:
    """Open the marks of some students again, for a motive; the évaluations stay locked for the others.

    Returns how many évaluations. Raises ValidationError without a motive.
    """
    if not motive.strip():
        raise ValidationError("Un déverrouillage se motive.")
    locks.own(cohort, semesters)
    keys = _evaluations(cohort, semesters, locked=True)
    now = timezone.now()
    for semester in sorted(semesters):
        made = Reopening.objects.create(
            cohort=cohort, semester=semester, motive=motive.strip(), by=by, at=now
        )
        made.enrolments.set(enrolments)
    record(
        act="marks.reopen",
        about=_about(cohort, semesters),
        by=by,
        department=cohort.department,
        details={
            "cohort": cohort.pk,
            "semesters": sorted(semesters),
            "assessments": keys,
            "enrolments": sorted(each.pk for each in enrolments),
            "motive": motive.strip(),
        },
    )
    return len(keys)


@transaction.atomic
def unlock_marks(*, cohort: Cohort, semesters: Collection[int], motive: str, by: User) -> int:
    """Open the évaluations of these semesters again, for a motive. Returns how many were locked.

    Raises ValidationError without a motive.
    """
    if not motive.strip():
        raise ValidationError("Un déverrouillage se motive.")
    locks.own(cohort, semesters)
    keys = _evaluations(cohort, semesters, locked=True)
    Assessment.objects.filter(pk__in=keys).update(locked=False)
    record(
        act="marks.unlock",
        about=_about(cohort, semesters),
        by=by,
        department=cohort.department,
        details={
            "cohort": cohort.pk,
            "semesters": sorted(semesters),
            "assessments": keys,
            "motive": motive.strip(),
        },
    )
    return len(keys)


def _evaluations(cohort: Cohort, semesters: Collection[int], *, locked: bool) -> list[int]:
    """Their keys, once every writer of marks has finished; in `load_sheet`'s order, lest two deadlock."""
    return [
        assessment.pk
        for assessment in Assessment.objects.select_for_update(of=("self",), no_key=True)
        .filter(teaching__cohort=cohort, teaching__element__semester__in=semesters, locked=locked)
        .order_by("teaching", "position", "pk")
    ]


def _about(cohort: Cohort, semesters: Collection[int]) -> str:
    return f"{cohort}, {', '.join(f'S{semester}' for semester in sorted(semesters))}"
