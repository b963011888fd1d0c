"""The lists of a promotion: given as they stand, pasted or sent back, shown, then done as they were shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import django_tables2 as tables
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from butrt.base.accounts.models import Role
from butrt.base.forms import refusals_on, refuse, success
from butrt.base.previews import PlanChanged
from butrt.base.requested import key_of
from butrt.base.spreadsheets import Unreadable
from butrt.base.tables import exported
from grades.bulk.forms import ListForm, PlacingForm
from grades.bulk.reading import NOTHING, Reading, as_text, read_list
from grades.bulk.steps import carry_out
from grades.bulk.subjects import SUBJECTS, Subject
from grades.doors import cohort_to_keep
from grades.judged import locked_semesters
from grades.models import Cohort

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from butrt.base.accounts.models import SignedInRequest, User
    from grades.models import Enrolment

DIRECTOR_ONLY = "La direction des études prévoit les évaluations de toute une promotion."
MOST_SOURCES = 3
HERE = "ici"


def whole_list(request: SignedInRequest, pk: int, subject: str) -> HttpResponse:
    """A list of all elements, or all students: read, shown, then written as it was shown."""
    cohort, about = _cohort(request.user, pk, subject), SUBJECTS[subject]
    if file := _as_it_stands(request, cohort, about):
        return file
    judged = about.of_students and bool(locked_semesters(cohort.pk, cohort.semesters))
    ticking = "place" in request.POST
    if request.method == "POST":
        text = _placed(request, cohort, about) if ticking else request.POST.get("lines", "")
    else:
        text = _begun(request, cohort, about)
    read = request.method == "POST" or (text and request.GET["de"] != HERE)
    posted = {**request.POST.dict(), "lines": text} if read else None
    form = ListForm(posted, request.FILES or None, judged=judged, ticking=ticking)
    plan, reading = None, Reading()
    if form.is_valid():
        try:
            reading = read_list(form.content, about.columns, about.usual)
        except Unreadable as error:
            refuse(form, error)
        else:
            if form.cleaned_data["file"]:
                text = _rewritten(about, reading)
            if "save" in request.POST and (done := _save(request, cohort, about, form, reading)):
                return done
            plan = about.plan(cohort, reading.lines)
    parcours = key_of(request.GET.get("parcours", ""))
    context = {
        "cohort": cohort,
        "page": about.page,
        "keeps": True,
        "subject": about,
        "form": form,
        "text": text or request.POST.get("lines", ""),
        "plan": plan,
        "notes": reading.notes,
        "placing": PlacingForm(posted, cohort=cohort) if subject == "groups" else None,
        "students": _students(cohort, parcours) if subject == "groups" else [],
        "parcours": parcours,
        "sources": _sources(cohort)[:MOST_SOURCES] if about.taken_up else [],
    }
    return render(request, about.template, context)


def _cohort(user: User, pk: int, subject: str) -> Cohort:
    cohort = cohort_to_keep(user, pk)
    if subject == "assessments" and not user.has_role(cohort.department, Role.Name.DIRECTOR):
        raise PermissionDenied(DIRECTOR_ONLY)
    return cohort


def _as_it_stands(request: SignedInRequest, cohort: Cohort, about: Subject) -> HttpResponse | None:
    """The list as a file, when the address asks for it."""
    if not request.GET.get("_export"):
        return None
    columns = [(name, tables.Column(about.columns[name].title)) for name in about.written]
    rows = [dict(zip(about.written, row, strict=True)) for row in about.present(cohort)]
    return exported(request, tables.Table(rows, extra_columns=columns), cohort.file_stem(about.name))


def _begun(request: SignedInRequest, cohort: Cohort, about: Subject) -> str:
    """What the list begins with: nothing, itself as it stands, or that of another promotion (?de=12)."""
    asked = request.GET.get("de", "")
    if asked == HERE:
        return as_text(about.columns, about.written, about.present(cohort))
    if asked and about.taken_up:
        source = get_object_or_404(_sources(cohort), pk=key_of(asked))
        return as_text(about.columns, about.written, about.taken_up(source, cohort))
    return ""


def _sources(cohort: Cohort) -> QuerySet[Cohort]:
    """The promotions of the same year of the department, the last ones first."""
    others = Cohort.objects.named().filter(specialty__department=cohort.department).exclude(pk=cohort.pk)
    alike = others.filter(year=cohort.year, school_year__lte=cohort.school_year)
    return alike.order_by("-school_year", "pk")


def _students(cohort: Cohort, parcours: int) -> list[tuple[Enrolment, str]]:
    """Those of a parcours, or all, without a group first; each with what its parcours is called."""
    labels = cohort.labels
    rows = cohort.enrolments.select_related("student", "group")
    if parcours in labels:
        rows = rows.filter(programme=parcours)
    ordered = rows.order_by(F("group__name").asc(nulls_first=True), "student__sort_key")
    return [(row, labels.get(row.programme_id, "")) for row in ordered]


def _placed(request: SignedInRequest, cohort: Cohort, about: Subject) -> str:
    """The list that the students ticked make, with the group chosen for them."""
    placing = PlacingForm(request.POST, cohort=cohort)
    group = placing.cleaned_data["to"] if placing.is_valid() else None
    ticked = {key_of(key) for key in request.POST.getlist("students")}
    rows = cohort.enrolments.filter(pk__in=ticked).select_related("student")
    names = ("student", "last_name", "first_name", "group")
    if not rows or not placing.is_valid():
        return ""
    lines = (
        (row.student.number, row.student.last_name, row.student.first_name, group.name if group else NOTHING)
        for row in rows
    )
    return as_text(about.columns, names, lines)


def _rewritten(about: Subject, reading: Reading) -> str:
    """A file as a list that may be corrected on the page."""
    names = [name for name in about.columns if any(name in line.cells for line in reading.lines)]
    return as_text(about.columns, names, ([line[name] for name in names] for line in reading.lines))


def _save(
    request: SignedInRequest, cohort: Cohort, about: Subject, form: ListForm, reading: Reading
) -> HttpResponse | None:
    """Write the list; None when it is refused, which the form says."""
    with refusals_on(form, PlanChanged):
        made = carry_out(
            lambda: about.plan(cohort, reading.lines),
            hold=lambda: about.hold(cohort),
            shown=request.POST.get("digest", ""),
            by=request.user,
            **form.more,
        )
        return success(request, about.done(len(made.steps)), f"cohorts:{about.page}", pk=cohort.pk)
    return None
