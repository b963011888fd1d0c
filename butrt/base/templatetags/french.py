"""How a number, a count and a date read in French, on the screen and on paper."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from django import template
from django.template import defaultfilters
from django.utils.formats import date_format
from django.utils.safestring import SafeString

from butrt.base import words as french_words
from butrt.base.documents.verification_codes import in_fours

register = template.Library()


@register.filter
def fr(number: Decimal | int | str | None, empty: str = "—") -> str:
    """10.5 → "10,5"; None → "—". The digits are kept as they are: rounding belongs to the rules."""
    return empty if number is None or number == "" else str(number).replace(".", ",")


@register.filter
def mark(number: Decimal | None) -> str:
    """A mark as a teacher types it: 14.50 → "14,5", 12.00 → "12"."""
    if number is None:
        return ""
    text = f"{number:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace(".", ",")


register.filter("in_fours", in_fours)


@register.filter
def of(name: object) -> str:
    """What belongs to somebody: "de MERLE Léa", "d’AMRANI Inès"."""
    return french_words.of(str(name))


@register.filter
def pluralize(value: Any, forms: str = "s") -> str:
    """Django's, as French counts: nought is singular ("0 étudiant"), two is the first plural."""
    number = value if isinstance(value, int | float | Decimal) else _number(value)
    return defaultfilters.pluralize(1 if -2 < number < 2 else 2, forms)


def _number(value: Any) -> float:
    """How many: "3", or the length of a list; one for what is neither, as Django has it."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return len(value) if hasattr(value, "__len__") and not isinstance(value, str) else 1


@register.filter
def get(mapping: dict[Any, Any] | None, key: Any) -> Any:
    """`mapping[key]` when the key is itself a variable; None when absent."""
    return mapping.get(key) if mapping else None


@register.filter
def words(text: str) -> list[str]:
    """ "nom annee" → ["nom", "annee"], to loop over fixed names."""
    return text.split()


@register.filter
def iso_date(text: str | None) -> str:
    """A date of a snapshot ("2005-08-25") as people write it: "25 août 2005"."""
    if not text:
        return ""
    day = datetime.date.fromisoformat(text[:10])
    return date_format(day, "j F Y").replace("1 ", "1er ", 1) if day.day == 1 else date_format(day, "j F Y")


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon of templates/_icons.html, decorative."""
    return SafeString(f'<svg class="i" aria-hidden="true"><use href="#i-{name}"/></svg>')
