"""The page that prepares the next school year, for the director of studies and the secretariat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from butrt.base.accounts.doors import role_required
from butrt.base.accounts.models import Role
from butrt.base.forms import refusals_told, success
from butrt.base.french import several
from butrt.base.previews import PlanChanged
from butrt.base.requested import key_of
from butrt.site.nextyear.forms import YearForms, fill, paste
from butrt.site.nextyear.plan import Plan, prepared_years, read_plan
from butrt.site.nextyear.preparing import AgainstJuries, Made, prepare
from butrt.site.nextyear.undoing import standing, undo
from curriculum.models import Department

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest

KEEPING = (Role.Name.DIRECTOR, Role.Name.SECRETARIAT)


@role_required(*KEEPING)
@require_safe
def years(request: SignedInRequest) -> HttpResponse:
    """The years that may be prepared, of each department; the only one at once."""
    rows = prepared_years(request.user.departments_as(*KEEPING))
    if len({row.department.pk for row in rows}) == 1 and rows[0].closed:
        return redirect("nextyear:year", pk=rows[0].department.pk, school_year=rows[0].school_year)
    return render(request, "site/nextyear/years.html", {"years": rows})


def _department(request: SignedInRequest, pk: int) -> Department:
    mine = Department.objects.filter(pk__in=request.user.departments_as(*KEEPING))
    return get_object_or_404(mine, pk=pk)


def next_year(request: SignedInRequest, pk: int, school_year: int) -> HttpResponse:
    """What the next year would be, line by line; posted, it is done: all of it or nothing."""
    department = _department(request, pk)
    plan = read_plan(department, school_year)
    if not plan.outcomes and not plan.openings:
        raise Http404
    unknown: list[str] = []
    if request.method != "POST":
        return _page(request, plan, YearForms(None, plan))
    data = request.POST.dict()
    lines = YearForms(data, plan)
    if "fill" in data:
        lines = YearForms(fill(data, lines, data["fill"]), plan)
    elif "paste" in data:
        data, unknown = paste(data, lines)
        lines = YearForms(data, plan)
    elif "prepare" in data:
        made = _prepared(request, plan, lines, data.get("plan", ""))
        if made is not None:
            _tell(request, made, lines)
            return redirect("nextyear:year", pk=pk, school_year=school_year)
    return _page(request, plan, lines, unknown=unknown, typed=data)


def _prepared(request: SignedInRequest, plan: Plan, lines: YearForms, seen: str) -> Made | None:
    """What was made; None when something is refused, which the lines then say."""
    if not lines.is_valid():
        lines.refusals.append("Des lignes sont à corriger. Rien n’est enregistré.")
        return None
    try:
        return prepare(
            plan=plan,
            opened=lines.opened,
            placed=lines.placements,
            held=lines.held,
            by=request.user,
            check=lambda: _check(plan, seen),
        )
    except AgainstJuries as error:
        lines.object_to(error.sentences)
        lines.refusals += error.messages
    except PlanChanged as changed:
        lines.refusals.append(f"{changed} Rien n’est enregistré, votre saisie reste.")
    except ValidationError as error:
        lines.refusals += error.messages
    return None


def _check(plan: Plan, seen: str) -> None:
    """What is done is what was shown."""
    if seen != plan.digest or read_plan(plan.department, plan.school_year).digest != seen:
        raise PlanChanged


def _tell(request: SignedInRequest, made: Made, lines: YearForms) -> None:
    if not made:
        messages.info(request, "Rien à faire : tout ce qui est demandé existe déjà.")
        return
    counts = ", ".join(
        several(len(rows), *words)
        for rows, *words in (
            (made.cohorts, "promotion créée", "promotions créées"),
            (made.enrolments, "étudiant inscrit", "étudiants inscrits"),
            (made.sessions, "jury fixé", "jurys fixés"),
        )
        if rows
    )
    messages.success(request, f"Année {lines.plan.label} préparée : {counts}.")
    for note in made.notes:
        messages.warning(request, f"Pas repris. {note}")


def _page(
    request: SignedInRequest,
    plan: Plan,
    lines: YearForms,
    *,
    unknown: list[str] | None = None,
    typed: dict[str, Any] | None = None,
) -> HttpResponse:
    context = {
        "plan": plan,
        "lines": lines,
        "unknown": unknown or [],
        "pasted": (typed or {}).get("list", ""),
        "preparation": standing(plan.department, plan.school_year),
        "years": sorted(prepared_years([plan.department.pk]), key=lambda row: row.school_year),
    }
    return render(request, "site/nextyear/year.html", context)


@require_POST
def cancel(request: SignedInRequest, pk: int, school_year: int) -> HttpResponse:
    """Undo the last preparation of a year, whole."""
    department = _department(request, pk)
    with refusals_told(request):
        gone = undo(department=department, entry=key_of(request.POST.get("entry", "")), by=request.user)
        message = f"Préparation du {gone.entry.at:%d/%m/%Y} annulée."
        return success(request, message, "nextyear:year", pk=pk, school_year=school_year)
    return redirect("nextyear:year", pk=pk, school_year=school_year)
