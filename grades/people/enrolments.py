"""A student enrolled, changed, removed."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from butrt.base import french
from butrt.base.accounts.models import Role, User
from butrt.base.documents.characters import check_printable
from butrt.base.french import NBSP, listed, plural
from butrt.base.journal.services import Act, record, record_all
from butrt.base.meanwhile import Check, unchecked
from curriculum.models import Department, Element, Programme, Unit, school_year_label
from grades.enrolling import enrolled, objections_to
from grades.judged import judged_groups, locked_semesters, unlock_for
from grades.models import Cohort, Enrolment, Group, Mark, Student
from grades.people.holding import (
    Errors,
    hold,
    jury_sits,
    lock,
    naming,
    record_change,
    refuse,
    refuse_errors,
    tidy,
)
from grades.people.identity import Identity, Numbers, as_journaled, identify

MOST_REPEATS = 9


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Who enters a promotion, and how; see `enrol`."""

    student: Student
    programme: Programme | None = None
    group: Group | None = None
    company: str = ""
    semesters: Sequence[int] = ()
    motive: str = ""
    unlocking: str = ""


@transaction.atomic
def enrol_new(
    *,
    cohort: Cohort,
    identity: Identity,
    by: User,
    programme: Programme | None = None,
    group: Group | None = None,
    company: str = "",
    semesters: Sequence[int] = (),
    unlocking: str = "",
) -> Enrolment:
    """Create a student of the department and enrol them; someone known is refused: `enrol` them instead."""
    student = Student(department=cohort.department)
    newcomer = Newcomer(student, programme, group, company, semesters, unlocking=unlocking)
    (enrolment,) = enrol_all_new(cohort=cohort, newcomers=[(identity, newcomer)], by=by)
    return enrolment


@transaction.atomic
def enrol_all_new(
    *, cohort: Cohort, newcomers: Sequence[tuple[Identity, Newcomer]], by: User
) -> list[Enrolment]:
    """Create several students and enrol them, all or none; as many queries for many as for one.

    Raises OneRefused, which says the place of whom it refuses.
    """
    department = hold(cohort)
    numbers = Numbers(department.pk, [identity for identity, _ in newcomers])
    for place, (identity, newcomer) in enumerate(newcomers):
        with naming(place):
            identify(newcomer.student, identity, numbers)
    students = Student.objects.bulk_create([newcomer.student for _, newcomer in newcomers])
    created = [
        Act(
            "student.create",
            str(student),
            {"student": student.pk, "number": student.number, "ine": student.ine},
        )
        for student in students
    ]
    entering = [newcomer for _, newcomer in newcomers]
    return _enrol(cohort=cohort, newcomers=entering, here=set(), first=created, department=department, by=by)


@transaction.atomic
def enrol(
    *,
    cohort: Cohort,
    student: Student,
    by: User,
    programme: Programme | None = None,
    group: Group | None = None,
    company: str = "",
    semesters: Sequence[int] = (),
    motive: str = "",
    unlocking: str = "",
) -> Enrolment:
    """Enrol a student of the department, in both semesters unless some are said.

    `programme` may be left out where the promotion has only one.

    What goes against the decision of a jury is refused, or done with a motive, which is kept. `unlocking`:
    why somebody enters a semester that a jury has judged, refused without (see grades/judged.py).
    """
    newcomer = Newcomer(student, programme, group, company, semesters, motive, unlocking)
    (enrolment,) = enrol_all(cohort=cohort, newcomers=[newcomer], by=by)
    return enrolment


@transaction.atomic
def enrol_all(*, cohort: Cohort, newcomers: Sequence[Newcomer], by: User) -> list[Enrolment]:
    """Enrol several students in a promotion, each as `enrol` does: all of them, or none.

    As many queries for many as for one, unless a jury has judged. Raises OneRefused, which says whose place.
    """
    department = hold(cohort)
    students = [newcomer.student for newcomer in newcomers]
    here = set(cohort.enrolments.filter(student__in=students).values_list("student", flat=True))
    return _enrol(cohort=cohort, newcomers=newcomers, here=here, first=(), department=department, by=by)


def _enrol(
    *,
    cohort: Cohort,
    newcomers: Sequence[Newcomer],
    here: set[int],
    first: Sequence[Act],
    department: Department,
    by: User,
) -> list[Enrolment]:
    """`here`: keys of the students who are in the promotion; `first`: acts to journal before theirs."""
    enrolments = []
    for place, newcomer in enumerate(newcomers):
        with naming(place):
            _refuse_stranger(newcomer.student, cohort, here)
            enrolments.append(_new(cohort, newcomer))
    objections = objections_to(cohort, {row.student: (row.programme, row.semesters) for row in enrolments})
    for place, (enrolment, newcomer) in enumerate(zip(enrolments, newcomers, strict=True)):
        with naming(place):
            sentences = objections.get(enrolment.student_id, [])
            refuse(_answered(enrolment, sentences, newcomer.motive))
            enrolment.clean_fields(exclude=["cohort", "student", "programme", "group"])
    Enrolment.objects.bulk_create(enrolments)
    if locked_semesters(cohort.pk, cohort.semesters):
        for place, (enrolment, newcomer) in enumerate(zip(enrolments, newcomers, strict=True)):
            with naming(place):
                unlock_for(
                    enrolment,
                    semesters=enrolment.semesters,
                    before={},
                    after={"inscription": ", ".join(f"S{semester}" for semester in enrolment.semesters)},
                    motive=newcomer.unlocking,
                    by=by,
                )
    enrolled(*enrolments)
    acts = [
        Act("enrolment.create", str(row), {"enrolment": row.pk, **as_journaled(row, new=True)})
        for row in enrolments
    ]
    record_all([*first, *acts], by=by, department=department)
    return enrolments


