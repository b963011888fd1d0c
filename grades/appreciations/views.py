"""The pages of appreciations: of an element, of a semester, of one student."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST

from butrt.base.accounts.models import Role
from butrt.base.forms import refusals_on, success
from butrt.base.french import several
from butrt.base.meanwhile import Shown, journaled
from butrt.base.requested import json_of
from grades.appreciations.forms import AppreciationsForm, SemestersForm
from grades.appreciations.services import (
    DIRECTOR_ONLY,
    may_still_write,
    seen_as,
    write_appreciations,
    write_semesters,
    written_in,
)
from grades.doors import cohort_to_keep, teaching_to_fill
from grades.models import Appreciation, Cohort, Enrolment
from grades.one_sheet import load_sheet

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest


def of_element(request: SignedInRequest, pk: int) -> HttpResponse:
    """What its teachers say of each student of an element."""
    teaching = teaching_to_fill(request.user, pk)
    sheet = load_sheet(teaching)
    if sheet.aside:
        raise PermissionDenied(f"{teaching.element.display} est mis de côté, il n’a pas d’appréciation.")
    about: dict[str, Any] = {
        "cohort": teaching.cohort,
        "semester": teaching.element.semester,
        "teaching": teaching,
    }
    closed = _closed(teaching.cohort, teaching.element.semester, list(sheet.enrolments.values()))
    shown = Shown(
        request,
        lambda data: [
            AppreciationsForm(
                data, enrolments=sheet.enrolments.values(), written=written_in(**about), closed=closed
            )
        ],
        last=journaled("appreciations.write", details__teaching=teaching.pk),
    )
    (form,) = shown.forms
    if form.is_valid():
        with refusals_on(form):
            number = write_appreciations(**about, texts=form.texts(), by=request.user, check=shown.check)
            return success(request, _told(number), "grades:appreciations", pk=pk)
    averages = {key: sheet.averages(enrolment) for key, enrolment in sheet.enrolments.items()}
    lines = [(row, averages[row.pk], form[f"a{row.pk}"], row.pk in closed) for row in form.enrolments]
    context = {"teaching": teaching, "lines": lines, "shown": shown, "form": form, "closed": closed}
    return render(request, "grades/appreciations/element.html", context)


@require_POST
def of_student(request: SignedInRequest, pk: int, enrolment: int) -> JsonResponse:
    """What is said of one student beside the marks, as JSON {"text", "seen"}: the text and the one shown."""
    teaching = teaching_to_fill(request.user, pk)
    student = load_sheet(teaching).enrolments.get(enrolment)
    if student is None:
        raise Http404
    semester = teaching.element.semester
    try:
        typed = json_of(request.body)
        text, seen = str(typed["text"]), str(typed["seen"])
    except (ValueError, KeyError):
        return JsonResponse({"reason": "Cette appréciation ne se lit pas, recharger la page."}, status=400)
    try:
        write_appreciations(
            cohort=teaching.cohort,
            semester=semester,
            teaching=teaching,
            texts={enrolment: text},
            by=request.user,
            check=seen_as(enrolment=student, teaching=teaching, seen=seen, typed=text),
        )
    except ValidationError as error:
        return JsonResponse({"reason": " ".join(error.messages)}, status=409)
    stands = written_in(teaching.cohort, semester, teaching)
    return JsonResponse({"text": stands.get(enrolment, ""), "number": len(stands)})


def of_semester(request: SignedInRequest, pk: int, semester: int) -> HttpResponse:
    """What the director of studies says of each student of a promotion for a semester."""
    cohort = _directed(request, cohort_to_keep(request.user, pk))
    if semester not in cohort.semesters:
        raise Http404
    taking = cohort.enrolments.taking(semester).select_related("student", "group")
    enrolments = list(taking)
    closed = _closed(cohort, semester, enrolments)
    shown = Shown(
        request,
        lambda data: [
            AppreciationsForm(
                data, enrolments=enrolments, written=written_in(cohort, semester), closed=closed
            )
        ],
        last=journaled("appreciations.write", details__cohort=cohort.pk, details__teaching=None),
    )
    (form,) = shown.forms
    if form.is_valid():
        with refusals_on(form):
            number = write_appreciations(
                cohort=cohort, semester=semester, texts=form.texts(), by=request.user, check=shown.check
            )
            return success(request, _told(number), "cohorts:appreciations", pk, semester)
    lines = [(row, (), form[f"a{row.pk}"], row.pk in closed) for row in form.enrolments]
    context = {"cohort": cohort, "semester": semester, "page": "cohort", "keeps": True}
    context |= {"lines": lines, "shown": shown, "form": form, "closed": closed}
    return render(request, "grades/appreciations/semester.html", context)


def of_year(request: SignedInRequest, pk: int) -> HttpResponse:
    """The same of one student, for each semester that they take."""
    rows = Enrolment.objects.filter(cohort__in=Cohort.objects.listed_for(request.user))
    enrolment = get_object_or_404(rows.select_related("student", "cohort__specialty__department"), pk=pk)
    _directed(request, enrolment.cohort)
    shown = year_shown(request, enrolment)
    (form,) = shown.forms
    if form.is_valid():
        with refusals_on(form):
            write_semesters(enrolment=enrolment, texts=form.texts(), by=request.user, check=shown.check)
            return success(
                request, f"{enrolment.student} : appréciations enregistrées.", "cohorts:enrolment", pk=pk
            )
    context = {"enrolment": enrolment, "form": form, "shown": shown}
    return render(request, "grades/appreciations/student.html", context)


def year_shown(request: SignedInRequest, enrolment: Enrolment, *, beside: bool = False) -> Shown:
    """What is said of a student's semesters; needs the cohort and its department selected."""
    cohort, key = enrolment.cohort, enrolment.pk
    closed = frozenset(
        semester for semester in enrolment.semesters if not may_still_write(cohort, semester, [key])
    )
    return Shown(
        request,
        lambda data: [SemestersForm(data, enrolment=enrolment, written=_said(enrolment), closed=closed)],
        last=journaled("appreciations.write", details__cohort=cohort.pk, details__teaching=None),
        gone=journaled("enrolment.remove", details__enrolment=key),
        beside=beside,
    )


def _directed(request: SignedInRequest, cohort: Cohort) -> Cohort:
    """A promotion whose studies this person directs."""
    if not request.user.has_role(cohort.department, Role.Name.DIRECTOR):
        raise PermissionDenied(DIRECTOR_ONLY)
    return cohort


def _said(enrolment: Enrolment) -> dict[int, str]:
    """{semester: what is said of it}."""
    rows = Appreciation.objects.filter(enrolment=enrolment, teaching=None)
    return dict(rows.order_by().values_list("semester", "text"))


def _closed(cohort: Cohort, semester: int, enrolments: list[Enrolment]) -> frozenset[int]:
    """Those whose appreciation a jury froze."""
    keys = {enrolment.pk for enrolment in enrolments}
    return frozenset(keys - may_still_write(cohort, semester, keys))


def _told(number: int) -> str:
    if not number:
        return "Rien n’a changé."
    return f"{several(number, 'appréciation enregistrée', 'appréciations enregistrées')}."
