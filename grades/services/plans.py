"""The évaluations of a whole promotion, taken up from another: what is planned, none of the marks."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from django.core.exceptions import ValidationError
from django.db import transaction

from butrt.base.french import NBSP
from curriculum.models import Unit
from grades import locks
from grades.models import Assessment
from grades.services.assessments import create_assessment

if TYPE_CHECKING:
    from butrt.base.accounts.models import User
    from grades.models import Cohort, Teaching


Key: TypeAlias = tuple[str, int, str]
"""A UE from one year's programme to the next: its code, parcours and regime."""


@transaction.atomic
def copy_plan(
    *, source: Cohort, cohort: Cohort, by: User, moved: datetime.timedelta | None = None
) -> list[str]:
    """Create in the elements of `cohort` the évaluations that `source` has in those of the same code.

    Without their marks and publication, their dates `moved`, or none; one whose title is there already is
    left, and a second chance: it comes after the marks. Their group is that of the same name, their poids
    those of the UE of the same code, parcours and regime. Returns what is not taken up and why, in French.
    """
    locks.own(cohort, cohort.semesters)
    groups = {group.name: group for group in cohort.groups.all()}
    units = _units(cohort)
    teachings = {
        teaching.element.code: teaching
        for teaching in cohort.teachings.select_related("element", "cohort__specialty__department")
    }
    there = set(Assessment.objects.filter(teaching__cohort=cohort).values_list("teaching", "title"))
    left = []
    for planned in _planned(source):
        teaching = teachings.get(planned.teaching.element.code)
        if teaching is None or (teaching.pk, planned.title) in there:
            continue
        group = groups.get(planned.group.name) if planned.group else None
        try:
            if planned.group and group is None:
                raise ValidationError(f"le groupe {planned.group.name} n’existe pas ici.")
            with transaction.atomic():
                create_assessment(
                    teaching=teaching,
                    by=by,
                    title=planned.title,
                    kind=planned.kind,
                    date=planned.date + moved if planned.date and moved else None,
                    coefficient=planned.coefficient,
                    maximum=planned.maximum,
                    group=group,
                    weights=_poids(planned, teaching, units),
                )
        except ValidationError as refusal:
            left.append(f"{teaching.element.display}, {planned.title}{NBSP}: {' '.join(refusal.messages)}")
    return left


def _planned(source: Cohort) -> list[Assessment]:
    rows = Assessment.objects.filter(teaching__cohort=source).exclude(kind=Assessment.Kind.SECOND_CHANCE)
    rows = rows.order_by("teaching__element__semester", "teaching__element__code", "position", "pk")
    return list(
        rows.select_related("teaching__element", "group").prefetch_related("weights__unit__programme")
    )


def _units(cohort: Cohort) -> dict[str, dict[Key, Unit]]:
    """{element: {UE: the one where it counts}}, in the programmes of a promotion."""
    units: dict[str, dict[Key, Unit]] = {}
    rows = cohort.units.select_related("programme")
    for unit in rows.prefetch_related("weights__element"):
        for weight in unit.weights.all():
            units.setdefault(weight.element.code, {})[_key(unit)] = unit
    return units


def _key(unit: Unit) -> Key:
    return unit.code, unit.programme.parcours_id, unit.programme.modality


def _poids(
    planned: Assessment, teaching: Teaching, units: Mapping[str, Mapping[Key, Unit]]
) -> dict[Unit, Decimal]:
    here = units.get(teaching.element.code, {})
    keyed = {_key(poids.unit): poids.weight for poids in planned.weights.all()}
    return {here[key]: weight for key, weight in keyed.items() if key in here}
