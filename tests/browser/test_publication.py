"""From a mark to its student: published, seen; the element declared complete; the others reminded."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.core import mail
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from butrt.base.accounts.models import User
from grades.models import Enrolment, Teaching
from grades.services import Entry, record_marks
from tests.factories import (
    make_assessment,
    make_cohort,
    make_department,
    make_enrolment,
    make_parcours,
    make_programme,
    make_student,
    make_teaching,
    make_user,
    programme_of,
)


@dataclass
class World:
    teacher: User
    head: User
    director: User
    secretary: User
    teaching: Teaching
    enrolment: Enrolment


@pytest.fixture
def world(transactional_db: None) -> World:
    """R31, its teacher and its head; a DS marked 13,25 and a TP marked 7,5 for its one student."""
    department = make_department()
    people = {
        name: make_user(role, department=department, last_name=name, email=f"{name.lower()}@iut.example")
        for name, role in {
            "Ouadah": "teacher",
            "Marchetti": "teacher",
            "Lenoir": "director",
            "Pichavant": "secretariat",
        }.items()
    }
    cohort = make_cohort(make_programme(parcours=make_parcours(department=department)))
    elements = programme_of(cohort).elements
    teaching = make_teaching(
        cohort, elements.get(code="R31"), teachers=[people["Ouadah"]], heads=[people["Marchetti"]]
    )
    enrolment = make_enrolment(cohort, make_student(department, last_name="ABÉLARD"))
    record_marks(
        teaching=teaching,
        entries=[
            Entry(make_assessment(teaching, title=title).pk, enrolment.pk, text, 0)
            for title, text in {"DS": "13,25", "TP": "7,5"}.items()
        ],
        by=people["Ouadah"],
    )
    make_assessment(teaching, title="QCM")
    other = make_teaching(cohort, elements.get(code="R41"), heads=[people["Marchetti"]])
    make_assessment(other, title="Projet")
    return World(*people.values(), teaching, enrolment)


@pytest.fixture
def enter_as(page: Page, sign_in: Callable[[User], None]) -> Callable[[User], None]:
    """Signs in a person, out of the account before."""

    def enter(user: User) -> None:
        page.context.clear_cookies()
        sign_in(user)

    return enter


def test_a_published_mark_reaches_its_student_alone(
    world: World,
    page: Page,
    live_server: LiveServer,
    enter_as: Callable[[User], None],
    audit: Callable[[Page], None],
) -> None:
    enter_as(world.teacher)
    page.goto(f"{live_server.url}{world.teaching.get_absolute_url()}")
    audit(page)
    page.get_by_role("link", name="Publier DS").click()
    audit(page)
    page.get_by_role("button", name="Publier DS").click()
    expect(page.get_by_text("DS est publiée")).to_be_visible()
    expect(page.get_by_role("link", name="publiée DS")).to_be_visible()

    enter_as(world.secretary)
    page.goto(f"{live_server.url}/promotions/{world.enrolment.cohort_id}/comptes/")
    audit(page)
    page.get_by_role("button", name="liste à imprimer").click()
    password = page.locator("td.mono").nth(1).inner_text()
    audit(page)

    page.context.clear_cookies()
    page.goto(f"{live_server.url}/connexion/")
    page.locator("[name=username]").fill(world.enrolment.student.number)
    page.locator("[name=password]").fill(password)
    page.locator("[name=password]").press("Enter")
    expect(page.get_by_role("heading", name="Mes notes")).to_be_visible()
    expect(page.locator(".own-mark")).to_have_text("13,25 sur 20")
    assert "7,5" not in page.locator("main").inner_text()
    audit(page)

    enter_as(world.teacher)
    page.goto(f"{live_server.url}{world.teaching.get_absolute_url()}")
    page.get_by_role("link", name="publiée DS").click()
    page.get_by_label("Motif du retrait").fill("Erreur de barème.")
    audit(page)
    page.get_by_role("button", name="Retirer la publication").click()
    expect(page.get_by_text("DS n’est plus publiée.")).to_be_visible()


def test_the_head_declares_the_element_complete(
    world: World,
    page: Page,
    live_server: LiveServer,
    enter_as: Callable[[User], None],
    audit: Callable[[Page], None],
) -> None:
    enter_as(world.head)
    page.goto(f"{live_server.url}{world.teaching.get_absolute_url()}")
    page.wait_for_selector(".grid.live")
    declare = page.get_by_role("button", name="Déclarer complet")
    expect(declare).to_be_disabled()
    expect(declare).to_have_accessible_description(re.compile("1.note manque. QCM.: 1, ABÉLARD Camille."))

    page.get_by_role("textbox", name="ABÉLARD Camille QCM").click()
    page.keyboard.type("11")
    page.keyboard.press("Enter")
    expect(declare).to_be_enabled()
    declare.click()
    expect(page.get_by_text("R31 est déclaré complet.")).to_be_visible()
    audit(page)

    page.get_by_text("Rouvrir", exact=True).click()
    page.get_by_label("Motif").fill("Copie retrouvée.")
    audit(page)
    page.get_by_role("button", name="Rouvrir l’élément").click()
    expect(page.get_by_text("R31 est rouvert")).to_be_visible()
    page.goto(live_server.url)
    expect(page.get_by_role("link", name="Déclarer complet")).to_be_visible()


def test_the_director_reminds(
    world: World,
    page: Page,
    live_server: LiveServer,
    enter_as: Callable[[User], None],
    audit: Callable[[Page], None],
) -> None:
    enter_as(world.director)
    page.goto(f"{live_server.url}/promotions/{world.enrolment.cohort_id}/")
    page.get_by_role("link", name="Avancement").click()
    audit(page)
    page.get_by_role("checkbox", name="Relancer pour R31").check()
    page.get_by_role("checkbox", name="Relancer pour R41").check()
    page.get_by_role("button", name="Relancer pour les éléments choisis").click()
    expect(page.get_by_text("2 courriels, un par personne, pour 2 éléments")).to_be_visible()
    audit(page)
    assert mail.outbox == []
    page.get_by_role("button", name="Envoyer 2 courriels").click()
    expect(page.get_by_text(re.compile("2.courriels envoyés"))).to_be_visible()

    assert {message.to[0] for message in mail.outbox} == {"marchetti@iut.example", "ouadah@iut.example"}
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    audit(page)
