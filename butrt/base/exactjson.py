"""JSON that anyone may have made, read without guessing: no NaN, no field twice, decimals exact.

What the rules of the juries read (jury/cases/cohortfile) and what comes from other software is refused the
same. And `plain`, a number as our files write it.
No file is opened here, and nothing of Django is needed.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Final


class NotJson(ValueError):
    """A text that is not read; `str()` says why and where, in French, to follow a name and a colon."""


def parse(text: str | bytes, decoder: json.JSONDecoder) -> Any:
    """JSON text to an object. Raises NotJson, nothing else, whatever the text."""
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8-sig")
        return decoder.decode(text)
    except UnicodeDecodeError as error:
        raise NotJson(f"le texte n’est pas en UTF-8 (octet {error.start + 1}).") from None
    except json.JSONDecodeError as error:
        place = f"ligne {error.lineno}, colonne {error.colno}"
        raise NotJson(f"ce n’est pas du JSON ({place} : {_in_french(error.msg)}).") from None
    except RecursionError:
        raise NotJson("les objets sont emboîtés trop profondément.") from None
    except NotJson:
        raise
    except (ValueError, ArithmeticError):  # more digits, or a larger exponent, than Python reads
        raise NotJson("un nombre est trop long.") from None


_FRENCH: Final = {
    "Expecting value": "une valeur est attendue",
    "Expecting property name": "un nom de champ entre guillemets est attendu",
    "Expecting ':'": "« : » est attendu",
    "Expecting ','": "« , » est attendue",
    "Illegal trailing comma": "une virgule de trop",
    "Unterminated string": "un texte n’est pas fermé par un guillemet",
    "Invalid control character": "un texte contient un saut de ligne ou un autre caractère de contrôle",
    "Invalid \\": "un « \\ » n’est pas suivi de ce qu’il faut",
    "Extra data": "il reste du texte après la fin",
    "Unexpected UTF-8 BOM": "le texte commence deux fois par une marque d’encodage",
}
"""How the messages of Python's reader begin, and what they mean."""


def _in_french(message: str) -> str:
    return next((words for known, words in _FRENCH.items() if message.startswith(known)), "texte inattendu")


FRENCH_SPACES: Final = "\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}"


def legible(text: str, most: int = 60) -> str:
    """A text of a file within a message: on one line, without what a terminal obeys, cut if it is long."""
    shown = [
        char if char.isprintable() or char in FRENCH_SPACES else repr(char)[1:-1] for char in text[:most]
    ]
    escaped = "".join(shown)
    return escaped if len(text) <= most and len(escaped) <= most else f"{escaped[: most - 3]}…"


def without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The fields of a JSON object, none of them twice."""
    fields = dict(pairs)
    if len(fields) != len(pairs):
        names = [name for name, _ in pairs]
        double = next(name for name in names if names.count(name) > 1)
        quoted = json.dumps(double, ensure_ascii=False)
        raise NotJson(f"le champ {legible(quoted)} est écrit deux fois dans le même objet.")
    return fields


def no_constant(name: str) -> Any:
    raise NotJson(f"{name} n’est pas un nombre.")


DECODER: Final = json.JSONDecoder(object_pairs_hook=without_doubles, parse_constant=no_constant)
EXACT: Final = json.JSONDecoder(
    object_pairs_hook=without_doubles, parse_constant=no_constant, parse_float=Decimal
)
"""Numbers with a decimal point as the digits of the text."""


def plain(value: Decimal | int) -> str:
    """A number as our files write it, no useless zero: 10.00 → "10", 7.50 → "7.5"."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
