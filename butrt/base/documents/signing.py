"""Signing a PDF (PAdES, pyHanko): the fields first, then each person, the establishment's seal last.

    pdf = add_signature_fields(rendered.content, [SignatureField("sig-president", "Signature de …", box), …])
    pdf = sign(pdf, field="sig-president", signer=president, certify=True, …)
    pdf = add_validation_data(pdf, seal, …)      (with a timestamping authority: see longterm.py)
    pdf = sign(pdf, field="sig-seal", signer=seal, final=True, …)

What is signed keeps its bytes: each signature is added after them, and covers all that precedes it.
"""

import asyncio
import io
import re
import textwrap
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from math import ceil, floor
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from asn1crypto import cms, keys, x509
from fontTools.ttLib import TTFont
from pyhanko.keys import load_certs_from_pemder, load_private_key_from_pemder
from pyhanko.pdf_utils import generic, layout, text
from pyhanko.pdf_utils.font.opentype import GlyphAccumulatorFactory
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.ades.api import CAdESSignedAttrSpec, SignerAttrSpec
from pyhanko.sign.timestamps import TimeStamper, TimestampRequestError
from pyhanko.stamp import TextStampStyle
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathError, ValidationError
from pyhanko_certvalidator.registry import SimpleCertificateStore

from butrt.base import french
from butrt.base.documents.characters import bracketed
from butrt.base.documents.kept import Box
from butrt.base.documents.render import STATIC
from butrt.base.outside import Limits, opened_apart
from butrt.base.words import folded

PARIS = ZoneInfo("Europe/Paris")
# Scaled to 1000 units per em, as PDF counts: of any other, pyHanko writes wrong widths (make_fonts.py).
STAMP_FONT = STATIC / "fonts" / "jury-stamp.ttf"
STAMP_SIZE = 7
STAMP_COLUMNS = 44
# What the certificates of butrt/base/documents/certificates.py say of themselves, and the stamp then too.
NO_VALUE = "sans valeur"
SIGNING_USAGES = frozenset({"digital_signature", "non_repudiation"})
# Documents, mail (personal certificates often say no more), the person, anything.
SIGNING_PURPOSES = frozenset(
    {
        "1.3.6.1.5.5.7.3.36",
        "1.2.840.113583.1.1.5",
        "microsoft_document_signing",
        "email_protection",
        "client_auth",
        "any_extended_key_usage",
    }
)
EVERY_FIELD = fields.FieldMDPSpec(fields.FieldMDPAction.ALL)
# A PKCS#12 without key: AttributeError; a key that wants a passphrase: TypeError.
UNREADABLE_KEY = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError)
CERTIFICATE = Limits(processor=3, time=10, memory=128 * 2**20)
LARGEST_KEY = 8192  # bits: beyond, one signature takes minutes
NO_TIMESTAMP = (
    "L’autorité d’horodatage n’a pas répondu, ou pas comme il faut : rien n’est signé. Réessayer plus tard ; "
    "si cela dure, l’administration du site vérifie BUTRT_TSA_URL."
)
INK = (0x54 / 255, 0x33 / 255, 0xA8 / 255)  # the violet of documents.css: what a person decides

Result = TypeVar("Result")


class SigningRefused(ValueError):
    """The document cannot be signed so; the message says why, in French."""


@dataclass(frozen=True, slots=True)
class SignatureField:
    """A place to sign: `name` for the file, `label` for a person, `box` from RenderedPdf.boxes.

    Once a `closing` one is signed, the file says that nothing may change any more: the seal's.
    """

    name: str
    label: str
    box: Box
    closing: bool = False


@dataclass(frozen=True, slots=True)
class Signer:
    """Someone who can sign: a certificate, its chain, and the private key, never shown."""

    certificate: x509.Certificate
    machinery: signers.Signer = field(repr=False)

    @property
    def name(self) -> str:
        """The common name of the certificate, as the stamp prints it."""
        return common_name(self.certificate)

    @property
    def trial(self) -> bool:
        """Whether the certificate says of itself that it has no value."""
        return NO_VALUE in self.certificate.subject.human_friendly


