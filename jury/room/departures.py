"""Which rule a code departs from, in the words and numbers of the rules themselves."""

from __future__ import annotations

from jury.cases.case import Case
from jury.cases.equality import FAVOUR
from jury.cases.statistics import WAITING
from jury.models import Decision
from jury.rules import PASSING, VALIDATING, Code, Reason
from jury.rules.codes import words
from jury.rules.reasons import JURY, ReasonKind


def departures(case: Case, kind: str, subject: str, code: Code) -> list[Reason]:
    """The reasons that the rules oppose to a code; empty when they give it or leave it to the jury.

    An acquisition that they do not grant meets what fails; a refusal of what is of right, what grants it.
    """
    if kind == Decision.Kind.YEAR:
        return _of_the_year(case, code)
    proposed = (
        case.proposal.units.get(subject) if kind == Decision.Kind.UNIT else case.proposal.rcues.get(subject)
    )
    if proposed is None or proposed.code is None or proposed.code == code or code in WAITING:
        return []
    refused = code in VALIDATING and proposed.code not in VALIDATING
    about = {subject} | {name for name, rcue in case.proposal.rcues.items() if subject in rcue.units}
    if proposed.code in VALIDATING and not refused:
        about = {subject}
    return _reasons(case, about, holds=not refused) or [_given(case, subject, proposed.code)]


def _of_the_year(case: Case, code: Code) -> list[Reason]:
    proposal = case.proposal
    if code == proposal.year or code in proposal.options or proposal.blocked:
        return []
    if proposal.year is None:
        if code in WAITING:
            return []
        if code != Code.RED and code not in PASSING:
            return []
        return [
            reason
            for reason in _reasons(case, {"year"}, holds=False)
            if (reason.kind is ReasonKind.NO_MORE_REPEAT) is (code == Code.RED)
        ]
    if FAVOUR.get(code, -1) > FAVOUR.get(proposal.year, -1):
        return _reasons(case, {"year"}, holds=False) or [_given(case, "year", proposal.year)]
    return _reasons(case, {"year"}, holds=True) or [_given(case, "year", proposal.year)]


def _reasons(case: Case, about: set[str], *, holds: bool) -> list[Reason]:
    return [
        reason
        for reason in case.named(case.proposal.reasons)
        if reason.about in about and reason.holds is holds
    ]


def _given(case: Case, about: str, code: Code) -> Reason:
    meaning = words(code, "year" if about == "year" else "unit", case.gender)
    return Reason(about, JURY, f"Les règles donnent {code} ({meaning}).", None)