def _refuse_stranger(student: Student, cohort: Cohort, here: set[int]) -> None:
    """Raise ValidationError for a student of elsewhere, or already `here`, who otherwise now is."""
    if student.department_id != cohort.department.pk:
        raise ValidationError(f"{student} est d’un autre département.")
    if student.pk in here:
        raise ValidationError(f"{student} est déjà dans la promotion {cohort}.")
    here.add(student.pk)


def _new(cohort: Cohort, newcomer: Newcomer) -> Enrolment:
    """An enrolment to write. Raises ValidationError for what is wrong about it, juries apart."""
    enrolment = Enrolment(
        cohort=cohort,
        student=newcomer.student,
        programme=_programme(cohort, newcomer.student, newcomer.programme),
        group=newcomer.group,
        company=tidy(newcomer.company),
    )
    refuse(_wrong_group(enrolment) | _take(enrolment, newcomer.semesters or cohort.semesters))
    return enrolment


def _programme(cohort: Cohort, student: Student, chosen: Programme | None) -> Programme:
    """Which of the promotion's programmes: the one chosen, or the only one."""
    programmes = cohort.taught
    if chosen is None and len(programmes) == 1:
        return programmes[0]
    if chosen not in programmes or chosen is None:
        names = listed([str(programme) for programme in programmes])
        raise ValidationError({"programme": f"{student} : dire son programme, parmi {names}."})
    return chosen


def _take(enrolment: Enrolment, semesters: Sequence[int]) -> Errors:
    """Write which semesters are taken; what is wrong about them."""
    odd, even = enrolment.cohort.semesters
    if not semesters or not set(semesters) <= {odd, even}:
        return {"semesters": f"{enrolment.student} : S{odd}, S{even} ou les deux."}
    enrolment.takes_odd, enrolment.takes_even = odd in semesters, even in semesters
    return {}


def _against_a_jury(enrolment: Enrolment, motive: str) -> Errors:
    """What an enrolment goes against, unless a motive is given: it is kept. None is kept without reason."""
    taking = {enrolment.student: (enrolment.programme, enrolment.semesters)}
    objections = objections_to(enrolment.cohort, taking)
    return _answered(enrolment, objections.get(enrolment.student_id, []), motive)


def _answered(enrolment: Enrolment, sentences: Sequence[str], motive: str) -> Errors:
    """Write the motive for what an enrolment goes against, if it does; what is wrong without one."""
    enrolment.motive = motive.strip() if sentences else ""
    if sentences and not enrolment.motive:
        return {"motive": [*sentences, "Pour inscrire tout de même, en dire le motif : le jury le lira."]}
    return {}


def _moved(enrolment: Enrolment, programme: Programme) -> Errors:
    """Write another programme; why it cannot be: marks in what it does not have, bonus in its UE."""
    marks = Mark.objects.filter(enrolment=enrolment).exclude(value=None, code="")
    theirs = Element.objects.filter(programme=programme).values("code")
    left = marks.exclude(assessment__teaching__element__code__in=theirs)
    codes = sorted(set(left.values_list("assessment__teaching__element__display", flat=True)))
    enrolment.programme = programme
    if codes:
        return {
            "programme": f"{enrolment.student} a des notes en {listed(codes)}, que {programme} n’a pas : les "
            "effacer d’abord."
        }
    if enrolment.adjustments.exists():
        return {"programme": f"{enrolment.student} a un bonus ou un malus : le retirer d’abord."}
    return {}


def _alike(units: Collection[Unit], programme: Programme) -> list[Unit]:
    """The UE of a programme that have these codes."""
    return list(programme.units.filter(code__in=[unit.code for unit in units]))


