"""Signing in by SAML, against a real identity provider (pysaml2): signed assertions, ours alone, once."""

from __future__ import annotations

import base64
import datetime
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from saml2 import BINDING_HTTP_REDIRECT
from saml2.saml import NAMEID_FORMAT_PERSISTENT, NameID
from saml2.xmldsig import SIG_RSA_SHA256

from butrt.base.accounts.models import User
from butrt.base.accounts.outside.views_saml import CONTAINER
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
    provider.person = {
        "uid": "lea",
        "givenName": "Léa",
        "sn": "Roy",
        "title": "PRAG",
        "mail": "l@iut.example",
    }
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
    kept = client.cookies[CONTAINER[1]]
    assert (kept["path"], kept["domain"], kept["httponly"]) == ("/", "", True)  # as a "__Host-" has to be


def test_what_is_forged_is_refused(
    client: Client,
    provider: Provider,
    tmp_path_factory: pytest.TempPathFactory,
    caplog: pytest.LogCaptureFixture,
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
        "too old": provider.answer(number, place, site, session_not_on_or_after="2020-01-01T00:00:00Z"),
    }
    outcomes = {}
    for case, answer in answers.items():
        _asked_under(client, number)
        outcomes[case] = posted(client, answer).status_code

    motives = Entry.objects.filter(act="account.sign_in_failed").values_list("details__motive", flat=True)

    assert outcomes == dict.fromkeys(answers, 400)
    assert signed_in(client) == ""
    assert {*motives} == {"réponse refusée", "assertion qui ne répond pas à cette demande"}
    for part in ("Signature validation failed", "is not signed", "not a valid audience", "have expired"):
        assert part in caplog.text, part


def _asked_under(client: Client, number: str) -> None:
    """Our site asked under this number: what is refused spends it."""
    client.get(START)
    session = client.session
    states = session["socialaccount_states"]
    states[number] = list(states.values())[-1]
    session["socialaccount_states"] = states
    session.save()


# ---------- signing out, a key of ours, proving it again ----------


@pytest.fixture
def with_key(
    provider: Provider, client: Client, switched_on: Callable[..., None], tmp_path: Path
) -> Provider:
    """Our site has a key: its requests are signed, the provider's assertions are secret."""
    key, certificate = make_key(tmp_path, "butrt")
    switched_on("saml", metadata=provider.metadata, key=key, certificate=certificate)
    provider.learn(client.get(f"{START}metadonnees/").content)
    return provider


def test_with_a_key_of_ours_assertions_come_encrypted_and_one_signs_out_there(
    client: Client, with_key: Provider
):
    make_user(username="lea")
    answer = answered(client)
    posted(client, answer)
    entered = signed_in(client)
    page = client.post(reverse("logout"))
    back = requests.get(page["Refresh"].removeprefix("0;url="), timeout=10, allow_redirects=False)
    home = client.get(path_of(back.headers["Location"]))

    assert b"EncryptedAssertion" in base64.b64decode(answer)
    assert b">lea<" not in base64.b64decode(answer)
    assert (entered != "", signed_in(client)) == (True, "")
    assert with_key.left[-1] == "id-lea"
    assert home["Location"] == "/connexion/"


def test_who_leaves_the_provider_is_signed_out_here_if_it_signs_that(client: Client, provider: Provider):
    make_user(username="lea")
    posted(client, answered(client))
    name_id = NameID(format=NAMEID_FORMAT_PERSISTENT, text="id-lea")
    _, request = provider.server.create_logout_request(
        f"{AT}/fin/", f"{provider.base}/metadata", name_id=name_id
    )

    def sent(**how: Any) -> str:
        http = provider.server.apply_binding(
            BINDING_HTTP_REDIRECT, str(request), f"{AT}/fin/", sigalg=SIG_RSA_SHA256, **how
        )
        return path_of(dict(http["headers"])["Location"])

    unsigned, garbage = client.get(sent()), client.get(f"{START}fin/?SAMLRequest=rien")
    there = signed_in(client)
    signed = client.get(sent(sign=True))

    assert (unsigned.status_code, garbage.status_code, there != "") == (400, 400, True)
    assert signed["Location"].startswith(f"{provider.base}/slo?SAMLResponse=")
    assert signed_in(client) == ""


def test_who_is_asked_again_by_the_provider_may_do_what_binds(client: Client, provider: Provider):
    make_user("administrator", username="lea", department=make_department())
    make_user(username="max")
    again = f"{reverse('prove_again')}?next=/comptes/nouveau/"
    provider.asked_at = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=1)
    posted(client, answered(client))
    before = client.post("/comptes/nouveau/", {}).status_code
    stale = posted(client, answered(client, again))
    provider.asked_at, provider.person = None, {"uid": "max"}
    other = posted(client, answered(client, again))
    between = client.post("/comptes/nouveau/", {}).status_code
    provider.person = {"uid": "lea"}
    proved = posted(client, answered(client, again))

    assert [request.force_authn for request in provider.asked[-4:]] == [None, "true", "true", "true"]
    assert (before, stale.status_code, other.status_code, between) == (403, 403, 403, 403)
    assert "n’a pas redemandé" in text_of(stale)
    assert proved["Location"] == "/comptes/nouveau/"
    assert client.post("/comptes/nouveau/", {}).status_code == 200


def test_metadata_that_cannot_be_read_say_so(
    client: Client, switched_on: Callable[..., None], tmp_path: Path
):
    nothing = tmp_path / "vide.xml"
    nothing.write_text("<a/>")
    for where in (str(nothing), str(tmp_path / "absent.xml"), "http://localhost:9/"):
        switched_on("saml", metadata=where)
        assert "n’a pas abouti" in text_of(client.get(START))
