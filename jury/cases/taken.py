"""What the jury decided and accepted, beside the figures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from jury.models import Adoption, Decision

Json = dict[str, Any]


@dataclass(frozen=True)
class Taken:
    """A decision taken by the jury, as the pages and documents tell it. `student` is the cohort file's id."""

    student: str
    kind: str  # "unit", "rcue", "year"
    subject: str  # "UE32", "RT2/2", "" for the year
    code: str
    motive: str
    hearing: str
    advice: str
    author: str
    at: str  # ISO 8601
    # The right that it goes against, confirmed as such; "" for none.
    right: str = ""
    # The procedure of a refusal (see jury/cases/hearing.py): None and "" where nobody wrote it down.
    hearing_asked: bool | None = None
    invited_on: str = ""  # ISO 8601
    heard_on: str = ""
    # What the rules gave then (an Outcome, as JSON): not printed, kept to tell what changed since.
    basis: Json | None = field(default=None, repr=False, compare=False)

    @classmethod
    def from_row(cls, decision: Decision) -> Taken:
        """Needs `student` and `author` selected."""
        return cls(
            student=decision.student.number,
            kind=decision.kind,
            subject=decision.subject,
            code=decision.code,
            motive=decision.motive,
            hearing=decision.hearing,
            advice=decision.advice,
            author=str(decision.author),
            at=decision.at.isoformat(),
            right=decision.right,
            hearing_asked=decision.hearing_asked,
            invited_on=decision.invited_on.isoformat() if decision.invited_on else "",
            heard_on=decision.heard_on.isoformat() if decision.heard_on else "",
            basis=decision.basis,
        )

    def as_content(self) -> Json:
        """What the PV keeps of it."""
        kept = vars(self).copy()
        del kept["basis"]
        return kept

    @property
    def about(self) -> str:
        """What it is about, for people: "UE32", "RT2", "l’année"."""
        return self.subject.partition("/")[0] or "l’année"


@dataclass(frozen=True)
class Adopted:
    """A proposal of right that the jury accepted, as it was shown. `student` is the cohort file's id."""

    student: str
    author: str
    at: str  # ISO 8601
    # An Outcome, as JSON.
    outcome: Json = field(repr=False)

    @classmethod
    def from_row(cls, adoption: Adoption) -> Adopted:
        """Needs `student` and `act__by` selected."""
        return cls(
            student=adoption.student.number,
            author=str(adoption.act.by),
            at=adoption.act.at.isoformat(),
            outcome=adoption.outcome,
        )

    def as_content(self) -> Json:
        """What the PV keeps of it."""
        return vars(self).copy()


def with_decisions(cohort: Json, decisions: Iterable[Taken]) -> Json:
    """The cohort object with what the jury decided in each student's `jury` field; the input is unchanged."""
    taken: dict[str, Json] = defaultdict(dict)
    for decision in decisions:
        if not decision.code:
            continue
        file = taken[decision.student]
        if decision.kind == Decision.Kind.YEAR:
            file["year"] = decision.code
        else:
            group = "units" if decision.kind == Decision.Kind.UNIT else "rcues"
            file.setdefault(group, {})[decision.subject] = decision.code
    students = [
        student | {"jury": taken[student["id"]]} if student["id"] in taken else student
        for student in cohort["students"]
    ]
    return cohort | {"students": students}
