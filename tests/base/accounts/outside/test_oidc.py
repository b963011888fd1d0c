"""Signing in by OpenID Connect, against a real provider (oidc-provider-mock): code, ID token, userinfo."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import oidc_provider_mock
import pytest
import requests
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.test import Client
from django.urls import reverse
from oidc_provider_mock._app import OpenIDCode

from butrt.base.accounts.confirming import CONFIRMED_AT
from butrt.base.accounts.models import User
from butrt.base.accounts.outside.oidc import Adapter
from butrt.base.journal.models import Entry
from tests.base.accounts.outside.conftest import path_of, signed_in, text_of
from tests.factories import make_department, make_user

pytestmark = pytest.mark.django_db
START = "/connexion/par/oidc/"


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    with oidc_provider_mock.run_server_in_thread(require_nonce=True) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture(autouse=True)
def _on(provider: str, switched_on: Callable[..., None]) -> None:
    switched_on("oidc", server=provider, client="butrt", secret="secret", name="Keycloak de l’IUT")


def knows(provider: str, sub: str, **claims: object) -> None:
    requests.put(f"{provider}/users/{sub}", json=claims, timeout=5).raise_for_status()


def back_from(address: str, sub: str = "42") -> str:
    """The person signs in there; where the provider sends their browser."""
    answer = requests.post(address, data={"sub": sub}, allow_redirects=False, timeout=5)
    return path_of(answer.headers["Location"])


def enter(client: Client, sub: str = "42", start: str = START):
    return client.get(back_from(client.get(start)["Location"], sub))


def test_a_person_enters_the_account_made_for_them(client: Client, provider: str):
    user = make_user("teacher", username="lea.roy", first_name="", last_name="", email="")
    knows(
        provider,
        "42",
        preferred_username="Lea.Roy",
        given_name="Léa",
        family_name="Roy",
        title="Maîtresse de conférences",
    )
    answer = enter(client, start=f"{START}?next=/elements/%3Fa%3D1")
    user.refresh_from_db()
    acts = list(Entry.objects.filter(about="lea.roy").values_list("act", "details__way"))

    assert answer["Location"] == "/elements/?a=1"
    assert signed_in(client) == "Léa Roy"
    assert (user.quality, user.has_usable_password()) == ("Maîtresse de conférences", False)
    assert acts == [("account.change", "Keycloak de l’IUT"), ("account.sign_in", "Keycloak de l’IUT")]
    assert (SocialAccount.objects.count(), SocialToken.objects.count()) == (0, 0)
    assert "access_token" not in str(dict(client.session))
    assert 'href="/connexion/par/oidc/?autre=1"' in client.get("/").content.decode()  # over a page


def test_what_the_administrator_wrote_stays(client: Client, provider: str):
    user = make_user(
        "teacher", first_name="Léa", last_name="Roy-Dupont", quality="Présidente", email="Lea@iut.example"
    )
    knows(provider, "43", email="lea@IUT.example", email_verified=True, family_name="ROY", title="PRAG")
    enter(client, "43")
    user.refresh_from_db()

    assert signed_in(client) == "Léa Roy-Dupont"
    assert (user.last_name, user.quality, user.email) == ("Roy-Dupont", "Présidente", "Lea@iut.example")


REFUSED = {
    "nobody of this name": ({"preferred_username": "personne"}, "aucun compte de ce site"),
    "an address not verified": ({"email": "lea@iut.example"}, "ne le dit pas vérifié"),
    "nothing said": ({}, "aucun compte de ce site"),
    "two accounts, one address": (
        {"email": "double@iut.example", "email_verified": True},
        "plusieurs comptes",
    ),
    "a name and an address of two": (
        {"preferred_username": "lea", "email": "max@iut.example", "email_verified": True},
        "plusieurs comptes",
    ),
    "an account that is closed": ({"preferred_username": "parti"}, "est fermé"),
    "an address that only looks alike": (
        {"email": "maẍ@iut.example", "email_verified": True},
        "aucun compte de ce site",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_whoever_has_no_account_is_told_so(client: Client, provider: str, case: str):
    make_user(username="lea", email="lea@iut.example")
    make_user(username="max", email="max@iut.example")
    make_user(username="parti", is_active=False)
    for name in ("un", "deux"):
        make_user(username=name, email="double@iut.example")
    claims, sentence = REFUSED[case]
    knows(provider, "44", **claims)
    before = User.objects.count()
    answer = enter(client, "44")
    given = [value for name, value in claims.items() if name != "email_verified"] or ["aucun"]

    assert answer.status_code == 403
    assert sentence in text_of(answer)
    assert all(str(value) in text_of(answer) for value in given)
    assert "l’administration ou le secrétariat" in text_of(answer)
    assert (signed_in(client), User.objects.count()) == ("", before)
    assert Entry.objects.get(act="account.sign_in_failed").details["way"] == "Keycloak de l’IUT"


def test_an_answer_that_this_browser_did_not_ask_for_counts_for_nothing(client: Client, provider: str):
    """Whoever has the code of somebody else's sign-in cannot have it followed; nor twice."""
    make_user(username="lea")
    knows(provider, "45", preferred_username="lea")
    address = back_from(client.get(START)["Location"], "45")
    other, tampered = Client().get(address), client.get(address.replace("state=", "state=x"))
    mine, again = client.get(address), Client().get(address)

    assert [answer.status_code for answer in (other, tampered, mine, again)] == [400, 400, 302, 400]
    assert "La connexion n’a pas abouti" in text_of(other)
    assert not Entry.objects.filter(act="account.sign_in_failed").exists()  # strangers do not fill it


