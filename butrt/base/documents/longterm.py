"""What makes a signature verifiable for decades: validation data in the file, and a timestamp over them.

PAdES B-LT: the certificates and the revocation lists that tell, today, that each signature holds. B-LTA: a
timestamp of the document over them all, so that they stay proven once certificates have expired. Both come
before the seal, which stays the last signature: every reader of PDF then finds that it covers the whole file.
"""

import asyncio
import io
from collections.abc import Sequence

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

from butrt.base.documents.signing import NO_TIMESTAMP, Signer, SigningRefused, apart

TIMESTAMP_FIELD = "horodatage-archive"


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

    `fetch` asks the authorities named in the certificates for their revocation lists, beside those given.
    Raise SigningRefused when a certificate is no longer recognised, or the authority does not answer.
    """
    context = ValidationContext(
        trust_roots=list(trust_roots),
        other_certs=list(seal.machinery.cert_registry),
        crls=list(revocation_lists),
        allow_fetching=fetch,
        revocation_mode="soft-fail",
    )
    try:
        return apart(lambda: asyncio.run(_add(pdf, seal, context, timestamper)))
    except (ValidationError, PathBuildingError, PathValidationError) as error:
        raise SigningRefused(
            f"Les données de validation ne peuvent pas être réunies avant le cachet : {error}"
        ) from error
    except (TimestampRequestError, SigningError, PdfError) as error:
        raise SigningRefused(NO_TIMESTAMP) from error


async def _add(pdf: bytes, seal: Signer, context: ValidationContext, timestamper: TimeStamper) -> bytes:
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
