from __future__ import annotations

from typing import Any

import django_tables2 as tables

from butrt.base import french
from butrt.base.french import NBSP
from jury.cases import outlook, wording
from jury.cases.case import Case
from jury.rules import codes


class FollowingTable(tables.Table):
    """What comes next for each student."""

    name = tables.Column("Étudiant", order_by="sort_key")
    number = tables.Column("N° étudiant", accessor="id", attrs={"td": {"class": "num"}})
    programme_label = tables.Column("Programme")
    group = tables.Column("Groupe", accessor="person__group", default="—")
    decision = tables.TemplateColumn(
        template_name="jury/_outcome.html", verbose_name="Décision", order_by="year_code"
    )
    following = tables.TemplateColumn(
        template_name="jury/_following.html", verbose_name="Suite", orderable=False, empty_values=()
    )
    step = tables.Column("Bilan", empty_values=(), orderable=False)
    since = tables.Column("Depuis le", accessor="person__status_since", default="")
    ects = tables.Column(
        "ECTS en tout", accessor="verdict__ects_total", attrs={"td": {"class": "n"}, "th": {"class": "n"}}
    )

    class Meta:
        attrs = {"class": "tbl"}

    def value_following(self, record: Case) -> str:
        return outlook.few_words(record.following).replace(NBSP, " ")

    def render_step(self, record: Case) -> str:
        return outlook.LOOKS[record.following.step].one

    def render_since(self, value: str) -> str:
        return french.day(value)

    def value_since(self, value: Any) -> str:
        return value or ""

    def value_decision(self, record: Case) -> str:
        """The code and its words."""
        code = record.verdict.year or (record.person["status"] if record.gone else None)
        if code is None and not record.judges_year:
            return ""
        words = codes.words(codes.Code(code) if code else None, "year", wording.gender(record))
        return f"{code or ''} {words}".strip()
