"""Who goes on, who repeats, who leaves: what comes next for each student of a session, in one word."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import NamedTuple

from jury.proceedings import LEAVING, Case, Proceedings
from jury.rules import PASSING, Code


class Following(StrEnum):
    """What comes next, from the best to what nobody knows yet."""

    ON = "passe"
    CLOSED = "ferme"
    FINISHED = "termine"
    REPEATS = "redouble"
    GAP_YEAR = "cesure"
    DEFAULTS = "defaillance"
    LEAVES = "part"
    PENDING = "attente"

    @property
    def words(self) -> str:
        """Said of several students."""
        return WORDS[self][1]

    @property
    def word(self) -> str:
        """Said of one."""
        return WORDS[self][0]


WORDS = {
    Following.ON: ("passe", "passent"),
    Following.CLOSED: ("passe, semestre suivant fermé", "passent, semestre suivant fermé"),
    Following.FINISHED: ("termine le BUT", "terminent le BUT"),
    Following.REPEATS: ("redouble", "redoublent"),
    Following.GAP_YEAR: ("année blanche", "année blanche"),
    Following.DEFAULTS: ("défaillance", "défaillance"),
    Following.LEAVES: ("part", "partent"),
    Following.PENDING: ("en attente du jury", "en attente du jury"),
}
"""What is said of one student, then of several."""


class Group(NamedTuple):
    """How many students have the same following."""

    following: Following
    students: int


def following_of(case: Case) -> Following:
    """What comes next for a student, as decided or of right."""
    year, progression = case.verdict.year, case.verdict.progression
    code = year or (Code(case.person["status"]) if case.gone else None)
    if case.student.year == 1 and case.s5_missing is not None:  # BUT2 is passed, BUT1 retaken
        return Following.CLOSED if case.s5_missing else Following.ON
    if code == Code.RED:
        return Following.REPEATS
    if code == Code.ABL:
        return Following.GAP_YEAR
    if code == Code.DEF:
        return Following.DEFAULTS
    if code == Code.NAR or code in LEAVING:
        return Following.LEAVES
    if code in (Code.ATJ, Code.RAT) or (case.judges_year and code not in PASSING):
        return Following.PENDING
    if progression.semester is None:
        return Following.FINISHED
    if progression.right:
        return Following.ON
    return Following.CLOSED if progression.missing else Following.PENDING


def groups(proceedings: Proceedings) -> list[Group]:
    """Each following that somebody has, in order, with its number."""
    counts = Counter(map(following_of, proceedings.cases))
    return [Group(each, counts[each]) for each in Following if counts[each]]
