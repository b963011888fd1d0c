"""The pages of a student in a promotion: enrolled, changed, removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from butrt.base.accounts.models import Role
from butrt.base.forms import refusals_on, refusals_told, success, tell_refusal
from butrt.base.french import NBSP, plural, size
from butrt.base.meanwhile import Shown, journaled
from butrt.base.requested import key_of, text_of
from grades import attempts, people
from grades.appreciations.views import year_shown
from grades.cohorts.forms import (
    FROZEN,
    EnrolmentForm,
    ExtraRepeatForm,
    IdentityForm,
    NewStudentForm,
    RemarkForm,
    adjustments_of,
    points_forms,
    semester_choices,
    semesters_said,
)
from grades.doors import cohort_to_keep, enrolment_to_keep
from grades.judged import judged_semesters
from grades.models import Cohort, Enrolment, Photo, Student
from grades.photos import LARGEST_FILE

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest

MOST_FOUND = 20
SITTING = "Un jury a verrouillé des notes de cette promotion. " + FROZEN


def new_student(request: SignedInRequest, pk: int) -> HttpResponse:
    """Bring someone in: first look among those the department knows, else type who they are.

    A number or an INE already known is never entered twice: the person is proposed instead.
    """
    cohort = cohort_to_keep(request.user, pk)
    form = NewStudentForm(request.POST or None, cohort=cohort)
    known: list[Student] = []
    asked = request.GET.get("q", "").strip()
    if request.method == "POST":
        known = people.find_students(
            department=cohort.department,
            number=text_of(request.POST, "number"),
            ine=text_of(request.POST, "ine"),
        )
        if not known and form.is_valid():
            with refusals_on(form):
                made = people.enrol_new(
                    cohort=cohort, identity=form.identity(), by=request.user, **form.place()
                )
                return success(
                    request,
                    f"{made.student} : identité créée, inscription faite.",
                    "cohorts:new_student" if "again" in request.POST else "cohorts:cohort",
                    pk=pk,
                )
    elif asked:
        students = Student.objects.filter(department=cohort.department)
        known = list(students.matching(asked).this_year_first()[:MOST_FOUND])
    return _new_student(request, cohort, form, known=known, asked=asked, typed=request.method == "POST")


def _new_student(
    request: SignedInRequest, cohort: Cohort, form: NewStudentForm, *, known: list[Student], **context: Any
) -> HttpResponse:
    here = set(cohort.enrolments.filter(student__in=known).values_list("student", flat=True))
    common = {
        "cohort": cohort,
        "form": form,
        "known": [(student, student.pk in here) for student in known],
        "semesters": semester_choices(cohort),
    }
    return render(request, "grades/cohorts/new_student.html", common | context)


@require_POST
def enrol_student(request: SignedInRequest, pk: int) -> HttpResponse:
    """Enrol someone whom the department knows."""
    cohort = cohort_to_keep(request.user, pk)
    asked = request.POST.get("student", "")
    students = Student.objects.filter(department=cohort.department)
    student = get_object_or_404(students, pk=key_of(asked))
    named = key_of(request.POST.get("programme", ""))
    followed = next((programme for programme in cohort.taught if programme.pk == named), None)
    chosen, motive = request.POST.get("semesters", ""), request.POST.get("motive", "")  # one for both
    semesters = semesters_said(chosen) if chosen in dict(semester_choices(cohort)) else []
    try:
        made = people.enrol(
            cohort=cohort,
            student=student,
            by=request.user,
            programme=followed,
            semesters=semesters,
            motive=motive,
            unlocking=motive,
        )
    except ValidationError as error:
        if not {"motive", "unlocking"} & {*getattr(error, "error_dict", ())}:
            tell_refusal(request, error)
            return redirect("cohorts:new_student", pk=pk)
        form = NewStudentForm(cohort=cohort)
        return _new_student(
            request,
            cohort,
            form,
            known=[student],
            against=error.messages,
            chosen=chosen,
            followed=followed,
            motive=motive,
        )
    messages.success(request, f"{student} : inscription faite.")
    if repeated := attempts.times_in_words(attempts.repeats_of([made])[made.pk]):
        messages.warning(
            request, f"D’après ses inscriptions précédentes, redoublements{NBSP}: {repeated}. À vérifier ici."
        )
    return redirect("cohorts:enrolment", pk=made.pk)


def enrolment(request: SignedInRequest, pk: int) -> HttpResponse:
    """What a jury must know of a student's year, and what was already known of them."""
    enrolment = enrolment_to_keep(request.user, pk)
    shown = _enrolment_shown(request, enrolment)
    (form,) = shown.forms
    if form.is_valid():
        with refusals_on(form):
            changed = people.change_enrolment(
                enrolment=enrolment, by=request.user, check=shown.check, **form.values()
            )
            messages.success(request, f"{changed.student} : inscription enregistrée.")
            _tell_consequences(request, changed)
            return redirect("cohorts:cohort", pk=changed.cohort_id)
        if "motive" in form.errors:
            form.ask_motive()
    return _enrolment(request, enrolment, form, _remark_shown(request, enrolment, beside=True))


