"""The codes of an application (TOTP, RFC 6238), each taken once, and the recovery codes."""

from __future__ import annotations

import base64
import secrets
from time import time

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt, encrypt
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.hotp import HOTP

from butrt.base.accounts.models import User

STEP = 30  # seconds that a code lasts
AROUND = (0, -1, 1)  # steps by which the telephone's clock may be wrong
LENGTH = 6  # digits; a recovery code has more (MFA_RECOVERY_CODE_DIGITS)


def new_secret() -> str:
    """160 random bits, as applications take them (base32)."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def step_of(secret: str, code: str, *, after: int = 0) -> int | None:
    """The step of time that this code is of, about now; None for a wrong code, or of a step not `after`."""
    generator = HOTP(base64.b32decode(secret), LENGTH, SHA1())
    now = int(time()) // STEP
    for step in (now + shift for shift in AROUND):
        try:
            generator.verify(code.encode(), step)
        except InvalidToken:
            continue
        return step if step > after else None
    return None


def take(user: User, code: str) -> Authenticator | None:
    """What this code is of, the application or the recovery codes; used up, under the account's lock."""
    kind = Authenticator.Type.TOTP if len(code) == LENGTH else Authenticator.Type.RECOVERY_CODES
    authenticator = Authenticator.objects.filter(user=user, type=kind).first()
    if authenticator is None:
        return None
    if kind == Authenticator.Type.RECOVERY_CODES:
        return authenticator if authenticator.wrap().validate_code(code) else None
    step = step_of(decrypt(authenticator.data["secret"]), code, after=authenticator.data["step"])
    if step is None:
        return None
    authenticator.data["step"] = step
    authenticator.save(update_fields=["data"])
    return authenticator


def add_application(user: User, secret: str, step: int) -> None:
    """The application that bears this secret, in the place of the one before; its first code is used."""
    Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).delete()
    Authenticator.objects.create(
        user=user, type=Authenticator.Type.TOTP, data={"secret": encrypt(secret), "step": step}
    )


def new_recovery_codes(user: User) -> list[str]:
    """Ten codes, in the place of those before; nothing shows them again."""
    Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).delete()
    authenticator = Authenticator.objects.create(
        user=user,
        type=Authenticator.Type.RECOVERY_CODES,
        data={"seed": encrypt(secrets.token_hex(40)), "used_mask": 0},
    )
    codes: list[str] = authenticator.wrap().generate_codes()
    return codes


def recovery_codes_left(user: User) -> int:
    kept = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).first()
    return len(kept.wrap().get_unused_codes()) if kept else 0
