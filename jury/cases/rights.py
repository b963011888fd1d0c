"""What the texts grant a student, and the decisions that would take it away (domain 3.4).

A jury may decide so; it then says that it does, knowing the right, its article, and that it can be annulled.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from butrt.base.french import NBSP
from jury.cases.case import Case
from jury.cases.consequences import competence
from jury.models import Decision
from jury.rules import PASSING, VALIDATING, Code
from jury.rules.codes import Gender, words
from jury.rules.reasons import COMPENSATION, PROGRESSION, VALIDATION, Article

ANNULLABLE = "Une décision contraire à un droit peut être annulée, par le jury ou par le juge administratif."


@dataclass(frozen=True, slots=True)
class Right:
    """Something that the rules grant, and the code that would take it away."""

    kind: str
    subject: str
    granted: Code
    code: Code
    # The comparisons that grant it, each with its article, as the rules tell them.
    because: tuple[str, ...]
    article: Article
    gender: Gender = "X"

    @property
    def about(self) -> str:
        """ "UE31", "RT2 niveau 2", "l’année"."""
        if self.kind == Decision.Kind.YEAR:
            return "l’année"
        return self.subject if self.kind == Decision.Kind.UNIT else competence(self.subject)

    def __str__(self) -> str:
        meaning = words(self.granted, "year" if self.kind == Decision.Kind.YEAR else "unit", self.gender)
        return (
            f"{self.about}{NBSP}: {self.granted} ({meaning}) est de droit ({self.article}), "
            f"la décision {self.code} l’écarte"
        )


def rights_denied(case: Case, choices: Iterable[tuple[str, str, str]]) -> list[Right]:
    """The rights that decisions (kind, subject, code) would take away, by the rules alone.

    A UE or a RCUE that they acquire, given a code that does not; a passage of right, given one that does not
    pass. Withdrawing a decision (no code) denies nothing.
    """
    denied = []
    for kind, subject, given in choices:
        granted = _granted(case, kind, subject)
        if not given or granted is None:
            continue
        code = Code(given)
        if code in (PASSING if kind == Decision.Kind.YEAR else VALIDATING):
            continue
        because, article = _reasons(case, kind, subject, granted)
        denied.append(Right(kind, subject, granted, code, because, article, case.gender))
    return denied


def _granted(case: Case, kind: str, subject: str) -> Code | None:
    """The code that the rules give, when it is a right."""
    if kind == Decision.Kind.YEAR:
        return case.proposal.year if case.proposal.year in PASSING else None
    proposed = case.proposal.units if kind == Decision.Kind.UNIT else case.proposal.rcues
    verdict = proposed.get(subject)
    return verdict.code if verdict is not None and verdict.code in VALIDATING else None


def _reasons(case: Case, kind: str, subject: str, granted: Code) -> tuple[tuple[str, ...], Article]:
    """What grants a right, in the words of the rules, and the article of the last comparison."""
    about = "year" if kind == Decision.Kind.YEAR else subject
    granting = [
        reason for reason in case.named(case.proposal.reasons) if reason.about == about and reason.holds
    ]
    if granting:
        return tuple(reason.text for reason in granting), granting[-1].article
    by_default = {Code.CMP: COMPENSATION, Code.PASD: PROGRESSION}
    return (), by_default.get(granted, VALIDATION)
