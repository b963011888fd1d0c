"""The secretariat has documents made and sent: the page follows the workers, then gives the file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from butrt.base.accounts.models import Role, User
from butrt.base.workers.models import Worker
from jury.models import Batch, Session
from jury.sittings import services as sessions
from tests.factories import make_user
from tests.jury.documents.test_batches import run, without_worker
from tests.jury.documents.test_mailing import sign
from tests.jury.world import World, all_at, make_world

NAMES = ("ABEL", "BRUN", "CAMUS")


@pytest.fixture
def closed(transactional_db: None, live_server: LiveServer) -> World:
    world = make_world({name: all_at("12") for name in NAMES})
    for name in NAMES[:2]:
        student = world.student(name)
        student.email = f"{name.lower()}@etu.example"
        student.save()
    sessions.open_deliberation(session=world.session, by=world.president, motive="Essai.")
    sessions.adopt(session=world.session, by=world.president, expected=len(NAMES))
    sessions.close(session=world.session, by=world.president)
    world.session = Session.objects.with_programme().get(pk=world.session.pk)
    return world


@pytest.fixture
def secretary(closed: World, sign_in: Callable[[User], None]) -> User:
    person = make_user(Role.Name.SECRETARIAT, department=closed.session.department)
    sign_in(person)
    return person


def test_the_page_follows_the_work_and_gives_the_file(
    page: Page,
    live_server: LiveServer,
    closed: World,
    secretary: User,
    audit: Callable[[Page], None],
    monkeypatch: pytest.MonkeyPatch,
):
    without_worker(monkeypatch)
    page.goto(f"{live_server.url}/jurys/{closed.session.pk}/lots/")
    audit(page)
    page.get_by_label("Relevés de notes (3)").check()
    page.get_by_label("un fichier ZIP").check()
    page.get_by_role("button", name="Produire ces documents").click()

    state = page.locator("#state")
    expect(state).to_contain_text("0 fait sur 3")
    expect(state).to_contain_text("Aucun exécutant n’est en marche")
    audit(page)
    first, *others = Batch.objects.get().pieces.all()
    Worker.objects.create(pk="one", host="here", pid=1)
    run(first)
    expect(state).to_contain_text("1 fait sur 3")  # without a reload
    expect(state).not_to_contain_text("Aucun exécutant")
    for piece in others:
        run(piece)
    expect(state).to_contain_text("3 prêts")
    with page.expect_download() as given:
        state.get_by_role("link", name="ZIP").click()

    assert given.value.suggested_filename.startswith("releves_")


def test_stop_then_take_up(
    page: Page,
    live_server: LiveServer,
    closed: World,
    secretary: User,
    monkeypatch: pytest.MonkeyPatch,
):
    page.goto(f"{live_server.url}/jurys/{closed.session.pk}/apres/")
    with monkeypatch.context() as patch:
        without_worker(patch)
        page.locator("#doc-releve").get_by_role("button", name="Un seul PDF").click()
        page.get_by_role("button", name="Arrêter").click()
        expect(page.locator("#state")).to_contain_text("0 fait sur 3")
    page.get_by_role("button", name="Reprendre").click()

    expect(page.locator("#state")).to_contain_text("3 prêts")
    page.get_by_role("link", name="Documents").click()
    expect(page.locator("#batches")).to_contain_text("3 prêts")


def test_send_after_reading_to_whom(
    page: Page,
    live_server: LiveServer,
    closed: World,
    secretary: User,
    audit: Callable[[Page], None],
):
    sign(closed)
    page.goto(f"{live_server.url}/jurys/{closed.session.pk}/lots/")
    boxes: Any = page.locator("form[action$='envoi/'] input[type=checkbox]")
    for place in range(boxes.count()):
        boxes.nth(place).set_checked(boxes.nth(place).get_attribute("value") == "releve")
    page.get_by_role("button", name="Préparer l’envoi…").click()

    expect(page.get_by_text("1 sans adresse")).to_be_visible()
    audit(page)
    assert mail.outbox == []
    page.get_by_label("Un mot à ajouter (facultatif)").fill("Bel été à tous.")
    page.get_by_role("button", name="Envoyer 2 courriels").click()

    expect(page.locator("#state")).to_contain_text("2 envoyés")
    audit(page)
    assert [message.to for message in mail.outbox] == [["abel@etu.example"], ["brun@etu.example"]]
    assert "Bel été à tous." in mail.outbox[0].body
