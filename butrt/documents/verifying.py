"""Is this PDF the one that was signed? Answers in French, to anyone, about any file."""

import hashlib
import io
import logging
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from asn1crypto import x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import PdfSignatureStatus, SignatureCoverageLevel, validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko_certvalidator import ValidationContext

from butrt.documents.signing import apart, common_name

# It tells each difference at length (100 kB for one altered page) and we tell it in one sentence.
logging.getLogger("pyhanko.sign.diff_analysis").setLevel(logging.CRITICAL)
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
)
DEEPEST = 20


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


@dataclass(frozen=True, slots=True)
class Verification:
    """What can be said of a file. `intact` is the answer; `problem` tells what is wrong, or is empty."""

    intact: bool
    signatures: tuple[SignatureStatus, ...] = ()
    attachments: Mapping[str, bytes] = field(default_factory=dict)
    problem: str = ""


def verify(
    pdf: bytes,
    *,
    trust_roots: Sequence[x509.Certificate],
    stored_revisions: Sequence[str] = (),
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
        signatures = reader.embedded_regular_signatures
    except MALFORMED:
        return Verification(False, problem="Ce fichier n’est pas un PDF lisible, ou il est abîmé.")
    attachments = embedded_files(pdf)
    if not signatures:
        return Verification(False, (), attachments, "Ce document ne porte aucune signature.")
    statuses = tuple(_status(signature, trust_roots, at) for signature in signatures)
    problem = (
        next((f"{status.field} : {status.problem}" for status in statuses if status.problem), "")
        or _uncovered(statuses[-1])
        or _not_as_stored(_revisions(pdf, signatures), stored_revisions)
    )
    return Verification(not problem, statuses, attachments, problem)


def revisions(pdf: bytes) -> list[str]:
    """The SHA-256 of the file as each signature left it, in order; empty when nothing is signed."""
    try:
        return _revisions(pdf, PdfFileReader(io.BytesIO(pdf), strict=False).embedded_regular_signatures)
    except MALFORMED:
        return []


def embedded_files(pdf: bytes) -> dict[str, bytes]:
    """The attachments of a file by name, as its last revision gives them; empty when it cannot be read."""
    try:
        names = PdfFileReader(io.BytesIO(pdf), strict=False).root["/Names"]["/EmbeddedFiles"]
        return {str(entry["/UF"]): entry["/EF"]["/F"].data for entry in _leaves(names)}
    except MALFORMED:
        return {}


def _leaves(node: generic.DictionaryObject, depth: int = 0) -> Iterator[generic.DictionaryObject]:
    """The file specifications of a name tree, which an adversary may have made endless."""
    if depth > DEEPEST:
        raise ValueError("name tree too deep")
    names = node.get("/Names", [])
    yield from (names[i] for i in range(1, len(names), 2))
    branches = node.get("/Kids", [])
    for i in range(len(branches)):
        yield from _leaves(branches[i], depth + 1)


def _revisions(pdf: bytes, signatures: Sequence[EmbeddedPdfSignature]) -> list[str]:
    ends = [int(signature.byte_range[2]) + int(signature.byte_range[3]) for signature in signatures]
    return [hashlib.sha256(pdf[:end]).hexdigest() for end in ends]


def _status(
    signature: EmbeddedPdfSignature, trust_roots: Sequence[x509.Certificate], at: datetime | None
) -> SignatureStatus:
    try:
        context = ValidationContext(trust_roots=list(trust_roots), moment=at, allow_fetching=False)
        status = apart(lambda: validate_pdf_signature(signature, signer_validation_context=context))
        return SignatureStatus(
            field=signature.field_name,
            signer_name=common_name(status.signing_cert),
            role=_role(status),
            signed_at=status.signer_reported_dt,
            intact=status.intact,
            valid=status.valid,
            trusted=status.trusted,
            coverage=(status.coverage or SignatureCoverageLevel.UNCLEAR).name,
            problem=_problem(status, at),
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


def _problem(status: PdfSignatureStatus, at: datetime | None) -> str:
    """Why a signature does not hold, the gravest first; empty when it does."""
    questions = (
        (status.intact, "le contenu signé a été modifié."),
        (status.valid, "la signature elle-même a été modifiée, ou n’est pas de la personne annoncée."),
        (status.docmdp_ok, "le document a été modifié après cette signature."),
        (not status.revoked, "le certificat de la personne qui signe a été révoqué."),
        (status.trusted, _distrust(status, at)),
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


def _not_as_stored(found: Sequence[str], stored: Sequence[str]) -> str:
    if not stored or list(found) == list(stored):
        return ""
    if list(found) == list(stored[: len(found)]):
        missing = len(stored) - len(found)
        signatures = "la dernière signature" if missing == 1 else f"les {missing} dernières signatures"
        return f"Il manque {signatures} : ce fichier est une version inachevée du document."
    return "Ce fichier n’est pas celui qui a été enregistré ici, bien que ses signatures soient valables."
