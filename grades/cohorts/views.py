"""The pages of promotions. Fetch through the door, read what was typed, act, answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from butrt.base.accounts.doors import role_required
from butrt.base.accounts.models import Role
from butrt.base.forms import refusals_on, success
from butrt.base.meanwhile import Shown, journaled
from butrt.base.requested import key_of
from butrt.base.schoolyears import by_year
from butrt.base.tables import arranged, exported
from curriculum.models import Programme
from grades import people
from grades.cohorts.filters import CohortFilter, EnrolmentFilter
from grades.cohorts.forms_promotion import (
    CohortForm,
    ProgrammesForm,
    TeachersForm,
    group_lines,
)
from grades.cohorts.tables import (
    CohortTable,
    EnrolmentExport,
    EnrolmentTable,
    TeachingTable,
)
from grades.doors import cohort_to_keep, cohort_to_read, keeps_cohort
from grades.models import Cohort, Enrolment, Group, Teaching, distinct_elements

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest
    from curriculum.models import Element

LISTING = (Role.Name.DIRECTOR, Role.Name.SECRETARIAT, Role.Name.ADMINISTRATOR)


# ---------- promotions ----------


@role_required(*LISTING)
@require_safe
def cohorts(request: SignedInRequest) -> HttpResponse:
    seen = (
        Cohort.objects.listed_for(request.user)
        .select_related("specialty__department")
        .prefetch_related("programmes")
    )
    chosen = CohortFilter(request.GET, queryset=seen)
    rows = chosen.qs.order_by(*by_year(), "year", "specialty", "pk").annotate(
        students=_count(Enrolment.objects),
        group_count=_count(Group.objects),
        headless=_count(Teaching.objects.filter(heads=None)),
    )
    table = CohortTable(rows, empty_text="Aucune promotion ne correspond.")
    RequestConfig(request, paginate={"per_page": 50}).configure(table)
    if file := exported(request, table, "promotions"):
        return file
    context = {"table": table, "filter": chosen, "some": seen.exists()}
    context["keeps"] = request.user.is_a(Role.Name.DIRECTOR, Role.Name.SECRETARIAT)
    return render(request, "grades/cohorts/cohorts.html", context)


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
    return render(
        request,
        "grades/cohorts/new_cohort.html",
        {
            "form": form,
            "programmes": programmes,
            "loads_programmes": request.user.is_a(Role.Name.ADMINISTRATOR),
        },
    )


@require_safe
def cohort(request: SignedInRequest, pk: int) -> HttpResponse:
    """The students of a promotion, found and sorted."""
    cohort = cohort_to_read(request.user, pk)
    rows = cohort.enrolments.select_related("student").prefetch_related("group")
    chosen = EnrolmentFilter(request.GET, queryset=rows, cohort=cohort)
    keeps = keeps_cohort(request.user, cohort)
    if request.GET.get("_export"):
        name = cohort.file_stem("promotion")
        everything = chosen.qs.select_related("programme__parcours")
        if file := exported(request, EnrolmentExport(everything), name):
            return file
    table = EnrolmentTable(chosen.qs, cohort=cohort, linked=keeps, empty_text="Personne ne correspond.")
    arranged(request, table)
    return _page(
        request,
        cohort,
        "cohort",
        {
            "table": table,
            "filter": chosen,
            "number": len(table.rows),
            "some": rows.exists(),
            "directs": request.user.has_role(cohort.department, Role.Name.DIRECTOR),
            "newer": _newer(cohort) if keeps else [],
        },
    )


def _newer(cohort: Cohort) -> list[Programme]:
    """The newer versions that a promotion may still follow: none once something is marked or judged."""
    newer = people.newer_versions(cohort)
    return [] if newer and people.held_by(cohort) else [*newer.values()]


def programmes(request: SignedInRequest, pk: int) -> HttpResponse:
    """The programmes of a promotion: one more, one less, and its name."""
    cohort = cohort_to_keep(request.user, pk)
    shown = Shown(
        request,
        lambda data: [ProgrammesForm(data, cohort=cohort)],
        last=journaled("cohort.programmes", details__cohort=cohort.pk),
    )
    (form,) = shown.forms
    if form.is_valid():
        with refusals_on(form):
            people.change_cohort(cohort=cohort, by=request.user, check=shown.check, **form.cleaned_data)
            return success(request, "Programmes enregistrés.", "cohorts:programmes", pk=cohort.pk)
    return _page(request, cohort, "programmes", {"form": form, "newer": _newer(cohort)})


@require_safe
def elements(request: SignedInRequest, pk: int) -> HttpResponse:
    """Who teaches each element of a promotion, who answers for it."""
    cohort = cohort_to_read(request.user, pk)
    parcours = key_of(request.GET.get("parcours", ""))
    rows = cohort.teachings.of_programme(parcours) if parcours in cohort.labels else cohort.teachings.all()
    rows = (
        rows.select_related("element")
        .prefetch_related("heads", "teachers")
        .annotate(number=Count("assessments"))
        .order_by("element__semester", "element__kind", "element__code")
    )
    # An element that came into the programme after the promotion was created.
    missing = distinct_elements(cohort.elements.exclude(code__in=cohort.teachings.values("element__code")))
    table = TeachingTable(rows, empty_text="Le programme n’a pas d’élément.")
    arranged(request, table)
    if file := exported(request, table, cohort.file_stem("elements")):
        return file
    context = {
        "table": table,
        "missing": missing,
        "directs": request.user.has_role(cohort.department, Role.Name.DIRECTOR),
        "parcours": parcours,
    }
    return _page(request, cohort, "elements", context)


def teachers(request: SignedInRequest, pk: int, element: int) -> HttpResponse:
    cohort = cohort_to_keep(request.user, pk)
    chosen = get_object_or_404(cohort.elements, pk=element)
    shown = Shown(
        request,
        lambda data: [TeachersForm(data, cohort=cohort, element=chosen)],
        last=journaled("teaching.people", details__teaching__in=_teachings(cohort, chosen)),
        gone=journaled("programme.load", about=str(chosen.programme)),
    )
    (form,) = shown.forms
    following = _following(cohort, chosen)
    if form.is_valid():
        with refusals_on(form):
            people.set_teachers(
                cohort=cohort, element=chosen, by=request.user, check=shown.check, **form.cleaned_data
            )
            message = f"{chosen.display} : personnes enregistrées."
            if following and "next" in request.POST:
                return success(request, message, "cohorts:teachers", pk=cohort.pk, element=following)
            return success(request, message, "cohorts:elements", pk=cohort.pk)
    context = {"cohort": cohort, "element": chosen, "form": form, "shown": shown, "following": following}
    context["directs"] = request.user.has_role(cohort.department, Role.Name.DIRECTOR)
    return render(request, "grades/cohorts/teachers.html", context)


def _teachings(cohort: Cohort, element: Element) -> list[int]:
    return list(cohort.teachings.filter(element__code=element.code).values_list("pk", flat=True))


def _following(cohort: Cohort, element: Element) -> int | None:
    """The element after this one, in the programme's order."""
    rows = distinct_elements(cohort.elements)
    place = [row.code for row in rows].index(element.code) + 1
    return rows[place].pk if place < len(rows) else None


