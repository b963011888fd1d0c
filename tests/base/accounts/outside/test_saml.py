"""Signing in by SAML, against a real identity provider (pysaml2): signed assertions, ours alone, once."""

from __future__ import annotations

import base64
import datetime
import re
from collections.abc import Callable, Iterator

import pytest
import requests
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from saml2 import BINDING_HTTP_REDIRECT
from saml2.saml import NAMEID_FORMAT_PERSISTENT, NameID

from butrt.base.accounts.models import User
from butrt.base.journal.models import Entry
from tests.base.accounts.outside.conftest import path_of, signed_in, text_of
from tests.base.accounts.outside.provider_of_saml import Provider, make_key, serving
from tests.factories import make_department, make_user

pytestmark = pytest.mark.django_db
START, AT = "/connexion/par/saml/", "http://testserver/connexion/par/saml"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    with serving(tmp_path_factory.mktemp("saml")) as provider:
        yield provider


@pytest.fixture
def provider(served: Provider, client: Client, switched_on: Callable[..., None]) -> Provider:
    """It knows our site by its metadata, and we know it by its own."""
    cache.clear()
    switched_on("saml", metadata=served.metadata, name="Université (RENATER)")
    served.learn(client.get(f"{START}metadonnees/").content)
    served.person, served.asked_at = {"uid": "lea"}, None
    return served


def answered(client: Client, start: str = START) -> str:
    """What the provider's page has the browser post: a response in base64."""
    return requests.get(client.get(start)["Location"], timeout=10).text


def posted(client: Client, answer: str):
    """Posted from the provider's page, then followed: our own next request has the session's cookie."""
    aside = client.post(f"{START}reponse/", {"SAMLResponse": answer, "RelayState": ""})
    assert aside["Location"] == f"{START}reponse/suite/"
    return client.get(aside["Location"])


def changed(answer: str, change: Callable[[str], str]) -> str:
    return base64.b64encode(change(base64.b64decode(answer).decode()).encode()).decode()


def number_of(answer: str) -> str:
    """The request that it answers."""
    return re.findall(r'InResponseTo="([^"]+)"', base64.b64decode(answer).decode())[0]


def test_a_person_enters_the_account_made_for_them(client: Client, provider: Provider):
    user = make_user("teacher", username="Lea", first_name="", last_name="")
    provider.person = {"uid": "lea", "givenName": "Léa", "sn": "Roy", "title": "PRAG", "mail": "l@iut.example"}
    answer = posted(client, answered(client, f"{START}?next=/elements/"))
    user.refresh_from_db()

    assert answer["Location"] == "/elements/"
    assert (signed_in(client), user.quality, user.email) == ("Léa Roy", "PRAG", "")
    assert Entry.objects.get(act="account.sign_in").details["way"] == "Université (RENATER)"


def test_whoever_has_no_account_is_told_so(
    client: Client, provider: Provider, switched_on: Callable[..., None]
):
    make_user(username="l.roy", email="lea@iut.example")
    provider.person = {"uid": "autre", "mail": "LEA@iut.example"}
    refused = posted(client, answered(client))
    nobody = signed_in(client)
    switched_on("saml", mail="mail")
    posted(client, answered(client))

    assert (refused.status_code, nobody, User.objects.count()) == (403, "", 1)
    assert "<dd>autre</dd>" in refused.content.decode()
    assert signed_in(client)


def test_an_answer_serves_once_and_in_the_browser_that_asked(client: Client, provider: Provider):
    make_user(username="lea")
    answer, theirs = answered(client), Client()
    stolen = posted(theirs, answer)
    client.get(START)
    theirs.get(START)
    # The number around the assertion is not signed: put another one there.
    number = number_of(answered(theirs))
    moved = posted(theirs, changed(answer, lambda text: text.replace(number_of(answer), number, 1)))
    mine, again = posted(client, answer), posted(client, answer)

    assert [page.status_code for page in (stolen, moved, mine, again)] == [400, 400, 302, 400]
    assert "La connexion n’a pas abouti" in text_of(stolen)
    assert signed_in(theirs) == ""


def test_what_is_forged_is_refused(
    client: Client, provider: Provider, tmp_path_factory: pytest.TempPathFactory
):
    make_user(username="lea")
    make_user(username="max")
    provider.person = {"uid": "max"}
    genuine = answered(client)
    number = number_of(genuine)
    key, certificate = make_key(tmp_path_factory.mktemp("forger"), "forger")
    forger = Provider(provider.base, provider.folder, key, certificate, {"uid": "lea"})
    forger.learn(client.get(f"{START}metadonnees/").content)
    site, place = f"{AT}/metadonnees/", f"{AT}/reponse/"
    answers = {
        "changed": changed(genuine, lambda text: text.replace(">max<", ">lea<")),
        "not signed": provider.answer(number, place, site, sign_assertion=False),
        "signed by another": forger.answer(number, place, site),
        "for another site": provider.answer(number, place, "https://ailleurs.example/"),
        # Nobody asked for it: the number is put around it.
        "of no request": changed(
            provider.answer(None, place, site),
            lambda text: text.replace("<ns0:Response ", f'<ns0:Response InResponseTo="{number}" ', 1),
        ),
        "no XML": base64.b64encode(b"rien").decode(),
        "no base64": "é",
        "too old": provider.answer(
            number, place, site, session_not_on_or_after="2020-01-01T00:00:00Z"
        ),
    }
    outcomes = {}
    for case, answer in answers.items():
        _asked_under(client, number)
        outcomes[case] = posted(client, answer).status_code

    assert outcomes == dict.fromkeys(answers, 400)
    assert signed_in(client) == ""
    assert Entry.objects.filter(act="account.sign_in_failed").count() >= 5


def _asked_under(client: Client, number: str) -> None:
    """Our site asked under this number: what is refused spends it."""
    client.get(START)
    session = client.session
    states = session["socialaccount_states"]
    states[number] = list(states.values())[-1]
    session["socialaccount_states"] = states
    session.save()
