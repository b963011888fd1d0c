"""The next year prepared: promotions, groups, teachers, évaluations, students, juries, in one transaction.

Each act goes through the service that the screens call; the journal keeps what was made, by key, so that it
can be undone as one act (see undoing.py).
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import models, transaction

from butrt.base.accounts.models import Role, User
from butrt.base.french import listed
from butrt.base.journal.services import record
from butrt.base.meanwhile import Check, unchecked
from butrt.site.nextyear.outcomes import Outcome
from butrt.site.nextyear.plan import A_YEAR, Opening, Place, Plan, Sitting, way_of
from curriculum.models import Programme
from grades import locks, people
from grades.enrolling import objections_to
from grades.judged import locked_semesters
from grades.models import Cohort, Group
from grades.people.holding import lock
from grades.services import copy_plan
from jury.models import Session
from jury.sittings.members.copying import proposed
from jury.sittings.services import MemberEdit, convene, schedule, seat_president

ACT = "year.prepare"


class Groups(models.TextChoices):
    """What a promotion takes of last year's groups."""

    NAMES = "names", "les noms, groupes vides"
    KEPT = "kept", "les étudiants gardent le leur"
    NONE = "none", "aucun"


@dataclass(frozen=True)
class Opened:
    """A promotion to create."""

    opening: Opening
    programmes: Sequence[Programme]
    groups: Groups
    teachers: bool
    assessments: bool


@dataclass(frozen=True)
class Placed:
    """A student to enrol."""

    outcome: Outcome
    place: Place
    semesters: Sequence[int]
    motive: str = ""


@dataclass(frozen=True)
class Held:
    """A jury to schedule."""

    sitting: Sitting
    date: datetime.date
    president: User


@dataclass
class Made:
    """What was made, and in words what could not be taken over."""

    cohorts: list[int] = field(default_factory=list)
    enrolments: list[int] = field(default_factory=list)
    sessions: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.cohorts or self.enrolments or self.sessions)


class AgainstJuries(ValidationError):
    """Placements that go against what juries decided, without a motive; {student's key: sentences}."""

    def __init__(self, sentences: Mapping[int, Sequence[str]]) -> None:
        super().__init__(
            "Des inscriptions vont contre la décision d’un jury : en dire le motif sur leur ligne, ou les "
            "changer. Rien n’est enregistré."
        )
        self.sentences = sentences


@transaction.atomic
def prepare(
    *,
    plan: Plan,
    opened: Sequence[Opened],
    placed: Sequence[Placed],
    held: Sequence[Held],
    by: User,
    check: Check = unchecked,
) -> Made:
    """Do all of it, or nothing. Raises ValidationError, in French: `AgainstJuries` without a motive."""
    department = lock(plan.department)
    existing = {opening.key: opening.existing for opening in plan.openings if opening.existing}
    for cohort in sorted(existing.values(), key=lambda row: row.pk):
        locks.own(cohort, cohort.semesters)
    check()
    made = Made()
    cohorts = dict(existing)
    for opening in opened:
        cohorts[opening.opening.key] = cohort = people.create_cohort(
            programmes=opening.programmes,
            school_year=plan.school_year,
            name=opening.opening.name,
            by=by,
        )
        made.cohorts.append(cohort.pk)
        _take_over(opening, cohort, placed, by, made)
    _enrol(placed, cohorts, {opening.opening.key: opening for opening in opened}, by, made)
    for sitting in held:
        _hold(sitting, cohorts[sitting.sitting.opening.key], by, made)
    if made:
        record(
            act=ACT,
            about=f"{department.name}, {plan.label}",
            by=by,
            department=department,
            details={
                "school_year": plan.school_year,
                "cohorts": made.cohorts,
                "enrolments": made.enrolments,
                "sessions": made.sessions,
            },
        )
    return made


# ---------- what a promotion takes from last year's ----------


