"""The accounts with which students see their own marks: opened, given a new password, closed.

A student signs in with their student number. Whoever has an address may be sent the link by which they choose
their password (`butrt.base.accounts.invitations`); for the others it is drawn here and shown once, only its
hash is kept. Each act is one transaction and one entry in the journal.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from django.contrib.auth.hashers import PBKDF2PasswordHasher, get_hasher, make_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.crypto import get_random_string

from butrt.base.accounts.invitations import Outcome, invite_all
from butrt.base.accounts.models import Role, User
from butrt.base.accounts.notices import Notice, tell
from butrt.base.documents.verification_codes import in_fours
from butrt.base.french import NBSP, of
from butrt.base.journal.services import record
from butrt.base.schoolyears import in_course
from curriculum.models import Department
from grades.models import Enrolment, Student

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # without i, l, o, 0, 1, which paper confuses
SIGNS = 16
# 31^16 is 79 bits, drawn: what slow hashing makes up for in a chosen password is not needed here, and a
# whole promotion is hashed within a request. Django hashes again, at full strength, at the first sign-in.
ITERATIONS = 20_000


@dataclass(frozen=True, slots=True)
class OpenedAccount:
    """An account as its student is told it, once."""

    student: Student
    username: str
    password: str


class WithoutAccount(NamedTuple):
    """A student without an account, and why, in French."""

    student: Student
    reason: str


@dataclass(frozen=True)
class Opening:
    """What became of a promotion's accounts; those that were open already are in neither list."""

    opened: list[OpenedAccount]
    refused: list[WithoutAccount]
    invited: dict[User, Outcome] = field(default_factory=dict)  # what became of each link


def of_past_years() -> Exists:
    """The accounts of students who were enrolled and are no longer; see `accounts.listing`."""
    theirs = Enrolment.objects.filter(student=OuterRef("pk"))
    now = theirs.filter(cohort__school_year__gte=in_course())
    students = Student.objects.filter(Exists(theirs), ~Exists(now), account=OuterRef("pk"))
    return Exists(students)


def draw_password() -> str:
    """ "kvmt-7hqp-x3da-w9fe": to be read on paper and typed once."""
    return in_fours(get_random_string(SIGNS, ALPHABET), "-")


def open_account(*, student: Student, by: User) -> OpenedAccount:
    """Open a student's account, or open again one that was closed, with a new password.

    Raises ValidationError, in French, when it is open, when the number is somebody's user name, or when the
    account is more than a student's.
    """
    if student.account and student.account.is_active:
        raise ValidationError(f"Le compte {of(str(student))} est déjà ouvert.")
    return _open_one(student, "student.account.open", by)


def renew_password(*, student: Student, by: User) -> OpenedAccount:
    """Give an open account a new password, the one before is lost; refused as `open_account` refuses."""
    if not (student.account and student.account.is_active):
        raise ValidationError(f"{student} n’a pas de compte ouvert.")
    return _open_one(student, "student.account.password", by)


def open_accounts(
    *, students: Collection[Student], department: Department, by: User, by_mail: bool = False
) -> Opening:
    """Open the accounts of these students of one department that are not open; one entry in the journal.

    `by_mail`: those who have an address are sent the link by which they choose their password.
    """
    closed = [student for student in students if not (student.account and student.account.is_active)]
    return _open(closed, department, "student.account.open", by, by_mail=by_mail)


@transaction.atomic
def close_account(*, student: Student, by: User) -> None:
    """Close a student's account: nobody signs in with it any more. It can be opened again.

    Raises ValidationError when there is none open, or when it is more than a student's.
    """
    student = _locked([student])[0]
    account = student.account
    if account is None or not account.is_active:
        raise ValidationError(f"{student} n’a pas de compte ouvert.")
    if why := _why_not_ours(student, _with_more({account.pk})):
        raise ValidationError(why)
    account.is_active = False
    account.save(update_fields=["is_active"])
    record(
        act="student.account.close",
        about=str(student),
        by=by,
        department=student.department,
        details={"student": student.pk, "username": account.username, "user": account.pk},
    )
    tell([Notice(account, ["compte : fermé"])], by=by)


def _open_one(student: Student, act: str, by: User) -> OpenedAccount:
    opening = _open([student], student.department, act, by)
    if opening.refused:
        raise ValidationError(opening.refused[0].reason)
    return opening.opened[0]


