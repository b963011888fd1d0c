"""The PV that await someone's signature."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q

from butrt.base.accounts.models import Role, User
from butrt.base.schoolyears import by_year
from jury.documents.minutes.signatories import PRESIDENT_FIELD, SEAL_FIELD
from jury.models import Member, Minutes, MinutesRevision, Session


def waiting_for(user: User) -> list[Minutes]:
    """The last version of each PV that this person may sign now.

    No query for who sits nowhere, one when nothing awaits, else three.
    """
    if not user.named_in(*Role.SITTING):
        return []
    newer = Minutes.objects.filter(session=OuterRef("session"), version__gt=OuterRef("version"))
    revisions = MinutesRevision.objects.filter(minutes=OuterRef("pk"))
    sits = Member.objects.filter(session=OuterRef("session"), user=user, presence=Member.Presence.PRESENT)
    place = "session__cohort__specialty__department__in"
    sits_in = Q(**{place: user.named_in(*Role.SITTING)})
    presides = Q(**{place: user.named_in(Role.Name.PRESIDENT)}, session__president=user)
    theirs = Minutes.objects.filter(
        ~Exists(newer),
        ~Exists(revisions.filter(field=SEAL_FIELD)),
        ~Exists(revisions.filter(signer=user)),
        presides | (sits_in & Exists(sits) & Exists(revisions.filter(field=PRESIDENT_FIELD))),
        session__state=Session.State.CLOSED,
    )
    keys = list(theirs.values_list("pk", flat=True))
    if not keys:
        return []
    awaited = (
        Minutes.objects.filter(pk__in=keys)
        .select_related("session__cohort__specialty__department", "session__president")
        .prefetch_related("session__cohort__programmes")
        .defer("content", "session__snapshot")
        .order_by(*by_year("session__cohort__school_year", held="session__date"), "created_at")
    )
    return list(awaited)
