"""Declaring an element complete: its head says that nothing is missing any more, the jury reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from butrt.base import french
from butrt.base.french import NBSP, plural, shortened
from butrt.base.journal.services import record
from grades import locks
from grades.models import Teaching
from grades.one_sheet import load_sheet
from grades.services import semester_is_locked
from grades.sheet import Entered, Gap, Sheet, Standing

if TYPE_CHECKING:
    from butrt.base.accounts.models import User

MOST_NAMED = 3
LOCKED = "Les notes de ce semestre sont verrouillées par le jury : rien ne se déclare, rien ne se rouvre."


@transaction.atomic
def declare_complete(*, teaching: Teaching, by: User) -> Teaching:
    """Say that every expected mark of an element is entered. A mark changed later leaves it declared.

    Raises ValidationError, in French, naming what is missing, or when the jury has locked the semester.
    """
    locks.share(teaching.cohort_id, [teaching.element.semester])
    sheet = load_sheet(teaching, lock=True)  # every writer of marks has finished
    teaching = _unlocked(teaching)
    if teaching.is_aside:
        raise ValidationError(f"{teaching.element.display} est mis de côté{NBSP}: rien n’y est attendu.")
    if teaching.completed_at:
        raise ValidationError(f"{teaching.element.display} est déjà déclaré complet, {completed(teaching)}.")
    if why := why_incomplete(sheet):
        raise ValidationError(why)
    teaching.completed_at, teaching.completed_by = timezone.now(), by
    teaching.save(update_fields=["completed_at", "completed_by"])
    progress = sheet.progress()
    _record(
        teaching, "teaching.complete", {"marks": progress.entered, "assessments": len(sheet.assessments)}, by
    )
    return teaching


@transaction.atomic
def reopen(*, teaching: Teaching, motive: str, by: User) -> Teaching:
    """Take back the declaration, for a motive.

    Raises ValidationError, in French, without a motive, when nothing was declared or the semester is locked.
    """
    locks.share(teaching.cohort_id, [teaching.element.semester])
    load_sheet(teaching, lock=True)
    teaching = _unlocked(teaching)
    if not teaching.completed_at:
        raise ValidationError(f"{teaching.element.display} n’est pas déclaré complet.")
    motive = motive.strip()
    if not motive:
        raise ValidationError("Rouvrir un élément se motive.")
    declared = teaching.completed_at.isoformat()
    teaching.completed_at = teaching.completed_by = None
    teaching.save(update_fields=["completed_at", "completed_by"])
    _record(teaching, "teaching.reopen", {"declared": declared, "motive": motive}, by)
    return teaching


def completed(teaching: Teaching) -> str:
    """ "le 17 janvier 2025 par Hélène Marchetti"; "" for an element not declared. Needs `completed_by`."""
    if teaching.completed_at is None:
        return ""
    day = french.date(teaching.completed_at)
    return f"le {day} par {teaching.completed_by}"


def why_incomplete(sheet: Sheet[Standing] | Sheet[Entered]) -> str:
    """What is missing, counted and named: "3 notes manquent. DS 2 : DURAND Camille…"; "" when nothing is."""
    if not sheet.assessments:
        return "Aucune évaluation : il n’y a rien à déclarer complet."
    gaps = sheet.gaps()
    if not gaps:
        return ""
    number = sum(gap.missing for gap in gaps)
    total = f"{number}{NBSP}note{plural(number, ' manque', 's manquent')}."
    return f"{total} {' '.join(map(_gap_in_words, gaps))}"


def _gap_in_words(gap: Gap) -> str:
    awaited = f", dont {gap.awaited} attendue{plural(gap.awaited)} (ATT)" if gap.awaited else ""
    names = shortened([str(enrolment.student) for enrolment in gap.enrolments], MOST_NAMED)
    return f"{gap.assessment.title}{NBSP}: {gap.missing}{awaited}, {names}."


def _unlocked(teaching: Teaching) -> Teaching:
    """The element as it now is, other writers waiting; refused while the jury sits."""
    current = (
        Teaching.objects.select_for_update(of=("self",), no_key=True)
        .select_related("element", "completed_by", "cohort__specialty__department")
        .get(pk=teaching.pk)
    )
    if semester_is_locked(current):
        raise ValidationError(LOCKED)
    return current


def _record(teaching: Teaching, act: str, details: dict[str, int | str], by: User) -> None:
    record(
        act=act,
        about=str(teaching),
        by=by,
        department=teaching.cohort.department,
        details={"teaching": teaching.pk, **details},
    )
