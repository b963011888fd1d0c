"""A letter to a student as a PDF: the department's words around what the jury decided."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string

from butrt.base import french
from butrt.base.documents.kept import RenderedPdf
from butrt.base.documents.qr import mark
from butrt.base.documents.verification_codes import in_fours
from jury.cases import wording
from jury.cases.case import Case
from jury.cases.proceedings import Proceedings
from jury.documents.letters import sentences
from jury.documents.letters import signatory as signing
from jury.documents.letters.texts import fill, parts
from jury.models import Letterhead, LetterText, Minutes, png_address
from jury.rules import Code


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """What a letter is made of besides the student: the PV, the department's words, the moment, the code."""

    minutes: Minutes
    text: LetterText
    remedies: LetterText
    head: Letterhead
    # When it was made: the date that it bears.
    at: datetime
    # Where the student lives, line by line: as it is today, for it is sent today.
    address: tuple[str, ...] = ()
    # Of the diploma, in the national register.
    rncp: str = ""
    # A PNG: the signature of who presided the jury.
    handwriting: bytes = b""
    # That of the document given out; without it, no square to check it.
    code: str = ""


def render_letter(proceedings: Proceedings, case: Case, making: Making, known: str = "") -> RenderedPdf:
    """Print a letter, A4 portrait; its bytes depend on these alone, the clock is not read.

    `known` tells all of them (`jury.documents.known`).
    """
    from butrt.base.documents.render import render_known

    return render_known(known, lambda: _letter_to_print(proceedings, case, making))


def _letter_to_print(proceedings: Proceedings, case: Case, making: Making) -> dict[str, Any]:
    page = letter_page(proceedings, case, making)
    identity = (making.minutes.fingerprint, making.text.kind, case.id, making.at.isoformat(), making.code)
    return {
        "html": french.typeset(render_to_string("jury/documents/letters/letter.html", page)),
        "title": f"{page['title']}, {case.legal_name}",
        "identifier": hashlib.sha256("/".join(identity).encode()).digest()[:16],
        "created": making.at,
    }


def letter_page(proceedings: Proceedings, case: Case, making: Making) -> dict[str, Any]:
    """The context of `jury/documents/letters/letter.html`; every value is text, escaped there."""
    minutes, head = making.minutes, making.head
    kind = making.text.kind
    values = sentences.field_values(proceedings, case, minutes, head, making.at, kind=kind, rncp=making.rncp)
    signatory = signing.signatory(kind, head, minutes.content["session"], making.handwriting)
    return {
        "context": proceedings.context,
        "case": case,
        "name": values["identité"],
        "head": head,
        "place": f"{head.city}, le {values['date']}",
        "title": fill(making.text.title, values),
        "parts": [
            part
            for part in _filled(making.text.body, values)
            # The disciplinary section's decision has its own, which come with it.
            if not (part["block"] == "recours" and case.following.code is Code.EXCLU)
        ],
        "remedies": {
            "title": fill(making.remedies.title, values),
            "parts": _filled(making.remedies.body, values),
        },
        "outcome": sentences.outcome(case),
        "grounds": sentences.grounds(proceedings, case),
        "following": sentences.following(case),
        "cites": any(
            part.text in ("raisons", "suite") for part in parts(making.text.body) if part.kind == "block"
        ),
        "units": sentences.acquired_units(case, minutes.content["session"]["date"]),
        "total": values["ECTS en tout"],
        "address": making.address,
        "signatory": signatory,
        "quality": signatory.quality[:1].upper() + signatory.quality[1:],
        "signature": png_address(signatory.png),
        "replaces": _replaced(kind, minutes),
        "foot": _foot(proceedings.context, minutes),
        "check": mark(making.code) if making.code else None,
    }


def _foot(context: Mapping[str, Any], minutes: Minutes) -> list[str]:
    """What every page says at its foot: of which PV, and of invented data that they are."""
    jury = wording.dated_jury(context, minutes.content["session"]["date"])
    source = f"{jury}, PV version {minutes.version}, empreinte {in_fours(minutes.fingerprint[:12])}"
    return [source, "Données inventées"] if context["department"]["demonstration"] else [source]


def _replaced(kind: str, minutes: Minutes) -> str:
    """The sentence by which the letter of a correction takes the place of the one before; "" for a first."""
    corrected = minutes.content.get("correction")
    if not corrected or kind not in (LetterText.Kind.NOTIFICATION, LetterText.Kind.FACT):
        return ""
    return (
        f"Cette lettre remplace celle établie d’après la version {corrected['version']} du procès-verbal, "
        "que le jury a corrigée."
    )


def _filled(body: str, values: dict[str, str]) -> list[dict[str, Any]]:
    """The pieces of a text for the template: {kind, name of the block, lines}."""
    return [
        {"kind": part.kind, "block": part.text, "lines": []}
        if part.kind == "block"
        else {"kind": part.kind, "block": "", "lines": [fill(line, values) for line in part.lines]}
        for part in parts(body)
    ]
