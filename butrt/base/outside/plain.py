"""Reading what an examination answers: values of Python and of ours, never a function to call.

The one that answers has opened a hostile document: what it sends could be forged as well.
"""

from __future__ import annotations

import datetime
import decimal
import fractions
import importlib
import io
import pickle
from typing import Any

OURS = ("butrt.", "curriculum.", "grades.", "jury.", "tests.")
KNOWN = {
    (each.__module__, each.__qualname__): each
    for each in (
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
        if (found := KNOWN.get((module, name))) is not None:
            return found
        if module in ERRORS or module.startswith(OURS):
            found = getattr(importlib.import_module(module), name, None) if "." not in name else None
            if isinstance(found, type) and (module not in ERRORS or issubclass(found, Exception)):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is no plain value")


def loads(data: bytes) -> Any:
    """The value of an answer. Raises UnpicklingError when it is anything else."""
    return _Reader(io.BytesIO(data)).load()
