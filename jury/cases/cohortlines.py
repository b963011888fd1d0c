"""A line of a stream of students to its object, and an object to its line: many short texts, quickly.

orjson reads and writes them; what may be read, and how the rest is refused, `butrt.base.exactjson` alone
says.
"""

from typing import Any

import orjson

from jury.cases.cohortfile import parse
from jury.cases.cohortvalues import Object


def parse_line(text: bytes) -> Any:
    """The same object as `cohortfile.parse`. Raises CohortError.

    What orjson refuses, or reads without our being sure that it lost nothing, is read again by `parse`, which
    accepts it or says what is wrong. (An integer of more than 64 bits comes as a float, refused as such.)
    """
    try:
        value = orjson.loads(text)
        sure = _lost_nothing(text, value)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):  # the second: too deep to be written again
        return parse(text)
    return value if sure else parse(text)


def _lost_nothing(text: bytes, value: Any) -> bool:
    """Whether every field of the text is in what was read: of one written twice, the first would be lost.

    Each field has a colon. Where nothing is escaped, all the colons of what was read stand in the text: if
    the text has not one more, no field of it is missing. Otherwise nothing is sure.
    """
    return b"\\" not in text and orjson.dumps(value).count(b":") == text.count(b":")


def write_line(obj: Object) -> bytes:
    """An object to JSON without spaces, in UTF-8; no line break."""
    return orjson.dumps(obj)
