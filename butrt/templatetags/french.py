"""How a number, a code and a date read in French, on the screen and on paper."""

from __future__ import annotations

import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django import template
from django.template import defaultfilters
from django.utils.formats import date_format
from django.utils.safestring import SafeString

from butrt import words as french_words
from butrt.documents.codes import in_fours
from jury.rules import Article, Code, codes
from jury.rules.averages import shown

register = template.Library()

# Decided by a person: underlined in violet, whatever the colour (mock-ups, "L’encre violette").
BY_PERSON = frozenset({Code.ADJ, Code.PAS1NCI, Code.RED, Code.NAR})


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


def _code(value: str | None) -> Code | None:
    return Code(value) if value else None


@register.filter
def code_sign(value: str | None) -> str:
    """The sign of a decision code: "✓"; "?" when nothing is decided."""
    return codes.sign(_code(value))


@register.filter
def code_family(value: str | None) -> str:
    """The colour family of a decision code, a CSS class: "k-green"."""
    return f"k-{codes.family(_code(value))}"


@register.simple_tag
def code_words(value: str | None, about: codes.About = "unit", gender: codes.Gender = "X") -> str:
    """The plain French words of a code, for a UE, a RCUE or a year."""
    return codes.words(_code(value), about, gender)


@register.inclusion_tag("_code.html")
def code(
    value: str | None,
    about: codes.About = "unit",
    gender: codes.Gender = "X",
    label: bool = True,
    big: bool = False,
) -> dict[str, Any]:
    """A decision code as everywhere: colour, sign, code and, beside it, its plain words."""
    found = _code(value)
    return {
        "code": found,
        "sign": codes.sign(found),
        "family": codes.family(found),
        "words": codes.words(found, about, gender),
        "by_person": found in BY_PERSON,
        "label": label,
        "big": big,
    }


@register.filter
def get(mapping: dict[Any, Any] | None, key: Any) -> Any:
    """`mapping[key]` when the key is itself a variable; None when absent."""
    return mapping.get(key) if mapping else None


@register.filter
def words(text: str) -> list[str]:
    """ "nom annee" → ["nom", "annee"], to loop over fixed names."""
    return text.split()


@register.filter
def article(value: Article) -> str:
    """The short way to name an article beside a reason: "annexe 1, 4.3", "règlement, absences"."""
    text = value.text.removeprefix("arrêté du 15 avril 2022, ").removesuffix(" des études du département")
    return f"{text}, {value.number}"


@register.filter
def hundredths(average: Fraction | None) -> str:
    """An exact average as it is shown: half up, once, to two decimals."""
    return fr(None if average is None else shown(average, 2))


@register.filter
def element_state(state: str) -> str:
    """Why an element has no average, in words."""
    return {
        "ABJ": "exempté (ABJ)",
        "ABI": "neutralisé (ABI)",
        "ATT": "attendue",
        "missing": "manquante",
    }.get(state, "—")


@register.filter
def iso_date(text: str | None) -> str:
    """A date of a snapshot ("2005-08-25") as people write it: "25 août 2005"."""
    if not text:
        return ""
    day = datetime.date.fromisoformat(text[:10])
    return date_format(day, "j F Y").replace("1 ", "1er ", 1) if day.day == 1 else date_format(day, "j F Y")


@register.filter
def cut_level(rcue: str) -> str:
    """RT2 for RT2/2."""
    return rcue.rpartition("/")[0]


@register.filter
def standing(value: str) -> str:
    """Where a case stands, in words."""
    from jury.proceedings import STANDING_WORDS

    return STANDING_WORDS[value]


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon of templates/_icons.html, decorative."""
    return SafeString(f'<svg class="i" aria-hidden="true"><use href="#i-{name}"/></svg>')
