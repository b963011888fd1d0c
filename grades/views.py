"""The pages of marks. Fetch through the door, read what was typed, act, answer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe
from django_tables2 import RequestConfig

from butrt.accounts.doors import role_required
from butrt.accounts.models import Role
from grades.forms import AssessmentForm
from grades.grid import Grid, answer
from grades.marks import NBSP
from grades.models import Assessment, Mark, MarkChange, Teaching
from grades.overview import overview, role_of, school_years, year_choices
from grades.services import (
    Entry,
    Outcome,
    Recorded,
    State,
    change_assessment,
    create_assessment,
    record_marks,
    semester_is_locked,
)
from grades.sheet import load_sheet
from grades.tables import TeachingTable

if TYPE_CHECKING:
    from django import forms

    from butrt.accounts.models import SignedInRequest, User

FIELD = re.compile(r"m-([0-9]{1,18})-([0-9]{1,18})-([0-9]{1,9})")
MOST_CELLS = 20_000
RECENT = 80  # changes read for the side panel, shown by groups
HEADS_ONLY = "Les responsables de l’élément créent et changent ses évaluations."


@role_required(Role.Name.TEACHER, Role.Name.DIRECTOR)
@require_safe
def teachings(request: SignedInRequest) -> HttpResponse:
    years = school_years(request.user)
    asked = request.GET.get("annee", "")
    year = int(asked) if asked.isdigit() and int(asked) in years else next(iter(years), 0)
    lines = overview(request.user, year)
    table = TeachingTable(lines, empty_text="Aucun élément ne vous est confié pour l’instant.")
    RequestConfig(request, paginate=False).configure(table)
    return render(
        request,
        "grades/teachings.html",
        {"table": table, "lines": lines, "years": year_choices(years), "year": year},
    )


def sheet(request: SignedInRequest, pk: int) -> HttpResponse:
    """The mark sheet; posted, it is the plain form of a browser without JavaScript."""
    teaching = _teaching(request.user, pk)
    if request.method != "POST":
        return _sheet_page(request, teaching, Grid(load_sheet(teaching)))
    recorded = record_marks(teaching=teaching, entries=_typed_in_form(request.POST), by=request.user)
    _refuse_if_locked(recorded)
    if all(outcome.state == State.SAVED for outcome in recorded.outcomes):
        messages.success(request, "Notes enregistrées.")
        return redirect(teaching)
    return _sheet_page(request, teaching, Grid(recorded.sheet, recorded.outcomes))


def _sheet_page(request: SignedInRequest, teaching: Teaching, grid: Grid) -> HttpResponse:
    heads = list(teaching.heads.all())
    may_change = role_of(request.user, teaching) != "enseignement"
    return render(
        request,
        "grades/sheet.html",
        {
            "teaching": teaching,
            "grid": grid,
            "heads": heads,
            "may_change": may_change,
            "recent": _recent(teaching, request.user),
        },
    )


@require_POST
def save(request: SignedInRequest, pk: int) -> JsonResponse:
    """Cells as JSON {"cells": [{"a": évaluation, "e": enrolment, "v": version, "t": text}]}; see `answer`."""
    teaching = _teaching(request.user, pk)
    try:
        entries = _typed_in_cells(request.body)
    except (ValueError, TypeError, KeyError):
        return JsonResponse({"reason": "Ces notes ne se lisent pas, recharger la page."}, status=400)
    recorded = record_marks(teaching=teaching, entries=entries, by=request.user)
    return JsonResponse(answer(recorded), status=403 if _all_locked(recorded.outcomes) else 200)


def assessment_new(request: SignedInRequest, pk: int) -> HttpResponse:
    teaching = _teaching(request.user, pk)
    _refuse_unless_head(request.user, teaching)
    if semester_is_locked(teaching):
        raise PermissionDenied("Les notes de ce semestre sont verrouillées par le jury.")
    form = AssessmentForm(request.POST or None, teaching=teaching)
    if form.is_valid() and _done(
        form, lambda: create_assessment(teaching=teaching, by=request.user, **form.values())
    ):
        messages.success(request, "Évaluation créée.")
        return redirect(teaching)
    return render(request, "grades/assessment.html", {"teaching": teaching, "form": form})


def assessment_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    assessment = get_object_or_404(
        Assessment.objects.filter(teaching__in=Teaching.objects.fillable_by(request.user)), pk=pk
    )
    teaching = _teaching(request.user, assessment.teaching_id)
    _refuse_unless_head(request.user, teaching)
    if assessment.locked:
        raise PermissionDenied(f"{assessment.title} est verrouillée, elle ne change plus.")
    form = AssessmentForm(request.POST or None, teaching=teaching, assessment=assessment)
    if form.is_valid() and _done(
        form, lambda: change_assessment(assessment=assessment, by=request.user, **form.values())
    ):
        messages.success(request, "Évaluation enregistrée.")
        return redirect(teaching)
    return render(
        request, "grades/assessment.html", {"teaching": teaching, "form": form, "assessment": assessment}
    )


@require_safe
def history(request: SignedInRequest, pk: int) -> HttpResponse:
    """Every value that a mark had, by whom, when, from where."""
    mark = get_object_or_404(
        Mark.objects.filter(
            assessment__teaching__in=Teaching.objects.fillable_by(request.user)
        ).select_related("assessment__teaching__element", "enrolment__student"),
        pk=pk,
    )
    changes = mark.changes.select_related("by").order_by("-version")
    return render(request, "grades/history.html", {"mark": mark, "changes": changes})


# ---------- doors ----------


def _teaching(user: User, pk: int) -> Teaching:
    """An element where this person may enter marks; for the others it does not exist."""
    return get_object_or_404(
        Teaching.objects.fillable_by(user).select_related(
            "element", "cohort__programme__parcours__department"
        ),
        pk=pk,
    )


def _refuse_unless_head(user: User, teaching: Teaching) -> None:
    if not Teaching.objects.headed_by(user).filter(pk=teaching.pk).exists():
        raise PermissionDenied(HEADS_ONLY)


def _all_locked(outcomes: list[Outcome]) -> bool:
    return bool(outcomes) and all(outcome.state == State.LOCKED for outcome in outcomes)


def _refuse_if_locked(recorded: Recorded) -> None:
    if _all_locked(recorded.outcomes):
        raise PermissionDenied(recorded.outcomes[0].reason)


# ---------- what was typed ----------


def _typed_in_form(fields: Mapping[str, str]) -> list[Entry]:
    """The cells of a posted form: each field's name tells évaluation, enrolment and version."""
    return [
        Entry(int(found[1]), int(found[2]), text, int(found[3]))
        for name, text in fields.items()
        if (found := FIELD.fullmatch(name))
    ]


