"""The second factor that somebody lost, taken away by who administers their department."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from butrt.base.accounts.confirming import confirmed
from butrt.base.accounts.doors import role_required
from butrt.base.accounts.factors.services import remove_all
from butrt.base.accounts.models import Role, User
from butrt.base.forms import refusals_told

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest


@role_required(Role.Name.ADMINISTRATOR)
@require_POST
@confirmed
def remove_factor(request: SignedInRequest, pk: int) -> HttpResponse:
    """That of who administers the site is its own affair, or of who holds the server."""
    departments = request.user.departments_as(Role.Name.ADMINISTRATOR)
    people = User.objects.filter(roles__department__in=departments, is_superuser=False).distinct()
    take_away(request, get_object_or_404(people, pk=pk), by=request.user)
    return redirect("accounts:person", pk=pk)


def take_away(request: HttpRequest, person: User, *, by: User) -> None:
    """Remove what a person lost, and say so at the top of the next page."""
    with refusals_told(request):
        if remove_all(user=person, by=by):
            messages.success(request, f"Second facteur de {person} retiré : cette personne en est prévenue.")
        else:
            messages.warning(request, f"{person} n’a pas de second facteur.")
