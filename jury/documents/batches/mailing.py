"""Whom the documents of a session are sent to, and what each mail says."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.core.mail import EmailMessage
from django.db.models import F, QuerySet
from django.template.loader import render_to_string

from butrt.base import french
from grades.models import Student
from jury.cases import wording
from jury.cases.case import Case
from jury.cases.refusals import Refusal
from jury.documents.kinds import Kind
from jury.documents.source import DocumentSource
from jury.models import Batch, Piece, Session


@dataclass(frozen=True)
class Letter:
    """A student, the documents that concern them, their address and when they received them all, if ever."""

    case: Case
    kinds: list[Kind]
    address: str
    received: datetime | None = None


@dataclass(frozen=True)
class MailingPlan:
    """Who would be written to: `received`, already sent the same; `unreached`, without an address."""

    source: DocumentSource
    kinds: list[Kind]
    letters: list[Letter] = field(default_factory=list)
    received: list[Letter] = field(default_factory=list)
    unreached: list[Letter] = field(default_factory=list)


def why_not(session: Session) -> str:
    """Why the documents of a session cannot be sent yet, "" when they can: as for jury/students/own."""
    if session.state != Session.State.CLOSED:
        return "Le jury n’est pas clos : rien ne s’envoie avant ses décisions."
    if not Session.objects.with_signature().get(pk=session.pk).signed:
        return "Le PV en vigueur n’est pas signé : les documents s’envoient après sa signature."
    return ""


def plan(session: Session, kinds: Sequence[Kind]) -> MailingPlan:
    """One letter a student whom at least one of `kinds` concerns, in a fixed number of queries.

    Raises `Refusal` while nothing may be given to the students.
    """
    if reason := why_not(session):
        raise Refusal(reason)
    source = DocumentSource.of(session)
    sent = [kind for kind in kinds if kind.sent]
    concerned: dict[str, list[Kind]] = defaultdict(list)
    for kind in sent:
        for case in kind.students(source):
            concerned[case.id].append(kind)
    addresses = dict(
        Student.objects.filter(department=session.department, number__in=list(concerned)).values_list(
            "number", "email"
        )
    )
    got = _received(source)
    planned = MailingPlan(source, sent)
    for case in source.proceedings.cases:
        if case.id not in concerned:
            continue
        theirs = concerned[case.id]
        times = [got.get((case.id, kind.key)) for kind in theirs]
        known = [time for time in times if time is not None]
        letter = Letter(
            case, theirs, addresses.get(case.id, ""), max(known) if len(known) == len(times) else None
        )
        if not letter.address:
            planned.unreached.append(letter)
        elif letter.received:
            planned.received.append(letter)
        else:
            planned.letters.append(letter)
    return planned


def _received(source: DocumentSource) -> dict[tuple[str, str], datetime]:
    """{(student, kind): when} of what was sent, or may have been, and still stands."""
    sent = (Piece.State.DONE, Piece.State.DOUBTFUL, Piece.State.SENDING)
    mails = _mails(source).filter(state__in=sent)
    rows = mails.values_list("number", "batch__minutes__version", "batch__kinds", "sha256", "at", "batch__at")
    return {
        (number, kind): at or asked
        for number, version, kinds, sha256, at, asked in rows
        for kind in (sha256 or kinds)
        if _stands(source, number, version)
    }


def last_mails(source: DocumentSource) -> dict[str, Piece]:
    """{student: their last mail} about what the version of the PV in force says of them."""
    mails = _mails(source).annotate(version=F("batch__minutes__version"))
    return {
        mail.number: mail
        for mail in mails.defer("pdf").order_by("batch__at", "batch")
        if _stands(source, mail.number, mail.version)
    }


def _mails(source: DocumentSource) -> QuerySet[Piece]:
    if source.minutes is None:
        return Piece.objects.none()
    return Piece.objects.filter(
        batch__session=source.session,
        batch__minutes__version__lte=source.minutes.version,
        batch__form=Batch.Form.MAIL,
    )


def _stands(source: DocumentSource, student: str, version: int) -> bool:
    """Whether what was sent from a version of the PV still says what the one in force does."""
    return version >= source.version_about(student)


def message(
    piece: Piece, source: DocumentSource, kinds: Iterable[Kind]
) -> tuple[EmailMessage, dict[str, str]]:
    """The mail of a student with their documents, made now; and {kind: SHA-256} of what it holds."""
    batch = piece.batch
    case = source.proceedings.case(piece.number)
    theirs = [kind for kind in kinds if kind.concerns is not None and kind.concerns(case)]
    mail = EmailMessage(
        subject=f"{source.session.title} : {', '.join(kind.name.lower() for kind in theirs)}",
        body=body(source, case, theirs, words=batch.words, by=str(batch.by)),
        to=[piece.address],
        reply_to=[batch.by.email] if batch.by.email else None,
    )
    digests = {}
    for kind in theirs:
        pdf = kind.give_out(source, piece.number)
        mail.attach(kind.file_name(source, piece.number), pdf, "application/pdf")
        digests[kind.key] = hashlib.sha256(pdf).hexdigest()
    return mail, digests


def body(source: DocumentSource, case: Case, kinds: Iterable[Kind], *, words: str, by: str) -> str:
    """The text of the mail, which says nothing of the results: a mail travels in the clear."""
    return french.typeset(
        render_to_string(
            "jury/documents/batches/mail.txt",
            {
                "name": wording.civil_name(case.person),
                "session": source.session,
                "date": french.full_day(source.session.date),
                "department": source.session.department,
                "minutes": source.about(case.id).minutes,
                "kinds": list(kinds),
                "words": words,
                "by": by,
            },
        )
    )
