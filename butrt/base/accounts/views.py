from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from butrt.base.accounts.confirming import confirmed
from butrt.base.accounts.doors import role_required
from butrt.base.accounts.filters import PeopleFilter
from butrt.base.accounts.forms import AccountForm, TokenForm
from butrt.base.accounts.invitations import Outcome, days
from butrt.base.accounts.invitations import invite as send_link
from butrt.base.accounts.listing import present_first
from butrt.base.accounts.models import ApiToken, Role, User, departments_of
from butrt.base.accounts.services import create_token, revoke_token, save_account
from butrt.base.accounts.tables import PeopleTable
from butrt.base.forms import refusals_on, success
from butrt.base.meanwhile import Shown, journaled
from butrt.base.tables import arranged, exported

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest
    from butrt.base.departments import Department

ADMINISTRATOR = Role.Name.ADMINISTRATOR


@role_required(ADMINISTRATOR)
def people(request: SignedInRequest) -> HttpResponse:
    departments = request.user.departments_as(ADMINISTRATOR)
    accounts = (
        User.objects.filter(roles__department__in=departments)
        .prefetch_related(Prefetch("roles", Role.objects.filter(department__in=departments)))
        .distinct()
    )
    chosen = PeopleFilter(request.GET, queryset=accounts)
    table = arranged(request, PeopleTable(present_first(chosen.qs)))
    return exported(request, table, "comptes") or render(
        request, "base/accounts/people.html", {"table": table, "filter": chosen}
    )


def _department(request: SignedInRequest) -> Department:
    department: Department | None = departments_of(request.user.departments_as(ADMINISTRATOR)).first()
    assert department is not None  # the door made sure
    return department


@role_required(ADMINISTRATOR)
@confirmed
def person(request: SignedInRequest, pk: int | None = None) -> HttpResponse:
    """Change an account, or create one; its roles are those of the administrator's department."""
    department = _department(request)
    known = User.objects.filter(roles__department=department.pk).distinct()
    account = get_object_or_404(known, pk=pk) if pk is not None else User()

    def made(data: QueryDict | None) -> list[AccountForm]:
        here = User.objects.get(pk=pk) if pk is not None else User()
        held = [role.role for role in here.roles.filter(department=department.pk)] if pk is not None else []
        shared = pk is not None and here.roles.exclude(department=department.pk).exists()
        return [AccountForm(data, instance=here, roles=held, shared=shared or here.is_superuser)]

    last = journaled("account.change", "account.roles", about__in=[account.username, str(account)])
    shown = Shown(request, made, last=last, new=pk is None)
    (form,) = shown.forms
    if form.is_valid():
        with refusals_on(form):
            saved = save_account(
                user=form.instance,
                department=department,
                roles=form.cleaned_data["roles"],
                by=request.user,
                check=shown.check,
            )
            done = f"Compte de {saved} enregistré."
            if pk is None:
                outcome = send_link(user=saved, department=department, by=request.user)
                _say(request, outcome, done)
            else:
                messages.success(request, done)
            return redirect("accounts:people")
    return render(
        request,
        "base/accounts/person.html",
        {"form": form, "account": account if pk else None, "days": days()},
    )


@role_required(ADMINISTRATOR)
@require_POST
@confirmed
def invite(request: SignedInRequest, pk: int) -> HttpResponse:
    """Send a person the link by which they choose their password; nobody else sees it."""
    department = _department(request)
    account = get_object_or_404(User.objects.filter(roles__department=department.pk).distinct(), pk=pk)
    _say(request, send_link(user=account, department=department, by=request.user))
    return redirect("accounts:person", pk=pk)


def _say(request: SignedInRequest, outcome: Outcome, done: str = "") -> None:
    """What became of the link, after what was done before."""
    say = messages.success if outcome is Outcome.SENT else messages.warning
    say(request, f"{done} {outcome.value}".strip())


@role_required(ADMINISTRATOR)
@confirmed
def tokens(request: SignedInRequest) -> HttpResponse:
    """The tokens by which programs read the department's API; a new one is shown here once, never again."""
    department = _department(request)
    owners = User.objects.filter(roles__department=department.pk, roles__role__in=ApiToken.ROLES).distinct()
    form = TokenForm(request.POST or None, owners=owners)
    secret = ""
    if form.is_valid():
        with refusals_on(form):
            token, secret = create_token(department=department, by=request.user, **form.cleaned_data)
            messages.success(
                request, f"Jeton « {token} » créé. Copiez-le maintenant : il ne se reverra plus."
            )
            form = TokenForm(owners=owners)
    response = render(
        request,
        "base/accounts/tokens.html",
        {
            "form": form,
            "secret": secret,
            "tokens": ApiToken.objects.filter(department=department.pk).select_related("owner"),
            "address": request.build_absolute_uri(reverse("api:description")),
        },
    )
    response["Cache-Control"] = "private, no-store"
    return response


@role_required(ADMINISTRATOR)
@require_POST
@confirmed
def revoke(request: SignedInRequest, pk: int) -> HttpResponse:
    api_token = get_object_or_404(ApiToken, pk=pk, department=_department(request).pk)
    revoke_token(token=api_token, by=request.user)
    return success(request, f"Jeton « {api_token} » révoqué : il n’ouvre plus rien.", "accounts:tokens")
