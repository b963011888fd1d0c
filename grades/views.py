"""The pages of marks. Fetch through the door, read what was typed, act, answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from butrt.base.accounts.doors import role_required
from butrt.base.accounts.models import Role
from butrt.base.forms import refusals_on, refusals_told, success
from butrt.base.french import NBSP, several
from butrt.base.meanwhile import Shown, journaled
from butrt.base.requested import MOST_DIGITS, json_of, key_of, whole_number
from butrt.base.tables import arranged
from curriculum.models import Regulation
from grades.appreciations import written_in
from grades.bonus import in_words, rule_of
from grades.doors import heads, teaching_to_fill, teaching_to_head
from grades.forms import AssessmentForm
from grades.grid import Grid, answer, figures_of
from grades.models import Assessment, Mark, MarkChange, Teaching
from grades.one_sheet import load_sheet
from grades.operations import UNDONE, changes_of, recent_operations
from grades.overview import ElementProgress, overview, role_of, school_years, year_choices
from grades.paste import preview_answer, preview_block
from grades.progress.together import ACTS, DECLARE, PUBLISH, Act
from grades.services import (
    Entry,
    Outcome,
    Recorded,
    State,
    change_assessment,
    create_assessment,
    delete_assessment,
    is_reopened,
    is_shut,
    move_assessment,
    record_marks,
    semester_is_locked,
    undo_operation,
)
from grades.sheet import Part
from grades.tables import TeachingTable

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest

FIELD = re.compile(r"m-([0-9]{1,18})-([0-9]{1,18})-([0-9]{1,9})")
MOST_CELLS = 20_000
KEPT = {State.CONFLICT: "changée depuis", State.LOCKED: "verrouillée"}  # why an undo leaves a mark
MOST_TOLD = 5  # kept marks named one by one after an undo
HEADS_ONLY = "Les responsables de l’élément créent et changent ses évaluations."
AUTHORS_ONLY = "Qui a saisi ces notes, et les responsables de l’élément, peuvent annuler l’opération."


@role_required(Role.Name.TEACHER, Role.Name.DIRECTOR)
@require_safe
def teachings(request: SignedInRequest) -> HttpResponse:
    years = school_years(request.user)
    asked = whole_number(request.GET.get("annee", ""))
    year = asked if asked in years else next(iter(years), 0)
    lines = overview(request.user, year)
    table = TeachingTable(lines, empty_text="Aucun élément ne vous est confié pour l’instant.")
    arranged(request, table)
    return render(
        request,
        "grades/teachings.html",
        {
            "table": table,
            "lines": lines,
            "years": year_choices(years),
            "year": year,
            "acts": _acts(lines),
            "directs": request.user.is_a(Role.Name.DIRECTOR),
        },
    )


def _acts(lines: Sequence[ElementProgress]) -> list[Act]:
    """What is done for many of these elements at once: only who answers for some declares them complete."""
    heads_some = any(line.may_declare for line in lines)
    return [ACTS[PUBLISH], *([ACTS[DECLARE]] if heads_some else [])]


def sheet(request: SignedInRequest, pk: int) -> HttpResponse:
    """The mark sheet; posted, it is the plain form of a browser without JavaScript."""
    teaching = teaching_to_fill(request.user, pk)
    if request.method != "POST":
        return _sheet_page(request, teaching, Grid(load_sheet(teaching), part=_part(request, teaching)))
    recorded = record_marks(teaching=teaching, entries=_typed_in_form(request.POST), by=request.user)
    _refuse_if_locked(recorded)
    if all(outcome.state == State.SAVED for outcome in recorded.outcomes):
        return success(request, "Notes enregistrées.", _address(request, teaching))
    grid = Grid(load_sheet(teaching), recorded.outcomes, _part(request, teaching))
    return _sheet_page(request, teaching, grid)


def _sheet_page(request: SignedInRequest, teaching: Teaching, grid: Grid) -> HttpResponse:
    may_change = role_of(request.user, teaching) != "enseignement"
    return render(
        request,
        "grades/sheet.html",
        {
            "teaching": teaching,
            "grid": grid,
            "heads": teaching.heads.all(),
            "may_change": may_change,
            "directs": request.user.has_role(teaching.cohort.department, Role.Name.DIRECTOR),
            "recent": recent_operations(teaching),
            "appreciations": _appreciations(teaching, grid),
            "bonus_rule": _bonus_rule(teaching, grid),
            "parts": _parts(teaching, grid),
        },
    )


def _appreciations(teaching: Teaching, grid: Grid) -> dict[str, Any]:
    """What its teachers said of the students shown: {enrolment: text}, and how many did."""
    written = written_in(teaching.cohort, teaching.element.semester, teaching)
    texts = {key: text for key, text in written.items() if key in grid.sheet.enrolments}
    return {"texts": texts, "number": len(texts), "of": grid.students}


def _bonus_rule(teaching: Teaching, grid: Grid) -> str:
    """What a bonus évaluation counts, in words; "" without a rule, or without a bonus."""
    kinds = {assessment.kind for assessment in grid.sheet.assessments.values()}
    if Assessment.Kind.BONUS not in kinds:
        return ""
    cohort = teaching.cohort
    regulation = Regulation.objects.in_force(
        department=cohort.department, programme=teaching.element.programme_id, school_year=cohort.school_year
    ).first()
    rule = rule_of(regulation.bonus) if regulation else None
    return in_words(rule) if rule else ""


def _part(request: SignedInRequest, teaching: Teaching) -> Part | None:
    """The group or the parcours that the address asks for, None for all."""
    if asked := key_of(request.GET.get("groupe", "")):
        return Part("groupe", asked) if teaching.cohort.groups.filter(pk=asked).exists() else None
    if asked := key_of(request.GET.get("parcours", "")):
        return Part("parcours", asked) if asked in teaching.cohort.labels else None
    return None


def _parts(teaching: Teaching, grid: Grid) -> list[tuple[Part | None, str, int]]:
    """What the grid may be narrowed to: (part, name, students), all first; empty when there is only all."""
    everyone = grid.whole.enrolments.values()
    names = [(Part("groupe", group.pk), group.name) for group in teaching.cohort.groups.all()]
    taught = {enrolment.programme_id for enrolment in everyone}
    if len(taught) > 1:
        names += [(Part("parcours", key), label) for key, label in teaching.cohort.labels.items()]
    parts = [(part, name, sum(map(part.has, everyone))) for part, name in names]
    kept = [line for line in parts if line[0].name == "groupe" or line[0].key in taught]
    return [(None, "Tous" if len(taught) > 1 else "Toute la promotion", len(everyone)), *kept] if kept else []


def _address(request: SignedInRequest, teaching: Teaching) -> str:
    """The sheet, with the students that the person was looking at."""
    return f"{teaching.get_absolute_url()}{_part(request, teaching) or ''}"


@require_POST
def save(request: SignedInRequest, pk: int) -> JsonResponse:
    """Cells as JSON {"cells": [{"a": évaluation, "e": enrolment, "v": version, "t": text}]}; see `answer`."""
    teaching = teaching_to_fill(request.user, pk)
    try:
        entries = _typed_in_cells(request.body)
    except (ValueError, TypeError, KeyError):
        return JsonResponse({"reason": "Ces notes ne se lisent pas, recharger la page."}, status=400)
    recorded = record_marks(teaching=teaching, entries=entries, by=request.user)
    content = answer(recorded, _part(request, teaching))
    return JsonResponse(content, status=403 if _all_locked(recorded.outcomes) else 200)


@require_safe
def figures(request: SignedInRequest, pk: int) -> JsonResponse:
    """What the class has come to, for a sheet whose marks were just saved; see `figures_of`."""
    teaching = teaching_to_fill(request.user, pk)
    return JsonResponse(figures_of(Grid(load_sheet(teaching), part=_part(request, teaching))))


@require_POST
def preview(request: SignedInRequest, pk: int) -> JsonResponse:
    """What `save` would do of the same JSON, in words; nothing is saved."""
    teaching = teaching_to_fill(request.user, pk)
    try:
        entries = _typed_in_cells(request.body)
    except (ValueError, TypeError, KeyError):
        return JsonResponse({"reason": "Ce bloc ne se lit pas, ou il est trop grand."}, status=400)
    return JsonResponse(preview_answer(preview_block(load_sheet(teaching), entries)))


@require_safe
def average(request: SignedInRequest, pk: int, enrolment: int) -> HttpResponse:
    """A student's running average, with what each évaluation does in it."""
    teaching = teaching_to_fill(request.user, pk)
    sheet = load_sheet(teaching)
    student = sheet.enrolments.get(enrolment)
    if student is None:
        raise Http404
    return render(
        request,
        "grades/average.html",
        {
            "teaching": teaching,
            "sheet": sheet,
            "enrolment": student,
            "explained": sheet.reasons(student),
            "off": sheet.off(student),
            "units": sheet.units_of(student),
        },
    )


