"""The second factor that is owed: before it is given, a session opens nothing, whatever opened it."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import checks
from django.test import Client, override_settings
from django.urls import reverse

from butrt.base.accounts.confirming import CONFIRMED_AT, FACTOR_AT
from butrt.base.accounts.factors.gate import DEFAULT
from butrt.base.accounts.models import User
from butrt.base.accounts.sessions import BEGAN
from butrt.base.journal.models import Entry
from tests.base.accounts.factors.people import PASSWORD, SCRIPT, code_of, enrolled, make_person, signed_in
from tests.factories import make_department, make_user
from tests.test_access import PAGES, asked, world, world_once  # noqa: F401 (fixtures)

pytestmark = pytest.mark.django_db

ASK, MINE = reverse("factors:ask"), reverse("factors:mine")
# What who owes a second factor reaches as nobody does, and where they choose one, and leave.
FOR_ALL = {name for name, page in PAGES.items() if page.anonymous not in (302,)}
TO_CHOOSE = {"factors:ask", "factors:mine", "factors:application", "factors:key", "logout"}


@pytest.fixture
def required(settings: Any) -> None:
    settings.BUTRT_SECOND_FACTOR_FOR = [*DEFAULT, "teacher", "director", "member", "student"]


def test_before_it_is_chosen_every_address_leads_to_it(world: dict[str, Any], required: None):  # noqa: F811
    """Whatever one may do. What is open to all answers as to nobody."""
    wrong = []
    for person in ("administrator", "president", "student", "site"):
        client = Client()
        client.force_login(world[person], backend="django.contrib.auth.backends.ModelBackend")
        for name, page in PAGES.items():
            if name in TO_CHOOSE | {"login", "account", "choose_password", "factors:challenge"}:
                continue
            answer = asked(client, name, world)
            if name in FOR_ALL:
                right = answer.status_code == page.anonymous
            elif page.posted is None:
                right = answer.get("Location", "").startswith(ASK)
            else:
                right = answer.status_code == 401 and "second facteur" in answer.content.decode()
            if not right:
                wrong.append((person, name, answer.status_code))

    assert wrong == []


def test_it_is_chosen_first_then_everything_opens(client: Client, required: None):
    president = make_person("president", password=PASSWORD)
    client.post(reverse("login"), {"username": president.username, "password": PASSWORD})
    sent = client.get(reverse("jury:sessions"), follow=True)
    led_to = sent.redirect_chain[-1][0]
    page = client.get(reverse("factors:application") + "?next=/jurys/")
    codes = client.post(
        reverse("factors:application") + "?next=/jurys/", {"code": code_of(page.context["secret"])}
    )

    assert led_to == f"{MINE}?next=/jurys/"
    assert "Votre rôle en demande un" in sent.content.decode()
    assert "Promotions" not in sent.content.decode()
    assert len(codes.context["codes"]) == 10
    assert codes.context["next"] == "/jurys/"
    assert client.get("/jurys/").status_code == 200
    assert [*Entry.objects.filter(act="factor.add").values_list("by", flat=True)] == [president.pk]


def test_who_has_one_is_asked_for_it_at_each_sign_in(client: Client):
    """Also where no role requires it; a page of before leads back where one was going."""
    person, secret = enrolled("teacher")
    for step in (0, 1):
        client.post(reverse("login"), {"username": person.username, "password": PASSWORD})
        before = client.get("/elements/")
        after = client.post(before["Location"], {"code": code_of(secret, step)})

        assert before["Location"] == f"{ASK}?next=/elements/"
        assert after["Location"] == "/elements/"
        assert client.get("/elements/").status_code == 200


def test_half_signed_in_one_chooses_nothing_and_is_nobody(client: Client):
    """The password alone must not add a second factor beside the one there is."""
    person, _ = enrolled("president")
    client.post(reverse("login"), {"username": person.username, "password": PASSWORD})

    for name in ("mine", "application", "key"):
        assert client.get(reverse(f"factors:{name}"))["Location"].startswith(ASK)
    assert client.post(reverse("factors:codes")).status_code == 401
    assert client.get(reverse("account")).json() == {
        "account": None,
        "name": "",
        "step": "code",
        "keys": False,
    }
    assert person.last_name not in client.get("/nulle-part/").content.decode()
    assert client.post(reverse("logout")).status_code == 302
    assert client.get(ASK)["Location"].startswith(reverse("login"))


def test_a_script_is_told_what_is_next(client: Client):
    person, secret = enrolled("president")
    opened = client.post(
        reverse("login"), {"username": person.username, "password": PASSWORD}, headers=SCRIPT
    )
    kept = client.post(reverse("jury:new_session"), {"place": "Salle 12"}, headers=SCRIPT)
    wrong = client.post(ASK, {"code": "abc"}, headers=SCRIPT)
    right = client.post(ASK, {"code": code_of(secret, 1)}, headers=SCRIPT)

    assert opened.json() == {"account": None, "name": "", "step": "code", "keys": False}
    assert (kept.status_code, kept.json()["step"]) == (401, "code")
    assert "votre saisie reste" in kept.json()["reason"]
    assert (wrong.status_code, "pas le bon" in wrong.json()["reason"]) == (400, True)
    assert right.json() == {"account": person.pk, "name": str(person)}
    assert client.get(reverse("jury:sessions")).status_code == 200


def test_signing_in_again_asks_again(client: Client):
    """The mark of a session dies with its sign-in."""
    person, secret = enrolled("president")
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    client.post(ASK, {"code": code_of(secret, 1)})
    client.post(reverse("login"), {"username": person.username, "password": PASSWORD}, headers=SCRIPT)

    assert client.get(reverse("jury:sessions"))["Location"].startswith(ASK)


def test_a_role_given_meanwhile_asks_at_once(client: Client, settings: Any):
    settings.BUTRT_SECOND_FACTOR_FOR = ["president"]
    department = make_department()
    person = make_user("teacher", department=department)
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    before = client.get("/elements/").status_code
    person.roles.create(department=department, role="president")

    assert before == 200
    assert client.get("/elements/")["Location"].startswith(ASK)


def test_a_session_found_open_chooses_nothing(client: Client, required: None):
    """Who must choose signed in a moment ago, or signs in again."""
    person = make_person("president")
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session[BEGAN] -= 11 * 60
    session.save()
    sent = client.get(reverse("factors:application"))

    assert sent["Location"] == f"{reverse('login')}?next=/"
    assert client.get(reverse("account")).json() == {"account": None, "name": ""}


def test_what_a_provider_proves_does_not_take_its_place(client: Client):
    """What a password, or a university, proves is not enough from who has a second factor."""
    person, secret = enrolled("administrator")
    client = signed_in(person, secret)
    session = client.session
    session[FACTOR_AT] -= 11 * 60
    session.save()

    assert session[CONFIRMED_AT] > session[FACTOR_AT]
    assert client.post(reverse("accounts:tokens"), {}).status_code == 403


def test_a_copy_of_before_does_not_undo_it():
    """An administrator saves an account that they opened before its person chose a second factor."""
    person, _ = enrolled("teacher")
    mark = person.second_factor
    stale = User.objects.get(pk=person.pk)
    stale.second_factor, stale.quality = "", "maître de conférences"
    stale.save()
    person.refresh_from_db()

    assert (person.second_factor, person.quality) == (mark, "maître de conférences")


def test_the_settings_are_checked():
    def found(roles: list[str], **how: bool) -> list[str]:
        with override_settings(BUTRT_SECOND_FACTOR_FOR=roles):
            messages = checks.run_checks(tags=[checks.Tags.security], **how)
        return [message.id for message in messages if message.id in ("butrt.E001", "butrt.W002")]

    assert found([*DEFAULT], include_deployment_checks=True) == []
    assert found(["president"], include_deployment_checks=True) == ["butrt.W002"]
    assert found(["presidente"]) == ["butrt.E001"]
