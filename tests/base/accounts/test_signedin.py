"""A session that ends or changes hands: what a page's script is told, and never a login page in its place."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from butrt.base.accounts.models import User
from tests.factories import make_user

pytestmark = pytest.mark.django_db

PASSWORD = "brume-sur-le-val-9"
SCRIPT = {"X-Requested-With": "fetch"}


@pytest.fixture
def user() -> User:
    user = make_user("president")
    user.set_password(PASSWORD)
    user.save()
    return user


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_a_script_is_told_that_nobody_is_signed_in(client: Client):
    answer = client.post(reverse("jury:new_session"), headers=SCRIPT)

    assert (answer.status_code, answer.headers["Content-Type"]) == (401, "application/json")
    assert "votre saisie reste" in answer.json()["reason"]
    assert "csrftoken" in answer.cookies


def test_a_page_is_sent_to_the_login_as_before(client: Client):
    answer = client.get(reverse("jury:sessions"))

    assert answer.headers["Location"] == f"{reverse('login')}?next=/jurys/"


def test_a_form_sent_without_script_is_told_how_not_to_lose_it(client: Client):
    answer = client.post(reverse("jury:new_session"), {"place": "Salle 12"})

    assert answer.status_code == 401
    assert "se connecter dans un autre onglet" in answer.content.decode()


def test_a_page_of_another_account_does_nothing(user: User):
    other = make_user("secretariat", first_name="Corinne", last_name="Pichavant")
    address, page_of = reverse("jury:sessions"), SCRIPT | {"X-Account": str(user.pk)}

    mine = signed_in(user).get(address, headers=page_of)
    theirs = signed_in(other).get(address, headers=page_of)

    assert mine.status_code == 200
    assert (theirs.status_code, theirs.json()) == (409, {"other": "Corinne Pichavant"})


def test_signing_in_by_script(client: Client, user: User):
    address = reverse("login")
    wrong = client.post(address, {"username": user.username, "password": "faux"}, headers=SCRIPT)
    right = client.post(address, {"username": user.username, "password": PASSWORD}, headers=SCRIPT)

    assert wrong.status_code == 400
    assert wrong.json()["reason"]
    assert right.json() == {"account": user.pk, "name": str(user)}
    assert client.get(reverse("account")).json() == {"account": user.pk, "name": str(user)}


def test_ten_wrong_passwords_lock_the_script_out_too(client: Client, user: User):
    about = {"username": user.username, "password": "faux"}
    answers = [client.post(reverse("login"), about, headers=SCRIPT).status_code for _ in range(10)]
    then = client.post(reverse("login"), about | {"password": PASSWORD}, headers=SCRIPT)

    assert (answers[:9], answers[9], then.status_code) == ([400] * 9, 429, 429)


def test_a_page_kept_from_before_the_last_sign_in_says_so(user: User):
    client = Client(enforce_csrf_checks=True)
    nobody = client.post(reverse("jury:new_session"), {"place": "Salle 12"})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    somebody = client.post(reverse("jury:new_session"), {"place": "Salle 12"})

    assert (nobody.status_code, somebody.status_code) == (401, 403)
    assert "datait d’avant votre connexion" in somebody.content.decode()
