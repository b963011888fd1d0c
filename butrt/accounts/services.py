"""What administrators do with accounts."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from butrt.accounts.models import Role, User
from butrt.journal.services import record
from curriculum.models import Department


@transaction.atomic
def set_roles(*, user: User, department: Department, roles: Iterable[str], by: User) -> None:
    """Make `roles` the roles of a person in a department, no more and no less; journaled when it changes."""
    wanted = set(roles)
    held = set(user.roles.filter(department=department).values_list("role", flat=True))
    if wanted == held:
        return
    user.roles.filter(department=department).exclude(role__in=wanted).delete()
    for role in sorted(wanted - held):
        Role.objects.create(user=user, department=department, role=role)
    user.__dict__.pop("role_set", None)
    record(
        act="account.roles",
        about=str(user),
        by=by,
        department=department,
        details={"before": sorted(held), "after": sorted(wanted)},
    )


@transaction.atomic
def save_account(
    *, user: User, password: str, department: Department, roles: Iterable[str], by: User
) -> User:
    """Create or change an account with its roles; an empty password leaves the one it has (none when new)."""
    created = user.pk is None
    if password:
        user.set_password(password)
    elif created:
        user.set_unusable_password()
    user.full_clean()
    user.save()
    record(
        act="account.create" if created else "account.change",
        about=user.username,
        by=by,
        department=department,
        details={"active": user.is_active, "password": bool(password)},
    )
    set_roles(user=user, department=department, roles=roles, by=by)
    return user
