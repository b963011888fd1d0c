from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from butrt.base import french
from jury.cases.case import Case
from jury.models import Piece, Session
from jury.reports.cells import DecisionColumn, FollowingColumn


class OutcomeTable(tables.Table):
    """After the jury, one line a student: decision, credits, what comes next, transcript."""

    name = tables.Column("Étudiant", order_by="sort_key")
    number = tables.Column("N°", accessor="id", attrs={"td": {"class": "num"}})
    decision = DecisionColumn()
    ects = tables.Column(
        "ECTS de l’année", accessor="verdict__ects_year", attrs={"td": {"class": "n"}, "th": {"class": "n"}}
    )
    total = tables.Column(
        "ECTS en tout", accessor="verdict__ects_total", attrs={"td": {"class": "n"}, "th": {"class": "n"}}
    )
    following = FollowingColumn()
    transcript = tables.Column("Documents", accessor="id", orderable=False)
    mailed = tables.Column("Envoi", accessor="id", orderable=False)

    class Meta:
        attrs = {"class": "tbl"}

    def __init__(self, *args: Any, session: Session, mails: Mapping[str, Piece], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.mails = mails
        # Each worked out once, not once a line.
        self.addresses = [
            reverse("jury:student_pdf", args=[session.pk, "releve", "NUMBER"]),
            reverse("jury:student_pdf", args=[session.pk, "notification", "NUMBER"]),
            reverse("jury:student_documents", args=[session.pk, "NUMBER"]),
        ]

    def render_mailed(self, record: Case) -> str:
        mail = self.mails.get(record.id)
        if mail is None:
            return "à envoyer"
        if mail.at and mail.state == Piece.State.DONE:
            return f"envoyé le {french.date(mail.at, 'j F')}"
        return mail.get_state_display()

    def render_transcript(self, record: Case) -> SafeString:
        """The transcript, the notification, and the page of all their documents."""
        whose = french.of(record.name)
        labels = (f"Relevé {whose}, PDF", f"Notification {whose}, PDF", f"Tous les documents {whose}")
        links = (
            (address.replace("NUMBER", quote(record.id)), label, words)
            for address, label, words in zip(
                self.addresses, labels, ("Relevé", "Notification", "Tous"), strict=True
            )
        )
        return format_html(
            '<span class="nowrap">{}</span>',
            format_html_join(" · ", '<a href="{}" aria-label="{}">{}</a>', links),
        )
