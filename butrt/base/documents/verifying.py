"""Is this PDF the one that was signed? Answers in French, to anyone, about any file."""

import hashlib
import io
import logging
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as field_of
from datetime import datetime

from asn1crypto import crl, ocsp, x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import (
    DocumentSecurityStore,
    PdfSignatureStatus,
    SignatureCoverageLevel,
    validate_pdf_signature,
    validate_pdf_timestamp,
)
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import ValidationContext

from butrt.base.documents.signing import SIGNING_USAGES, apart, common_name
from butrt.base.french import plural

# It tells each difference at length (100 kB for one altered page) and we tell it in one sentence.
logging.getLogger("pyhanko.sign.diff_analysis").setLevel(logging.CRITICAL)
logging.getLogger("pyhanko.sign.validation.generic_cms").setLevel(logging.CRITICAL)  # a traceback each
logging.getLogger("pyhanko.pdf_utils.reader").setLevel(logging.CRITICAL)  # a line for each damaged object
# What pyHanko and asn1crypto raise on files that are not, or no longer, well-formed.
MALFORMED = (
    PdfError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    NotImplementedError,
    RecursionError,
    OSError,
    zlib.error,
    NoDSSFoundError,
)
DEEPEST = 20
MOST_VISITED = 10_000  # nodes of a tree; a PV of 150 students has 40 pages and three attachments
UNJUDGED = (
    "Les signatures ne peuvent pas être jugées ici : aucune autorité de certification n’y est reconnue "
    "(dossier roots des certificats du site)."
)
SIGNING = KeyUsageConstraints(key_usage=SIGNING_USAGES)


