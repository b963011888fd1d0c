"""The rows of the lists of elements, two of their cells (no template each: there are hundreds), averages."""

from __future__ import annotations

from fractions import Fraction

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from butrt.base import french
from butrt.base.french import plural
from grades.averages import shown
from grades.overview import ElementProgress
from grades.sheet import Progress

register = template.Library()

BAR = (
    '<div class="bar-line"><progress value="{entered}" max="{expected}"{done}'
    ' aria-label="{entered} note{s} sur {expected}"></progress><span>{entered} sur {expected}</span></div>'
)
DONE = SafeString(' class="done"')
NOTHING = SafeString('<span class="faint">—</span>')
PROVISIONAL = SafeString(
    '<span class="faint" aria-hidden="true"> …</span><span class="vh"> provisoire</span>'
)
STATE = (
    '<span class="nowrap"><span class="k-{}"><span class="sign" aria-hidden="true">{}</span></span> {}</span>'
)
ROW = """<tr>
  <td>
    <a href="{address}">{display}</a>
    {title} <span class="faint nowrap">S{semester}</span>
  </td>
  <td class="nowrap d-none d-md-table-cell">{units}</td>
  <td class="nowrap d-none d-md-table-cell">{role}</td>
  <td class="w-bar">{bar}</td>
  <td class="n d-none d-md-table-cell">{average}</td>
  <td>{state}</td>
</tr>"""


@register.filter
def element_row(line: ElementProgress) -> SafeString:
    """A row of a person’s elements, under the columns of `TeachingTable`."""
    element = line.teaching.element
    return format_html(
        ROW,
        address=line.address,
        display=element.display,
        title=element.title,
        semester=element.semester,
        units=line.units,
        role=line.role,
        bar=bar(line.progress),
        average=_average(line),
        state=state(line),
    )


def _average(line: ElementProgress) -> SafeString:
    if line.average is None:
        return NOTHING
    return format_html("{}{}", french.number(line.average), PROVISIONAL if line.provisional else "")


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


@register.filter
def hundredths(average: Fraction | None) -> str:
    """An exact average as it is shown: half up, once, to two decimals."""
    return french.number(None if average is None else shown(average, 2))
