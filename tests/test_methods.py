"""Every address by every method, and asked by who holds every power of elsewhere.

The addresses, and what each person is answered there, are those of tests/test_access.py: one unlisted fails.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session as BrowserSession
from django.template.backends.django import Template
from django.test import Client
from django.urls import reverse

from butrt.base.accounts.models import Role
from tests.factories import make_department, make_user
from tests.pages import print_nothing
from tests.test_access import (
    ABSENT,
    DONE,
    MOVED,
    OK,
    PAGES,
    asked,
    browser_of,  # noqa: F401
    places,
    signed_in,
    signed_in_once,  # noqa: F401
    states,  # noqa: F401
    states_once,  # noqa: F401
    undrawn,  # noqa: F401
    world,  # noqa: F401
    world_once,  # noqa: F401
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("undrawn")]

NOT_ALLOWED = 405
REFUSED = ("OPTIONS", "PUT", "PATCH", "DELETE", "TRACE")
# What hangs on a role, in whatever department.
OF_A_ROLE = {"help:page": OK}


def address_of(name: str, world: dict[str, Any], state: str = "") -> str:  # noqa: F811
    named = {argument: world[value] for argument, value in PAGES[name].arguments.items()}
    return reverse(name, kwargs=named | ({"pk": world[state]} if state else {}))


def who_reaches(name: str) -> str:
    """One person to whom the address answers; the outsider when it answers nobody."""
    answers = PAGES[name].answers
    return next((person for person in answers if answers[person] in (OK, DONE, MOVED)), "outsider")


def rows() -> dict[str, int]:
    """How many rows each table has, the journal's entries among them; sessions of browsers apart."""
    return {
        model._meta.label: model._base_manager.count()
        for model in apps.get_models()
        if model is not BrowserSession
    }


# ---------- methods ----------


def test_only_reading_and_sending_reach_a_page(
    world: dict[str, Any],  # noqa: F811
    browser_of: Callable[[str], Client],  # noqa: F811
    django_assert_num_queries: Any,
):
    """Refused before anything is read: no query, so nothing told and nothing written."""
    addresses = {name: address_of(name, world) for name in PAGES}
    people = {person: browser_of(person) for person in {"outsider", *map(who_reaches, PAGES)}}
    let_in = []
    with django_assert_num_queries(0):
        for name, address in addresses.items():
            for person in {"outsider", who_reaches(name)}:
                for method in REFUSED:
                    answer = people[person].generic(method, address)
                    if (answer.status_code, answer.content) != (NOT_ALLOWED, b""):
                        let_in.append((name, method, person, answer.status_code))

    assert let_in == []
    assert answer["Allow"] == "GET, HEAD, POST"


@pytest.fixture
def blank(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither pages nor documents are laid out: the status alone is looked at."""
    monkeypatch.setattr(Template, "render", lambda *_: "")
    print_nothing(monkeypatch)


@pytest.mark.usefixtures("blank")
def test_head_answers_as_get_does_without_its_body(
    world: dict[str, Any],  # noqa: F811
    browser_of: Callable[[str], Client],  # noqa: F811
):
    people = {person: browser_of(person) for person in {"outsider", *map(who_reaches, PAGES)}}
    wrong = []
    for name, page in PAGES.items():
        for person in {"outsider", who_reaches(name)} if page.posted is None else ():
            answer = people[person].head(address_of(name, world))
            expected = page.answers[person]
            # What a link of the university's brings is used up by reading it: by GET alone.
            refused = expected == ABSENT and answer.status_code == NOT_ALLOWED
            if answer.content or not (refused or answer.status_code == expected):
                wrong.append((name, person, answer.status_code))

    assert wrong == []


@pytest.mark.usefixtures("blank")
def test_an_address_that_acts_does_nothing_when_it_is_read(
    world: dict[str, Any],  # noqa: F811
    browser_of: Callable[[str], Client],  # noqa: F811
):
    """By GET as by HEAD, even by who may act: refused, or the page that asks."""
    people = {person: browser_of(person) for person in map(who_reaches, PAGES)}
    before = rows()
    for name in (name for name, page in PAGES.items() if page.posted is not None):
        client, address = people[who_reaches(name)], address_of(name, world)
        assert client.head(address).status_code == client.get(address).status_code, name

    assert rows() == before


# ---------- who holds everything elsewhere ----------


@pytest.fixture
def strong(states: dict[str, Any]) -> Client:  # noqa: F811
    """Who holds every role of another department, and administers the site."""
    everything = [role for role in Role.Name if role != Role.Name.STUDENT]
    return signed_in(make_user(*everything, department=make_department(), is_superuser=True))


def of_the_strong(name: str) -> int:
    """What the table promises to them: what anybody gets, what administering the site opens."""
    answers = PAGES[name].answers
    everybody = answers["site"] if answers["outsider"] == ABSENT else answers["outsider"]
    return OF_A_ROLE.get(name, everybody)


def test_every_power_elsewhere_is_none_here(strong: Client, states: dict[str, Any]):  # noqa: F811
    """Read, then sent to, in every state of a session: what belongs to the department does not exist."""
    before = rows()
    entered = []
    for name, page in PAGES.items():
        expected = of_the_strong(name)
        if not page.arguments or expected != ABSENT:
            continue
        other_way = strong.post if page.posted is None else strong.get
        answers = [other_way(address_of(name, states))]
        answers += [asked(strong, name, states, state) for state in places(name)]
        if not {answer.status_code for answer in answers} <= {ABSENT, NOT_ALLOWED}:
            entered.append((name, [answer.status_code for answer in answers]))

    assert entered == []
    assert rows() == before


def test_what_anybody_reaches_shows_the_strong_outsider_nobody_here(
    strong: Client,
    states: dict[str, Any],  # noqa: F811
):
    """Their own pages, which are many, name no student of the department nor what it keeps."""
    student = states["student"].student
    secret = (student.last_name, student.number)
    wrong = []
    for name, page in PAGES.items():
        if page.posted is None and not page.arguments:
            text = strong.get(address_of(name, states)).text
            wrong += [(name, word) for word in secret if word in text]
        elif page.arguments and of_the_strong(name) != ABSENT:
            answer = asked(strong, name, states)
            if answer.status_code != of_the_strong(name):
                wrong.append((name, answer.status_code))

    assert wrong == []


def test_a_body_that_names_what_is_elsewhere_writes_nothing(strong: Client, states: dict[str, Any]):  # noqa: F811
    """The keys of the department's rows, under every name that a form of the site reads them by."""
    keys = {
        "department": states["department"],
        "cohort": states["cohort"],
        "programme": states["programme"],
        "student": states["pupil"],
        "element": states["element"],
        "teaching": states["teaching"],
        "teachings": states["teaching"],
        "assessment": states["assessment"],
        "enrolment": states["enrolment"],
        "session": states["prepared"],
        "president": states["president"].pk,
        "user": states["account"],
        "people": states["account"],
        "specialty": states["specialty"],
        "decision": states["decision"],
        "result": states["result"],
    }
    strong.get(reverse("letters:texts"))  # where the first texts of their own department are written
    before = rows()
    for name, page in PAGES.items():
        if not page.arguments and name != "logout" and not name.startswith("mine:"):  # one's own account
            answer = strong.post(address_of(name, states), keys)
            assert answer.status_code < 500, name

    assert rows() == before
