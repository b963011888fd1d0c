"""What administrators do with accounts."""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from butrt.base.accounts.identifying import username_for, usernames_taken
from butrt.base.accounts.models import ApiToken, NewAddress, Role, User, departments_of, secret_digest
from butrt.base.accounts.notices import Notice, differences, kept, line_of_roles, lines_of, tell
from butrt.base.journal.services import record
from butrt.base.meanwhile import Check, retold, unchecked

if TYPE_CHECKING:
    from butrt.base.departments import Department


@transaction.atomic
def set_roles(*, user: User, department: Department, roles: Iterable[str], by: User | None) -> None:
    """Make `roles` the roles of a person in a department, no more and no less; journaled and told.

    Raises ValidationError when they cannot go together, or would leave the department without administrator.
    """
    if line := _change_roles(user, department, roles, by):
        tell([Notice(user, [line])], by=by)


def _change_roles(user: User, department: Department, roles: Iterable[str], by: User | None) -> str:
    """What the person is told of it; empty when nothing changes."""
    wanted = set(roles)
    administered = _administered(user, {department.pk})
    held = set(user.roles.filter(department=department.pk).values_list("role", flat=True))
    if wanted == held:
        return ""
    if Role.Name.STUDENT in wanted and (more := wanted & {*Role.SITTING}):
        labels = ", ".join(str(Role.Name(role).label) for role in sorted(more))
        raise ValidationError(
            f"{user} : un compte d’étudiant n’enseigne pas et ne siège pas au jury du même département. "
            f"Retirer « {Role.Name.STUDENT.label} », ou : {labels}."
        )
    user.roles.filter(department=department.pk).exclude(role__in=wanted).delete()
    for role in sorted(wanted - held):
        Role.objects.create(user=user, department_id=department.pk, role=role)
    user.__dict__.pop("role_set", None)
    _refuse_without_administrator(administered)
    record(
        act="account.roles",
        about=str(user),
        by=by,
        department=department,
        details={"user": user.pk, "before": sorted(held), "after": sorted(wanted)},
    )
    return line_of_roles(held, wanted, department)


def _administered(user: User, departments: Collection[int]) -> list[Department]:
    """Among these departments, held until the transaction ends, those that this person administers.

    Held in one order, and before the roles are read: of two administrators who leave at once, the second is
    told.
    """
    held = list(departments_of(departments).select_for_update(no_key=True))
    mine = Role.objects.filter(user=user, role=Role.Name.ADMINISTRATOR, user__is_active=True)
    there = {*mine.values_list("department", flat=True)}
    return [department for department in held if department.pk in there]


def _refuse_without_administrator(departments: Iterable[Department]) -> None:
    """Departments that were administered before: each keeps someone who opens accounts and gives roles.

    Those who stay are held too: one whose account is being closed, of another department, does not count.
    """
    for department in departments:
        roles = Role.objects.filter(department=department.pk, role=Role.Name.ADMINISTRATOR)
        stay = User.objects.filter(is_active=True, pk__in=roles.values("user")).order_by("pk")
        if not stay.select_for_update(no_key=True).values_list("pk", flat=True):
            raise ValidationError(
                f"{department.name} : c’est le dernier compte ouvert avec le rôle « Administration ». "
                "Donner d’abord ce rôle à une autre personne."
            )


@retold
@transaction.atomic
def save_account(
    *,
    user: User,
    department: Department,
    roles: Iterable[str],
    by: User | None,
    password: str = "",
    check: Check = unchecked,
) -> User:
    """Create or change an account with its roles; its person is told what changed, at both addresses.

    Its person chooses the password (invitations.py): who gives one here is at the server's command line.
    Raises ValidationError as `set_roles` does.
    """
    created = user.pk is None
    administered, everywhere = [], {department.pk}
    if not created:
        everywhere = {department.pk, *user.departments_as(Role.Name.ADMINISTRATOR)}
        administered = _administered(user, everywhere)
    known = user if created else User.objects.select_for_update(no_key=True).get(pk=user.pk)
    check()
    if not created:
        _refuse_if_named_meanwhile(user, everywhere)
    if known.username != user.username:
        raise ValidationError({"username": "L’identifiant d’un compte ne change pas : les PV le portent."})
    if not created and not password and _fields(known) == _fields(user):
        set_roles(user=user, department=department, roles=roles, by=by)
        return user
    before = kept(known)
    if password:
        user.set_password(password)
    elif created:
        user.set_unusable_password()
    user.full_clean()
    user.save()
    changes = differences(before, user)
    record(
        act="account.create" if created else "account.change",
        about=user.username,
        by=by,
        department=department,
        details={
            "user": user.pk,
            "active": user.is_active,
            "password": bool(password),
            "changes": changes,
        },
    )
    line = _change_roles(user, department, roles, by)
    _refuse_without_administrator(administered)
    if not created and (lines := [*lines_of(changes), *filter(None, [line])]):
        tell([Notice(user, lines, also=before["email"])], by=by)
    return user


