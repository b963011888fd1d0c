"""How a number, a count and a date read in French, on the screen and on paper: `butrt.base.french`."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from django import template
from django.template import defaultfilters
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from butrt.base import french
from butrt.base.documents.verification_codes import in_fours

register = template.Library()

register.filter("fr", french.number)
register.filter("mark", french.short)
register.filter("day", french.day)
register.filter("in_fours", in_fours)


@register.filter
def of(name: object) -> str:
    """What belongs to somebody: "de MERLE Léa", "d’AMRANI Inès"."""
    return french.of(str(name))


@register.filter
def pluralize(value: Any, forms: str = "s") -> str:
    """Django's, as French counts: nought is singular ("0 étudiant"), two is the first plural."""
    number = value if isinstance(value, int | float | Decimal) else _number(value)
    return defaultfilters.pluralize(2 if french.is_plural(number) else 1, forms)


def _number(value: Any) -> float:
    """How many: "3", or the length of a list; one for what is neither, as Django has it."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return len(value) if hasattr(value, "__len__") and not isinstance(value, str) else 1


@register.filter(expects_localtime=True)
def date(value: datetime.date | str | None, style: str = "j F Y") -> str:
    """Django's, with the French first of the month ("1er mars 2005"), and of an ISO form too."""
    return french.date(value, style) if value else ""


@register.filter
def moment(value: datetime.datetime | str | None, style: str = "j F Y") -> str:
    """ "8 juillet 2025 à 16 h 52"; without the year, of the style "j F"; "" for none."""
    return french.moment(value, style) if value else ""


@register.filter
def hour(value: datetime.datetime | datetime.time | None) -> str:
    """ "14 h 06"; "" for none."""
    return french.hour(value) if value else ""


@register.filter
def get(mapping: dict[Any, Any] | None, key: Any) -> Any:
    """`mapping[key]` when the key is itself a variable; None when absent."""
    return mapping.get(key) if mapping else None


@register.filter
def words(text: str) -> list[str]:
    """ "nom annee" → ["nom", "annee"], to loop over fixed names."""
    return text.split()


@register.simple_block_tag
def nothing(content: str, title: str, address: str = "", label: str = "") -> str:
    """What a list that has nothing yet says; `address` and `label`: where to begin, for who may."""
    context = {"title": title, "text": content, "address": address, "label": label}
    return render_to_string("base/_nothing.html", context)


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon of templates/_icons.html, decorative."""
    return SafeString(f'<svg class="i" aria-hidden="true"><use href="#i-{name}"/></svg>')
