"""A student's year as it stands: published marks alone, the rules' own engine, nothing said as decided."""

from decimal import Decimal

import pytest
from django.urls import reverse

from grades.models import Assessment, Mark
from jury.cases.proceedings import Proceedings
from jury.cases.trials import altered, without_awaited
from jury.models import MinutesRevision, Session
from jury.rules import decide
from jury.sittings import services
from jury.students.own.missing import on_twenty
from jury.students.own.standing import Standing, session_to_come
from tests.factories import make_assessment, make_user
from tests.jury.world import ENTERED, World, all_at, close_world, make_world, reread

pytestmark = pytest.mark.django_db

NEAR = all_at("12", R32="9.40", R42="9")


def published(**students) -> World:
    """A world whose marks are all published, with an account for each student."""
    world = make_world(students)
    Assessment.objects.update(published=True)
    for enrolment in world.enrolments.values():
        enrolment.student.account = make_user("student", department=world.session.department)
        enrolment.student.save()
    return world


def announce(world: World, element: str, **fields) -> Assessment:
    """One more évaluation of an element, published, that nobody has a mark of."""
    teaching = world.session.cohort.teachings.get(element__code=element)
    return make_assessment(teaching, **{"title": "DS à venir", "published": True} | fields)


def standing(world: World, name: str = "DUPONT") -> Standing:
    now = Standing.of(world.session, world.student(name))
    assert now is not None
    return now


def units(now: Standing) -> dict:
    return {unit.verdict.name: unit for level in now.levels for unit in level.units}


def page(client, world: World, name: str = "DUPONT", **asked) -> str:
    client.force_login(world.student(name).account)
    return client.get(reverse("own:marks"), asked).text.replace("\xa0", " ")


def asking(world: World, on: str, value: str) -> dict[str, str]:
    return {"year": str(world.enrolments["DUPONT"].pk), "on": on, "value": value}


# ---------- as it stands ----------


def test_it_says_what_the_engine_says_to_the_jury():
    world = published(DUPONT=NEAR, MARTIN=all_at("8"))
    for name in ("DUPONT", "MARTIN"):
        case = Proceedings.of(world.session).case(world.student(name).number)

        now = standing(world, name).now

        assert {unit.name: (unit.exact, unit.code) for unit in now.units.values()} == {
            unit.name: (unit.exact, unit.code) for unit in case.verdict.units.values()
        }
        assert (now.year, now.options) == (case.verdict.year, case.verdict.options)


def test_what_is_not_published_counts_for_nothing(client):
    world = published(DUPONT=NEAR)
    Assessment.objects.filter(teaching__element__code="R42").update(published=False)

    now, text = standing(world), page(client, world)

    assert (units(now)["UE42"].verdict.average, now.now.year) == (None, None)
    assert [choice.key for choice in now.awaited if choice.element == "R42"] == ["more:R42"]
    assert ("9,40" in text, "9,00" in text, "pas encore de moyenne" in text) == (True, False, True)


def test_nothing_is_said_as_decided_and_nothing_of_others(client):
    world = published(DUPONT=NEAR, MARTIN=all_at("17.77"))
    text = page(client, world)

    assert "En l’état des notes publiées, à titre indicatif." in text
    assert "ni admission ni passage de droit, le jury aurait à décider" in " ".join(text.split())
    assert ("MARTIN" in text, "17,77" in text) == (False, False)


def test_who_left_the_year_has_marks_and_no_standing(client):
    world = published(DUPONT=NEAR)
    enrolment = world.enrolments["DUPONT"]
    enrolment.status, enrolment.status_since = "DEM", world.session.date
    enrolment.save()

    text = page(client, world)

    assert ("Notes du semestre 4" in text, "En l’état" in text) == (True, False)


def test_a_year_whose_jury_is_not_scheduled_stands_too(client):
    world = published(DUPONT=NEAR)
    Session.objects.all().delete()

    assert "Il manque <b>0,60 point</b>" in " ".join(page(client, world).split())


