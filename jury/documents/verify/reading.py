"""What a file says by itself, whatever is recorded here: who signed, what its data give, what it prints.

It is opened apart (`butrt/base/outside`): anyone sends it. No row is read, and what comes back is small.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from asn1crypto import crl, x509

from butrt.base.canonical import canonical
from butrt.base.documents.pdf_words import printed_text
from butrt.base.documents.signing import bears, without_mention
from butrt.base.documents.verification_codes import LENGTH, LETTERS, as_written, in_fours
from butrt.base.documents.verifying import (
    MALFORMED,
    UNJUDGED,
    SignatureStatus,
    Verification,
    embedded_files,
    revisions,
    verify,
)
from butrt.base.french import full_day, listed, plural, several
from butrt.base.outside import opened_apart
from butrt.base.words import folded
from jury.cases import cohortdecisions, cohortfile
from jury.cases.cohortvalues import CohortError
from jury.cases.proceedings import Proceedings
from jury.documents.fingerprints import FORMATS, fingerprint
from jury.documents.minutes.rows import printed_rows
from jury.documents.minutes.signatories import SEAL_FIELD, Signatory, signatories
from jury.rules import RULES

CODE = re.compile(rf"(?:[{LETTERS}]{{4}}-){{{LENGTH // 4 - 1}}}[{LETTERS}]{{4}}")
MOST_SIGNATURES: Final = 40  # a PV of a large jury bears ten
MOST_CODES: Final = 20
LONGEST: Final = 3_000  # characters of what is told
# The errors of a file that claims to hold our data and does not.
UNREADABLE_DATA = (*MALFORMED, CohortError, UnicodeDecodeError)


class TooMuch(ValueError):
    """A file whose examination was stopped; the message says it, in French."""


@dataclass(frozen=True)
class Finding:
    """One thing that was checked: whether it holds, and what was found, in French."""

    holds: bool
    text: str
    # Whether it is about who signed: the file itself may be what was recorded here.
    of_signer: bool = False


@dataclass
class Read:
    """What was found in a file. Without `minutes`, it is no PV: the rest of its data is not looked at."""

    minutes: bool = False
    facts: list[tuple[str, str]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    signatures: tuple[SignatureStatus, ...] = ()
    problem: str = ""  # of its signatures
    codes: tuple[str, ...] = ()  # printed on its pages
    revisions: tuple[str, ...] = ()
    fingerprint: str = ""  # of the content of a PV; "" when it cannot be made
    canonical_sha256: str = ""
    journal: dict[str, Any] = field(default_factory=dict)  # number and digest of the entry that a PV names
    student_data: bool = False  # whether it brings a cohort file

    @property
    def unjudged(self) -> bool:
        """Whether its signatures would hold if an authority were trusted here."""
        return bool(self.signatures) and self.problem == UNJUDGED


@opened_apart(TooMuch)
def read_file(pdf: bytes, *, roots: Sequence[bytes], lists: Sequence[bytes], at: datetime | None) -> Read:
    """Read a file, whatever it is. `roots` and `lists`: who is trusted, in DER. Raises `TooMuch`."""
    verification = verify(
        pdf,
        trust_roots=[x509.Certificate.load(root) for root in roots],
        revocation_lists=[crl.CertificateList.load(der) for der in lists],
        at=at,
    )
    if len(verification.signatures) > MOST_SIGNATURES:
        raise TooMuch(
            f"Ce fichier porte {len(verification.signatures)} signatures, aucun document d’ici autant."
        )
    reader = _Reader(verification.attachments, printed_text(pdf))
    content = _content(verification.attachments)
    if content is not None:
        reader.minutes(content, verification)
    return Read(
        minutes=content is not None,
        facts=[(name, _shown(value)) for name, value in reader.facts],
        findings=[replace(finding, text=_shown(finding.text)) for finding in reader.findings],
        signatures=tuple(_signature(signature) for signature in verification.signatures),
        problem=_shown(verification.problem),
        codes=tuple(sorted({as_written(code) for code in CODE.findall(reader.text)}))[:MOST_CODES],
        revisions=tuple(revisions(pdf)),
        fingerprint=_fingerprint(content),
        canonical_sha256=sha256_of(content) if content is not None and _fingerprint(content) else "",
        journal=_entry(content),
        student_data="cohorte.json" in verification.attachments,
    )


@opened_apart(TooMuch)
def student_data_holds(
    pdf: bytes, *, rules: Sequence[int], recorded: Sequence[Mapping[str, Any]] | None
) -> bool:
    """Whether the decisions that a student's document brings are those that its data give.

    By one of `rules`; and those `recorded` for the same students in the PV, if it is of one.
    """
    held = embedded_files(pdf)
    try:
        cohort = cohortfile.parse(held["cohorte.json"])
        attached = cohortfile.parse(held["decisions.json"])
        decided = [cohortdecisions.decide_object(cohort, rules=rule) for rule in rules]
        made = next((decision for decision in decided if not _differing(decision, attached)), decided[-1])
        if _differing(made, attached):
            return False
        if recorded is None:
            return True
        known = {student["id"]: student for student in recorded}
        return not _differing(made, {"students": [known[student["id"]] for student in made["students"]]})
    except UNREADABLE_DATA:
        return False


def sha256_of(content: Mapping[str, Any]) -> str:
    """SHA-256 of a content in its one spelling, to compare two without showing them."""
    return hashlib.sha256(canonical(content).encode("utf-8", "surrogatepass")).hexdigest()


def _content(held: Mapping[str, bytes]) -> dict[str, Any] | None:
    """The whole content of a PV, if the file brings one that can be read."""
    try:
        content = json.loads(held["contenu.json"])
        return content if content["format"] in FORMATS else None
    except UNREADABLE_DATA:
        return None


def _entry(content: Mapping[str, Any] | None) -> dict[str, Any]:
    """The entry of the journal that a PV names; {} for one that names none."""
    named = (content or {}).get("journal")
    if not isinstance(named, dict):
        return {}
    return {"number": _shown(str(named.get("number"))), "digest": _shown(str(named.get("digest")))}


def _signature(status: SignatureStatus) -> SignatureStatus:
    """A signature as it is told: plain texts, the certificate stays here."""
    named = {name: _shown(getattr(status, name)) for name in ("field", "signer_name", "role", "problem")}
    return replace(status, certificate=None, **named)  # type: ignore[arg-type]


def _shown(text: str) -> str:
    """A text of the file as a page may show it: not too long, and nothing that UTF-8 cannot write."""
    return text[:LONGEST].encode("utf-8", "replace").decode()


def _fingerprint(content: Mapping[str, Any] | None) -> str:
    if content is None:
        return ""
    try:
        return fingerprint(content)
    except UNREADABLE_DATA:
        return ""


class _Reader:
    """A PV under examination: its attachments, the text of its pages, and what is found."""

    def __init__(self, held: Mapping[str, bytes], text: str = "") -> None:
        self.held, self.text = held, text
        self.facts: list[tuple[str, str]] = []
        self.findings: list[Finding] = []

    def finds(self, holds: bool, text: str, *, of_signer: bool = False) -> None:
        self.findings.append(Finding(holds, text, of_signer))

    def minutes(self, content: dict[str, Any], verification: Verification) -> None:
        self._signatures(content, verification)
        self._recomputed(content)
        self._facts(content)

    def _signatures(self, content: Mapping[str, Any], verification: Verification) -> None:
        number = len(verification.signatures)
        if not number:
            self.finds(False, "Le document ne porte aucune signature.")
            return
        try:
            places = {signatory.field: signatory for signatory in signatories(content)}
        except UNREADABLE_DATA:
            places = {}
        if verification.unjudged:
            self.finds(False, UNJUDGED)
        elif verification.intact:
            valid = plural(number, "La signature est valable", f"Les {number} signatures sont valables")
            self.finds(True, f"{valid}, rien n’a été ajouté ni retiré depuis la dernière.")
        else:
            grave = (
                signature for signature in verification.signatures if signature.problem not in ("", UNJUDGED)
            )
            wrong = next(grave, None)
            sentence = verification.problem
            if wrong is not None:
                place = places.get(wrong.field)
                sentence = f"Signature de {place.name if place else wrong.field} : {wrong.problem}"
            self.finds(False, sentence)
        if places:
            self._signers(places, verification)

    def _signers(self, places: Mapping[str, Signatory], verification: Verification) -> None:
        """Compare who signed with whom the PV names; the seal is the establishment's, and nobody's name."""
        people = [place for place in places.values() if place.field != SEAL_FIELD]
        rightly = []
        for status in verification.signatures:
            place, certificate = places.get(status.field), status.certificate
            signer = without_mention(status.signer_name) or "une signature illisible"
            if place is None:
                sentence = (
                    f"Signé par {signer} dans un champ que ce procès-verbal n’a pas, « {status.field} »."
                )
                self.finds(False, sentence)
            elif place.field == SEAL_FIELD or certificate is None:
                continue
            elif bears(certificate, place.name):
                rightly.append(place.name)
            else:
                named = any(bears(certificate, person.name) for person in people)
                who = signer if named else f"{signer}, que ce procès-verbal ne nomme pas,"
                sentence = f"Signé par {who} à la place de {place.name}, {place.role}."
                self.finds(False, sentence, of_signer=True)
        if rightly:
            signed = plural(len(rightly), "a signé", "ont signé, chacun") + " avec un certificat à son nom"
            self.finds(True, f"{listed(rightly)}, que ce procès-verbal nomme, {signed}.")

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
            reason = str(error) if isinstance(error, CohortError) else "elles sont abîmées"
            self.finds(False, f"Les données jointes ne permettent pas de refaire le calcul : {reason}.")

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
            key=lambda name: (folded(name), name),
        )
        total = len(made["students"])
        if differing:
            self.finds(
                False,
                f"Les décisions recalculées depuis les notes jointes ne sont pas celles qui sont jointes : "
                f"{listed(differing)}.",
            )
        else:
            by_jury = len(content["taken"])
            detail = f"{by_jury} du jury comprise{plural(by_jury)}" if by_jury else "toutes de droit"
            self.finds(
                True,
                f"Les décisions de {several(total, 'étudiant')}, recalculées par les règles "
                f"depuis les notes jointes, sont celles qui sont jointes ({detail}).",
            )

    def _since(self, proceedings: Proceedings, made: Mapping[str, Any]) -> None:
        """Tell whom the rules of today would judge otherwise: nothing is wrong in the document."""
        if proceedings.figures.rules == RULES:
            return
        today = cohortdecisions.decide_object(proceedings.cohort_file)
        otherwise = _differing(made, today)
        names = [case.legal_name for case in proceedings.cases if case.id in otherwise]
        if names:
            self.finds(
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
            self.finds(False, "Les fichiers joints ne disent pas tous la même chose.")
        printed = fingerprint(content) in self.text
        self.finds(
            printed,
            "L’empreinte imprimée est celle des données jointes."
            if printed
            else "L’empreinte imprimée n’est pas celle des données jointes.",
        )

    def _compare_text(self, proceedings: Proceedings) -> None:
        wrong = list(_misprinted(self.text, proceedings))
        if wrong:
            self.finds(
                False, f"Le texte imprimé ne correspond pas aux notes jointes : {' ; '.join(wrong[:8])}."
            )
        else:
            self.finds(True, "Le texte des pages dit ces mêmes moyennes et ces mêmes décisions.")

    def _facts(self, content: Mapping[str, Any]) -> None:
        try:
            context, session = content["context"], content["session"]
            self.facts += [
                ("Document", "Procès-verbal de jury"),
                ("Établissement", f"{context['department']['institute']}, {context['department']['name']}"),
                ("Jury", f"{session['title']}, {context['school_year']}, le {full_day(session['date'])}"),
                ("Version", str(content["version"])),
                ("Empreinte", in_fours(fingerprint(content))),
            ]
        except UNREADABLE_DATA:
            self.finds(False, "Ce que le document dit de lui-même ne peut pas être lu.")


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
        following = [other for other in starts if other > start]
        line = text[start : min(following, default=start + 600)]
        if "".join(shown for _, shown in cells) in line:
            continue
        place = next(
            about
            for count, (about, _) in enumerate(cells, start=1)
            if "".join(shown for _, shown in cells[:count]) not in line
        )
        yield f"{name}, {place}"


def _squeezed(text: str) -> str:
    return "".join(text.split())