def _take_over(opened: Opened, cohort: Cohort, placed: Sequence[Placed], by: User, made: Made) -> None:
    source = opened.opening.source
    if source is None:
        return
    if names := _group_names(opened, placed):
        people.set_groups(cohort=cohort, names={}, new=names, by=by)
    if opened.teachers:
        made.notes += people.copy_teachers(source=source, cohort=cohort, by=by)
    if opened.assessments:
        made.notes += copy_plan(source=source, cohort=cohort, moved=A_YEAR, by=by)


def _group_names(opened: Opened, placed: Sequence[Placed]) -> list[str]:
    """Last year's names or, where students keep their group, those that they bring."""
    if opened.groups == Groups.NAMES:
        return opened.opening.groups
    if opened.groups == Groups.NONE:
        return []
    brought = (line.outcome.enrolment.group for line in placed if line.place.opening is opened.opening)
    return sorted({group.name for group in brought if group})


# ---------- students ----------


def _enrol(
    placed: Sequence[Placed],
    cohorts: Mapping[str, Cohort],
    opened: Mapping[str, Opened],
    by: User,
    made: Made,
) -> None:
    by_cohort: dict[str, list[Placed]] = defaultdict(list)
    for line in placed:
        by_cohort[line.place.opening.key].append(line)
    against: dict[int, list[str]] = {}
    for key, lines in by_cohort.items():
        taking = {line.outcome.student: (line.place.programme, line.semesters) for line in lines}
        sentences = objections_to(cohorts[key], taking)
        unsaid = {line.outcome.student.pk for line in lines if not line.motive.strip()}
        locked = locked_semesters(cohorts[key].pk, cohorts[key].semesters)
        for line in lines:
            if late := sorted(locked & {*line.semesters}):
                juries = listed([f"S{semester}" for semester in late])
                sentence = f"Un jury a jugé {juries} : dire pourquoi on y entre après lui."
                sentences.setdefault(line.outcome.student.pk, []).append(sentence)
        against |= {student: reasons for student, reasons in sentences.items() if student in unsaid}
    if against:
        raise AgainstJuries(against)
    for key, lines in by_cohort.items():
        cohort = cohorts[key]
        keeps = key in opened and opened[key].groups == Groups.KEPT
        groups = {group.name: group for group in cohort.groups.all()} if keeps else {}
        newcomers = [_newcomer(line, groups) for line in lines]
        enrolments = people.enrol_all(cohort=cohort, newcomers=newcomers, by=by)
        made.enrolments += [enrolment.pk for enrolment in enrolments]


def _newcomer(line: Placed, groups: Mapping[str, Group]) -> people.Newcomer:
    former = line.outcome.enrolment
    return people.Newcomer(
        student=line.outcome.student,
        programme=line.place.programme,
        group=groups.get(former.group.name) if former.group else None,
        company=former.company,
        semesters=line.semesters,
        motive=line.motive,
        unlocking=line.motive,
    )


# ---------- juries ----------


def _hold(held: Held, cohort: Cohort, by: User, made: Made) -> None:
    """Last year's jury a year later: the same hour and place, its members convened who may still sit."""
    source = held.sitting.source
    ways = {way_of(programme) for programme in source.judged}
    programmes = [programme for programme in cohort.taught if way_of(programme) in ways]
    if source.part and not programmes:
        made.notes.append(f"{source.title} : la promotion n’a plus ces programmes.")
        return
    session = schedule(
        session=Session(
            cohort=cohort,
            semester=source.semester,
            president=held.president,
            date=held.date,
            starts=source.starts,
            place=source.place,
        ),
        programmes=programmes if source.part else (),
        by=by,
    )
    seat_president(session=session)
    made.sessions.append(session.pk)
    may = set(User.objects.named_in(cohort.department, roles=Role.SITTING).values_list("pk", flat=True))
    lines = proposed(source, session)
    kept = [line for line in lines if line["user"] is None or line["user"] in may]
    made.notes += [
        f"{session.title} : {line['name']} n’a plus de rôle qui siège." for line in lines if line not in kept
    ]
    convene(session=session, edits=[MemberEdit(None, line) for line in kept], by=by)
