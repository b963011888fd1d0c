"""Two people at once: what a jury reads when it opens stays so until it is locked; nothing written is undone.

Two connections meet on PostgreSQL alone; the whole of the races is tests/benchmarks/races.py, run by hand.
"""

import threading
from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from grades import locks, people
from grades import services as marks
from grades.models import Assessment, Cohort, Enrolment, ExtraRepeat
from grades.people import Grant, Points
from jury.models import Session
from jury.sittings import services
from jury.sittings.corrections.services import abandon_correction, open_correction
from jury.sittings.services import opening as opening_services
from tests.benchmarks.races import type_in
from tests.factories import make_student, make_user, programme_of
from tests.jury.world import all_at, close_world, make_world, reread

two_at_once = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite’s transactions are IMMEDIATE: they come one at a time"
)


def opening(world, motive=""):
    return lambda: services.open_deliberation(session=world.session, by=world.president, motive=motive)


def meanwhile(monkeypatch, act, during):
    """Do `act` in another connection once the opening has read its checklist, and go on."""
    told = []

    def go():
        try:
            act()
        except ValidationError as error:
            told.extend(error.messages)
        finally:
            connection.close()

    other = threading.Thread(target=go)
    real = opening_services.checklist

    def read(*args):
        items = real(*args)
        other.start()
        other.join(timeout=0.5)  # done already, where nothing holds it
        return items

    with monkeypatch.context() as patched:
        patched.setattr(opening_services, "checklist", read)
        during()
    other.join()
    return told


@two_at_once
@pytest.mark.django_db(transaction=True)
def test_an_assessment_created_while_the_jury_opens_comes_before_or_not_at_all(monkeypatch):
    world = make_world({"Léa": all_at("12")})
    teaching = world.session.cohort.teachings.get(element__code="R31")
    told = meanwhile(
        monkeypatch,
        lambda: marks.create_assessment(teaching=teaching, by=world.president, title="DS 2"),
        opening(world),
    )

    assert told == ["Les notes de ce semestre sont verrouillées par le jury."]
    assert set(Assessment.objects.values_list("locked", flat=True)) == {True}


@two_at_once
@pytest.mark.django_db(transaction=True)
def test_a_mark_erased_while_the_jury_opens_is_locked(monkeypatch):
    world = make_world({"Léa": all_at("12")})
    meanwhile(monkeypatch, lambda: type_in(world, "R31", "Léa", ""), opening(world))

    assert reread(world).state == Session.State.DELIBERATION
    assert not world.enrolments["Léa"].marks.filter(value=None).exists()


@two_at_once
@pytest.mark.django_db(transaction=True)
def test_a_bonus_given_while_the_jury_opens_asks_its_motive(monkeypatch):
    world = make_world({"Léa": all_at("12")})
    unit = programme_of(world.session.cohort).units.get(code="UE31")
    enrolment = Enrolment.objects.select_related("cohort__specialty").get()

    def give():
        points = {unit: Points(Decimal(2), "sport")}
        people.set_adjustments(enrolment=enrolment, adjustments=points, by=world.president)

    (told,) = meanwhile(monkeypatch, give, opening(world))
    assert "dire le motif du changement" in told
    assert not enrolment.adjustments.exists()


@two_at_once
@pytest.mark.django_db(transaction=True)
def test_a_repeat_withdrawn_while_the_jury_opens_waits_for_it(monkeypatch):
    world = make_world({"Léa": all_at("12")})
    director = make_user("director", department=world.session.department)
    enrolment = Enrolment.objects.select_related("cohort__specialty__department").get()
    grant = Grant(3, date(2024, 9, 3), "M. Roy, directeur", "Maladie", "Lettre")
    granted = people.grant_repeat(enrolment=enrolment, grant=grant, by=director)
    seen = []

    def open_and_look():
        opening(world)()
        seen.append(ExtraRepeat.objects.standing().count())

    meanwhile(
        monkeypatch,
        lambda: people.withdraw_repeat(act=granted, motive="Erreur", by=director),
        transaction.atomic(open_and_look),
    )
    assert (seen, ExtraRepeat.objects.standing().count()) == ([1], 0)


@two_at_once
@pytest.mark.django_db(transaction=True)
def test_who_is_enrolled_while_the_jury_opens_comes_before_or_asks_a_motive(monkeypatch):
    world = make_world({"Léa": all_at("12")})
    student = make_student(world.session.department)
    cohort = Cohort.objects.select_related("specialty__department").get()
    told = meanwhile(
        monkeypatch,
        lambda: people.enrol(cohort=cohort, student=student, by=world.president),
        opening(world),
    )

    assert "dire le motif du changement" in told[0]
    assert not student.enrolments.exists()


@two_at_once
@pytest.mark.django_db(transaction=True)
def test_two_teachers_do_not_wait_for_one_another():
    world = make_world({"Léa": all_at("12")})
    done = threading.Event()

    def other():
        type_in(world, "R32", "Léa", "13")
        done.set()
        connection.close()

    with transaction.atomic():
        locks.share(world.session.cohort_id, [3])
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(timeout=10)
        assert done.is_set()


# ---------- what is read before a lock is not what is written ----------


@pytest.fixture
def closed(db):
    world = make_world({"Léa": all_at("12")})
    close_world(world)
    return world


def test_the_room_changed_on_a_page_of_before_a_correction_does_not_undo_it(closed):
    stale = reread(closed)
    open_correction(session=closed.session, motive="Erreur", marks=False, by=closed.president)
    stale.place = "Amphi A"
    services.schedule(session=stale, by=closed.president)

    session = reread(closed)
    assert (session.state, session.correcting, session.place) == ("deliberation", True, "Amphi A")
    abandon_correction(session=session, by=closed.president)


@pytest.fixture
def broken(closed):
    """As the fault of before left it: closed, its correction under way."""
    open_correction(session=closed.session, motive="Erreur", marks=False, by=closed.president)
    Session.objects.filter(pk=closed.session.pk).update(state="closed", correcting=False)
    return closed


def test_a_session_so_broken_is_found_and_repaired(broken, capsys):
    with pytest.raises(CommandError, match="--repair"):
        call_command("repair_sessions")
    call_command("repair_sessions", "--repair")

    assert "sa correction est de nouveau ouverte" in capsys.readouterr().out
    assert (reread(broken).state, [*Session.objects.broken()]) == ("deliberation", [])
    abandon_correction(session=reread(broken), by=broken.president)
    assert reread(broken).state == "closed"


def test_one_in_correction_without_any_is_closed_again(closed, capsys):
    Session.objects.filter(pk=closed.session.pk).update(state="deliberation", correcting=True)
    call_command("repair_sessions", "--repair")

    assert (reread(closed).state, reread(closed).correcting) == ("closed", False)
    call_command("repair_sessions")
    assert "Chaque session" in capsys.readouterr().out
