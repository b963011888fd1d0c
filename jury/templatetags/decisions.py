"""How a decision code and a reason's article read, on the screen and on paper."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django import template
from django.template.loader import render_to_string

from jury.rules import Article, Code, codes

if TYPE_CHECKING:
    from jury.cases.case import Case

register = template.Library()

# Decided by a person: underlined in violet, whatever the colour (mock-ups, "L’encre violette").
BY_PERSON = frozenset({Code.ADJ, Code.PAS1NCI, Code.RED, Code.NAR})


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


@register.inclusion_tag("jury/_code.html")
def code(
    value: str | None,
    about: codes.About = "unit",
    gender: codes.Gender = "X",
    label: bool = True,
    big: bool = False,
) -> dict[str, Any]:
    """A decision code as everywhere: colour, sign, code and, beside it, its plain words."""
    known = _code(value)
    return {
        "code": known,
        "sign": codes.sign(known),
        "family": codes.family(known),
        "words": codes.words(known, about, gender),
        "by_person": known in BY_PERSON,
        "label": label,
        "big": big,
    }


@register.filter
def year_decided(case: Case) -> str:
    """What a jury decided of a student's year, in a list; few differ, and each is written once."""
    return _year_decided(case.verdict.year, case.gender, case.judges_year)


@lru_cache(maxsize=256)
def _year_decided(value: Code | None, gender: codes.Gender, judges_year: bool) -> str:
    context = {"code": value, "gender": gender, "judges_year": judges_year}
    return render_to_string("jury/_outcome.html", context)


@register.filter
def what_follows(case: Case) -> str:
    """What comes next for a student, in a list, likewise."""
    return _what_follows(**case.next)


@lru_cache(maxsize=256)
def _what_follows(**following: str) -> str:
    return render_to_string("jury/_following.html", {"record": {"next": following}})


@register.filter
def article(value: Article) -> str:
    """The short way to name an article beside a reason: "annexe 1, 4.3", "règlement, absences"."""
    text = value.text.removeprefix("arrêté du 15 avril 2022, ").removesuffix(" des études du département")
    return f"{text}, {value.number}"


@register.filter
def cut_level(rcue: str) -> str:
    """RT2 for RT2/2."""
    return rcue.rpartition("/")[0]


@register.filter
def standing(value: str) -> str:
    """Where a case stands, in words."""
    from jury.cases.case import STANDING_WORDS

    return STANDING_WORDS[value]
