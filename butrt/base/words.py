"""Words as they are compared, whoever typed them."""

from __future__ import annotations

import unicodedata


def folded(text: str) -> str:
    """A text without case, accents and signs: "Né(e) le" → "ne e le"."""
    bare = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", text.casefold())
        if not unicodedata.combining(letter)
    )
    return " ".join("".join(letter if letter.isalnum() else " " for letter in bare).split())
