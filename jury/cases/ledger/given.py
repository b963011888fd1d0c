"""What a jury gives, and what it merely recalls: the ledger and the documents ask it here."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from jury.cases.case import Case
from jury.rules import VALIDATING, Earlier, RcueVerdict, UnitVerdict


def units_given(case: Case) -> set[str]:
    """The UE that this jury gives: another result than it recalls, or a new attempt at what was not acquired.

    A UE acquired before and taken again without a better average is recalled, as it was given.
    """
    renewed = _renewed(case)
    return {
        name
        for name, unit in case.verdict.units.items()
        if unit.code is not None and _gives(case.student.earlier.get(name), unit, again=name in renewed)
    }


def rcues_given(case: Case) -> set[str]:
    """The same of the RCUE; a new attempt at one of its UE is a new attempt at it."""
    renewed = _renewed(case)
    return {
        name
        for name, rcue in case.verdict.rcues.items()
        if rcue.code is not None
        and _gives(case.student.earlier_rcues.get(name), rcue, again=bool(renewed.intersection(rcue.units)))
    }


def _renewed(case: Case) -> set[str]:
    """The UE of which this year's marks give an average that no jury of this year has told yet."""
    return {
        name
        for name, unit in case.verdict.units.items()
        if unit.renewed and case.given_this_year(name) is None
    }


def _gives(earlier: Earlier | None, decided: UnitVerdict | RcueVerdict, *, again: bool) -> bool:
    if earlier is None or (again and earlier.code not in VALIDATING):
        return True
    return earlier.code != decided.code or decimal_text(decided.exact) != _text(earlier.average)


def _text(average: Decimal | None) -> str:
    return decimal_text(None if average is None else Fraction(average))


def decimal_text(average: Fraction | None) -> str:
    """An exact average in decimal notation, to thirty decimals rounded up; "" for None.

    Thirty decimals cannot carry an average over a threshold that it does not reach: two UE averages have
    denominators far below 10^15, so their mean is either on the threshold or more than 10^-30 away from it.
    Rounding up keeps it on the threshold when it is there: never against the student.
    """
    if average is None:
        return ""
    scaled = -((-average.numerator * 10**30) // average.denominator)
    whole, decimals = divmod(scaled, 10**30)
    return f"{whole}.{decimals:030d}".rstrip("0").rstrip(".")
