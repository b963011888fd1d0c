from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from butrt.accounts.doors import role_required
from butrt.accounts.filters import PeopleFilter
from butrt.accounts.forms import AccountForm
from butrt.accounts.models import Role, User
from butrt.accounts.services import save_account
from butrt.accounts.tables import PeopleTable
from butrt.tables import arranged, exported
from curriculum.models import Department

if TYPE_CHECKING:
    from butrt.accounts.models import SignedInRequest

ADMINISTRATOR = Role.Name.ADMINISTRATOR


@role_required(ADMINISTRATOR)
def people(request: SignedInRequest) -> HttpResponse:
    departments = request.user.departments_as(ADMINISTRATOR)
    accounts = (
        User.objects.filter(roles__department__in=departments)
        .prefetch_related(Prefetch("roles", Role.objects.filter(department__in=departments)))
        .distinct()
        .order_by("last_name", "first_name")
    )
    found = PeopleFilter(request.GET, queryset=accounts)
    table = arranged(request, PeopleTable(found.qs))
    return exported(request, table, "comptes") or render(
        request, "accounts/people.html", {"table": table, "filter": found}
    )


@role_required(ADMINISTRATOR)
def person(request: SignedInRequest, pk: int | None = None) -> HttpResponse:
    """Change an account, or create one; its roles are those of the administrator's department."""
    department = Department.objects.filter(pk__in=request.user.departments_as(ADMINISTRATOR)).first()
    assert department is not None  # the door made sure
    known = User.objects.filter(roles__department=department).distinct()
    account = get_object_or_404(known, pk=pk) if pk else User()
    held = [role.role for role in account.roles.filter(department=department)] if pk else []
    shared = pk is not None and account.roles.exclude(department=department).exists()
    form = AccountForm(request.POST or None, instance=account, roles=held, shared=shared)
    if form.is_valid():
        try:
            save_account(
                user=form.instance,
                password=form.cleaned_data["password"],
                department=department,
                roles=form.cleaned_data["roles"],
                by=request.user,
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"Compte de {form.instance} enregistré.")
            return redirect("accounts:people")
    return render(request, "accounts/person.html", {"form": form, "account": account})
