"""The preparation of a year undone as one act, until a mark is entered in what it made."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet

from butrt.base.accounts.models import User
from butrt.base.french import listed, several
from butrt.base.journal.models import Entry
from butrt.base.journal.services import record
from butrt.site.nextyear.preparing import ACT
from curriculum.models import Department
from grades import locks, people
from grades.models import Cohort, Enrolment, Mark
from grades.people.holding import lock
from jury.models import Session
from jury.sittings.promotions import opened, remove_session

UNDONE = "year.undo"


@dataclass(frozen=True)
class Preparation:
    """A preparation that stands: its entry of the journal, and what is left of what it made."""

    entry: Entry
    cohorts: list[Cohort]
    enrolments: list[Enrolment]
    """Those made in promotions that were there before."""
    sessions: list[Session]
    """Likewise."""

    @property
    def inside(self) -> int:
        """How many enrolments go with its promotions, whoever made them."""
        return Enrolment.objects.filter(cohort__in=self.cohorts).count()

    @property
    def since(self) -> int:
        """How many of them were made since: an import, by hand."""
        made = self.entry.details["enrolments"]
        return Enrolment.objects.filter(cohort__in=self.cohorts).exclude(pk__in=made).count()

    @property
    def juries(self) -> int:
        return Session.objects.filter(cohort__in=self.cohorts).count() + len(self.sessions)

    @property
    def words(self) -> str:
        """ "3 promotions, 120 inscriptions et 6 jurys"."""
        counts = (
            (len(self.cohorts), "promotion"),
            (self.inside + len(self.enrolments), "inscription"),
            (self.juries, "jury"),
        )
        return listed([several(number, name) for number, name in counts if number])

    @property
    def held(self) -> list[str]:
        """What keeps it from being undone: marks, an open jury."""
        marks = Mark.objects.filter(enrolment__in=self.enrolments)
        marked = {*marks.values_list("enrolment", flat=True)}
        judged = {row.cohort for row in self.enrolments}
        return [
            *(f"{cohort} a {held}" for cohort in self.cohorts if (held := people.held_by(cohort))),
            *(f"{row.student} a des notes" for row in self.enrolments if row.pk in marked),
            *(f"{cohort} a un jury ouvert" for cohort in judged if people.jury_sits(cohort)),
            *(f"{session} a été ouvert" for session in self._opened),
        ]

    @property
    def _opened(self) -> QuerySet[Session]:
        """Among the juries added to promotions that were there."""
        mine = Session.objects.filter(pk__in=[session.pk for session in self.sessions])
        return opened(mine.with_programme())

    @property
    def touched(self) -> list[Cohort]:
        """Its promotions, and those that it added to."""
        rows = {cohort.pk: cohort for cohort in self.cohorts}
        rows |= {enrolment.cohort_id: enrolment.cohort for enrolment in self.enrolments}
        rows |= {session.cohort_id: session.cohort for session in self.sessions}
        return [*rows.values()]


def standing(department: Department, school_year: int) -> Preparation | None:
    """The last preparation of a year that was not undone, and of which something is left."""
    entries = Entry.objects.filter(department_id=department.pk, details__school_year=school_year)
    undone = entries.filter(act=UNDONE).values_list("details__entry", flat=True)
    for entry in entries.filter(act=ACT).exclude(pk__in=[*undone]).select_related("by").order_by("-pk"):
        preparation = _what_is_left(entry)
        if preparation.cohorts or preparation.enrolments or preparation.sessions:
            return preparation
    return None


def _what_is_left(entry: Entry) -> Preparation:
    made = entry.details
    outside = {"cohort__specialty__department": entry.department_id}
    enrolments = Enrolment.objects.filter(pk__in=made["enrolments"], **outside)
    sessions = Session.objects.filter(pk__in=made["sessions"], **outside).with_programme()
    return Preparation(
        entry,
        list(Cohort.objects.named().filter(pk__in=made["cohorts"])),
        list(
            enrolments.exclude(cohort__in=made["cohorts"])
            .select_related("student", "group", "programme__parcours", "cohort__specialty__department")
            .prefetch_related("cohort__programmes")
        ),
        list(sessions.exclude(cohort__in=made["cohorts"])),
    )


@transaction.atomic
def undo(*, department: Department, entry: int, by: User) -> Preparation:
    """Take back all that a preparation made, and what came since in its promotions; or nothing.

    Raises ValidationError, in French, naming what holds it.
    """
    lock(department)
    row = Entry.objects.filter(pk=entry, act=ACT, department_id=department.pk).first()
    preparation = row and standing(department, row.details["school_year"])
    if not preparation or preparation.entry.pk != entry:
        raise ValidationError("Cette préparation est déjà annulée, ou une autre est venue après elle.")
    _hold(preparation)
    if held := preparation.held:
        raise ValidationError(f"{listed(held)} : la préparation reste.")
    words = preparation.words
    for session in preparation.sessions:
        remove_session(session=session, by=by)
    for enrolment in preparation.enrolments:
        people.remove_enrolment(enrolment=enrolment, by=by)
    for cohort in preparation.cohorts:
        people.remove_cohort(cohort=cohort, by=by)
    record(
        act=UNDONE,
        about=preparation.entry.about,
        by=by,
        department=department,
        details={
            "school_year": preparation.entry.details["school_year"],
            "entry": preparation.entry.pk,
            "undone": [words],
        },
    )
    return preparation


def _hold(preparation: Preparation) -> None:
    """Its juries, then its promotions' semesters: nobody marks, no jury opens, until it is undone."""
    touched = Q(pk__in=preparation.sessions) | Q(cohort__in=preparation.cohorts)
    [*Session.objects.select_for_update(of=("self",)).filter(touched).order_by("pk").values_list("pk")]
    for cohort in sorted(preparation.touched, key=lambda row: row.pk):
        locks.own(cohort, cohort.semesters)
