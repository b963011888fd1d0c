"""The PV: each version hashes to its fingerprint, each revision to its hash; the journal knows them all."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, time
from typing import Any

from jury.documents.checking.checked import Checked
from jury.documents.checking.journaled import Journaled, Kind
from jury.documents.fingerprints import fingerprint
from jury.documents.minutes.compare import in_one_text, students_touched
from jury.models import Minutes, MinutesRevision, Session

MEETING = {
    "date": "date",
    "place": "lieu",
    "starts": "début",
    "ends": "fin",
    "opened_at": "ouverture",
    "closed_at": "clôture",
    "opening_motive": "motif d’ouverture",
}


def check_minutes(journaled: Journaled) -> Checked:
    """Every version of every PV, one at a time: one query, and one for the members."""
    checked = Checked("Procès-verbaux")
    there: dict[str, str] = {}
    last: dict[int, int] = {}
    previous: Minutes | None = None
    rows = (
        Minutes.objects.whole()
        .select_related("session__cohort__specialty__department")
        .prefetch_related("session__cohort__programmes")
    )
    for row in rows.defer("session__snapshot").order_by("session", "version").iterator(chunk_size=1):
        checked.seen += 1
        there[row.fingerprint] = str(row)
        if fingerprint(row.content) != row.fingerprint:
            checked.finds(f"{row} : son contenu n’est plus celui de son empreinte.")
        if row.content.get("version") != row.version:
            checked.finds(f"{row} : son contenu est celui de la version {row.content.get('version')}.")
        correction, before = row.content.get("correction"), previous
        previous = row
        if before and before.session_id == row.session_id and _touches_others(before, row):
            checked.finds(f"{row} : il ne remplace pas les documents des étudiants qu’il change.")
        if correction and in_one_text(correction["changes"]) != row.changes:
            checked.finds(f"{row} : les modifications qu’il annonce ne sont pas celles de son contenu.")
        if row.version != last.get(row.session_id, 0) + 1:
            checked.finds(f"{row} : il manque une version avant celle-ci.")
        last[row.session_id] = row.version
    recorded = journaled.values[Kind.MINUTES]
    for key in recorded.keys() - there.keys():
        checked.finds(f"PV d’empreinte {key[:12]}… : le journal le dit établi, la base ne l’a plus.")
    # The journal has told the fingerprints since its first day.
    for key in there.keys() - recorded.keys():
        checked.finds(f"{there[key]} : le journal ne dit pas qu’il a été établi.")
    _check_sessions(last, checked)
    return checked


def _touches_others(before: Minutes, row: Minutes) -> bool:
    """Whether a version says that it replaces other documents than of whom it changes; None: all of them."""
    correction = row.content.get("correction")
    if not correction or row.touched is None:
        return False
    return students_touched(before.content, row.content, correction["changes"]) != row.touched


def _check_sessions(last: dict[int, int], checked: Checked) -> None:
    """What a closed session says of its meeting is what its last PV says; none is closed without a PV."""
    rows = Minutes.objects.filter(session__in=last).values_list("session", "version", "content__session")
    meetings = {session: meeting for session, version, meeting in rows if last[session] == version}
    closed = Session.objects.filter(state=Session.State.CLOSED)
    for session in closed.select_related("cohort__specialty__department").prefetch_related(
        "cohort__programmes"
    ):
        if session.pk not in meetings:
            checked.finds(f"{session} : la session est close, sans PV.")
            continue
        printed, here = meetings[session.pk], _meeting(session)
        for name in here.keys() & printed.keys():
            if printed[name] != here[name]:
                checked.differs(f"{session}, {MEETING[name]}", here[name], printed[name], "le PV")


def _meeting(session: Session) -> dict[str, Any]:
    """As a PV keeps it."""

    def iso(moment: date | datetime | None) -> str | None:
        return moment.isoformat() if moment else None

    def clock(hour: time | None) -> str | None:
        return hour.isoformat("minutes") if hour else None

    return {
        "date": iso(session.date),
        "place": session.place,
        "starts": clock(session.starts),
        "ends": clock(session.ends),
        "opened_at": iso(session.opened_at),
        "closed_at": iso(session.closed_at),
        "opening_motive": session.opening_motive,
    }


def check_revisions(journaled: Journaled) -> Checked:
    """Each PDF of each PV, as each signature left it; one query, a file at a time."""
    checked = Checked("Signatures des PV")
    there: dict[str, str] = {}
    steps: dict[int, int] = {}
    rows = MinutesRevision.objects.select_related(
        "minutes__session__cohort__specialty__department"
    ).prefetch_related("minutes__session__cohort__programmes")
    rows = rows.defer("minutes__content", "minutes__session__snapshot").order_by("minutes", "step")
    for row in rows.iterator(chunk_size=1):
        checked.seen += 1
        name = f"{row.minutes}, étape {row.step} ({row.label})"
        there[row.sha256] = name
        if hashlib.sha256(bytes(row.pdf)).hexdigest() != row.sha256:
            checked.finds(f"{name} : le fichier n’est plus celui de son empreinte.")
        if row.step != steps.get(row.minutes_id, -1) + 1:
            checked.finds(f"{name} : il manque une étape avant celle-ci.")
        steps[row.minutes_id] = row.step
    recorded = journaled.values[Kind.REVISIONS]
    for key in recorded.keys() - there.keys():
        checked.finds(
            f"PV signé d’empreinte {key[:12]}… : le journal le dit enregistré, la base ne l’a plus."
        )
    # The journal has told each step since PV are signed.
    for key in there.keys() - recorded.keys():
        checked.finds(f"{there[key]} : le journal ne dit pas cette signature.")
    return checked
