"""The card: one student before the jury, and the decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from grades.models import Student
from jury import services
from jury.doors import case_of, say, session_for
from jury.forms import DecisionForm
from jury.models import Decision, Session
from jury.motives import motives_for
from jury.proceedings import Case, Proceedings
from jury.rules import codes

if TYPE_CHECKING:
    from butrt.accounts.models import SignedInRequest


def card(request: SignedInRequest, pk: int, number: str) -> HttpResponse:
    """One student before the jury: results, reasons, what is missing; and the decision, for the president."""
    found = session_for(request, pk)
    proceedings = Proceedings.of(found)
    case = case_of(proceedings, number)
    presides = found.president_id == request.user.pk
    form = DecisionForm(request.POST or None, case=case)
    told = False  # what someone else did since the page was made
    if request.method == "POST":
        if not presides:
            raise PermissionDenied("La présidence du jury enregistre les décisions.")
        if form.is_valid():
            student = get_object_or_404(Student, department=found.department, number=number)
            try:
                services.decide(session=found, student=student, by=request.user, **form.decision)
            except ValidationError as error:
                told = isinstance(error, services.Meanwhile)
                form.add_error(None, error)
            else:
                messages.success(request, f"{case.name} : décision enregistrée.")
                return redirect("jury:card", pk=pk, number=number)
    return render(
        request,
        "jury/card.html",
        {
            "session": found,
            "proceedings": proceedings,
            "case": case,
            "form": form,
            "decides": presides and found.state == Session.State.DELIBERATION,
            "history": found.decisions.filter(student__number=number)
            .select_related("author")
            .order_by("-at"),
            "usual_motives": motives_for(found.department),
            "seen": form.data.get("seen") if form.is_bound and not told else _last_act(found, number),
            "unit_options": [code for code in codes.Code if code in codes.UNIT_CODES],
            **_year_options(case),
            **_results(proceedings, case),
            **_neighbours(proceedings, case),
        },
    )


def _last_act(session: Session, number: str) -> int:
    last = services.last_act(session, number)
    return last.pk if last else 0


def _year_options(case: Case) -> dict[str, list[str]]:
    """The codes of the year: what the rules propose or leave open; then any other, the jury is sovereign."""
    open_ones = [*case.proposal.options] or [code for code in (case.proposal.year,) if code]
    usual = [codes.Code.PAS1NCI, codes.Code.RED, codes.Code.NAR, codes.Code.ADJ]
    first = list(dict.fromkeys([*open_ones, *(usual if not case.proposal.options else ()), codes.Code.ATJ]))
    rest = [code for code in codes.Code if code in codes.YEAR_CODES and code not in first]
    if case.verdict.year in rest:  # decided already: it is among what is shown
        first.append(codes.Code(case.verdict.year))
        rest.remove(codes.Code(case.verdict.year))
    return {"year_options": [*first], "other_codes": [*rest]}


def _results(proceedings: Proceedings, case: Case) -> dict[str, Any]:
    """The card's blocks: one a competence judged, one for each other level of which something is known."""
    verdict, blocks = case.verdict, []
    for column in proceedings.columns:
        rcue = verdict.rcues.get(column.rcue) if column.rcue else None
        subjects = (*column.units, column.rcue or "")
        blocks.append(
            {
                "column": column,
                "rcue": rcue,
                "units": [
                    (name, verdict.units.get(name), name in verdict.units and case.kept_since(name))
                    for name in column.units
                ],
                "reasons": case.reasons_about(*subjects),
            }
        )
    shown = {name for column in proceedings.columns for name in column.units}
    others = [
        {
            "title": f"{name.partition('/')[0]}, niveau {name.partition('/')[2]}",
            "rcue": rcue,
            "units": [(unit, verdict.units[unit]) for unit in rcue.units if unit in verdict.units],
            "reasons": case.reasons_about(name, *rcue.units),
        }
        for name, rcue in verdict.rcues.items()
        if not shown & set(rcue.units)
    ]
    return {
        "blocks": blocks,
        "other_blocks": others,
        "year_reasons": case.reasons_about("year", "progression", "diplomas"),
    }


def _neighbours(proceedings: Proceedings, case: Case) -> dict[str, Any]:
    """The cases before and after this one, in the order of the names."""
    cases = proceedings.cases
    place = cases.index(case)
    return {
        "previous": cases[place - 1] if place > 0 else None,
        "following": cases[place + 1] if place + 1 < len(cases) else None,
        "place": place + 1,
        "undecided": [each for each in cases if each.undecided],
    }


@require_POST
def withdraw(request: SignedInRequest, pk: int, number: str) -> HttpResponse:
    """Take a decision back: the proposal of the rules stands again."""
    found = session_for(request, pk, doing="La présidence du jury retire une décision.")
    decision = get_object_or_404(
        Decision.objects.select_related("student"),
        session=found,
        student__number=number,
        current=True,
        pk=int(given) if (given := request.POST.get("decision", "")).isdecimal() else 0,
    )
    try:
        services.decide(
            session=found,
            student=decision.student,
            kind=decision.kind,
            subject=decision.subject,
            code="",
            motive=f"Décision {decision.code} retirée.",
            by=request.user,
        )
    except ValidationError as error:
        say(request, error)
    else:
        messages.success(request, "Décision retirée : la proposition des règles vaut à nouveau.")
    return redirect("jury:card", pk=pk, number=number)