def test_next_leads_nowhere_else(client: Client, provider: str):
    make_user(username="lea")
    knows(provider, "45", preferred_username="lea")

    assert enter(client, "45", f"{START}?next=https://ailleurs.example/")["Location"] == "/"


def test_nothing_that_a_link_adds_goes_to_the_provider(client: Client, provider: str):
    address = client.get(f"{START}?scope=admin&auth_params=prompt%3Dnone&process=connect")["Location"]
    asked = parse_qs(urlsplit(address).query)

    assert {*asked} == {
        *("client_id", "redirect_uri", "scope", "response_type", "state", "nonce"),
        *("code_challenge", "code_challenge_method"),
    }
    assert sorted(asked["scope"][0].split()) == ["email", "openid", "profile"]


def test_a_token_signed_by_another_is_refused(
    client: Client, provider: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    make_user(username="lea")
    knows(provider, "45", preferred_username="lea")
    address = back_from(client.get(START)["Location"], "45")
    known = Adapter.openid_config.fget
    with oidc_provider_mock.run_server_in_thread() as other:
        keys = f"http://localhost:{other.server_port}/jwks"
        monkeypatch.setattr(
            Adapter, "openid_config", property(lambda adapter: {**known(adapter), "jwks_uri": keys})
        )
        answer = client.get(address)

    assert answer.status_code == 400
    assert signed_in(client) == ""
    assert Entry.objects.get(act="account.sign_in_failed").details["motive"] == "réponse refusée"
    assert "ID token" in caplog.text


def test_metadata_of_another_issuer_are_refused(
    client: Client, provider: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    make_user(username="lea")
    knows(provider, "45", preferred_username="lea")
    address = back_from(client.get(START)["Location"], "45")
    known = Adapter.openid_config.fget
    monkeypatch.setattr(
        Adapter,
        "openid_config",
        property(lambda adapter: {**known(adapter), "issuer": "https://ailleurs.fr"}),
    )
    answer = client.get(address)

    assert (answer.status_code, signed_in(client)) == (400, "")
    assert "another issuer" in caplog.text


def test_a_provider_that_does_not_answer_says_so(client: Client, switched_on: Callable[..., None]):
    switched_on("oidc", server="http://localhost:9")

    assert "La connexion n’a pas abouti" in text_of(client.get(START))


def test_signing_out_goes_to_the_provider(client: Client, provider: str):
    make_user(username="lea")
    knows(provider, "45", preferred_username="lea")
    enter(client, "45")
    page = client.post(reverse("logout"))
    address = page["Refresh"].removeprefix("0;url=")
    shown = requests.get(address, timeout=5).text

    assert signed_in(client) == ""
    assert address.startswith(f"{provider}/oauth2/end_session?id_token_hint=ey")
    assert "http://testserver/connexion/" in shown
    assert "La déconnexion continue chez le fournisseur" in text_of(page)
    assert Entry.objects.filter(act="account.sign_out").exists()


# ---------- proving it again ----------


@pytest.fixture
def proving(client: Client, provider: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., object]:
    """Léa, whom the provider knew for an hour, is asked again: `proving(sub, asked so many seconds ago)`."""
    known, asked = OpenIDCode.get_compatible_claims, {"ago": 3600}

    def claims(code: OpenIDCode, request: object) -> dict[str, object]:
        when = {} if asked["ago"] is None else {"auth_time": int(time.time()) - asked["ago"]}
        return {name: value for name, value in known(code, request).items() if name != "auth_time"} | when

    monkeypatch.setattr(OpenIDCode, "get_compatible_claims", claims)
    make_user("administrator", username="lea", last_name="Roy", department=make_department())
    make_user(username="max")
    knows(provider, "lea", preferred_username="lea")
    knows(provider, "max", preferred_username="max")
    enter(client, "lea")

    def proving(sub: str, ago: int | None):
        asked["ago"] = ago
        address = client.get(f"{reverse('prove_again')}?next=/comptes/nouveau/")["Location"]
        assert {"prompt=login", "max_age=0"} <= {*urlsplit(address).query.split("&")}
        return client.get(back_from(address, sub))

    return proving


def test_who_was_not_asked_at_the_sign_in_is_asked_before_what_binds(client: Client, proving: Callable):
    asked = client.post("/comptes/nouveau/", {"last_name": "Petit"})
    page = asked.content.decode()
    answer = proving("lea", 0)

    assert asked.status_code == 403
    assert 'name="last_name" value="Petit"' in page
    assert 'href="/connexion/par/de-nouveau/?next="' in page
    assert 'name="confirm-password"' not in page  # she has none here
    assert answer["Location"] == "/comptes/nouveau/"
    assert client.post("/comptes/nouveau/", {}).status_code == 200


@pytest.mark.parametrize(
    ("sub", "ago", "sentence"),
    [
        ("max", 0, "ce n’est pas la personne connectée"),
        ("lea", 3600, "n’a pas redemandé votre mot de passe"),
        ("lea", None, "n’a pas redemandé votre mot de passe"),
    ],
)
def test_somebody_else_or_a_sign_in_of_before_proves_nothing(
    client: Client, proving: Callable, sub: str, ago: int | None, sentence: str
):
    answer = proving(sub, ago)

    assert (answer.status_code, sentence in text_of(answer)) == (403, True)
    assert client.session[CONFIRMED_AT] < time.time() - 3000
    assert signed_in(client) == "Camille Roy"


def test_a_local_sign_in_has_nothing_to_prove_there(client: Client):
    client.force_login(make_user(), backend="django.contrib.auth.backends.ModelBackend")

    assert client.get(reverse("prove_again")).status_code == 404