def load_signer(certificate: Path, key: Path | None = None, *, passphrase: str | None = None) -> Signer:
    """Read a signer from a PKCS#12 file (.p12, .pfx), or from a PEM certificate and its PEM key.

    A PEM certificate may be followed by its chain in the same file.
    Raise SigningRefused when a file is missing, unreadable, or its passphrase wrong.
    """
    secret = passphrase.encode() if passphrase is not None else None
    try:
        if key is None:
            machinery = signers.SimpleSigner.load_pkcs12_data(certificate.read_bytes(), (), secret)
        else:
            own, *chain = load_certs_from_pemder([certificate])
            known = SimpleCertificateStore()
            known.register_multiple(chain)
            machinery = signers.SimpleSigner(own, load_private_key_from_pemder(key, secret), known)
    except OSError as error:
        raise SigningRefused(f"Le certificat {error.filename} ne peut pas être lu.") from error
    except UNREADABLE_KEY as error:
        raise SigningRefused(
            f"Le certificat {certificate} ou sa clé n’est pas valide, ou le mot de passe est faux."
        ) from error
    return Signer(machinery.signing_cert, machinery)


def signer_from_pkcs12(content: bytes, passphrase: str) -> Signer:
    """Read a person's own .p12 or .pfx, given at the moment of signing: in memory, nowhere else.

    Raise SigningRefused when it is none, has no key, or its passphrase is wrong; the message quotes neither.
    """
    opened = unlocked(content, passphrase)
    if opened is None:
        raise SigningRefused(
            "Ce fichier n’est pas un certificat avec sa clé (.p12 ou .pfx), ou le mot de passe est faux."
        )
    key, own, chain = opened
    known = SimpleCertificateStore()
    known.register_multiple(x509.Certificate.load(other) for other in chain)
    certificate = x509.Certificate.load(own)
    return Signer(certificate, signers.SimpleSigner(certificate, keys.PrivateKeyInfo.load(key), known))


@opened_apart(SigningRefused, CERTIFICATE)
def unlocked(content: bytes, passphrase: str) -> tuple[bytes, bytes, list[bytes]] | None:
    """The key, its certificate and the others of a .p12, in DER; None when it does not open.

    Its maker chooses how long its passphrase takes to try: 2³¹ rounds are a day.
    """
    try:
        machinery = signers.SimpleSigner.load_pkcs12_data(content, (), passphrase.encode())
        machinery.signing_cert.native  # noqa: B018 (read whole here, not later in a page)
    except UNREADABLE_KEY:
        return None  # without the cause: a traceback must not carry the passphrase to a log
    if machinery.signing_key.bit_size > LARGEST_KEY:
        raise SigningRefused(
            f"La clé de ce certificat fait {machinery.signing_key.bit_size} bits, {LARGEST_KEY} au plus sont "
            "acceptés."
        )
    chain = [other.dump() for other in machinery.cert_registry]
    return machinery.signing_key.dump(), machinery.signing_cert.dump(), chain


def check_own(signer: Signer, name: str) -> None:
    """Refuse the certificate of someone else than the account's person. Raise SigningRefused."""
    if not made_out_to(signer.certificate, name):
        raise SigningRefused(
            f"Ce certificat est au nom de « {without_mention(signer.name)} », votre compte est celui de "
            f"« {name} » : on signe avec son propre certificat. Donner le vôtre (fichier .p12) ; si c’est le "
            "nom de votre compte qui est faux ou incomplet, l’administration le corrige."
        )


