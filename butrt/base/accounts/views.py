from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from butrt.base.accounts.choosing import ASKED, administered, choice, chosen
from butrt.base.accounts.confirming import confirmed
from butrt.base.accounts.doors import role_required
from butrt.base.accounts.filters import PeopleFilter
from butrt.base.accounts.forms import AccountForm, TokenForm
from butrt.base.accounts.invitations import Outcome, lifetime
from butrt.base.accounts.invitations import invite as send_link
from butrt.base.accounts.listing import present_first
from butrt.base.accounts.models import ApiToken, Role, User
from butrt.base.accounts.services import create_token, revoke_token, save_account
from butrt.base.accounts.tables import PeopleTable
from butrt.base.forms import refusals_on, success
from butrt.base.meanwhile import Shown, journaled
from butrt.base.tables import arranged, exported

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest

ADMINISTRATOR = Role.Name.ADMINISTRATOR


@role_required(ADMINISTRATOR)
def people(request: SignedInRequest) -> HttpResponse:
    mine = administered(request.user)
    here = Role.objects.filter(department__in=mine).select_related("department")
    accounts = _known(request).prefetch_related(Prefetch("roles", here))
    filtered = PeopleFilter(request.GET, queryset=accounts, departments=mine)
    table = arranged(request, PeopleTable(present_first(filtered.qs), several=len(mine) > 1))
    return exported(request, table, "comptes") or render(
        request, "base/accounts/people.html", {"table": table, "filter": filtered}
    )


def _known(request: SignedInRequest) -> QuerySet[User]:
    """The accounts that have a role in a department that this person administers."""
    here = Role.objects.filter(department__in=request.user.departments_as(ADMINISTRATOR))
    return User.objects.filter(pk__in=here.values("user"))


@role_required(ADMINISTRATOR)
@confirmed
def person(request: SignedInRequest, pk: int | None = None) -> HttpResponse:
    """Change an account, or create one; its roles are those of a department of the administrator's."""
    account = get_object_or_404(_known(request), pk=pk) if pk is not None else User()
    department = chosen(request, of=account if pk is not None else None)
    mine = request.user.departments_as(ADMINISTRATOR)

    def made(data: QueryDict | None) -> list[AccountForm]:
        here = User.objects.get(pk=pk) if pk is not None else User()
        held = [role.role for role in here.roles.filter(department=department.pk)] if pk is not None else []
        shared = pk is not None and here.roles.exclude(department__in=mine).exists()
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
        {"form": form, "account": account if pk else None, "lifetime": lifetime()}
        | choice(request, department),
    )


@role_required(ADMINISTRATOR)
@require_POST
@confirmed
def invite(request: SignedInRequest, pk: int) -> HttpResponse:
    """Send a person the link by which they choose their password; nobody else sees it."""
    account = get_object_or_404(_known(request), pk=pk)
    _say(request, send_link(user=account, department=chosen(request, of=account), by=request.user))
    return redirect("accounts:person", pk=pk)


def _say(request: SignedInRequest, outcome: Outcome, done: str = "") -> None:
    """What became of the link, after what was done before."""
    say = messages.success if outcome is Outcome.SENT else messages.warning
    say(request, f"{done} {outcome.value}".strip())


@role_required(ADMINISTRATOR)
@confirmed
def tokens(request: SignedInRequest) -> HttpResponse:
    """The tokens by which programs read the department's API; a new one is shown here once, never again."""
    department = chosen(request)
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
        }
        | choice(request, department),
    )
    response["Cache-Control"] = "private, no-store"
    return response


@role_required(ADMINISTRATOR)
@require_POST
@confirmed
def revoke(request: SignedInRequest, pk: int) -> HttpResponse:
    api_token = get_object_or_404(ApiToken, pk=pk, department__in=administered(request.user))
    revoke_token(token=api_token, by=request.user)
    back = f"{reverse('accounts:tokens')}?{ASKED}={api_token.department_id}"
    return success(request, f"Jeton « {api_token} » révoqué : il n’ouvre plus rien.", back)