def _refuse_if_named_meanwhile(user: User, held: Collection[int]) -> None:
    """Somebody who was just named to administer a department that is not held: it could be left to nobody."""
    if user.roles.filter(role=Role.Name.ADMINISTRATOR).exclude(department__in=held).exists():
        raise ValidationError(
            f"{user} vient d’être nommé à l’administration d’un autre département : relire."
        )


def _fields(user: User) -> dict[str, object]:
    return {field.attname: getattr(user, field.attname) for field in user._meta.concrete_fields}


@retold
@transaction.atomic
def open_site_account(*, email: str, first_name: str, last_name: str) -> tuple[User, bool]:
    """The account that administers the site, and whether it was opened now: who holds the server asks.

    Without an address, the one that there is, else a new one; with one, that which has it. It has no role: it
    sees no mark. Raises ValidationError when the address is none.
    """
    known = User.objects.filter(is_superuser=True, is_active=True)
    if user := (known.filter(email__iexact=email) if email else known).order_by("pk").first():
        return user, False
    names = [first_name, last_name]
    if not any(names):
        names = [*email.partition("@")[0].title().split("."), "", ""][:2]
    username = username_for(email or "administration@", *names, taken=usernames_taken())
    user = User(username=username, first_name=names[0], last_name=names[1], email=email, is_superuser=True)
    user.set_unusable_password()
    user.full_clean()
    user.save()
    record(act="account.site", about=user.username, by=None, details={"user": user.pk, "active": True})
    return user, True


@transaction.atomic
def password_chosen(user: User) -> None:
    """Journal and tell that a person chose their password by a link; their other sessions end with it."""
    first = user.roles.select_related("department").first()
    record(
        act="account.password", about=user.username, by=user, department=first.department if first else None
    )
    Session.objects.filter(opened__user=user).delete()
    NewAddress.objects.filter(user=user).delete()  # who knew the password before may have asked for it
    tell([Notice(user, ["mot de passe choisi par le lien qui vous a été envoyé"])], by=user)


@retold
@transaction.atomic
def create_token(
    *, owner: User, department: Department, role: str, name: str, days: int, by: User | None
) -> tuple[ApiToken, str]:
    """A token that reads for `owner` in one of their roles, and its secret, which nothing can tell again.

    Raises ValidationError, in French, when the owner does not hold the role or the name is taken.
    """
    if not owner.has_role(department, role):
        label = Role.Name(role).label
        raise ValidationError({"role": f"{owner} n’a pas le rôle « {label} » dans ce département."})
    secret = f"butrt_{secrets.token_urlsafe(32)}"
    now = timezone.now()
    token = ApiToken(
        name=name,
        digest=secret_digest(secret),
        owner=owner,
        department_id=department.pk,
        role=role,
        created_by=by,
        created_at=now,
        expires_at=now + datetime.timedelta(days=days),
    )
    token.full_clean()
    token.save()
    record(
        act="token.create",
        about=name,
        by=by,
        department=department,
        details={"token": token.pk, "owner": owner.username, "role": role, "days": days},
    )
    reads = f"un programme lit en votre nom pendant {days} jours, par le jeton « {name} » (rôle : "
    tell([Notice(owner, [f"{reads}{Role.Name(role).label})"])], by=by)
    return token, secret


@transaction.atomic
def revoke_token(*, token: ApiToken, by: User | None) -> None:
    """From now on the token opens nothing; it stays in the list, with when it served."""
    api_token = ApiToken.objects.select_for_update().get(pk=token.pk)
    if api_token.revoked_at:
        return
    api_token.revoked_at = timezone.now()
    api_token.save(update_fields=["revoked_at"])
    record(
        act="token.revoke",
        about=api_token.name,
        by=by,
        department=api_token.department,
        details={"token": api_token.pk, "owner": api_token.owner.username, "role": api_token.role},
    )
