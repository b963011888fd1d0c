"""Évaluations created, changed, moved and deleted."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max

from butrt.base import french
from butrt.base.exactjson import plain
from butrt.base.french import NBSP
from butrt.base.journal.services import record
from butrt.base.meanwhile import Check, retold, unchecked
from curriculum.models import Unit, Weight
from grades import locks
from grades.averages import TWENTY
from grades.judged import locked_semesters
from grades.models import Assessment, AssessmentWeight, Group, Reopening, Teaching
from grades.one_sheet import load_sheet
from grades.services.recording import SECOND_CHANCE_ONLY

if TYPE_CHECKING:
    from butrt.base.accounts.models import User


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
    maximum: Decimal = TWENTY,
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
    if Teaching.objects.aside().filter(pk=teaching.pk).exists():
        raise ValidationError(f"{teaching.element.display} est mis de côté{NBSP}: rien ne s’y évalue.")
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
        details={"assessment": assessment.pk, **_as_journaled(assessment), "weights": poids},
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
        .select_related("teaching__element", "teaching__cohort__specialty__department")
        .get(pk=assessment.pk)
    )
    if is_shut(assessment):
        raise ValidationError(f"{assessment.title} est verrouillée, elle ne change plus.")
    check()
    before, weighed = _as_journaled(assessment), _weights(assessment)
    assessment.title, assessment.kind, assessment.date = title.strip(), kind, date
    assessment.coefficient, assessment.maximum, assessment.group = coefficient, maximum, group
    _check(assessment)
    assessment.save()
    poids = _set_weights(assessment, weights or {})
    if (before, weighed) == (_as_journaled(assessment), _weights(assessment)):
        return assessment
    record(
        act="assessment.change",
        about=str(assessment),
        by=by,
        department=assessment.teaching.cohort.department,
        details={
            "assessment": assessment.pk,
            "before": before,
            "after": _as_journaled(assessment),
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
    after = [other for other in before if other != assessment]
    place = before.index(assessment) + step
    after.insert(max(0, min(place, len(after))), assessment)
    if after == before:
        return
    for position, placed in enumerate(after):
        placed.position = position
    Assessment.objects.bulk_update(after, ["position"])
    record(
        act="assessment.move",
        about=str(assessment),
        by=by,
        department=teaching.cohort.department,
        details={"teaching": teaching.pk, "titles": [placed.title for placed in after]},
    )


@transaction.atomic
def delete_assessment(*, assessment: Assessment, by: User) -> None:
    """Remove an évaluation where nobody ever typed anything: a mark, even emptied since, has a history.

    Raises ValidationError, in French, when it has one or is locked.
    """
    locks.own(assessment.teaching.cohort_id, [assessment.teaching.element.semester])
    assessment = (
        Assessment.objects.select_for_update(of=("self",))
        .select_related("teaching__element", "teaching__cohort__specialty__department", "group")
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
    key, facts = assessment.pk, _as_journaled(assessment)
    assessment.delete()
    record(
        act="assessment.delete",
        about=str(assessment),
        by=by,
        department=assessment.teaching.cohort.department,
        details={"assessment": key, **facts},
    )


def semester_is_locked(teaching: Teaching) -> bool:
    """Whether the jury sits: every évaluation of the element is locked; without any, those of the semester.

    Where the promotion has none in the semester, the jury says.
    """
    semester = teaching.element.semester
    there = Assessment.objects.filter(
        teaching__cohort=teaching.cohort_id, teaching__element__semester=semester
    )
    own: list[bool] = []
    others: list[bool] = []
    for key, locked in there.values_list("teaching", "locked"):
        (own if key == teaching.pk else others).append(locked)
    if own or others:
        return all(own or others)
    return semester in locked_semesters(teaching.cohort_id, [semester])


def is_shut(assessment: Assessment) -> bool:
    """Whether what an évaluation is may no longer change (see Sheet.is_shut). Needs `teaching__element`."""
    if not assessment.locked or assessment.kind != Assessment.Kind.SECOND_CHANCE:
        return assessment.locked
    sheet = load_sheet(assessment.teaching)
    return sheet.is_shut(sheet.assessments[assessment.pk])


def is_reopened(teaching: Teaching) -> bool:
    """Whether the marks of its semester are open for some of its students, those of a catch-up say."""
    there = Reopening.objects.standing().filter(
        cohort=teaching.cohort_id, enrolments__programme__elements__code=teaching.element.code
    )
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
    elements = assessment.teaching.elements
    known = set(Weight.objects.filter(element__in=elements).values_list("unit", flat=True))
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


def _as_journaled(assessment: Assessment) -> dict[str, str]:
    return {
        "title": assessment.title,
        "kind": assessment.kind,
        "date": assessment.date.isoformat() if assessment.date else "",
        "coefficient": plain(assessment.coefficient),
        "maximum": plain(assessment.maximum),
        "group": assessment.group.name if assessment.group else "",
    }
