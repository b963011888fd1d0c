"""Chromium for the journeys: Debian's, in French, with an audit of each page by axe-core.

A journey fails when a page logs an error or breaks its Content Security Policy.
"""

from __future__ import annotations

import io
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client, override_settings
from playwright.sync_api import BrowserType, ConsoleMessage, Frame, Page, Request, expect
from playwright.sync_api import Error as PlaywrightError
from pytest_django import DjangoDbBlocker
from pytest_django.live_server_helper import LiveServer

from butrt.base.accounts.models import User
from tests.browser import CHROMIUM, WITH_WINDOWS
from tests.browser.auditing import violations
from tests.browser.sheets import NAMES, Sheet
from tests.factories import (
    make_assessment,
    make_cohort,
    make_element,
    make_enrolment,
    make_parcours,
    make_programme,
    make_student,
    make_teaching,
    make_user,
    programme_of,
)

# Playwright's synchronous API runs an event loop in the thread of the test.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
PASSWORD = "un mot de passe de démonstration"

expect.set_options(timeout=15_000)  # two Chromium on two processors: what is late is not missing


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Without a graphics card, and without windows: one opened for each context, 1.5 s of processor."""
    quiet = ["--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    return browser_type_launch_args | {"executable_path": CHROMIUM, "args": quiet}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return browser_context_args | {
        "locale": "fr-FR",
        "timezone_id": "Europe/Paris",
        "viewport": {"width": 1440, "height": 900},
    }


@pytest.fixture
def with_windows(
    browser_type: BrowserType, browser_type_launch_args: dict[str, Any], browser_context_args: dict[str, Any]
) -> Iterator[Callable[[Page], Page]]:
    """The same page, signed in as well, in the Chromium that people have: it prints otherwise."""
    browser = browser_type.launch(**browser_type_launch_args | {"executable_path": WITH_WINDOWS})

    def with_windows(page: Page) -> Page:
        size = {"viewport": page.viewport_size}
        context = browser.new_context(
            **browser_context_args | size, storage_state=page.context.storage_state()
        )
        same = context.new_page()
        same.goto(page.url)
        return same

    yield with_windows
    browser.close()


@pytest.fixture
def errors() -> list[str]:
    """What pages logged as errors; a test that provokes some empties it."""
    return []


@pytest.fixture
def page(page: Page, errors: list[str], moves: dict[Page, Moves]) -> Iterator[Page]:
    def listen(message: ConsoleMessage) -> None:
        if message.type == "error":
            errors.append(message.text)

    moves[page] = Moves(page)
    page.on("console", listen)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    assert errors == []


@pytest.fixture
def sign_in(page: Page, live_server: LiveServer) -> Callable[[User], None]:
    """Opens the home of a person signed in; test_session.py and test_publication.py do it by the form."""

    def sign_in(user: User) -> None:
        user.set_password(PASSWORD)
        user.save()
        client = Client()
        client.force_login(user)
        session = client.cookies[settings.SESSION_COOKIE_NAME]
        page.context.add_cookies([{"name": session.key, "value": session.value, "url": live_server.url}])
        page.goto(live_server.url)

    return sign_in


class Moves:
    """How often a page went to another, and whether it leaves: a click returns before its page is there."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.count = 0
        self.asked: Request | None = None
        page.on("request", self._leave)
        page.on("requestfailed", self._stay)
        page.on("framenavigated", self._arrive)

    def _leave(self, request: Request) -> None:
        if request.is_navigation_request() and request.frame == self.page.main_frame:
            self.asked = request
            self.count += 1

    def _stay(self, request: Request) -> None:
        """A download too: its request ends without a page."""
        if request == self.asked:
            self.asked = None

    def _arrive(self, frame: Frame) -> None:
        if frame == self.page.main_frame:
            self.asked = None
            self.count += 1

    def settle(self) -> int:
        """Waits for the page asked for; how often it went to another since."""
        for _ in range(1500):
            if not self.asked:
                break
            self.page.wait_for_timeout(20)
        self.page.wait_for_load_state()
        return self.count


