"""The bonus rule of a règlement: read, and told in words (domain 2)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from butrt.base import french
from butrt.base.french import NBSP, listed, plural
from grades.averages import BonusRule


def rule_of(bonus: Mapping[str, Any] | None) -> BonusRule | None:
    """The rule that a règlement, or the figures of a jury, keeps as {floor, percent, cap, units}."""
    if not bonus:
        return None
    floor, percent, cap = (Decimal(bonus[name]) for name in ("floor", "percent", "cap"))
    return BonusRule(floor, percent, cap, tuple(bonus["units"]))


def in_words(rule: BonusRule) -> str:
    """ "5 % de ce qui dépasse 10 sur 20, dans toutes les UE, 0,5 point au plus par UE"."""
    where = listed(list(rule.units)) if rule.units else "toutes les UE"
    return f"{of_a_mark(rule)}, dans {where}, {at_most(rule)} par UE"


def of_a_mark(rule: BonusRule) -> str:
    """ "5 % de ce qui dépasse 10 sur 20"."""
    return f"{french.short(rule.percent)}{NBSP}% de ce qui dépasse {french.short(rule.floor)} sur 20"


def at_most(rule: BonusRule) -> str:
    """ "0,5 point au plus"."""
    return f"{french.short(rule.cap)}{NBSP}point{plural(rule.cap)} au plus"
