"""The password asked again: before signing, sealing, unlocking, accounts and tokens; what was typed stays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from butrt.base.accounts.confirming import CONFIRMED_AT
from butrt.base.accounts.factors import services
from butrt.base.accounts.factors.codes import new_secret
from butrt.base.accounts.factors.gate import GIVEN
from butrt.base.accounts.models import User
from butrt.base.journal.models import Entry
from tests.base.accounts.factors.people import code_of
from tests.factories import make_department, make_user
from tests.test_access import PAGES, world, world_once  # noqa: F401 (fixtures)

pytestmark = pytest.mark.django_db

PASSWORD = "brume-sur-le-val-9"
MODEL = "django.contrib.auth.backends.ModelBackend"
# Each guarded address: who acts there, and what they send (tests/test_access.py knows its arguments).
GUARDED: dict[str, tuple[str, dict[str, Any]]] = {
    "accounts:new_person": ("administrator", {"username": "nouvelle", "last_name": "Roy", "is_active": "on"}),
    "accounts:person": ("administrator", {"username": "x", "last_name": "Autre", "is_active": "on"}),
    "accounts:tokens": (
        "administrator",
        {"name": "Scolarité 2", "owner": "secretariat", "role": "secretariat", "days": "30"},
    ),
    "accounts:revoke_token": ("administrator", {}),
    "accounts:invite": ("administrator", {}),
    "mine:address": ("teacher", {"email": "neuf@iut.example"}),
    "mine:close": ("teacher", {}),
    "mine:close_others": ("teacher", {}),
    "departments:new": ("site", {"name": "Chimie", "administrator-email": "a@iut.example"}),
    "departments:department": ("site", {"city": "Lille"}),
    "departments:administrator": ("site", {"administrator-email": "a@iut.example"}),
    "accounts:remove_factor": ("administrator", {}),
    "departments:invite": ("site", {}),
    "departments:remove_factor": ("site", {}),
    "factors:application": ("teacher", {"code": "123456"}),
    "factors:key": ("teacher", {"name": "Téléphone"}),
    "factors:codes": ("member", {"all": "1"}),
    "factors:remove": ("member", {}),
    "jury:new_regulation": ("administrator", {"adopt": "1"}),
    "staff:confirm": ("administrator", {"invite": "on"}),
    "staff:invitations": ("administrator", {"person": "1"}),
    "cohorts:open_accounts": ("secretariat", {"as": "csv"}),
    "cohorts:account": ("secretariat", {"act": "close"}),
    "jury:sign": ("president", {"source": "kept"}),
    "jury:seal": ("president", {"confirmed": "on"}),
    "jury:correct": ("president", {"what": "marks", "motive": "Une note oubliée."}),
    "jury:succession": ("director", {"motive": "La présidence a changé de poste."}),
    "jury:recheck": ("president", {"motive": "Un résultat changé."}),
    "jury:back": ("president", {"motive": "Une note oubliée."}),
    "jury:reopen_marks": ("president", {"motive": "Seconde chance."}),
}


def names(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for each in resolver.url_patterns:
        if isinstance(each, URLPattern):
            yield prefix + str(each.name), each.callback
        else:
            yield from names(each, f"{prefix}{each.namespace}:" if each.namespace else prefix)


# What issue 18 names: signing, sealing, opening marks after a jury, changing a règlement, making a token.
BINDING = {
    *("jury:sign", "jury:seal", "jury:back", "jury:correct", "jury:reopen_marks"),
    *("jury:new_regulation", "accounts:tokens"),
}


def test_every_guarded_address_is_in_the_table():
    """Save the signing page, whose guard is inside: it receives its file first."""
    flagged = {name for name, view in names(get_resolver()) if getattr(view, "confirmed", False)}

    assert flagged == set(GUARDED) - {"jury:sign"}
    assert set(GUARDED) >= BINDING


def away(user: User) -> Client:
    """Signed in long ago, each from their own address: it waits after too many wrong passwords."""
    user.set_password(PASSWORD)
    user.save()
    client = Client(REMOTE_ADDR=f"192.0.2.{user.pk % 256}")
    client.force_login(user, backend=MODEL)
    session = client.session
    session[CONFIRMED_AT] -= 11 * 60
    if user.second_factor:
        session[GIVEN] = user.second_factor
    session.save()
    return client


def test_nothing_is_done_without_the_password(world: dict[str, Any]):  # noqa: F811
    clients = {who: away(world[who]) for who, _ in GUARDED.values()}
    before = (Entry.objects.filter(by__isnull=False).count(), User.objects.count())
    answered = {}
    for name, (who, given) in GUARDED.items():
        sent = {key: str(world[value].pk) if key == "owner" else value for key, value in given.items()}
        address = reverse(name, kwargs={key: world[at] for key, at in PAGES[name].arguments.items()})
        asked = clients[who].post(address, sent)
        wrong = clients[who].post(address, sent | {"confirm-password": "faux"})
        assert dict(asked.context["sent"]) == sent, name
        assert "Ce n’est pas votre mot de passe" in wrong.content.decode(), name
        answered[name] = (asked.status_code, wrong.status_code)

    assert answered == dict.fromkeys(GUARDED, (403, 403))
    assert (Entry.objects.filter(by__isnull=False).count(), User.objects.count()) == before


def test_who_has_a_second_factor_gives_it_again(world: dict[str, Any]):  # noqa: F811
    """The password that opened the session proves nothing more."""
    secrets = {}
    for who in {who for who, _ in GUARDED.values()}:
        secrets[who] = new_secret()
        services.add_application(user=world[who], secret=secrets[who], code=code_of(secrets[who], -1))
    before = Entry.objects.count()
    clients = {who: away(world[who]) for who in secrets}
    answered = {}
    for name, (who, _) in GUARDED.items():
        address = reverse(name, kwargs={key: world[at] for key, at in PAGES[name].arguments.items()})
        asked = clients[who].post(address, {"confirm-password": PASSWORD})
        answered[name] = (asked.status_code, "code" in asked.context["form"].fields)
    made = {"name": "Scolarité 2", "owner": world["secretariat"].pk, "role": "secretariat", "days": "30"}
    code = {"confirm-code": code_of(secrets["administrator"])}
    script = clients["administrator"].post(reverse("accounts:tokens"), headers={"X-Requested-With": "fetch"})
    done = clients["administrator"].post(reverse("accounts:tokens"), made | code)

    assert answered == dict.fromkeys(GUARDED, (403, True))
    assert script.json()["step"] == "code"
    assert done.context["secret"].startswith("butrt_")
    assert [*Entry.objects.order_by("pk")[before:].values_list("act", flat=True)] == ["token.create"]


@pytest.fixture
def administrator() -> User:
    return make_user("administrator", department=make_department())


def test_a_password_just_given_is_not_asked_again(administrator: User):
    client = away(administrator)
    sent = {"username": "lea", "first_name": "Léa", "last_name": "Roy", "is_active": "on"}
    client.post(reverse("accounts:new_person"), sent | {"confirm-password": PASSWORD})
    again = client.post(reverse("accounts:new_person"), sent | {"username": "leo"})

    assert User.objects.filter(username="lea").exists()
    assert again.status_code == 302


def test_what_is_sent_twice_under_a_name_comes_back_twice(administrator: User):
    client = away(administrator)
    sent = {"username": "lea", "last_name": "Roy", "is_active": "on", "roles": ["teacher", "member"]}
    page = client.post(reverse("accounts:new_person"), sent).content.decode()

    assert '<input type="hidden" name="roles" value="teacher">' in page
    assert '<input type="hidden" name="roles" value="member">' in page


def test_the_page_to_sign_asks_before_a_file_is_chosen(world: dict[str, Any]):  # noqa: F811
    """Neither a certificate nor its passphrase comes back in a page."""
    client = away(world["president"])
    address = reverse("jury:sign", args=[world["closed"], world["version"]])
    shown = client.get(address)
    sent = {"source": "own", "passphrase": "très-secret", "file": SimpleUploadedFile("moi.p12", b"cle")}
    page = client.post(address, sent)
    then = client.post(address, {"confirm-password": PASSWORD, "confirm-go_back": "1"})

    assert (shown.status_code, page.status_code) == (403, 403)
    assert "il sera à donner de nouveau" in page.content.decode()
    assert "très-secret" not in page.content.decode()
    assert then["Location"] == address
    assert client.get(address).status_code == 200


def test_a_script_signs_in_over_its_page(administrator: User):
    answer = away(administrator).post(reverse("accounts:new_person"), headers={"X-Requested-With": "fetch"})

    assert answer.status_code == 401
    assert "votre saisie reste" in answer.json()["reason"]


def test_the_clock_gone_back_asks_again(administrator: User):
    client = away(administrator)
    session = client.session
    session[CONFIRMED_AT] += 3600
    session.save()

    assert client.post(reverse("accounts:new_person"), {}).status_code == 403


def test_wrong_passwords_there_count_as_refused_sign_ins(administrator: User):
    client = away(administrator)
    answers = [
        client.post(reverse("accounts:new_person"), {"confirm-password": "faux"}).status_code
        for _ in range(11)
    ]

    assert answers[0] == 403
    assert answers[-1] == 429
    assert (
        client.post(reverse("login"), {"username": administrator.username, "password": PASSWORD}).status_code
        == 429
    )


def test_the_session_of_another_is_no_proof(administrator: User):
    """Their own password, not one of somebody else's."""
    other = make_user(username="autre")
    other.set_password("un-autre-mot-9")
    other.save()
    page = away(administrator).post(reverse("accounts:new_person"), {"confirm-password": "un-autre-mot-9"})

    assert page.status_code == 403
