"""The pages of promotions. Fetch through the door, read what was typed, act, answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe
from django_tables2 import RequestConfig

from butrt.base.accounts.doors import role_required
from butrt.base.accounts.models import Role
from butrt.base.forms import refusals_on, refusals_told, success, tell_refusal
from butrt.base.french import NBSP, plural
from butrt.base.meanwhile import Shown, journaled
from butrt.base.requested import key_of, text_of
from butrt.base.tables import exported
from curriculum.models import Programme
from grades import attempts, people
from grades.cohorts.about import RemarkForm
from grades.cohorts.doors import cohort_to_keep, cohort_to_read, enrolment_to_keep, keeps_cohort
from grades.cohorts.filters import CohortFilter, EnrolmentFilter, matching
from grades.cohorts.forms import (
    FROZEN,
    CohortForm,
    EnrolmentForm,
    ExtraRepeatForm,
    IdentityForm,
    NewStudentForm,
    TeachersForm,
    adjustments_of,
    group_lines,
    points_forms,
    semester_choices,
    semesters_said,
)
from grades.cohorts.tables import (
    CohortTable,
    EnrolmentExport,
    EnrolmentTable,
    TeachingTable,
)
from grades.judged import judged_semesters
from grades.models import Cohort, Enrolment, Group, Photo, Student, Teaching

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest
    from curriculum.models import Element

LISTING = (Role.Name.DIRECTOR, Role.Name.SECRETARIAT, Role.Name.ADMINISTRATOR)
MOST_FOUND = 20
SITTING = "Un jury a verrouillé des notes de cette promotion. " + FROZEN


# ---------- promotions ----------


@role_required(*LISTING)
@require_safe
def cohorts(request: SignedInRequest) -> HttpResponse:
    seen = Cohort.objects.listed_for(request.user).select_related("programme__parcours")
    chosen = CohortFilter(request.GET, queryset=seen)
    rows = chosen.qs.annotate(
        students=_count(Enrolment.objects),
        group_count=_count(Group.objects),
        headless=_count(Teaching.objects.filter(heads=None)),
    )
    table = CohortTable(rows, empty_text="Aucune promotion ne correspond.")
    RequestConfig(request, paginate={"per_page": 50}).configure(table)
    if file := exported(request, table, "promotions"):
        return file
    return render(
        request, "grades/cohorts/cohorts.html", {"table": table, "filter": chosen, "some": seen.exists()}
    )


def _count(rows: Any) -> Coalesce:
    """How many of these rows each promotion has; one subquery, whatever else is counted."""
    counted = (
        rows.filter(cohort=OuterRef("pk")).order_by().values("cohort").annotate(n=Count("pk", distinct=True))
    )
    return Coalesce(Subquery(counted.values("n")), 0, output_field=IntegerField())


@role_required(*LISTING)
def new_cohort(request: SignedInRequest) -> HttpResponse:
    departments = request.user.departments_as(*LISTING)
    form = CohortForm(request.POST or None, departments=departments)
    if form.is_valid():
        with refusals_on(form):
            made = people.create_cohort(by=request.user, **form.cleaned_data)
            return success(request, f"Promotion créée : {made}.", made)
    programmes = Programme.objects.filter(parcours__department__in=departments).exists()
    return render(request, "grades/cohorts/new_cohort.html", {"form": form, "programmes": programmes})


@require_safe
def cohort(request: SignedInRequest, pk: int) -> HttpResponse:
    """The students of a promotion, found and sorted."""
    found = cohort_to_read(request.user, pk)
    rows = found.enrolments.select_related("student", "group")
    chosen = EnrolmentFilter(request.GET, queryset=rows, cohort=found)
    keeps = keeps_cohort(request.user, found)
    if request.GET.get("_export"):
        name = found.file_stem("promotion")
        if file := exported(request, EnrolmentExport(chosen.qs), name):
            return file
    table = EnrolmentTable(chosen.qs, linked=keeps, empty_text="Personne ne correspond.")
    RequestConfig(request, paginate=False).configure(table)
    return _page(
        request,
        found,
        "cohort",
        {"table": table, "filter": chosen, "number": len(table.rows), "some": rows.exists()},
    )


@require_safe
def elements(request: SignedInRequest, pk: int) -> HttpResponse:
    """Who teaches each element of a promotion, who answers for it."""
    found = cohort_to_read(request.user, pk)
    rows = (
        found.teachings.select_related("element")
        .prefetch_related("heads", "teachers")
        .annotate(number=Count("assessments"))
        .order_by("element__semester", "element__kind", "element__code")
    )
    # An element that came into the programme after the promotion was created.
    missing = found.programme.elements.exclude(teachings__cohort=found)
    table = TeachingTable(rows, empty_text="Le programme n’a pas d’élément.")
    RequestConfig(request, paginate=False).configure(table)
    if file := exported(request, table, found.file_stem("elements")):
        return file
    return _page(request, found, "elements", {"table": table, "missing": missing})


def teachers(request: SignedInRequest, pk: int, element: int) -> HttpResponse:
    found = cohort_to_keep(request.user, pk)
    each = get_object_or_404(found.programme.elements, pk=element)
    shown = Shown(
        request,
        lambda data: [TeachersForm(data, cohort=found, element=each)],
        last=journaled("teaching.people", details__teaching__in=_teachings(found, each)),
    )
    (form,) = shown.forms
    following = _following(found, each.pk)
    if form.is_valid():
        with refusals_on(form):
            people.set_teachers(
                cohort=found, element=each, by=request.user, check=shown.check, **form.cleaned_data
            )
            told = f"{each.display} : personnes enregistrées."
            if following and "next" in request.POST:
                return success(request, told, "cohorts:teachers", pk=found.pk, element=following)
            return success(request, told, "cohorts:elements", pk=found.pk)
    context = {"cohort": found, "element": each, "form": form, "shown": shown, "following": following}
    return render(request, "grades/cohorts/teachers.html", context)


def _teachings(cohort: Cohort, element: Element) -> list[int]:
    return list(cohort.teachings.filter(element=element).values_list("pk", flat=True))


def _following(cohort: Cohort, element: int) -> int | None:
    """The element after this one, in the programme's order."""
    keys = list(cohort.programme.elements.order_by("semester", "kind", "code").values_list("pk", flat=True))
    place = keys.index(element) + 1
    return keys[place] if place < len(keys) else None


