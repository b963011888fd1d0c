"""What an identity waited for when a jury froze it, and is known since: a birthplace, an INE or none ever.

Nothing that was frozen is replaced, only what was empty is completed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from butrt.base.french import NBSP, listed
from curriculum.models import Department
from grades.models import Student
from jury.cases.case import Case
from jury.cases.taken import Json

MAY_COME_LATER = ("ine", "birth_place")


def identities_since(
    people: Mapping[str, Mapping[str, Any]], department: Department
) -> dict[str, dict[str, Any]]:
    """{student number: what completes them}; one query, none where nobody lacks anything."""
    waiting = {number: _awaited(person) for number, person in people.items()}
    numbers = [number for number, names in waiting.items() if names]
    if not numbers:
        return {}
    rows = Student.objects.filter(department=department, number__in=numbers)
    known = {row["number"]: row for row in rows.order_by().values("number", *MAY_COME_LATER, "without_ine")}
    return {
        number: completed
        for number in numbers
        if number in known
        and (completed := {name: known[number][name] for name in waiting[number] if known[number][name]})
    }


def _awaited(person: Mapping[str, Any]) -> list[str]:
    """The fields that an identity waits for; of the INE, also that none will come."""
    if person.get("without_ine") or person["ine"]:
        return [name for name in MAY_COME_LATER if not person[name] and name != "ine"]
    return [*(name for name in MAY_COME_LATER if not person[name]), "without_ine"]


def completed(snapshot: Json, department: Department) -> Json:
    """Frozen figures, with what the identities waited for and is known now; the same without anything new."""
    people = snapshot["context"]["students"]
    since = identities_since(people, department)
    if not since:
        return snapshot
    whole = {number: {**person, **since.get(number, {})} for number, person in people.items()}
    return {**snapshot, "context": {**snapshot["context"], "students": whole}}


def why_incomplete(case: Case) -> str:
    """Why no official document is given of a student yet, and what to do; "" when nothing lacks."""
    if not case.lacks:
        return ""
    return (
        f"{case.legal_name}, n°{NBSP}{case.person['number']}{NBSP}: {listed(case.lacks)} à compléter, ce "
        "document le porte. Le secrétariat le saisit dans son inscription, « Corriger l’identité », ou "
        "l’importe."
    )
