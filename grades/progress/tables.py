from __future__ import annotations

from datetime import datetime
from typing import Any

import django_tables2 as tables
from django.utils import timezone

from grades.models import Teaching
from grades.overview import ElementProgress
from grades.tables import WIDE, WIDE_NUMBER

NOT_EXPORTED = ("pick",)


class ProgressTable(tables.Table):
    """Every element of a promotion: how far it has come, who answers for it, when they were reminded.

    Its cells on screen are those of the template; those of a file are here.
    """

    pick = tables.Column("Choisir", accessor="teaching", orderable=False)
    code = tables.Column("Élément", order_by=("semester", "code"))
    heads = tables.Column("Responsables", accessor="teaching", orderable=False, attrs=WIDE)
    done = tables.Column("Notes")
    awaited = tables.Column("Attendues (ATT)", attrs=WIDE_NUMBER)
    state = tables.Column("État")
    since = tables.Column("Déclaré le", accessor="teaching__completed_at", attrs=WIDE)
    reminded = tables.Column("Relancé le", accessor="teaching__pk", attrs=WIDE, order_by=("code",))

    class Meta:
        template_name = "grades/progress/_progress_rows.html"
        attrs = {"class": "tbl"}
        order_by = ("code",)

    def __init__(
        self,
        lines: list[ElementProgress],
        *,
        reminders: dict[int, datetime],
        reminds: bool,
        directs: bool,
        parcours: int,
        **kwargs: Any,
    ) -> None:
        """`reminders`: when each element's people were last; `reminds`: whether the reader may.

        `directs`: whether they may open the sheets, narrowed to a `parcours` (0: all).
        """
        super().__init__(lines, exclude=() if reminds else NOT_EXPORTED, **kwargs)
        self.reminders, self.reminds, self.directs, self.parcours = reminders, reminds, directs, parcours

    def value_heads(self, value: Teaching) -> str:
        return ", ".join(map(str, value.heads.all())) or "personne"

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


def _iso(moment: datetime | None) -> str:
    return timezone.localtime(moment).date().isoformat() if moment else ""
