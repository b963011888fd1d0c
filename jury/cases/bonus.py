"""What the bonus rule of a règlement gave a student, told with the marks that it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from butrt.base import french
from butrt.base.french import NBSP, listed, plural
from grades.averages import TWENTY, BonusRule
from grades.bonus import at_most, in_words, of_a_mark, rule_of
from jury.rules import Reason
from jury.rules.reasons import BONUS


def rule_in(context: Mapping[str, Any]) -> BonusRule | None:
    """The rule that the figures of a session were frozen with."""
    return rule_of(context.get("bonus_rule"))


def setting(context: Mapping[str, Any]) -> list[str]:
    """The rule, as one more sentence of the règlement's settings; none without a rule."""
    rule = rule_in(context)
    return [f"Bonus{NBSP}: {in_words(rule)}."] if rule else []


def marks_in_words(person: Mapping[str, Any]) -> str:
    """ "Sport 14, Culture 17 sur 25"."""
    return listed([_mark(mark) for mark in person["bonus"]["marks"]])


def _mark(mark: Mapping[str, str]) -> str:
    out_of = "" if Decimal(mark["out_of"]) == TWENTY else f" sur {french.short(Decimal(mark['out_of']))}"
    return f"{mark['title']} {french.short(Decimal(mark['value']))}{out_of}"


def points_in(person: Mapping[str, Any], unit: str) -> Decimal | None:
    """What the rule gave in a UE; None where no bonus évaluation counts."""
    points = person.get("bonus", {}).get("points", {}).get(unit)
    return None if points is None else Decimal(points)


def reasons(
    context: Mapping[str, Any], person: Mapping[str, Any], units: tuple[str, ...]
) -> Iterator[Reason]:
    """How the points came, in each of these UE where a bonus évaluation counts."""
    rule = rule_in(context)
    for unit in units if rule else ():
        if rule is None or (points := points_in(person, unit)) is None:
            continue
        text = (
            f"Règle de bonus{NBSP}: {of_a_mark(rule)}, {at_most(rule)}. {marks_in_words(person)}{NBSP}: "
            f"{french.short(points)}{NBSP}point{plural(points)}."
        )
        yield Reason(unit, BONUS, text, True if points else None)
