"""Who may what: the roles and the accounts are those that the journal says were given."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

from butrt.base.accounts.models import Role, User
from curriculum.models import Department
from jury.documents.checking.checked import Checked
from jury.documents.checking.journaled import Journaled, Kind, Value, compare


def roles_told_by_the_rows() -> dict[str, Value]:
    """{"département/compte": {"roles": […]}}."""
    held: defaultdict[str, list[str]] = defaultdict(list)
    for department, user, role in Role.objects.values_list("department", "user", "role").order_by("role"):
        held[f"{department}/{user}"].append(role)
    return {key: {"roles": roles} for key, roles in held.items()}


def accounts_told_by_the_rows() -> dict[str, Value]:
    """{compte: {"active": ouvert}}."""
    return {str(key): {"active": active} for key, active in User.objects.values_list("pk", "is_active")}


def check_roles(journaled: Journaled) -> Checked:
    there, recorded = roles_told_by_the_rows(), journaled.values[Kind.ROLES]
    checked = Checked("Rôles", seen=sum(len(value["roles"]) for value in there.values()))
    compared = compare(there, recorded)
    names = _Names(compared.keys)
    for key, _, before, here in compared.differing:
        checked.finds(f"{names.of(key)} : rôles {_roles(here)}, le journal dit {_roles(before)}.")
    for key in compared.gone:
        checked.finds(f"{names.of(key)} : aucun rôle, le journal dit {_roles(recorded[key]['roles'])}.")
    checked.untold(
        journaled,
        Kind.ROLES,
        compared.untold,
        lambda key: f"{names.of(key)}, rôles {_roles(there[key]['roles'])}",
    )
    return checked


def check_accounts(journaled: Journaled) -> Checked:
    """An account that the journal never told has no power without a role: its roles tell it."""
    there = accounts_told_by_the_rows()
    checked = Checked("Comptes", seen=len(there))
    compared = compare(there, journaled.values[Kind.ACCOUNTS])
    people = User.objects.in_bulk([int(key) for key, *_ in compared.differing])
    for key, _, _, active in compared.differing:
        state, other = ("ouvert", "fermé") if active else ("fermé", "ouvert")
        user = people[int(key)]
        checked.finds(f"{user} ({user.username}) : le compte est {state}, le journal le dit {other}.")
    for key in compared.gone:
        checked.finds(f"Compte n° {key} : le journal le dit, il n’y est plus.")
    checked.uncovered.append(
        "Mots de passe, noms et adresses des comptes : le journal dit qu’ils changent, pas ce qu’ils sont."
    )
    return checked


def _roles(roles: Iterable[str]) -> str:
    return ", ".join(f"« {Role.Name(role).label} »" for role in roles)


class _Names:
    """The people and the departments of some roles, by key: two queries."""

    def __init__(self, keys: Collection[str]) -> None:
        pairs = [key.split("/") for key in keys]
        self.departments = Department.objects.in_bulk([int(pk) for pk, _ in pairs if pk != "None"])
        self.people = User.objects.in_bulk([int(user) for _, user in pairs])

    def of(self, key: str) -> str:
        """ "Béatrice Vaucresson (b.vaucresson), Réseaux et télécommunications"."""
        department, user = key.split("/")
        person = self.people.get(int(user))
        who = f"{person} ({person.username})" if person else f"Compte n° {user}"
        return f"{who}, {self.departments.get(int(department)) or 'sans département'}"
