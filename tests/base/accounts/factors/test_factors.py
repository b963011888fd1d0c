"""Codes, keys and recovery codes: each serves once, too many wrong ones wait, what is lost is removed."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from butrt.base.accounts.models import User
from butrt.base.journal.models import Entry
from tests.base.accounts.factors.people import code_of, enrolled, half_signed_in, make_person, signed_in
from tests.factories import make_department, make_user
from tests.keys import Key

pytestmark = pytest.mark.django_db

ASK, MINE, HOME = reverse("factors:ask"), reverse("factors:mine"), "/"


def opens(client: Client) -> bool:
    return client.get(MINE).status_code == 200


def acts() -> list[str]:
    return [*Entry.objects.filter(act__startswith="factor.").order_by("pk").values_list("act", flat=True)]


# ---------- codes of an application ----------


def test_a_code_serves_once_whatever_the_process(client: Client):
    person, secret = enrolled("teacher")
    seen = code_of(secret, 1)
    first, second = half_signed_in(person), half_signed_in(person)
    first.post(ASK, {"code": f"{seen[:3]} {seen[3:]}"})
    second.post(ASK, {"code": seen})
    second.post(ASK, {"code": code_of(secret)})  # of before the one that served

    assert (opens(first), opens(second)) == (True, False)


def test_five_wrong_codes_wait_from_anywhere_and_the_person_is_told(
    mailoutbox, django_capture_on_commit_callbacks
):
    person, secret = enrolled("teacher", email="lea@iut.example")
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(5):
            wrong = half_signed_in(person).post(ASK, {"code": "000000"})
        waits = half_signed_in(person).post(ASK, {"code": code_of(secret, 1)})

    assert "pas le bon" in wrong.content.decode()
    assert "attendre une heure" in waits.content.decode()
    assert acts().count("factor.refused") == 5
    assert "quelqu’un connaît votre mot de passe" in mailoutbox[-1].body


def test_a_right_code_forgets_the_wrong_ones():
    person, secret = enrolled("teacher")
    for step in (0, 1):
        client = half_signed_in(person)
        for _ in range(4):
            client.post(ASK, {"code": "000000"})
        client.post(ASK, {"code": code_of(secret, step)})

        assert opens(client)


def test_the_secret_is_sealed_and_another_key_of_the_site_says_so(settings: Any):
    person, secret = enrolled("teacher")
    kept = json.dumps([*Authenticator.objects.values_list("data", flat=True)])
    settings.BUTRT_SECOND_FACTOR_KEY = "une autre"
    refused = half_signed_in(person).post(ASK, {"code": code_of(secret, 1)})

    assert secret not in kept
    assert "la clé secrète du site a changé" in refused.content.decode()


# ---------- recovery codes ----------


def test_a_recovery_code_serves_once_and_is_told(mailoutbox, django_capture_on_commit_callbacks):
    person = make_person("teacher", email="lea@iut.example")
    client = half_signed_in(person)
    application = reverse("factors:application")
    secret = client.get(application).context["secret"]
    codes = client.post(application, {"code": code_of(secret)}).context["codes"]
    first, second = half_signed_in(person), half_signed_in(person)
    with django_capture_on_commit_callbacks(execute=True):
        first.post(ASK, {"code": codes[0]})
    second.post(ASK, {"code": codes[0]})

    assert (opens(first), opens(second)) == (True, False)
    assert "Il en reste 9" in first.get(MINE).content.decode()
    assert codes[1] not in first.get(MINE).content.decode()
    assert "il en reste 9 codes" in mailoutbox[-1].body
    assert acts() == ["factor.add", "factor.recover", "factor.given", "factor.refused"]


def test_new_recovery_codes_end_those_of_before():
    person, secret = enrolled("teacher")
    client = signed_in(person, secret)
    before = client.post(reverse("factors:codes")).context["codes"]
    after = client.post(reverse("factors:codes")).context["codes"]
    old, new = half_signed_in(person), half_signed_in(person)
    old.post(ASK, {"code": before[0]})
    new.post(ASK, {"code": after[0]})

    assert (opens(old), opens(new)) == (False, True)


# ---------- keys ----------


def options(client: Client) -> dict[str, Any]:
    return dict(client.post(reverse("factors:challenge")).json())


@pytest.fixture
def owner() -> tuple[User, Key, Client]:
    """Somebody who just added a key."""
    person, key = make_person("president"), Key()
    client = half_signed_in(person)
    page = client.get(reverse("factors:key"))
    made = json.dumps(key.made(json.loads(page.context["options"])))
    client.post(reverse("factors:key"), {"name": "Téléphone", "credential": made})
    return person, key, client


def test_a_key_opens_and_its_answer_serves_once(owner: tuple[User, Key, Client]):
    person, key, _ = owner
    client, other = half_signed_in(person), half_signed_in(person)
    before = opens(client)
    answer = json.dumps(key.touched(options(client)))
    client.post(ASK, {"credential": answer})
    options(other)
    replayed = other.post(ASK, {"credential": answer})

    assert (before, opens(client), opens(other)) == (False, True, False)
    assert "n’a pas été reconnue" in replayed.content.decode()


@pytest.mark.parametrize("spoilt", ["another site", "another key", "a copy", "cut", "nothing"])
def test_what_is_not_the_key_of_this_person_here_opens_nothing(owner: tuple[User, Key, Client], spoilt: str):
    person, key, _ = owner
    first, client = half_signed_in(person), half_signed_in(person)
    first.post(ASK, {"credential": json.dumps(key.touched(options(first)))})
    if spoilt == "another site":
        key.origin = "http://testserver.example"
    elif spoilt == "another key":
        key.secret = Key().secret
    elif spoilt == "a copy":
        key.count = 0
    answer = key.touched(options(client))
    if spoilt == "cut":
        answer["response"]["authenticatorData"] = "AAAA"
    refused = client.post(ASK, {"credential": json.dumps({} if spoilt == "nothing" else answer)})

    assert refused.status_code == 200
    assert not opens(client)


def test_another_key_asks_the_other_sessions_again(owner: tuple[User, Key, Client]):
    person, key, client = owner
    other = half_signed_in(person)
    other.post(ASK, {"credential": json.dumps(key.touched(options(other)))})
    before = opens(other)
    page = client.get(reverse("factors:key"))
    made = json.dumps(Key().made(json.loads(page.context["options"])))
    client.post(reverse("factors:key"), {"name": "YubiKey", "credential": made})

    assert (before, opens(other), opens(client)) == (True, False, True)
    assert "Clé d’accès « YubiKey »" in client.get(MINE).content.decode()


# ---------- taken away ----------


def test_the_last_stays_where_a_role_requires_it(owner: tuple[User, Key, Client], settings: Any):
    person, _, client = owner
    address = reverse("factors:remove", args=[Authenticator.objects.get(type="webauthn").pk])
    settings.BUTRT_SECOND_FACTOR_FOR = ["president"]
    refused = client.post(address, follow=True).content.decode()
    kept = Authenticator.objects.count()
    settings.BUTRT_SECOND_FACTOR_FOR = []
    client.post(address)
    person.refresh_from_db()

    assert "en ajouter d’abord un autre" in refused
    assert (kept, Authenticator.objects.count(), person.second_factor) == (2, 0, "")
    assert opens(client)


def test_an_administrator_takes_away_what_is_lost(
    mailoutbox, django_capture_on_commit_callbacks, settings: Any
):
    """The sessions that it opened end; never one's own, nor that of the site's administrator."""
    settings.BUTRT_SECOND_FACTOR_FOR = ["president"]
    department = make_department()
    person, secret = enrolled("president", department=department, email="lea@iut.example")
    site, _ = enrolled("teacher", department=department, is_superuser=True)
    administrator, own = enrolled("administrator", department=department)
    stranger = make_user("administrator", department=make_department())
    theirs, client, elsewhere = signed_in(person, secret), signed_in(administrator, own), Client()
    elsewhere.force_login(stranger, backend="django.contrib.auth.backends.ModelBackend")

    def take_away(user: User, by: Client) -> int:
        return by.post(reverse("accounts:remove_factor", args=[user.pk])).status_code

    before = (opens(theirs), "Retirer son second facteur" in client.get(f"/comptes/{person.pk}/").text)
    refused = [take_away(site, client), take_away(person, elsewhere), take_away(administrator, client)]
    with django_capture_on_commit_callbacks(execute=True):
        take_away(person, client)

    assert before == (True, True)
    assert refused == [404, 404, 302]
    assert [*User.objects.exclude(second_factor="").order_by("pk")] == [site, administrator]
    assert theirs.get("/jurys/")["Location"].startswith(reverse("login"))
    assert "second facteur retiré : application de codes" in mailoutbox[-1].body
    assert Entry.objects.get(act="factor.remove").by == administrator


def test_who_holds_the_server_takes_it_away():
    person, _ = enrolled("administrator")
    out = StringIO()
    call_command("remove_second_factor", person.username, stdout=out)
    entry = Entry.objects.get(act="factor.remove")

    assert "retiré" in out.getvalue()
    assert (entry.by, entry.details["kinds"]) == (None, ["application de codes"])
    with pytest.raises(CommandError, match="pas de second facteur"):
        call_command("remove_second_factor", person.username)