def assessment_new(request: SignedInRequest, pk: int) -> HttpResponse:
    teaching = teaching_to_head(request.user, pk, HEADS_ONLY)
    if semester_is_locked(teaching) and not is_reopened(teaching):
        raise PermissionDenied("Les notes de ce semestre sont verrouillées par le jury.")
    form = AssessmentForm(request.POST or None, teaching=teaching)
    if form.is_valid():
        with refusals_on(form):
            create_assessment(teaching=teaching, by=request.user, **form.values())
            return success(request, "Évaluation créée.", _address(request, teaching))
    return render(
        request,
        "grades/assessment.html",
        {"teaching": teaching, "form": form, "sheet_address": _address(request, teaching)},
    )


def assessment_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    assessment, teaching = _assessment_to_change(request, pk)
    shown = Shown(
        request,
        lambda data: [
            AssessmentForm(data, teaching=teaching, assessment=Assessment.objects.get(pk=assessment.pk))
        ],
        last=journaled("assessment.change", details__assessment=assessment.pk),
        gone=journaled("assessment.delete", details__assessment=assessment.pk),
    )
    (form,) = shown.forms
    if form.is_valid():
        with refusals_on(form):
            change_assessment(assessment=assessment, by=request.user, check=shown.check, **form.values())
            return success(request, "Évaluation enregistrée.", _address(request, teaching))
    return render(
        request,
        "grades/assessment.html",
        {
            "teaching": teaching,
            "form": form,
            "assessment": assessment,
            "marks": assessment.marks.count(),
            "sheet_address": _address(request, teaching),
        },
    )


