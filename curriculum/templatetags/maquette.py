"""How a ratio and a printed title read on the programme's pages."""

from __future__ import annotations

from fractions import Fraction

from django import template

from butrt.base.french import NBSP, typeset
from curriculum.findings import Share, percent

register = template.Library()
register.filter("percent", percent)
register.filter("typeset", typeset)


@register.filter
def width(share: Fraction) -> str:
    """A ratio as an SVG length out of 100, with a decimal point: 0.7059 → "70.59"."""
    hundredths = round(share * 10_000)
    return f"{hundredths // 100}.{hundredths % 100:02}"


@register.filter
def excess(share: Share) -> str:
    """How far a UE is from the ratio, in words: "+10,0 trop de ressources"."""
    points = percent(share.excess).removesuffix(f"{NBSP}%")
    return f"+{points} trop de ressources" if share.excess > 0 else f"{points} trop de SAÉ"
