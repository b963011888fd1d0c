"""One's own account: password, address, sessions; and who signs in from a new device."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from butrt.base.accounts.invitations import Outcome, invite
from butrt.base.accounts.models import Asking, NewAddress, OpenSession, User
from butrt.base.accounts.own import addresses, limits
from butrt.base.accounts.own.devices import device
from butrt.base.journal.models import Entry
from butrt.base.workers.services import clean
from tests.factories import make_user
from tests.pages import plain

pytestmark = pytest.mark.django_db

OLD, NEW = "ancien-mot-de-passe-1", "nouveau-mot-de-passe-2"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Mobile/15E148 Safari/604.1"
)


@pytest.fixture
def person() -> User:
    user = make_user("teacher", email="c@iut.example", first_name="Camille")
    user.set_password(OLD)
    user.save()
    return user


def browser(person: User, agent: str = FIREFOX, address: str = "192.0.2.7", password: str = OLD) -> Client:
    client = Client(headers={"User-Agent": agent}, REMOTE_ADDR=address)
    client.post(reverse("login"), {"username": person.username, "password": password})
    return client


def is_open(client: Client) -> bool:
    return client.get(reverse("home")).status_code == 200


@pytest.fixture
def here(person: User) -> Client:
    return browser(person)


@pytest.fixture
def phone(person: User, here: Client) -> Client:
    return browser(person, SAFARI, "198.51.100.3")


def page_of(client: Client) -> str:
    return plain(client.get(reverse("mine:account")).content.decode())


# ---------- sessions ----------


def test_the_sessions_are_listed_and_closed_at_once(here: Client, phone: Client):
    page = page_of(here)
    (other,) = OpenSession.objects.filter(address="198.51.100.3")
    here.post(reverse("mine:close", args=[other.pk]))

    assert "Firefox sur Windows 192.0.2.7" in page
    assert "Safari sur iPhone 198.51.100.3" in page
    assert page.count("cette session") == 1
    assert (is_open(here), is_open(phone)) == (True, False)
    assert Entry.objects.get(act="account.sessions").details["sessions"] == ["Safari sur iPhone"]


def test_all_the_others_are_closed_and_nobody_else_s(here: Client, phone: Client):
    stranger = Client()
    stranger.force_login(make_user("teacher"), backend="django.contrib.auth.backends.ModelBackend")
    theirs = OpenSession.objects.exclude(address__in=("192.0.2.7", "198.51.100.3")).get()
    here.post(reverse("mine:close", args=[theirs.pk]))
    here.post(reverse("mine:close_others"))

    assert [is_open(client) for client in (here, phone, stranger)] == [True, False, True]


def test_a_session_goes_with_what_was_kept_of_it(here: Client, phone: Client):
    phone.post(reverse("logout"))
    left = OpenSession.objects.count()
    Session.objects.update(expire_date=timezone.now() - timedelta(days=1))
    clean()

    assert left == 1
    assert not OpenSession.objects.exists()


def test_a_session_idle_for_too_long_is_no_more_in_the_list(here: Client, phone: Client):
    session = phone.session
    session["seen"] -= 7200
    session.save()

    assert "iPhone" not in page_of(here)


def test_a_session_under_another_key_is_still_in_the_list(here: Client, phone: Client):
    """As a second factor gives it one."""
    session = phone.session
    session.cycle_key()
    session.save()
    phone.cookies["sessionid"] = session.session_key
    lost = page_of(here)
    phone.get(reverse("home"))

    assert ("iPhone" in lost, "iPhone" in page_of(here)) == (False, True)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox sur Windows"),
        (SAFARI, "Safari sur iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36", "Chrome sur Linux"),
        ("Mozilla/5.0 (Macintosh) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge sur Mac"),
        ("Mozilla/5.0 (Linux; Android 14) SamsungBrowser/25.0 Chrome/121", "Samsung Internet sur Android"),
        ("curl/8.5", "Navigateur inconnu"),
        ("", "Navigateur inconnu"),
    ],
)
def test_a_device_in_words(agent: str, words: str):
    assert device(agent) == words


# ---------- a new device ----------


def test_a_new_device_is_told_by_mail_once(person: User, here: Client):
    here.post(reverse("logout"))
    here.post(reverse("login"), {"username": person.username, "password": OLD})
    (message,) = mail.outbox

    assert message.to == ["c@iut.example"]
    assert "- Firefox sur Windows\n- adresse 192.0.2.7\n" in message.body
    assert "/mon-compte/" in message.body


# ---------- the password ----------


def test_a_password_changed_closes_the_other_sessions(
    person: User, here: Client, phone: Client, django_capture_on_commit_callbacks
):
    typed = {"old_password": OLD, "new_password1": NEW, "new_password2": NEW}
    wrong = here.post(reverse("mine:password"), typed | {"old_password": "une-erreur"})
    person.refresh_from_db()
    unchanged = person.check_password(OLD)
    NewAddress.objects.create(user=person, email="x@iut.example", digest="", asked_at=timezone.now())
    with django_capture_on_commit_callbacks(execute=True):
        here.post(reverse("mine:password"), typed)
    person.refresh_from_db()

    assert "Ce n’est pas votre mot de passe actuel." in wrong.content.decode()
    assert unchanged
    assert person.check_password(NEW)
    assert (is_open(here), is_open(phone)) == (True, False)
    assert "cette session" in page_of(here)
    assert "mot de passe changé par vous-même" in mail.outbox[-1].body
    assert {"account.sign_in_failed", "account.password"} <= {*Entry.objects.values_list("act", flat=True)}
    assert not NewAddress.objects.exists()


def test_the_device_stays_known_after_a_new_password(person: User, here: Client):
    here.post(reverse("mine:password"), {"old_password": OLD, "new_password1": NEW, "new_password2": NEW})
    here.post(reverse("logout"))
    here.post(reverse("login"), {"username": person.username, "password": NEW})

    assert len(mail.outbox) == 1  # the first sign-in of all


def test_who_has_no_password_here_is_not_asked_for_it(person: User, here: Client):
    User.objects.filter(pk=person.pk).update(password="!")
    client = Client()
    person.refresh_from_db()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")

    assert "s’ouvre par la connexion de votre établissement" in page_of(client)
    assert client.get(reverse("mine:password")).status_code == 404


# ---------- the address ----------


def asked_link(here: Client, email: str = "neuf@iut.example") -> str:
    here.post(reverse("mine:address"), {"email": email})
    (link,) = re.findall(r"http://127.0.0.1:8000(/mon-compte/courriel/\S+)", mail.outbox.pop().body)
    return link


def test_an_address_is_proved_by_its_link_once(
    person: User, here: Client, django_capture_on_commit_callbacks
):
    link = asked_link(here)
    mail.outbox.clear()
    waiting = page_of(here)
    here.get(link)
    before = User.objects.get(pk=person.pk).email
    with django_capture_on_commit_callbacks(execute=True):
        here.post(link)
    again = here.get(link).content.decode()

    assert "neuf@iut.example attend d’être confirmé" in waiting
    assert before == "c@iut.example"
    assert User.objects.get(pk=person.pk).email == "neuf@iut.example"
    assert [message.to for message in mail.outbox] == [["c@iut.example"], ["neuf@iut.example"]]
    assert "Ce lien ne sert plus" in again
    assert invite(user=User.objects.get(pk=person.pk), department=None, by=None) is Outcome.SENT


@pytest.mark.parametrize("how", ["late", "replaced", "given up", "of another"])
def test_a_link_that_serves_no_more(how: str, person: User, here: Client):
    link = asked_link(here)
    client = here
    if how == "late":
        NewAddress.objects.update(asked_at=timezone.now() - addresses.SERVES)
    elif how == "replaced":
        asked_link(here, "autre@iut.example")
    elif how == "given up":
        here.post(reverse("mine:keep_address"))
    else:
        client = Client()
        client.force_login(make_user("teacher"), backend="django.contrib.auth.backends.ModelBackend")
    refused = plain(client.post(link, follow=True).content.decode())

    assert "Ce lien ne sert plus" in refused
    assert User.objects.get(pk=person.pk).email == "c@iut.example"


def test_links_leave_for_a_few_addresses_an_hour(person: User, here: Client):
    for number in range(addresses.MOST_ASKED + 1):
        answer = here.post(reverse("mine:address"), {"email": f"x{number}@iut.example"})

    assert "Trop de demandes" in answer.content.decode()
    assert [message.subject for message in mail.outbox[1:]] == ["Confirmer votre courriel"] * 5


def test_the_alert_about_marks_is_switched_off(person: User, here: Client):
    here.post(reverse("mine:alerts"), {})
    person.refresh_from_db()

    assert not person.told_of_marks
    assert Entry.objects.get(act="account.alerts").details == {"marks": False}


def test_what_is_over_is_forgotten(person: User, here: Client):
    asked_link(here)
    clean()
    kept = (NewAddress.objects.count(), Asking.objects.count())
    NewAddress.objects.update(asked_at=timezone.now() - addresses.SERVES)
    Asking.objects.update(at=timezone.now() - limits.PERIOD)
    clean()

    assert kept == (1, 1)
    assert (NewAddress.objects.count(), Asking.objects.count()) == (0, 0)