@require_POST
def assessment_move(request: SignedInRequest, pk: int) -> HttpResponse:
    """One column to the left or to the right; the button that was pressed keeps the focus."""
    assessment, teaching = _assessment_to_change(request, pk)
    left = request.POST.get("vers") == "gauche"
    try:
        move_assessment(assessment=assessment, step=-1 if left else 1, by=request.user)
    except ValidationError as error:
        raise PermissionDenied(error.messages[0]) from None
    return redirect(f"{_address(request, teaching)}#{'left' if left else 'right'}-{assessment.pk}")


@require_POST
def assessment_delete(request: SignedInRequest, pk: int) -> HttpResponse:
    assessment, teaching = _assessment_to_change(request, pk)
    with refusals_told(request):
        delete_assessment(assessment=assessment, by=request.user)
        messages.success(request, f"{assessment.title} est supprimée.")
    return redirect(_address(request, teaching))


def _assessment_to_change(request: SignedInRequest, pk: int) -> tuple[Assessment, Teaching]:
    """An évaluation of an element that this person answers for, still open."""
    assessment = get_object_or_404(
        Assessment.objects.filter(teaching__in=Teaching.objects.fillable_by(request.user)), pk=pk
    )
    teaching = teaching_to_head(request.user, assessment.teaching_id, HEADS_ONLY)
    assessment.teaching = teaching
    if is_shut(assessment):
        raise PermissionDenied(f"{assessment.title} est verrouillée, elle ne change plus.")
    return assessment, teaching


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


