"""The ways in, switched on for a test; the servers that they lead to are real ones (each file's own)."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from urllib.parse import urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings


@pytest.fixture
def switched_on(settings: Settings) -> Callable[..., None]:
    """`switched_on("cas", server=…)`: as its environment variables would have it."""

    def switch(slug: str, **options: str) -> None:
        described = deepcopy(settings.BUTRT_WAYS)
        described[slug] |= options
        settings.BUTRT_WAYS = described
        settings.CAS_SERVER_URL = f"{described['cas']['server']}/"

    return switch


def path_of(address: str) -> str:
    """What the browser asks of our site, sent back to it by another."""
    parts = urlsplit(address)
    assert parts.netloc == "testserver", address
    return f"{parts.path}?{parts.query}"


def signed_in(client: Client) -> str:
    return client.get("/connexion/compte/").json()["name"]


def text_of(answer: HttpResponse) -> str:
    return " ".join(answer.content.decode().split())
