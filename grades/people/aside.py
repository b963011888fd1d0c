"""An element set aside for a promotion: not assessed this year, it leaves the averages of all (domain 2)."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from butrt.base.accounts.models import Role, User
from butrt.base.french import NBSP
from butrt.base.journal.services import record
from butrt.base.meanwhile import Check, unchecked
from curriculum.models import Element
from grades import locks
from grades.judged import locked_semesters
from grades.models import Cohort, Teaching
from grades.people.holding import lock, tidy

DIRECTOR_ONLY = "La direction des études met un élément de côté, et le remet dans les moyennes."


@transaction.atomic
def set_aside(
    *, cohort: Cohort, element: Element, motive: str, by: User, check: Check = unchecked
) -> Teaching:
    """Take an element out of all averages of a promotion, for a motive; set aside already, say another one.

    Marks already entered are kept. Raises ValidationError, in French, without a motive, or once a jury
    judges the semester.
    """
    motive = tidy(motive)
    teaching = _held(cohort, element, by, check)
    if not motive:
        raise ValidationError({"motive": f"{element.display}{NBSP}: dire pourquoi il n’est pas évalué."})
    before = teaching.aside_motive
    if motive == before:
        return teaching
    if not before:
        teaching.aside_at, teaching.aside_by = timezone.now(), by
    teaching.aside_motive = motive
    teaching.full_clean()
    teaching.save()
    _record("teaching.set_aside", teaching, by, before=before)
    return teaching


@transaction.atomic
def take_back(*, cohort: Cohort, element: Element, by: User, check: Check = unchecked) -> Teaching:
    """Put an element set aside back in the averages, with the marks that it had.

    Raises ValidationError, in French, when it is not aside, or once a jury judges the semester.
    """
    teaching = _held(cohort, element, by, check)
    if not teaching.is_aside:
        raise ValidationError(f"{element.display} n’est pas mis de côté.")
    before = teaching.aside_motive
    teaching.aside_motive, teaching.aside_at, teaching.aside_by = "", None, None
    teaching.save()
    _record("teaching.take_back", teaching, by, before=before)
    return teaching


def _held(cohort: Cohort, element: Element, by: User, check: Check) -> Teaching:
    """The element in the promotion as it now is; whoever writes its marks has finished, no jury opens."""
    lock(cohort.department)
    locks.own(cohort, [element.semester])
    check()
    if not by.has_role(cohort.department, Role.Name.DIRECTOR):
        raise ValidationError(DIRECTOR_ONLY)
    if locked_semesters(cohort.pk, [element.semester]):
        raise ValidationError(
            f"Un jury juge ou a jugé le semestre {element.semester}{NBSP}: {element.display} reste tel qu’il "
            "l’a lu. La présidence peut revenir en préparation, ou corriger ce jury."
        )
    held = Teaching.objects.select_for_update(of=("self",), no_key=True).filter(cohort=cohort)
    return held.filter(element__code=element.code).first() or Teaching.objects.create(
        cohort=cohort, element=element
    )


def _record(act: str, teaching: Teaching, by: User, *, before: str) -> None:
    record(
        act=act,
        about=str(teaching),
        by=by,
        department=teaching.cohort.department,
        details={
            "teaching": teaching.pk,
            "before": {"motive": before},
            "after": {"motive": teaching.aside_motive},
        },
    )
