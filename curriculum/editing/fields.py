"""What may be typed in each field of a programme: Django's form fields read it, and refuse in plain words.

One field serves every row: it holds nothing of what it reads.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms

from butrt.base import french
from butrt.base.documents.characters import check_printable
from curriculum.models import Element

HOURS = "Des heures entières, de 0 à 9999, par exemple 12."
COEFFICIENT = (
    "Un nombre de 0 à 9999,99, à deux décimales au plus, par exemple 12,5 ; 0 si aucune note n’est attendue."
)
ECTS = "Un nombre au-dessus de 0, à une décimale au plus, par exemple 7,5."
RCUE_WEIGHT = "Un nombre au-dessus de 0, à trois décimales au plus, par exemple 1,5 ; 1 à poids égaux."
NUMBER_CODES = (
    *("required", "invalid", "min_value", "max_value"),
    *("max_digits", "max_decimal_places", "max_whole_digits"),
)


def hours(label: str) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, min_value=0, max_value=9999, required=False, error_messages=_same(HOURS)
    )


def number(label: str, message: str, *, minimum: Decimal, digits: int, places: int) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        min_value=minimum,
        max_digits=digits,
        decimal_places=places,
        localize=True,
        error_messages=_same(message),
    )


def text(label: str, most: int, *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=most,
        required=required,
        validators=[check_printable],
        error_messages={
            "required": f"Écrire {label}.",
            "max_length": f"Au plus {most} caractères : raccourcir.",
        },
    )


def semester(numbers: Iterable[int]) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label="semestre",
        choices=[(number, f"S{number}") for number in numbers],
        coerce=int,
        error_messages={
            "required": "Choisir un semestre.",
            "invalid_choice": "Choisir un semestre de l’année.",
        },
    )


def kind() -> forms.ChoiceField:
    return forms.ChoiceField(
        label="pôle",
        choices=Element.Kind.choices,
        error_messages=dict.fromkeys(("required", "invalid_choice"), "Choisir ressource ou SAÉ."),
    )


def _same(message: str) -> dict[str, str]:
    return dict.fromkeys(NUMBER_CODES, message)


ects = number("ECTS", ECTS, minimum=Decimal("0.1"), digits=4, places=1)
COMPETENCES: dict[str, forms.Field] = {
    "title": text("l’intitulé de la compétence", 200),
    "short": text("le nom court", 40),
}
UNITS: dict[str, forms.Field] = {
    "ects": ects,
    "rcue_weight": number("poids dans le RCUE", RCUE_WEIGHT, minimum=Decimal("0.001"), digits=6, places=3),
}
ELEMENTS: dict[str, forms.Field] = {
    "display": text("le code affiché", 30),
    "title": text("l’intitulé", 200),
    "short": text("l’intitulé court", 60),
    "kind": kind(),
}
WEIGHTS: dict[str, forms.Field] = {
    "cm": hours("CM"),
    "td": hours("TD"),
    "tp": hours("TP"),
    "project": hours("projet"),
    "evaluation_type": text("type d’évaluation", 10, required=False),
    "coefficient": number("coefficient", COEFFICIENT, minimum=Decimal(0), digits=6, places=2),
}
# What a row is when nothing was said of it, before and after what is typed.
UNSAID: dict[str, Any] = {
    **dict.fromkeys(("cm", "td", "tp", "project", "coefficient", "ects"), 0),
    "rcue_weight": 1,
    "kind": Element.Kind.RESOURCE.value,
}


def typed(value: Any) -> str:
    """A value of a programme object as a person types it: 12.50 → "12,5"."""
    if isinstance(value, Decimal | int):
        return french.short(value)
    return str(value)
