"""What a list of people would make of a department's accounts, shown before it is done."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from django.core.exceptions import ValidationError

from butrt.base.accounts.identifying import staff_with_address, username_for, usernames_taken
from butrt.base.accounts.models import Role, User
from butrt.base.canonical import digest_of
from butrt.base.french import NBSP
from butrt.site.staff.reading import PersonLine
from curriculum.models import Department


class What(StrEnum):
    """What becomes of a line."""

    NEW = "compte créé"
    ROLES = "rôles ajoutés"
    SAME = "rien à changer"
    ASIDE = "mise de côté"


@dataclass(frozen=True)
class Planned:
    """A line, what becomes of it and why; `user`: the account, not saved yet when it is new."""

    line: PersonLine
    what: What
    why: str = ""
    user: User | None = None
    roles: tuple[str, ...] = ()

    @property
    def role_labels(self) -> str:
        return ", ".join(str(label) for name, label in Role.Name.choices if name in self.roles)


@dataclass(frozen=True)
class StaffPlan:
    department: Department
    lines: list[Planned] = field(default_factory=list)

    def of(self, what: What) -> list[Planned]:
        return [planned for planned in self.lines if planned.what is what]

    @property
    def counts(self) -> list[tuple[str, int]]:
        return [(str(what), len(self.of(what))) for what in What]

    @property
    def applicable(self) -> bool:
        return bool(self.of(What.NEW) or self.of(What.ROLES))

    @property
    def aside(self) -> list[Planned]:
        return self.of(What.ASIDE)

    @property
    def seen(self) -> str:
        """What was shown, in short: the act does this or nothing."""
        return digest_of(
            [
                [planned.line.number, str(planned.what), planned.user.username if planned.user else "",
                 *planned.roles]
                for planned in self.lines
            ]
        )  # fmt: skip


def plan(*, department: Department, lines: Sequence[PersonLine], role: str) -> StaffPlan:
    """What each line becomes; `role`: of those whose line says none. A fixed number of queries."""
    merged = _merged([line if line.roles else replace(line, roles=(role,)) for line in lines])
    known = _Known(department, [line for line, _ in merged])
    return StaffPlan(department, [_planned(line, why, known) for line, why in merged])


def _merged(lines: Iterable[PersonLine]) -> list[tuple[PersonLine, str]]:
    """The lines, each with why it is set aside or ""; one person on several lines has all their roles."""
    first: dict[str, int] = {}
    merged: list[tuple[PersonLine, str]] = []
    for line in lines:
        keys = [key.lower() for key in (line.email, line.username) if key]
        at = next((first[key] for key in keys if key in first), None)
        if at is None or line.wrong:
            for key in keys if not line.wrong else ():
                first[key] = len(merged)
            merged.append((line, line.wrong))
            continue
        kept, why = merged[at]
        merged[at] = (replace(kept, roles=tuple(dict.fromkeys((*kept.roles, *line.roles)))), why)
        merged.append((line, f"Même personne que la ligne {kept.number}{NBSP}: ses rôles y sont ajoutés."))
    return merged


class _Known:
    """The accounts that the lines may be about, the roles that they hold here."""

    def __init__(self, department: Department, lines: Collection[PersonLine]) -> None:
        self.by_address = staff_with_address(line.email for line in lines)
        named = User.objects.filter(username__in={line.username for line in lines if line.username})
        self.by_username = {user.username: user for user in named}
        self.taken = usernames_taken()
        accounts = [*self.by_username.values(), *(user for same in self.by_address.values() for user in same)]
        self.roles: dict[int, set[str]] = {}
        self.only_students: set[int] = set()
        everywhere = Role.objects.filter(user__in=[user.pk for user in accounts])
        for user, place, name in everywhere.values_list("user", "department", "role"):
            if place == department.pk:
                self.roles.setdefault(user, set()).add(name)
            if name == Role.Name.STUDENT:
                self.only_students.add(user)

    def account(self, line: PersonLine) -> User | None:
        """The account of a line, if there is one. Raises ValidationError when nobody can tell, or closed."""
        by_name = self.by_username.get(line.username) if line.username else None
        same = self.by_address.get(line.email.lower(), []) if line.email else []
        if by_name and line.email and by_name.email.lower() != line.email.lower():
            raise ValidationError(
                f"L’identifiant {line.username} est celui de {by_name}, qui a un autre courriel{NBSP}: "
                "corriger l’un ou l’autre."
            )
        if by_name is None and len(same) > 1:
            names = ", ".join(user.username for user in same)
            raise ValidationError(f"Plusieurs comptes ont ce courriel{NBSP}: {names}. Donner l’identifiant.")
        account = by_name or (same[0] if same else None)
        if account and not account.is_active:
            raise ValidationError(
                f"Le compte {account.username} est fermé{NBSP}: le rouvrir d’abord sur sa page."
            )
        if account and account.pk in self.only_students:
            raise ValidationError(
                f"Le compte {account.username} est celui d’un étudiant{NBSP}: il se règle sur sa page."
            )
        return account


def _planned(line: PersonLine, why: str, known: _Known) -> Planned:
    if why:
        return Planned(line, What.ASIDE, why)
    try:
        account = known.account(line)
        if account is None:
            return _new(line, known)
    except ValidationError as error:
        return Planned(line, What.ASIDE, " ".join(error.messages))
    held = known.roles.get(account.pk, set())
    more = tuple(role for role in line.roles if role not in held)
    what = What.ROLES if more else What.SAME
    return Planned(line, what, f"Compte {account.username}", account, more or line.roles)


def _new(line: PersonLine, known: _Known) -> Planned:
    """An account to open. Raises ValidationError, each refusal in French."""
    if not (line.last_name and line.first_name):
        raise ValidationError("Il manque le nom ou le prénom.")
    if not (line.email or line.username):
        raise ValidationError("Il manque le courriel, où part le lien pour choisir un mot de passe.")
    username = line.username or username_for(line.email, line.first_name, line.last_name, taken=known.taken)
    if line.username and line.username.lower() in known.taken:
        raise ValidationError(f"L’identifiant {line.username} est déjà pris.")
    user = User(
        username=username,
        last_name=line.last_name,
        first_name=line.first_name,
        email=line.email,
        quality=line.quality,
    )
    user.clean_fields(exclude=["password", "sort_key"])
    known.taken.add(username.lower())
    why = "" if line.email else "Sans courriel : son lien se donne en main propre."
    return Planned(line, What.NEW, why, user, line.roles)
