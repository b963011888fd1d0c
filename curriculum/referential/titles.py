"""Titles as two people type them the same."""

from __future__ import annotations

import re
import unicodedata


def plain_words(text: str) -> str:
    """A text as two people write it the same: no accents, capitals, ligatures, signs."""
    bare = unicodedata.normalize("NFD", text.casefold().replace("œ", "oe").replace("’", " "))
    return " ".join(re.findall(r"[a-z0-9&]+", bare.encode("ascii", "ignore").decode()))
