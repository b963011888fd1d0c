"""The pages of the members: their list, and the convocation with its signatures to print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms import BaseFormSet
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from butrt.base.accounts.models import Role, User
from butrt.base.accounts.signedin import from_script
from butrt.base.documents.files import as_file
from butrt.base.forms import refusals_on, refusals_told, success, tell_refusal
from butrt.base.french import several
from butrt.base.meanwhile import Shown, journaled
from butrt.base.requested import key_of
from jury.doors import session_for
from jury.models import Member, Session
from jury.sittings import services
from jury.sittings.members.convocations import Sent, body, plan, send
from jury.sittings.members.copying import copied_from, proposed
from jury.sittings.members.document import render_attendance
from jury.sittings.members.forms import CompositionForm, MemberFormSet, edits_of
from jury.sittings.members.presences import attend, lines

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
    session = _session(request, pk)
    shown = Shown(
        request,
        lambda data: [CompositionForm(data, initial=_composition(session)), _lines(data, session)],
        last=journaled("session.members", details__session=pk),
    )
    composed, formset = shown.forms
    if formset.is_valid() and composed.is_valid():
        with refusals_on(composed):
            with transaction.atomic():
                services.convene(
                    session=session,
                    edits=edits_of(formset),
                    by=request.user,
                    composition=composed.composition if composed.has_changed() else None,
                    check=shown.check,
                )
                if "all" in request.POST:
                    attend(session=session, by=request.user, presence=Member.Presence.PRESENT)
            return success(request, "Membres enregistrés.", "jury:members", pk=pk)
    copies = request.method == "GET" and session.state != Session.State.CLOSED
    sources = copied_from(request.user, session) if copies else []
    source = next((other for other in sources if other.pk == key_of(request.GET.get("de", ""))), None)
    copied = proposed(source, session) if source else []
    if copied:
        formset = _lines(None, session, copied)
    rows = {str(row.pk): row for row in session.members.all()}
    context = {
        "session": session,
        "formset": formset,
        "lines": [(form, rows.get(str(form["key"].value()))) for form in formset.forms],
        "composed": composed,
        "shown": shown,
        "sources": sources,
        "source": source,
        "copied": copied,
    }
    return render(request, "jury/sittings/members/members.html", context)


def _composition(session: Session) -> dict[str, Any]:
    act, day = Session.objects.values_list("composition_act", "composition_date").get(pk=session.pk)
    return {"act": act, "day": day}


def _lines(data: QueryDict | None, session: Session, copied: Sequence[Mapping[str, Any]] = ()) -> BaseFormSet:
    """A line a member, then those `copied` from another jury."""
    people = User.objects.named_in(session.department, roles=Role.SITTING)
    here = [{"key": row.pk} | row.as_line for row in session.members.all()]
    named = [(person.pk, str(person)) for person in people]
    return MemberFormSet(data, initial=[*here, *copied], form_kwargs={"people": named})


def convocations(request: SignedInRequest, pk: int) -> HttpResponse:
    """Whom a convocation would reach and what it says; posted, the mails leave."""
    session = _session(request, pk)
    if request.method == "POST":
        with refusals_told(request):
            sent = send(session=session, by=request.user, again=bool(request.POST.get("again")))
            _tell(request, sent)
        return redirect("jury:convocations", pk=pk)
    planned = plan(session)
    first = next(iter([*planned.letters, *planned.convened]), None)
    return render(
        request,
        "jury/sittings/members/convocations.html",
        {"session": session, "plan": planned, "example": first and body(session, first, request.user)},
    )


def _tell(request: SignedInRequest, sent: Sent) -> None:
    if sent.sent:
        sentence = several(len(sent.sent), "convocation envoyée", "convocations envoyées")
        messages.success(request, f"{sentence}.")
    if sent.failed:
        who = ", ".join(member.name for member in sent.failed)
        messages.error(request, f"Le serveur de courriel a refusé : {who}. Rien ne leur est parvenu.")


def attendance(request: SignedInRequest, pk: int) -> HttpResponse:
    """The convocation and the list that the members sign on the day."""
    session = _session(request, pk)
    printed = render_attendance(session, at=timezone.now())
    return as_file(printed.content, f"{session.file_stem('emargement')}.pdf", "application/pdf", inline=True)


@require_POST
def presences(request: SignedInRequest, pk: int) -> HttpResponse:
    """`member` "12:present", or `all`: from the room, whose script is given the list back."""
    session = session_for(
        request,
        pk,
        doing="La présidence et le secrétariat notent les présences.",
        who=Session.objects.documented_for(request.user),
    )
    member, _, presence = request.POST.get("member", "").partition(":")
    refused = ""
    try:
        if "all" in request.POST:
            attend(session=session, by=request.user, presence=Member.Presence.PRESENT)
        else:
            attend(session=session, by=request.user, presence=presence, member=key_of(member))
    except ValidationError as error:
        refused = " ".join(error.messages)
        if not from_script(request):
            tell_refusal(request, error)
    if from_script(request):
        context = {"session": session, "lines": lines(session.members.all()), "refused": refused}
        return render(request, "jury/sittings/members/_presences.html", context)
    return redirect("jury:room", pk=pk)
