from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

import django_tables2 as tables
from django.urls import reverse

from butrt.base import french
from jury.cases.case import Case
from jury.models import Piece, Session
from jury.reports.cells import DecisionColumn, FollowingColumn

ANYBODY = "NUMERO"
"""Stands for a student's number in an address, asked for once a page."""


class Addresses(NamedTuple):
    """Of a student's documents."""

    transcript: str
    letter: str
    whole: str

    def of(self, number: str) -> Addresses:
        return Addresses(*(address.replace(ANYBODY, quote(number)) for address in self))


class OutcomeTable(tables.Table):
    """After the jury, one line a student: decision, credits, what comes next, transcript."""

    name = tables.Column("Étudiant", order_by="sort_key")
    number = tables.Column("N°", accessor="id")
    decision = DecisionColumn()
    ects = tables.Column("ECTS de l’année", accessor="verdict__ects_year", attrs={"th": {"class": "n"}})
    total = tables.Column("ECTS en tout", accessor="verdict__ects_total", attrs={"th": {"class": "n"}})
    following = FollowingColumn()
    transcript = tables.Column("Documents", accessor="id", orderable=False)
    mailed = tables.Column("Envoi", accessor="id", orderable=False)

    class Meta:
        template_name = "jury/documents/_outcome_rows.html"
        attrs = {"class": "tbl"}

    def __init__(self, *args: Any, session: Session, mails: Mapping[str, Piece], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.session = session
        anybody = Addresses(
            transcript=reverse("jury:student_pdf", args=[session.pk, "releve", ANYBODY]),
            letter=reverse("jury:student_pdf", args=[session.pk, "notification", ANYBODY]),
            whole=reverse("jury:student_documents", args=[session.pk, ANYBODY]),
        )
        self.addresses = {case.id: anybody.of(case.id) for case in self.data}
        self.tells_mails = "mailed" in self.columns
        self.sent = {number: _sent(mail) for number, mail in mails.items()}

    def value_mailed(self, record: Case) -> str:
        return self.sent.get(record.id, "à envoyer")


def _sent(mail: Piece) -> str:
    if mail.at and mail.state == Piece.State.DONE:
        return f"envoyé le {french.date(mail.at, 'j F')}"
    return mail.get_state_display()
