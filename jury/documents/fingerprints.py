"""The formats of what a version of a PV says, and the fingerprint that each prints of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from butrt.base.canonical import canonical
from jury.cases.proceedings import Proceedings

FORMAT = "butrt-minutes/2"
# Whose fingerprint was that of the figures and decisions alone: its PV are printed, and checked, so.
FIRST_FORMAT = "butrt-minutes/1"
FORMATS = (FIRST_FORMAT, FORMAT)


def fingerprint(content: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of the whole content, as the file `contenu.json`: all that the PV prints is in it.

    Motives, hearings, presences, place, texts, number of the version: two versions never share it. In the
    first format, of the cohort and decisions objects as files.
    """
    if content["format"] == FIRST_FORMAT:
        text = canonical(Proceedings.of_minutes(content).cohort_file) + canonical(content["decisions"])
    else:
        text = canonical(content)
    return hashlib.sha256(text.encode()).hexdigest()
