"""The pages of the members: their list, and the convocation with its signatures to print."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from butrt.base.accounts.models import Role, User
from butrt.base.documents.files import as_file
from butrt.base.forms import refusals_told, success
from butrt.base.french import several
from butrt.base.meanwhile import Shown, journaled
from jury.models import Member, Session
from jury.sittings import services
from jury.sittings.doors import session_for
from jury.sittings.members.convocations import Sent, body, plan, send
from jury.sittings.members.document import render_attendance
from jury.sittings.members.forms import CompositionForm, MemberFormSet, edits_of
from jury.sittings.members.presences import attend

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest


def _session(request: SignedInRequest, pk: int) -> Session:
    return session_for(
        request,
        pk,
        doing="La présidence et le secrétariat notent les membres.",
        who=Session.objects.documented_for(request.user),
    )


def members(request: SignedInRequest, pk: int) -> HttpResponse:
    """Who sits, with what quality, present or excused: the president and the secretariat write it."""
    found = _session(request, pk)
    people = User.objects.named_in(found.department, roles=Role.SITTING)
    rows = list(found.members.all())
    formset = MemberFormSet(
        request.POST or None,
        initial=[{"member": each.pk} | each.said for each in rows],
        form_kwargs={"people": people, "members": {each.pk: each for each in rows}},
    )
    shown = Shown(
        request,
        lambda data: [CompositionForm(data, initial=_composition(found))],
        last=journaled("session.members", details__session=pk),
    )
    (composed,) = shown.forms
    if formset.is_valid() and composed.is_valid():
        with refusals_told(request):
            with transaction.atomic():
                services.convene(
                    session=found,
                    edits=edits_of(formset),
                    by=request.user,
                    composition=composed.composition if composed.has_changed() else None,
                    check=shown.check,
                )
                if "all" in request.POST:
                    attend(session=found, by=request.user, presence=Member.Presence.PRESENT)
            return success(request, "Membres enregistrés.", "jury:members", pk=pk)
    context = {"session": found, "formset": formset, "composed": composed, "shown": shown}
    return render(request, "jury/sittings/members/members.html", context)


def _composition(session: Session) -> dict[str, Any]:
    act, day = Session.objects.values_list("composition_act", "composition_date").get(pk=session.pk)
    return {"act": act, "day": day}


def convocations(request: SignedInRequest, pk: int) -> HttpResponse:
    """Whom a convocation would reach and what it says; posted, the mails leave."""
    found = _session(request, pk)
    if request.method == "POST":
        with refusals_told(request):
            told = send(session=found, by=request.user, again=bool(request.POST.get("again")))
            _tell(request, told)
        return redirect("jury:convocations", pk=pk)
    planned = plan(found)
    first = next(iter([*planned.letters, *planned.convened]), None)
    return render(
        request,
        "jury/sittings/members/convocations.html",
        {"session": found, "plan": planned, "example": first and body(found, first, request.user)},
    )


def _tell(request: SignedInRequest, told: Sent) -> None:
    if told.sent:
        sent = several(len(told.sent), "convocation envoyée", "convocations envoyées")
        messages.success(request, f"{sent}.")
    if told.failed:
        who = ", ".join(each.name for each in told.failed)
        messages.error(request, f"Le serveur de courriel a refusé : {who}. Rien ne leur est parvenu.")


def attendance(request: SignedInRequest, pk: int) -> HttpResponse:
    """The convocation and the list that the members sign on the day."""
    found = _session(request, pk)
    printed = render_attendance(found, at=timezone.now())
    return as_file(printed.content, f"{found.file_stem('emargement')}.pdf", "application/pdf", inline=True)
