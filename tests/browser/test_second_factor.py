"""The second factor in a browser: a passkey, by Chromium's virtual authenticator, and a code over a page."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session as BrowserSession
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from butrt.base.accounts.confirming import FACTOR_AT
from butrt.base.accounts.factors.codes import new_secret
from butrt.base.accounts.factors.services import add_application
from butrt.base.accounts.models import ApiToken, User
from grades.models import Mark
from tests.base.accounts.factors.people import code_of
from tests.browser.conftest import PASSWORD
from tests.browser.sheets import NAMES, Sheet
from tests.browser.test_session import end_sessions, sign_in_over
from tests.factories import make_user

KEY = {"protocol": "ctap2", "transport": "internal", "hasUserVerification": True, "isUserVerified": True}


@pytest.fixture
def administrator(transactional_db: None) -> User:
    person = make_user("administrator")
    person.set_password(PASSWORD)
    person.save()
    return person


def sign_in(page: Page, person: User, live_server: LiveServer) -> None:
    page.goto(f"{live_server.url}/connexion/")
    page.locator("[name=username]").fill(person.username)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")


def confirmed_long_ago() -> None:
    for kept in BrowserSession.objects.all():
        session = SessionStore(kept.session_key)
        session[FACTOR_AT] -= 3600
        session.save()


def test_a_passkey_is_chosen_opens_and_is_asked_again(
    page: Page, live_server: LiveServer, administrator: User, settings: Any, audit: Callable, errors: list
):
    settings.BUTRT_SECOND_FACTOR_FOR = ["administrator"]
    browser = page.context.new_cdp_session(page)
    browser.send("WebAuthn.enable")
    browser.send("WebAuthn.addVirtualAuthenticator", {"options": KEY | {"automaticPresenceSimulation": True}})

    sign_in(page, administrator, live_server)
    expect(page.get_by_role("heading", name="Choisir un second facteur")).to_be_visible()
    audit(page)
    page.get_by_role("link", name="Ajouter une application").click()
    audit(page)
    page.go_back()
    page.get_by_role("link", name="Ajouter une clé d’accès").click()
    page.get_by_label("Son nom").fill("Ordinateur du bureau")
    page.get_by_role("button", name="Créer la clé").click()
    expect(page.locator(".recovery li")).to_have_count(10)
    audit(page)
    page.get_by_role("link", name="continuer").click()
    page.get_by_role("button", name="Quitter").first.click()

    sign_in(page, administrator, live_server)
    page.get_by_role("button", name="clé d’accès").click()
    page.get_by_role("link", name="Comptes").first.click()
    page.wait_for_url(re.compile("/comptes/$"))

    page.goto(f"{live_server.url}/comptes/jetons/")
    page.get_by_label("Usage").fill("Tableau de bord")
    page.get_by_label("Titulaire").select_option(label=str(administrator))
    page.get_by_label("Rôle").select_option("administrator")
    confirmed_long_ago()
    page.get_by_role("button", name="Créer le jeton").click()
    expect(page.get_by_role("heading", name="Votre second facteur")).to_be_visible()
    audit(page)
    page.get_by_role("button", name="clé d’accès").click()
    expect(page.get_by_text("Jeton « Tableau de bord » créé")).to_be_visible()
    assert ApiToken.objects.get().owner == administrator
    errors.clear()  # the browser logs the 403


def test_a_code_is_given_over_the_page_and_what_was_typed_is_saved(
    sheet: Sheet, page: Page, teacher: User, errors: list, audit: Callable
):
    secret = new_secret()
    add_application(user=teacher, secret=secret, code=code_of(secret, -1))
    end_sessions()
    sheet.type(NAMES[0], "DS", "12")
    sign_in_over(page)
    code = page.locator("#sign-in-code")
    expect(code).to_be_focused()
    audit(page)
    code.fill("000000")
    page.keyboard.press("Enter")
    expect(page.locator("#sign-in [role=alert]")).to_contain_text("pas le bon")
    code.fill(code_of(secret, 1))
    page.keyboard.press("Enter")

    expect(page.locator("#sign-in")).to_be_hidden()
    sheet.state(NAMES[0], "DS", "saved")
    assert [str(mark.value) for mark in Mark.objects.all()] == ["12.00"]
    errors.clear()  # the browser logs each 401 and 400