def _open(
    students: Collection[Student], department: Department, act: str, by: User, *, by_mail: bool = False
) -> Opening:
    """Give each a password or a link, and an account to who has none; hashed before the base is held."""
    passwords = {student.pk: draw_password() for student in students if not (by_mail and _address(student))}
    hashes = {key: _hashed(password) for key, password in passwords.items()}
    with transaction.atomic():
        rows = _locked(students)
        taken = _usernames_taken(rows)
        more = _with_more({row.account_id for row in rows if row.account_id})
        refused = [
            WithoutAccount(row, why)
            for row in rows
            if (why := _why_taken(row, taken) if row.account is None else _why_not_ours(row, more))
        ]
        kept = [row for row in rows if row.pk not in {refusal.student.pk for refusal in refused}]
        for row in kept:
            row.account = row.account or _new_account(row)
            row.account.password, row.account.is_active = hashes.get(row.pk) or make_password(None), True
            if row.pk not in passwords:
                row.account.email = _address(row)
        before = [row for row in kept if row.account_id]
        new = [row for row in kept if row.account_id is None]
        _write(new, department)
        known = [row.account for row in kept if row.account and row.account_id]
        User.objects.bulk_update(known, ["password", "is_active", "email"])
        tell([Notice(row.account, [_given(row, passwords)]) for row in before if row.account], by=by)
        if kept:
            record(
                act=act,
                about=str(kept[0]) if len(kept) == 1 else f"{len(kept)} étudiants",
                by=by,
                department=department,
                details={
                    "students": [row.pk for row in kept],
                    "usernames": [_username(row) for row in kept],
                    "users": [row.account_id for row in kept],
                    "created": [row.account_id for row in new],
                },
            )
    linked = [row.account for row in kept if row.account and row.pk not in passwords]
    return Opening(
        [OpenedAccount(row, _username(row), passwords[row.pk]) for row in kept if row.pk in passwords],
        refused,
        invite_all(users=linked, department=department, by=by) if linked else {},
    )


def _given(student: Student, passwords: Mapping[int, str]) -> str:
    """What becomes of their account, as its student is told by mail."""
    if student.pk in passwords:
        return "compte : ouvert, avec un nouveau mot de passe que le secrétariat vous remet"
    return "compte : ouvert, un lien pour choisir votre mot de passe vous est envoyé"


def _address(student: Student) -> str:
    """Where their link would be sent."""
    return (student.account.email if student.account else "") or student.email


def _write(students: list[Student], department: Department) -> None:
    """Save the accounts that are new, with the one role that they have, and tie each to its student."""
    accounts = [row.account for row in students if row.account]
    User.objects.bulk_create(accounts)
    Role.objects.bulk_create(
        Role(user=account, department=department, role=Role.Name.STUDENT) for account in accounts
    )
    for row in students:
        row.account = row.account  # its key is known now
    Student.objects.bulk_update(students, ["account"])


def _new_account(student: Student) -> User:
    account = User(
        username=student.number,
        first_name=student.shown_first_name,
        last_name=student.shown_last_name,
        email=student.email,
        password="!",
    )
    account.clean_fields()
    return account


def _locked(students: Collection[Student]) -> list[Student]:
    """The students as they now are, one writer at a time in their department."""
    departments = {student.department_id for student in students}
    list(Department.objects.select_for_update(no_key=True).filter(pk__in=departments))
    rows = Student.objects.filter(pk__in=[student.pk for student in students])
    return list(rows.select_related("account", "department"))


def _usernames_taken(students: Collection[Student]) -> set[str]:
    numbers = {student.number for student in students if student.account is None}
    return set(User.objects.filter(username__in=numbers).values_list("username", flat=True))


def _why_taken(student: Student, taken: set[str]) -> str:
    if student.number not in taken:
        return ""
    return (
        f"{student}{NBSP}: le n°{NBSP}{student.number} est déjà l’identifiant d’un autre compte, "
        "l’administration démêle lequel."
    )


def _why_not_ours(student: Student, more: set[int]) -> str:
    """An account with any other role is the administration's: its password would open other doors."""
    if student.account_id not in more:
        return ""
    return f"{student}{NBSP}: ce compte a d’autres rôles que celui d’étudiant, l’administration s’en occupe."


def _with_more(accounts: Collection[int]) -> set[int]:
    """Among these accounts, those that are more than a student's."""
    roles = Role.objects.filter(user__in=accounts).exclude(role=Role.Name.STUDENT)
    above = User.objects.filter(pk__in=accounts).filter(Q(is_staff=True) | Q(is_superuser=True))
    return {*roles.values_list("user", flat=True), *above.values_list("pk", flat=True)}


def _username(student: Student) -> str:
    return student.account.username if student.account else student.number


def _hashed(password: str) -> str:
    hasher = get_hasher()
    if isinstance(hasher, PBKDF2PasswordHasher):
        return str(hasher.encode(password, hasher.salt(), ITERATIONS))
    return make_password(password)
