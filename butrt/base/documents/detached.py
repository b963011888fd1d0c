"""Signing a file of any kind beside it (CMS, RFC 5652), and judging such a signature.

Anyone may do the same: openssl cms -verify -binary -inform DER -purpose any -in NAME.p7s -content NAME
-CAfile ROOTS.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from asn1crypto import cms, crl, x509
from pyhanko.sign.ades.api import CAdESSignedAttrSpec
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko.sign.timestamps import TimeStamper, TimestampRequestError
from pyhanko.sign.validation.generic_cms import async_validate_detached_cms
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import StandardCMSSignatureStatus
from pyhanko_certvalidator import ValidationContext

from butrt.base.documents.signing import (
    NO_TIMESTAMP,
    SIGNING_USAGES,
    Signer,
    SigningRefused,
    apart,
    check_usable,
    common_name,
)
from butrt.base.documents.verifying import MALFORMED
from butrt.base.outside import Limits, opened_apart

MANY = Limits(processor=120, time=240, memory=512 * 2**20)
SIGNING = KeyUsageConstraints(key_usage=SIGNING_USAGES)


def sign_beside(
    content: bytes,
    signer: Signer,
    *,
    signed_at: datetime | None = None,
    timestamper: TimeStamper | None = None,
) -> bytes:
    """The signature of a file, in DER, dated by an authority when one is given. Raise SigningRefused."""
    moment = signed_at or datetime.now(UTC)
    check_usable(signer, moment)
    attributes = PdfCMSSignedAttributes(signing_time=moment, cades_signed_attrs=CAdESSignedAttrSpec())
    try:
        signed = apart(
            lambda: asyncio.run(
                signer.machinery.async_sign_general_data(
                    content,
                    "sha256",
                    detached=True,
                    use_cades=True,
                    timestamper=timestamper,
                    signed_attr_settings=attributes,
                )
            )
        )
    except TimestampRequestError:
        raise SigningRefused(NO_TIMESTAMP) from None
    der: bytes = signed.dump()
    return der


@dataclass(frozen=True, slots=True)
class Beside:
    """What is said of a signature: `problem` is empty when it holds; who signed; when an authority saw it."""

    problem: str
    signer_name: str = ""
    subject: bytes = b""  # the whole name of the certificate, in DER
    timestamp: datetime | None = None


class TooLong(ValueError):
    """So many signatures, or so odd, that their examination was stopped."""


@opened_apart(TooLong, MANY)
def judge_beside(
    signed: Sequence[tuple[bytes, bytes, datetime]], *, roots: Sequence[bytes], lists: Sequence[bytes]
) -> list[Beside]:
    """Judge each (file, signature, when it says that it was made), whatever they hold. Raises `TooLong`.

    `roots` and `lists`: the authorities trusted and what they revoked, in DER. A certificate is judged at
    the moment of the timestamp or, without one, at the moment claimed: a signature outlives it.
    """
    trusted = [x509.Certificate.load(root) for root in roots]
    revoked = [crl.CertificateList.load(der) for der in lists]
    return [_judge(content, der, at, trusted, revoked) for content, der, at in signed]


def _judge(
    content: bytes,
    der: bytes,
    claimed: datetime,
    roots: list[x509.Certificate],
    lists: list[crl.CertificateList],
) -> Beside:
    try:
        information = cms.ContentInfo.load(der, strict=True)
        if information["content_type"].native != "signed_data":
            return Beside("ce n’est pas une signature")
        data = information["content"]
        status = _status(content, data, claimed, roots, lists)
        stamped = status.timestamp_validity
        if stamped is not None and stamped.valid and stamped.trusted:
            status = _status(content, data, stamped.timestamp, roots, lists)
        name, subject = common_name(status.signing_cert), status.signing_cert.subject.dump()
    except MALFORMED:
        return Beside("la signature est illisible")
    seen = stamped.timestamp if stamped is not None and stamped.valid and stamped.trusted else None
    return Beside(_problem(status, stamped is not None and seen is None), name, subject, seen)


def _status(
    content: bytes,
    data: cms.SignedData,
    at: datetime,
    roots: list[x509.Certificate],
    lists: list[crl.CertificateList],
) -> StandardCMSSignatureStatus:
    def context() -> ValidationContext:
        return ValidationContext(trust_roots=roots, crls=lists, moment=at, allow_fetching=False)

    return apart(
        lambda: asyncio.run(
            async_validate_detached_cms(
                content,
                data,
                signer_validation_context=context(),
                ts_validation_context=context(),
                key_usage_settings=SIGNING,
            )
        )
    )


def _problem(status: StandardCMSSignatureStatus, doubtful_timestamp: bool) -> str:
    if not (status.intact and status.valid):
        return "le fichier n’est pas celui qui a été signé"
    if not status.trusted:
        return "aucune autorité que ce site reconnaît n’a délivré le certificat qui signe"
    if doubtful_timestamp:
        return "son horodatage ne vient d’aucune autorité que ce site reconnaît"
    return ""
