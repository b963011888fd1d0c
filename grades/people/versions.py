"""A promotion given a newer version of its maquette, as long as nothing was marked nor judged in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from butrt.base.french import listed
from butrt.base.journal.services import record
from butrt.base.meanwhile import Check, unchecked
from curriculum.models import Element, Programme, Unit
from grades import holders
from grades.enrolling import enrolled
from grades.models import Adjustment, AssessmentWeight, Cohort, Enrolment
from grades.people.cohorts import change_elements, programmes_told, refuse_programmes
from grades.people.holding import record_change
from grades.people.identity import as_journaled
from grades.people.removal import hold_alone, refuse_held

if TYPE_CHECKING:
    from butrt.base.accounts.models import User


def newer_versions(cohort: Cohort) -> dict[Programme, Programme]:
    """{programme of a promotion: its last version in force that school year}, where it is another; one query.

    Needs the programmes of `Cohort.taught`.
    """
    taught = cohort.taught
    candidates = Programme.objects.filter(
        parcours__in=[programme.parcours_id for programme in taught],
        year=cohort.year,
        in_force_from__lte=cohort.school_year,
    )
    last = last_versions(candidates)
    newer = {}
    for programme in taught:
        candidate = last.get((programme.parcours_id, programme.modality))
        if candidate and candidate.in_force_from > programme.in_force_from:
            newer[programme] = candidate
    return newer


def last_versions(programmes: QuerySet[Programme]) -> dict[tuple[int, str], Programme]:
    """{(parcours, modalité): the last in force of these programmes of one year}."""
    ordered = programmes.order_by("parcours", "in_force_from")
    return {(programme.parcours_id, programme.modality): programme for programme in ordered}


@transaction.atomic
def change_version(
    *, cohort: Cohort, before: Programme, after: Programme, by: User, check: Check = unchecked
) -> Cohort:
    """Teach and judge a promotion by another version of one of its programmes: its students follow.

    Elements, UE and what is attached to them are found again by their code. Raises ValidationError, in
    French, once a mark was entered or a jury opened, or when what would vanish has évaluations, poids or
    bonus of its own.
    """
    department = hold_alone(cohort)
    check()
    cohort = Cohort.objects.named().get(pk=cohort.pk)
    refuse_held(cohort, "sa maquette ne change plus")
    same = (before.parcours_id, before.modality) == (after.parcours_id, after.modality)
    if before not in cohort.taught or not same:
        raise ValidationError(f"{after} n’est pas une version de ce que suit {cohort}.")
    programmes = [after if programme == before else programme for programme in cohort.taught]
    refuse_programmes(cohort, programmes)
    _refuse_losses(cohort, before, programmes)
    cohort.programmes.set(programmes)
    change_elements(cohort)
    _move_units(cohort, before, after)
    for holder in holders.holders:
        holder.follow(cohort, before, after)
    record(
        act="cohort.version",
        about=str(cohort),
        by=by,
        department=department,
        details={
            "cohort": cohort.pk,
            "before": {"programmes": programmes_told([before])},
            "after": {"programmes": programmes_told([after])},
        },
    )
    _move_students(cohort, before, after, by)
    return Cohort.objects.named().get(pk=cohort.pk)


def _refuse_losses(cohort: Cohort, before: Programme, programmes: list[Programme]) -> None:
    """What the new version does not have must hold nothing."""
    kept = Element.objects.filter(programme__in=programmes).values("code")
    lost = cohort.teachings.exclude(element__code__in=kept).filter(assessments__isnull=False)
    if codes := sorted({*lost.values_list("element__display", flat=True)}):
        raise ValidationError(
            f"{listed(codes)} : la nouvelle version ne l’a plus, et des évaluations y sont prévues. Les "
            "supprimer d’abord."
        )
    there = Unit.objects.filter(programme__in=programmes).values("code")
    weighed = AssessmentWeight.objects.filter(assessment__teaching__cohort=cohort, unit__programme=before)
    pointed = Adjustment.objects.filter(enrolment__cohort=cohort, unit__programme=before)
    for rows, what in ((weighed, "un poids d’évaluation"), (pointed, "un bonus ou un malus")):
        if codes := sorted({*rows.exclude(unit__code__in=there).values_list("unit__code", flat=True)}):
            raise ValidationError(
                f"{listed(codes)} : la nouvelle version ne l’a plus, et {what} y est attaché. Le retirer "
                "d’abord."
            )


def _move_units(cohort: Cohort, before: Programme, after: Programme) -> None:
    """What is attached to a UE of the former version is attached to that of the same code."""
    by_code = {unit.code: unit for unit in after.units.all()}
    for rows in (
        AssessmentWeight.objects.filter(assessment__teaching__cohort=cohort, unit__programme=before),
        Adjustment.objects.filter(enrolment__cohort=cohort, unit__programme=before),
    ):
        for row in rows.select_related("unit"):
            row.unit = by_code[row.unit.code]
            row.save(update_fields=["unit"])


def _move_students(cohort: Cohort, before: Programme, after: Programme, by: User) -> None:
    """Its students follow the new version; what they are exempted from or retake is so there."""
    rows = Enrolment.objects.filter(cohort=cohort, programme=before).select_related(
        "student", "group", "programme__parcours"
    )
    units = {unit.code: unit for unit in after.units.all()}
    moved = []
    for enrolment in rows.prefetch_related("dispensed", "retaken"):
        enrolment.cohort = cohort
        was = as_journaled(enrolment)
        enrolment.programme = after
        enrolment.save(update_fields=["programme"])
        for here in (enrolment.dispensed, enrolment.retaken):
            if chosen := list(here.all()):
                here.set([units[unit.code] for unit in chosen if unit.code in units])
        moved.append(enrolment)
        record_change("enrolment.change", enrolment, was, as_journaled(enrolment), cohort.department, by)
    enrolled(*moved)
