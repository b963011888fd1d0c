"""Reading what a person types in a cell of the mark sheet, or leaves in a cell of a workbook."""

from __future__ import annotations

import re
from decimal import Decimal
from difflib import SequenceMatcher
from typing import NamedTuple

from butrt.base import french
from butrt.base.french import NBSP, quoted
from grades.models import Mark, MarkChange
from grades.sheet import Standing

CODES = tuple(Mark.Code.values)
NEGATIVE = re.compile(r"[-−–][0-9][0-9.,]*")
LOOKS_LIKE = 0.6  # how much a word must share with a code to be taken for a slip of the fingers


class Typed(NamedTuple):
    """What was read: a value in hundredths, or a code, or neither (not entered)."""

    value: Decimal | None = None
    code: str = ""

    @property
    def text(self) -> str:
        """As the sheet shows it: "14,5", "ABI", ""."""
        return self.code or french.short(self.value)


class MarkError(ValueError):
    """A text that is no mark: `str()` says why in French, `suggestion` what it may have meant or ""."""

    def __init__(self, message: str, suggestion: str = "") -> None:
        super().__init__(message)
        self.suggestion = suggestion


def read_mark(text: str, maximum: Decimal) -> Typed:
    """Read "14,5", "14.5", "abi" or "" as typed for an évaluation out of `maximum`.

    Raises MarkError when it is above the maximum, negative, finer than a hundredth, or neither a number nor
    a code.
    """
    word = text.strip()
    if not word:
        return Typed()
    if word.upper() in CODES:
        return Typed(code=word.upper())
    if NEGATIVE.fullmatch(word):
        raise MarkError(f"{_cut(word)} est négatif, une note va de 0 à {french.short(maximum)}.")
    value = french.decimal(word)
    if value is None:
        raise _not_a_mark(word)
    if value > maximum:
        raise MarkError(above(_cut(word), maximum), _with_a_comma(word, maximum))
    if value != round(value, 2):
        raise MarkError(f"{_cut(word)} a plus de deux décimales.")
    return Typed(value=round(value, 2))


def above(typed: str, maximum: Decimal) -> str:
    """Why a value typed is refused: it is more than what it is out of."""
    return f"{typed} dépasse le maximum, {french.short(maximum)}."


def text_of(mark: Mark | Standing | MarkChange | None) -> str:
    """A mark as its cell shows it: "14,5", "ABI", or "" when there is none."""
    return (mark.code or french.short(mark.value)) if mark else ""


def _cut(word: str) -> str:
    return french.number(word) if len(word) <= 12 else f"{word[:12]}…"


def _with_a_comma(digits: str, maximum: Decimal) -> str:
    """The mark that a forgotten comma made too large: 125 → "12,5"."""
    if not digits.isdigit():
        return ""
    for places in (1, 2):
        value = Decimal(digits).scaleb(-places)
        if value <= maximum:
            return french.short(value)
    return ""


def _not_a_mark(word: str) -> MarkError:
    near = _nearest_codes(word.upper())
    if not near:
        known = ", ".join(CODES)
        return MarkError(f"{quoted(_cut(word))} n’est ni une note ni un code ({known}).")
    proposal = " ou ".join(near)
    return MarkError(f"{_cut(word)}{NBSP}? Vouliez-vous {proposal}{NBSP}?", near[0] if len(near) == 1 else "")


def _nearest_codes(word: str) -> list[str]:
    """The codes that a slip turned into `word`; the same letters in another order come first."""
    same_letters = [code for code in CODES if sorted(code) == sorted(word)]
    if same_letters:
        return same_letters
    if len(word) > 4:
        return []
    scores = {code: SequenceMatcher(None, word, code).ratio() for code in CODES}
    best = max(scores.values())
    return [code for code in CODES if scores[code] == best >= LOOKS_LIKE]
