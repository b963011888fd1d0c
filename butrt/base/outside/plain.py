"""What an examination answers, written and read: values of Python and of ours, never a function to call.

The one that answers has opened a hostile document: what it sends could be forged as well.
"""

from __future__ import annotations

import datetime
import decimal
import enum
import fractions
import importlib
import io
import pickle
from typing import Any

OURS = ("butrt.", "curriculum.", "grades.", "jury.", "tests.")
KNOWN = {
    (kind.__module__, kind.__qualname__): kind
    for kind in (
        datetime.date,
        datetime.datetime,
        datetime.time,
        datetime.timedelta,
        datetime.timezone,
        decimal.Decimal,
        fractions.Fraction,
        set,
        frozenset,
        bytearray,
    )
}
ERRORS = ("builtins", "django.core.exceptions")


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (kind := KNOWN.get((module, name))) is not None:
            return kind
        if module in ERRORS or module.startswith(OURS):
            kind = getattr(importlib.import_module(module), name, None) if "." not in name else None
            if isinstance(kind, type) and (module not in ERRORS or issubclass(kind, Exception)):
                return kind
        raise pickle.UnpicklingError(f"{module}.{name} is no plain value")


class _Writer(pickle.Pickler):
    def reducer_override(self, value: Any) -> Any:
        """A member of an enumeration by its class and value; Debian 12's Python would call `getattr`."""
        return (type(value), (value.value,)) if isinstance(value, enum.Enum) else NotImplemented


def dumps(value: Any) -> bytes:
    """A value as `loads` reads it."""
    written = io.BytesIO()
    _Writer(written).dump(value)
    return written.getvalue()


def loads(data: bytes) -> Any:
    """The value of an answer. Raises UnpicklingError when it is anything else."""
    return _Reader(io.BytesIO(data)).load()
