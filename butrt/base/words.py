"""Words as they are compared, whoever typed them; cut where there is no room."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from textwrap import shorten

# Letters that Unicode does not take apart, as a French list files them.
_APART = {"œ": "oe", "æ": "ae", "ł": "l", "đ": "d", "ð": "d", "ø": "o", "þ": "th", "ħ": "h", "ŧ": "t"} | {
    "ı": "i",
    "ŋ": "n",
    "ƒ": "f",
    "ß": "ss",
}
_LETTERS = str.maketrans(
    _APART | {letter.upper(): plain.upper() for letter, plain in _APART.items() if letter not in "ıß"}
)
# Apostrophes that Unicode calls letters.
_APOSTROPHES = str.maketrans(dict.fromkeys("ʼʻʽʹˈ", " "))
_BETWEEN_WORDS = re.compile(r"[\W_]+")


def cut(text: str, longest: int) -> str:
    """A text at a space, or within its only word."""
    short = shorten(text, longest, placeholder="…")
    return text[:longest] if short == "…" else short


def plain_letters(text: str) -> str:
    """The letters of a text without the signs they bear, capitals kept: "Łódź, cœur" → "Lodz, coeur"."""
    if text.isascii():  # nearly all that is compared
        return text
    apart = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in apart if not unicodedata.combining(letter)).translate(_LETTERS)


def folded(text: str) -> str:
    """A text without case, accents and signs: "Né(e) le" → "ne e le", "d’AUBIGNÉ" → "d aubigne"."""
    bare = plain_letters(unicodedata.normalize("NFKD", text).casefold()).translate(_APOSTROPHES)
    return _BETWEEN_WORDS.sub(" ", bare).strip()


def holds(query: str, *texts: str) -> bool:
    """Whether each word of a query is somewhere in one of the texts, or of what they are without spaces.

    "nguessan" and "n'guessan" are in N’GUESSAN, "leguen" in LE GUEN, "lukasz" in ŁUKASZEWICZ.
    """
    words = folded(query).split()
    return not words or holds_words(words, texts)


def holds_words(words: Iterable[str], texts: Iterable[str]) -> bool:
    """The same of words already folded."""
    plain = [folded(text) for text in texts]
    joined = [text.replace(" ", "") for text in plain]
    return all(any(word in text for text in (*plain, *joined)) for word in words)