@require_POST
def remark(request: SignedInRequest, pk: int) -> HttpResponse:
    """Write the remark; the director of studies alone does."""
    enrolment = enrolment_to_keep(request.user, pk)
    if not request.user.has_role(enrolment.cohort.department, Role.Name.DIRECTOR):
        raise PermissionDenied("La direction des études écrit les remarques.")
    shown = _remark_shown(request, enrolment)
    (form,) = shown.forms
    if form.is_valid():
        with refusals_on(form):
            people.write_remark(
                enrolment=enrolment, text=form.cleaned_data["remark"], by=request.user, check=shown.check
            )
            return success(
                request, f"{enrolment.student} : remarque enregistrée.", "cohorts:enrolment", pk=pk
            )
    (beside,) = _enrolment_shown(request, enrolment, beside=True).forms
    return _enrolment(request, enrolment, beside, shown)


def _enrolment_shown(request: SignedInRequest, enrolment: Enrolment, *, beside: bool = False) -> Shown:
    return Shown(
        request,
        lambda data: [EnrolmentForm(data, enrolment=enrolment_to_keep(request.user, enrolment.pk))],
        last=journaled("enrolment.change", details__key=enrolment.pk),
        gone=journaled("enrolment.remove", details__enrolment=enrolment.pk),
        beside=beside,
    )


def _remark_shown(request: SignedInRequest, enrolment: Enrolment, *, beside: bool = False) -> Shown:
    return Shown(
        request,
        lambda data: [RemarkForm(data, initial=_remark(enrolment.pk))],
        last=journaled("enrolment.remark", details__key=enrolment.pk),
        gone=journaled("enrolment.remove", details__enrolment=enrolment.pk),
        beside=beside,
    )


def _remark(pk: int) -> dict[str, str]:
    return {"remark": Enrolment.objects.values_list("remark", flat=True).get(pk=pk)}


def _enrolment(
    request: SignedInRequest, enrolment: Enrolment, form: EnrolmentForm, remark: Shown
) -> HttpResponse:
    path = (
        Enrolment.objects.filter(student=enrolment.student)
        .select_related("cohort__specialty__department")
        .prefetch_related("cohort__programmes")
        .order_by("cohort__school_year")
    )
    context = {
        "enrolment": enrolment,
        "form": form,
        "path": path,
        "repeated": attempts.times_in_words(attempts.repeats_of([enrolment])[enrolment.pk]),
        "granted": enrolment.student.extra_repeats.select_related("recorded_by", "withdrawn_by"),
        "acquired": enrolment.acquired.exclude(pk__in=enrolment.retaken.values("pk")),
        "adjustments": enrolment.adjustments.select_related("unit"),
        "year_shown": year_shown(request, enrolment, beside=True),
        "remark": remark.forms[0],
        "remark_shown": remark,
        "directs": request.user.has_role(enrolment.cohort.department, Role.Name.DIRECTOR),
        "keeps_data": request.user.has_role(enrolment.cohort.department, Role.Name.SECRETARIAT),
        "largest_photo": size(LARGEST_FILE),
        "photo": Photo.objects.filter(student=enrolment.student).exists(),
        "sitting": SITTING if people.jury_sits(enrolment.cohort) else "",
    }
    return render(request, "grades/cohorts/enrolment.html", context)


def _tell_consequences(request: HttpRequest, enrolment: Enrolment) -> None:
    """What a change does not do, or undoes: a frozen jury, marks of the former group."""
    if people.jury_sits(enrolment.cohort):
        messages.warning(request, SITTING)
    if marks := people.marks_of_other_groups(enrolment):
        messages.warning(
            request,
            f"{enrolment.student} : {marks}{NBSP}note{plural(marks)} d’évaluations réservées à un "
            f"autre groupe ne compte{plural(marks, many='nt')} plus.",
        )


