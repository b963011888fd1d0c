"""The signatures of a PV: the president's, which certifies it, then the establishment's seal over it all."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone

from butrt.accounts.models import User
from butrt.documents.certificates import PRESIDENT, SEAL, configured_signer, configured_timestamper
from butrt.documents.render import MissingGlyph
from butrt.documents.signing import SignatureField, Signer, SigningRefused, add_signature_fields, sign
from jury.minutes.document import render_minutes
from jury.models import Minutes, MinutesRevision

PRESIDENT_FIELD, SEAL_FIELD = "sig-president", "sig-seal"
# Where a department with several presidents keeps one certificate an account: people/b.vaucresson.p12
PERSONAL = "people"


def signed_revisions(version: Minutes, *, by: User, code: str = "") -> list[MinutesRevision]:
    """The PDF of a version after each step, unsaved: its empty fields, the president's signature, the seal.

    `by` signs with `people/<user name>` (.p12, or .crt and .key) of the certificates' directory if it is
    there, else with `president`. Needs `version.session`. `code` is that of the PV as a document given out.
    Raises ValidationError, in French, telling which certificate is missing where or which name cannot print.
    """
    try:
        president, seal = president_signer(by), configured_signer(SEAL)
        return _revisions(version, by, president, seal, code, at=timezone.now())
    except (SigningRefused, MissingGlyph) as refusal:
        raise ValidationError(str(refusal)) from refusal


def president_signer(by: User) -> Signer:
    """The certificate of this account if there is one, else the president's."""
    directory = Path(settings.BUTRT_CERTIFICATES_DIR) / PERSONAL
    if any((directory / f"{by.username}{kind}").exists() for kind in (".p12", ".crt")):
        return configured_signer(f"{PERSONAL}/{by.username}")
    return configured_signer(PRESIDENT)


def _revisions(
    version: Minutes, by: User, president: Signer, seal: Signer, code: str, *, at: datetime
) -> list[MinutesRevision]:
    session = version.content["session"]
    department = version.content["context"]["department"]
    reason = f"Approbation du procès-verbal, version {version.version}"
    timestamper = configured_timestamper()
    rendered = render_minutes(version, code)
    pdf = add_signature_fields(
        rendered.content,
        [
            SignatureField(
                PRESIDENT_FIELD, f"Signature de {session['president']}", rendered.boxes[PRESIDENT_FIELD]
            ),
            SignatureField(SEAL_FIELD, f"Cachet de {department['institute']}", rendered.boxes[SEAL_FIELD]),
        ],
    )
    steps = [_revision(version, 0, "à signer", None, at, pdf)]
    pdf = sign(
        pdf,
        field=PRESIDENT_FIELD,
        signer=president,
        reason=reason,
        location=department["city"],
        role="présidence du jury",
        signed_at=at,
        certify=True,
        timestamper=timestamper,
    )
    steps.append(_revision(version, 1, f"{by}, présidence du jury", by, at, pdf))
    pdf = sign(
        pdf,
        field=SEAL_FIELD,
        signer=seal,
        reason=reason,
        location=department["city"],
        role="cachet de l’établissement",
        signed_at=at,
        final=True,
        timestamper=timestamper,
    )
    steps.append(_revision(version, 2, f"{department['institute']}, cachet", None, at, pdf))
    return steps


def _revision(
    version: Minutes, step: int, label: str, signer: User | None, at: datetime, pdf: bytes
) -> MinutesRevision:
    return MinutesRevision(
        minutes=version,
        step=step,
        label=label,
        signer=signer,
        at=at,
        pdf=pdf,
        sha256=hashlib.sha256(pdf).hexdigest(),
    )