def _marked_elsewhere(enrolment: Enrolment) -> Errors:
    """Marks entered in a semester that the student would no longer take."""
    marks = Mark.objects.filter(enrolment=enrolment).exclude(value=None, code="")
    semester = "assessment__teaching__element__semester"
    left = marks.exclude(**{f"{semester}__in": enrolment.semesters}).values_list(semester, flat=True)
    if not left:
        return {}
    names = listed([f"S{marked}" for marked in sorted(set(left))])
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
    programme: Programme | None = None,
    motive: str | None = None,
    unlocking: str = "",
    check: Check = unchecked,
) -> Enrolment:
    """Change what a jury must know of a student's year; None leaves as it is.

    Another `programme` of the promotion: what is exempted or retaken there is so in the UE of the same code.

    `unlocking`: why what a jury judged changes all the same, refused without (see grades/judged.py).

    `repeats`: {semester: times, this attempt included}, those known from elsewhere: the others are counted.
    Other semesters are refused as an enrolment is, when they go against the decision of a jury.
    """
    cohort = enrolment.cohort
    department = hold(cohort)
    check()
    enrolment = Enrolment.objects.select_related("student", "group", "programme__parcours").get(
        pk=enrolment.pk
    )
    enrolment.cohort = cohort
    before = as_journaled(enrolment)
    judged = _judged(enrolment)
    taken = enrolment.semesters
    enrolment.group, enrolment.company = group, tidy(company)
    enrolment.status, enrolment.status_since = status, status_since
    enrolment.repeats = {str(semester): times for semester, times in sorted(repeats.items()) if times}
    enrolment.unjustified_absences = unjustified_absences
    enrolment.justified_absences = justified_absences
    errors = _wrong_group(enrolment) | _wrong_status(enrolment) | _wrong_repeats(enrolment)
    if programme is not None and programme != enrolment.programme:
        errors |= _moved(enrolment, _programme(cohort, enrolment.student, programme))
        dispensed = _alike(dispensed, programme)
        retaken = []
    errors |= _take(enrolment, taken if semesters is None else semesters)
    if "semesters" not in errors and enrolment.semesters != taken:
        errors |= _marked_elsewhere(enrolment)
        errors |= _against_a_jury(enrolment, enrolment.motive if motive is None else motive)
    elif motive is not None and enrolment.motive:
        enrolment.motive = motive.strip() or enrolment.motive
    if strangers := [unit.code for unit in dispensed if unit.programme_id != enrolment.programme_id]:
        errors["dispensed"] = f"{', '.join(strangers)} n’est pas du programme {enrolment.programme}."
    if retaken is not None and (wrong := set(retaken) - set(enrolment.acquired.all())):
        codes = ", ".join(sorted(unit.code for unit in wrong))
        errors["retaken"] = f"{codes} : seule une UE acquise avant se reprend au choix de l’étudiant."
    refuse_errors(enrolment, errors)
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
    record_change("enrolment.change", enrolment, before, as_journaled(enrolment), department, by)
    return enrolment


@transaction.atomic
def write_remark(*, enrolment: Enrolment, text: str, by: User, check: Check = unchecked) -> Enrolment:
    """Write what the director of studies tells the jury of a student's year; empty, there is none."""
    department = lock(enrolment.cohort.department)
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
    record_change(
        "enrolment.remark", enrolment, {"remark": before}, {"remark": enrolment.remark}, department, by
    )
    return enrolment


@transaction.atomic
def remove_enrolment(*, enrolment: Enrolment, by: User) -> None:
    """Take back an enrolment made by mistake; one with marks or before a jury stays."""
    student, cohort = enrolment.student, enrolment.cohort
    department = hold(cohort)
    if marks := enrolment.marks.count():
        raise ValidationError(
            f"{student} a {marks}{NBSP}note{plural(marks)} dans cette promotion : "
            "l’inscription reste. Pour un départ, changer la situation."
        )
    if jury_sits(cohort):
        raise ValidationError(
            f"Un jury a verrouillé les notes de la promotion : {student} y figure et y reste."
        )
    before, key = as_journaled(enrolment), enrolment.pk
    enrolment.adjustments.all().delete()
    about = str(enrolment)
    enrolment.delete()
    record(
        act="enrolment.remove",
        about=about,
        by=by,
        department=department,
        details={"enrolment": key, "student": student.pk, "cohort": cohort.pk, "before": before},
    )


def marks_of_other_groups(enrolment: Enrolment) -> int:
    """How many marks no longer count: entered at évaluations kept for a group that is not the student's."""
    return (
        Mark.objects.filter(enrolment=enrolment, assessment__group__isnull=False)
        .exclude(assessment__group=enrolment.group_id)
        .exclude(value=None, code="")
        .count()
    )


def _judged(enrolment: Enrolment) -> dict[str, str]:
    """What a jury judges with of an enrolment, in words; the group, where évaluations are kept for one."""
    words = {
        "programme": str(enrolment.programme),
        "situation": enrolment.get_status_display() if enrolment.status else "",
        "depuis le": french.date(enrolment.status_since) if enrolment.status_since else "",
        "semestres suivis": ", ".join(f"S{semester}" for semester in enrolment.semesters),
        "redoublements d’avant ou d’ailleurs": ", ".join(
            f"S{semester} {times}" for semester, times in sorted(enrolment.repeats.items())
        ),
        "UE dispensées": ", ".join(sorted(enrolment.dispensed.values_list("code", flat=True))),
        "UE reprises": ", ".join(sorted(enrolment.retaken.values_list("code", flat=True))),
        "absences injustifiées": str(enrolment.unjustified_absences),
        "absences justifiées": str(enrolment.justified_absences),
    }
    if judged_groups(enrolment.cohort_id):
        words["groupe"] = enrolment.group.name if enrolment.group else ""
    return words


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
