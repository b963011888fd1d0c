"""The proof of the night: the database is what people did, and what leaves it is what the sealed PV say.

First `check_all` (marks, decisions, PV and the rest, each beside the journal) and the anchors of the journal.
Then each closed jury, in turn: its signed PV examined as anyone's would be; its exports, its students' pages
and its documents made again, and held beside the data that are under the PV's signatures.

All of it each night, as far as BUTRT_PROOF_LASTS goes; what is left is the next night's first. A jury found
otherwise stays so until it is looked at again and is found well.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

from butrt.base import french, mails
from butrt.base.accounts.models import User
from butrt.base.french import several
from butrt.base.journal.anchored import compare
from butrt.base.journal.services import record
from butrt.base.nights.models import Run
from butrt.base.nights.services import WentWrong
from butrt.base.outside import Queue, waiting_with
from butrt.site.proof.exports import check_exports
from butrt.site.proof.given import check_given, check_piece, kept_pieces
from butrt.site.proof.pages import check_pages
from butrt.site.proof.sealed import NoAttachment, Sealed, read_sealed
from jury.documents.checking import check_all
from jury.documents.source import DocumentSource
from jury.documents.verify.report import examine
from jury.models import Minutes, Session

NIGHT = Queue("nuits", "BUTRT_EXAMINED_AT_NIGHT", patience=600, niceness=10)
MOST_KEPT = 40  # sentences of one jury
MOST_SHOWN = 12
BASE = "Base de données et journal"


@dataclass
class Proof:
    """What a night found, place by place; places are a jury, by its key, or the whole."""

    findings: dict[str, list[str]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    uncovered: list[str] = field(default_factory=list)
    proved: int = 0
    juries: int = 0
    resume: int = 0  # the key of the jury with which the next night begins; 0: the first

    @property
    def wrong(self) -> dict[str, list[str]]:
        return {place: sentences for place, sentences in self.findings.items() if sentences}

    @property
    def covered(self) -> str:
        if not self.juries:
            return "aucun jury n’est clos"
        rest = "" if self.proved == self.juries else ", les autres la nuit prochaine"
        return f"{several(self.proved, 'jury clos prouvé', 'jurys clos prouvés')} sur {self.juries}{rest}"

    def sentences(self) -> Iterator[str]:
        for place, sentences in self.wrong.items():
            for sentence in sentences:
                yield f"{self.names[place]} : {sentence}"


def prove(run: Run, *, seconds: float | None = None) -> Proof:
    """Prove, keep it in the night's `run`, and alarm. Raises WentWrong when something is found otherwise."""
    lasts = settings.BUTRT_PROOF_LASTS.total_seconds() if seconds is None else seconds
    before = Run.objects.filter(act=Run.Act.PROOF, details__has_key="resume").exclude(pk=run.pk)
    last = before.order_by("-began_at").values_list("details", flat=True).first() or {}
    proof = Proof(resume=last.get("resume", 0))
    with waiting_with(NIGHT):
        proof.names[BASE], proof.findings[BASE] = BASE, list(_whole(proof))
        _juries(proof, last.get("findings", {}), time.monotonic() + lasts)
    where = [proof.names[place] for place in proof.wrong]
    run.details = {
        "findings": {place: sentences[:MOST_KEPT] for place, sentences in proof.wrong.items()},
        "uncovered": proof.uncovered[:MOST_KEPT],
        "where": " ; ".join(where),
        "proved": proof.proved,
        "juries": proof.juries,
        "resume": proof.resume,
    }
    if where:
        _alarm(proof)
        sentences = list(proof.sentences())
        more = [f"et {len(sentences) - MOST_SHOWN} autres"] if len(sentences) > MOST_SHOWN else []
        raise WentWrong(french.typeset("\n".join([*sentences[:MOST_SHOWN], *more])))
    run.summary = french.typeset(f"Rien ne diffère : {proof.covered}.")
    return proof


