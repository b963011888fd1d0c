"""What tells each document of a PV before its page is written: see `butrt.base.documents.known`.

What a jury decided is told by the fingerprint of its PV; all that is printed beside is told here.
"""

from __future__ import annotations

import hashlib
from typing import Any

from butrt.base.documents.known import known_as
from jury.cases.case import Case
from jury.documents.letters.document import Making
from jury.documents.letters.versions import HEAD_FIELDS
from jury.models import Letterhead, Minutes


def known_transcript(case: Case, minutes: Minutes, head: Letterhead, code: str) -> str:
    """A transcript of a version of the PV."""
    return known_as("transcript", _decided(case, minutes), _head(head), code)


def known_letter(case: Case, making: Making) -> str:
    """A letter."""
    return known_as(
        "letter",
        _decided(case, making.minutes),
        _head(making.head),
        [(text.kind, text.title, text.body) for text in (making.text, making.remedies)],
        (making.at, making.address, making.rncp, making.code),
        hashlib.sha256(making.handwriting).hexdigest(),
    )


def _decided(case: Case, minutes: Minutes) -> tuple[Any, ...]:
    """What the jury decided of all, and who the student is, completed since or not."""
    return (minutes.pk, minutes.version, minutes.created_at, minutes.fingerprint, case.person)


def _head(head: Letterhead) -> tuple[Any, ...]:
    """Its words and, by its key, its pictures: a version is never given others."""
    return (head.pk, head.version, head.at, *(getattr(head, name) for name in HEAD_FIELDS))
