"""A programme on which a jury has judged does not change any more: see curriculum/programmelock.py."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q

from butrt.base import french
from jury.models import Session


def judged_on(programmes: Collection[int]) -> list[str]:
    """The sessions, closed or with their figures frozen, that judged one of these programmes."""
    judging = Q(part=0, cohort__programmes__in=programmes) | Q(programmes__in=programmes)
    sessions = Session.objects.with_programme().filter(judging, snapshot__isnull=False).distinct()
    return [
        f"{session} ({'close' if session.closed_at else 'ouverte'}, le {french.date(session.date)})"
        for session in sessions.order_by("date", "pk")
    ]