def _whole(proof: Proof) -> Iterator[str]:
    """What is checked at once, whatever the jury."""
    for checked in check_all():
        yield from (f"{checked.title}, {sentence}" for sentence in checked.findings)
        proof.uncovered += checked.uncovered
    if settings.BUTRT_ANCHOR_DIR and any(Path(settings.BUTRT_ANCHOR_DIR).glob("*.json")):
        compared = compare(Path(settings.BUTRT_ANCHOR_DIR))
        yield from compared.findings
        proof.uncovered += compared.uncovered


def _juries(proof: Proof, before: dict[str, list[str]], until: float) -> None:
    """The closed juries from where the night before stopped, one at least."""
    keys = list(
        Session.objects.filter(minutes__isnull=False).distinct().order_by("pk").values_list("pk", flat=True)
    )
    turn = next((place for place, key in enumerate(keys) if key >= proof.resume), 0)
    proof.juries, proof.resume = len(keys), 0
    for place, key in enumerate([*keys[turn:], *keys[:turn]]):
        session = Session.objects.with_programme().get(pk=key)
        if place and time.monotonic() > until:
            proof.resume = proof.resume or key
            if str(key) in before:
                proof.names[str(key)], proof.findings[str(key)] = str(session), before[str(key)]
            continue
        proof.names[str(key)], proof.findings[str(key)] = str(session), list(_jury(session, proof))
        proof.proved += 1


def _jury(session: Session, proof: Proof) -> Iterator[str]:
    """One closed jury: its PV, then all that is made of it."""
    versions = list(session.minutes.whole().order_by("version"))
    try:
        of_version = {version.pk: read_sealed(version) for version in versions}
    except NoAttachment as problem:
        yield str(problem)
        return
    sources = {version.pk: DocumentSource.of_minutes(session, version) for version in versions}
    last, sealed, source = versions[-1], of_version[versions[-1].pk], sources[versions[-1].pk]
    yield from _minutes(last, sealed, proof)
    yield from check_exports(source, sealed)
    yield from check_pages(session, of_version)
    yield from check_given(session, of_version, sources)
    for key in kept_pieces(session):
        wrong, uncovered = check_piece(key, of_version, sources)
        if wrong:
            yield wrong
        if uncovered:
            proof.uncovered.append(uncovered)


def _minutes(minutes: Minutes, sealed: Sealed, proof: Proof) -> Iterator[str]:
    """The signed file as anyone's would be examined: signatures, decisions computed again, what it prints."""
    revision = minutes.revisions.order_by("-step").first()
    if revision is None:
        proof.uncovered.append(f"{minutes} n’est pas encore signé : comparé à ce que la base en garde")
        return
    report = examine(bytes(revision.pdf))
    if report.verdict == "unjudged":
        proof.uncovered.append(f"{minutes} : aucune autorité n’est reconnue sur cette machine")
    elif not report.holds:
        wrong = [finding.text for finding in report.findings if not finding.holds]
        yield f"{minutes} : {report.headline}. {' '.join(wrong)}"


def _alarm(proof: Proof) -> None:
    """In the journal, department by department; by mail to who runs the site, without anybody's name."""
    places = proof.wrong
    with transaction.atomic():
        for place, sentences in places.items():
            session = Session.objects.with_programme().get(pk=place) if place != BASE else None
            record(
                act="proof.alarm",
                about=proof.names[place],
                by=None,
                department=session.department if session else None,
                details={"differences": len(sentences)},
            )
    total = sum(map(len, places.values()))
    body = (
        f"Sur {settings.BUTRT_PUBLIC_URL}, la preuve de la nuit a trouvé {several(total, 'différence')} : "
        f"{' ; '.join(proof.names[place] for place in places)}.\n\n"
        "Sur le serveur, « manage.py prove_night --last » dit lesquelles. Ne rien corriger avant de savoir "
        "d’où elles viennent : le README du site dit quoi faire.\n"
    )
    addresses = User.objects.filter(is_superuser=True, is_active=True).exclude(email="")
    mails.deliver(
        (
            address,
            EmailMessage("Alarme : une différence avec un PV scellé", french.typeset(body), to=[address]),
        )
        for address in addresses.values_list("email", flat=True)
    )
