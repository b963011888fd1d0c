"""The journal beside the anchors that left before: what was cut from it, or written again, since."""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from butrt.base import french
from butrt.base.documents.certificates import (
    SEAL,
    configured_revocations,
    configured_roots,
    configured_signer,
)
from butrt.base.documents.detached import Beside, judge_beside
from butrt.base.documents.signing import SigningRefused
from butrt.base.documents.verification_codes import in_fours
from butrt.base.french import several
from butrt.base.journal.anchors import FORMAT, SIGNATURE, Anchor
from butrt.base.journal.models import Entry
from butrt.base.journal.services import chain_of, parted

HEAD = {"chain": int, "number": int, "digest": str, "count": int}
LARGEST = 256 * 1024  # bytes of a file; a chain is 120, a signature with its chain and timestamp 10,000


@dataclass
class Compared:
    """How many anchors hold; what is wrong, in French; what could not be looked at."""

    held: int = 0
    findings: list[str] = field(default_factory=list)
    uncovered: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Statement:
    """What an anchor says, once it is known for a statement of this format."""

    site: str
    at: datetime
    heads: Sequence[Mapping[str, Any]]
    previous: str


def compare(place: Path) -> Compared:
    """Hold the journal beside the anchors of a folder, or beside one; one query whatever their number.

    Raises OSError for a place that cannot be read.
    """
    compared = Compared()
    anchors = list(_read(place, compared))
    statements = {}
    for anchor in anchors:
        try:
            statements[anchor.name] = _statement(anchor.statement)
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
            compared.findings.append(f"{anchor.name} : ce n’est pas une ancre, ou elle est abîmée.")
    readable = [anchor for anchor in anchors if anchor.name in statements]
    signed = [
        anchor
        for anchor, beside in zip(readable, _judged(readable, statements), strict=True)
        if _holds(anchor, beside, compared)
    ]
    _compare_all([(anchor, statements[anchor.name]) for anchor in signed], compared)
    if place.is_dir():
        _missing([(anchor, statements[anchor.name]) for anchor in signed], compared)
    if not anchors and not compared.findings:
        compared.findings.append(f"Aucune ancre dans {place} : rien ne peut être comparé.")
    compared.findings = [french.typeset(sentence) for sentence in compared.findings]
    compared.uncovered = [french.typeset(sentence) for sentence in [*dict.fromkeys(compared.uncovered)]]
    return compared


def _read(place: Path, compared: Compared) -> list[Anchor]:
    paths = sorted(place.glob("*.json")) if place.is_dir() else [place]
    anchors = []
    for path in paths:
        signature = path.with_name(path.name + SIGNATURE)
        if not signature.exists():
            compared.findings.append(f"{path.name} : sa signature ({signature.name}) manque.")
        elif max(path.stat().st_size, signature.stat().st_size) > LARGEST:
            compared.findings.append(f"{path.name} : trop grand pour une ancre.")
        else:
            anchors.append(Anchor(path.name, path.read_bytes(), signature.read_bytes()))
    if place.is_dir():
        for path in sorted(place.glob(f"*.json{SIGNATURE}")):
            if not path.with_suffix("").exists():
                compared.findings.append(f"{path.name} : l’ancre qu’elle signe manque.")
    return anchors


def _statement(content: bytes) -> Statement:
    """Raises what a file that is no anchor raises."""
    says = json.loads(content)
    if says["format"] != FORMAT:
        raise ValueError("another format")
    at = datetime.fromisoformat(says["at"])
    if at.tzinfo is None:
        raise ValueError("a moment without its zone")
    for head in says["heads"]:
        for name, kind in HEAD.items():
            if not isinstance(head[name], kind):
                raise TypeError(name)
    return Statement(str(says["site"]), at, says["heads"], str(says["previous"]))


def _judged(anchors: Sequence[Anchor], statements: Mapping[str, Statement]) -> Sequence[Beside]:
    if not anchors:
        return []
    return judge_beside(
        [(anchor.statement, anchor.signature, statements[anchor.name].at) for anchor in anchors],
        roots=[root.dump() for root in configured_roots()],
        lists=[revoked.dump() for revoked in configured_revocations()],
    )


def _holds(anchor: Anchor, beside: Beside, compared: Compared) -> bool:
    """Whether the establishment's seal signed it, and no one else: members have trusted certificates too."""
    if beside.problem:
        compared.findings.append(f"{anchor.name} : {beside.problem}.")
        return False
    try:
        seal = configured_signer(SEAL).certificate
    except SigningRefused:
        compared.uncovered.append(
            f"le cachet n’est pas sur cette machine ; les ancres sont signées par {beside.signer_name}"
        )
    else:
        if beside.subject != seal.subject.dump():
            compared.findings.append(
                f"{anchor.name} : signée par {beside.signer_name}, ce n’est pas le cachet de l’établissement."
            )
            return False
    if settings.BUTRT_TSA_URL and beside.timestamp is None:
        compared.uncovered.append(f"{anchor.name} n’est pas horodatée")
    return True


def _compare_all(signed: Sequence[tuple[Anchor, Statement]], compared: Compared) -> None:
    named = {head["number"] for _, statement in signed for head in statement.heads}
    numbers: defaultdict[int, list[int]] = defaultdict(list)  # by chain
    digests: dict[int, str] = {}
    last_shared = parted()
    rows = Entry.objects.order_by("pk").values_list("pk", "department", "digest")
    for number, department, digest in rows.iterator():
        numbers[chain_of(number, department, last_shared)].append(number)
        if number in named:
            digests[number] = digest
    for anchor, statement in signed:
        wrong = [
            sentence
            for head in statement.heads
            if (sentence := _unlike(head, digests, bisect_right(numbers[head["chain"]], head["number"])))
        ]
        of = "" if statement.site == settings.BUTRT_PUBLIC_URL else f", de {statement.site}"
        when = french.date(statement.at, french.MOMENT)
        compared.findings += [f"{anchor.name} (le {when}{of}) : {sentence}" for sentence in wrong]
        compared.held += not wrong


def _unlike(head: Mapping[str, Any], digests: Mapping[int, str], count: int) -> str:
    """Why a chain is not the one that an anchor saw; "" when it still begins so."""
    number = head["number"]
    if number not in digests:
        return f"l’entrée n° {number}, la dernière ce jour-là, n’est plus au journal : il a été raccourci."
    if digests[number] != head["digest"]:
        return (
            f"l’entrée n° {number} n’est plus la même ({in_fours(head['digest'][:12])}… ce jour-là, "
            f"{in_fours(digests[number][:12])}… aujourd’hui) : le journal a été récrit."
        )
    if count != head["count"]:
        return f"le journal avait {several(head['count'], 'entrée')} jusque-là, il en a {count}."
    return ""


def _missing(signed: Sequence[tuple[Anchor, Statement]], compared: Compared) -> None:
    """Each anchor names the one before: one taken away is missed by the next."""
    there = {hashlib.sha256(anchor.statement).hexdigest() for anchor, _ in signed}
    in_order = sorted(signed, key=lambda pair: pair[1].at)
    for anchor, statement in in_order[1:]:  # what came before the first may be elsewhere
        if statement.previous and statement.previous not in there:
            compared.findings.append(f"{anchor.name} : l’ancre d’avant n’est pas dans ce dossier.")