def _typed_in_cells(body: bytes) -> list[Entry]:
    """The cells of a JSON body. Raises ValueError, TypeError or KeyError when they are not that."""
    cells = json.loads(body)["cells"]
    if not isinstance(cells, list) or len(cells) > MOST_CELLS:
        raise ValueError("cells")
    return [Entry(int(cell["a"]), int(cell["e"]), str(cell["t"]), int(cell["v"])) for cell in cells]


def _done(form: forms.Form, act: Any) -> bool:
    """Whether the service accepted; if not, its reasons are beside the fields."""
    try:
        act()
    except ValidationError as error:
        fields = getattr(error, "error_dict", {})
        known = {name: errors for name, errors in fields.items() if name in form.fields}
        for name, errors in known.items():
            form.add_error(name, errors)
        if rest := [each for name, errors in fields.items() if name not in known for each in errors]:
            form.add_error(None, rest)
        if not fields:
            form.add_error(None, error.messages)
        return False
    return True


# ---------- beside the sheet ----------


def _recent(teaching: Teaching, user: User) -> list[dict[str, Any]]:
    """The last saves of this element: [{when, who, what, mark}], those of one act together."""
    changes: Iterable[MarkChange] = (
        MarkChange.objects.filter(mark__assessment__teaching=teaching)
        .select_related("by", "mark__assessment", "mark__enrolment__student")
        .order_by("-at", "-pk")[:RECENT]
    )
    told = []
    for _, group in groupby(changes, key=lambda each: (each.at, each.by_id, each.mark.assessment_id)):
        first, *others = group
        title = first.mark.assessment.title
        told.append(
            {
                "at": first.at,
                "who": "vous" if first.by_id == user.pk else str(first.by),
                "what": f"{len(others) + 1}{NBSP}notes, {title}"
                if others
                else f"{first.mark.enrolment.student}, {title}",
                "change": None if others else first,
                "origin": first.get_origin_display(),
            }
        )
    return told[:6]
