"""The convocation of a jury, and the list that its members sign (émargement)."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.template.loader import render_to_string

from butrt.base import french
from butrt.base.canonical import canonical
from butrt.base.documents.kept import RenderedPdf
from jury.cases.presidency import presidency
from jury.documents.choices.visas import composition
from jury.models import Member, Session


def render_attendance(session: Session, *, at: datetime) -> RenderedPdf:
    """Print who is convened, when, where and for what, with a box to sign for each; A4 portrait.

    `session` is fetched `with_programme()`; `at` is the moment of printing, which the document bears.
    """

    from butrt.base.documents.render import render_pdf

    members = list(session.members.all())
    department = session.department
    presides = presidency(session, members)
    composed = composition(session) if session.composition_act else ""
    identity = [
        str(session),
        session.date.isoformat(),
        session.place,
        composed,
        [member.as_line for member in members],
    ]
    page = {
        "composition": composed,
        "presidency": presides,
        "of_substitute": french.of(presides.substitute.name) if presides.substitute else "",
        "of_president": french.of(str(session.president)),
        "session": session,
        "department": department,
        "diploma": session.diploma,
        "year": f"BUT{session.year}, {session.regimes}, {session.cohort.years}",
        "semesters": f"Semestre {session.semester}"
        + (f" et année BUT{session.year}" if session.judges_year else ""),
        "date": french.full_day(session.date),
        "start": french.hour(session.starts) if session.starts else "",
        "members": members,
        "convened": [member for member in members if member.presence != Member.Presence.EXCUSED],
        "professionals": sum(member.kind == Member.Kind.PROFESSIONAL for member in members),
        "students": session.enrolments().count(),
        "printed": french.moment(at),
    }
    return render_pdf(
        french.typeset(render_to_string("jury/sittings/members/attendance.html", page)),
        title=f"Convocation et émargement, {session}",
        identifier=hashlib.sha256(f"{canonical(identity)}/{at.isoformat()}".encode()).digest()[:16],
        created=at,
    )
