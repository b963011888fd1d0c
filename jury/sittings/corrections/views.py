"""The pages of what changes after the jury looked: marks corrected meanwhile, closed sessions corrected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from butrt.base.accounts.confirming import confirmed
from butrt.base.accounts.models import Role
from butrt.base.forms import refusals_on, refusals_told, success
from jury.cases.proceedings import Proceedings
from jury.cases.rights import ANNULLABLE
from jury.doors import session_for
from jury.models import Session
from jury.sittings.corrections import rechecks, services
from jury.sittings.corrections.answers import answer, differences, shifts
from jury.sittings.corrections.forms import CorrectionForm, SuccessionForm
from jury.sittings.corrections.succession import name_successor
from jury.sittings.forms import MotiveForm

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest


def meanwhile(request: SignedInRequest, pk: int) -> HttpResponse:
    """What corrected marks change: to answer in the deliberation, to read beforehand in preparation."""
    session = session_for(request, pk)
    if session.state == Session.State.CLOSED:
        return redirect(session)
    presides = session.is_presided_by(request.user)
    refused = None
    if request.method == "POST":
        if not presides:
            raise PermissionDenied("La présidence du jury répond aux changements.")
        with refusals_told(request):
            act = answer(
                session=session,
                number=request.POST.get("student", ""),
                kept=request.POST.getlist("keep"),
                motive=request.POST.get("motive", ""),
                shown=request.POST.get("shown", ""),
                by=request.user,
                confirmed_against_right=bool(request.POST.get("confirmed_against_right")),
            )
            kept = act.decisions.exclude(code="").count()
            return success(
                request,
                "Décision gardée et motivée." if kept else "La proposition des règles est acceptée.",
                "jury:meanwhile",
                pk=pk,
            )
        refused = request.POST
    proceedings = Proceedings.of(session)
    return render(
        request,
        "jury/sittings/corrections/meanwhile.html",
        {
            "session": session,
            "proceedings": proceedings,
            "differences": differences(proceedings),
            "shifts": shifts(session, proceedings),
            "answers": presides and session.state == Session.State.DELIBERATION,
            "refused": refused,
            "annullable": ANNULLABLE,
            "kept": refused.getlist("keep") if refused else (),
        },
    )


@confirmed
def recheck(request: SignedInRequest, pk: int) -> HttpResponse:
    """Whose earlier results changed since the figures were frozen: take them in, or see that all stands."""
    session = session_for(request, pk)
    presides = session.is_presided_by(request.user)
    form = MotiveForm(request.POST or None)
    if request.method == "POST" and not presides:
        raise PermissionDenied("La présidence du jury répond aux changements.")
    if request.POST.get("act") == "leave":
        with refusals_told(request):
            rechecks.leave(session=session, by=request.user)
            messages.success(request, "Vu : rien ne change pour ces étudiants.")
        return redirect("jury:recheck", pk=pk)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            rechecks.take_in(session=session, motive=form.cleaned_data["motive"], by=request.user)
            return success(
                request,
                "Résultats repris : répondre maintenant à ce qu’ils changent.",
                "jury:meanwhile",
                pk=pk,
            )
    looked = rechecks.to_look_at(session)
    return render(
        request,
        "jury/sittings/corrections/recheck.html",
        {
            "session": session,
            "looked": looked,
            "alike": any(not row.changes for row in looked),
            "form": form,
            "presides": presides,
        },
    )


@confirmed
def correct(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a closed session up again: why, how far, and which later sessions used its results."""
    session = session_for(request, pk, doing="La présidence du jury corrige un jury clos.")
    if session.state != Session.State.CLOSED:
        return redirect(session)
    form = CorrectionForm(request.POST or None)
    if form.is_valid():
        with refusals_on(form):
            services.open_correction(
                session=session, motive=form.cleaned_data["motive"], marks=form.marks, by=request.user
            )
            return success(
                request, "Correction ouverte : la version en vigueur du PV reste telle quelle.", session
            )
    return render(
        request,
        "jury/sittings/corrections/correct.html",
        {"session": session, "form": form, "later": services.later_sessions(session)},
    )


@confirmed
def succession(request: SignedInRequest, pk: int) -> HttpResponse:
    """Name who presides a closed session whose president lost the role; the director of studies does."""
    directed = request.user.departments_as(Role.Name.DIRECTOR)
    session = session_for(
        request,
        pk,
        doing="La direction des études nomme la présidence d’un jury clos qui n’en a plus.",
        who=Session.objects.filter(cohort__specialty__department__in=directed),
    )
    form = SuccessionForm(request.POST or None, department=session.department)
    if form.is_valid():
        with refusals_on(form):
            named = name_successor(session=session, by=request.user, **form.cleaned_data)
            sentence = f"{named.president} préside désormais : le jury peut être corrigé."
            return success(request, sentence, "jury:after", pk=pk)
    return render(request, "jury/sittings/corrections/succession.html", {"session": session, "form": form})


@require_POST
def abandon(request: SignedInRequest, pk: int) -> HttpResponse:
    session = session_for(request, pk, doing="La présidence du jury abandonne une correction.")
    with refusals_told(request):
        services.abandon_correction(session=session, by=request.user)
        messages.success(request, "Correction abandonnée : le jury est clos, la version du PV inchangée.")
    return redirect("jury:session", pk=pk)
