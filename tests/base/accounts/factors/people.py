"""People with a password and a second factor, and the codes that their telephone shows."""

from __future__ import annotations

import base64
from time import time

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.hotp import HOTP
from django.test import Client
from django.urls import reverse

from butrt.base.accounts.factors import services
from butrt.base.accounts.factors.codes import STEP, new_secret
from butrt.base.accounts.models import User
from tests.factories import make_user

PASSWORD = "brume-sur-le-val-9"
SCRIPT = {"X-Requested-With": "fetch"}


def make_person(*roles: str, password: str = PASSWORD, **fields) -> User:
    person = make_user(*roles, **fields)
    person.set_password(password)
    person.save()
    return person


def code_of(secret: str, step: int = 0) -> str:
    """What the telephone shows now, or some steps of thirty seconds later (-1 to 1 are taken)."""
    key = base64.b32decode(secret.replace(" ", ""))
    return HOTP(key, 6, SHA1()).generate(int(time()) // STEP + step).decode()


def enrolled(*roles: str, **fields) -> tuple[User, str]:
    """Somebody who has an application of codes, and its secret; its code of a step ago has served."""
    person, secret = make_person(*roles, **fields), new_secret()
    services.add_application(user=person, secret=secret, code=code_of(secret, -1))
    return person, secret


def half_signed_in(person: User) -> Client:
    client = Client()
    client.post(reverse("login"), {"username": person.username, "password": PASSWORD})
    return client


def signed_in(person: User, secret: str, step: int = 0) -> Client:
    client = half_signed_in(person)
    client.post(reverse("factors:ask"), {"code": code_of(secret, step)})
    return client
