"""Hostile requests on every address: refused in words, or served; none is a 500, on SQLite as on PostgreSQL.

The names of what a page reads come from its own inputs and from the code, so that a new one is tried as well.
"""

from __future__ import annotations

import contextlib
import inspect
import json
import logging
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.signals import got_request_exception
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import NoReverseMatch, resolve, reverse

from butrt.base.accounts.models import User
from butrt.base.accounts.services import create_token
from butrt.base.logs import JsonLines, Lines
from curriculum.models import Department
from grades.models import Student
from tests.test_access import (
    ABSENT,
    EVERYONE,
    FORBIDDEN,
    PAGES,
    Page,
    browser_of,  # noqa: F401
    signed_in_once,  # noqa: F401
    world,  # noqa: F401  the same world, as a fixture
    world_once,  # noqa: F401
)

pytestmark = pytest.mark.django_db

READ_BY_CODE = re.compile(r'(GET|POST)(?:\.get|\.getlist)?[(\[]"(\w+)"')
# What reads the query in the place of a view: a list sorted and filtered, a file asked for, a page of many.
READS_A_QUERY = re.compile(r"request\.GET|\b(?:arranged|exported|Paginator|RequestConfig|Shown)\(")
READ_BY_PAGE = re.compile(r'name="([\w-]+)"')
SLOW = 3  # seconds of processor
DEEP = "[" * 20_000
VALUES = {
    "a superscript two, which is a digit and no number": "²",
    "NUL": "a\0b",
    "5,000 digits": "9" * 5_000,
    "more than 64 bits": "9" * 20,
    "year 1": "0001-01-01T00:00:00+14:00",
    "deep JSON": DEEP,
    "300 characters": "x" * 300,
    "right to left, and an emoji": "\u202e☠️",
}
BODIES = {
    "a number without end": b'{"a": 1e400, "cells": 1e400}',
    "deep JSON": DEEP.encode(),
    "deep, in an object": b'{"cells": ' + DEEP.encode(),
    "not a number": b'{"cells": NaN}',
    "not an object": b"[]",
    "cells that are none": b'{"cells": [1, null, "a", [], {"a": null, "e": [], "v": {}, "t": 1e400}]}',
    "cells of huge numbers": json.dumps(
        {"cells": [{"a": int("9" * 20), "e": -1, "v": int("9" * 300), "t": "\0"}]}
    ).encode(),
    "a cell of a lone surrogate": b'{"cells": [{"a": 1, "e": 1, "v": 0, "t": "\\ud800"}]}',
    "a number without end in a cell": b'{"cells": [{"a": 1e400, "e": 1, "v": 0, "t": "12"}]}',
    "a field twice": b'{"cells": [], "cells": []}',
    "not UTF-8": b'{"cells": "\xff"}',
    "nothing": b"",
}


class Broken(list[str]):
    """What was asked and answered badly."""

    def ask(
        self, what: str, client: Client, method: str, address: str, *given: Any, **extra: Any
    ) -> HttpResponse:
        """Ask, undo what it did, and write a 500 down with what raised it."""
        raised: list[str] = []
        since = time.process_time()

        def note(**_: Any) -> None:
            raised.append(repr(sys.exc_info()[1])[:200])

        got_request_exception.connect(note)
        try:
            with transaction.atomic():
                answer = getattr(client, method)(address, *given, **extra)
                transaction.set_rollback(True)
        except Exception as error:  # whatever escapes even Django's own answer
            raised.append(repr(error)[:200])
            answer = HttpResponse(status=500)
        finally:
            got_request_exception.disconnect(note)
        if (spent := time.process_time() - since) > SLOW:
            self.append(f"{what}: {method} {address[:80]}: {spent:.1f} s")
        if answer.status_code >= 500:
            self.append(f"{what}: {method} {address[:80]} → {answer.status_code} {' '.join(raised)}")
        return answer