def groups(request: SignedInRequest, pk: int) -> HttpResponse:
    """Names typed, emptied, added: the groups of a promotion."""
    found = cohort_to_read(request.user, pk)
    shown = Shown(
        request,
        lambda data: [group_lines(data, found)],
        last=journaled("cohort.groups", details__cohort=found.pk),
    )
    (formset,) = shown.forms
    rows = {str(group.pk): group for group in found.groups.annotate(students=Count("enrolments"))}
    if request.method == "POST":
        found = cohort_to_keep(request.user, pk)
        if formset.is_valid():
            typed = [(str(line.get("key")), line.get("name", "")) for line in formset.cleaned_data]
            with refusals_on(formset):
                people.set_groups(
                    cohort=found,
                    names={rows[key]: name for key, name in typed if key in rows},
                    new=[name for key, name in typed if key not in rows],
                    by=request.user,
                    check=shown.check,
                )
                return success(request, "Groupes enregistrés.", "cohorts:groups", pk=found.pk)
    lines = [(form, rows.get(str(form["key"].value()))) for form in formset.forms]
    return _page(request, found, "groups", {"formset": formset, "lines": lines, "shown": shown})


# ---------- students ----------


def new_student(request: SignedInRequest, pk: int) -> HttpResponse:
    """Bring someone in: first look among those the department knows, else type who they are.

    A number or an INE already known is never entered twice: the person is proposed instead.
    """
    found = cohort_to_keep(request.user, pk)
    form = NewStudentForm(request.POST or None, cohort=found)
    known: list[Student] = []
    asked = request.GET.get("q", "").strip()
    if request.method == "POST":
        known = people.find_students(
            department=found.department,
            number=text_of(request.POST, "number"),
            ine=text_of(request.POST, "ine"),
        )
        if not known and form.is_valid():
            with refusals_on(form):
                made = people.enrol_new(
                    cohort=found, identity=form.identity(), by=request.user, **form.place()
                )
                return success(
                    request,
                    f"{made.student} : identité créée, inscription faite.",
                    "cohorts:new_student" if "again" in request.POST else "cohorts:cohort",
                    pk=pk,
                )
    elif asked:
        students = Student.objects.filter(department=found.department)
        known = list(students.filter(matching(asked))[:MOST_FOUND])
    return _new_student(request, found, form, known=known, asked=asked, typed=request.method == "POST")


def _new_student(
    request: SignedInRequest, cohort: Cohort, form: NewStudentForm, *, known: list[Student], **context: Any
) -> HttpResponse:
    here = set(cohort.enrolments.filter(student__in=known).values_list("student", flat=True))
    common = {
        "cohort": cohort,
        "form": form,
        "known": [(student, student.pk in here) for student in known],
        "semesters": semester_choices(cohort.programme),
    }
    return render(request, "grades/cohorts/new_student.html", common | context)


