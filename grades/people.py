"""What people do with promotions: open one, bring its students in, keep what a jury must know of each.

Each is one transaction and its entries in the journal. Callers have fetched the objects through their doors.
What is refused raises ValidationError in French, by field where there is one.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model, ProtectedError, Q
from django.utils import timezone

from butrt.base import french
from butrt.base.accounts.models import Role, User
from butrt.base.documents.characters import check_printable
from butrt.base.exactjson import plain
from butrt.base.french import NBSP, listed, plural
from butrt.base.journal.services import record
from butrt.base.meanwhile import Check, unchecked
from curriculum.models import Department, Element, Programme, Unit, school_year_label
from grades import locks
from grades.enrolling import enrolled, objections_to
from grades.judged import unlock_for
from grades.models import (
    Adjustment,
    Assessment,
    Cohort,
    Enrolment,
    ExtraRepeat,
    Group,
    Mark,
    Student,
    Teaching,
)

if TYPE_CHECKING:
    from django.db.models import QuerySet

Errors = dict[str, Any]

MOST_REPEATS = 9
PROVISIONAL = re.compile(r"PS[0-9]+")
FROZEN_NUMBER = (
    "Un jury a verrouillé des notes de cette personne : son PV la désigne par ce numéro, il ne change plus. "
    "La présidence peut ramener le jury en préparation."
)


def provisional_number(parcoursup: str) -> str:
    """What stands for a student number until the university gives one: PS and the Parcoursup number.

    Parcoursup comes in July, the administrative enrolment in September; Apogée's extract then finds the
    person by INE and brings the number.
    """
    return f"PS{parcoursup}"


def is_provisional(number: str) -> bool:
    return PROVISIONAL.fullmatch(number) is not None


def jury_sits(cohort: Cohort) -> bool:
    """Whether a jury has locked marks of this promotion: its figures are frozen since it opened."""
    return Assessment.objects.filter(teaching__cohort=cohort, locked=True).exists()


# ---------- promotions ----------


@transaction.atomic
def create_cohort(*, programme: Programme, school_year: int, by: User) -> Cohort:
    """Open a promotion, with every element of its programme: nobody is named on them yet."""
    department = _lock(programme.parcours.department)
    errors: Errors = {}
    if school_year < programme.in_force_from:
        errors["school_year"] = (
            f"{programme} est en vigueur depuis {school_year_label(programme.in_force_from)}, "
            f"pas en {school_year_label(school_year)}."
        )
    elif Cohort.objects.filter(programme=programme, school_year=school_year).exists():
        errors["school_year"] = f"La promotion {programme}, {school_year_label(school_year)}, existe déjà."
    cohort = Cohort(programme=programme, school_year=school_year)
    _check(cohort, errors)
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
    _hold(cohort)
    check()
    before = sorted(cohort.groups.values_list("name", flat=True))
    wanted = {group: _tidy(name) for group, name in names.items()}
    added = [tidy for name in new if (tidy := _tidy(name))]
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
        _check(group, {})
        group.save()
    for name in added:
        group = Group(cohort=cohort, name=name)
        _check(group, {})
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
    _lock(cohort.department)
    check()
    teaching, _ = Teaching.objects.get_or_create(cohort=cohort, element=element)
    before = _named(teaching)
    known = set(teaching.teachers.all()) | set(teaching.heads.all())
    may = set(people_for_elements(cohort.department))
    for name, people in (("teachers", teachers), ("heads", heads)):
        if strangers := set(people) - may - known:
            who = ", ".join(map(str, sorted(strangers, key=lambda each: each.sort_key)))
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


# ---------- students ----------


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a student is, as typed: numbers may have spaces, the last name is kept in capitals."""

    number: str
    ine: str
    last_name: str
    first_name: str
    gender: str
    birth_date: datetime.date
    birth_place: str
    email: str = ""
    baccalaureate: str = ""
    baccalaureate_series: str = ""
    parcoursup: str = ""
    address: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = ""


POSTAL = ("address", "postal_code", "city", "country")
"""Where somebody lives: the journal, kept for ever, says that it changed, never what it is."""
MOST_ADDRESS_LINES = 3  # with the name, the town and the country: what a window of an envelope shows


def find_students(*, department: Department, number: str = "", ine: str = "") -> list[Student]:
    """The students of the department who already have this student number or this INE, two at most."""
    number, ine = _code(number), _code(ine).upper()
    asked = Q(pk=None)
    if number:
        asked |= Q(number=number)
    if ine:
        asked |= Q(ine=ine)
    return list(Student.objects.filter(asked, department=department))


