from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from butrt.base.accounts.doors import role_required
from butrt.base.accounts.models import Role
from butrt.base.journal.services import record
from butrt.site.setup.steps import BROUGHT_BACK, PUT_AWAY
from curriculum.models import Department

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest


@role_required(Role.Name.ADMINISTRATOR)
@require_POST
def put_away(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take the list of what is left off the homes of a department, or (`back`) bring it back."""
    departments = Department.objects.filter(pk__in=request.user.departments_as(Role.Name.ADMINISTRATOR))
    department = get_object_or_404(departments, pk=pk)
    act = BROUGHT_BACK if "back" in request.POST else PUT_AWAY
    with transaction.atomic():
        record(act=act, about=str(department), by=request.user, department=department)
    return redirect("home")