def groups(request: SignedInRequest, pk: int) -> HttpResponse:
    """Names typed, emptied, added: the groups of a promotion."""
    cohort = cohort_to_read(request.user, pk)
    shown = Shown(
        request,
        lambda data: [group_lines(data, cohort)],
        last=journaled("cohort.groups", details__cohort=cohort.pk),
    )
    (formset,) = shown.forms
    rows = {str(group.pk): group for group in cohort.groups.annotate(students=Count("enrolments"))}
    if request.method == "POST":
        cohort = cohort_to_keep(request.user, pk)
        if formset.is_valid():
            typed = [(str(line.get("key")), line.get("name", "")) for line in formset.cleaned_data]
            with refusals_on(formset):
                people.set_groups(
                    cohort=cohort,
                    names={rows[key]: name for key, name in typed if key in rows},
                    new=[name for key, name in typed if key not in rows],
                    by=request.user,
                    check=shown.check,
                )
                return success(request, "Groupes enregistrés.", "cohorts:groups", pk=cohort.pk)
    lines = [(form, rows.get(str(form["key"].value()))) for form in formset.forms]
    return _page(request, cohort, "groups", {"formset": formset, "lines": lines, "shown": shown})


# ---------- students ----------


# ---------- common to all ----------


def _page(request: SignedInRequest, cohort: Cohort, name: str, context: dict[str, Any]) -> HttpResponse:
    """One of the pages of a promotion, between which one goes at the top."""
    common = {"cohort": cohort, "page": name, "keeps": keeps_cohort(request.user, cohort)}
    return render(request, f"grades/cohorts/{name}.html", common | context)
