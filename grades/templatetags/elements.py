"""Two cells of the lists of elements. No template each: these lists have hundreds of rows."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from butrt.base.french import plural
from grades.overview import ElementProgress
from grades.sheet import Progress

register = template.Library()

BAR = (
    '<div class="bar-line"><progress value="{entered}" max="{expected}"{done}'
    ' aria-label="{entered} note{s} sur {expected}"></progress><span>{entered} sur {expected}</span></div>'
)
DONE = SafeString(' class="done"')
NOTHING = SafeString('<span class="faint">—</span>')
STATE = (
    '<span class="nowrap"><span class="k-{}"><span class="sign" aria-hidden="true">{}</span></span> {}</span>'
)


@register.filter
def bar(progress: Progress) -> SafeString:
    """How many marks are entered, of those expected."""
    entered, expected = progress
    if not expected:
        return NOTHING
    done = DONE if entered == expected else ""
    return format_html(BAR, entered=entered, expected=expected, s=plural(entered), done=done)


@register.filter
def state(line: ElementProgress) -> SafeString:
    """Its colour, its sign, its words."""
    return format_html(STATE, *line.state)
