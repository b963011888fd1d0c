"""The pages of the round trip with Apogée, once the jury is closed: presidency and secretariat."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from butrt.base.documents.files import as_file
from butrt.base.forms import refusals_on, success
from butrt.base.meanwhile import Shown, journaled
from butrt.base.previews import GONE, PlanChanged
from jury.doors import documented_session
from jury.exchange.apogee import rows
from jury.exchange.apogee.elements import NOT_RECOGNISED, Proposals
from jury.exchange.apogee.file import ENCODING, MOST_BYTES, ApogeeError, ApogeeFile, read_apogee
from jury.exchange.apogee.filling import FILLED_TYPES
from jury.exchange.apogee.forms import ApogeeFileForm, CodesForm, ElementsForm
from jury.exchange.apogee.known import ours
from jury.exchange.apogee.services import (
    give_back,
    keep_file,
    plan_for,
    programme_of_file,
    proposed_elements,
    save_codes,
    save_elements,
    saved_elements,
    site_codes,
)
from jury.models import ApogeeUpload, Session

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest


def apogee(request: SignedInRequest, pk: int) -> HttpResponse:
    """Send the file that Apogée gave out; then, every cell that would be filled, and what would not."""
    session = documented_session(request, pk)
    if closed := _not_closed(request, session):
        return closed
    form, refused = ApogeeFileForm(), ""
    if request.method == "POST":
        form = ApogeeFileForm(request.POST, request.FILES)
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                keep_file(
                    session=session, data=file.read(MOST_BYTES + 1), name=file.name or "", by=request.user
                )
            except ApogeeError as error:
                refused = f"{file.name} : {error}"
            else:
                sent = _read(ApogeeUpload.objects.of(request.user, session=session))
                known = saved_elements(programme_of_file(session, sent))
                return redirect("jury:apogee" if known else "jury:apogee_elements", pk)
    kept = ApogeeUpload.objects.of(request.user, session=session)
    plan = plan_for(session, read_apogee(bytes(kept.data))) if kept else None
    return render(
        request,
        "jury/exchange/apogee/filling.html",
        {
            "session": session,
            "form": form,
            "refused": refused,
            "kept": kept,
            "plan": plan,
            "cells": plan and rows.by_student(plan),
            "refused_cells": plan and rows.one_by_one(plan.refused),
            "conflicts": plan and rows.one_by_one(plan.conflicts),
            "page": "filling",
        },
    )


def elements(request: SignedInRequest, pk: int) -> HttpResponse:
    """What each UE, RCUE, semester, year, ressource and SAÉ is called in Apogée: kept for the programme."""
    session = documented_session(request, pk)
    if closed := _not_closed(request, session):
        return closed
    file = _read(ApogeeUpload.objects.of(request.user, session=session))
    programme = programme_of_file(session, file)
    known = ours(programme)
    proposals = proposed_elements(programme, file) if file else Proposals()
    shown = Shown(
        request,
        lambda data: [
            ElementsForm(data, known=known, saved=saved_elements(programme), proposed=proposals.by_subject)
        ],
        last=journaled("apogee.elements", about=str(programme)),
    )
    (form,) = shown.forms
    if form.is_valid():
        with refusals_on(form):
            save_elements(programme=programme, elements=form.elements, by=request.user, check=shown.check)
            return success(request, "Correspondances enregistrées.", "jury:apogee", pk)
    listed = (
        [
            (element, file.label(element), proposals.remarks.get(element, NOT_RECOGNISED))
            for element in file.elements
            if element[0] in FILLED_TYPES
        ]
        if file
        else []
    )
    return render(
        request,
        "jury/exchange/apogee/elements.html",
        {
            "session": session,
            "programme": programme,
            "form": form,
            "shown": shown,
            "listed": listed,
            "page": "elements",
        },
    )


def codes(request: SignedInRequest, pk: int) -> HttpResponse:
    """How each code of ours is written in the site's Apogée: kept for the department."""
    session = documented_session(request, pk)
    if closed := _not_closed(request, session):
        return closed
    shown = Shown(
        request,
        lambda data: [CodesForm(data, written=site_codes(session.department))],
        last=journaled("apogee.codes", department=session.department),
    )
    (form,) = shown.forms
    if form.is_valid():
        with refusals_on(form):
            save_codes(
                department=session.department, written=form.written, by=request.user, check=shown.check
            )
            return success(request, "Codes enregistrés.", "jury:apogee", pk)
    file = _read(ApogeeUpload.objects.of(request.user, session=session))
    allowed = [(kind, file.allowed(kind)) for kind in FILLED_TYPES] if file else []
    return render(
        request,
        "jury/exchange/apogee/codes.html",
        {"session": session, "form": form, "shown": shown, "allowed": allowed, "page": "codes"},
    )


@require_POST
def give(request: SignedInRequest, pk: int) -> HttpResponse:
    """The file to give back to Apogée, exactly as it was shown."""
    session = documented_session(request, pk)
    if closed := _not_closed(request, session):
        return closed
    kept = ApogeeUpload.objects.of(request.user, session=session)
    if kept is None:
        messages.warning(request, GONE)
        return redirect("jury:apogee", pk)
    try:
        filled = give_back(
            session=session,
            kept=kept,
            shown=request.POST.get("shown", ""),
            overwrite="overwrite" in request.POST,
            by=request.user,
        )
    except PlanChanged as changed:
        messages.error(request, f"Rien n’est donné. {changed}")
        return redirect("jury:apogee", pk)
    name = re.sub(r"[^A-Za-z0-9._-]+", "_", kept.name) or "apogee.txt"
    return as_file(filled, name, f"text/plain; charset={ENCODING}")


def _not_closed(request: SignedInRequest, session: Session) -> HttpResponse | None:
    """Apogée receives what is decided: back to the session while it is not."""
    if session.state == Session.State.CLOSED:
        return None
    messages.warning(request, "Apogée reçoit les résultats d’un jury clos : celui-ci ne l’est pas.")
    return redirect(session)


def _read(kept: ApogeeUpload | None) -> ApogeeFile | None:
    return read_apogee(bytes(kept.data)) if kept else None
