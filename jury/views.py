"""The jury's pages. Fetch through the door, read the form, act, answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from butrt.accounts.doors import role_required
from butrt.accounts.models import Role, User
from butrt.tables import arranged, exported
from grades.progress.doors import WATCHERS
from jury import services
from jury.checklist import blocking, checklist
from jury.doors import PREPARING, say, session_for
from jury.filters import SessionFilter
from jury.forms import MemberFormSet, MotiveForm, SessionForm, members_of
from jury.models import Session
from jury.proceedings import Proceedings
from jury.statistics import forecast
from jury.tables import SessionTable

if TYPE_CHECKING:
    from butrt.accounts.models import SignedInRequest


def _state_page(session: Session) -> str:
    return {
        Session.State.PREPARATION: "jury:prepare",
        Session.State.DELIBERATION: "jury:room",
        Session.State.CLOSED: "jury:after",
    }[Session.State(session.state)]


@role_required(Role.Name.PRESIDENT, Role.Name.MEMBER, Role.Name.DIRECTOR, Role.Name.SECRETARIAT)
def sessions(request: SignedInRequest) -> HttpResponse:
    seen = Session.objects.visible_to(request.user).with_programme()
    found = SessionFilter(request.GET, queryset=seen)
    table = arranged(request, SessionTable(found.qs))
    return exported(request, table, "jurys") or render(
        request,
        "jury/sessions.html",
        {"table": table, "filter": found, "may_schedule": request.user.is_a(*PREPARING)},
    )


def session(request: SignedInRequest, pk: int) -> HttpResponse:
    """The page of a session is that of its state."""
    return redirect(_state_page(found := session_for(request, pk)), pk=found.pk)


@role_required(*PREPARING)
def schedule(request: SignedInRequest, pk: int | None = None) -> HttpResponse:
    found = pk and session_for(
        request,
        pk,
        doing="La présidence et le secrétariat fixent la séance.",
        who=Session.objects.documented_for(request.user),
    )
    departments = request.user.departments_as(*PREPARING)
    form = SessionForm(request.POST or None, instance=found, departments=departments)
    if form.is_valid():
        try:
            saved = services.schedule(session=form.instance, by=request.user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"{saved.title} : séance enregistrée.")
            return redirect("jury:members", pk=saved.pk)
    return render(request, "jury/schedule.html", {"form": form, "session": found})


def members(request: SignedInRequest, pk: int) -> HttpResponse:
    """Who sits, with what quality, present or excused: the president and the secretariat write it."""
    found = session_for(
        request,
        pk,
        doing="La présidence et le secrétariat notent les membres.",
        who=Session.objects.documented_for(request.user),
    )
    people = User.objects.filter(roles__department=found.department, is_active=True).distinct()
    initial = [
        {"user": each.user_id, "name": each.name, "quality": each.quality, "presence": each.presence}
        for each in found.members.all()
    ]
    formset = MemberFormSet(request.POST or None, initial=initial, form_kwargs={"people": people})
    if formset.is_valid():
        try:
            services.convene(session=found, members=members_of(formset), by=request.user)
        except ValidationError as error:
            say(request, error)
        else:
            messages.success(request, "Membres enregistrés.")
            return redirect(found)
    return render(request, "jury/members.html", {"session": found, "formset": formset})


def prepare(request: SignedInRequest, pk: int) -> HttpResponse:
    """The checklist, what the rules give today, and the opening."""
    found = session_for(request, pk)
    proceedings = Proceedings.of(found)
    items = checklist(found, proceedings)
    return render(
        request,
        "jury/prepare.html",
        {
            "session": found,
            "proceedings": proceedings,
            "forecast": forecast(proceedings),
            "items": items,
            "blocked": blocking(items),
            "form": MotiveForm(),
            "presides": found.president_id == request.user.pk,
            "closed": _closed_pages(request.user, found),
        },
    )


def _closed_pages(user: User, session: Session) -> set[str]:
    """The pages of the checklist that this person cannot open: the president fills no marks."""
    closed = {"grades:sheet"} if session.president_id == user.pk else set()
    return closed if user.has_role(session.department, *WATCHERS) else closed | {"cohorts:progress"}


@require_POST
def open_deliberation(request: SignedInRequest, pk: int) -> HttpResponse:
    found = session_for(request, pk, doing="La présidence du jury ouvre la délibération.")
    form = MotiveForm(request.POST)
    if form.is_valid():
        try:
            services.open_deliberation(session=found, by=request.user, motive=form.cleaned_data["motive"])
        except ValidationError as error:
            say(request, error)
        else:
            messages.success(request, "La délibération est ouverte, les notes sont verrouillées.")
            return redirect("jury:room", pk=pk)
    return redirect("jury:prepare", pk=pk)


@require_POST
def back_to_preparation(request: SignedInRequest, pk: int) -> HttpResponse:
    found = session_for(request, pk, doing="La présidence du jury déverrouille les notes.")
    form = MotiveForm(request.POST)
    if form.is_valid():
        try:
            services.back_to_preparation(session=found, motive=form.cleaned_data["motive"], by=request.user)
        except ValidationError as error:
            say(request, error)
            return redirect("jury:room", pk=pk)
        messages.success(request, "Retour en préparation : les notes sont ouvertes, les décisions gardées.")
    return redirect("jury:prepare", pk=pk)


@require_POST
def close(request: SignedInRequest, pk: int) -> HttpResponse:
    found = session_for(request, pk, doing="La présidence clôt le jury.")
    try:
        services.close(session=found, by=request.user)
    except ValidationError as error:
        say(request, error)
        return redirect("jury:room", pk=pk)
    messages.success(request, "Le jury est clos. Le PV attend votre signature.")
    return redirect("jury:after", pk=pk)
