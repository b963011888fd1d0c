"""Signing in by CAS, against a real server (django-cas-server, in a process of its own)."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.test import Client
from django.urls import reverse
from django_cas_ng.models import SessionTicket

from butrt.base.accounts.factors.codes import new_secret
from butrt.base.accounts.factors.services import add_application
from butrt.base.accounts.models import User
from butrt.base.accounts.outside import tickets
from butrt.base.journal.models import Entry
from tests.base.accounts.factors.people import code_of
from tests.base.accounts.outside.conftest import path_of, signed_in, text_of
from tests.base.accounts.outside.server_of_cas import PASSWORD
from tests.factories import make_department, make_user

pytestmark = pytest.mark.django_db
START = "/connexion/par/cas/"


class Logouts(BaseHTTPRequestHandler):
    """What the server tells our site when a person leaves there, kept for the test to hand over."""

    heard: list[str] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.heard.append(parse_qs(body)["logoutRequest"][0])
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def logouts() -> Iterator[str]:
    with HTTPServer(("localhost", 0), Logouts) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://localhost:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def server(logouts: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    script = Path(__file__).with_name("server_of_cas.py")
    command = [sys.executable, str(script), str(tmp_path_factory.mktemp("cas")), logouts]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout
        yield f"http://localhost:{process.stdout.readline().strip()}"
        process.terminate()


@pytest.fixture(autouse=True)
def _on(server: str, switched_on: Callable[..., None]) -> None:
    switched_on("cas", server=server, name="CAS de l’université")


class Person(requests.Session):
    """A person in front of the server's own pages."""

    def back_from(self, address: str, name: str = "lea") -> str:
        """They sign in there, when they are asked; where the server sends them."""
        page = self.get(address, allow_redirects=False, timeout=10)
        if page.status_code == 302:
            return path_of(page.headers["Location"])
        fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
        fields |= dict(re.findall(r'<input type="hidden" name="(\w+)"[^>]*? value="([^"]*)"', page.text))
        sent = {name: value.replace("&amp;", "&") for name, value in fields.items()}
        sent |= {"username": name, "password": PASSWORD}
        answer = self.post(address, data=sent, allow_redirects=False, timeout=10)
        return path_of(answer.headers["Location"])

    def enter(self, client: Client, name: str = "lea", start: str = START):
        return client.get(self.back_from(client.get(start)["Location"], name))


@pytest.fixture
def person() -> Person:
    return Person()


def test_a_person_enters_the_account_made_for_them(client: Client, person: Person):
    user = make_user("teacher", username="lea", first_name="", last_name="")
    answer = person.enter(client, start=f"{START}?next=/elements/")
    user.refresh_from_db()

    assert answer["Location"] == "/elements/"
    assert (signed_in(client), user.get_full_name()) == ("Léa Roy", "Léa Roy")
    assert Entry.objects.get(act="account.sign_in").details["way"] == "CAS de l’université"
    assert not user.is_superuser


def test_an_address_counts_when_the_site_says_that_the_server_vouches_for_it(
    client: Client, person: Person, server: str, switched_on: Callable[..., None]
):
    make_user(username="l.roy", email="LEA@iut.example")
    before = person.enter(client)
    switched_on("cas", server=server, mail="mail")
    person.enter(client)

    assert before.status_code == 403
    assert "lea@iut.example (le fournisseur ne le dit pas vérifié" in text_of(before)
    assert signed_in(client)


def test_whoever_has_no_account_or_several_is_refused(
    client: Client, person: Person, server: str, switched_on: Callable[..., None]
):
    unknown = person.enter(client)
    for name in ("un", "deux"):
        make_user(username=name, email="double@iut.example")
    switched_on("cas", server=server, mail="mail")
    two = Person().enter(client, "max")

    assert (unknown.status_code, two.status_code) == (403, 403)
    assert "<dd>lea</dd>" in unknown.content.decode()
    assert "plusieurs comptes" in text_of(two)
    assert (signed_in(client), User.objects.count()) == ("", 2)


