"""The ways in that the settings describe: whole, or refused by `manage.py check`; none falls over."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from django.core.checks import run_checks
from django.test import Client
from django.urls import get_resolver
from pytest_django.fixtures import Settings

from butrt.base.accounts.outside.checks import ways_are_whole
from tests.base.accounts.outside.provider_of_saml import Provider, make_key
from tests.base.test_meanwhile import addresses

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


def test_the_libraries_own_pages_have_no_address():
    """Sign-up, connections, passwords, and sign-ins that take what the request adds."""
    theirs = ("account_", "socialaccount_", "mfa_", "cas_ng_", "saml_", "openid_connect_")
    names = {name for name, _ in addresses(get_resolver()) if name.startswith(theirs)}

    assert names == {*("openid_connect_callback", "saml_acs", "saml_finish_acs", "saml_metadata", "saml_sls")}


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


BOMB = """<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">
<!ENTITY d SYSTEM "file:///etc/passwd">]><a>&c;&d;</a>"""
DEFLATED = base64.b64encode(zlib.compress(b"<a/>")[2:-4]).decode()
GARBAGE = ["", "é", "x" * 5000, BOMB, base64.b64encode(BOMB.encode()).decode(), DEFLATED, "%"]


@pytest.mark.django_db
def test_whatever_is_sent_is_answered(switched_on: Callable[..., None], tmp_path: Path):
    """No answer is a server's error, and nobody is signed in by any."""
    switched_on("cas", server="http://localhost:9")
    switched_on("oidc", server="http://localhost:9", client="butrt", secret="secret")
    switched_on(
        "saml", metadata=Provider("http://localhost:9", tmp_path, *make_key(tmp_path, "idp")).metadata
    )
    client = Client(raise_request_exception=False)
    at = "/connexion/par"
    answers = []
    for sent in GARBAGE:
        for address in (
            *(f"{at}/cas/?next={quote(sent)}", f"{at}/cas/retour/?etat={quote(sent)}&ticket={quote(sent)}"),
            *(f"{at}/oidc/?next={quote(sent)}", f"{at}/oidc/code/?state={quote(sent)}&code={quote(sent)}"),
            *(f"{at}/saml/?next={quote(sent)}", f"{at}/saml/reponse/suite/", f"{at}/saml/metadonnees/"),
            f"{at}/saml/fin/?SAMLRequest={quote(sent)}&Signature={quote(sent)}&SigAlg={quote(sent)}",
            f"{at}/saml/fin/?SAMLResponse={quote(sent)}",
        ):
            answers.append(client.get(address))
        answers.append(client.post(f"{at}/saml/reponse/", {"SAMLResponse": sent, "RelayState": sent}))
        answers.append(client.get(f"{at}/saml/reponse/suite/"))
        answers.append(client.post(f"{at}/cas/retour/", {"logoutRequest": sent}))

    assert [answer.status_code for answer in answers if answer.status_code >= 500] == []
    assert client.get("/connexion/compte/").json()["account"] is None
    assert not any(b"root:" in answer.content for answer in answers)
