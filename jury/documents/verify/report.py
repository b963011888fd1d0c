"""What can be said of a file that claims to be a document of ours: who signed, is it intact, in force.

Everything is recomputed: the decisions from the data that the file brings along, with the rules; then they
are compared with those it brings, with what its pages print, and with what was recorded here.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Literal

from asn1crypto.core import Asn1Value

from butrt.base import french
from butrt.base.documents.certificates import configured_revocations, configured_roots
from butrt.base.documents.verification_codes import in_fours
from butrt.base.documents.verifying import UNJUDGED, SignatureStatus, lacking
from jury.documents.checking.journal import unlike_the_journal
from jury.documents.issued import PV
from jury.documents.kinds import KINDS
from jury.documents.minutes.signatories import SEAL_FIELD
from jury.documents.verify.reading import Finding, Read, TooMuch, read_file, sha256_of, student_data_holds
from jury.documents.verify.standing import replacing
from jury.models import Issued, Minutes, MinutesRevision, Printed
from jury.rules import RULES

Verdict = Literal[
    "in_force",
    "superseded",
    "unfinished",
    "provisional",
    "other_signer",
    "altered",
    "unknown",
    "unjudged",
    "unread",
]

HEADLINES: dict[Verdict, tuple[str, str]] = {
    "in_force": ("Authentique et en vigueur", "Ce document vient d’ici, il n’a pas été modifié."),
    "superseded": (
        "Authentique, mais remplacé",
        "Ce document vient d’ici, une version plus récente le remplace.",
    ),
    "unfinished": (
        "Authentique, mais inachevé",
        "Ce document vient d’ici, toutes ses signatures n’y sont pas.",
    ),
    "provisional": (
        "Authentique, mais provisoire",
        "Ce document vient d’ici et n’a pas de valeur officielle : le jury n’était pas clos.",
    ),
    "other_signer": (
        "Signé par quelqu’un d’autre",
        "Ce document vient d’ici et n’a pas été modifié, mais une signature n’y est pas celle de la personne "
        "qu’il nomme.",
    ),
    "altered": (
        "Modifié, ou fabriqué ailleurs",
        "Ne vous fiez pas à ce fichier : il n’est pas tel que délivré.",
    ),
    "unknown": (
        "Document inconnu",
        "Ce fichier n’a pas été produit ici, ou il a été imprimé puis numérisé : une numérisation perd la "
        "signature.",
    ),
    "unjudged": (
        "Ne peut pas être jugé ici",
        "Ce site ne reconnaît aucune autorité de certification : il ne peut pas dire de qui sont les "
        "signatures. Cela ne dit rien contre le document.",
    ),
    "unread": (
        "Examen arrêté",
        "Ce fichier n’a pas pu être examiné jusqu’au bout : ne pas s’y fier sur cette seule réponse.",
    ),
}
NOT_RECORDED = "Aucun procès-verbal enregistré ici ne correspond à ce fichier."
# What `verify_pdf` exits with.
EXITS: dict[Verdict, int] = {
    "in_force": 0,
    "superseded": 1,
    "unfinished": 1,
    "provisional": 1,
    "other_signer": 2,
    "altered": 2,
    "unknown": 2,
    "unjudged": 3,
    "unread": 2,
}
# The colour and the sign of an answer.
LOOKS: dict[Verdict, tuple[str, str]] = {
    "in_force": ("green", "✓"),
    "superseded": ("gold", "↺"),
    "unfinished": ("gold", "…"),
    "provisional": ("gold", "…"),
    "other_signer": ("rust", "✗"),
    "altered": ("rust", "✗"),
    "unknown": ("slate", "?"),
    "unjudged": ("slate", "?"),
    "unread": ("slate", "?"),
}
# What keeps a document from being judged, and says nothing against it.
NOT_AGAINST = (UNJUDGED, NOT_RECORDED)


@dataclass
class Report:
    """The answer about a file; `findings` in the order of the checks."""

    verdict: Verdict = "unknown"
    facts: list[tuple[str, str]] = field(default_factory=list)
    signatures: tuple[SignatureStatus, ...] = ()
    findings: list[Finding] = field(default_factory=list)

    @property
    def headline(self) -> str:
        return HEADLINES[self.verdict][0]

    @property
    def sentence(self) -> str:
        return HEADLINES[self.verdict][1]

    @property
    def family(self) -> str:
        return LOOKS[self.verdict][0]

    @property
    def sign(self) -> str:
        return LOOKS[self.verdict][1]

    @property
    def exit_code(self) -> int:
        return EXITS[self.verdict]

    @property
    def holds(self) -> bool:
        return self.verdict not in ("other_signer", "altered", "unknown", "unjudged", "unread")

    @property
    def doubt(self) -> str:
        """The colour of what does not hold: against the document, or only to be known."""
        return "gold" if self.holds or self.verdict == "unjudged" else "rust"

    def finds(self, holds: bool, text: str) -> None:
        self.findings.append(Finding(holds, text))

    @property
    def failed(self) -> bool:
        return any(not finding.holds for finding in self.findings)


def examine(pdf: bytes) -> Report:
    """Examine a file, whatever it is; nothing is kept of it.

    Raises `Busy` alone (`butrt/base/outside`), when too many are examined already.
    """
    sha256 = hashlib.sha256(pdf).hexdigest()
    stored = MinutesRevision.objects.filter(sha256=sha256).defer("pdf").first()
    try:
        read = read_file(
            pdf,
            roots=_in_der(configured_roots()),
            lists=_in_der(configured_revocations()),
            # A file that was recorded here is judged at that moment: it outlives its certificates.
            at=stored.at if stored is not None else None,
        )
        examined = _Examined(pdf, sha256, read)
        return examined.minutes(stored) if read.minutes else examined.other()
    except TooMuch as error:
        return Report("unread", findings=[Finding(False, str(error))])


def _in_der(values: tuple[Asn1Value, ...]) -> list[bytes]:
    return [value.dump() for value in values]


class _Examined:
    """One file under examination: what it says by itself, compared with what is recorded here."""

    def __init__(self, pdf: bytes, sha256: str, read: Read) -> None:
        self.pdf, self.sha256, self.read = pdf, sha256, read
        self.report = Report(signatures=read.signatures)

    # ---------- a procès-verbal ----------

    def minutes(self, stored: MinutesRevision | None) -> Report:
        version = self._version(stored)
        if not self.read.signatures and stored is None and self._printed() is None and version is None:
            return self.report
        self.report.facts += self.read.facts
        self.report.findings += self.read.findings
        if version is None:
            self.report.finds(False, NOT_RECORDED)
        else:
            self._recorded(version, stored)
        self.report.verdict = self._verdict(version, stored)
        if version is not None:
            self._journal()
        return self.report

    def _version(self, stored: MinutesRevision | None) -> Minutes | None:
        """The version that this file is, or was before it was altered: by a revision, its code, its data."""
        every = Minutes.objects.whole().select_related("session").defer("session__snapshot")
        if stored is not None:
            return every.get(pk=stored.minutes_id)
        known = MinutesRevision.objects.filter(sha256__in=self.read.revisions)
        by_revision = every.filter(revisions__in=known).first()
        if by_revision is not None:
            return by_revision
        issued = self._issued()
        if issued is not None and issued.kind == PV:
            return issued.minutes
        return every.filter(fingerprint=self.read.fingerprint).first() if self.read.fingerprint else None

    def _recorded(self, version: Minutes, stored: MinutesRevision | None) -> None:
        """Compare with what the database holds of this version."""
        same = (
            self.read.canonical_sha256 == sha256_of(version.content)
            and self.read.fingerprint == version.fingerprint
        )
        self.report.finds(
            same,
            "Les décisions sont celles qui ont été enregistrées ici."
            if same
            else "Les données jointes ne sont pas celles qui ont été enregistrées ici.",
        )
        if stored is None and self._printed() is None:
            self.report.finds(False, "Le fichier n’est pas celui qui a été enregistré ici, octet pour octet.")
            return
        self.report.finds(True, "Le fichier est celui qui a été enregistré ici, octet pour octet.")

    def _journal(self) -> None:
        """Tell whether the site's journal is still the one that this PV saw: no fault of the PV if not."""
        if head := self.read.journal:
            wrong = unlike_the_journal(head)
            self.report.finds(
                not wrong, wrong or f"Le journal de ce site tient l’entrée n° {head['number']} de ce PV."
            )

    def _verdict(self, version: Minutes | None, stored: MinutesRevision | None) -> Verdict:
        printed = self._printed()
        unsigned = stored is None and printed is not None
        failed = [finding for finding in self.report.findings if not finding.holds]
        if unsigned:
            failed = [finding for finding in failed if "aucune signature" not in finding.text]
        if self.read.unjudged:
            failed = [finding for finding in failed if finding.text not in NOT_AGAINST]
            if not failed:
                return "unjudged"
        if version is None or any(not finding.of_signer for finding in failed):
            return "altered"
        if failed:
            return "other_signer"
        after = MinutesRevision.objects.filter(minutes=version, step__gt=stored.step if stored else -1)
        missing = after.exclude(field="").count()
        newer = version.session.minutes.order_by("-version").defer("content").first()
        if missing:
            self.report.findings.append(
                Finding(False, f"{lacking(missing)} : une version achevée de ce fichier existe.")
            )
            return "unfinished"
        if newer is not None and newer.version > version.version:
            self.report.findings.append(
                Finding(
                    False,
                    f"La version {newer.version}, du {french.date(newer.created_at, french.MOMENT)}, "
                    "la remplace : demandez-la au secrétariat.",
                )
            )
            return "superseded"
        if stored is None or stored.field != SEAL_FIELD:
            self.report.findings.append(
                Finding(
                    False,
                    "Le cachet de l’établissement n’est pas encore apposé : les signatures sont en cours.",
                )
            )
            return "unfinished"
        self.report.finds(True, "C’est la version la plus récente.")
        return "in_force"

    # ---------- another document: recognised byte for byte ----------

    def other(self) -> Report:
        printed = self._printed()
        issued = printed.issued if printed is not None else self._issued()
        if issued is None:
            if self.read.unjudged:
                self.report.verdict = "unjudged"
                self.report.finds(False, UNJUDGED)
            elif self.read.signatures:
                self.report.finds(False, f"Signatures : {self.read.problem or 'aucune n’est d’ici'}.")
            return self.report
        kind = KINDS.get(issued.kind)
        self.report.facts += [
            ("Document", kind.name if kind else issued.kind),
            ("Jury", f"{issued.session}, le {french.full_day(issued.session.date.isoformat())}"),
            ("Version", str(issued.minutes.version) if issued.minutes else "provisoire"),
        ]
        if issued.minutes:
            self.report.facts.append(("Empreinte", in_fours(issued.minutes.fingerprint)))
        if printed is None:
            self.report.finds(
                False,
                f"Il porte le code {issued.token}, qui est d’ici, mais ce n’est pas le fichier délivré.",
            )
            self._student_data(issued)
            self.report.verdict = "altered"
            return self.report
        self.report.finds(True, "Le fichier est celui qui a été délivré ici, octet pour octet.")
        self._student_data(issued)
        self.report.verdict = self._standing(issued)
        return self.report

    def _student_data(self, issued: Issued) -> None:
        """Recompute the student's decisions from the data attached, and compare with those of the PV."""
        if not self.read.student_data:
            return
        minutes = issued.minutes
        same = student_data_holds(
            self.pdf,
            # One that is of no PV does not say by which rules it was made.
            rules=[minutes.content.get("rules", 1)] if minutes else range(1, RULES + 1),
            recorded=minutes.content["decisions"]["students"] if minutes else None,
        )
        self.report.finds(
            same,
            "Les décisions recalculées depuis les notes jointes sont celles du procès-verbal."
            if same and issued.minutes
            else "Les décisions recalculées depuis les notes jointes sont celles qui sont jointes."
            if same
            else "Les données jointes ne donnent pas les décisions enregistrées ici.",
        )

    def _standing(self, issued: Issued) -> Verdict:
        if self.report.failed:
            return "altered"
        if issued.minutes is None:
            return "provisional"
        versions = list(issued.session.minutes.order_by("version"))
        newer = replacing(issued, versions)
        if newer is not None:
            self.report.finds(
                False, f"La version {newer.version} du procès-verbal en a changé : demandez le nouveau."
            )
            return "superseded"
        if not issued.minutes.revisions.exclude(field="").exists():
            self.report.finds(False, "Le procès-verbal n’est pas encore signé.")
            return "unfinished"
        last = versions[-1]
        self.report.finds(
            True,
            "Aucune version plus récente ne le remplace."
            if last.pk == issued.minutes.pk
            else f"La version {last.version} du procès-verbal n’y change rien : il reste valable.",
        )
        return "in_force"

    # ---------- what is known of the file ----------

    def _printed(self) -> Printed | None:
        return (
            Printed.objects.select_related("issued__session__cohort", "issued__minutes", "issued__student")
            .defer("issued__session__snapshot", "issued__minutes__content")
            .filter(sha256=self.sha256)
            .first()
        )

    def _issued(self) -> Issued | None:
        """The document whose code its pages bear, if there is one."""
        return (
            Issued.objects.select_related("session__cohort", "minutes__session", "student")
            .defer("session__snapshot", "minutes__content", "minutes__session__snapshot")
            .filter(token__in=self.read.codes)
            .first()
        )
