"""Following a session from another screen: asked every second, two queries while nothing changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from django.db.models import Q
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from butrt.base.accounts.signedin import unattended
from butrt.base.requested import text_of
from grades.models import Student
from jury.doors import session_for
from jury.models import RoomState, Session
from jury.room.page import Room
from jury.room.projection import projected
from jury.sittings import services

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest

# The parts of the room's page that an act changes, beside its rows: templates/jury/room/_<part>.html.
PARTS = ("count", "bar", "do", "close", "acts", "talk")
MOVED = {
    Session.State.PREPARATION: "Les notes sont déverrouillées : le jury est revenu en préparation.",
    Session.State.DELIBERATION: "La délibération est ouverte : les notes sont verrouillées.",
    Session.State.CLOSED: "Le jury est clos.",
}
# An act is dated when it is done and read when its transaction ends: a row sent twice harms nobody.
YEARS = range(1971, 9000)  # in which a page was ever open
MARGIN = timedelta(seconds=10)
MOST_TOLD = 3


@dataclass(frozen=True, slots=True)
class Version:
    """What a page shows: the state since the opening, how many acts, the case discussed; and since when."""

    state: str
    opened: str
    revision: int
    shown: str
    at: datetime

    @classmethod
    def of(cls, request: SignedInRequest, pk: int) -> Self:
        """The present one, in two queries. Raises Http404 for a session that this person may not see."""
        now = timezone.now()
        seen = Session.objects.visible_to(request.user).filter(pk=pk)
        row = seen.values_list("state", "opened_at", "room__revision", "room__shown__number").first()
        if row is None:
            raise Http404
        state, opened, revision, shown = row
        return cls(state, opened.isoformat() if opened else "", revision or 0, shown or "", now)

    def __str__(self) -> str:
        return "|".join([self.state, self.opened, str(self.revision), self.shown, self.at.isoformat()])

    @classmethod
    def read(cls, text: str) -> Self | None:
        """From what a page sent back; None when it means nothing."""
        try:
            state, opened, revision, shown, at = text.split("|")
            when = datetime.fromisoformat(at)
            known = timezone.is_aware(when) and when.year in YEARS
            return cls(state, opened, int(revision), shown, when) if known else None
        except ValueError:
            return None

    def same_meeting(self, other: Version) -> bool:
        return (self.state, self.opened) == (other.state, other.opened)

    def same(self, other: Version) -> bool:
        return self.same_meeting(other) and (self.revision, self.shown) == (other.revision, other.shown)


@unattended
@never_cache
@require_safe
def follow(request: SignedInRequest, pk: int) -> HttpResponse:
    """What changed since `depuis`: nothing (204), the rows and parts to replace, or that the state moved."""
    now = Version.of(request, pk)
    before = Version.read(request.GET.get("depuis", ""))
    if before is not None and before.same(now):
        return HttpResponse(status=204)
    if before is None or not before.same_meeting(now):
        sentence = MOVED[Session.State(now.state)]
        return JsonResponse(
            {"version": str(now), "moved": sentence, "to": reverse("jury:session", args=[pk])}
        )
    room = Room(session_for(request, pk), request.user, {"parcours": request.GET.get("parcours", "")})
    if "projection" in request.GET:
        main = render_to_string("jury/room/_projection.html", projected(room, now.shown), request)
        return JsonResponse({"version": str(now), "main": main})
    words, touched = _since(room, before.at - MARGIN)
    context = {
        "room": room,
        "session": room.session,
        "proceedings": room.proceedings,
        "talk": room.discussed(now.shown),
    }
    return JsonResponse(
        {
            "version": str(now),
            "rows": [room.writer.row(row) for row in room.rows if row.case.id in touched],
            "parts": {part: render_to_string(f"jury/room/_{part}.html", context, request) for part in PARTS},
            "told": words,
        }
    )


def _since(room: Room, moment: datetime) -> tuple[dict[str, str], set[str]]:
    """What others did or took back since then, {key: in words}; the students that all of it touches."""
    acts = room.session.acts.filter(Q(at__gte=moment) | Q(undone_at__gte=moment))
    numbers = Student.objects.order_by().values_list("number", flat=True)  # each by the index of its acts
    touched = {*numbers.filter(decisions__act__in=acts).union(numbers.filter(adoptions__act__in=acts))}
    sentences = {}
    for act in acts.select_related("by", "undone_by").order_by("-pk")[:MOST_TOLD]:
        words = services.act_in_words(act)
        if (act.undone_by or act.by) == room.user:
            continue  # who acted knows
        key = f"{act.pk}, annulé" if act.undone_at else str(act.pk)
        sentences[key] = f"{act.undone_by} a annulé : {words}" if act.undone_at else words
    if room.presides:
        for remark in room.session.remarks.filter(at__gte=moment).select_related("author", "student"):
            sentences[f"remarque {remark.pk}, {remark.at}"] = (
                f"{remark.author} a une remarque sur {remark.student}"
            )
            touched.add(remark.student.number)
    return sentences, touched


@require_POST
def show(request: SignedInRequest, pk: int) -> HttpResponse:
    """The presidency tells which case it has open; an empty number is the table."""
    session = session_for(request, pk, doing="La présidence du jury montre les dossiers.")
    number = text_of(request.POST, "number")
    student = (
        get_object_or_404(Student, enrolments__cohort=session.cohort_id, number=number) if number else None
    )
    if session.state == Session.State.DELIBERATION:
        RoomState.objects.show(session.pk, student)
    return HttpResponse(status=204)
