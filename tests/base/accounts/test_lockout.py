"""Wrong passwords, behind a proxy: who tries waits, nobody else does."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from butrt.base.accounts import checks, lockout
from butrt.base.accounts.models import User
from butrt.base.journal.models import Entry
from jury.documents.verify.views import FILES
from tests.factories import make_user

pytestmark = pytest.mark.django_db

PASSWORD = "brume-sur-le-val-9"
HERE, ELSEWHERE = "198.51.100.7", "203.0.113.9"
IN, WRONG, WAIT = 302, 200, 429


@pytest.fixture(autouse=True)
def one_proxy(settings):
    settings.BUTRT_PROXIES = 1
    cache.clear()


@pytest.fixture
def president() -> User:
    return make_user("president", password=PASSWORD)


def attempt(name: str, password: str = "faux", *, of: str = HERE, client: Client | None = None) -> int:
    """The answer to a sign-in; a wrong password is a page (200) that says so."""
    told = {"username": name, "password": password}
    # What is left of the last entry is written by whoever asks.
    answer = (client or Client()).post(
        reverse("login"), told, headers={"X-Forwarded-For": f"192.0.2.1, {of}"}
    )
    return answer.status_code


def test_ten_wrong_passwords_shut_the_account_to_their_address_alone(president):
    tried = [attempt(president.username) for _ in range(12)]

    assert tried == [WRONG] * 9 + [WAIT] * 3
    assert attempt(president.username, PASSWORD) == WAIT
    assert attempt(president.username, PASSWORD, of=ELSEWHERE) == IN


def test_what_is_tried_meanwhile_does_not_make_it_last(president, monkeypatch):
    for _ in range(12):
        attempt(president.username)
    first = lockout.AccessAttempt.objects.get()
    attempt(president.username)

    assert lockout.AccessAttempt.objects.get().attempt_time == first.attempt_time


def test_an_address_does_not_try_forty_names():
    people = [make_user("teacher", password=PASSWORD) for _ in range(40)]
    tried = [attempt(person.username) for person in people]

    assert tried == [WRONG] * lockout.NAMES + [WAIT] * (40 - lockout.NAMES)
    assert attempt(people[0].username, PASSWORD) == WAIT
    assert attempt(people[0].username, PASSWORD, of=ELSEWHERE) == IN


def test_an_account_tried_from_everywhere_gives_each_address_fewer_tries_and_its_owner_one(president):
    for address in range(9):
        for _ in range(lockout.TRIES):
            attempt(president.username, of=f"203.0.113.{address}")

    assert [attempt(president.username, of="198.51.100.1") for _ in range(9)].count(WRONG) < 5
    assert attempt(president.username, PASSWORD, of="198.51.100.2") == IN


def test_a_known_device_signs_in_where_others_tried(president):
    device = Client()
    attempt(president.username, PASSWORD, client=device)
    device.post(reverse("logout"))
    for _ in range(12):
        attempt(president.username)

    assert attempt(president.username, PASSWORD) == WAIT
    assert attempt(president.username, PASSWORD, client=device) == IN


def test_a_known_device_has_its_own_tries(president):
    device = Client()
    attempt(president.username, PASSWORD, client=device)
    device.post(reverse("logout"))
    tried = []
    for _ in range(25):
        tried.append(attempt(president.username, client=device))
        cache.clear()  # as of another process

    assert tried.count(WRONG) < 2 * lockout.TRIES
    assert tried[-1] == WAIT


def test_a_device_is_known_to_those_who_signed_in_there_with_the_password_they_have(president):
    other = make_user("teacher", password=PASSWORD)
    device = Client()
    attempt(other.username, PASSWORD, client=device)
    device.post(reverse("logout"))
    for _ in range(12):
        attempt(president.username)
        attempt(other.username)
    assert attempt(president.username, PASSWORD, client=device) == WAIT

    other.set_password("un autre mot de passe")
    other.save()
    assert attempt(other.username, "un autre mot de passe", client=device) == WAIT
    device.cookies[lockout.COOKIE] = "forgé"
    assert attempt(president.username, PASSWORD, client=device) == WAIT


def test_the_quota_of_verify_is_by_that_address():
    cache.set(f"verify:{HERE}", FILES - 1, 600)
    answers = []
    for written, of in (("192.0.2.1", HERE), ("192.0.2.2", HERE), ("192.0.2.2", ELSEWHERE)):
        told = {"file": SimpleUploadedFile("x.pdf", b"%PDF-1.7")}
        headers = {"X-Forwarded-For": f"{written}, {of}"}
        answers.append(Client().post(reverse("verify:verify"), told, headers=headers).status_code)

    assert answers == [200, WAIT, 200]


def test_a_long_name_is_a_sentence(client):
    page = client.post(reverse("login"), {"username": "x" * 300, "password": "faux"})

    assert page.status_code == WRONG
    assert "150 caractères au plus" in page.text
    assert not Entry.objects.exists()


def test_signing_in_out_and_failing_are_in_the_journal_without_any_password(president):
    client = Client()
    attempt(president.username, "pas-le-bon-mot")
    attempt("mot-de-passe-tape-ici", "x")
    attempt(president.username, PASSWORD, client=client)
    client.post(reverse("logout"), headers={"X-Forwarded-For": HERE})

    entries = Entry.objects.order_by("pk")
    department = president.roles.get().department_id
    assert [(each.act, each.about, each.by_id, each.department_id) for each in entries] == [
        ("account.sign_in_failed", president.username, None, department),
        ("account.sign_in_failed", "mot…, compte inconnu", None, None),
        ("account.sign_in", president.username, president.pk, department),
        ("account.sign_out", president.username, president.pk, department),
    ]
    assert {each.details["address"] for each in entries} == {HERE}
    assert not any(
        word in str(each.__dict__) for each in entries for word in (PASSWORD, "pas-le-bon", "tape")
    )


def test_what_is_refused_unread_does_not_fill_the_journal(president):
    for _ in range(30):
        attempt(president.username)

    assert Entry.objects.count() == lockout.TRIES


def test_administrators_alone_read_who_signs_in(president):
    department = president.roles.get().department
    attempt("personne", "x")
    attempt(president.username, PASSWORD)
    seen = {}
    for reader in (president, make_user("administrator", department=department)):
        client = Client()
        client.force_login(reader, backend="django.contrib.auth.backends.ModelBackend")
        text = client.get(reverse("journal")).text.split("<tbody")[1]
        seen[reader] = ("connexion refusée" in text, "per…, compte inconnu" in text)

    assert list(seen.values()) == [(False, False), (True, True)]


@pytest.mark.parametrize(("behind", "proxies", "warned"), [(True, 0, 1), (True, 1, 0), (False, 0, 0)])
def test_a_proxy_that_is_not_declared_is_told(settings, behind, proxies, warned):
    settings.BUTRT_BEHIND_PROXY, settings.BUTRT_PROXIES = behind, proxies

    assert len(checks.proxies_are_declared()) == warned
