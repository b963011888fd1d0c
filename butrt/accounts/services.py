"""What administrators do with accounts, and how a department begins."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from butrt.accounts.models import Role, User
from butrt.journal.services import record
from curriculum.models import Department, Regulation

FIRST_REGULATION = 2022  # the school year of the arrêté's first BUT2


@transaction.atomic
def create_department(
    *,
    department: Department,
    administrator: User,
    password: str,
    adopted_on: datetime.date | None = None,
    by: User | None = None,
) -> Department:
    """Begin a department: itself, its first règlement (the usual settings) and who administers it.

    An `administrator` who has an account already (saved) keeps it as it is, without a password here; a new
    one needs one. Raises ValidationError, in French, when the code is taken or a field is wrong.
    """
    if Department.objects.filter(code=department.code).exists():
        raise ValidationError(f"Le département « {department.code} » existe déjà.")
    department.full_clean()
    department.save()
    regulation = Regulation(
        department=department,
        school_year=FIRST_REGULATION,
        version=1,
        adopted_on=adopted_on or timezone.localdate(),
    )
    regulation.full_clean()
    regulation.save()
    record(
        act="department.create",
        about=str(department),
        by=by,
        department=department,
        details={"code": department.code, "regulation": regulation.as_file()},
    )
    roles = [Role.Name.ADMINISTRATOR]
    if administrator.pk:
        set_roles(user=administrator, department=department, roles=roles, by=by)
    else:
        validate_password(password, administrator)
        save_account(user=administrator, password=password, department=department, roles=roles, by=by)
    return department


@transaction.atomic
def set_roles(*, user: User, department: Department, roles: Iterable[str], by: User | None) -> None:
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
    *, user: User, password: str, department: Department, roles: Iterable[str], by: User | None
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