def made_out_to(certificate: x509.Certificate, name: str) -> bool:
    """Whether a certificate is this person's: it holds every word of their name, whatever case and order.

    It may hold other given names: « Béatrice Vaucresson » may sign as « VAUCRESSON Béatrice Anne ». No word
    of the surname that it tells may be missing: « Jean MARTIN » may not sign as « Jean Martin DUPONT ».
    """
    expected = name_words(name)
    surname = name_words(str(certificate.subject.native.get("surname") or ""))
    return len(expected) >= 2 and expected <= name_words(common_name(certificate)) and surname <= expected


def bears(certificate: x509.Certificate, name: str) -> bool:
    """Whether a certificate can be this person's: as `made_out_to`, or as was asked before (a shorter name).

    For who verifies: what was rightly signed then stays so.
    """
    written = name_words(common_name(certificate))
    return made_out_to(certificate, name) or (len(written) >= 2 and written <= name_words(name))


def check_recognised(signer: Signer, roots: Sequence[x509.Certificate], moment: datetime) -> None:
    """Refuse a certificate that no verifier here would trust. Raise SigningRefused."""
    certificate = signer.certificate
    chain = [other.dump() for other in signer.machinery.cert_registry]
    if comes_from(certificate.dump(), chain, [root.dump() for root in roots], moment):
        return
    if certificate.self_signed != "no":
        raise SigningRefused(
            f"Le certificat de {signer.name} est signé par lui-même : aucune autorité ne dit de qui il est. "
            "En demander un à votre établissement."
        )
    issuer = certificate.issuer.human_friendly
    raise SigningRefused(
        f"Le certificat de {signer.name} vient d’une autorité que ce site ne reconnaît pas ({issuer}) : "
        "l’administration du site ajoute celle-ci à ses autorités (dossier roots des certificats)."
    )


@opened_apart(SigningRefused, CERTIFICATE)
def comes_from(certificate: bytes, chain: Sequence[bytes], roots: Sequence[bytes], moment: datetime) -> bool:
    """Whether a chain leads from a certificate to an authority, all in DER; a chain may be a maze."""
    context = ValidationContext(
        trust_roots=[x509.Certificate.load(root) for root in roots],
        other_certs=[x509.Certificate.load(other) for other in chain],
        moment=moment,
        allow_fetching=False,
    )
    validator = CertificateValidator(x509.Certificate.load(certificate), validation_context=context)
    try:
        apart(lambda: asyncio.run(validator.async_validate_path()))
    except (PathError, ValidationError):
        return False
    return True


def without_mention(name: str) -> str:
    """A certificate's name without what says that it is for trials."""
    return name.partition(" (")[0] if NO_VALUE in name else name


def name_words(name: str) -> set[str]:
    """The words of a name, whatever their order, case and accents: "VAUCRESSON Béatrice" is hers."""
    return set(re.findall(r"[^\W\d_]+", folded(without_mention(name))))


def common_name(certificate: x509.Certificate) -> str:
    """The name a certificate is made out to."""
    subject = certificate.subject.native
    return str(subject.get("common_name") or certificate.subject.human_friendly)


def add_signature_fields(pdf: bytes, places: Sequence[SignatureField]) -> bytes:
    """Add every empty field that will be signed: none can be added after the first signature.

    Each is tagged (a Form in the structure), as PDF/UA asks.
    """
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    for place in places:
        box = place.box
        edges = (ceil(box.left), ceil(box.bottom), floor(box.right), floor(box.top))
        spec = fields.SigFieldSpec(
            place.name,
            on_page=box.page,
            box=edges,
            readable_field_name=place.label,
            combine_annotation=True,
            field_mdp_spec=EVERY_FIELD if place.closing else None,
            doc_mdp_update_value=fields.MDPPerm.NO_CHANGES if place.closing else None,
        )
        fields.append_signature_field(writer, spec)
    # pyHanko reads the fields' references from a file only: write, then tag in the same file.
    with_fields = io.BytesIO()
    writer.write(with_fields)
    tagged = IncrementalPdfFileWriter(with_fields)
    _tag_fields(tagged)
    output = io.BytesIO()
    tagged.write(output)
    return output.getvalue()


