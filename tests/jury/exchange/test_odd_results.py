"""No result, whatever its origin, makes a page fail.

Every page of a session is asked in each state; what no state changes, in preparation and once closed.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from django.urls import reverse

from butrt.base.accounts.models import Role
from butrt.base.accounts.services import create_token
from jury.exchange.elsewhere.forms import code_choices
from jury.models import Result, Session
from jury.rules.codes import Code
from jury.sittings import services
from tests.factories import (
    make_cohort,
    make_competence,
    make_enrolment,
    make_parcours,
    make_programme,
    make_session,
    make_user,
    programme_of,
)
from tests.jury.world import World, all_at, make_world, reread

pytestmark = pytest.mark.django_db

PAGES = ("prepare", "session", "schedule", "members", "attendance", "room", "spread", "live", "meanwhile")
AFTER = ("after", "following", "figures", "results_xlsx", "results_csv", "cohort_json", "batches", "apogee")
KINDS = ("releve", "notification", "reussite", "ue", "dut", "but")
MOMENT = datetime.datetime(2024, 9, 3, 12, tzinfo=datetime.UTC)


def odd_results(world: World) -> None:
    """Everything that the database lets in of a student, sensible or not."""
    student = world.student("DUPONT")
    programme = programme_of(world.session.cohort)
    other = make_programme(
        {"UE31": "30", "UE41": "30"}, parcours=make_parcours(department=world.session.department)
    )
    own = programme.units.get(code="UE31").competence
    stranger = other.units.get(code="UE31").competence
    alone = make_competence(programme.parcours, "RT9")

    def result(kind: str, code: str, subject: str, **fields: object) -> None:
        Result.objects.create(
            **{
                "student": student,
                "kind": kind,
                "code": code,
                "subject": subject,
                "school_year": 2023,
                "source": "import",
                "recorded_at": MOMENT,
            }
            | fields
        )

    unit, rcue = {"level": 2, "semester": 3, "year": 2}, {"level": 2, "year": 2}
    result("unit", "ADM", "UE-INCONNUE", average="12")  # no competence at all
    result("rcue", "ADM", "ZZ9/4", average="12.5")
    result("unit", "ADM", "UE31", competence=stranger, average="15", **unit)  # of another parcours
    result("rcue", "ADM", "RT1/2", competence=stranger, source="transfer", **rcue)
    result("unit", "ADM", "UE51", competence=own, level=3, semester=5, year=3)  # 3 before 1
    result("unit", "CMP", "UE61", competence=own, level=3, semester=6, year=3, average="3")
    result("rcue", "ADM", "RT1/3", competence=own, level=3)
    result("unit", "ADM", "UE99", competence=alone, level=7, semester=12, average="20")
    result("unit", "ADM", "UE31", competence=own, source="vae", document="VAE", **unit)  # no average
    result("unit", "AJ", "UE31", competence=own, source="mobility", average="7.25", **unit)  # the same thing
    result("unit", "ADM", "UE31", competence=own, school_year=2050, average="11", **unit)  # to come
    result("year", "ADM", "BUT3", year=3)  # of one who is in BUT2
    result("year", "PASD", "BUT2", year=2, school_year=2050)
    result("year", "NAR", "année", source="bridge")  # no year of the BUT
    result("year", "RED", "BUT9", year=9, source="bridge")
    result("diploma", "", "DUT", source="bridge")
    result("diploma", "", "Brevet de maître-nageur", source="bridge")
    # Codes that do not fit what they are about: nothing in the database forbids them.
    result("unit", "PASD", "UE41", competence=own, level=2, semester=4, source="bridge")
    result("unit", "RED", "UE42", source="bridge")
    result("rcue", "NAR", "RT2/2", competence=own, level=1, source="bridge", average="20")
    result("year", "CMP", "BUT1", year=1, source="bridge")
    result("year", "AJ", "BUT1", year=1, source="vae", average="9.5")
    result("unit", "DEM", "UE32", source="dispensation")
    result("diploma", "ADM", "BUT", source="vae")
    for number, code in enumerate(Code):
        result("unit", code, f"X{number}", competence=own, level=2, semester=3, school_year=2021)
        result("year", code, f"Y{number}", year=2, school_year=2000 + number)
        result("rcue", code, f"Z{number}", competence=own, level=2, school_year=2021)


def make_odd() -> World:
    world = make_world({"DUPONT": all_at("12"), "MARTIN": all_at("11")})
    make_programme({"UE11": "30", "UE21": "30"}, parcours=programme_of(world.session.cohort).parcours, year=1)
    Role.objects.create(user=world.president, department=world.session.department, role="secretariat")
    Role.objects.create(user=world.president, department=world.session.department, role="director")
    Role.objects.create(user=world.president, department=world.session.department, role="administrator")
    odd_results(world)
    return world


@pytest.fixture(scope="module")
def world_once(once: Callable[[Callable], Any]) -> World:
    return once(make_odd)


@pytest.fixture
def world(db: None, world_once: World) -> World:
    return deepcopy(world_once)


def addresses(world: World, *, closed: bool, about_all: bool) -> list[str]:
    """Those of the session and, `about_all`, of what no state of a session changes: people, results."""
    session, enrolment = world.session, world.enrolments["DUPONT"]
    student = enrolment.student
    found = [reverse(f"jury:{name}", args=[session.pk]) for name in PAGES + (AFTER if closed else ())]
    found += [
        reverse(f"jury:{name}", args=[session.pk, student.number])
        for name in ("card", "what_if", *(["student_documents"] if closed else []))
    ]
    found += [
        reverse("jury:room", args=[session.pk]) + "?projection=1",
        reverse("jury:follow", args=[session.cohort_id]),
        reverse("jury:sessions"),
        reverse("home"),
        reverse("personal:student", args=[student.pk]),
        reverse("cohorts:cohort", args=[session.cohort_id]),
        reverse("cohorts:enrolment", args=[enrolment.pk]),
        *(
            reverse("jury:student_pdf", args=[session.pk, kind, student.number])
            for kind in (KINDS if closed else ("releve",))
        ),
    ]
    if closed:
        found.append(reverse("jury:minutes_pdf", args=[session.pk, 1]))
    if not about_all:
        return found
    return [
        *found,
        reverse("search") + f"?q={student.last_name}",
        reverse("jury:elsewhere"),
        reverse("jury:elsewhere") + "?_export=csv",
        reverse("jury:elsewhere") + "?_export=xlsx",
        reverse("jury:elsewhere_student", args=[student.pk]),
        reverse("jury:elsewhere_model", args=[session.cohort_id]),
    ]


def answers(client, world: World, *, closed: bool = False, about_all: bool = True) -> dict[str, int]:
    """The pages that fail, or that are not there when they should be."""
    client.force_login(world.president)
    found = {
        address: client.get(address).status_code
        for address in addresses(world, closed=closed, about_all=about_all)
    }
    return {
        address: status
        for address, status in found.items()
        if status not in (200, 302, 304) and not (status == 404 and "/documents/" in address)
    }


def api_answers(client, world: World) -> dict[str, int]:
    user = make_user("secretariat", department=world.session.department)
    admin = make_user("administrator", department=world.session.department)
    _, secret = create_token(
        owner=user, department=world.session.department, role="secretariat", name="Essai", days=3, by=admin
    )
    session, number = world.session, world.student("DUPONT").number
    found = {}
    for name, arguments in {
        "session": [session.pk],
        "decisions": [session.pk],
        "cohort": [session.pk],
        "documents": [session.pk],
        "students": [session.cohort_id],
        "transcript": [session.pk, number],
    }.items():
        address = reverse(f"api:{name}", args=arguments)
        found[address] = client.get(address, headers={"Authorization": f"Bearer {secret}"}).status_code
    return {address: status for address, status in found.items() if status >= 500}


def decide_all(world: World) -> None:
    session = reread(world)
    for name in world.enrolments:
        services.decide(
            session=session,
            student=world.student(name),
            kind="year",
            subject="",
            code="PAS1NCI",
            motive="Essai.",
            by=world.president,
        )


def test_no_odd_result_makes_a_page_fail_in_any_state(client, world: World):
    assert answers(client, world) == {}
    services.open_deliberation(session=reread(world), by=world.president, motive="Essai.")
    assert answers(client, world) == {}
    decide_all(world)
    assert answers(client, world) == {}
    services.close(session=reread(world), by=world.president)

    assert answers(client, world, closed=True) == {}
    assert api_answers(client, world) == {}
    data = client.post(reverse("personal:data", args=[world.student("DUPONT").pk]))
    assert data.status_code == 200


def test_a_student_of_but1_with_every_odd_result_is_judged(client, world: World):
    parcours = programme_of(world.session.cohort).parcours
    first = make_programme({"UE11": "30", "UE21": "30"}, parcours=parcours, year=1, in_force_from=2024)
    cohort = make_cohort(first)
    enrolment = make_enrolment(cohort, world.student("DUPONT"))
    session = make_session(cohort, world.president, semester=2, regulation=world.session.regulation)
    there = World(Session.objects.with_programme().get(pk=session.pk), world.president, {"DUPONT": enrolment})

    assert answers(client, there) == {}


def test_the_student_sees_their_own_page(client, world: World):
    student = world.student("DUPONT")
    student.account = make_user("student", department=world.session.department)
    student.save()
    client.force_login(student.account)

    assert client.get(reverse("own:marks")).status_code == 200


def test_nothing_foreign_acquires_anything():
    world = make_world({"DUPONT": all_at("8")})
    student = world.student("DUPONT")
    other = make_programme(
        {"UE31": "30", "UE41": "30"}, parcours=make_parcours(department=world.session.department)
    )
    Result.objects.create(
        student=student,
        kind="unit",
        code="ADM",
        subject="UE31",
        competence=other.units.get(code="UE31").competence,
        level=2,
        semester=3,
        school_year=2023,
        source="import",
    )
    Result.objects.create(
        student=student, kind="unit", code="ADM", subject="UE31", school_year=2022, source="import"
    )
    services.open_deliberation(session=reread(world), by=world.president, motive="Essai.")
    snapshot = Session.objects.get(pk=world.session.pk).snapshot

    assert snapshot["cohort"]["students"][0]["earlier"] == []
    apart = snapshot["context"]["students"][student.number]["apart"]
    assert [(line["subject"], line["code"]) for line in apart] == [("UE31", "ADM"), ("UE31", "ADM")]


@pytest.mark.parametrize("kind", ["unit", "rcue", "year"])
def test_each_code_of_a_form_is_said_in_words(kind):
    assert all(", " in words for code, words in code_choices(Result.Kind(kind), 2) if code)


def test_a_repeater_of_a_common_year_still_opens(world: World):
    """make_enrolment twice: the same student in two promotions of two years."""
    before = make_cohort(programme_of(world.session.cohort), school_year=2022)
    make_enrolment(before, world.student("DUPONT"))
    services.open_deliberation(session=reread(world), by=world.president, motive="Essai.")

    assert reread(world).state == "deliberation"
