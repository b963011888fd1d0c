"""What the site says of a document by its code alone: its kind, jury, version, and whether it is in force."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from jury.documents.kinds import KINDS
from jury.models import Issued, Minutes, Session

State = Literal["in_force", "superseded", "unsigned", "provisional", "out_of_date"]


@dataclass(frozen=True)
class DocumentStanding:
    """A document given out, as it stands today; `last` is the version of the PV in force, if there is one."""

    issued: Issued
    session: Session
    minutes: Minutes | None
    last: Minutes | None
    # The first version that replaces it; None while it stands.
    replaced_by: Minutes | None
    state: State

    @property
    def kind(self) -> str:
        """ "Relevé de notes"."""
        known = KINDS.get(self.issued.kind)
        return known.name if known else self.issued.kind


def standing_of(code: str) -> DocumentStanding | None:
    """What is known of a code; None for one that no document bears. Four queries."""
    rows = Issued.objects.select_related("minutes", "student").defer("minutes__content")
    issued = rows.filter(token=code).first()
    if issued is None:
        return None
    session = Session.objects.with_programme().get(pk=issued.session_id)
    versions = list(session.minutes.order_by("version"))
    last = versions[-1] if versions else None
    replaced_by = replacing(issued, versions)
    return DocumentStanding(
        issued, session, issued.minutes, last, replaced_by, _state(issued, replaced_by, last)
    )


def replacing(issued: Issued, versions: Iterable[Minutes]) -> Minutes | None:
    """The first of the versions of the PV, in their order, that replaces a final document; None: it stands.

    Any later one replaces a PV; a student's document, one that changed what is said of them.
    """
    if issued.minutes is None:
        return None
    number = issued.student.number if issued.student else ""
    later = (version for version in versions if version.version > issued.minutes.version)
    return next((version for version in later if version.touches(number)), None)


def _state(issued: Issued, replaced_by: Minutes | None, last: Minutes | None) -> State:
    if issued.minutes is None:
        return "provisional" if last is None else "out_of_date"
    if replaced_by is not None:
        return "superseded"
    return "in_force" if issued.minutes.revisions.exists() else "unsigned"