def sign(
    pdf: bytes,
    *,
    field: str,
    signer: Signer,
    reason: str,
    location: str,
    role: str,
    name: str = "",
    signed_at: datetime | None = None,
    final: bool = False,
    left_empty: Collection[str] = (),
    certify: bool = False,
    timestamper: TimeStamper | None = None,
) -> bytes:
    """Sign an empty field: PAdES B-B, or B-T when a timestamping service is given.

    `certify` is for the first signature: afterwards, nothing but signing is allowed. `final` is for the
    seal: every other field must be signed already, for the last signature alone covers the whole file; those
    `left_empty` will stay so. `name` is the account's, printed before the certificate's when they differ.
    `role` is written in the stamp and, signed, in the signature (a claimed role of CAdES).
    `signed_at` is an aware datetime, now by default.

    Raise SigningRefused. What the stamp's font cannot write is replaced by its name.
    """
    moment = (signed_at or datetime.now(UTC)).astimezone(PARIS)
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    _check_field(writer, field, final=final, left_empty=left_empty, certify=certify)
    check_usable(signer, moment)
    metadata = signers.PdfSignatureMetadata(
        field_name=field,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        name=signer.name,
        reason=reason,
        location=location,
        certify=certify,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES if final else fields.MDPPerm.FILL_FORMS,
        cades_signed_attr_spec=CAdESSignedAttrSpec(signer_attributes=_claimed_role(role)),
    )
    pdf_signer = _DatedSigner(
        metadata,
        signer=signer.machinery,
        stamp_style=_stamp(signer, name, role, reason, moment),
        timestamper=timestamper,
    )
    pdf_signer.moment = moment
    try:
        signed = apart(lambda: pdf_signer.sign_pdf(writer, existing_fields_only=True))
    except TimestampRequestError:
        raise SigningRefused(NO_TIMESTAMP) from None
    return bytes(signed.getvalue())


