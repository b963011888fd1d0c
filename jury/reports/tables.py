from __future__ import annotations

from typing import Any

import django_tables2 as tables

from butrt.base import french
from jury.cases import outlook
from jury.cases.case import Case
from jury.reports.cells import DecisionColumn, FollowingColumn


class FollowingTable(tables.Table):
    """What comes next for each student."""

    name = tables.Column("Étudiant", order_by="sort_key")
    number = tables.Column("N° étudiant", accessor="id", attrs={"td": {"class": "num"}})
    programme_label = tables.Column("Programme")
    group = tables.Column("Groupe", accessor="person__group", default="—")
    decision = DecisionColumn()
    following = FollowingColumn()
    step = tables.Column("Bilan", accessor="id", orderable=False)
    since = tables.Column("Depuis le", accessor="person__status_since", default="")
    ects = tables.Column(
        "ECTS en tout", accessor="verdict__ects_total", attrs={"td": {"class": "n"}, "th": {"class": "n"}}
    )

    class Meta:
        attrs = {"class": "tbl"}

    def render_step(self, record: Case) -> str:
        return outlook.LOOKS[record.following.step].one

    def render_since(self, value: str) -> str:
        return french.day(value)

    def value_since(self, value: Any) -> str:
        return value or ""
