from __future__ import annotations

from typing import Any, ClassVar

import django_tables2 as tables

from jury.cases import outlook
from jury.cases.case import Case
from jury.reports.cells import DecisionColumn, FollowingColumn


class FollowingTable(tables.Table):
    """What comes next for each student."""

    name = tables.Column("Étudiant", order_by="sort_key")
    number = tables.Column("N° étudiant", accessor="id")
    programme_label = tables.Column("Programme")
    group = tables.Column("Groupe", accessor="person__group")
    decision = DecisionColumn()
    following = FollowingColumn()
    step = tables.Column("Bilan", accessor="id", orderable=False)
    since = tables.Column("Depuis le", accessor="person__status_since")
    ects = tables.Column("ECTS en tout", accessor="verdict__ects_total", attrs={"th": {"class": "n"}})

    steps: ClassVar = {step: look.one for step, look in outlook.LOOKS.items()}

    class Meta:
        template_name = "jury/reports/_following_rows.html"
        attrs = {"class": "tbl"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.several = "programme_label" in self.columns

    def value_step(self, record: Case) -> str:
        return self.steps[record.following.step]

    def value_since(self, value: Any) -> str:
        return value or ""
