"""Signing a PDF (PAdES, pyHanko): the fields first, then each person, the establishment's seal last.

    pdf = add_signature_fields(rendered.content, [SignatureField("sig-president", "Signature de …", box), …])
    pdf = sign(pdf, field="sig-president", signer=president, certify=True, …)
    pdf = sign(pdf, field="sig-seal", signer=seal, final=True, …)

What is signed keeps its bytes: each signature is added after them, and covers all that precedes it.
"""

import io
import textwrap
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from math import ceil, floor
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from asn1crypto import cms, x509
from fontTools.ttLib import TTFont
from pyhanko.keys import load_certs_from_pemder, load_private_key_from_pemder
from pyhanko.pdf_utils import generic, layout, text
from pyhanko.pdf_utils.font.opentype import GlyphAccumulatorFactory
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.ades.api import CAdESSignedAttrSpec, SignerAttrSpec
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.stamp import TextStampStyle
from pyhanko_certvalidator.registry import SimpleCertificateStore

from butrt.documents.render import STATIC, Box, MissingGlyph, Unprintable

PARIS = ZoneInfo("Europe/Paris")
MONTHS = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"
# Scaled to 1000 units per em, as PDF counts: of any other, pyHanko writes wrong widths (make_fonts.py).
STAMP_FONT = STATIC / "fonts" / "jury-stamp.ttf"
STAMP_SIZE = 7
STAMP_COLUMNS = 44
INK = (0x54 / 255, 0x33 / 255, 0xA8 / 255)  # the violet of documents.css: what a person decides

Result = TypeVar("Result")


class SigningRefused(ValueError):
    """The document cannot be signed so; the message says why, in French."""


@dataclass(frozen=True, slots=True)
class SignatureField:
    """A place to sign: `name` for the file, `label` for a person, `box` from RenderedPdf.boxes."""

    name: str
    label: str
    box: Box


@dataclass(frozen=True, slots=True)
class Signer:
    """Someone who can sign: a certificate, its chain, and the private key, never shown."""

    certificate: x509.Certificate
    machinery: signers.Signer = field(repr=False)

    @property
    def name(self) -> str:
        """The common name of the certificate, as the stamp prints it."""
        return common_name(self.certificate)


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
    except (ValueError, TypeError, AttributeError) as error:
        # AttributeError: a PKCS#12 without key; TypeError: a key that wants a passphrase.
        raise SigningRefused(
            f"Le certificat {certificate} ou sa clé n’est pas valide, ou le mot de passe est faux."
        ) from error
    return Signer(machinery.signing_cert, machinery)


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
            place.name, on_page=box.page, box=edges, readable_field_name=place.label, combine_annotation=True
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
    signed_at: datetime | None = None,
    final: bool = False,
    certify: bool = False,
    timestamper: TimeStamper | None = None,
) -> bytes:
    """Sign an empty field: PAdES B-B, or B-T when a timestamping service is given.

    `certify` is for the first signature: afterwards, nothing but signing is allowed. `final` is for the
    seal: every other field must be signed already, for the last signature alone covers the whole file.
    `role` is written in the stamp and, signed, in the signature (a claimed role of CAdES).
    `signed_at` is an aware datetime, now by default.

    Raise SigningRefused, or MissingGlyph for a name that the stamp's font cannot write.
    """
    moment = (signed_at or datetime.now(UTC)).astimezone(PARIS)
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    _check_field(writer, field, final=final, certify=certify)
    _check_validity(signer, moment)
    metadata = signers.PdfSignatureMetadata(
        field_name=field,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        name=signer.name,
        reason=reason,
        location=location,
        certify=certify,
        docmdp_permissions=fields.MDPPerm.FILL_FORMS,
        cades_signed_attr_spec=CAdESSignedAttrSpec(signer_attributes=_claimed_role(role)),
    )
    pdf_signer = _DatedSigner(
        metadata,
        signer=signer.machinery,
        stamp_style=_stamp(signer.name, role, moment),
        timestamper=timestamper,
    )
    pdf_signer.moment = moment
    signed = apart(lambda: pdf_signer.sign_pdf(writer, existing_fields_only=True))
    return bytes(signed.getvalue())


def french_moment(moment: datetime) -> str:
    """« 15 juillet 2025 à 16 h 42 », in Paris."""
    local = moment.astimezone(PARIS)
    day = "1er" if local.day == 1 else str(local.day)
    return f"{day} {MONTHS.split()[local.month - 1]} {local.year} à {local.hour} h {local.minute:02}"


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


def _check_field(writer: IncrementalPdfFileWriter, field: str, *, final: bool, certify: bool) -> None:
    states = {name: value is not None for name, value, _ in fields.enumerate_sig_fields(writer)}
    if field not in states:
        raise SigningRefused(f"Le document n’a pas de champ de signature « {field} ».")
    if states[field]:
        raise SigningRefused(f"Le champ « {field} » est déjà signé.")
    if certify and any(states.values()):
        raise SigningRefused("La signature qui certifie le document vient la première.")
    missing = [name for name, signed in states.items() if not signed and name != field]
    if final and missing:
        raise SigningRefused(
            f"Le cachet vient en dernier : {', '.join(missing)} n’est pas encore signé."
            if len(missing) == 1
            else f"Le cachet vient en dernier : {', '.join(missing)} ne sont pas encore signés."
        )


def _check_validity(signer: Signer, moment: datetime) -> None:
    start, end = signer.certificate.not_valid_before, signer.certificate.not_valid_after
    if not start <= moment <= end:
        raise SigningRefused(
            f"Le certificat de {signer.name} est valable du {french_moment(start)} au {french_moment(end)} : "
            f"il ne peut pas signer le {french_moment(moment)}."
        )


def _claimed_role(role: str) -> SignerAttrSpec:
    name = x509.GeneralName("directory_name", x509.Name.build({"title": role}))
    attribute = cms.AttCertAttribute({"type": "role", "values": [cms.RoleSyntax({"role_name": name})]})
    return SignerAttrSpec(claimed_attrs=[attribute], certified_attrs=[])


def _stamp(name: str, role: str, moment: datetime) -> TextStampStyle:
    lines = ["Signé électroniquement par", *_wrapped(f"{name}, {role}"), f"le {french_moment(moment)}"]
    for line in lines:
        for character in line:
            if character not in _stampable():
                raise MissingGlyph([Unprintable(character, line)])
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
    return textwrap.wrap(line, STAMP_COLUMNS, break_on_hyphens=False)


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
