"""What a version of the PV says, whole: enough to print it again and to recompute everything in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from butrt.base.accounts.models import User
from butrt.base.journal.services import last_entry
from curriculum.models import Department
from jury.cases.presidency import presidency
from jury.cases.proceedings import Proceedings
from jury.documents.choices.services import choices_of
from jury.documents.choices.visas import composition, visas_of
from jury.documents.fingerprints import FORMAT, fingerprint
from jury.documents.issued import PV, issued_for
from jury.documents.minutes.compare import changes_between, in_one_text, students_touched
from jury.models import Correction, Member, Minutes, Session

EDITION = 2
"""How many times what a PV says of the same content changed since it has visas; absent, it is the first.

2: what waits for its result is counted apart, the legend holds what the table uses, the statistics of one or
two students are left out.
"""


def minutes_content(session: Session, proceedings: Proceedings, *, version: int) -> dict[str, Any]:
    """The content of a version: session, members, visas, context, cohort, decisions, taken, adopted.

    The visas, and what the department wants on its transcripts, are those of this day for good. `cohort` is
    the frozen one, without the jury's decisions: they are in `taken`, with motive and author, and
    `of_minutes` puts them back. `session` is fetched `with_programme()`.
    """
    members = list(session.members.select_related("user"))
    choices = choices_of(session.department)
    return {
        "format": FORMAT,
        # By which reading of the texts (see jury/rules): absent, it is the first.
        "rules": proceedings.figures.rules,
        "edition": EDITION,
        "version": version,
        "session": {
            "title": session.title,
            "completes": _completed_by(session),
            "date": session.date.isoformat(),
            "place": session.place,
            "starts": session.starts.isoformat("minutes") if session.starts else None,
            "ends": session.ends.isoformat("minutes") if session.ends else None,
            "opened_at": session.opened_at.isoformat() if session.opened_at else None,
            "closed_at": session.closed_at.isoformat() if session.closed_at else None,
            "opening_motive": session.opening_motive,
            "president": str(session.president),
            "president_quality": session.president.quality,
            "president_account": session.president.username,
            "presided_by": _presided_by(session, members),
            # "" when nobody wrote it down.
            "composition": composition(session) if session.composition_act else "",
        },
        # Absent before documents were edited by departments: such a PV prints what it said then.
        "visas": visas_of(session, choices.visas),
        "transcript": {"figures": choices.class_figures, "rank": choices.class_rank},
        "members": [
            {
                "name": member.name,
                "quality": member.quality,
                "presence": member.presence,
                "account": member.user.username if member.user else "",
                "substitute": member.substitute,
            }
            for member in members
        ],
        "context": proceedings.context,
        "cohort": proceedings.bare_cohort,
        "taken": [decision.as_content() for decision in proceedings.decisions],
        "adopted": [adoption.as_content() for adoption in proceedings.adoptions],
        "decisions": proceedings.decisions_object(),
    }


def journal_head(department: Department) -> dict[str, Any] | None:
    """How far the department's journal goes now: what a PV prints finds one cut short or rewritten."""
    last = last_entry(department)
    return last._asdict() if last else None


def _completed_by(session: Session) -> dict[str, str] | None:
    """The main session that a catch-up completes: title, date; None for a main session."""
    if not session.is_catch_up:
        return None
    return {"title": session.main.title, "date": session.main.date.isoformat()}


def _presided_by(session: Session, members: Sequence[Member]) -> dict[str, str] | None:
    """The substitute who presided in the president's absence: name, quality, account; None: the president."""
    chair = presidency(session, members)
    if not chair.replaced or chair.presiding is None:
        return None
    member = chair.presiding
    return {
        "name": member.name,
        "quality": member.quality,
        "account": member.user.username if member.user else "",
    }


def issue(
    *, session: Session, proceedings: Proceedings, by: User, corrects: Correction | None = None
) -> Minutes:
    """Establish the next version of the PV of a session; call it inside the transaction of the act.

    It is given out at once: its code is printed on it. One that `corrects` an earlier version says which,
    why, by whom, and what changes from it.
    """
    last = session.minutes.order_by("-version").values_list("version", flat=True).first()
    version, now = (last or 0) + 1, timezone.now()
    content = minutes_content(session, proceedings, version=version) | {
        "established": now.isoformat(),
        # Absent of the PV of before it was printed.
        "journal": journal_head(session.department),
    }
    changes, touched = "", None
    if corrects:
        differences = changes_between(corrects.corrected.content, content)
        changes, touched = (
            in_one_text(differences),
            students_touched(corrects.corrected.content, content, differences),
        )
        content["correction"] = {
            "version": corrects.corrected.version,
            "established": corrects.corrected.created_at.isoformat(),
            "motive": corrects.motive,
            "by": str(corrects.by),
            "opened_at": corrects.at.isoformat(),
            "changes": differences,
        }
    minutes = Minutes.objects.create(
        session=session,
        version=version,
        created_at=now,
        created_by=by,
        content=content,
        fingerprint=fingerprint(content),
        changes=changes,
        touched=touched,
    )
    issued_for(session, minutes, PV, by=by)
    return minutes
