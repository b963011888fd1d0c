"""A repeat granted beyond the usual, or withdrawn (annexe 1, 4.5)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from butrt.base import french
from butrt.base.accounts.models import Role, User
from butrt.base.journal.services import record
from curriculum.models import Department
from grades import locks
from grades.models import Cohort, Enrolment, ExtraRepeat
from grades.people.holding import Errors, hold, lock, refuse_errors, tidy


@dataclass(frozen=True, slots=True)
class Grant:
    """What the director of the IUT granted: for which semester, when, who signed, why, on which paper."""

    semester: int
    granted_on: datetime.date
    granted_by: str
    circumstances: str
    document: str


@transaction.atomic
def grant_repeat(*, enrolment: Enrolment, grant: Grant, by: User) -> ExtraRepeat:
    """Record one more repeat of a semester, for force majeure (annexe 1, 4.5), in the enrolment's year."""
    cohort, student = enrolment.cohort, enrolment.student
    department = hold(cohort)
    _directors_only(department, by)
    act = ExtraRepeat(
        student=student,
        semester=grant.semester,
        school_year=cohort.school_year,
        granted_on=grant.granted_on,
        granted_by=tidy(grant.granted_by),
        circumstances=grant.circumstances.strip(),
        document=tidy(grant.document),
        recorded_by=by,
        recorded_at=timezone.now(),
    )
    refuse_errors(act, _wrong_grant(act, cohort))
    act.save()
    details = {"key": act.pk, "school_year": act.school_year, **act.facts}
    record(act="enrolment.grant_repeat", about=str(act), by=by, department=department, details=details)
    return act


@transaction.atomic
def withdraw_repeat(*, act: ExtraRepeat, motive: str, by: User) -> ExtraRepeat:
    """Take back a repeat recorded; it stays in sight, with who withdrew it and why."""
    department = lock(act.student.department)
    for cohort in _counting(act):
        locks.share(cohort, cohort.semesters)
    _directors_only(department, by)
    act = ExtraRepeat.objects.select_related("student").get(pk=act.pk)
    if act.withdrawn_at:
        raise ValidationError(f"{act} : ce redoublement accordé est déjà retiré.")
    act.withdrawn_by, act.withdrawn_at, act.withdrawal_motive = by, timezone.now(), motive.strip()
    refuse_errors(
        act, {} if motive.strip() else {"withdrawal_motive": f"{act} : dire pourquoi il est retiré."}
    )
    act.save()
    record(
        act="enrolment.withdraw_repeat",
        about=str(act),
        by=by,
        department=department,
        details={"key": act.pk, "motive": act.withdrawal_motive},
    )
    return act


def _counting(act: ExtraRepeat) -> QuerySet[Cohort]:
    """The promotions of the student whose juries count a repeat that was granted: from its year on."""
    return Cohort.objects.filter(
        enrolments__student=act.student_id, school_year__gte=act.school_year
    ).order_by("pk")


def _directors_only(department: Department, by: User) -> None:
    if not by.has_role(department, Role.Name.DIRECTOR):
        raise ValidationError("La direction des études inscrit ce que le directeur de l’IUT accorde.")


def _wrong_grant(act: ExtraRepeat, cohort: Cohort) -> Errors:
    """An act says who, when, why and on which paper, for a semester that the student may have taken."""
    errors: Errors = {}
    about, last = str(act.student), cohort.semesters[1]
    if not 1 <= act.semester <= last:
        errors["semester"] = f"{about} : un semestre de S1 à S{last}, qui a pu être suivi."
    if act.granted_on and act.granted_on > timezone.localdate():
        errors["granted_on"] = f"{about} : le {french.date(act.granted_on)} n’est pas encore venu."
    needed = {
        "granted_by": "qui l’accorde (nom et qualité)",
        "circumstances": "les circonstances de force majeure",
        "document": "la pièce qui l’accorde (référence)",
    }
    errors |= {name: f"{about} : dire {what}." for name, what in needed.items() if not getattr(act, name)}
    same = ExtraRepeat.objects.standing().filter(student=act.student, school_year=cohort.school_year)
    if same.filter(semester=act.semester).exists():
        errors["semester"] = f"{about} : un redoublement de S{act.semester} est déjà accordé cette année."
    return errors
