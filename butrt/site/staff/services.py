"""Opening the accounts of a list: all that was shown, or nothing; then the invitations, in one act."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from butrt.base.accounts.invitations import Outcome, invite_all
from butrt.base.accounts.models import Role, User
from butrt.base.accounts.services import save_account, set_roles
from butrt.base.meanwhile import retold
from butrt.base.previews import PlanChanged
from butrt.site.staff.planning import Plan, What, plan
from butrt.site.staff.reading import Line
from curriculum.models import Department


@dataclass(frozen=True)
class Opened:
    """What was done; `outcomes`: what became of each link, empty when none was asked."""

    plan: Plan
    outcomes: Mapping[User, Outcome]


def open_accounts(
    *, department: Department, lines: Sequence[Line], role: str, seen: str, by_mail: bool, by: User
) -> Opened:
    """Open the accounts of a list, give the roles that it says. Raises `PlanChanged`, ValidationError."""
    done = _open(department, lines, role, seen, by)
    new = [planned.user for planned in done.of(What.NEW) if planned.user]
    return Opened(done, invite_all(users=new, department=department, by=by) if by_mail and new else {})


@retold
@transaction.atomic
def _open(department: Department, lines: Sequence[Line], role: str, seen: str, by: User) -> Plan:
    list(Department.objects.select_for_update(no_key=True).filter(pk=department.pk))
    now = plan(department=department, lines=lines, role=role)
    if now.seen != seen:
        raise PlanChanged(plan=now)
    for planned in now.of(What.NEW):
        if planned.user:
            save_account(user=planned.user, department=department, roles=planned.roles, by=by)
    for planned in now.of(What.ROLES):
        if planned.user:
            held = Role.objects.filter(user=planned.user, department=department).values_list(
                "role", flat=True
            )
            set_roles(user=planned.user, department=department, roles={*held, *planned.roles}, by=by)
    return now