def test_once_closed_a_jury_says_nothing_until_its_pv_is_signed_then_its_own_words(client):
    world = published(DUPONT=all_at("12"))
    minutes = close_world(world)
    assert ("En l’état" in page(client, world), "ADM" in page(client, world)) == (False, False)

    MinutesRevision.objects.create(
        minutes=minutes, step=2, label="cachet", at=ENTERED, pdf=b"", sha256="0" * 64
    )
    text = page(client, world)
    assert ("En l’état" in text, "ADM" in text) == (False, True)


def test_what_an_unsigned_jury_gave_is_not_read():
    """S3 closed: UE31 is ADM in the ledger, which its student learns when the PV is signed."""
    world = make_world({"DUPONT": all_at("12")}, semester=3)
    minutes = close_world(world)
    later = Session.objects.create(
        cohort=world.session.cohort,
        semester=4,
        regulation=world.session.regulation,
        president=world.president,
        date=world.session.date,
        place="B204",
    )
    world.session = Session.objects.with_programme().get(pk=later.pk)
    assert dict(standing(world).case.student.earlier) == {}

    MinutesRevision.objects.create(
        minutes=minutes, step=2, label="cachet", at=ENTERED, pdf=b"", sha256="0" * 64
    )
    assert set(standing(world).case.student.earlier) == {"UE31", "UE32"}


# ---------- what is missing ----------


@pytest.mark.parametrize(
    ("marks", "coefficient", "points", "by_compensation", "mark", "compensated"),
    [
        (NEAR, "1", "1.00", None, "10.99", False),  # (9 + 10,99) / 2 = 9,995, that is 10,00
        (NEAR, "3", "1.00", None, "10.33", False),  # one that weighs more asks for less
        (all_at("12", R32="10.50", R42="8.90"), "1", "1.10", "0.59", "10.08", True),
    ],
)
def test_the_next_mark_that_is_enough_is_the_smallest(
    marks, coefficient, points, by_compensation, mark, compensated
):
    world = published(DUPONT=marks)
    announce(world, "R42", coefficient=Decimal(coefficient))
    now = standing(world)
    lacks = units(now)["UE42"].missing

    assert lacks is not None
    assert lacks.points == Decimal(points)
    assert lacks.by_compensation == (by_compensation and Decimal(by_compensation))
    (enough,) = lacks.enough
    assert (enough.choice.key, enough.mark, enough.compensated) == ("mark:R42:1", Decimal(mark), compensated)
    for value, acquired in ((enough.mark, True), (enough.mark - Decimal("0.01"), False)):
        student = without_awaited(altered(now.case.student, on_twenty(enough.choice, value)))
        assert decide(student, now.case.cohort).units["UE42"].acquired is acquired


def test_a_mark_on_another_scale_is_asked_on_twenty():
    world = published(DUPONT=NEAR)
    announce(world, "R42", maximum=Decimal(10))
    (enough,) = units(standing(world))["UE42"].missing.enough

    assert enough.mark == Decimal("10.99")


@pytest.mark.parametrize(
    ("coefficients", "words"),
    [
        (["0.75", "0.75"], "Aucune note à venir ne suffirait seule, toutes ensemble le pourraient"),
        (["0.5"], "même à 20, la moyenne serait de 6,67."),
        ([], "Aucune note n’est à venir dans cette UE."),
    ],
)
def test_what_cannot_be_reached_is_said(client, coefficients, words):
    world = published(DUPONT=all_at("12", R32="1", R42="0"))
    world.session.cohort.teachings.update(completed_at=ENTERED, completed_by=world.president)
    for number, coefficient in enumerate(coefficients):
        announce(world, "R42", title=f"DS {number}, à venir", coefficient=Decimal(coefficient))

    assert words in " ".join(page(client, world).split())


