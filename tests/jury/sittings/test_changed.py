"""What a jury judged is locked with it; what changes all the same has a motive, read by the next jury."""

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from grades import people
from grades.models import Reopening
from grades.people import Points
from jury.cases.proceedings import Proceedings
from jury.models import Session
from jury.sittings import services
from jury.sittings.checklist import checklist
from tests.factories import make_user
from tests.grades.test_cohort_pages import as_shown
from tests.grades.test_people import enrolment_values
from tests.jury.sittings.test_corrections import correct
from tests.jury.world import all_at, close_world, make_world

MOTIVE = "Attestation reçue après le jury"


@pytest.fixture
def closed(db):
    """S3 is closed: Léa has 6 in UE32, Zoé 12 everywhere. `closed.year` is the jury of S4, to be held."""
    world = make_world({"Léa": all_at("12", R32="6"), "Zoé": all_at("12")}, semester=3)
    close_world(world)
    made = Session.objects.create(
        cohort=world.session.cohort,
        semester=4,
        president=world.president,
        regulation=world.session.regulation,
        date=datetime.date(2025, 7, 8),
        place="B204",
    )
    world.year = Session.objects.with_programme().get(pk=made.pk)
    return world


@pytest.fixture
def secretary(closed):
    return make_user("secretariat", department=closed.session.department)


def unit(world, code):
    return world.session.cohort.programme.units.get(code=code)


def give(world, code, points, by, **how):
    enrolment = world.enrolments["Léa"]
    bonus = {unit(world, code): Points(Decimal(points), "sport")}
    people.set_adjustments(enrolment=enrolment, adjustments=bonus, by=by, **how)


def change(world, by, unlocking="", **fields):
    values = enrolment_values(world.enrolments["Léa"], **fields)
    return people.change_enrolment(**values, unlocking=unlocking, by=by)


def said(session):
    """The line of the checklist on what changed, "" without one."""
    items = checklist(session, Proceedings.of(session))
    return next((item.text for item in items if "depuis qu’un jury a jugé" in item.title), "")


def test_a_bonus_after_the_closing_asks_a_motive_and_nothing_is_written(closed, secretary):
    with pytest.raises(ValidationError) as refused:
        give(closed, "UE32", "9", secretary)

    (told,) = refused.value.message_dict["unlocking"]
    assert told.startswith("Léa ")
    assert "UE32\xa0: rien → 9, sport" in told
    assert not closed.enrolments["Léa"].adjustments.exists()


def test_with_its_motive_the_next_jury_reads_it_with_both_averages(closed, secretary):
    assert said(closed.year) == ""
    give(closed, "UE32", "9", secretary, unlocking=MOTIVE)

    told = said(closed.year)
    assert "UE32 6,00 → 15,00." in told
    assert "UE32\xa0: rien → 9, sport" in told
    assert MOTIVE in told
    assert str(secretary) in told


def test_the_pages_of_the_jury_that_had_judged_say_it(closed, secretary, client):
    give(closed, "UE32", "9", secretary, unlocking=MOTIVE)
    client.force_login(closed.president)

    page = client.get(reverse("jury:after", args=[closed.session.pk])).content.decode()
    assert "Changé depuis que ce jury a jugé" in page
    assert MOTIVE in page


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"unjustified_absences": 40}, "absences injustifiées\xa0: 0 → 40"),
        ({"justified_absences": 2}, "absences justifiées\xa0: 0 → 2"),
        (
            {"status": "DEM", "status_since": datetime.date(2025, 2, 1)},
            "situation\xa0: rien → démission ; depuis le\xa0: rien → 1er février 2025",
        ),
        ({"repeats": {3: 1}}, "redoublements d’avant ou d’ailleurs\xa0: rien → S3 1"),
    ],
    ids=["unjustified", "justified", "departure", "repeats"],
)
def test_so_do_absences_and_the_enrolment(closed, secretary, fields, told):
    with pytest.raises(ValidationError) as refused:
        change(closed, secretary, **fields)
    assert told in refused.value.message_dict["unlocking"][0]

    changed = change(closed, secretary, MOTIVE, **fields)
    assert told in said(closed.year) or changed.status  # one who left is told of elsewhere
    assert [each.changes for each in Reopening.objects.unjudged()] == [told]


def test_a_dispensation_too(closed, secretary):
    with pytest.raises(ValidationError):
        change(closed, secretary, dispensed=[unit(closed, "UE32")])

    change(closed, secretary, MOTIVE, dispensed=[unit(closed, "UE32")])
    assert "UE dispensées\xa0: rien → UE32" in said(closed.year)


def test_what_no_jury_judged_yet_asks_nothing(closed, secretary):
    give(closed, "UE42", "0.5", secretary)
    change(closed, secretary, company="")

    assert not Reopening.objects.exists()


def test_no_mark_opens_with_such_a_change(closed, secretary, client):
    give(closed, "UE32", "9", secretary, unlocking=MOTIVE)

    assert not Reopening.objects.standing().exists()
    teacher = make_user("director", department=closed.session.department)
    client.force_login(teacher)
    teaching = closed.session.cohort.teachings.get(element__code="R32")
    assert "Notes rouvertes" not in client.get(reverse("grades:sheet", args=[teaching.pk])).content.decode()


def test_the_jury_that_judges_again_has_it_in_its_figures(closed, secretary):
    give(closed, "UE32", "9", secretary, unlocking=MOTIVE)
    correct(closed, marks=True)
    services.open_deliberation(session=closed.session, by=closed.president)

    assert not Reopening.objects.unjudged().exists()


def test_a_correction_of_the_marks_frees_it_all(closed, secretary):
    correct(closed, marks=True)

    give(closed, "UE32", "9", secretary)
    assert not Reopening.objects.exists()


def test_the_pages_ask_the_motive_and_keep_what_was_typed(closed, secretary, client):
    client.force_login(secretary)
    enrolment = closed.enrolments["Léa"]
    page = reverse("cohorts:enrolment", args=[enrolment.pk])
    typed = as_shown(client.get(page)) | {"unjustified_absences": "40"}
    refused = client.post(page, typed).content.decode()
    assert "dire le motif du changement" in refused
    assert 'value="40"' in refused

    answer = client.post(page, typed | {"unlocking": MOTIVE})
    enrolment.refresh_from_db()
    assert (answer.status_code, enrolment.unjustified_absences) == (302, 40)
    points = client.get(reverse("cohorts:adjustments", args=[enrolment.pk])).content.decode()
    assert 'name="unlocking"' in points
    assert "Un jury a jugé S3" in points
