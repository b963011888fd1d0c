"""The pages that open accounts together: the list, what it would do, what it did; then the invitations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from butrt.base.accounts.confirming import confirmed
from butrt.base.accounts.doors import role_required
from butrt.base.accounts.invitations import Outcome, days, invite_all
from butrt.base.accounts.models import Role, User
from butrt.base.forms import tell_refusal
from butrt.base.french import NBSP, several
from butrt.base.previews import GONE, Gone, PlanChanged, given_back, keep
from butrt.base.spreadsheets import Unreadable
from butrt.site.staff.forms import ListForm
from butrt.site.staff.invited import not_answered
from butrt.site.staff.planning import Plan, plan
from butrt.site.staff.reading import Line, read_people
from butrt.site.staff.services import Opened, open_accounts
from curriculum.models import Department

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest

ADMINISTRATOR = Role.Name.ADMINISTRATOR
SALT = "site.staff"


@role_required(ADMINISTRATOR)
def several_people(request: SignedInRequest) -> HttpResponse:
    """Paste or send a list; read, it brings what it would do."""
    keys = request.user.departments_as(ADMINISTRATOR)
    posted = request.method == "POST"
    form = ListForm(request.POST, request.FILES, departments=keys) if posted else ListForm(departments=keys)
    refused = ""
    if form.is_valid():
        department = form.cleaned_data.get("department") or Department.objects.get(pk=keys[0])
        role = form.cleaned_data["role"]
        try:
            lines = read_people(form.content)
            return _preview(request, plan(department=department, lines=lines, role=role), lines, role)
        except Unreadable as error:
            refused = str(error)
    return render(request, "site/staff/list.html", {"form": form, "refused": refused})


def _preview(
    request: SignedInRequest, shown: Plan, lines: Iterable[Line], role: str, again: str = ""
) -> HttpResponse:
    kept = {"department": shown.department.pk, "lines": [line.as_kept() for line in lines], "role": role}
    too_much = Unreadable("Cette liste est trop longue. L’envoyer en plusieurs fois.")
    return render(
        request,
        "site/staff/preview.html",
        {
            "plan": shown,
            "token": keep({**kept, "seen": shown.seen}, salt=SALT, by=request.user, too_much=too_much),
            "again": again,
            "days": days(),
        },
    )


@role_required(ADMINISTRATOR)
@require_POST
@confirmed
def confirm(request: SignedInRequest) -> HttpResponse:
    """Do what was shown, posted back as it was shown; the lines set aside stay to be corrected."""
    try:
        kept = given_back(request.POST.get("kept", ""), salt=SALT, by=request.user)
    except Gone:
        messages.error(request, GONE)
        return redirect("staff:several")
    if kept["department"] not in request.user.departments_as(ADMINISTRATOR):
        raise Http404
    department = Department.objects.get(pk=kept["department"])
    lines = [Line.from_kept(line) for line in kept["lines"]]
    try:
        opened = open_accounts(
            department=department,
            lines=lines,
            role=kept["role"],
            seen=kept["seen"],
            by_mail="invite" in request.POST,
            by=request.user,
        )
    except PlanChanged as error:
        return _preview(request, error.plan, lines, kept["role"], str(error))
    except ValidationError as error:
        tell_refusal(request, error)
        return redirect("staff:several")
    return _done(request, opened, kept["role"])


def _done(request: SignedInRequest, opened: Opened, role: str) -> HttpResponse:
    aside = [_as_pasted(planned.line) for planned in opened.plan.aside]
    form = ListForm(
        initial={"pasted": "\n".join(aside), "role": role},
        departments=request.user.departments_as(ADMINISTRATOR),
    )
    return render(
        request,
        "site/staff/done.html",
        {"plan": opened.plan, "links": _counted(opened.outcomes.values()), "form": form},
    )


def _as_pasted(line: Line) -> str:
    labels = dict(Role.Name.choices)
    roles = ", ".join(str(labels[Role.Name(role)]) for role in line.roles)
    return "\t".join((line.last_name, line.first_name, line.email, line.username, roles))


@role_required(ADMINISTRATOR)
@confirmed
def invitations(request: SignedInRequest) -> HttpResponse:
    """The people who have not chosen a password yet; those ticked are sent their link again."""
    keys = request.user.departments_as(ADMINISTRATOR)
    waiting = not_answered(keys)
    if request.method == "POST":
        chosen = [person for person in waiting if str(person.user.pk) in request.POST.getlist("person")]
        outcomes: dict[User, Outcome] = {}
        for department in Department.objects.filter(pk__in=keys):
            here = [person.user for person in chosen if person.department == department.pk]
            if here:
                outcomes |= invite_all(users=here, department=department, by=request.user)
        for words, well in _counted(outcomes.values()):
            (messages.success if well else messages.warning)(request, words)
        if not outcomes:
            messages.warning(request, "Personne n’est coché : aucun lien n’est envoyé.")
        return redirect("staff:invitations")
    return render(request, "site/staff/invitations.html", {"waiting": waiting, "days": days()})


def _counted(outcomes: Iterable[Outcome]) -> list[tuple[str, bool]]:
    """ "12 liens pour choisir un mot de passe sont envoyés.", and whether it went well."""
    counts = Counter(outcomes)
    sent = counts.pop(Outcome.SENT, 0)
    link = ("lien pour choisir un mot de passe est envoyé", "liens pour choisir un mot de passe sont envoyés")
    good_news = [(f"{several(sent, *link)}.", True)] if sent else []
    return good_news + [
        (f"{several(number, 'personne')}{NBSP}: {outcome.value}", False) for outcome, number in counts.items()
    ]
