"""A promotion deleted, as long as nothing was marked nor judged in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction

from butrt.base.french import listed, several, shortened
from butrt.base.journal.services import record
from butrt.base.meanwhile import Check, unchecked
from curriculum.models import Department
from grades import holders, locks
from grades.judged import locked_semesters
from grades.models import Appreciation, Assessment, Cohort, Mark, Reopening
from grades.people.enrolments import remove_enrolment
from grades.people.holding import lock
from grades.services.assessments import delete_assessment

if TYPE_CHECKING:
    from butrt.base.accounts.models import User


"""Elements named before the others are counted."""


@dataclass(frozen=True, slots=True)
class Belongings:
    """What goes with a promotion, in numbers; `sessions` by their names."""

    enrolments: int
    groups: int
    assessments: int
    sessions: list[str]

    @property
    def words(self) -> str:
        """ "24 inscriptions, 2 groupes et Jury S3"; "" when it is bare."""
        counts = [
            several(self.enrolments, "inscription") if self.enrolments else "",
            several(self.groups, "groupe") if self.groups else "",
            several(self.assessments, "évaluation") if self.assessments else "",
            *self.sessions,
        ]
        return listed(list(filter(None, counts)))


def belongings(cohort: Cohort) -> Belongings:
    """What `remove_cohort` would remove with a promotion."""
    return Belongings(
        enrolments=cohort.enrolments.count(),
        groups=cohort.groups.count(),
        assessments=Assessment.objects.filter(teaching__cohort=cohort).count(),
        sessions=holders.prepared(cohort),
    )


def held_by(cohort: Cohort) -> str:
    """Why a promotion keeps its maquette and cannot be deleted, naming what holds it; "" when it may."""
    marks = Mark.objects.filter(enrolment__cohort=cohort)
    if number := marks.count():
        elements = marks.values_list("assessment__teaching__element__display", flat=True)
        codes = sorted({*elements.order_by().distinct()})
        named = shortened(codes, others="autres éléments")
        return f"{several(number, 'note saisie', 'notes saisies')} en {named}"
    if lines := Appreciation.objects.filter(enrolment__cohort=cohort).count():
        return several(lines, "appréciation écrite", "appréciations écrites")
    if names := holders.holding(cohort):
        return listed(names)
    if semesters := sorted(locked_semesters(cohort.pk, cohort.semesters)):
        return f"le jury de {listed([f'S{semester}' for semester in semesters])}"
    if Reopening.objects.filter(cohort=cohort).exists():
        return "un changement fait après un jury"
    return ""


def hold_alone(cohort: Cohort) -> Department:
    """Its department, and its semesters: nobody enters a mark, no jury opens, until this is written."""
    department = lock(cohort.department)
    for holder in holders.holders:
        holder.hold(cohort)
    locks.own(cohort, cohort.semesters)
    return department


def refuse_held(cohort: Cohort, doing: str) -> None:
    """Raises ValidationError when something holds the promotion; `doing` ends it: "elle reste"."""
    if held := held_by(cohort):
        raise ValidationError(f"{cohort} a {held} : {doing}.")


@transaction.atomic
def remove_cohort(*, cohort: Cohort, by: User, check: Check = unchecked) -> Belongings:
    """Delete a promotion with its enrolments, groups, évaluations and prepared sessions; people stay known.

    Raises ValidationError, in French, naming what holds it, once a mark was entered or a jury opened.
    """
    department = hold_alone(cohort)
    check()
    cohort = Cohort.objects.named().get(pk=cohort.pk)
    refuse_held(cohort, "elle reste")
    gone, key, about = belongings(cohort), cohort.pk, str(cohort)
    for holder in holders.holders:
        holder.remove(cohort, by)
    for assessment in Assessment.objects.filter(teaching__cohort=cohort):
        delete_assessment(assessment=assessment, by=by)
    for enrolment in cohort.enrolments.select_related("student", "group", "programme__parcours"):
        enrolment.cohort = cohort
        remove_enrolment(enrolment=enrolment, by=by)
    cohort.teachings.all().delete()
    cohort.groups.all().delete()
    cohort.imports.all().delete()
    cohort.delete()
    record(
        act="cohort.remove",
        about=about,
        by=by,
        department=department,
        details={
            "cohort": key,
            "enrolments": gone.enrolments,
            "assessments": gone.assessments,
            "sessions": gone.sessions,
        },
    )
    return gone
