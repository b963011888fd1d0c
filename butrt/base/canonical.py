"""JSON in one spelling, so that the same object has the same SHA-256 everywhere and always."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def canonical(value: Any) -> str:
    """JSON in one spelling: sorted keys, no space, UTF-8."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest_of(value: Any) -> str:
    """SHA-256 (hex) of an object as the database gives it back: keys that are numbers become texts."""
    return hashlib.sha256(canonical(json.loads(canonical(value))).encode()).hexdigest()