def extra_repeat(request: SignedInRequest, pk: int) -> HttpResponse:
    """Record a repeat that the director of the IUT grants; the director of studies alone does."""
    enrolment = _directed(request, pk)
    form = ExtraRepeatForm(request.POST or None, enrolment=enrolment)
    if form.is_valid():
        with refusals_on(form):
            act = people.grant_repeat(enrolment=enrolment, grant=form.grant(), by=request.user)
            messages.success(request, f"{act} : redoublement accordé enregistré.")
            if people.jury_sits(enrolment.cohort):
                messages.warning(request, SITTING)
            return redirect("cohorts:enrolment", pk=pk)
    return render(request, "grades/cohorts/extra_repeat.html", {"enrolment": enrolment, "form": form})


@require_POST
def withdraw_repeat(request: SignedInRequest, pk: int, act: int) -> HttpResponse:
    """Withdraw a repeat that was granted: it stays in sight, with the motive."""
    enrolment = _directed(request, pk)
    row = get_object_or_404(enrolment.student.extra_repeats.select_related("student__department"), pk=act)
    with refusals_told(request):
        people.withdraw_repeat(act=row, motive=request.POST.get("motive", ""), by=request.user)
        messages.success(request, f"{row} : redoublement accordé retiré, avec son motif.")
    return redirect("cohorts:enrolment", pk=pk)


def _directed(request: SignedInRequest, pk: int) -> Enrolment:
    """An enrolment of a department whose studies this person directs."""
    enrolment = enrolment_to_keep(request.user, pk)
    if not request.user.has_role(enrolment.cohort.department, Role.Name.DIRECTOR):
        raise PermissionDenied("La direction des études inscrit ce que le directeur de l’IUT accorde.")
    return enrolment


def identity(request: SignedInRequest, pk: int) -> HttpResponse:
    enrolment = enrolment_to_keep(request.user, pk)
    shown = Shown(
        request,
        lambda data: [IdentityForm(data, student=Student.objects.get(pk=enrolment.student_id))],
        last=journaled("student.change", details__key=enrolment.student_id),
        gone=journaled("enrolment.remove", details__enrolment=enrolment.pk),
    )
    (form,) = shown.forms
    if form.is_valid():
        with refusals_on(form):
            changed = people.change_identity(
                student=enrolment.student, identity=form.identity(), by=request.user, check=shown.check
            )
            return success(
                request,
                f"{changed} : identité enregistrée. Un PV déjà établi garde la sienne.",
                "cohorts:enrolment",
                pk=pk,
            )
    return render(request, "grades/cohorts/identity.html", {"enrolment": enrolment, "form": form})


def adjustments(request: SignedInRequest, pk: int) -> HttpResponse:
    """Bonus and malus of a student, a line each UE."""
    enrolment = enrolment_to_keep(request.user, pk)
    shown = Shown(
        request,
        lambda data: points_forms(data, enrolment),
        last=journaled("enrolment.adjustments", details__enrolment=enrolment.pk),
        gone=journaled("enrolment.remove", details__enrolment=enrolment.pk),
    )
    refused: list[str] = []
    if request.method == "POST" and all(form.is_valid() for form in shown.forms):
        try:
            people.set_adjustments(
                enrolment=enrolment,
                adjustments=adjustments_of(shown.forms),
                by=request.user,
                unlocking=request.POST.get("unlocking", ""),
                check=shown.check,
            )
        except ValidationError as error:
            refused = error.messages
        else:
            messages.success(request, f"{enrolment.student} : bonus et malus enregistrés.")
            if people.jury_sits(enrolment.cohort):
                messages.warning(request, SITTING)
            return redirect("cohorts:enrolment", pk=pk)
    context = {
        "enrolment": enrolment,
        "shown": shown,
        "refused": refused,
        "judged": judged_semesters(enrolment),
    }
    return render(request, "grades/cohorts/adjustments.html", context)


@require_POST
def remove(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take back an enrolment made by mistake."""
    enrolment = enrolment_to_keep(request.user, pk)
    with refusals_told(request):
        people.remove_enrolment(enrolment=enrolment, by=request.user)
        message = f"{enrolment.student} : inscription retirée, l’identité reste dans le département."
        return success(request, message, "cohorts:cohort", pk=enrolment.cohort_id)
    return redirect("cohorts:enrolment", pk=pk)