def test_nothing_is_missing_of_what_is_acquired_or_compensated():
    world = published(DUPONT=all_at("12", R42="9"))
    known = units(standing(world))

    assert (known["UE42"].verdict.code, known["UE42"].missing, known["UE31"].missing) == ("CMP", None, None)


# ---------- et si ----------


def test_the_next_mark_says_what_the_ue_the_competence_and_the_year_would_become(client):
    world = published(DUPONT=NEAR)
    announce(world, "R42")
    text = " ".join(page(client, world, **asking(world, "mark:R42:1", "12,2")).split())
    answer = text[text.index("Avec 12,2 sur 20") :]

    for words in ("9,00 AJ", "10,60 ADM", "10,00 CMP", "acquise par compensation", "Année", "admis"):
        assert words in answer, words
    assert "rien n’est enregistré" in answer
    assert Mark.objects.filter(assessment__title="DS à venir").count() == 0


def test_the_part_alone_is_the_same_answer(client):
    world = published(DUPONT=NEAR)
    announce(world, "R42")
    client.force_login(world.student("DUPONT").account)
    asked = asking(world, "mark:R42:1", "12.2")
    part = client.get(reverse("own:marks"), asked, headers={"X-Part": "what-if"}).text

    assert ("10,60\xa0ADM" in part, "<html" in part) == (True, False)


@pytest.mark.parametrize(
    ("on", "value", "words"),
    [
        ("mark:R42:1", "21", "Une note va de 0 à 20."),
        ("mark:R42:1", "douze", "Écrire une note en chiffres, de 0 à 20."),
        ("mark:R42:1", "", "Écrire une note, de 0 à 20."),
        ("mark:R31:0", "12", "Choisir une note de la liste."),
        ("unit:UE42", "12", "Choisir une note de la liste."),
    ],
)
def test_what_is_no_mark_to_come_is_refused(client, on, value, words):
    world = published(DUPONT=NEAR)
    announce(world, "R42")

    assert words in page(client, world, **asking(world, on, value))


def test_a_second_chance_without_a_mark_may_be_tried():
    world = published(DUPONT=NEAR)
    announce(world, "R42", kind=Assessment.Kind.SECOND_CHANCE)
    now = standing(world)
    (choice,) = [choice for choice in now.awaited if choice.element == "R42"]

    assert choice.key == "chance:R42"
    assert "UE42\xa0: 9,00\xa0AJ → 10,59\xa0ADM" in map(str, now.if_marked(choice, Decimal("10.59")).changes)


def test_nobody_else_s_year_may_be_asked(client):
    world = published(DUPONT=NEAR, MARTIN=all_at("8"))
    client.force_login(world.student("MARTIN").account)
    asked = asking(world, "more:R42", "12")

    assert client.get(reverse("own:marks"), asked, headers={"X-Part": "what-if"}).status_code == 404
    assert "Avec 12 sur 20" not in client.get(reverse("own:marks"), asked).text


def test_no_mark_is_to_come_while_the_jury_sits(client):
    world = published(DUPONT=NEAR)
    services.open_deliberation(session=world.session, by=world.president)
    world.session = reread(world)

    assert standing(world).awaited == []
    assert "Aucune note n’est à venir" in page(client, world)


def test_a_catch_up_opens_the_year_again_for_its_students_alone():
    world = published(DUPONT=all_at("12"), MARTIN=all_at("12"))
    close_world(world)
    again = Session.objects.create(
        cohort=world.session.cohort,
        semester=4,
        rank=2,
        regulation=world.session.regulation,
        president=world.president,
        date=world.session.date,
        place="B204",
    )
    again.students.add(world.student("MARTIN"))

    def next_jury(name: str) -> Session | None:
        enrolment, student = world.enrolments[name], world.student(name)
        cohort = enrolment.cohort
        cohort._prefetched_objects_cache = {
            "sessions": Session.objects.about(student).order_by("semester", "rank")
        }
        return session_to_come(enrolment, newest=cohort.school_year)

    assert (next_jury("DUPONT"), next_jury("MARTIN")) == (None, again)