def operation(request: SignedInRequest, pk: int, change: int) -> HttpResponse:
    """What was saved together with this change; posted, it is undone, itself an operation."""
    teaching = teaching_to_fill(request.user, pk)
    first = get_object_or_404(
        MarkChange.objects.filter(mark__assessment__teaching=teaching).select_related("by"), pk=change
    )
    may_undo = first.origin in UNDONE and (first.by == request.user or heads(request.user, teaching))
    if request.method != "POST":
        opened = is_reopened(teaching)
        changes = changes_of(teaching=teaching, at=first.at, author=first.by)
        return render(
            request,
            "grades/operation.html",
            {
                "teaching": teaching,
                "first": first,
                "changes": changes,
                "moved": not all(change.is_last for change in changes),
                "may_undo": may_undo,
                "undoable": sum(
                    change.is_last and (opened or not change.change.mark.assessment.locked)
                    for change in changes
                ),
            },
        )
    if not may_undo:
        raise PermissionDenied(AUTHORS_ONLY)
    recorded = undo_operation(teaching=teaching, at=first.at, author=first.by, by=request.user)
    _refuse_if_locked(recorded)
    _tell_undone(request, recorded)
    return redirect(teaching)


def _tell_undone(request: SignedInRequest, recorded: Recorded) -> None:
    kept = [outcome for outcome in recorded.outcomes if outcome.state != State.SAVED]
    number = len(recorded.outcomes) - len(kept)
    if number:
        restored = several(number, "note remise", "notes remises")
        messages.success(request, f"{restored} comme avant.")
    for outcome in kept[:MOST_TOLD]:
        student = recorded.sheet.enrolments[outcome.enrolment_id].student
        title = recorded.sheet.assessments[outcome.assessment_id].title
        why = KEPT.get(outcome.state, "plus attendue")
        messages.warning(request, f"{student}, {title}{NBSP}: {why}, reste à {outcome.text or 'vide'}.")
    if len(kept) > MOST_TOLD:
        messages.warning(
            request,
            f"Et {several(len(kept) - MOST_TOLD, 'autre, qui reste', 'autres, qui restent')} de même.",
        )


# ---------- what a save may be told ----------


def _all_locked(outcomes: list[Outcome]) -> bool:
    return bool(outcomes) and all(outcome.state == State.LOCKED for outcome in outcomes)


def _refuse_if_locked(recorded: Recorded) -> None:
    if _all_locked(recorded.outcomes):
        raise PermissionDenied(recorded.outcomes[0].reason)


# ---------- what was typed ----------


def _typed_in_form(fields: Mapping[str, str]) -> list[Entry]:
    """The cells of a posted form: each field's name tells évaluation, enrolment and version."""
    return [
        Entry(int(cell[1]), int(cell[2]), text, int(cell[3]))
        for name, text in fields.items()
        if (cell := FIELD.fullmatch(name))
    ]


def _typed_in_cells(body: bytes) -> list[Entry]:
    """The cells of a JSON body. Raises ValueError, TypeError or KeyError when they are not that."""
    cells = json_of(body)["cells"]
    if not isinstance(cells, list) or len(cells) > MOST_CELLS:
        raise ValueError("cells")
    keys = {key for cell in cells for key in (cell["a"], cell["e"], cell["v"])}
    if not all(isinstance(key, int) and 0 <= key < 10**MOST_DIGITS for key in keys):
        raise ValueError("keys")
    return [Entry(cell["a"], cell["e"], str(cell["t"]), cell["v"]) for cell in cells]