@pytest.fixture
def moves() -> dict[Page, Moves]:
    return {}


@pytest.fixture
def audit(moves: dict[Page, Moves]) -> Callable[[Page], None]:
    """Fails on what axe-core finds serious or critical (evaluated in the page: its CSP forbids scripts).

    Where a click before it leads elsewhere, the page audited is the one to which it leads.
    """

    def at_rest(page: Page) -> list[dict[str, Any]]:
        moved = moves.get(page) or moves.setdefault(page, Moves(page))
        for _ in range(5):
            before = moved.settle()
            try:
                found = violations(page)
            except PlaywrightError:
                page.wait_for_timeout(100)  # news of a page left come after the error that it causes
                if moved.count == before:
                    raise
            else:
                if moved.count == before:
                    return found
        pytest.fail(f"{page.url} never rests")

    def audit(page: Page) -> None:
        assert [
            (broken["id"], broken["help"], [node["target"] for node in broken["nodes"][:3]])
            for broken in at_rest(page)
        ] == []

    return audit


@pytest.fixture(scope="session")
def kept_demo(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The demonstration loaded once, its certificates made; the database is as before."""
    folder = tmp_path_factory.mktemp("demo")
    with django_db_blocker.unblock(), override_settings(BUTRT_CERTIFICATES_DIR=folder / "certificates"):
        copy_database(folder / "empty")
        call_command("load_demo", stdout=io.StringIO())
        call_command("make_demo_certificates", stdout=io.StringIO())
        copy_database(folder / "full")
        restore_database(folder / "empty")
    return folder


@pytest.fixture
def demo(
    kept_demo: Path, transactional_db: None, settings: Any, tmp_path: Path, live_server: LiveServer
) -> str:
    """The demonstration as it is once loaded; the address of the site."""
    settings.BUTRT_CERTIFICATES_DIR = tmp_path / "certificates"
    shutil.copytree(kept_demo / "certificates", settings.BUTRT_CERTIFICATES_DIR)
    restore_database(kept_demo / "full")
    return str(live_server.url)


def copy_database(file: Path) -> None:
    """SQLite's own copy, which a page being written meanwhile does not disturb."""
    connection.ensure_connection()
    with closing(sqlite3.connect(file)) as copy:
        connection.connection.backup(copy)


def restore_database(file: Path) -> None:
    connection.ensure_connection()
    with closing(sqlite3.connect(file)) as copy:
        copy.backup(connection.connection)


@pytest.fixture
def sign_in_as(page: Page, demo: str, sign_in: Callable[[User], None]) -> Callable[[str], None]:
    """Signs in one of the demonstration's people by user name, out of the account before."""

    def enter(username: str) -> None:
        page.context.clear_cookies()
        sign_in(User.objects.get(username=username))

    return enter


@pytest.fixture
def teacher(transactional_db: None) -> User:
    return make_user("teacher", first_name="Hélène", last_name="Marchetti")


@pytest.fixture
def sheet(teacher: User, page: Page, sign_in: Callable[[User], None], live_server: object) -> Sheet:
    """An element with two évaluations and four students, its teacher signed in and on the sheet."""
    department = teacher.roles.get().department
    cohort = make_cohort(make_programme(parcours=make_parcours(department=department)))
    element = make_element(programme_of(cohort), code="R401", title="Infrastructures de sécurité", semester=4)
    teaching = make_teaching(cohort, element, teachers=[teacher])
    make_assessment(teaching, title="DS", coefficient=2)
    make_assessment(teaching, title="TP")
    for name in NAMES:
        make_enrolment(cohort, make_student(department, last_name=name))
    sign_in(teacher)
    page.get_by_role("link", name="Éléments").first.click()
    page.get_by_role("link", name="R401").click()
    page.wait_for_selector(".grid.live")
    return Sheet(page, teaching)
