"""What can be said of a file that claims to be a document of ours: who signed, is it intact, in force.

Everything is recomputed: the decisions from the data that the file brings along, with the rules; then they
are compared with those it brings, with what its pages print, and with what was recorded here.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from butrt.documents.certificates import configured_revocations, configured_roots
from butrt.documents.codes import LENGTH, LETTERS, as_written, in_fours
from butrt.documents.reading import printed_text
from butrt.documents.signing import bears, french_moment, without_mention
from butrt.documents.verifying import (
    MALFORMED,
    SignatureStatus,
    Verification,
    embedded_files,
    revisions,
    verify,
)
from butrt.sorting import french_key
from jury import cohortfile, wording
from jury.documents.issued import PV
from jury.documents.kinds import KINDS
from jury.minutes.content import FORMATS, canonical, fingerprint
from jury.minutes.document import printed_rows
from jury.minutes.signatories import SEAL_FIELD, Signatory, signatories
from jury.models import Issued, Minutes, MinutesRevision, Printed
from jury.proceedings import Proceedings
from jury.rules import RULES
from jury.rules.reasons import listed
from jury.verify.standing import replacing

Verdict = Literal["in_force", "superseded", "unfinished", "provisional", "other_signer", "altered", "unknown"]

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
}
# What `verify_pdf` exits with.
EXITS: dict[Verdict, int] = {
    "in_force": 0,
    "superseded": 1,
    "unfinished": 1,
    "provisional": 1,
    "other_signer": 2,
    "altered": 2,
    "unknown": 2,
}
CODE = re.compile(rf"(?:[{LETTERS}]{{4}}-){{{LENGTH // 4 - 1}}}[{LETTERS}]{{4}}")
# The errors of a file that claims to hold our data and does not.
UNREADABLE_DATA = (*MALFORMED, cohortfile.CohortError, UnicodeDecodeError)


@dataclass(frozen=True)
class Finding:
    """One thing that was checked: whether it holds, and what was found, in French."""

    holds: bool
    text: str
    # Whether it is about who signed: the file itself may be what was recorded here.
    of_signer: bool = False


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
    def exit_code(self) -> int:
        return EXITS[self.verdict]

    @property
    def holds(self) -> bool:
        return self.verdict not in ("other_signer", "altered", "unknown")

    def found(self, holds: bool, text: str, *, of_signer: bool = False) -> None:
        self.findings.append(Finding(holds, text, of_signer))

    @property
    def failed(self) -> bool:
        return any(not finding.holds for finding in self.findings)


def examine(pdf: bytes) -> Report:
    """Examine a file, whatever it is; nothing is kept of it and nothing is raised."""
    held = embedded_files(pdf)
    content = _content(held)
    if content is not None:
        return _Examined(pdf, held).minutes(content)
    return _Examined(pdf, held).other()


def _content(held: Mapping[str, bytes]) -> dict[str, Any] | None:
    """The whole content of a PV, if the file brings one that can be read."""
    try:
        content = json.loads(held["contenu.json"])
        return content if content["format"] in FORMATS else None
    except UNREADABLE_DATA:
        return None


class _Examined:
    """One file under examination."""

    def __init__(self, pdf: bytes, held: Mapping[str, bytes]) -> None:
        self.pdf, self.held = pdf, held
        self.sha256 = hashlib.sha256(pdf).hexdigest()
        self.report = Report()
        self.text = printed_text(pdf)

    # ---------- a procès-verbal ----------

    def minutes(self, content: dict[str, Any]) -> Report:
        stored = MinutesRevision.objects.filter(sha256=self.sha256).defer("pdf").first()
        version = self._version(stored, content)
        verification = self._verified(stored)
        self.report.signatures = verification.signatures
        if not verification.signatures and stored is None and self._printed() is None and version is None:
            return self.report
        self._signatures(content, verification)
        self._recomputed(content)
        self._facts(content)
        if version is None:
            self.report.found(False, "Aucun procès-verbal enregistré ici ne correspond à ce fichier.")
        else:
            self._recorded(content, version, stored)
        self.report.verdict = self._verdict(version, stored)
        return self.report

    def _version(self, stored: MinutesRevision | None, content: dict[str, Any]) -> Minutes | None:
        """The version that this file is, or was before it was altered: by a revision, its code, its data."""
        if stored is not None:
            return (
                Minutes.objects.whole()
                .select_related("session")
                .defer("session__snapshot")
                .get(pk=stored.minutes_id)
            )
        known = MinutesRevision.objects.filter(sha256__in=revisions(self.pdf))
        by_revision = (
            Minutes.objects.whole()
            .select_related("session")
            .defer("session__snapshot")
            .filter(revisions__in=known)
            .first()
        )
        if by_revision is not None:
            return by_revision
        issued = self._issued()
        if issued is not None and issued.kind == PV:
            return issued.minutes
        try:
            same_data = fingerprint(content)
        except UNREADABLE_DATA:
            return None
        return (
            Minutes.objects.whole()
            .select_related("session")
            .defer("session__snapshot")
            .filter(fingerprint=same_data)
            .first()
        )

    def _verified(self, stored: MinutesRevision | None) -> Verification:
        """A file that was recorded here is judged at that moment: it outlives its certificates."""
        at: datetime | None = stored.at if stored is not None else None
        return verify(
            self.pdf, trust_roots=configured_roots(), revocation_lists=configured_revocations(), at=at
        )

    def _signatures(self, content: Mapping[str, Any], verification: Verification) -> None:
        number = len(verification.signatures)
        if not number:
            self.report.found(False, "Le document ne porte aucune signature.")
            return
        try:
            places = {each.field: each for each in signatories(content)}
        except UNREADABLE_DATA:
            places = {}
        if verification.intact:
            valid = f"Les {number} signatures sont valables" if number > 1 else "La signature est valable"
            self.report.found(True, f"{valid}, rien n’a été ajouté ni retiré depuis la dernière.")
        else:
            wrong = next((each for each in verification.signatures if each.problem), None)
            told = verification.problem
            if wrong is not None:
                place = places.get(wrong.field)
                told = f"Signature de {place.name if place else wrong.field} : {wrong.problem}"
            self.report.found(False, told)
        if places:
            self._signers(places, verification)

    def _signers(self, places: Mapping[str, Signatory], verification: Verification) -> None:
        """Compare who signed with whom the PV names; the seal is the establishment's, and nobody's name."""
        people = [each for each in places.values() if each.field != SEAL_FIELD]
        rightly = []
        for status in verification.signatures:
            place, certificate = places.get(status.field), status.certificate
            signer = without_mention(status.signer_name) or "une signature illisible"
            if place is None:
                told = f"Signé par {signer} dans un champ que ce procès-verbal n’a pas, « {status.field} »."
                self.report.found(False, told)
            elif place.field == SEAL_FIELD or certificate is None:
                continue
            elif bears(certificate, place.name):
                rightly.append(place.name)
            else:
                named = any(bears(certificate, each.name) for each in people)
                who = signer if named else f"{signer}, que ce procès-verbal ne nomme pas,"
                told = f"Signé par {who} à la place de {place.name}, {place.role}."
                self.report.found(False, told, of_signer=True)
        if rightly:
            told = (
                "a signé avec un certificat à son nom"
                if len(rightly) == 1
                else "ont signé, chacun avec un certificat à son nom"
            )
            self.report.found(True, f"{listed(rightly)}, que ce procès-verbal nomme, {told}.")

    def _recomputed(self, content: dict[str, Any]) -> None:
        """Recompute each decision from the data of the file, and compare with what it brings and prints."""
        try:
            proceedings = Proceedings.of_minutes(content)
            made = proceedings.decisions_object()
            written = cohortfile.parse(self.held["decisions.json"])
            self._compare_decisions(made, written, content)
            self._since(proceedings, made)
            self._compare_files(proceedings, content, written)
            self._compare_text(proceedings)
        except UNREADABLE_DATA as error:
            said = str(error) if isinstance(error, cohortfile.CohortError) else "elles sont abîmées"
            self.report.found(False, f"Les données jointes ne permettent pas de refaire le calcul : {said}.")

    def _compare_decisions(
        self, made: Mapping[str, Any], written: Mapping[str, Any], content: Mapping[str, Any]
    ) -> None:
        names = {
            number: f"{person['last_name']} {person['first_name']}"
            for number, person in content["context"]["students"].items()
        }
        differing = sorted(
            {
                names.get(student, student)
                for other in (written, content["decisions"])
                for student in _differing(made, other)
            },
            key=lambda name: (french_key(name), name),
        )
        total = len(made["students"])
        if differing:
            self.report.found(
                False,
                f"Les décisions recalculées depuis les notes jointes ne sont pas celles qui sont jointes : "
                f"{listed(differing)}.",
            )
        else:
            by_jury = len(content["taken"])
            told = f"{by_jury} du jury comprise{'s' if by_jury > 1 else ''}" if by_jury else "toutes de droit"
            self.report.found(
                True,
                f"Les décisions de {total} étudiant{'s' if total > 1 else ''}, recalculées par les règles "
                f"depuis les notes jointes, sont celles qui sont jointes ({told}).",
            )

    def _since(self, proceedings: Proceedings, made: Mapping[str, Any]) -> None:
        """Tell whom the rules of today would judge otherwise: nothing is wrong in the document."""
        if proceedings.figures.rules == RULES:
            return
        today = cohortfile.decide_object(proceedings.cohort_file)
        otherwise = _differing(made, today)
        names = [case.name for case in proceedings.cases if case.id in otherwise]
        if names:
            self.report.found(
                True,
                f"Décidé selon les règles de son temps, qui ont changé depuis (BUT3, défaillance) : "
                f"{listed(names)}.",
            )

    def _compare_files(
        self, proceedings: Proceedings, content: Mapping[str, Any], written: Mapping[str, Any]
    ) -> None:
        same = canonical(cohortfile.parse(self.held["cohorte.json"])) == canonical(
            proceedings.cohort_file
        ) and canonical(written) == canonical(content["decisions"])
        if not same:
            self.report.found(False, "Les fichiers joints ne disent pas tous la même chose.")
        printed = fingerprint(content) in self.text
        self.report.found(
            printed,
            "L’empreinte imprimée est celle des données jointes."
            if printed
            else "L’empreinte imprimée n’est pas celle des données jointes.",
        )

    def _compare_text(self, proceedings: Proceedings) -> None:
        wrong = list(_misprinted(self.text, proceedings))
        if wrong:
            self.report.found(
                False, f"Le texte imprimé ne correspond pas aux notes jointes : {' ; '.join(wrong[:8])}."
            )
        else:
            self.report.found(True, "Le texte des pages dit ces mêmes moyennes et ces mêmes décisions.")

    def _recorded(self, content: Mapping[str, Any], version: Minutes, stored: MinutesRevision | None) -> None:
        """Compare with what the database holds of this version."""
        same = (
            canonical(content) == canonical(version.content) and fingerprint(content) == version.fingerprint
        )
        self.report.found(
            same,
            "Les décisions sont celles qui ont été enregistrées ici."
            if same
            else "Les données jointes ne sont pas celles qui ont été enregistrées ici.",
        )
        if stored is None and self._printed() is None:
            self.report.found(False, "Le fichier n’est pas celui qui a été enregistré ici, octet pour octet.")
            return
        self.report.found(True, "Le fichier est celui qui a été enregistré ici, octet pour octet.")

    def _verdict(self, version: Minutes | None, stored: MinutesRevision | None) -> Verdict:
        printed = self._printed()
        unsigned = stored is None and printed is not None
        failed = [each for each in self.report.findings if not each.holds]
        if unsigned:
            failed = [each for each in failed if "aucune signature" not in each.text]
        if version is None or any(not each.of_signer for each in failed):
            return "altered"
        if failed:
            return "other_signer"
        after = MinutesRevision.objects.filter(minutes=version, step__gt=stored.step if stored else -1)
        missing = after.exclude(field="").count()
        newer = version.session.minutes.order_by("-version").defer("content").first()
        if missing:
            signatures = f"les {missing} dernières signatures" if missing > 1 else "la dernière signature"
            self.report.findings.append(
                Finding(False, f"Il manque {signatures} : une version achevée de ce fichier existe.")
            )
            return "unfinished"
        if newer is not None and newer.version > version.version:
            self.report.findings.append(
                Finding(
                    False,
                    f"La version {newer.version}, du {french_moment(newer.created_at)}, la remplace : "
                    "demandez-la au secrétariat.",
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
        self.report.found(True, "C’est la version la plus récente.")
        return "in_force"

    def _facts(self, content: Mapping[str, Any]) -> None:
        try:
            context, session = content["context"], content["session"]
            self.report.facts += [
                ("Document", "Procès-verbal de jury"),
                ("Établissement", f"{context['department']['institute']}, {context['department']['name']}"),
                ("Jury", f"{session['title']}, {context['school_year']}, le {wording.day(session['date'])}"),
                ("Version", str(content["version"])),
                ("Empreinte", in_fours(fingerprint(content))),
            ]
        except UNREADABLE_DATA:
            self.report.found(False, "Ce que le document dit de lui-même ne peut pas être lu.")

    # ---------- another document: recognised byte for byte ----------

    def other(self) -> Report:
        printed = self._printed()
        issued = printed.issued if printed is not None else self._issued()
        verification = self._verified(None)
        self.report.signatures = verification.signatures
        if issued is None:
            if verification.signatures:
                self.report.found(False, f"Signatures : {verification.problem or 'aucune n’est d’ici'}.")
            return self.report
        kind = KINDS.get(issued.kind)
        self.report.facts += [
            ("Document", kind.name if kind else issued.kind),
            ("Jury", f"{issued.session}, le {wording.day(issued.session.date.isoformat())}"),
            ("Version", str(issued.minutes.version) if issued.minutes else "provisoire"),
        ]
        if issued.minutes:
            self.report.facts.append(("Empreinte", in_fours(issued.minutes.fingerprint)))
        if printed is None:
            self.report.found(
                False,
                f"Il porte le code {issued.token}, qui est d’ici, mais ce n’est pas le fichier délivré.",
            )
            self._student_data(issued)
            self.report.verdict = "altered"
            return self.report
        self.report.found(True, "Le fichier est celui qui a été délivré ici, octet pour octet.")
        self._student_data(issued)
        self.report.verdict = self._standing(issued)
        return self.report

    def _student_data(self, issued: Issued) -> None:
        """Recompute the student's decisions from the data attached, and compare with those of the PV."""
        if "cohorte.json" not in self.held:
            return
        try:
            cohort = cohortfile.parse(self.held["cohorte.json"])
            attached = cohortfile.parse(self.held["decisions.json"])
            # One that is of no PV does not say by which rules it was made.
            possible = [issued.minutes.content.get("rules", 1)] if issued.minutes else range(1, RULES + 1)
            decided = [cohortfile.decide_object(cohort, rules=rules) for rules in possible]
            made = next((each for each in decided if not _differing(each, attached)), decided[-1])
            same = not _differing(made, attached)
            if issued.minutes is not None:
                ids = {each["id"] for each in made["students"]}
                recorded = {each["id"]: each for each in issued.minutes.content["decisions"]["students"]}
                same = same and not _differing(made, {"students": [recorded[each] for each in ids]})
        except UNREADABLE_DATA:
            same = False
        self.report.found(
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
            self.report.found(
                False, f"La version {newer.version} du procès-verbal en a changé : demandez le nouveau."
            )
            return "superseded"
        if not issued.minutes.revisions.exclude(field="").exists():
            self.report.found(False, "Le procès-verbal n’est pas encore signé.")
            return "unfinished"
        last = versions[-1]
        self.report.found(
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
        codes = {as_written(each) for each in CODE.findall(self.text)}
        return (
            Issued.objects.select_related("session__cohort", "minutes__session", "student")
            .defer("session__snapshot", "minutes__content", "minutes__session__snapshot")
            .filter(token__in=codes)
            .first()
        )


def _differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> set[str]:
    """The students whose decisions differ; the wording of reasons may have improved, decisions may not."""
    mine, theirs = (
        {
            str(student["id"]): {key: value for key, value in student.items() if key != "reasons"}
            for student in decisions["students"]
        }
        for decisions in (one, other)
    )
    return {student for student in mine.keys() | theirs.keys() if mine.get(student) != theirs.get(student)}


def _misprinted(text: str, proceedings: Proceedings) -> Iterator[str]:
    """Each student whose line is not printed as the data give it, and the first place that differs."""
    rows = [
        (name, _squeezed(anchor), [(about, _squeezed(shown)) for about, shown in cells])
        for name, anchor, cells in printed_rows(proceedings)
    ]
    starts = [text.find(anchor) for _, anchor, _ in rows]
    for position, (name, _, cells) in enumerate(rows):
        start = starts[position]
        if start < 0:
            yield f"{name}, absent"
            continue
        following = [each for each in starts if each > start]
        line = text[start : min(following, default=start + 600)]
        if "".join(shown for _, shown in cells) in line:
            continue
        told = next(
            about
            for count, (about, _) in enumerate(cells, start=1)
            if "".join(shown for _, shown in cells[:count]) not in line
        )
        yield f"{name}, {told}"


def _squeezed(text: str) -> str:
    return "".join(text.split())
