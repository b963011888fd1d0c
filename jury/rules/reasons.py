"""A comparison decides and tells, a reason is told with its article: what explains cannot disagree."""

from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from .numbers import french

NBSP = "\N{NO-BREAK SPACE}"


class Article(NamedTuple):
    """The place of a rule: a text, and its number in that text."""

    text: str
    number: str

    def __str__(self) -> str:
        return f"{self.text}, {self.number}"


BUT = "arrêté du 15 avril 2022, annexe 1"
LOCAL = "règlement des études du département"

ASSESSMENT = Article(BUT, "4.1")
VALIDATION = Article(BUT, "4.3")
COMPENSATION = Article(BUT, "4.4")
PROGRESSION = Article(BUT, "4.5")
JURY = Article(BUT, "4.6")
ABSENCES = Article(LOCAL, "absences")
SECOND_CHANCE = Article(LOCAL, "seconde chance")
BONUS = Article(LOCAL, "bonus")
STATUS = Article(LOCAL, "statut")


class Check(NamedTuple):
    """One comparison that a text asks for, kept with the article that asks."""

    value: Decimal | int
    minimum: Decimal | int
    article: Article

    @property
    def holds(self) -> bool:
        return self.value >= self.minimum

    def __str__(self) -> str:
        """Both numbers as a French reader writes them: 9,98 < 10."""
        return f"{french(self.value)}{NBSP}{'≥' if self.holds else '<'}{NBSP}{french(self.minimum)}"


class ReasonKind(StrEnum):
    """What a reason is, where somebody has to know it among the others: its text is only for people."""

    DECISION = "decision"
    """The jury decided so itself."""
    NO_MORE_REPEAT = "no_more_repeat"
    """RED is not open."""


class Reason(NamedTuple):
    """One line of an explanation.

    `about` is a UE (UE31), a RCUE (RT1/2), "year", "progression" or "diplomas"; `holds` tells whether it
    speaks for the student, and is None when it is only said (an absence, a decision of the jury).
    """

    about: str
    article: Article
    text: str
    holds: bool | None = None
    kind: ReasonKind | None = None


def listed(names: list[str] | tuple[str, ...]) -> str:
    """UE35 et UE45; UE11, UE12 et UE13; nothing of nothing."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} et {names[-1]}"


def counted(number: int, singular: str, plural: str) -> str:
    """3 compétences, 1 compétence, Aucune compétence: at the start of a line."""
    if number == 0:
        return f"{'Aucune' if singular.startswith('compétence') else 'Aucun'} {singular}"
    return f"{number} {plural if number > 1 else singular}"