@transaction.atomic
def enrol_new(
    *,
    cohort: Cohort,
    identity: Identity,
    by: User,
    group: Group | None = None,
    company: str = "",
    semesters: Sequence[int] = (),
) -> Enrolment:
    """Create a student of the department and enrol them; someone known is refused: `enrol` them instead."""
    department = _hold(cohort)
    student = Student(department=department)
    _identify(student, identity)
    student.save()
    record(
        act="student.create",
        about=str(student),
        by=by,
        department=department,
        details={"student": student.pk, "number": student.number, "ine": student.ine},
    )
    return enrol(cohort=cohort, student=student, by=by, group=group, company=company, semesters=semesters)


@transaction.atomic
def change_identity(*, student: Student, identity: Identity, by: User, check: Check = unchecked) -> Student:
    """Correct who a student is. A PV already frozen keeps what it printed."""
    department = _lock(student.department)
    check()
    student = Student.objects.get(pk=student.pk)
    before = as_told(student)
    _identify(student, identity)
    student.save()
    _record_change("student.change", student, before, as_told(student), department, by)
    return student


def _identify(student: Student, identity: Identity) -> None:
    """Write an identity on a student, checked."""
    former = student.number
    for name, value in asdict(identity).items():
        setattr(student, name, _tidy(value) if isinstance(value, str) else value)
    student.address = tidy_lines(identity.address)
    student.number, student.ine = _code(identity.number), _code(identity.ine).upper()
    student.parcoursup = _code(identity.parcoursup)
    student.last_name = student.last_name.upper()
    errors: Errors = {}
    here = Student.objects.filter(department=student.department_id).exclude(pk=student.pk)
    if other := here.filter(number=student.number).first():
        errors["number"] = f"Le n°{NBSP}{student.number} est déjà celui de {other}."
    elif student.pk and former != student.number and in_a_jury(student):
        errors["number"] = FROZEN_NUMBER
    if other := here.filter(ine=student.ine).first():
        errors["ine"] = f"L’INE {student.ine} est déjà celui de {other}, n°{NBSP}{other.number}."
    if student.birth_date and (unlikely := unlikely_birth(student.birth_date)):
        errors["birth_date"] = unlikely
    _check(student, errors | _wrong_address(student))


def _wrong_address(student: Student) -> Errors:
    """An address goes with its town and holds in the window of an envelope."""
    if len(student.address.splitlines()) > MOST_ADDRESS_LINES:
        return {"address": f"Trois lignes au plus{NBSP}: la ville et le pays ont les leurs."}
    if not student.city and (student.address or student.postal_code or student.country):
        return {"city": "Donner la ville : sans elle, l’adresse n’est pas imprimée."}
    return {}


def unlikely_birth(date: datetime.date) -> str:
    """Why nobody studies here who was born on this day, "" when someone may."""
    if 14 <= timezone.localdate().year - date.year <= 100:
        return ""
    return f"Né ou née le {french.date(date)} : vérifier l’année de naissance."


def in_a_jury(student: Student) -> bool:
    """Whether a jury has frozen figures of this student: it names them by their number."""
    return Assessment.objects.filter(teaching__cohort__enrolments__student=student, locked=True).exists()


@transaction.atomic
def remove_student(*, student: Student, by: User) -> None:
    """Take back a student created by mistake, whom nothing refers to; see `remove_enrolment` first."""
    department = _lock(student.department)
    told, about = as_told(student), str(student)
    try:
        student.delete()
    except ProtectedError as error:
        raise ValidationError(f"{about} sert déjà ailleurs : cette identité reste.") from error
    before = {name: _unsaid(name, value) for name, value in told.items()}
    record(act="student.remove", about=about, by=by, department=department, details={"before": before})


# ---------- enrolments ----------


@transaction.atomic
def enrol(
    *,
    cohort: Cohort,
    student: Student,
    by: User,
    group: Group | None = None,
    company: str = "",
    semesters: Sequence[int] = (),
    motive: str = "",
) -> Enrolment:
    """Enrol a student of the department, in both semesters unless some are said.

    What goes against the decision of a jury is refused, or done with a motive, which is kept.
    """
    department = _hold(cohort)
    if student.department_id != department.pk:
        raise ValidationError(f"{student} est d’un autre département.")
    if cohort.enrolments.filter(student=student).exists():
        raise ValidationError(f"{student} est déjà dans la promotion {cohort}.")
    enrolment = Enrolment(cohort=cohort, student=student, group=group, company=_tidy(company))
    errors = _wrong_group(enrolment) | _take(enrolment, semesters or cohort.programme.semesters)
    if not errors:
        errors = _against_a_jury(enrolment, motive)
    _check(enrolment, errors)
    enrolment.save()
    enrolled(enrolment)
    record(
        act="enrolment.create",
        about=str(enrolment),
        by=by,
        department=department,
        details={"enrolment": enrolment.pk, **as_told(enrolment)},
    )
    return enrolment


