"""A forgotten password: the same answer for all, a link by mail for who may have one."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from butrt.base.accounts.models import User
from butrt.base.accounts.own import forgotten
from butrt.base.accounts.services import save_account
from butrt.base.accounts.trail import journal
from butrt.base.journal.models import Entry
from tests.factories import make_department, make_user
from tests.pages import plain

pytestmark = pytest.mark.django_db
NEW = "un-nouveau-mot-de-passe-9"


@pytest.fixture
def person() -> User:
    return make_user("teacher", email="c@iut.example", password="ancien-mot-de-passe-1")


def ask(client: Client, text: str) -> str:
    """What the page answers; what it leaves to a worker is done at once (tests/settings.py)."""
    return plain(client.post(reverse("forgotten"), {"account": text}, follow=True).content.decode())


@pytest.mark.parametrize("typed", ["C@iut.example", "username"])
def test_a_link_leaves_and_serves_once(typed: str, person: User, client: Client):
    ask(client, person.username if typed == "username" else typed)
    (message,) = mail.outbox
    (link,) = re.findall(r"http://127.0.0.1:8000(/connexion/lien/\S+)", message.body)
    form = client.get(link, follow=True).redirect_chain[-1][0]
    client.post(form, {"new_password1": NEW, "new_password2": NEW})
    person.refresh_from_db()

    assert message.to == ["c@iut.example"]
    assert person.check_password(NEW)
    assert "Ce lien ne sert plus" in Client().get(link, follow=True).content.decode()
    assert Entry.objects.get(act="account.forgotten").details == {"outcome": "sent", "address": "127.0.0.1"}


def test_the_answer_never_tells_whether_there_is_an_account(person: User, settings):
    """Neither its words nor the work that it takes: a worker looks at the account."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    answers, queries = [], []
    for text in ("c@iut.example", "personne@iut.example"):
        with CaptureQueriesContext(connection) as made:
            answers.append(ask(Client(), text))
        queries.append([re.sub(r"'[^']*'|\"s\d+_x\d+\"", "", query["sql"])[:60] for query in made])

    assert answers[0] == answers[1]
    assert "Si un compte a ce nom ou ce courriel" in answers[0]
    assert queries[0] == queries[1]
    assert DBTaskResult.objects.count() == 2
    assert mail.outbox == []


def test_a_closed_account_has_no_link(person: User, client: Client):
    User.objects.update(is_active=False)
    ask(client, person.username)

    assert "Ce compte est fermé" in mail.outbox[0].body
    assert "/connexion/lien/" not in mail.outbox[0].body


def test_nor_has_who_signs_in_by_the_university(person: User, client: Client):
    person.set_unusable_password()
    person.save()
    with transaction.atomic():
        journal("account.sign_in", person, person, address="192.0.2.1", way="CAS")
    ask(client, person.username)

    assert "s’ouvre par la connexion de votre établissement" in mail.outbox[0].body
    assert "/connexion/lien/" not in mail.outbox[0].body


def test_nor_whose_address_somebody_else_just_changed(person: User, client: Client):
    person.email = "pris@ailleurs.example"
    department = person.roles.get().department
    save_account(user=person, department=department, roles=["teacher"], by=make_user("administrator"))
    ask(client, "pris@ailleurs.example")

    assert "moins de trois jours" in mail.outbox[-1].body
    assert "/connexion/lien/" not in mail.outbox[-1].body


def test_who_was_invited_and_never_answered_has_a_link(client: Client):
    person = make_user("teacher", department=make_department(), email="neuf@iut.example")
    person.set_unusable_password()
    person.save()
    ask(client, "neuf@iut.example")

    assert "/connexion/lien/" in mail.outbox[0].body


def test_a_machine_and_an_account_are_asked_for_a_few_times_an_hour(person: User, client: Client):
    answers = [ask(client, person.username) for _ in range(forgotten.MOST_FROM_A_MACHINE + 1)]
    elsewhere = Client(REMOTE_ADDR="192.0.2.9")

    assert len(mail.outbox) == forgotten.MOST_FOR_AN_ACCOUNT
    assert ["Trop de demandes" in answer for answer in answers] == [False] * 10 + [True]
    assert "Si un compte a ce nom" in ask(elsewhere, person.username)
    assert len(mail.outbox) == forgotten.MOST_FOR_AN_ACCOUNT


def test_a_site_without_mail_says_so(client: Client, settings):
    settings.DEMO = False
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

    assert "n’envoie pas de courriel" in client.get(reverse("forgotten")).content.decode()
