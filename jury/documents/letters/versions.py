"""The versions of a department's letters: a save adds one, a document keeps those of the day it was made."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from butrt.base.accounts.models import User
from butrt.base.journal.services import record
from butrt.base.meanwhile import Check, unchecked
from curriculum.models import Department
from jury.documents.letters.texts import DEFAULTS, clean, problems
from jury.models import Letterhead, LetterText

Version = TypeVar("Version", Letterhead, LetterText)

HEAD_FIELDS = (
    *("university", "institute", "unit", "address", "contact", "city"),
    *("authority", "signatory", "quality", "delegation", "court"),
)
IMAGES = ("logo", "signature")


@dataclass(frozen=True)
class Texts:
    """Every version of a department's texts and letterheads, the first first; images are not read."""

    heads: Sequence[Letterhead]
    texts: dict[str, Sequence[LetterText]]

    @classmethod
    def of(cls, department: Department) -> Texts:
        """Two queries; what a department never wrote is, from now on, as butrt ships it today."""
        texts = cls._read(department)
        if not texts.heads or any(texts.ships(kind) for kind in shipped()):
            _begin(department, texts)
            texts = cls._read(department)
        return texts

    def ships(self, kind: str) -> bool:
        """Whether butrt has words that the department lacks: it wrote none of its own, and those changed."""
        last = self.texts[kind][-1] if kind in self.texts else None
        return last is None or (
            last.author_id is None and {"title": last.title, "body": last.body} != shipped()[kind]
        )

    @classmethod
    def _read(cls, department: Department) -> Texts:
        texts: dict[str, list[LetterText]] = {}
        for text in department.letter_texts.select_related("author").order_by("kind", "version"):
            texts.setdefault(text.kind, []).append(text)
        heads = list(department.letterheads.select_related("author").defer(*IMAGES).order_by("version"))
        return cls(heads, dict(texts))

    def text(self, kind: str, at: datetime | None = None) -> LetterText:
        """The words of a kind of letter in force at a moment, now by default."""
        return _in_force(self.texts[kind], at)

    def worded(self, kind: str, at: datetime | None = None) -> tuple[int, int, int]:
        """The versions that word a letter at a moment: its text, the remedies, the letterhead."""
        remedies = self.text(LetterText.Kind.REMEDIES, at)
        return self.text(kind, at).version, remedies.version, self.head(at).version

    def head(self, at: datetime | None = None) -> Letterhead:
        """The letterhead in force at a moment, now by default."""
        return _in_force(self.heads, at)


def _in_force(versions: Sequence[Version], at: datetime | None) -> Version:
    """The last version made by then; the first for a document made before any was."""
    made = [version for version in versions if at is None or version.at <= at]
    return made[-1] if made else versions[0]


@cache
def shipped() -> dict[str, dict[str, str]]:
    """{kind: {title, body}}: the texts that come with butrt."""
    return {
        kind: {"title": text["title"], "body": text["body"].strip()}
        for kind, text in tomllib.loads(DEFAULTS.read_text("utf-8")).items()
    }


def _begin(department: Department, texts: Texts) -> None:
    """Write the next version of what `texts` lack; two pages that do it at once write it once."""
    now = timezone.now()
    LetterText.objects.bulk_create(
        [
            LetterText(
                department=department,
                kind=kind,
                version=len(texts.texts.get(kind, ())) + 1,
                at=now,
                **text,
            )
            for kind, text in shipped().items()
            if texts.ships(kind)
        ],
        ignore_conflicts=True,
    )
    if not texts.heads:
        first = Letterhead(
            department=department,
            version=1,
            at=now,
            university=department.university,
            institute=department.institute,
            unit=f"Département {department.name}",
            city=department.city,
        )
        Letterhead.objects.bulk_create([first], ignore_conflicts=True)


@transaction.atomic
def save_text(
    *, department: Department, kind: str, title: str, body: str, by: User, check: Check = unchecked
) -> LetterText:
    """Make these the words of a kind of letter from now on: a new version, unless nothing changed.

    Raises ValidationError with what is refused, line by line.
    """
    title, body = clean(title).strip(), clean(body).strip()
    if refused := problems(kind, title, body):
        raise ValidationError(refused)
    last = _held(department).text(kind)
    check()
    if (last.title, last.body) == (title, body):
        return last
    text = LetterText(
        department=department,
        kind=kind,
        version=last.version + 1,
        at=timezone.now(),
        author=by,
        title=title,
        body=body,
    )
    text.full_clean()
    text.save(force_insert=True)
    _journal("letters.text", text, department, by)
    return text


@transaction.atomic
def save_head(*, head: Letterhead, by: User, check: Check = unchecked) -> Letterhead:
    """Make this the letterhead of its department from now on: a new version, unless nothing changed.

    Raises ValidationError for a field that is wrong or a character that cannot be printed.
    """
    for name in HEAD_FIELDS:
        setattr(head, name, clean(getattr(head, name)).strip())
    last = Letterhead.objects.get(pk=_held(head.department).head().pk)
    check()
    if _values(last) == _values(head):
        return last
    head.pk, head.version, head.at, head.author = None, last.version + 1, timezone.now(), by
    head._state.adding = True
    head.full_clean()
    head.save(force_insert=True)
    _journal("letters.head", head, head.department, by)
    return head


def _values(head: Letterhead) -> list[Any]:
    return [
        *(getattr(head, name) for name in HEAD_FIELDS),
        *(bytes(getattr(head, name)) for name in IMAGES),
    ]


def _held(department: Department) -> Texts:
    """The versions as they are, nobody else adding one until the transaction ends."""
    return Texts.of(Department.objects.select_for_update(no_key=True).get(pk=department.pk))


def _journal(act: str, version: Letterhead | LetterText, department: Department, by: User) -> None:
    record(act=act, about=str(version), by=by, department=department, details={"version": version.version})
