"""A promotion, its groups and who teaches its elements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction

from butrt.base.accounts.models import Role, User
from butrt.base.french import NBSP, listed, plural, several
from butrt.base.journal.services import record
from butrt.base.meanwhile import Check, unchecked
from curriculum.models import Department, Element, Programme, school_year_label
from grades.models import Cohort, Group, Teaching
from grades.people.holding import Errors, hold, lock, refuse_errors, tidy

if TYPE_CHECKING:
    from django.db.models import QuerySet


@transaction.atomic
def create_cohort(*, programmes: Collection[Programme], school_year: int, by: User, name: str = "") -> Cohort:
    """Open a promotion of programmes of one spécialité and year, with every element of theirs.

    An element that several have is given once. Nobody is named on them yet.
    """
    if not programmes:
        raise ValidationError({"programmes": "Choisir au moins un programme."})
    first = next(iter(programmes))
    department = lock(first.parcours.department)
    cohort = Cohort(
        specialty=first.parcours.specialty, year=first.year, school_year=school_year, name=tidy(name)
    )
    refuse_errors(cohort, _wrong_programmes(cohort, programmes))
    cohort.save()
    cohort.programmes.set(programmes)
    elements = _give_elements(cohort)
    record(
        act="cohort.create",
        about=str(cohort),
        by=by,
        department=department,
        details={"cohort": cohort.pk, "elements": elements, "programmes": programmes_told(programmes)},
    )
    return cohort


@transaction.atomic
def change_cohort(
    *, cohort: Cohort, programmes: Collection[Programme], name: str, by: User, check: Check = unchecked
) -> Cohort:
    """Make these the programmes of a promotion, no more and no less, and call it so.

    One that has students, or évaluations in an element of its own, stays.
    """
    hold(cohort)
    check()
    cohort = Cohort.objects.named().get(pk=cohort.pk)
    before, was = set(cohort.taught), cohort.name
    cohort.name = tidy(name)
    gone = before - set(programmes)
    errors = _wrong_programmes(cohort, programmes) | _used(cohort, gone, programmes)
    if before != set(programmes) and Cohort.objects.filter(pk=cohort.pk, sessions__isnull=False).exists():
        errors["programmes"] = "La promotion a une session de jury : ses programmes ne changent plus."
    refuse_errors(cohort, errors)
    cohort.save()
    cohort.programmes.set(programmes)
    change_elements(cohort)
    if before != set(programmes) or was != cohort.name:
        record(
            act="cohort.programmes",
            about=str(Cohort.objects.named().get(pk=cohort.pk)),
            by=by,
            department=cohort.department,
            details={
                "cohort": cohort.pk,
                "before": {"programmes": programmes_told(before), "name": was},
                "after": {"programmes": programmes_told(programmes), "name": cohort.name},
            },
        )
    return cohort


def programmes_told(programmes: Iterable[Programme]) -> list[str]:
    """Programmes as the journal keeps them, with the year since which each is in force."""
    return sorted(f"{programme}, {programme.in_force_from}" for programme in programmes)


def _wrong_programmes(cohort: Cohort, programmes: Collection[Programme]) -> Errors:
    """Why these cannot be taught together in that school year."""
    if not programmes:
        return {"programmes": "Choisir au moins un programme."}
    kinds = {(programme.parcours.specialty_id, programme.year) for programme in programmes}
    if kinds != {(cohort.specialty_id, cohort.year)}:
        return {
            "programmes": "Les programmes d’une promotion sont d’une même spécialité et d’une même année."
        }
    for programme in programmes:
        if cohort.school_year < programme.in_force_from:
            since = school_year_label(programme.in_force_from)
            return {"school_year": f"{programme} est en vigueur depuis {since}, pas en {cohort.years}."}
    same = [
        (key, label)
        for key, label in Counter((row.parcours, row.modality) for row in programmes).items()
        if label > 1
    ]
    if same:
        (parcours, _), _ = same[0]
        return {"programmes": f"Deux versions du même programme de {parcours.short} : n’en garder qu’une."}
    others = Cohort.objects.named().filter(
        programmes__in=programmes, school_year=cohort.school_year, name=cohort.name
    )
    if other := others.exclude(pk=cohort.pk).first():
        return {
            "name": f"La promotion {other} existe déjà. Pour en faire une autre du même programme, lui "
            "donner un nom."
        }
    return _two_semesters(programmes)


def _two_semesters(programmes: Collection[Programme]) -> Errors:
    """A code is one element of the promotion: the same semester in all its programmes."""
    semesters: dict[str, set[int]] = {}
    for code, semester in Element.objects.filter(programme__in=programmes).values_list("code", "semester"):
        semesters.setdefault(code, set()).add(semester)
    if both := sorted(code for code, taken in semesters.items() if len(taken) > 1):
        return {
            "programmes": f"{listed(both)} : un même code, deux semestres selon le programme. Corriger la "
            "maquette, ou faire deux promotions."
        }
    return {}


def _used(cohort: Cohort, gone: Collection[Programme], kept: Collection[Programme]) -> Errors:
    """Why some programmes stay: they have students, or évaluations that no other of the promotion has."""
    for programme in gone:
        if students := cohort.enrolments.filter(programme=programme).count():
            return {"programmes": f"{programme} a {several(students, 'étudiant')} : il reste."}
    common = Element.objects.filter(programme__in=kept).values("code")
    alone = cohort.teachings.filter(element__programme__in=gone).exclude(element__code__in=common)
    if marked := alone.filter(assessments__isnull=False).select_related("element").distinct().first():
        return {"programmes": f"{marked.element} a des évaluations : {marked.element.programme} reste."}
    return {}


def refuse_programmes(cohort: Cohort, programmes: Collection[Programme]) -> None:
    """Raises ValidationError when these cannot be taught together in a promotion."""
    refuse_errors(cohort, _wrong_programmes(cohort, programmes))


def change_elements(cohort: Cohort) -> None:
    """Give a promotion the elements of its programmes, after they changed."""
    _take_elements_back(cohort)
    _give_elements(cohort)


def _give_elements(cohort: Cohort) -> int:
    """Open each element of its programmes that the promotion does not have yet; how many it has in all."""
    there = set(cohort.teachings.values_list("element__code", flat=True))
    for element in cohort.elements.order_by("programme", "pk"):
        if element.code not in there:
            there.add(element.code)
            Teaching.objects.create(cohort=cohort, element=element)
    return len(there)


def _take_elements_back(cohort: Cohort) -> None:
    """What a programme that left had: called by another programme's element, or, its own, removed."""
    left = {element.code: element for element in cohort.elements.order_by("-programme", "pk")}
    strangers = cohort.teachings.exclude(element__programme__in=cohort.programmes.all())
    for teaching in strangers.select_related("element"):
        if teaching.element.code in left:
            teaching.element = left[teaching.element.code]
            teaching.save(update_fields=["element"])
        else:
            teaching.delete()


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
    removed = [group for group, name in wanted.items() if not name]
    for group in removed:
        _remove_group(group)
    renamed = [group for group, name in wanted.items() if name and name != group.name]
    for group in renamed:  # two groups may exchange their names
        Group.objects.filter(pk=group.pk).update(name=f"~{group.pk}")
    for group in renamed:
        group.name = wanted[group]
        refuse_errors(group, {})
        group.save()
    taken = {*(cohort.groups.values_list("name", flat=True) if removed or renamed else before)}
    groups = [Group(cohort=cohort, name=name) for name in added]
    for group in groups:
        errors = {"name": f"Un groupe porte déjà le nom {group.name}."} if group.name in taken else {}
        refuse_errors(group, errors, constraints=False)
    Group.objects.bulk_create(groups)
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
    if not cohort.elements.filter(pk=element.pk).exists():
        raise ValidationError(f"{element} n’est pas du programme de {cohort}.")
    lock(cohort.department)
    check()
    teaching = Teaching.objects.given(element, cohort) or Teaching.objects.create(
        cohort=cohort, element=element
    )
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
