"""What the lists of elements read of where each counts."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple


class UnitName(NamedTuple):
    """What the lists read of a UE."""

    programme_id: int
    code: str


class InUnit(NamedTuple):
    """What an element counts in a UE (a `Weight`), where the whole row is not needed."""

    unit_id: int
    unit: UnitName
    coefficient: Decimal