@require_POST
def enrol_student(request: SignedInRequest, pk: int) -> HttpResponse:
    """Enrol someone whom the department knows."""
    found = cohort_to_keep(request.user, pk)
    asked = request.POST.get("student", "")
    students = Student.objects.filter(department=found.department)
    student = get_object_or_404(students, pk=key_of(asked))
    chosen, motive = request.POST.get("semesters", ""), request.POST.get("motive", "")
    semesters = semesters_said(chosen) if chosen in dict(semester_choices(found.programme)) else []
    try:
        made = people.enrol(
            cohort=found, student=student, by=request.user, semesters=semesters, motive=motive
        )
    except ValidationError as error:
        refused = getattr(error, "error_dict", {})
        if "motive" not in refused:
            tell_refusal(request, error)
            return redirect("cohorts:new_student", pk=pk)
        form = NewStudentForm(cohort=found)
        return _new_student(
            request, found, form, known=[student], against=error.messages, chosen=chosen, motive=motive
        )
    messages.success(request, f"{student} : inscription faite.")
    if repeated := attempts.told(attempts.repeats_of([made])[made.pk]):
        messages.warning(
            request, f"D’après ses inscriptions précédentes, redoublements{NBSP}: {repeated}. À vérifier ici."
        )
    return redirect("cohorts:enrolment", pk=made.pk)


def enrolment(request: SignedInRequest, pk: int) -> HttpResponse:
    """What a jury must know of a student's year, and what was already known of them."""
    found = enrolment_to_keep(request.user, pk)
    shown = _enrolment_shown(request, found)
    (form,) = shown.forms
    if form.is_valid():
        with refusals_on(form):
            changed = people.change_enrolment(
                enrolment=found, by=request.user, check=shown.check, **form.values()
            )
            messages.success(request, f"{changed.student} : inscription enregistrée.")
            _tell_consequences(request, changed)
            return redirect("cohorts:cohort", pk=changed.cohort_id)
        if "motive" in form.errors:
            form.ask_motive()
    return _enrolment(request, found, form, _remark_shown(request, found, beside=True))


@require_POST
def remark(request: SignedInRequest, pk: int) -> HttpResponse:
    """Write the remark; the director of studies alone does."""
    found = enrolment_to_keep(request.user, pk)
    if not request.user.has_role(found.cohort.department, Role.Name.DIRECTOR):
        raise PermissionDenied("La direction des études écrit les remarques.")
    shown = _remark_shown(request, found)
    (form,) = shown.forms
    if form.is_valid():
        with refusals_on(form):
            people.write_remark(
                enrolment=found, text=form.cleaned_data["remark"], by=request.user, check=shown.check
            )
            return success(request, f"{found.student} : remarque enregistrée.", "cohorts:enrolment", pk=pk)
    (beside,) = _enrolment_shown(request, found, beside=True).forms
    return _enrolment(request, found, beside, shown)


def _enrolment_shown(request: SignedInRequest, found: Enrolment, *, beside: bool = False) -> Shown:
    return Shown(
        request,
        lambda data: [EnrolmentForm(data, enrolment=enrolment_to_keep(request.user, found.pk))],
        last=journaled("enrolment.change", details__key=found.pk),
        beside=beside,
    )


def _remark_shown(request: SignedInRequest, found: Enrolment, *, beside: bool = False) -> Shown:
    return Shown(
        request,
        lambda data: [RemarkForm(data, initial=_remark(found.pk))],
        last=journaled("enrolment.remark", details__key=found.pk),
        beside=beside,
    )


def _remark(pk: int) -> dict[str, str]:
    return {"remark": Enrolment.objects.values_list("remark", flat=True).get(pk=pk)}