def _take(enrolment: Enrolment, semesters: Sequence[int]) -> Errors:
    """Write which semesters are taken; what is wrong about them."""
    odd, even = enrolment.cohort.programme.semesters
    if not semesters or not set(semesters) <= {odd, even}:
        return {"semesters": f"{enrolment.student} : S{odd}, S{even} ou les deux."}
    enrolment.takes_odd, enrolment.takes_even = odd in semesters, even in semesters
    return {}


def _against_a_jury(enrolment: Enrolment, motive: str) -> Errors:
    """What an enrolment goes against, unless a motive is given: it is kept. None is kept without reason."""
    told = objections_to(enrolment.cohort, {enrolment.student: enrolment.semesters})
    sentences = told.get(enrolment.student_id, [])
    enrolment.motive = motive.strip() if sentences else ""
    if sentences and not enrolment.motive:
        return {"motive": [*sentences, "Pour inscrire tout de même, en dire le motif : le jury le lira."]}
    return {}


def _marked_elsewhere(enrolment: Enrolment) -> Errors:
    """Marks entered in a semester that the student would no longer take."""
    marks = Mark.objects.filter(enrolment=enrolment).exclude(value=None, code="")
    semester = "assessment__teaching__element__semester"
    left = marks.exclude(**{f"{semester}__in": enrolment.semesters}).values_list(semester, flat=True)
    if not left:
        return {}
    names = listed([f"S{each}" for each in sorted(set(left))])
    number = f"{len(left)}{NBSP}note{plural(len(left))}"
    return {
        "semesters": f"{enrolment.student} a {number} en {names} : les effacer d’abord, ou garder {names}."
    }


@transaction.atomic
def change_enrolment(
    *,
    enrolment: Enrolment,
    by: User,
    group: Group | None,
    company: str,
    status: str,
    status_since: datetime.date | None,
    repeats: Mapping[int, int],
    dispensed: Collection[Unit],
    unjustified_absences: int,
    justified_absences: int,
    semesters: Sequence[int] | None = None,
    retaken: Collection[Unit] | None = None,
    motive: str | None = None,
    unlocking: str = "",
    check: Check = unchecked,
) -> Enrolment:
    """Change what a jury must know of a student's year; None leaves as it is.

    `unlocking`: why what a jury judged changes all the same, refused without (see grades/judged.py).

    `repeats`: {semester: times, this attempt included}, those known from elsewhere: the others are counted.
    Other semesters are refused as an enrolment is, when they go against the decision of a jury.
    """
    cohort = enrolment.cohort
    department = _hold(cohort)
    check()
    enrolment = Enrolment.objects.select_related("student", "group").get(pk=enrolment.pk)
    enrolment.cohort = cohort
    before = as_told(enrolment)
    judged = _judged(enrolment)
    taken = enrolment.semesters
    enrolment.group, enrolment.company = group, _tidy(company)
    enrolment.status, enrolment.status_since = status, status_since
    enrolment.repeats = {str(semester): times for semester, times in sorted(repeats.items()) if times}
    enrolment.unjustified_absences = unjustified_absences
    enrolment.justified_absences = justified_absences
    errors = _wrong_group(enrolment) | _wrong_status(enrolment) | _wrong_repeats(enrolment)
    errors |= _take(enrolment, taken if semesters is None else semesters)
    if "semesters" not in errors and enrolment.semesters != taken:
        errors |= _marked_elsewhere(enrolment)
        errors |= _against_a_jury(enrolment, enrolment.motive if motive is None else motive)
    elif motive is not None and enrolment.motive:
        enrolment.motive = motive.strip() or enrolment.motive
    if strangers := [unit.code for unit in dispensed if unit.programme_id != cohort.programme_id]:
        errors["dispensed"] = f"{', '.join(strangers)} n’est pas du programme de {cohort}."
    if retaken is not None and (wrong := set(retaken) - set(enrolment.acquired.all())):
        codes = ", ".join(sorted(unit.code for unit in wrong))
        errors["retaken"] = f"{codes} : seule une UE acquise avant se reprend au choix de l’étudiant."
    _check(enrolment, errors)
    enrolment.save()
    enrolment.dispensed.set(dispensed)
    if retaken is not None:
        enrolment.retaken.set(retaken)
    unlock_for(
        enrolment,
        semesters=sorted({*taken, *enrolment.semesters}),
        before=judged,
        after=_judged(enrolment),
        motive=unlocking,
        by=by,
    )
    enrolled(enrolment)
    _record_change("enrolment.change", enrolment, before, as_told(enrolment), department, by)
    return enrolment


