"""For whom a letter speaks, and who signs it: the jury its decisions, the establishment the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from butrt.base.accounts.models import User
from butrt.base.journal.services import record
from jury.cases.case import Case
from jury.models import Handwriting, Letterhead, LetterText
from jury.rules import Code, codes

NEUTRAL_AUTHORITY = "la direction de l’établissement"
NEUTRAL_COURT = "le tribunal administratif dans le ressort duquel se trouve l’établissement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signatory:
    """A name, its quality ("le directeur de l’IUT"), its delegation, its signature; all but one may lack."""

    name: str
    quality: str
    delegation: str = ""
    png: bytes = b""


@dataclass(frozen=True, slots=True)
class Presided:
    """Who presided a jury: the president, or the substitute whom the act names."""

    name: str
    quality: str
    account: str
    substitute: bool

    @property
    def name_and_quality(self) -> str:
        """ "Béatrice Vaucresson, directrice de l’IUT"."""
        return ", ".join(filter(None, (self.name, self.quality)))

    @property
    def as_signatory(self) -> str:
        """ "la présidence du jury, directrice de l’IUT"."""
        seat = "la présidence du jury, par suppléance" if self.substitute else "la présidence du jury"
        return ", ".join(filter(None, (seat, self.quality)))


def presided(session: Mapping[str, Any]) -> Presided:
    """Who presided, from what a PV says of its session (older ones name the president alone)."""
    if by := session.get("presided_by"):
        return Presided(by["name"], by["quality"], by["account"], substitute=True)
    return Presided(
        session["president"],
        session["president_quality"],
        session.get("president_account", ""),
        substitute=False,
    )


def is_a_fact(case: Case) -> bool:
    """Whether the year bears what the administration records, not what a jury decides (domain 3.7).

    A jury may grant a gap year (ABL); it never accepts a resignation nor excludes anybody.
    """
    year = case.verdict.year
    return year in codes.FACTS and (year != Code.ABL or case.year_decision is None)


def text_kind(kind: str, case: Case) -> str:
    """Which of the department's texts words a document: a fact is not notified as a jury's decision."""
    if kind == LetterText.Kind.NOTIFICATION and is_a_fact(case):
        return str(LetterText.Kind.FACT)
    return kind


def signatory(kind: str, head: Letterhead, session: Mapping[str, Any], handwriting: bytes) -> Signatory:
    """Who signs a text of this kind; `handwriting`: of who presided the jury.

    Where the letterhead names nobody for the establishment, who presided signs in their own quality
    (the director of the IUT presides, 4.6), not as the jury, and by hand.
    """
    chair = presided(session)
    if kind == LetterText.Kind.NOTIFICATION:
        return Signatory(name=chair.name, quality=chair.as_signatory, png=handwriting)
    if head.signatory:
        return Signatory(
            name=head.signatory,
            quality=head.quality or authority(head),
            delegation=head.delegation,
            png=bytes(head.signature),
        )
    if chair.quality:
        return Signatory(name=chair.name, quality=chair.quality)
    return Signatory(name="", quality=authority(head))


def authority(head: Letterhead) -> str:
    """Who decides for the establishment: "la direction de l’IUT"."""
    return head.authority or NEUTRAL_AUTHORITY


def court(head: Letterhead) -> str:
    """ "le tribunal administratif de Lille, 5 rue Geoffroy-Saint-Hilaire, 59000 Lille"."""
    address = ", ".join(line.strip().rstrip(",") for line in head.court.splitlines() if line.strip())
    if not address:
        return NEUTRAL_COURT
    address = address.removeprefix("Le ").removeprefix("le ")
    return f"le {address[:1].lower()}{address[1:]}"


def appeal_to(kind: str, head: Letterhead) -> str:
    """To whom a gracious appeal is sent: who decided."""
    return authority(head) if kind == LetterText.Kind.FACT else "la présidence du jury"


# ---------- one's own signature ----------


@transaction.atomic
def keep_handwriting(*, png: bytes, by: User) -> Handwriting:
    """Put one's own signature on the letters of the juries that one presides; it replaces the one before."""
    kept, _ = Handwriting.objects.update_or_create(user=by, defaults={"png": png})
    record(act="letters.handwriting", about=f"Signature manuscrite, {by}", by=by, department=None)
    return kept


@transaction.atomic
def forget_handwriting(*, by: User) -> None:
    """Take one's own signature back: letters made from now on have a frame to sign."""
    gone, _ = Handwriting.objects.filter(user=by).delete()
    if gone:
        record(act="letters.handwriting_removed", about=f"Signature manuscrite, {by}", by=by, department=None)
