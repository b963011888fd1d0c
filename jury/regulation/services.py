"""A new version of the règlement: whose proposal it would change, and putting it in force."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max

from butrt.base.accounts.models import User
from butrt.base.journal.services import record
from butrt.base.meanwhile import Check, retold, unchecked
from curriculum.models import Department, Regulation
from grades.bonus import in_words, rule_of
from jury.cases import cohortfile
from jury.cases.case import shown_names
from jury.cases.consequences import Change, Kind, changes
from jury.cases.dossier import bonuses_by
from jury.cases.figures import Figures
from jury.cases.refusals import Refusal
from jury.models import Session
from jury.rules import Student, Verdict, decide
from jury.sittings.services.scheduling import regulation_for

ORDER: tuple[Kind, ...] = ("year", "options", "next", "credits", "diploma", "rcue", "unit")
"""What is read first: what becomes of the student, then the codes that it comes from."""


@dataclass(frozen=True)
class Difference:
    """A student whose proposal would change, and each thing that does; the words agree with `gender`."""

    student: str
    gender: str
    changes: tuple[Change, ...]


def differences(session: Session, regulation: Regulation) -> list[Difference]:
    """Whose proposal in a session (fetched `with_programme()`) another règlement would change, by the rules.

    Nothing is stored; the decisions of people are left out, they prevail anyway.
    """
    figures = Figures.of(session)
    file = figures.cohort_file | {"regulation": regulation.as_file()}
    if regulation.bonus != session.regulation.bonus:
        bonuses = bonuses_by(session, regulation)
        file["students"] = [
            student | {"bonus": bonuses.get(student["id"], {})} for student in file["students"]
        ]
    other = cohortfile.read_cohort(file)
    people = figures.context["students"]
    moved = []
    for student in other.students:
        if changed := _changes(figures, student, decide(student, other)):
            person = people[student.id]
            name = " ".join(shown_names(person))
            moved.append(Difference(name, person["gender"], tuple(changed)))
    return moved


def regulation_of(session: Session) -> Regulation:
    """The one in force for what a session judges. Raises `Refusal`, naming it, if its programmes differ."""
    try:
        return regulation_for(session.department, session.judged, session.cohort.school_year)
    except Refusal as refusal:
        raise Refusal(f"{session} : {' '.join(refusal.messages)}") from None


def _changes(figures: Figures, student: Student, after: Verdict) -> list[Change]:
    """Everything proposed that differs, be it known on one side only; in the order of `ORDER`."""
    before = figures.proposals[student.id]
    differing = changes(
        figures.outcome_of(student, before), figures.outcome_of(student, after), averages=True, beside=True
    )
    # Choices that close because the year has its code are told by the code.
    if before.options != after.options and after.year is None:
        options = (_listed_options(before), _listed_options(after))
        differing.append(Change("options", "Choix ouverts au jury", *options))
    return sorted(differing, key=lambda change: ORDER.index(change.kind))


def _listed_options(verdict: Verdict) -> str:
    return ", ".join(verdict.options) or "aucun"


@retold
@transaction.atomic
def adopt(*, regulation: Regulation, by: User, check: Check = unchecked) -> list[Session]:
    """Put a new version in force; the sessions in preparation that it concerns take it, and are returned.

    Sessions in deliberation and closed ones keep theirs: their figures are frozen. Raises `Refusal` when one
    in preparation would be left with two.
    """
    Department.objects.select_for_update(no_key=True).get(pk=regulation.department_id)
    check()
    same = Regulation.objects.filter(
        department=regulation.department, programme=regulation.programme, school_year=regulation.school_year
    )
    regulation.version = (same.aggregate(last=Max("version"))["last"] or 0) + 1
    regulation.full_clean()
    regulation.save(force_insert=True)
    moved = []
    for session in Session.objects.with_programme().filter(
        state=Session.State.PREPARATION,
        cohort__specialty__department=regulation.department,
    ):
        if regulation_of(session) == regulation:
            session.regulation = regulation
            session.save(update_fields=["regulation"])
            moved.append(session)
    record(
        act="regulation.adopt",
        about=str(regulation),
        by=by,
        department=regulation.department,
        details=regulation.as_file()
        | ({"bonus": in_words(rule)} if (rule := rule_of(regulation.bonus)) else {})
        | {"sessions": [session.pk for session in moved]},
    )
    return moved