def test_a_ticket_serves_once_and_in_the_browser_that_asked(client: Client, person: Person):
    make_user(username="lea")
    forged = f"{START}retour/?ticket=ST-invente"
    address = person.back_from(client.get(START)["Location"])
    stolen, invented = Client().get(address), client.get(forged)
    mine, again = client.get(address), client.get(address)
    state = parse_qs(urlsplit(client.get(START)["Location"]).query)["service"][0]
    replayed = client.get(path_of(state) + "&" + urlsplit(address).query.split("&")[-1])

    assert [answer.status_code for answer in (stolen, invented, mine, again, replayed)] == [
        *(400, 400, 302, 400, 400)
    ]
    assert Entry.objects.get(act="account.sign_in_failed").details["motive"] == (
        "ticket refusé par le serveur"
    )


def test_who_is_asked_again_by_the_server_may_do_what_binds(client: Client, person: Person):
    make_user("administrator", username="lea", department=make_department())
    make_user(username="max")
    person.enter(client)
    session = client.session
    session["confirmed_at"] -= 3600
    session.save()
    before = client.post("/comptes/nouveau/", {}).status_code
    address = client.get(f"{reverse('prove_again')}?next=/comptes/nouveau/")["Location"]
    # The server knows her: a ticket got without the password is none of those that are asked for.
    quiet = person.back_from(address.replace("&renew=true", ""))
    refused = client.get(quiet)
    other = Person().enter(client, "max", f"{reverse('prove_again')}?next=/comptes/nouveau/")
    between = client.post("/comptes/nouveau/", {}).status_code
    proved = person.enter(client, start=f"{reverse('prove_again')}?next=/comptes/nouveau/")

    assert (before, refused.status_code, other.status_code, between) == (403, 400, 403, 403)
    assert "ce n’est pas la personne connectée" in text_of(other)
    assert proved["Location"] == "/comptes/nouveau/"
    assert client.post("/comptes/nouveau/", {}).status_code == 200


def test_a_second_factor_is_asked_after_the_server(client: Client, person: Person):
    """And the session, under its other key, still ends when the person leaves there."""
    user, secret = make_user("teacher", username="lea"), new_secret()
    add_application(user=user, secret=secret, code=code_of(secret, -1))
    person.enter(client)
    sent = client.get("/elements/")["Location"]
    before, key = signed_in(client), client.session.session_key
    client.post(sent, {"code": code_of(secret)})

    assert (sent, before, signed_in(client)) == ("/connexion/second-facteur/?next=/elements/", "", str(user))
    assert client.session.session_key != key
    assert SessionTicket.objects.get().session_key == client.session.session_key


def test_signing_out_goes_to_the_server_and_back(client: Client, person: Person, server: str):
    make_user(username="lea")
    person.enter(client)
    page = client.post(reverse("logout"))
    left = person.get(page["Refresh"].removeprefix("0;url="), timeout=10, allow_redirects=False)

    assert page["Refresh"].startswith(f"0;url={server}/logout?service=")
    assert left.headers["Location"] == "http://testserver/connexion/"
    assert person.get(f"{server}/login", timeout=10).text.count('name="password"') == 1


def test_who_leaves_the_server_is_signed_out_here(client: Client, person: Person, server: str):
    make_user(username="lea")
    person.enter(client)
    Logouts.heard.clear()
    person.get(f"{server}/logout", timeout=10)
    (heard,) = Logouts.heard
    other = Client().post(f"{START}retour/", {"logoutRequest": heard.replace("ST-", "ST-x")})
    before = signed_in(client)
    answer = Client().post(f"{START}retour/?etat=x", {"logoutRequest": heard})

    assert (other.status_code, answer.status_code) == (200, 200)
    assert (before != "", signed_in(client)) == (True, "")
    assert Entry.objects.get(act="account.sign_out").about == "lea"
    assert Client().post(f"{START}retour/", {"logoutRequest": "<pas du xml"}).status_code == 200
    assert Client().post(f"{START}retour/", {}).status_code == 400


def test_tickets_of_sessions_that_are_over_go(client: Client, person: Person):
    make_user(username="lea")
    person.enter(client)
    tickets.clear()
    there = SessionTicket.objects.count()
    client.session.flush()
    tickets.clear()

    assert (there, SessionTicket.objects.count()) == (1, 0)
