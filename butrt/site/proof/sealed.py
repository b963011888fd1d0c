"""What a sealed PV says: the data attached to its PDF, under the signatures, not what the database has."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from butrt.base.canonical import canonical
from butrt.base.documents.verifying import embedded_files
from butrt.base.outside import Limits, opened_apart
from jury.models import Minutes

Facts = Mapping[str, str]
"""What is given of one student: {"UE31 moyenne": "12.50", "UE31 code": "ADM", "Année": "ADM"…}."""
AVERAGE, CODE, YEAR, ECTS_YEAR, ECTS_TOTAL = " moyenne", " code", "Année", "ECTS année", "ECTS cumul"
MOST = 6  # differences told of one thing


class NoAttachment(ValueError):
    """A PV whose attachments cannot be read; its text says which, in French."""


@dataclass(frozen=True)
class Sealed:
    """A version of the PV, as its last signed file gives it; as the database does while none is signed."""

    minutes: Minutes
    signed: bool
    students: Mapping[str, Mapping[str, Any]]  # {number: its decision, of "butrt-decisions/1"}
    names: Mapping[str, str]
    cohort: bytes  # the cohort file

    def name(self, number: str) -> str:
        return self.names.get(number, f"étudiant n° {number}")

    def facts(self, number: str) -> dict[str, str]:
        return facts(self.students[number])


def read_sealed(minutes: Minutes) -> Sealed:
    """Read a version (its content fetched). Raises `NoAttachment`."""
    revision = minutes.revisions.order_by("-step").first()
    if revision is None:
        held = {}
        decisions, content = minutes.content["decisions"], minutes.content
    else:
        held = attachments(bytes(revision.pdf))
        try:
            decisions, content = json.loads(held["decisions.json"]), json.loads(held["contenu.json"])
        except (KeyError, ValueError, RecursionError) as problem:
            raise NoAttachment(f"{minutes} : ce que joint son PDF ne se lit pas.") from problem
    return Sealed(
        minutes,
        revision is not None,
        {student["id"]: student for student in decisions["students"]},
        {
            number: f"{person['last_name']} {person['first_name']}"
            for number, person in content["context"]["students"].items()
        },
        held.get("cohorte.json", b""),
    )


@opened_apart(NoAttachment, Limits(processor=60, time=120, memory=1500 * 2**20))
def attachments(pdf: bytes) -> dict[str, bytes]:
    """The files that a PDF brings, by name; none for one that cannot be read."""
    return dict(embedded_files(pdf))


def facts(decision: Mapping[str, Any]) -> dict[str, str]:
    """The decision of one student, flat."""
    flat = {}
    for name, result in {**decision["units"], **decision["rcues"]}.items():
        flat[f"{name}{AVERAGE}"] = result["average"] or ""
        flat[f"{name}{CODE}"] = result["code"] or ""
    flat[YEAR] = (decision["year"] or {}).get("code") or ""
    flat[ECTS_YEAR], flat[ECTS_TOTAL] = str(decision["ects"]["year"]), str(decision["ects"]["total"])
    return flat


def unlike(sealed: Sealed, given: Mapping[str, Facts], what: str) -> Iterator[str]:
    """Each student of whom something given out is not what the PV says, and what; in French.

    Of a student, what is given and the PV tells too is compared; who is missing, or too many, is told.
    """
    for number in sealed.students.keys() - given.keys():
        yield f"{what} : {sealed.name(number)} n’y est pas."
    for number in given.keys() - sealed.students.keys():
        yield f"{what} : {sealed.name(number)} n’est pas du PV."
    for number in sorted(given.keys() & sealed.students.keys()):
        says = sealed.facts(number)
        differing = [
            f"{name} {here or 'rien'} au lieu de {says[name] or 'rien'}"
            for name, here in given[number].items()
            if name in says and not alike(here, says[name])
        ]
        if differing:
            yield f"{what} : {sealed.name(number)}, {', '.join(differing[:MOST])}."


def alike(one: str, other: str) -> bool:
    """Whether two texts say the same: 12,5 and 12.50 do."""
    if one == other:
        return True
    try:
        return Decimal(one.replace(",", ".")) == Decimal(other.replace(",", "."))
    except InvalidOperation:
        return False


def same_decision(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two decisions of a student are the same; their reasons may be worded otherwise since."""
    mine, theirs = (
        canonical({name: value for name, value in decision.items() if name != "reasons"})
        for decision in (one, other)
    )
    return mine == theirs
