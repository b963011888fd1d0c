"""How a department begins."""

from __future__ import annotations

import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from butrt.base.accounts.models import Role, User
from butrt.base.accounts.services import save_account, set_roles
from butrt.base.journal.services import record
from butrt.base.meanwhile import retold
from curriculum.models import Department, Regulation

FIRST_REGULATION = 2022  # the school year of the arrêté's first BUT2


@retold
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
