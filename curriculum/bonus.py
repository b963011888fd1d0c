"""The bonus rule of a règlement: what exceeds a floor, a part of it, up to a cap, in which UE (domain 2)."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from butrt.base.exactjson import plain


class BonusSetting(models.Model):
    """The rule, whole or none; without one, the points of bonus évaluations are added as they are."""

    bonus_floor = models.DecimalField(
        "bonus : ce qui dépasse (sur 20)", max_digits=4, decimal_places=2, null=True, blank=True
    )
    bonus_percent = models.DecimalField(
        "bonus : part comptée, en %", max_digits=5, decimal_places=2, null=True, blank=True
    )
    bonus_cap = models.DecimalField(
        "bonus : points au plus par UE", max_digits=4, decimal_places=2, null=True, blank=True
    )
    bonus_units = models.CharField(
        "bonus : dans les UE",
        max_length=200,
        blank=True,
        help_text="Codes d’UE ou de compétences, séparés par des virgules ; vide pour toutes.",
    )

    class Meta:
        abstract = True

    def check_bonus(self) -> None:
        """Refuse half a rule, or one out of its bounds."""
        most = {"bonus_floor": 20, "bonus_percent": 100, "bonus_cap": 20}
        values = {name: getattr(self, name) for name in most}
        given = any(value is not None for value in values.values()) or bool(self.bonus_units)
        errors = {}
        for name, value in values.items():
            if given and value is None:
                errors[name] = (
                    "Une règle de bonus dit ce qui dépasse, la part comptée et les points au plus ; "
                    "sans règle, les laisser tous vides."
                )
            elif value is not None and not 0 <= value <= most[name]:
                errors[name] = f"De 0 à {most[name]}."
        if errors:
            raise ValidationError(errors)

    @property
    def bonus(self) -> dict[str, Any] | None:
        """The bonus rule as figures keep it: {floor, percent, cap, units}; None where there is none."""
        if self.bonus_floor is None or self.bonus_percent is None or self.bonus_cap is None:
            return None
        units = [unit.strip() for unit in self.bonus_units.split(",") if unit.strip()]
        return {
            "floor": plain(self.bonus_floor),
            "percent": plain(self.bonus_percent),
            "cap": plain(self.bonus_cap),
            "units": units,
        }