@dataclass
class Door:
    """An address, and somebody who reaches it."""

    name: str
    page: Page
    arguments: dict[str, Any]
    client: Client

    @property
    def address(self) -> str:
        return reverse(self.name, kwargs=self.arguments)

    @property
    def view(self) -> Any:
        return inspect.unwrap(resolve(self.address).func)

    @property
    def read(self) -> set[tuple[str, str]]:
        """What the page reads by itself: ("get" or "post", name)."""
        found = READ_BY_CODE.findall(inspect.getsource(self.view))
        return {(method.lower(), name) for method, name in found}

    @property
    def asks(self) -> bool:
        """Whether it, or what stands beside it, reads the query of an address."""
        return READS_A_QUERY.search(self.module) is not None

    @property
    def near(self) -> set[str]:
        """Those that its module reads, and those that the page's forms send."""
        return self.inputs | {name for _, name in READ_BY_CODE.findall(self.module)}

    @property
    def module(self) -> str:
        """The source that the page's view is in."""
        return Path(inspect.getfile(self.view)).read_text()

    @property
    def inputs(self) -> set[str]:
        """The names that the page's forms send, as seen once."""
        if self.name not in SEEN:
            answer = self.client.get(self.address)
            text = "" if answer.streaming else answer.content.decode(errors="ignore")
            SEEN[self.name] = set(READ_BY_PAGE.findall(text)) - {"csrfmiddlewaretoken", "viewport"}
        return SEEN[self.name]


SEEN: dict[str, set[str]] = {}


@pytest.fixture
def doors(world: dict[str, Any], browser_of: Callable[..., Client]) -> list[Door]:  # noqa: F811
    clients = {person: browser_of(person, raise_request_exception=False) for person in EVERYONE}
    secret = create_token(
        owner=world["secretariat"],
        department=Department.objects.get(pk=world["department"]),
        role="secretariat",
        name="Attaque",
        days=2,
        by=None,
    )[1]
    found = []
    for name, page in PAGES.items():
        reached = [person for person, answer in page.answers.items() if answer not in (ABSENT, FORBIDDEN)]
        client = clients[reached[0] if reached else "administrator"]
        if name.startswith("api:"):
            client = Client(raise_request_exception=False, headers={"Authorization": f"Bearer {secret}"})
        arguments = {argument: world[value] for argument, value in page.arguments.items()}
        found.append(Door(name, page, arguments, client))
    return found


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_no_value_breaks_a_page(value: str, doors: list[Door]):
    """Every page is sent each; in its query too where it reads it, elsewhere one of them in turn."""
    broken, turn = Broken(), list(VALUES.values()).index(value)
    for place, door in enumerate(doors):
        named = dict.fromkeys(door.near, value)
        its_turn = place % len(VALUES) == turn  # without a name to send it in, one value is like another
        if named or its_turn:
            broken.ask("all", door.client, "post", door.address, named)
        if (named and door.asks) or its_turn:
            broken.ask("all", door.client, "get", door.address, named)
        for method, name in door.read if len(named) > 1 else ():
            broken.ask(name, door.client, method, door.address, {name: value})
        for argument, given in door.arguments.items():
            if isinstance(given, str):  # a path that a person may write
                with contextlib.suppress(NoReverseMatch):
                    address = reverse(door.name, kwargs=door.arguments | {argument: value})
                    broken.ask("in the path", door.client, "get", address)

    assert broken == []


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_no_body_breaks_a_page(body: bytes, doors: list[Door]):
    """Each by the pages that read bodies; the others, to which they are all alike, are asked one."""
    broken = Broken()
    for door in doors:
        if body != BODIES["deep JSON"] and "request.body" not in door.module:
            continue
        broken.ask("JSON", door.client, "post", door.address, body, content_type="application/json")

    assert broken == []