@transaction.atomic
def write_remark(*, enrolment: Enrolment, text: str, by: User, check: Check = unchecked) -> Enrolment:
    """Write what the director of studies tells the jury of a student's year; empty, there is none."""
    department = _lock(enrolment.cohort.department)
    if not by.has_role(department, Role.Name.DIRECTOR):
        raise ValidationError("La direction des études écrit les remarques.")
    check_printable(text, "remarque")
    check()
    enrolment.refresh_from_db(fields=["remark"])
    before, enrolment.remark = enrolment.remark, text.strip()
    if enrolment.remark == before:
        return enrolment
    enrolment.remark_by, enrolment.remark_at = by, timezone.now()
    enrolment.save(update_fields=["remark", "remark_by", "remark_at"])
    _record_change(
        "enrolment.remark", enrolment, {"remark": before}, {"remark": enrolment.remark}, department, by
    )
    return enrolment


@transaction.atomic
def remove_enrolment(*, enrolment: Enrolment, by: User) -> None:
    """Take back an enrolment made by mistake; one with marks or before a jury stays."""
    student, cohort = enrolment.student, enrolment.cohort
    department = _hold(cohort)
    if marks := enrolment.marks.count():
        raise ValidationError(
            f"{student} a {marks}{NBSP}note{plural(marks)} dans cette promotion : "
            "l’inscription reste. Pour un départ, changer la situation."
        )
    if jury_sits(cohort):
        raise ValidationError(
            f"Un jury a verrouillé les notes de la promotion : {student} y figure et y reste."
        )
    told, key = as_told(enrolment), enrolment.pk
    enrolment.adjustments.all().delete()
    about = str(enrolment)
    enrolment.delete()
    record(
        act="enrolment.remove",
        about=about,
        by=by,
        department=department,
        details={"enrolment": key, "student": student.pk, "cohort": cohort.pk, "before": told},
    )


# ---------- repeats that the director grants ----------


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
    department = _hold(cohort)
    _directors_only(department, by)
    act = ExtraRepeat(
        student=student,
        semester=grant.semester,
        school_year=cohort.school_year,
        granted_on=grant.granted_on,
        granted_by=_tidy(grant.granted_by),
        circumstances=grant.circumstances.strip(),
        document=_tidy(grant.document),
        recorded_by=by,
        recorded_at=timezone.now(),
    )
    _check(act, _wrong_grant(act, cohort))
    act.save()
    details = {"key": act.pk, "school_year": act.school_year, **act.told}
    record(act="enrolment.grant_repeat", about=str(act), by=by, department=department, details=details)
    return act


@transaction.atomic
def withdraw_repeat(*, act: ExtraRepeat, motive: str, by: User) -> ExtraRepeat:
    """Take back a repeat recorded; it stays in sight, with who withdrew it and why."""
    department = _lock(act.student.department)
    _directors_only(department, by)
    act = ExtraRepeat.objects.select_related("student").get(pk=act.pk)
    if act.withdrawn_at:
        raise ValidationError(f"{act} : ce redoublement accordé est déjà retiré.")
    act.withdrawn_by, act.withdrawn_at, act.withdrawal_motive = by, timezone.now(), motive.strip()
    _check(act, {} if motive.strip() else {"withdrawal_motive": f"{act} : dire pourquoi il est retiré."})
    act.save()
    record(
        act="enrolment.withdraw_repeat",
        about=str(act),
        by=by,
        department=department,
        details={"key": act.pk, "motive": act.withdrawal_motive},
    )
    return act


def _directors_only(department: Department, by: User) -> None:
    if not by.has_role(department, Role.Name.DIRECTOR):
        raise ValidationError("La direction des études inscrit ce que le directeur de l’IUT accorde.")


