"""What answers tell browsers: what may be run, framed, kept; and the cookies of a site in production."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import make_department, make_user

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).parent.parent
PRODUCTION = """
import json
from django.conf import settings
print(json.dumps({name: getattr(settings, name) for name in %r}))
"""
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def in_production(*names: str) -> dict[str, Any]:
    """These settings as a department has them: nothing of the demonstration."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "butrt.settings",
        "BUTRT_DEMO": "0",
        "BUTRT_SECRET_KEY": "x" * 50,
    }
    run = [sys.executable, "-c", PRODUCTION % (names,)]
    return json.loads(subprocess.run(run, env=environment, cwd=ROOT, check=True, capture_output=True).stdout)


@pytest.mark.parametrize("asked", ["page", "static file", "refused method", "absent"])
def test_every_answer_says_what_a_browser_may_do(client: Client, asked: str):
    answer = {
        "page": lambda: client.get(reverse("login")),
        "static file": lambda: client.get("/static/signin.js"),
        "refused method": lambda: client.delete(reverse("login")),
        "absent": lambda: client.get("/nulle-part/"),
    }[asked]()

    policy = dict(part.strip().partition(" ")[::2] for part in answer["Content-Security-Policy"].split(";"))
    assert {policy[name] for name in ("default-src", "object-src", "base-uri", "frame-ancestors")} == {
        "'none'"
    }
    assert (policy["script-src"], policy["style-src"]) == ("'self'", "'self'")
    assert {name: answer[name] for name in HEADERS} == HEADERS
    assert "Access-Control-Allow-Origin" not in answer


def test_a_site_in_production_speaks_https_alone_and_its_cookies_are_of_this_host():
    settings = in_production(
        *(
            "SESSION_COOKIE_NAME",
            "SESSION_COOKIE_SECURE",
            "SESSION_COOKIE_HTTPONLY",
            "SESSION_COOKIE_SAMESITE",
        ),
        *("CSRF_COOKIE_NAME", "CSRF_COOKIE_SECURE", "CSRF_COOKIE_SAMESITE", "CSRF_COOKIE_DOMAIN"),
        *("SESSION_COOKIE_PATH", "SESSION_COOKIE_DOMAIN", "BUTRT_COOKIES", "DEBUG"),
        "PASSWORD_HASHERS",
        *("SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "SECURE_HSTS_INCLUDE_SUBDOMAINS"),
    )

    hashers = settings.pop("PASSWORD_HASHERS")

    assert settings == {
        "SESSION_COOKIE_NAME": "__Host-sessionid",
        "SESSION_COOKIE_SECURE": True,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_PATH": "/",
        "SESSION_COOKIE_DOMAIN": None,
        "CSRF_COOKIE_NAME": "__Host-csrftoken",  # as static/signin.js reads it
        "CSRF_COOKIE_SECURE": True,
        "CSRF_COOKIE_SAMESITE": "Lax",
        "CSRF_COOKIE_DOMAIN": None,
        "BUTRT_COOKIES": "__Host-",
        "DEBUG": False,
        "SECURE_SSL_REDIRECT": True,
        "SECURE_HSTS_SECONDS": 31_536_000,
        "SECURE_HSTS_INCLUDE_SUBDOMAINS": True,
    }
    assert str(hashers[0]).endswith(".PBKDF2PasswordHasher")
    assert "(?:__Host-)?csrftoken=([^;]+)" in (ROOT / "static" / "signin.js").read_text()


def test_what_a_page_tells_is_in_no_cookie(client: Client):
    """A message names a student: it waits in the session, in the database."""
    administrator = make_user("administrator", department=make_department())
    client.force_login(administrator, backend="django.contrib.auth.backends.ModelBackend")
    person = {"username": "c.martin", "first_name": "Claire", "last_name": "Martin", "roles": ["teacher"]}
    answer = client.post(reverse("accounts:new_person"), person)

    assert answer.status_code == 302
    assert "Martin" in client.get(answer["Location"]).text
    assert set(client.cookies) <= {"sessionid", "csrftoken"}
