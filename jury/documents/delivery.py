"""Handing a student's document to somebody: printed, known by its code, and who read it is journaled."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpResponse

from butrt.base.accounts.models import User
from butrt.base.documents.files import as_file
from butrt.base.journal.services import record
from jury.documents.kinds import Kind
from jury.documents.source import DocumentSource


def hand_over(
    kind: Kind, source: DocumentSource, student: str, *, by: User, through: str = "page"
) -> HttpResponse:
    """The PDF of a student's document, to be read by `by`; every page that gives one goes through here.

    `through`: by what it leaves, as the journal says it.
    """
    source = source.about(student)
    content = kind.give_out(source, student)
    issued = source.issued(kind.key, student)
    with transaction.atomic():
        record(
            act="document.read",
            about=f"{kind.name}, {source.proceedings.case(student).name}, {source.session}",
            by=by,
            department=source.session.department,
            details={
                "student": student,
                "document": issued.token,
                "version": source.minutes.version if source.minutes else None,
                "through": through,
            },
        )
    return as_file(content, kind.file_name(source, student), "application/pdf", inline=True)