def _wrong_grant(act: ExtraRepeat, cohort: Cohort) -> Errors:
    """An act says who, when, why and on which paper, for a semester that the student may have taken."""
    errors: Errors = {}
    about, last = str(act.student), cohort.programme.semesters[1]
    if not 1 <= act.semester <= last:
        errors["semester"] = f"{about} : un semestre de S1 à S{last}, qui a pu être suivi."
    if act.granted_on and act.granted_on > timezone.localdate():
        errors["granted_on"] = f"{about} : le {french.date(act.granted_on)} n’est pas encore venu."
    said = {
        "granted_by": "qui l’accorde (nom et qualité)",
        "circumstances": "les circonstances de force majeure",
        "document": "la pièce qui l’accorde (référence)",
    }
    errors |= {name: f"{about} : dire {what}." for name, what in said.items() if not getattr(act, name)}
    same = ExtraRepeat.objects.standing().filter(student=act.student, school_year=cohort.school_year)
    if same.filter(semester=act.semester).exists():
        errors["semester"] = f"{about} : un redoublement de S{act.semester} est déjà accordé cette année."
    return errors


# ---------- common to enrolments ----------


def marks_of_other_groups(enrolment: Enrolment) -> int:
    """How many marks no longer count: entered at évaluations kept for a group that is not the student's."""
    return (
        Mark.objects.filter(enrolment=enrolment, assessment__group__isnull=False)
        .exclude(assessment__group=enrolment.group_id)
        .exclude(value=None, code="")
        .count()
    )


class Points(NamedTuple):
    """A bonus (positive) or a malus, out of 20, and why."""

    points: Decimal
    reason: str


@transaction.atomic
def set_adjustments(
    *,
    enrolment: Enrolment,
    adjustments: Mapping[Unit, Points],
    by: User,
    unlocking: str = "",
    check: Check = unchecked,
) -> None:
    """Make these the bonus and malus of a student's UE averages, no more and no less.

    `unlocking`: why what a jury judged changes all the same, refused without (see grades/judged.py).
    """
    cohort = enrolment.cohort
    department = _hold(cohort)
    check()
    rows = enrolment.adjustments.select_related("unit")
    known = {each.unit_id: each for each in rows}
    before = {each.unit.code: points_told(each) for each in known.values()}
    semesters = {each.unit.code: each.unit.semester for each in known.values()}
    semesters |= {unit.code: unit.semester for unit in adjustments}
    for unit, (points, reason) in adjustments.items():
        about = f"{enrolment.student}, {unit.code}"
        if unit.programme_id != cohort.programme_id:
            raise ValidationError(f"{about} : cette UE n’est pas du programme de {cohort}.")
        if not points or not -20 <= points <= 20:
            raise ValidationError(f"{about} : les points vont de −20 à 20, sans être 0.")
        if not reason.strip():
            raise ValidationError(f"{about} : dire le motif du bonus ou du malus.")
        row = known.pop(unit.pk, None) or Adjustment(enrolment=enrolment, unit=unit)
        row.points, row.reason = points, _tidy(reason)
        _check(row, {})
        row.save()
    for gone in known.values():
        gone.delete()
    after = {each.unit.code: points_told(each) for each in rows.all()}
    if before != after:
        changed = [semesters[code] for code in semesters if before.get(code) != after.get(code)]
        unlock_for(
            enrolment,
            # The jury of the even semester judges the UE of both.
            semesters=[each for each in cohort.programme.semesters if each >= min(changed)],
            before=before,
            after=after,
            motive=unlocking,
            by=by,
        )
        record(
            act="enrolment.adjustments",
            about=str(enrolment),
            by=by,
            department=department,
            details={"enrolment": enrolment.pk, "before": before, "after": after},
        )


def _judged(enrolment: Enrolment) -> dict[str, str]:
    """What a jury judges with of an enrolment, in words; the group, where évaluations are kept for one."""
    kept_for_groups = Assessment.objects.filter(
        teaching__cohort=enrolment.cohort_id, locked=True, group__isnull=False
    )
    said = {
        "situation": enrolment.get_status_display() if enrolment.status else "",
        "depuis le": french.date(enrolment.status_since) if enrolment.status_since else "",
        "semestres suivis": ", ".join(f"S{each}" for each in enrolment.semesters),
        "redoublements d’avant ou d’ailleurs": ", ".join(
            f"S{semester} {times}" for semester, times in sorted(enrolment.repeats.items())
        ),
        "UE dispensées": ", ".join(sorted(enrolment.dispensed.values_list("code", flat=True))),
        "UE reprises": ", ".join(sorted(enrolment.retaken.values_list("code", flat=True))),
        "absences injustifiées": str(enrolment.unjustified_absences),
        "absences justifiées": str(enrolment.justified_absences),
    }
    if kept_for_groups.exists():
        said["groupe"] = enrolment.group.name if enrolment.group else ""
    return said


