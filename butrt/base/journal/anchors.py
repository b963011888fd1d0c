"""The journal anchored outside: its head, signed by the establishment's seal, where no one here can reach it.

Somebody who owns the database may write the whole chain again, or cut its end, and its hashes hold. An anchor
that left before says what the chain was: see anchored.py. It is two files, the second beside the first:

    ancre-20261129-021200.json          canonical JSON: site, moment, heads (one a chain, by its key),
                                        SHA-256 of the anchor before
    ancre-20261129-021200.json.p7s      its CMS signature by the seal, timestamped when BUTRT_TSA_URL is set
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone

from butrt.base import french, mails
from butrt.base.canonical import canonical
from butrt.base.documents.certificates import SEAL, configured_signer, configured_timestamper
from butrt.base.documents.detached import sign_beside
from butrt.base.documents.signing import SigningRefused
from butrt.base.documents.verification_codes import in_fours
from butrt.base.french import several
from butrt.base.journal.models import Entry
from butrt.base.journal.services import chain_of, parted
from butrt.base.nights.models import Run
from butrt.base.nights.services import WentWrong

FORMAT = "butrt-journal-anchor/1"
SIGNATURE = ".p7s"


@dataclass(frozen=True, slots=True)
class Anchor:
    """The two files, by the name of the first."""

    name: str
    statement: bytes
    signature: bytes

    @property
    def heads(self) -> list[dict[str, Any]]:
        ends: list[dict[str, Any]] = json.loads(self.statement)["heads"]
        return ends

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.statement).hexdigest()

    @property
    def files(self) -> list[tuple[str, bytes]]:
        """The signature first: a statement that is there is whole."""
        return [(self.name + SIGNATURE, self.signature), (self.name, self.statement)]


def heads() -> list[dict[str, Any]]:
    """How far each chain goes: its last entry's number and hash, and how many entries it has.

    Read from the entries: the heads kept beside them are checked against them elsewhere (`check_journal`).
    """
    ends: dict[int, dict[str, Any]] = {}
    last_shared = parted()
    rows = Entry.objects.order_by("pk").values_list("pk", "department", "digest")
    for number, department, digest in rows.iterator():
        chain = chain_of(number, department, last_shared)
        count = ends[chain]["count"] + 1 if chain in ends else 1
        ends[chain] = {"chain": chain, "number": number, "digest": digest, "count": count}
    return [ends[chain] for chain in sorted(ends)]


def make_anchor(*, previous: str = "") -> tuple[Anchor, str]:
    """Sign how far the journal goes now; and what did not go as it should, in French, or "".

    `previous`: the SHA-256 of the anchor before. An authority that does not answer leaves it without its
    timestamp: an anchor that leaves today is worth more than a better one tomorrow. Raises SigningRefused.
    """
    at = timezone.now().replace(microsecond=0)
    statement = canonical(
        {
            "format": FORMAT,
            "site": settings.BUTRT_PUBLIC_URL,
            "at": at.isoformat(),
            "heads": heads(),
            "previous": previous,
        }
    ).encode()
    seal, authority = configured_signer(SEAL), configured_timestamper()
    warning = ""
    try:
        signature = sign_beside(statement, seal, timestamper=authority)
    except SigningRefused:
        if authority is None:
            raise
        signature = sign_beside(statement, seal)
        warning = " Sans horodatage : l’autorité (BUTRT_TSA_URL) n’a pas répondu."
    return Anchor(_name(at), statement, signature), french.typeset(warning)


def _name(at: datetime) -> str:
    return f"ancre-{at:%Y%m%d-%H%M%S}.json"


def leave(run: Run) -> None:
    """Anchor the journal where the settings say, and keep in the night's `run` what left.

    Raises WentWrong when there is nothing to sign with, or when it could go nowhere.
    """
    last = Run.objects.filter(act=Run.Act.ANCHOR, went_well=True).order_by("-began_at").first()
    try:
        anchor, warning = make_anchor(previous=last.details.get("sha256", "") if last else "")
    except SigningRefused as refusal:
        raise WentWrong(french.typeset(f"Le journal n’est pas ancré : {refusal}")) from refusal
    failures = []
    if settings.BUTRT_ANCHOR_DIR and (problem := _write(anchor, Path(settings.BUTRT_ANCHOR_DIR))):
        failures.append(problem)
    if settings.BUTRT_ANCHOR_TO and not _send(anchor):
        failures.append("Le courriel n’est pas parti.")
    run.details = {"name": anchor.name, "sha256": anchor.sha256, "heads": anchor.heads}
    if failures:
        raise WentWrong(" ".join(failures))
    run.summary = f"{anchor.name} : {_in_words(anchor.heads)}.{warning}"


def _write(anchor: Anchor, folder: Path) -> str:
    """Write both files; why not, in French, or "". What is there already is never written over."""
    try:
        for name, content in anchor.files:
            with open(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
    except OSError as problem:
        return french.typeset(f"L’ancre n’a pas pu être écrite dans {folder} : {problem.strerror}.")
    return ""


def _send(anchor: Anchor) -> bool:
    body = (
        f"Le journal de {settings.BUTRT_PUBLIC_URL}\n\n{_in_words(anchor.heads)}.\n\n"
        "Gardez ce courriel et ses deux fichiers hors du serveur : ils prouvent ce que le journal était ce "
        "jour-là. Le README du site dit comment les comparer (manage.py check_journal --anchors).\n"
    )
    mail = EmailMessage(
        f"Ancre du journal, {french.date(timezone.now(), french.MOMENT)}",
        french.typeset(body),
        to=settings.BUTRT_ANCHOR_TO,
        attachments=[(name, content, "application/octet-stream") for name, content in anchor.files],
    )
    sent, _ = mails.deliver([(anchor.name, mail)])
    return bool(sent)


def _in_words(ends: list[dict[str, Any]]) -> str:
    if not ends:
        return "journal vide"
    return ", ".join(
        f"{several(end['count'], 'entrée')}, la dernière n° {end['number']} ({in_fours(end['digest'][:12])}…)"
        for end in ends
    )
