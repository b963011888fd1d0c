from __future__ import annotations

from datetime import datetime
from typing import Any

import django_tables2 as tables
from django.utils import timezone

from butrt.base import french
from grades.models import Teaching
from grades.overview import ElementProgress
from grades.tables import WIDE, WIDE_NUMBER

NOT_EXPORTED = ("pick",)


class ProgressTable(tables.Table):
    """Every element of a promotion: how far it has come, who answers for it, when they were reminded."""

    pick = tables.TemplateColumn(
        template_name="grades/progress/_pick.html",
        verbose_name="Choisir",
        accessor="teaching",
        orderable=False,
    )
    code = tables.TemplateColumn(
        template_name="grades/progress/_followed.html", verbose_name="Élément", order_by=("semester", "code")
    )
    heads = tables.Column("Responsables", accessor="teaching", orderable=False, attrs=WIDE)
    done = tables.TemplateColumn(
        template_name="grades/_progress.html", verbose_name="Notes", attrs={"td": {"class": "w-bar"}}
    )
    awaited = tables.Column("Attendues (ATT)", attrs=WIDE_NUMBER)
    state = tables.TemplateColumn(template_name="grades/_state.html", verbose_name="État", order_by="state")
    since = tables.Column(
        "Déclaré le", accessor="teaching__completed_at", attrs=WIDE, default="—", empty_values=(None,)
    )
    reminded = tables.Column("Relancé le", accessor="teaching__pk", attrs=WIDE, order_by=("code",))

    class Meta:
        attrs = {"class": "tbl"}
        order_by = ("code",)

    def __init__(self, *args: Any, reminders: dict[int, datetime], reminds: bool, **kwargs: Any) -> None:
        """`reminders`: when each element's people were last; `reminds`: whether the reader may."""
        super().__init__(*args, exclude=() if reminds else NOT_EXPORTED, **kwargs)
        self.reminders = reminders

    def render_heads(self, value: Teaching) -> str:
        return ", ".join(map(str, value.heads.all())) or "personne"

    def render_awaited(self, value: int) -> str:
        return str(value) if value else "—"

    def render_since(self, value: datetime | None) -> str:
        return _day(value)

    def render_reminded(self, value: int) -> str:
        return _day(self.reminders.get(value))

    def value_code(self, record: ElementProgress) -> str:
        return f"{record.teaching.element.display} {record.teaching.element.title}"

    def value_done(self, record: ElementProgress) -> str:
        return f"{record.progress.entered}/{record.progress.expected}"

    def value_awaited(self, record: ElementProgress) -> int:
        return record.awaited

    def value_state(self, record: ElementProgress) -> str:
        return record.state[2]

    def value_since(self, record: ElementProgress) -> str:
        return _iso(record.teaching.completed_at)

    def value_reminded(self, record: ElementProgress) -> str:
        return _iso(self.reminders.get(record.teaching.pk))


def _day(moment: datetime | None) -> str:
    return french.date(moment) if moment else "—"


def _iso(moment: datetime | None) -> str:
    return timezone.localtime(moment).date().isoformat() if moment else ""
