"""The school year in course, and what comes first of several: what belongs to a past year never does.

A year is called by the one in which it begins: 2024 for 2024-2025.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from django.db.models import Case, F, IntegerField, Q, When
from django.db.models.expressions import OrderBy
from django.utils import timezone

BEGINS = 8
"""The month in which a school year begins."""
PREPARED = 7
"""The month from which what one creates is meant for the year to come."""


def in_course(day: datetime.date | None = None) -> int:
    """The school year of a day, of today by default."""
    return year_of(day or timezone.localdate(), BEGINS)


def being_prepared() -> int:
    """The school year of what is created today."""
    return year_of(timezone.localdate(), PREPARED)


def year_of(day: datetime.date, begins: int) -> int:
    """The school year of a day, for what looks to the next one from a month on."""
    return day.year if day.month >= begins else day.year - 1


def in_order(years: Iterable[int]) -> list[int]:
    """The year in course, those to come, the past ones, the last first."""
    now = in_course()
    return sorted(set(years), key=lambda year: (year != now, year < now, -year))


def past_last(field: str) -> OrderBy:
    """What to order rows by, so that those of a past year come last."""
    past = When(**{f"{field}__lt": in_course()}, then=1)
    return Case(past, default=0, output_field=IntegerField()).asc()


def by_year(field: str = "school_year", *, held: str = "") -> tuple[OrderBy, OrderBy]:
    """What to order rows by, for the same order; `field` is that of their school year.

    `held`: that of a day, by which a row is still of this year (a jury of last year, held in September).
    """
    now = in_course()
    past = Q(**{f"{field}__lt": now})
    if held:
        past &= Q(**{f"{held}__lt": datetime.date(now, BEGINS, 1)})
    rank = Case(
        When(past, then=2), When(**{f"{field}__gt": now}, then=1), default=0, output_field=IntegerField()
    )
    return rank.asc(), F(field).desc(nulls_last=True)
