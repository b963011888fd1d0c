"""Words as they are compared, whoever typed them."""

from __future__ import annotations

import unicodedata


def folded(text: str) -> str:
    """A text without case, accents and signs: "Né(e) le" → "ne e le"."""
    bare = "".join(
        each for each in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(each)
    )
    return " ".join("".join(each if each.isalnum() else " " for each in bare).split())
