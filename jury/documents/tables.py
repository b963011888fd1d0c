from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import django_tables2 as tables
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from butrt.base import french
from jury.models import Piece, Session


class OutcomeTable(tables.Table):
    """After the jury, one line a student: decision, credits, what comes next, transcript."""

    name = tables.Column("Étudiant", order_by="sort_key")
    number = tables.Column("N°", accessor="id", attrs={"td": {"class": "num"}})
    decision = tables.TemplateColumn(
        template_name="jury/_outcome.html", verbose_name="Décision", order_by="year_code"
    )
    ects = tables.Column(
        "ECTS de l’année", accessor="verdict__ects_year", attrs={"td": {"class": "n"}, "th": {"class": "n"}}
    )
    total = tables.Column(
        "ECTS en tout", accessor="verdict__ects_total", attrs={"td": {"class": "n"}, "th": {"class": "n"}}
    )
    following = tables.TemplateColumn(
        template_name="jury/_following.html", verbose_name="Suite", orderable=False, empty_values=()
    )
    transcript = tables.Column("Documents", empty_values=(), orderable=False)
    mailed = tables.Column("Envoi", empty_values=(), orderable=False)

    class Meta:
        attrs = {"class": "tbl"}

    def __init__(self, *args: Any, session: Session, mails: Mapping[str, Piece], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.session = session
        self.mails = mails

    def render_mailed(self, record: Any) -> str:
        mail = self.mails.get(record.id)
        if mail is None:
            return "à envoyer"
        if mail.at and mail.state == Piece.State.DONE:
            return f"envoyé le {french.date(mail.at, 'j F')}"
        return mail.get_state_display()

    def render_transcript(self, record: Any) -> SafeString:
        return SafeString(
            render_to_string(
                "jury/documents/_transcript_link.html", {"case": record, "session": self.session}
            )
        )