def points_told(row: Adjustment) -> str:
    """What the journal keeps of a bonus or a malus."""
    return f"{plain(row.points)}, {row.reason}"


def _wrong_group(enrolment: Enrolment) -> Errors:
    if enrolment.group and enrolment.group.cohort_id != enrolment.cohort_id:
        return {"group": f"{enrolment.group} est un groupe d’une autre promotion."}
    return {}


def _wrong_status(enrolment: Enrolment) -> Errors:
    """A departure has its date, within the school year; someone present has none."""
    student, since, year = enrolment.student, enrolment.status_since, enrolment.cohort.school_year
    if enrolment.status and since is None:
        return {"status_since": f"{student}, {enrolment.get_status_display()} : dire depuis quelle date."}
    if not enrolment.status and since is not None:
        return {
            "status_since": f"{student} est dans la promotion : effacer la date, ou choisir la situation."
        }
    if since and not datetime.date(year, 7, 1) <= since <= datetime.date(year + 1, 12, 31):
        return {
            "status_since": f"{student} : le {french.date(since)} n’est pas de l’année "
            f"{school_year_label(year)}."
        }
    return {}


def _wrong_repeats(enrolment: Enrolment) -> Errors:
    for semester, times in enrolment.repeats.items():
        if not 1 <= int(semester) <= 6 or not 0 <= times <= MOST_REPEATS:
            return {"repeats": f"{enrolment.student}, S{semester} : un nombre de fois de 0 à {MOST_REPEATS}."}
    return {}


# ---------- common to all ----------


def _lock(department: Department) -> Department:
    """One at a time in a department: what was checked stays true until it is written."""
    return Department.objects.select_for_update(no_key=True).get(pk=department.pk)


def _hold(cohort: Cohort) -> Department:
    """The same, and no jury opens or closes on the promotion until this is written."""
    department = _lock(cohort.department)
    locks.share(cohort, cohort.programme.semesters)
    return department


def _check(row: Model, errors: Errors) -> None:
    """Raise ValidationError for what the fields refuse and for `errors`; in our words where both speak."""
    try:
        row.clean_fields()
    except ValidationError as error:
        errors = error.update_error_dict({}) | errors
    if errors:
        raise ValidationError(errors)
    row.full_clean()


def _tidy(text: str) -> str:
    """Without the spaces that a copy brings along."""
    return " ".join(text.split())


def tidy_lines(text: str) -> str:
    """The same of each line, empty ones left out."""
    return "\n".join(filter(None, map(_tidy, text.splitlines())))


def _code(text: str) -> str:
    """A number or an INE, without any space."""
    return "".join(text.split())


def as_told(row: Student | Enrolment) -> dict[str, Any]:
    """What the journal keeps of a row; `check_all` compares an enrolment with it."""
    if isinstance(row, Student):
        fields: Sequence[str] = Identity.__slots__
        return {name: str(getattr(row, name)) for name in fields}
    return {
        "group": row.group.name if row.group else "",
        "company": row.company,
        "status": row.status,
        "status_since": row.status_since.isoformat() if row.status_since else "",
        "semesters": row.semesters,
        "repeats": row.repeats,
        "dispensed": sorted(unit.code for unit in row.dispensed.all()),
        "retaken": sorted(unit.code for unit in row.retaken.all()),
        "motive": row.motive,
        "unjustified_absences": row.unjustified_absences,
        "justified_absences": row.justified_absences,
    }


def _record_change(
    act: str,
    row: Student | Enrolment,
    before: dict[str, Any],
    after: dict[str, Any],
    department: Department,
    by: User,
) -> None:
    """Journal the fields that changed; nothing when none did."""
    changed = [name for name in after if before[name] != after[name]]
    if changed:
        record(
            act=act,
            about=str(row),
            by=by,
            department=department,
            details={
                "key": row.pk,
                "before": {name: _unsaid(name, before[name]) for name in changed},
                "after": {name: _unsaid(name, after[name]) for name in changed},
            },
        )


def _unsaid(name: str, value: Any) -> Any:
    """A value as the journal keeps it: of an address, whether there is one."""
    return ("renseigné" if value else "") if name in POSTAL else value
