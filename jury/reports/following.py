"""Who goes on, who repeats, who leaves: what comes next for the students of a session, counted."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from jury.cases.outlook import LOOKS
from jury.cases.proceedings import Proceedings
from jury.rules.following import Step


class Group(NamedTuple):
    """How many students have the same step before them."""

    step: Step
    students: int

    @property
    def words(self) -> str:
        """Said of several students."""
        return LOOKS[self.step].many


def groups(proceedings: Proceedings) -> list[Group]:
    """Each step that somebody has, in order, with its number."""
    counts = Counter(case.following.step for case in proceedings.cases)
    return [Group(step, counts[step]) for step in Step if counts[step]]
