"""What the site's administrator does: open a department, name who administers it."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction

from butrt.base.accounts.identifying import staff_with_address, username_for, usernames_taken
from butrt.base.accounts.invitations import Outcome, invite
from butrt.base.accounts.models import Role, User
from butrt.base.accounts.services import save_account, set_roles
from butrt.base.french import NBSP
from butrt.base.meanwhile import retold
from curriculum.departments import code_for, create_department
from curriculum.models import Department

ADMINISTRATOR = Role.Name.ADMINISTRATOR


def open_department(*, department: Department, administrator: User, by: User) -> Outcome | None:
    """Begin a department and invite who administers it; None when they sign in already.

    `administrator`: a name and an address, whose account is found or opened. Raises ValidationError.
    """
    department.code = code_for(department.name)
    person = _account_of(administrator)
    create_department(department=department, administrator=person, password=None, by=by)
    return _invited(person, department, by)


def appoint(*, department: Department, administrator: User, by: User) -> Outcome | None:
    """Name one more administrator of a department, as `open_department` names the first."""
    person = _appointed(department, administrator, by)
    return _invited(person, department, by)


@retold
@transaction.atomic
def _appointed(department: Department, administrator: User, by: User) -> User:
    person = _account_of(administrator)
    if person.pk is None:
        return save_account(user=person, department=department, roles=[ADMINISTRATOR], by=by)
    held = person.roles.filter(department=department).values_list("role", flat=True)
    set_roles(user=person, department=department, roles={*held, ADMINISTRATOR}, by=by)
    return person


def _account_of(asked: User) -> User:
    """The account that has this address, else one to open. Raises ValidationError."""
    known = staff_with_address([asked.email]).get(asked.email.lower(), [])
    if len(known) > 1:
        names = ", ".join(user.username for user in known)
        raise ValidationError(
            {"email": f"Plusieurs comptes ont ce courriel{NBSP}: {names}. En donner un autre."}
        )
    if known and not known[0].is_active:
        raise ValidationError({"email": f"Le compte {known[0].username}, qui a ce courriel, est fermé."})
    if known:
        return known[0]
    return User(
        username=username_for(asked.email, asked.first_name, asked.last_name, taken=usernames_taken()),
        last_name=asked.last_name,
        first_name=asked.first_name,
        email=asked.email,
    )


def _invited(person: User, department: Department, by: User) -> Outcome | None:
    return None if person.has_usable_password() else invite(user=person, department=department, by=by)
