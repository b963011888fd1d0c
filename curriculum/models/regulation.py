"""The local règlement: what a department chose of the rules, from a school year on."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from butrt.base.documents.printed import PrintedTexts
from butrt.base.exactjson import plain
from curriculum.bonus import BonusSetting
from curriculum.derogations import ANNEX, FIXED, Derogation, derogations

from .programmes import Department, Programme, school_year_label


class RegulationQuerySet(models.QuerySet["Regulation"]):
    def in_force(self, *, department: Any, programme: Any, school_year: Any) -> Self:
        """The règlements of a programme in a school year, the one that applies first. Takes OuterRef too.

        One made for the programme comes before the department's; then the latest year, the last version.
        """
        return self.filter(
            Q(programme=None) | Q(programme=programme), department=department, school_year__lte=school_year
        ).order_by(F("programme").desc(nulls_last=True), "-school_year", "-version")


SILENT = "règlement local ; les textes sont muets"
SOURCES = {
    "pass_mark": f"{ANNEX}, 4.3",
    "rcue_minimum": f"{ANNEX}, 4.5",
    "decimals": SILENT,
    "rcue_weights": SILENT,
    "rcue_from": SILENT,
    "unjustified_absence": f"{ANNEX}, 4.2, règlement intérieur",
    "second_chance": SILENT,
    "repeats_per_semester": f"{ANNEX}, 4.5",
    "repeats_total": f"{ANNEX}, 4.5",
}
"""Where each setting comes from, unless a department says otherwise."""


def default_sources() -> dict[str, str]:
    return dict(SOURCES)


class Regulation(BonusSetting, PrintedTexts):
    """The local règlement from a school year on, of a department or of one of its programmes.

    Dated data: a version is never changed, the next one takes its place. Field names and values are those
    of the cohort file (fixtures/schemas/README.md), `sources` says where each value comes from.
    """

    class RcueWeights(models.TextChoices):
        EQUAL = "equal", "à poids égaux"
        ECTS = "ects", "selon les ECTS"
        COEFFICIENTS = "coefficients", "selon les coefficients"

    class RcueFrom(models.TextChoices):
        EXACT = "exact", "moyennes exactes des UE"
        DISPLAYED = "displayed", "moyennes affichées des UE"

    class UnjustifiedAbsence(models.TextChoices):
        ZERO = "zero", "compte 0"
        NEUTRAL = "neutral", "ne compte pas"

    class SecondChance(models.TextChoices):
        BEST = "best", "remplace si elle est meilleure"
        REPLACE = "replace", "remplace toujours"

    department = models.ForeignKey(Department, models.PROTECT, related_name="regulations")
    # Null: every programme of the department.
    programme = models.ForeignKey(
        Programme, models.PROTECT, null=True, blank=True, related_name="regulations", verbose_name="programme"
    )
    school_year = models.PositiveSmallIntegerField("à partir de l’année")
    version = models.PositiveSmallIntegerField("version", default=1)
    adopted_on = models.DateField("adopté le")
    pass_mark = models.DecimalField("seuil d’acquisition", max_digits=4, decimal_places=2, default=10)
    rcue_minimum = models.DecimalField("minimum par RCUE", max_digits=4, decimal_places=2, default=8)
    decimals = models.PositiveSmallIntegerField("décimales", default=2)
    rcue_weights = models.CharField(
        "poids des UE dans le RCUE", max_length=12, choices=RcueWeights, default=RcueWeights.EQUAL
    )
    rcue_from = models.CharField("RCUE calculé sur", max_length=12, choices=RcueFrom, default=RcueFrom.EXACT)
    unjustified_absence = models.CharField(
        "absence injustifiée", max_length=12, choices=UnjustifiedAbsence, default=UnjustifiedAbsence.ZERO
    )
    second_chance = models.CharField(
        "seconde chance", max_length=12, choices=SecondChance, default=SecondChance.BEST
    )
    repeats_per_semester = models.PositiveSmallIntegerField("redoublements par semestre", default=1)
    repeats_total = models.PositiveSmallIntegerField("redoublements en tout", default=4)
    sources = models.JSONField("sources", default=default_sources)

    objects = RegulationQuerySet.as_manager()

    class Meta:
        verbose_name = "règlement"
        ordering = ["department", "-school_year", "-version"]
        constraints = [
            UniqueConstraint(
                fields=["department", "school_year", "version"],
                condition=Q(programme=None),
                name="regulation_once",
            ),
            UniqueConstraint(
                fields=["programme", "school_year", "version"], name="regulation_once_per_programme"
            ),
            CheckConstraint(
                condition=Q(pass_mark__range=(0, 20), rcue_minimum__gte=0, rcue_minimum__lte=F("pass_mark")),
                name="regulation_thresholds_in_order",
            ),
            CheckConstraint(condition=Q(decimals__range=(0, 6)), name="regulation_decimals_0_to_6"),
            CheckConstraint(
                condition=Q(bonus_floor=None, bonus_percent=None, bonus_cap=None, bonus_units="")
                | Q(
                    *(Q(**{f"bonus_{name}__isnull": False}) for name in ("floor", "percent", "cap")),
                    bonus_floor__range=(0, 20),
                    bonus_percent__range=(0, 100),
                    bonus_cap__range=(0, 20),
                ),
                name="regulation_bonus_whole_or_none",
            ),
        ]

    def __str__(self) -> str:
        return f"Règlement, version {self.version}, {school_year_label(self.school_year)}"

    def clean(self) -> None:
        """Refuse half a rule, and what departs from the national texts without another as its source."""
        self.check_bonus()
        refused = {
            derogation.fixed.setting: derogation.refusal
            for derogation in self.derogations
            if not derogation.allowed
        }
        if refused:
            raise ValidationError(refused)

    @property
    def derogations(self) -> list[Derogation]:
        """Where it departs from what the texts fix: said in red wherever it applies."""
        values = {fixed.setting: getattr(self, fixed.setting) for fixed in FIXED}
        known = {name: plain(value) for name, value in values.items() if isinstance(value, Decimal | int)}
        return derogations(known, self.sources)

    @property
    def rank(self) -> tuple[bool, int, int]:
        """The order of `in_force`, for those already read: the one that applies has the highest."""
        return (self.programme_id is not None, self.school_year, self.version)

    def as_file(self) -> dict[str, Any]:
        """The `regulation` object of the cohort file."""
        return {
            "pass_mark": plain(self.pass_mark),
            "rcue_minimum": plain(self.rcue_minimum),
            "decimals": self.decimals,
            "rcue_weights": str(self.rcue_weights),
            "rcue_from": str(self.rcue_from),
            "unjustified_absence": str(self.unjustified_absence),
            "second_chance": str(self.second_chance),
            "repeats_per_semester": self.repeats_per_semester,
            "repeats_total": self.repeats_total,
        }