@dataclass(frozen=True, slots=True)
class SignatureStatus:
    """One signature: who, when, and each of the questions asked about it. `problem` is empty if it holds."""

    field: str
    signer_name: str
    role: str
    signed_at: datetime | None
    intact: bool
    valid: bool
    trusted: bool
    coverage: str
    problem: str
    # When a timestamping authority saw it, and the certificate; None without, or illegible.
    timestamp: datetime | None = None
    certificate: x509.Certificate | None = field_of(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Verification:
    """What can be said of a file. `intact` is the answer; `problem` tells what is wrong, or is empty."""

    intact: bool
    signatures: tuple[SignatureStatus, ...] = ()
    attachments: Mapping[str, bytes] = field_of(default_factory=dict)
    problem: str = ""

    @property
    def unjudged(self) -> bool:
        """Whether everything holds but that nobody is trusted here."""
        return self.problem == UNJUDGED


def verify(
    pdf: bytes,
    *,
    trust_roots: Sequence[x509.Certificate],
    stored_revisions: Sequence[str] = (),
    revocation_lists: Sequence[crl.CertificateList] = (),
    at: datetime | None = None,
) -> Verification:
    """Verify every signature of a file; whatever the file, answer and raise nothing.

    Intact means: every signature holds and comes from an authority of `trust_roots`, the last one covers
    the whole file, and the file's revisions are exactly the `stored_revisions` (SHA-256, in order) when
    some are given: only these tell that the last signatures of a file were taken away.

    `at` is the moment to judge the certificates at, now by default: pass that of the storage for a
    document whose stored revisions prove that it existed then, so that it outlives its certificates.
    """
    try:
        reader = PdfFileReader(io.BytesIO(pdf), strict=False)
        _check_fields(reader)
        signatures = reader.embedded_regular_signatures
    except MALFORMED:
        return Verification(False, problem="Ce fichier n’est pas un PDF lisible, ou il est abîmé.")
    attachments = embedded_files(pdf)
    if not signatures:
        return Verification(False, (), attachments, "Ce document ne porte aucune signature.")
    judged = _Judged(tuple(trust_roots), tuple(revocation_lists), *_validation_data(reader), at)
    statuses = tuple(_status(signature, judged) for signature in signatures)
    graves = (status for status in statuses if status.problem not in ("", UNJUDGED))
    problem = (
        next((f"{status.field} : {status.problem}" for status in graves), "")
        or (judged.roots and _timestamp_problem(reader, judged))
        or _uncovered(statuses[-1])
        or _not_as_stored(_revisions(pdf, signatures), stored_revisions)
        or ("" if judged.roots else UNJUDGED)
    )
    return Verification(not problem, statuses, attachments, problem)


def revisions(pdf: bytes) -> list[str]:
    """The SHA-256 of the file as each signature left it, in order; empty when nothing is signed."""
    try:
        reader = PdfFileReader(io.BytesIO(pdf), strict=False)
        _check_fields(reader)
        return _revisions(pdf, reader.embedded_regular_signatures)
    except MALFORMED:
        return []


def embedded_files(pdf: bytes) -> dict[str, bytes]:
    """The attachments of a file by name, as its last revision gives them; empty when it cannot be read."""
    try:
        names = PdfFileReader(io.BytesIO(pdf), strict=False).root["/Names"]["/EmbeddedFiles"]
        return {str(entry["/UF"]): entry["/EF"]["/F"].data for entry in _leaves(names)}
    except MALFORMED:
        return {}


def _leaves(top: generic.DictionaryObject) -> Iterator[generic.DictionaryObject]:
    """The file specifications of a name tree, in order."""
    for node in nodes(top):
        names = node.get("/Names", [])
        yield from (names[i] for i in range(1, len(names), 2))


def _check_fields(reader: PdfFileReader) -> None:
    """Refuse a form whose fields are no tree, before pyHanko walks it. Raises ValueError."""
    form = reader.root["/AcroForm"] if "/AcroForm" in reader.root else {}  # noqa: SIM401 (get() gives a reference)
    fields = form["/Fields"] if "/Fields" in form else ()  # noqa: SIM401
    for _ in nodes(*(fields[i] for i in range(len(fields)))):
        pass


def nodes(*tops: generic.DictionaryObject) -> Iterator[generic.DictionaryObject]:
    """The nodes of trees, each before its /Kids, in order. Raises ValueError when they are none.

    An adversary makes it a graph: 19 levels of ten references to the next are 10¹⁹ ways down.
    """
    seen: set[generic.Reference] = set()
    waiting = [(top, 0) for top in reversed(tops)]
    while waiting:
        node, depth = waiting.pop()
        yield node
        kids = node["/Kids"] if "/Kids" in node else generic.ArrayObject()
        for i in reversed(range(len(kids))):
            kid = kids.raw_get(i)
            if isinstance(kid, generic.IndirectObject):
                if kid.reference in seen:
                    raise ValueError("a node is met twice: no tree")
                seen.add(kid.reference)
            waiting.append((kids[i], depth + 1))
        if depth > DEEPEST or len(seen) > MOST_VISITED or len(waiting) > MOST_VISITED:
            raise ValueError("a tree too deep or too large")


def _revisions(pdf: bytes, signatures: Sequence[EmbeddedPdfSignature]) -> list[str]:
    ends = [int(signature.byte_range[2]) + int(signature.byte_range[3]) for signature in signatures]
    return [hashlib.sha256(pdf[:end]).hexdigest() for end in ends]


@dataclass(frozen=True, slots=True)
class _Judged:
    """With what a signature is judged: who is trusted, what is known of the certificates, at which moment."""

    roots: tuple[x509.Certificate, ...]
    given_lists: tuple[crl.CertificateList, ...] = ()
    certificates: tuple[x509.Certificate, ...] = ()
    lists: tuple[crl.CertificateList, ...] = ()
    answers: tuple[ocsp.OCSPResponse, ...] = ()
    at: datetime | None = None

    def context(self, at: datetime | None = None) -> ValidationContext:
        return ValidationContext(
            trust_roots=list(self.roots),
            other_certs=list(self.certificates),
            crls=[*self.given_lists, *self.lists],
            ocsps=list(self.answers),
            moment=at or self.at,
            allow_fetching=False,
        )


def _validation_data(
    reader: PdfFileReader,
) -> tuple[tuple[x509.Certificate, ...], tuple[crl.CertificateList, ...], tuple[ocsp.OCSPResponse, ...]]:
    """The certificates, revocation lists and answers that a file brings along (PAdES B-LT), if any."""
    try:
        store = DocumentSecurityStore.read_dss(reader)
        return (
            tuple(store.load_certs()),
            tuple(crl.CertificateList.load(stream.get_object().data) for stream in store.crls),
            tuple(ocsp.OCSPResponse.load(stream.get_object().data) for stream in store.ocsps),
        )
    except MALFORMED:  # NoDSSFoundError is one
        return (), (), ()


def _judge(signature: EmbeddedPdfSignature, judged: _Judged) -> PdfSignatureStatus:
    """Judge a signature now (or `at`); when its certificate has expired since, at its own timestamp."""

    def judge(at: datetime | None) -> PdfSignatureStatus:
        signer, clock = judged.context(at), judged.context(at)
        return apart(
            lambda: validate_pdf_signature(
                signature,
                signer_validation_context=signer,
                ts_validation_context=clock,
                key_usage_settings=SIGNING,
            )
        )

    status = judge(None)
    stamped = status.timestamp_validity
    if status.trusted or judged.at is not None or stamped is None or not stamped.valid:
        return status
    at_its_timestamp = judge(stamped.timestamp)
    return at_its_timestamp if at_its_timestamp.trusted else status


def _timestamp_problem(reader: PdfFileReader, judged: _Judged) -> str:
    """Why a timestamp over the archived document does not hold; empty when all do, or there is none."""
    try:
        for signature in reader.embedded_timestamp_signatures:
            context = judged.context(judged.at or _made_at(signature))
            status = apart(lambda one=signature, by=context: validate_pdf_timestamp(one, by))  # type: ignore[misc]
            if not (status.intact and status.valid and status.trusted):
                return "L’horodatage de l’archive n’est pas valable."
    except MALFORMED:
        return "L’horodatage de l’archive est illisible, il a été abîmé ou modifié."
    return ""


def _made_at(timestamp: EmbeddedPdfSignature) -> datetime:
    content = timestamp.signed_data["encap_content_info"]["content"].parsed
    moment: datetime = content["gen_time"].native
    return moment


def _status(signature: EmbeddedPdfSignature, judged: _Judged) -> SignatureStatus:
    try:
        status = _judge(signature, judged)
        return SignatureStatus(
            field=signature.field_name,
            signer_name=common_name(status.signing_cert),
            role=_role(status),
            signed_at=status.signer_reported_dt,
            intact=status.intact,
            valid=status.valid,
            trusted=status.trusted,
            coverage=(status.coverage or SignatureCoverageLevel.UNCLEAR).name,
            problem=_problem(status, judged),
            timestamp=status.timestamp_validity.timestamp if status.timestamp_validity else None,
            certificate=status.signing_cert,
        )
    except MALFORMED:
        return SignatureStatus(
            field=signature.field_name,
            signer_name="",
            role="",
            signed_at=None,
            intact=False,
            valid=False,
            trusted=False,
            coverage=SignatureCoverageLevel.UNCLEAR.name,
            problem="cette signature est illisible, elle a été abîmée ou modifiée.",
        )


def _role(status: PdfSignatureStatus) -> str:
    """The role that the signer claimed when signing; empty when the signature tells none."""
    attributes = status.cades_signer_attrs
    if attributes is None or "role" not in attributes.claimed_attrs:
        return ""
    claimed = [value["role_name"] for value in attributes.claimed_attrs["role"].attr_values]
    names = [name.chosen.native for name in claimed if name.name == "directory_name"]
    return ", ".join(str(name["title"]) for name in names if "title" in name)


def _problem(status: PdfSignatureStatus, judged: _Judged) -> str:
    """Why a signature does not hold, the gravest first; empty when it does."""
    questions = (
        (status.intact, "le contenu signé a été modifié."),
        (status.valid, "la signature elle-même a été modifiée, ou n’est pas de la personne annoncée."),
        (status.docmdp_ok, "le document a été modifié après cette signature."),
        (not status.revoked, "le certificat de la personne qui signe a été révoqué."),
        (status.trusted, _distrust(status, judged.at) if judged.roots else UNJUDGED),
        (status.bottom_line, "l’horodatage de la signature n’est pas valide."),
    )
    return next((problem for holds, problem in questions if not holds), "")


def _distrust(status: PdfSignatureStatus, at: datetime | None) -> str:
    moment = at or datetime.now(tz=status.signing_cert.not_valid_after.tzinfo)
    if moment > status.signing_cert.not_valid_after:
        return "le certificat de la personne qui signe a expiré."
    return "le certificat ne vient pas d’une autorité reconnue ici."


def _uncovered(last: SignatureStatus) -> str:
    if last.coverage == SignatureCoverageLevel.ENTIRE_FILE.name:
        return ""
    return "Quelque chose a été ajouté au fichier après la dernière signature."


def lacking(signatures: int) -> str:
    """How many of the last signatures a file lacks."""
    last = plural(signatures, "la dernière signature", f"les {signatures} dernières signatures")
    return f"Il manque {last}"


def _not_as_stored(present: Sequence[str], stored: Sequence[str]) -> str:
    if not stored or list(present) == list(stored):
        return ""
    if list(present) == list(stored[: len(present)]):
        return f"{lacking(len(stored) - len(present))} : ce fichier est une version inachevée du document."
    return "Ce fichier n’est pas celui qui a été enregistré ici, bien que ses signatures soient valables."