def _enrolment(
    request: SignedInRequest, found: Enrolment, form: EnrolmentForm, remark: Shown
) -> HttpResponse:
    path = (
        Enrolment.objects.filter(student=found.student)
        .select_related("cohort__programme__parcours")
        .order_by("cohort__school_year")
    )
    context = {
        "enrolment": found,
        "form": form,
        "path": path,
        "repeated": attempts.told(attempts.repeats_of([found])[found.pk]),
        "granted": found.student.extra_repeats.select_related("recorded_by", "withdrawn_by"),
        "acquired": found.acquired.exclude(pk__in=found.retaken.values("pk")),
        "adjustments": found.adjustments.select_related("unit"),
        "remark": remark.forms[0],
        "remark_shown": remark,
        "directs": request.user.has_role(found.cohort.department, Role.Name.DIRECTOR),
        "keeps_data": request.user.has_role(found.cohort.department, Role.Name.SECRETARIAT),
        "photo": Photo.objects.filter(student=found.student).exists(),
        "sitting": SITTING if people.jury_sits(found.cohort) else "",
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
    found = _directed(request, pk)
    form = ExtraRepeatForm(request.POST or None, enrolment=found)
    if form.is_valid():
        with refusals_on(form):
            act = people.grant_repeat(enrolment=found, grant=form.grant(), by=request.user)
            messages.success(request, f"{act} : redoublement accordé enregistré.")
            if people.jury_sits(found.cohort):
                messages.warning(request, SITTING)
            return redirect("cohorts:enrolment", pk=pk)
    return render(request, "grades/cohorts/extra_repeat.html", {"enrolment": found, "form": form})


@require_POST
def withdraw_repeat(request: SignedInRequest, pk: int, act: int) -> HttpResponse:
    """Withdraw a repeat that was granted: it stays in sight, with the motive."""
    found = _directed(request, pk)
    row = get_object_or_404(found.student.extra_repeats.select_related("student__department"), pk=act)
    with refusals_told(request):
        people.withdraw_repeat(act=row, motive=request.POST.get("motive", ""), by=request.user)
        messages.success(request, f"{row} : redoublement accordé retiré, avec son motif.")
    return redirect("cohorts:enrolment", pk=pk)


def _directed(request: SignedInRequest, pk: int) -> Enrolment:
    """An enrolment of a department whose studies this person directs."""
    found = enrolment_to_keep(request.user, pk)
    if not request.user.has_role(found.cohort.department, Role.Name.DIRECTOR):
        raise PermissionDenied("La direction des études inscrit ce que le directeur de l’IUT accorde.")
    return found


def identity(request: SignedInRequest, pk: int) -> HttpResponse:
    found = enrolment_to_keep(request.user, pk)
    shown = Shown(
        request,
        lambda data: [IdentityForm(data, student=Student.objects.get(pk=found.student_id))],
        last=journaled("student.change", details__key=found.student_id),
    )
    (form,) = shown.forms
    if form.is_valid():
        with refusals_on(form):
            changed = people.change_identity(
                student=found.student, identity=form.identity(), by=request.user, check=shown.check
            )
            return success(
                request,
                f"{changed} : identité enregistrée. Un PV déjà établi garde la sienne.",
                "cohorts:enrolment",
                pk=pk,
            )
    return render(request, "grades/cohorts/identity.html", {"enrolment": found, "form": form})


def adjustments(request: SignedInRequest, pk: int) -> HttpResponse:
    """Bonus and malus of a student, a line each UE."""
    found = enrolment_to_keep(request.user, pk)
    shown = Shown(
        request,
        lambda data: points_forms(data, found),
        last=journaled("enrolment.adjustments", details__enrolment=found.pk),
    )
    refused: list[str] = []
    if request.method == "POST" and all(form.is_valid() for form in shown.forms):
        try:
            people.set_adjustments(
                enrolment=found,
                adjustments=adjustments_of(shown.forms),
                by=request.user,
                unlocking=request.POST.get("unlocking", ""),
                check=shown.check,
            )
        except ValidationError as error:
            refused = error.messages
        else:
            messages.success(request, f"{found.student} : bonus et malus enregistrés.")
            if people.jury_sits(found.cohort):
                messages.warning(request, SITTING)
            return redirect("cohorts:enrolment", pk=pk)
    context = {"enrolment": found, "shown": shown, "refused": refused, "judged": judged_semesters(found)}
    return render(request, "grades/cohorts/adjustments.html", context)


@require_POST
def remove(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take back an enrolment made by mistake."""
    found = enrolment_to_keep(request.user, pk)
    with refusals_told(request):
        people.remove_enrolment(enrolment=found, by=request.user)
        told = f"{found.student} : inscription retirée, l’identité reste dans le département."
        return success(request, told, "cohorts:cohort", pk=found.cohort_id)
    return redirect("cohorts:enrolment", pk=pk)


# ---------- common to all ----------


def _page(request: SignedInRequest, cohort: Cohort, name: str, context: dict[str, Any]) -> HttpResponse:
    """One of the pages of a promotion, between which one goes at the top."""
    common = {"cohort": cohort, "page": name, "keeps": keeps_cohort(request.user, cohort)}
    return render(request, f"grades/cohorts/{name}.html", common | context)
