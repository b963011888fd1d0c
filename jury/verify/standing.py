"""What the site says of a document by its code alone: its kind, jury, version, and whether it is in force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from jury.documents.kinds import KINDS
from jury.models import Issued, Minutes, Session

State = Literal["in_force", "superseded", "unsigned", "provisional", "out_of_date"]


@dataclass(frozen=True)
class Standing:
    """A document given out, as it stands today; `last` is the version of the PV in force, if there is one."""

    issued: Issued
    session: Session
    minutes: Minutes | None
    last: Minutes | None
    state: State

    @property
    def kind(self) -> str:
        """ "Relevé de notes"."""
        known = KINDS.get(self.issued.kind)
        return known.name if known else self.issued.kind


def standing_of(code: str) -> Standing | None:
    """What is known of a code; None for one that no document bears. Four queries."""
    issued = Issued.objects.select_related("minutes").defer("minutes__content").filter(token=code).first()
    if issued is None:
        return None
    session = Session.objects.with_programme().get(pk=issued.session_id)
    last = session.minutes.order_by("-version").first()
    return Standing(issued, session, issued.minutes, last, _state(issued, last))


def _state(issued: Issued, last: Minutes | None) -> State:
    if not issued.final:
        return "provisional" if last is None else "out_of_date"
    if last is not None and last.pk != issued.minutes_id:
        return "superseded"
    return "in_force" if last is not None and last.revisions.exists() else "unsigned"
