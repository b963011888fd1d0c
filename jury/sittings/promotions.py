"""The sessions of a promotion, told to grades/holders.py: opened they hold it, prepared they follow it."""

from __future__ import annotations

from django.db.models import PROTECT, Exists, OuterRef, Q, QuerySet

from butrt.base.accounts.models import User
from butrt.base.journal.services import record
from curriculum.models import Programme
from grades.models import Cohort
from jury.models import Session
from jury.sittings.services.scheduling import regulation_for


class Sessions:
    """What the juries of a promotion keep of it."""

    def holding(self, cohort: Cohort) -> list[str]:
        return [session.title for session in opened(_of(cohort))]

    def prepared(self, cohort: Cohort) -> list[str]:
        return [session.title for session in _of(cohort)]

    def hold(self, cohort: Cohort) -> None:
        [*Session.objects.select_for_update().filter(cohort=cohort).order_by("pk").values_list("pk")]

    def remove(self, cohort: Cohort, by: User) -> None:
        for session in _of(cohort):
            remove_session(session=session, by=by)

    def follow(self, cohort: Cohort, before: Programme, after: Programme) -> None:
        """The prepared sessions judge the new version, by the règlement in force for it."""
        for session in _of(cohort):
            if session.programmes.filter(pk=before.pk).exists():
                session.programmes.remove(before)
                session.programmes.add(after)
        for session in _of(cohort):  # read again, with what each now judges
            session.regulation = regulation_for(session.department, session.judged, cohort.school_year)
            session.save(update_fields=["regulation"])


SESSIONS = Sessions()


def opened(sessions: QuerySet[Session]) -> QuerySet[Session]:
    """Those that were opened, or that gave out a document: what refers to them is kept for ever."""
    kept = ~Q(state=Session.State.PREPARATION) | Q(closed_at__isnull=False)
    for relation in Session._meta.related_objects:
        if getattr(relation, "on_delete", None) is PROTECT:
            rows = relation.related_model._base_manager.filter(session=OuterRef("pk"))
            kept |= Q(Exists(rows))
    return sessions.filter(kept)


def remove_session(*, session: Session, by: User) -> None:
    """Delete a session that is only prepared, with the list of its members; in the act's transaction."""
    key, about, day = session.pk, str(session), session.date
    session.delete()
    record(
        act="session.remove",
        about=about,
        by=by,
        department=session.department,
        details={"session": key, "date": day.isoformat()},
    )


def _of(cohort: Cohort) -> QuerySet[Session]:
    return Session.objects.filter(cohort=cohort).with_programme().order_by("semester", "rank")
