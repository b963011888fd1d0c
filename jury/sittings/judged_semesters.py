"""Which semesters a jury judges, or has judged: told to grades/judged.py."""

from __future__ import annotations

from collections.abc import Collection

from jury.models import Session


def judging(cohort: int, semesters: Collection[int]) -> set[int]:
    """Those of these semesters that a jury sits on or has closed, unless a correction frees their marks.

    Asked where there is no évaluation, whose lock would tell.
    """
    judged: set[int] = set()
    freed: set[int] = set()
    for session in Session.objects.filter(cohort=cohort, rank=1):
        if session.state != Session.State.PREPARATION:
            judged |= {*session.semesters}
        elif session.correcting:
            freed |= {*session.semesters}
    return (judged - freed) & {*semesters}
