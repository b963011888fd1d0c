"""The cohort file of a session ("butrt-cohort/1"), with the jury's decisions: `decide` recomputes it all."""

from __future__ import annotations

from butrt.base.canonical import canonical
from jury.cases.proceedings import Proceedings


def cohort_json(proceedings: Proceedings) -> bytes:
    """The cohort object as canonical JSON, byte for byte the `cohorte.json` that a PV embeds."""
    return canonical(proceedings.cohort_file).encode()
