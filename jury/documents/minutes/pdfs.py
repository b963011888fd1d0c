"""The PDF of a PV after each step: its empty fields, the presidency's signature, the members', the seal."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils import timezone

from butrt.base.accounts.models import User
from butrt.base.documents.certificates import (
    SEAL,
    configured_revocations,
    configured_roots,
    configured_signer,
    configured_timestamper,
    personal_signer,
    presidency_signer,
)
from butrt.base.documents.longterm import add_validation_data
from butrt.base.documents.signing import (
    SignatureField,
    Signer,
    SigningRefused,
    add_signature_fields,
    check_own,
    check_recognised,
    sign,
)
from jury.documents.minutes.document import render_minutes
from jury.documents.minutes.signatories import PRESIDENT_FIELD, SEAL_FIELD, Signatory, signatories
from jury.models import Minutes, MinutesRevision


@contextmanager
def refused_in_french() -> Iterator[None]:
    """What a certificate or an authority refuses, as a ValidationError that says why."""
    try:
        yield
    except SigningRefused as refusal:
        raise ValidationError(str(refusal)) from None


def kept_signer(by: User, place: Signatory) -> Signer | None:
    """The certificate that the site keeps for this person: their account's, else the presidency's of before.

    None when there is none: they give their own. Raises SigningRefused for one that cannot be read, or that
    is in the name of somebody else.
    """
    kept = personal_signer(by.username)
    if kept is None and place.field == PRESIDENT_FIELD:
        kept = presidency_signer()
    if kept is not None:
        check_own(kept, str(by))
    return kept


def prepared(version: Minutes, code: str) -> MinutesRevision:
    """The PV with a field for each signature, unsaved. `code` is that of the PV as a document given out."""
    with refused_in_french():
        rendered = render_minutes(version, code)
        pdf = add_signature_fields(
            rendered.content,
            [
                SignatureField(
                    place.field,
                    f"Cachet de {place.name}" if place.field == SEAL_FIELD else f"Signature de {place.name}",
                    rendered.boxes[place.field],
                    closing=place.field == SEAL_FIELD,
                )
                for place in signatories(version.content)
            ],
        )
    return _revision(version, 0, "à signer", timezone.now(), pdf)


def signed(
    version: Minutes, last: MinutesRevision, place: Signatory, signer: Signer, *, by: User
) -> MinutesRevision:
    """The PV signed by a person after its `last` revision, unsaved. Raises ValidationError."""
    at = timezone.now()
    with refused_in_french():
        check_recognised(signer, configured_roots(), at)
        pdf = sign(
            bytes(last.pdf),
            field=place.field,
            signer=signer,
            reason=_reason(version),
            location=_city(version),
            role=place.role,
            name=place.name,
            signed_at=at,
            certify=place.field == PRESIDENT_FIELD,
            timestamper=configured_timestamper(),
        )
    return _revision(
        version, last.step + 1, f"{place.name}, {place.role}", at, pdf, signer=by, field=place.field
    )


def sealed(
    version: Minutes, last: MinutesRevision, waiting: Sequence[Signatory], *, by: User
) -> list[MinutesRevision]:
    """The PV with its validation data, when an authority timestamps, then sealed; unsaved.

    The fields of those still `waiting` stay empty for ever. Raises ValidationError.
    """
    steps = []
    with refused_in_french():
        seal, timestamper, pdf = configured_signer(SEAL), configured_timestamper(), bytes(last.pdf)
        check_recognised(seal, configured_roots(), timezone.now())
        if timestamper is not None:
            pdf = add_validation_data(
                pdf,
                seal,
                trust_roots=configured_roots(),
                revocation_lists=configured_revocations(),
                timestamper=timestamper,
            )
            steps.append(
                _revision(version, last.step + 1, "données de validation, horodatées", timezone.now(), pdf)
            )
        at = timezone.now()
        place = signatories(version.content)[-1]
        pdf = sign(
            pdf,
            field=SEAL_FIELD,
            signer=seal,
            reason=_reason(version),
            location=_city(version),
            role=place.role,
            name=place.name,
            signed_at=at,
            final=True,
            left_empty=[awaited.field for awaited in waiting],
            timestamper=timestamper,
        )
    step = last.step + len(steps) + 1
    return [*steps, _revision(version, step, f"{place.name}, cachet", at, pdf, signer=by, field=SEAL_FIELD)]


def _reason(version: Minutes) -> str:
    return f"Approbation du procès-verbal, version {version.version}"


def _city(version: Minutes) -> str:
    return str(version.content["context"]["department"]["city"])


def _revision(
    version: Minutes,
    step: int,
    label: str,
    at: datetime,
    pdf: bytes,
    *,
    signer: User | None = None,
    field: str = "",
) -> MinutesRevision:
    return MinutesRevision(
        minutes=version,
        step=step,
        field=field,
        label=label[:120],
        signer=signer,
        at=at,
        pdf=pdf,
        sha256=hashlib.sha256(pdf).hexdigest(),
    )
