"""A new version of the règlement: whose proposal it would change, and putting it in force."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max

from butrt.accounts.models import User
from butrt.journal.services import record
from curriculum.models import Regulation
from jury import cohortfile
from jury.figures import Figures
from jury.models import Session
from jury.rules import Verdict, decide


@dataclass(frozen=True)
class Difference:
    """What a student's proposal would become: about a UE, a RCUE or the year, a code and an average."""

    student: str
    about: str
    before: str
    after: str


def differences(session: Session, regulation: Regulation) -> list[Difference]:
    """Whose proposal in a session (fetched `with_programme()`) another règlement would change, by the rules.

    Nothing is stored; the decisions of people are left out, they prevail anyway.
    """
    figures = Figures.of(session)
    other = cohortfile.read_cohort(figures.cohort_file | {"regulation": regulation.as_file()})
    people = figures.context["students"]
    return [
        Difference(f"{people[student.id]['last_name']} {people[student.id]['first_name']}", *change)
        for student in other.students
        for change in _changes(figures.proposals[student.id], decide(student, other))
    ]


def _changes(before: Verdict, after: Verdict) -> Iterator[tuple[str, str, str]]:
    """(about, before, after) for the year first, then each RCUE and UE whose code or average changes."""
    if before.year != after.year:
        yield "année", before.year or "à décider", after.year or "à décider"
    if before.progression != after.progression and before.year == after.year:
        yield "suite", _next(before), _next(after)
    for group_before, group_after in ((before.rcues, after.rcues), (before.units, after.units)):
        for name, one in group_before.items():
            other = group_after[name]
            if (one.average, one.code) != (other.average, other.code):
                yield name, _result(one.average, one.code), _result(other.average, other.code)


def _next(verdict: Verdict) -> str:
    semester, right, _ = verdict.progression
    return f"S{semester} de droit" if right else f"S{semester} selon le jury"


def _result(average: object, code: str | None) -> str:
    return f"{'—' if average is None else str(average).replace('.', ',')} {code or '?'}"


@transaction.atomic
def adopt(*, regulation: Regulation, by: User) -> list[Session]:
    """Put a new version in force; the sessions in preparation that it concerns take it, and are returned.

    Sessions in deliberation and closed ones keep theirs: their figures are frozen.
    """
    same = Regulation.objects.filter(
        department=regulation.department, programme=regulation.programme, school_year=regulation.school_year
    )
    regulation.version = (same.aggregate(last=Max("version"))["last"] or 0) + 1
    regulation.full_clean()
    regulation.save(force_insert=True)
    moved = []
    for session in Session.objects.with_programme().filter(
        state=Session.State.PREPARATION,
        cohort__programme__parcours__department=regulation.department,
    ):
        in_force = Regulation.objects.in_force(
            department=regulation.department,
            programme=session.cohort.programme_id,
            school_year=session.cohort.school_year,
        ).first()
        if in_force == regulation:
            session.regulation = regulation
            session.save(update_fields=["regulation"])
            moved.append(session)
    record(
        act="regulation.adopt",
        about=str(regulation),
        by=by,
        department=regulation.department,
        details=regulation.as_file() | {"sessions": [session.pk for session in moved]},
    )
    return moved
