"""What can be typed over, written without a template: the page has six hundred of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import NamedTuple

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

# The script finds there what was seen, and beside it why it is refused.
FIELD = 'id="{name}" name="{name}" data-seen="{seen}"{refused}'
INPUT = f'{FIELD} value="{{value}}" data-label="{{short}}"'
WHY = '<small class="refused" id="x-{}">{}</small>'
REFUSED = ' aria-invalid="true" aria-describedby="x-{}"'
OPTION = '<option value="{}"{}>{}</option>'
NOTHING, CHANGED, SELECTED = SafeString(""), SafeString(" changed"), SafeString(" selected")

TEXT = (
    '<label class="vh" for="{name}">{label}</label> '
    f'<input class="form-control form-control-sm{{changed}}" {INPUT}>{{why}}'
)
NUMBER = (
    '<label class="small faint" for="{name}">{short}</label> '
    f'<input class="form-control form-control-sm number-in{{changed}}" {INPUT}'
    ' aria-label="{label}" inputmode="decimal">{why}'
)
CHOICE = (
    f'<select class="form-select form-select-sm{{changed}}" {FIELD}'
    ' aria-label="{label}">{options}</select> {why}'
)


def _in_line(column: str, typing: str) -> str:
    """A cell of the table of a UE, where why it is refused has a row of its own."""
    return (
        f'<td class="{column}" data-label="{{short}}"><input class="{{changed}}" {INPUT}'
        f' aria-label="{{label}}" {typing}></td>'
    )


LINE = {
    **dict.fromkeys(("cm", "td", "tp", "project"), _in_line("n in", 'inputmode="numeric"')),
    "evaluation_type": _in_line("in eval-in", 'list="evaluation-types"'),
    "coefficient": _in_line("n in", 'inputmode="decimal"'),
}


class Cell(NamedTuple):
    """A text now and when the page was opened, and why it is refused."""

    name: str
    value: str
    seen: str
    short: str
    label: str
    refused: str

    def written(self, form: str, options: SafeString = NOTHING) -> SafeString:
        """The cell in one of the forms above."""
        texts = {field: escape(text) for field, text in self._asdict().items()}
        why = {"refused": NOTHING, "why": NOTHING}
        if self.refused:
            why = {
                "refused": format_html(REFUSED, self.name),
                "why": format_html(WHY, self.name, self.refused),
            }
        changed = CHANGED if self.value != self.seen else NOTHING
        return mark_safe(form.format(**texts | why, changed=changed, options=options))

    def chosen_among(self, options: Mapping[str, str]) -> SafeString:
        """A list of values, each with its words."""
        return self.written(
            CHOICE,
            joined(
                format_html(OPTION, value, SELECTED if value == self.value else NOTHING, words)
                for value, words in options.items()
            ),
        )


def joined(pieces: Iterable[SafeString]) -> SafeString:
    return mark_safe("".join(pieces))
