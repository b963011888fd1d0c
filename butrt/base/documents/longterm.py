"""What makes a signature verifiable for decades: validation data in the file, and a timestamp over them.

PAdES B-LT: the certificates and the revocation lists that tell, today, that each signature holds. B-LTA: a
timestamp of the document over them all, so that they stay proven once certificates have expired. Both come
before the seal, which stays the last signature: every reader of PDF then finds that it covers the whole file.
"""

import asyncio
import io
from collections.abc import Sequence
from contextlib import aclosing, suppress

from asn1crypto import crl, x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_signer import PdfTimeStamper, TimestampDSSContentSettings
from pyhanko.sign.timestamps import TimeStamper, TimestampRequestError
from pyhanko.sign.validation import DocumentSecurityStore, collect_validation_info
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathBuildingError, PathValidationError, ValidationError
from pyhanko_certvalidator.fetchers.aiohttp_fetchers import AIOHttpFetcherBackend
from pyhanko_certvalidator.fetchers.api import FetchLimits, OwnedFetcherBackend

from butrt.base.documents.signing import NO_TIMESTAMP, Signer, SigningRefused, apart

TIMESTAMP_FIELD = "horodatage-archive"
# What the authorities that the certificates name may take: each answer, then all of them.
ANSWERS_IN = 4  # seconds
ALL_IN = 12  # seconds
FETCHED = FetchLimits(max_requests=40, max_cert_requests=10)


def add_validation_data(
    pdf: bytes,
    seal: Signer,
    *,
    trust_roots: Sequence[x509.Certificate],
    revocation_lists: Sequence[crl.CertificateList] = (),
    timestamper: TimeStamper,
    fetch: bool = True,
) -> bytes:
    """Add to a signed file all that will tell that its signatures held, and its seal to come: B-LT, B-LTA.

    `fetch` asks the authorities named in the certificates for their revocation lists, beside those given;
    when one of them is mute, it is done without.
    Raise SigningRefused when a certificate is no longer recognised, or the timestamping authority does not
    answer.
    """

    def context(*, fetch: bool) -> ValidationContext:
        return ValidationContext(
            trust_roots=list(trust_roots),
            other_certs=list(seal.machinery.cert_registry),
            crls=list(revocation_lists),
            allow_fetching=fetch,
            fetcher_backend=OwnedFetcherBackend(AIOHttpFetcherBackend(None, ANSWERS_IN, limits=FETCHED)),
            revocation_mode="soft-fail",
        )

    async def add() -> bytes:
        if fetch:
            with suppress(TimeoutError):
                async with asyncio.timeout(ALL_IN):
                    return await _add(pdf, seal, context(fetch=True), timestamper)
        return await _add(pdf, seal, context(fetch=False), timestamper)

    try:
        return apart(lambda: asyncio.run(add()))
    except (ValidationError, PathBuildingError, PathValidationError) as error:
        raise SigningRefused(
            f"Les données de validation ne peuvent pas être réunies avant le cachet : {error}"
        ) from error
    except (TimestampRequestError, SigningError, PdfError) as error:
        raise SigningRefused(NO_TIMESTAMP) from error


async def _add(pdf: bytes, seal: Signer, context: ValidationContext, timestamper: TimeStamper) -> bytes:
    """The file with the data that a context finds, timestamped; its connections end with it."""
    async with aclosing(context):
        paths = []
        for signature in PdfFileReader(io.BytesIO(pdf)).embedded_regular_signatures:
            paths += await collect_validation_info(signature, context)
        paths.append(
            await CertificateValidator(seal.certificate, validation_context=context).async_validate_path()
        )
        output = io.BytesIO(pdf)
        DocumentSecurityStore.add_dss(output, None, paths=paths, validation_context=context)
        stamped = await PdfTimeStamper(
            timestamper, field_name=TIMESTAMP_FIELD, readable_field_name="Horodatage de l’archive"
        ).async_timestamp_pdf(
            IncrementalPdfFileWriter(output),
            "sha256",
            validation_context=context,
            dss_settings=TimestampDSSContentSettings(include_vri=False),
        )
        return bytes(stamped.getvalue())