@pytest.mark.parametrize("lines", ["", "²", "9" * 30, "-1", "1000", "3"])
def test_no_formset_without_its_lines_breaks_a_page(lines: str, doors: list[Door]):
    """The management form missing, unreadable, or announcing lines that are not there."""
    broken, asked = Broken(), 0
    for door in doors:
        counts = {name: lines for name in door.inputs if name.endswith("_FORMS")}
        if counts:
            broken.ask("lines", door.client, "post", door.address, counts | {"seen": DEEP})
            asked += 1

    assert broken == []
    assert asked >= 4


def test_no_file_breaks_a_page(doors: list[Door]):
    """A file where a text is waited for, and what is no workbook, picture or PDF where one is."""
    broken = Broken()
    for door in doors:
        named = {*door.inputs, "file", "kept"}
        files = {name: SimpleUploadedFile("a\0b²☠.xlsx", b"PK\x03\x04" + bytes(100)) for name in named}
        broken.ask("files", door.client, "post", door.address, files)

    assert broken == []


def test_a_room_followed_since_the_year_1_is_read_anew(world: dict[str, Any]):  # noqa: F811
    client = Client()
    client.force_login(world["president"])
    address = reverse("jury:live", args=[world["opened"]])
    version = client.get(address).json()["version"].rpartition("|")[0]

    for when in ("0001-01-01T00:00:00+00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):
        answer = client.get(address, {"depuis": f"{version}0|{when}"})
        assert answer.status_code == 200, when


def test_no_key_breaks_a_page(doors: list[Door]):
    """Numbers in the path that no database holds: more than 64 bits everywhere, another in turn.

    What reads the others is the same for all, the converter of addresses.
    """
    broken, others = Broken(), cycle((0, int("9" * 400), int("8" * 400)))
    for door in doors:
        for argument, given in door.arguments.items():
            if isinstance(given, int):
                for number in (int("9" * 20), next(others)):
                    address = reverse(door.name, kwargs=door.arguments | {argument: number})
                    address = address.replace("8" * 400, "8" * 5_000)  # which `reverse` would not write
                    broken.ask("key", door.client, "get", address)

    assert broken == []


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """Everything that any logger says meanwhile, as the site writes it, in its two forms."""
    written: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.extend(form.format(record) for form in (JsonLines(), Lines()))

    handler, loggers = Kept(), [logging.getLogger(), *map(logging.getLogger, logging.root.manager.loggerDict)]
    before = [(logger, logger.level) for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
        if logger is logging.root or not logger.propagate:
            logger.addHandler(handler)
    yield written
    for logger, level in before:
        logger.setLevel(level)
        logger.removeHandler(handler)


def test_no_log_line_holds_personal_data(doors: list[Door], world: dict[str, Any], lines: list[str]):  # noqa: F811
    """Each page is sent a person's name, number and address, by every way in; it reads those of the world."""
    personal = {"name": "LE GUENNIC Erwan", "number": "22996066", "email": "e.leguennic@valbrume.example"}
    sent = " ".join(personal.values())
    broken, headers = Broken(), {"User-Agent": sent, "Referer": f"https://{sent}/", "X-Forwarded-For": sent}
    for door in doors:
        reads = door.page.posted is None and "POST" not in inspect.getsource(door.view)
        named = dict.fromkeys({"q", *(name for _, name in door.read)}, sent)
        broken.ask("names", door.client, "get" if reads else "post", door.address, named, headers=headers)
    stranger = Client(raise_request_exception=False)
    for root in {door.address.split("/")[1] for door in doors}:
        stranger.get(f"/{root}/{quote(sent)}/", headers=headers)
    stranger.get("/", headers={"Host": "e.leguennic@valbrume.example"})

    text = "\n".join(lines)
    people = [*User.objects.all(), *Student.objects.all()]
    known = {getattr(person, "username", "") or person.number for person in people}
    known |= {word for person in people for word in (person.last_name, person.first_name, person.email)}
    words = {*personal.values(), *sent.split(), *known} - {"", "LE"}
    assert len(lines) > len(doors)
    assert [word for word in words if re.search(rf"\b{re.escape(word)}\b", text)] == []
