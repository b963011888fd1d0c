"""An element set aside for a promotion: who may, until when, and what becomes of its marks."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from butrt.base.journal.models import Entry as JournalEntry
from grades.models import Mark, Teaching
from grades.overview import cohort_overview
from grades.people import set_aside, take_back
from grades.progress.completion import declare_complete
from grades.progress.reminders import plan
from grades.services import Entry, State, create_assessment, record_marks
from tests.factories import make_element, make_user, programme_of
from tests.jury.life import fresh, open_jury, unlock
from tests.jury.world import all_at, make_world
from tests.pages import shown

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world({"DUPONT": all_at("14", R32="6"), "MARTIN": all_at("12", R32="8")})


@pytest.fixture
def director(world):
    return make_user("director", department=world.session.department, last_name="Lenoir")


def element(world, code="R32"):
    return programme_of(world.session.cohort).elements.get(code=code)


def aside(world, director, code="R32", motive="Grève de mars."):
    return set_aside(cohort=world.session.cohort, element=element(world, code), motive=motive, by=director)


def back(world, director, code="R32"):
    return take_back(cohort=world.session.cohort, element=element(world, code), by=director)


def refusal(act, *args, **kwargs):
    with pytest.raises(ValidationError) as raised:
        act(*args, **kwargs)
    return raised.value.messages[0]


def test_who_when_why_and_taken_back(world, director):
    teaching = aside(world, director, motive="  Grève   de mars. ")
    first = JournalEntry.objects.latest("pk")
    again = aside(world, director, motive="Poste vacant.")

    assert (teaching.aside_motive, teaching.aside_by) == ("Grève de mars.", director)
    assert (first.act, first.by, first.details) == (
        *("teaching.set_aside", director),
        {"teaching": teaching.pk, "before": {"motive": ""}, "after": {"motive": "Grève de mars."}},
    )
    assert (again.aside_motive, again.aside_at) == ("Poste vacant.", teaching.aside_at)

    taken_back, last = back(world, director), JournalEntry.objects.latest("pk")

    assert (taken_back.is_aside, taken_back.aside_by) == (False, None)
    assert (last.act, last.details["before"]) == ("teaching.take_back", {"motive": "Poste vacant."})
    assert Mark.objects.filter(assessment__teaching=teaching).count() == 2


def test_an_element_that_came_into_the_programme_later(world, director):
    late = make_element(element(world).programme, code="R99", semester=4)

    assert set_aside(cohort=world.session.cohort, element=late, motive="Grève.", by=director).is_aside


def test_refused_without_a_motive_to_others_and_of_what_is_not_aside(world, director):
    assert (
        refusal(aside, world, director, motive=" ")
        == "R32\N{NO-BREAK SPACE}: dire pourquoi il n’est pas évalué."
    )
    assert refusal(aside, world, world.president).startswith("La direction des études met un élément de côté")
    assert refusal(back, world, director) == "R32 n’est pas mis de côté."


def test_until_the_jury_opens(world, director):
    aside(world, director)
    open_jury(world)

    assert refusal(back, world, director).startswith("Un jury juge ou a jugé le semestre 3")
    assert refusal(aside, world, director, "R41").startswith("Un jury juge ou a jugé le semestre 4")

    unlock(world)

    assert not back(world, director).is_aside


def test_all_or_nothing_in_the_base(world):
    with pytest.raises(IntegrityError), transaction.atomic():
        Teaching.objects.filter(element__code="R32").update(aside_motive="Grève.")


def test_its_sheet_keeps_its_marks_and_takes_none(world, director):
    teaching = Teaching.objects.get(element__code="R32")  # read before: the sheet says what is
    aside(world, director)
    assessment, enrolment = teaching.assessments.get(), world.enrolments["DUPONT"]
    (outcome,) = record_marks(
        teaching=teaching, entries=[Entry(assessment.pk, enrolment.pk, "12", 0)], by=director
    ).outcomes

    assert (outcome.state, outcome.reason) == (
        State.LOCKED,
        "R32 est mis de côté, ses notes ne changent plus.",
    )
    assert "rien ne s’y évalue" in refusal(create_assessment, teaching=teaching, title="DS 9", by=director)
    assert "rien n’y est attendu" in refusal(declare_complete, teaching=teaching, by=director)


def test_nothing_is_missing_declared_or_reminded(world, director):
    Mark.objects.filter(assessment__teaching__element__code="R32").delete()
    aside(world, director)
    lines = {line.code: line for line in cohort_overview(world.session.cohort, director)}
    line = lines["R32"]

    assert (line.progress, line.gaps, line.unfinished, line.to_declare) == ((0, 0), [], False, False)
    assert line.state[2] == "mis de côté, hors des moyennes"
    assert [each.lines for each in plan([line]).letters] == []


def test_the_page_says_what_leaves_then_puts_back(client, world, director):
    cohort = world.session.cohort
    address = reverse("cohorts:aside", args=[cohort.pk, element(world).pk])
    client.force_login(director)
    text = client.get(address).content.decode()

    assert "UE32\N{NO-BREAK SPACE}: son coefficient 1 sort de la moyenne" in text
    assert "plus rien n’évalue cette UE" in text
    assert "2 notes déjà saisies\N{NO-BREAK SPACE}: elles sont gardées, elles ne comptent pas" in text

    answer = client.post(address, {"motive": "Grève."} | shown(client, address), follow=True)

    assert "R32 est mis de côté, hors de toutes les moyennes." in answer.content.decode()
    assert "mis de côté</span>" in answer.content.decode()

    sheet = client.get(reverse("grades:sheet", args=[Teaching.objects.get(aside_motive="Grève.").pk]))

    banner = sheet.content.decode()
    assert "Mis de côté, non évalué cette année.</b> Motif\N{NO-BREAK SPACE}: " in banner
    assert "«\N{NO-BREAK SPACE}Grève.\N{NO-BREAK SPACE}»" in banner
    assert "elles ne comptent pas et ne changent plus" in sheet.content.decode()
    assert "Le remettre dans les moyennes" in sheet.content.decode()

    answer = client.post(address, {"motive": "", "back": "1"} | shown(client, address), follow=True)

    assert "R32 est remis dans les moyennes" in answer.content.decode()
    assert not Teaching.objects.aside().exists()


def test_the_page_refuses_once_the_jury_is_open_and_keeps_what_was_typed(client, world, director):
    address = reverse("cohorts:aside", args=[world.session.cohort_id, element(world).pk])
    client.force_login(director)
    seen = shown(client, address)
    open_jury(world)
    text = client.post(address, {"motive": "Grève de mars."} | seen).content.decode()

    assert "Un jury juge ou a jugé le semestre 3" in text
    assert "Grève de mars." in text


def test_the_queries_of_the_page_do_not_grow(client, world, director):
    client.force_login(director)

    def queries(code):
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse("cohorts:aside", args=[world.session.cohort_id, element(world, code).pk]))
        return len(asked)

    client.get(reverse("cohorts:elements", args=[world.session.cohort_id]))
    before = queries("R32")
    for code in ("R31", "R41"):
        aside(world, director, code)

    assert queries("R32") == before
    assert fresh(world).state == "preparation"
