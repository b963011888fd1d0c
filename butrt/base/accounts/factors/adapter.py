"""What allauth asks of a site about second factors: names, the QR square, secrets sealed in the database."""

from __future__ import annotations

from base64 import urlsafe_b64encode

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from butrt.base.accounts.models import User
from butrt.base.documents.qr import qr_svg

PURPOSE = b"butrt.accounts.factors"


class Adapter(DefaultMFAAdapter):
    """Named in the settings (MFA_ADAPTER)."""

    def encrypt(self, text: str) -> str:
        return _sealer().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Raises `InvalidToken` when the site's key is another than when it was sealed."""
        return _sealer().decrypt(encrypted_text.encode()).decode()

    def get_totp_label(self, user: User) -> str:
        return user.get_username()

    def get_totp_issuer(self) -> str:
        return f"butrt {self._get_site_name()}"

    def build_totp_svg(self, url: str) -> str:
        return qr_svg(url, title="Carré à flasher avec l’application")

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, str | bytes]:
        return {"id": str(user.pk).encode(), "name": user.get_username(), "display_name": str(user)}

    def _get_site_name(self) -> str:
        return str(context.request.get_host().partition(":")[0])


def _sealer() -> Fernet:
    key = HKDF(SHA256(), 32, salt=None, info=PURPOSE).derive(settings.BUTRT_SECOND_FACTOR_KEY.encode())
    return Fernet(urlsafe_b64encode(key))