def apart(call: Callable[[], Result]) -> Result:
    """Call in a thread of its own: pyHanko runs an event loop, and the caller's thread may have one."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(call).result()


class _DatedSigner(signers.PdfSigner):
    """pyHanko's signer at a given moment: its own reads the clock in the machine's time zone."""

    moment: datetime

    def init_signing_session(self, *args: Any, **options: Any) -> signers.pdf_signer.PdfSigningSession:
        session = super().init_signing_session(*args, **options)
        session.system_time = self.moment
        return session


def _check_field(
    writer: IncrementalPdfFileWriter, field: str, *, final: bool, left_empty: Collection[str], certify: bool
) -> None:
    states = {name: value is not None for name, value, _ in fields.enumerate_sig_fields(writer)}
    if field not in states:
        raise SigningRefused(f"Le document n’a pas de champ de signature « {field} ».")
    if states[field]:
        raise SigningRefused(f"Le champ « {field} » est déjà signé.")
    if certify and any(states.values()):
        raise SigningRefused("La signature qui certifie le document vient la première.")
    missing = [name for name, signed in states.items() if not (signed or name == field or name in left_empty)]
    if final and missing:
        raise SigningRefused(
            f"Le cachet vient en dernier : {', '.join(missing)} n’est pas encore signé."
            if len(missing) == 1
            else f"Le cachet vient en dernier : {', '.join(missing)} ne sont pas encore signés."
        )


def check_usable(signer: Signer, moment: datetime) -> None:
    """Refuse a certificate out of its dates, or made for something else than signing a document."""
    certificate = signer.certificate
    start, end = certificate.not_valid_before, certificate.not_valid_after
    if not start <= moment <= end:
        first, last, now = (french.date(when, french.MOMENT) for when in (start, end, moment))
        raise SigningRefused(
            f"Le certificat de {signer.name} est valable du {first} au {last} : "
            f"il ne peut pas signer le {now}."
        )
    usages, purposes = certificate.key_usage_value, certificate.extended_key_usage_value
    may_sign = usages is None or not SIGNING_USAGES.isdisjoint(usages.native)
    for_documents = purposes is None or not SIGNING_PURPOSES.isdisjoint(purposes.native)
    if certificate.ca or not may_sign or not for_documents:
        raise SigningRefused(f"Le certificat de {signer.name} n’est pas fait pour signer un document.")


def _claimed_role(role: str) -> SignerAttrSpec:
    name = x509.GeneralName("directory_name", x509.Name.build({"title": role}))
    attribute = cms.AttCertAttribute({"type": "role", "values": [cms.RoleSyntax({"role_name": name})]})
    return SignerAttrSpec(claimed_attrs=[attribute], certified_attrs=[])


def _stamp(signer: Signer, name: str, role: str, reason: str, moment: datetime) -> TextStampStyle:
    certified = without_mention(signer.name)
    lines = [
        *_wrapped(f"Signé électroniquement par {name or certified}, {role}"),
        f"le {french.date(moment, french.MOMENT)}, heure de Paris",
        *_wrapped(reason),
    ]
    if name and name_words(name) != name_words(certified):
        lines += _wrapped(f"Certificat de {certified}")
    if signer.trial:
        lines.append("Certificat d’essai, sans valeur")
    left = layout.SimpleBoxLayoutRule(
        x_align=layout.AxisAlignment.ALIGN_MIN,
        y_align=layout.AxisAlignment.ALIGN_MID,
    )
    return TextStampStyle(
        stamp_text="\n".join(lines).replace("%", "%%"),
        border_width=0,
        inner_content_layout=left,
        text_box_style=text.TextBoxStyle(
            font=GlyphAccumulatorFactory(str(STAMP_FONT), STAMP_SIZE, create_objstream_if_needed=False),
            font_size=STAMP_SIZE,
            leading=STAMP_SIZE + 2,
            text_color=INK,
            box_layout_rule=left,
        ),
    )


def _wrapped(line: str) -> list[str]:
    return textwrap.wrap(bracketed(line, _stampable()), STAMP_COLUMNS, break_on_hyphens=False)


@cache
def _stampable() -> frozenset[str]:
    with TTFont(STAMP_FONT, lazy=True) as font:
        return frozenset(map(chr, font.getBestCmap()))


def _tag_fields(writer: IncrementalPdfFileWriter) -> None:
    """Give each field its place in the structure (PDF/UA-1, 7.18.4: a widget stands in a Form)."""
    tree = writer.root["/StructTreeRoot"]
    top, top_reference = tree["/K"][0], tree["/K"].raw_get(0)
    parents = tree["/ParentTree"]["/Nums"]
    following = max(int(parents[i]) for i in range(0, len(parents), 2)) + 1
    places = writer.root["/AcroForm"]["/Fields"]
    for i in range(len(places)):
        place, place_reference = places[i], places.raw_get(i)
        page_reference = place.raw_get("/P")
        form = generic.DictionaryObject(
            {
                pdf_name("/Type"): pdf_name("/StructElem"),
                pdf_name("/S"): pdf_name("/Form"),
                pdf_name("/P"): top_reference,
                pdf_name("/Pg"): page_reference,
                pdf_name("/Alt"): generic.TextStringObject(str(place["/TU"])),
                pdf_name("/K"): generic.DictionaryObject(
                    {
                        pdf_name("/Type"): pdf_name("/OBJR"),
                        pdf_name("/Obj"): place_reference,
                        pdf_name("/Pg"): page_reference,
                    }
                ),
            }
        )
        form_reference = writer.add_object(form)
        top["/K"].append(form_reference)
        place[pdf_name("/StructParent")] = generic.NumberObject(following + i)
        parents.append(generic.NumberObject(following + i))
        parents.append(form_reference)
        writer.mark_update(place_reference)
    writer.update_container(parents)
    writer.mark_update(top_reference)
    writer.update_container(top["/K"])
