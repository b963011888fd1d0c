"""A way in that is half described is refused by `manage.py check`, in French."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.test import Client
from pytest_django.fixtures import Settings

from butrt.base.accounts.outside.checks import ways_are_whole

HALF = [
    ("oidc", {"server": "https://sso.example"}, "il manque BUTRT_OIDC_CLIENT, BUTRT_OIDC_SECRET"),
    ("oidc", {"server": "http://sso.example", "client": "b", "secret": "s"}, "n’est pas une adresse https"),
    ("cas", {"server": "cas.example"}, "BUTRT_CAS_SERVER n’est pas une adresse https"),
    ("saml", {"metadata": "/absent/idp.xml"}, "le fichier /absent/idp.xml n’existe pas"),
    ("saml", {"metadata": "https://idp.example/", "key": __file__}, "un seul est donné"),
    ("saml", {"metadata": "https://idp.example/", "identifier": ""}, "BUTRT_SAML_MAIL sont vides"),
]


@pytest.mark.parametrize(("slug", "options", "sentence"), HALF)
def test_a_way_half_described_is_refused(
    switched_on: Callable[..., None], settings: Settings, slug: str, options: dict[str, str], sentence: str
):
    settings.DEMO = settings.DEBUG = False
    switched_on(slug, **options)
    (fault,) = ways_are_whole()

    assert sentence in fault.msg
    assert fault in run_checks()


def test_whole_ways_are_not(switched_on: Callable[..., None], settings: Settings, tmp_path: Path):
    settings.DEMO = settings.DEBUG = False
    (tmp_path / "idp.xml").touch()
    switched_on("cas", server="https://cas.example/cas")
    switched_on("saml", metadata=str(tmp_path / "idp.xml"))
    switched_on("oidc", server="https://sso.example", client="butrt", secret="secret")

    assert ways_are_whole() == []


@pytest.mark.django_db
def test_the_sign_in_page_offers_what_is_on_and_the_accounts_of_the_site(
    client: Client, switched_on: Callable[..., None]
):
    bare = client.get("/connexion/").content.decode()
    switched_on("cas", server="https://cas.example/cas", name="Compte de l’université")
    page = client.get("/connexion/?next=/jurys/1/").content.decode()

    assert "connexion/par" not in bare
    assert 'href="/connexion/par/cas/?next=%2Fjurys%2F1%2F"' in page
    assert 'name="password"' in page
    assert client.get("/connexion/par/oidc/").status_code == 404
