"""Words as they are compared, whoever typed them."""

from __future__ import annotations

import re
import unicodedata


def folded(text: str) -> str:
    """A text without case, accents and signs: "Né(e) le" → "ne e le"."""
    bare = "".join(
        each for each in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(each)
    )
    return " ".join("".join(each if each.isalnum() else " " for each in bare).split())


def of(name: str) -> str:
    """ "de Béatrice Vaucresson", "d’Olivier Lenoir-Passy", "d’Hélène Marchetti", "du directeur".

    A y is elided before a consonant: "d’Yves", but "de Yann".
    """
    if name.startswith(("le ", "les ")):
        return f"d{'u' if name.startswith('le ') else 'es'} {name.partition(' ')[2]}"
    return f"d’{name}" if re.match(r"[aeiouhœæ]|y[^aeiou]", folded(name[:2])) else f"de {name}"


def several(number: int, one: str, many: str) -> str:
    """ "1 note attendue", "2 notes attendues"; nought is singular: "0 note attendue"."""
    return f"{number} {one if abs(number) < 2 else many}"
