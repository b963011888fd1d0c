"""How a department begins."""

from __future__ import annotations

import datetime
from itertools import count

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from butrt.base.accounts.models import Role, User
from butrt.base.accounts.services import save_account, set_roles
from butrt.base.journal.services import record
from butrt.base.meanwhile import Check, retold, unchecked
from butrt.base.words import folded
from curriculum.models import Department, Regulation

FIRST_REGULATION = 2022  # the school year of the arrêté's first BUT2
NAMES = ("name", "institute", "university", "city")
SMALL_WORDS = {"a", "au", "aux", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les"}


@retold
@transaction.atomic
def create_department(
    *,
    department: Department,
    administrator: User,
    password: str | None,
    adopted_on: datetime.date | None = None,
    by: User | None = None,
) -> Department:
    """Begin a department: itself, its first règlement (the usual settings) and who administers it.

    An `administrator` who has an account already (saved) keeps it as it is; a new one is given `password`, or
    None to choose it by a link (invitations.py). Raises ValidationError, in French, when the code is taken or
    a field is wrong.
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
        if password is not None:
            validate_password(password, administrator)
        save_account(user=administrator, password=password or "", department=department, roles=roles, by=by)
    return department


@retold
@transaction.atomic
def change_department(*, department: Department, by: User | None, check: Check = unchecked) -> Department:
    """Correct what a department is called. Raises ValidationError when a field is wrong."""
    known = Department.objects.select_for_update(no_key=True).get(pk=department.pk)
    check()
    before, after = (_names(row) for row in (known, department))
    if before == after:
        return department
    department.full_clean()
    department.save()
    record(
        act="department.change",
        about=str(department),
        by=by,
        department=department,
        details={"before": before, "after": after},
    )
    return department


def _names(department: Department) -> dict[str, str]:
    return {name: getattr(department, name) for name in NAMES}


def code_for(name: str) -> str:
    """ "Réseaux et Télécommunications" → "rt", "rt2" when a department has it: the initials of its words."""
    words = [word for word in folded(name).split() if word not in SMALL_WORDS]
    code = "".join(word[0] for word in words) if len(words) > 1 else "".join(words)[:20]
    taken = {*Department.objects.values_list("code", flat=True)}
    numbered = (code if number == 1 else f"{code}{number}" for number in count(1))
    return next(candidate for candidate in numbered if candidate and candidate not in taken)
