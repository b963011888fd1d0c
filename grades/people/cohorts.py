"""A promotion, its groups and who teaches its elements."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction

from butrt.base.accounts.models import Role, User
from butrt.base.french import NBSP, plural
from butrt.base.journal.services import record
from butrt.base.meanwhile import Check, unchecked
from curriculum.models import Department, Element, Programme, school_year_label
from grades.models import Cohort, Group, Teaching
from grades.people.holding import Errors, hold, lock, refuse_errors, tidy

if TYPE_CHECKING:
    from django.db.models import QuerySet


@transaction.atomic
def create_cohort(*, programme: Programme, school_year: int, by: User) -> Cohort:
    """Open a promotion, with every element of its programme: nobody is named on them yet."""
    department = lock(programme.parcours.department)
    errors: Errors = {}
    if school_year < programme.in_force_from:
        errors["school_year"] = (
            f"{programme} est en vigueur depuis {school_year_label(programme.in_force_from)}, "
            f"pas en {school_year_label(school_year)}."
        )
    elif Cohort.objects.filter(programme=programme, school_year=school_year).exists():
        errors["school_year"] = f"La promotion {programme}, {school_year_label(school_year)}, existe déjà."
    cohort = Cohort(programme=programme, school_year=school_year)
    refuse_errors(cohort, errors)
    cohort.save()
    elements = list(programme.elements.all())
    Teaching.objects.bulk_create(Teaching(cohort=cohort, element=element) for element in elements)
    record(
        act="cohort.create",
        about=str(cohort),
        by=by,
        department=department,
        details={"cohort": cohort.pk, "elements": len(elements)},
    )
    return cohort


@transaction.atomic
def set_groups(
    *, cohort: Cohort, names: Mapping[Group, str], new: Iterable[str], by: User, check: Check = unchecked
) -> None:
    """Rename the groups of a promotion, remove those whose name is emptied, add the new ones.

    A group with students or with évaluations of its own is not removed.
    """
    hold(cohort)
    check()
    before = sorted(cohort.groups.values_list("name", flat=True))
    wanted = {group: tidy(name) for group, name in names.items()}
    added = [name for name in map(tidy, new) if name]
    kept = [name.casefold() for name in (*wanted.values(), *added) if name]
    if twice := sorted({name for name in kept if kept.count(name) > 1}):
        raise ValidationError(f"Deux groupes porteraient le même nom : {', '.join(twice)}.")
    for group in (group for group, name in wanted.items() if not name):
        _remove_group(group)
    renamed = [group for group, name in wanted.items() if name and name != group.name]
    for group in renamed:  # two groups may exchange their names
        Group.objects.filter(pk=group.pk).update(name=f"~{group.pk}")
    for group in renamed:
        group.name = wanted[group]
        refuse_errors(group, {})
        group.save()
    for name in added:
        group = Group(cohort=cohort, name=name)
        refuse_errors(group, {})
        group.save()
    after = sorted(cohort.groups.values_list("name", flat=True))
    if before != after:
        record(
            act="cohort.groups",
            about=str(cohort),
            by=by,
            department=cohort.department,
            details={"cohort": cohort.pk, "before": before, "after": after},
        )


def _remove_group(group: Group) -> None:
    students, assessments = group.enrolments.count(), group.assessments.count()
    if students:
        raise ValidationError(
            f"{group.name} a {students}{NBSP}étudiant{plural(students)} : "
            "les changer de groupe avant de le retirer."
        )
    if assessments:
        raise ValidationError(f"{group.name} a des évaluations qui lui sont réservées, il reste.")
    group.delete()


@transaction.atomic
def set_teachers(
    *,
    cohort: Cohort,
    element: Element,
    teachers: Collection[User],
    heads: Collection[User],
    by: User,
    check: Check = unchecked,
) -> Teaching:
    """Name who teaches an element to a promotion and who answers for it, no more and no less."""
    if element.programme_id != cohort.programme_id:
        raise ValidationError(f"{element} n’est pas du programme de {cohort}.")
    lock(cohort.department)
    check()
    teaching, _ = Teaching.objects.get_or_create(cohort=cohort, element=element)
    before = _named(teaching)
    known = set(teaching.teachers.all()) | set(teaching.heads.all())
    may = set(people_for_elements(cohort.department))
    for name, people in (("teachers", teachers), ("heads", heads)):
        if strangers := set(people) - may - known:
            who = ", ".join(map(str, sorted(strangers, key=lambda person: person.sort_key)))
            raise ValidationError(
                {name: f"{who} : pas de compte ouvert avec le rôle Enseignement dans le département."}
            )
    teaching.teachers.set(teachers)
    teaching.heads.set(heads)
    after = _named(teaching)
    if before != after:
        record(
            act="teaching.people",
            about=str(teaching),
            by=by,
            department=cohort.department,
            details={"teaching": teaching.pk, "before": before, "after": after},
        )
    return teaching


def people_for_elements(department: Department) -> QuerySet[User]:
    """The open accounts that may be named on an element: they have the pages of marks."""
    return User.objects.named_in(department, roles=Role.TEACHING)


def _named(teaching: Teaching) -> dict[str, list[str]]:
    return {
        "teachers": sorted(teaching.teachers.values_list("username", flat=True)),
        "heads": sorted(teaching.heads.values_list("username", flat=True)),
    }
