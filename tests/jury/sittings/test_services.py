import datetime
from copy import deepcopy

import pytest
from django.core.exceptions import ValidationError

from butrt.base.journal.models import Entry
from grades.models import Assessment, Mark
from jury.cases.dossier import freeze
from jury.cases.ledger.given import decimal_text
from jury.cases.proceedings import Proceedings
from jury.models import Decision, Minutes, Result, Session
from jury.sittings import services
from tests.journal import first_break
from tests.jury.world import World, all_at, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def low_once(once):
    return once(make_low)


@pytest.fixture
def low(db: None, low_once: World) -> World:
    return deepcopy(low_once)


def make_low() -> World:
    """DUPONT, at 7, is to be decided: the deliberation is open."""
    world = make_world({"DUPONT": all_at("7")})
    opened(world)
    return world


def fresh(world: World) -> Session:
    return Session.objects.with_programme().get(pk=world.session.pk)


def opened(world: World, motive: str = "") -> Session:
    services.open_deliberation(session=world.session, by=world.president, motive=motive)
    return fresh(world)


def decide(
    world: World, name: str, code: str, *, kind: str = "year", subject: str = "", **more: str
) -> Decision:
    arguments = {"motive": "Résultats en hausse."} | more
    return services.decide(
        session=fresh(world),
        student=world.student(name),
        kind=kind,
        subject=subject,
        code=code,
        by=world.president,
        **arguments,
    )


def assessments(world: World):
    return Assessment.objects.filter(teaching__cohort=world.session.cohort)


def test_opening_locks_the_marks_and_freezes_the_figures():
    world = make_world({"DUPONT": all_at("12")})
    session = opened(world)

    assert session.state == Session.State.DELIBERATION
    assert session.snapshot == freeze(session)  # what the checklist read, the marks once locked
    assert set(assessments(world).values_list("locked", flat=True)) == {True}
    Mark.objects.update(value=3)
    (case,) = Proceedings.of(fresh(world)).cases
    assert (case.year_code, str(case.verdict.units["UE31"].average)) == ("ADM", "12.00")


def test_opening_with_an_awaited_mark_asks_for_a_motive_that_is_kept():
    world = make_world({"DUPONT": all_at("12", R41="ATT")})

    with pytest.raises(ValidationError, match="R41 : 1 étudiant attend une note"):
        services.open_deliberation(session=world.session, by=world.president)
    assert fresh(world).state == Session.State.PREPARATION
    assert not assessments(world).filter(locked=True).exists()
    assert opened(world, motive="La note arrive demain.").opening_motive == "La note arrive demain."


def test_going_back_unlocks_with_a_motive_and_keeps_the_decisions(low):
    decide(low, "DUPONT", "RED")

    with pytest.raises(ValidationError, match="motif"):
        services.back_to_preparation(session=fresh(low), motive=" ", by=low.president)
    services.back_to_preparation(session=fresh(low), motive="Erreur de saisie en R31.", by=low.president)

    assert fresh(low).state == Session.State.PREPARATION
    assert not Assessment.objects.filter(locked=True).exists()
    (case,) = Proceedings.of(fresh(low)).cases
    assert (case.year_code, case.standing) == ("RED", "person")


def test_the_jury_prevails_and_its_consequences_follow():
    """Annexe 1, 4.6: the jury acquires RT2, its UE below 10 come with it (ADJR)."""
    world = make_world({"DUPONT": all_at("12", R32="8", R42="9.5")})
    opened(world)
    decide(world, "DUPONT", "ADJ", kind="rcue", subject="RT2/2")
    (case,) = Proceedings.of(fresh(world)).cases

    assert case.verdict.rcues["RT2/2"].code == "ADJ"
    assert [case.verdict.units[unit].code for unit in ("UE32", "UE42")] == ["ADJR", "ADJR"]
    assert (case.year_code, case.proposal.year, case.verdict.ects_year) == ("ADJ", None, 60)


def test_a_later_decision_supersedes_and_nothing_is_overwritten(low):
    decide(low, "DUPONT", "RED", motive="Premier avis.")
    decide(low, "DUPONT", "PAS1NCI", motive="Second avis.")

    said = Decision.objects.order_by("pk").values_list("code", "motive", "current")
    assert list(said) == [("RED", "Premier avis.", False), ("PAS1NCI", "Second avis.", True)]


def test_a_decision_withdrawn_gives_the_proposal_back():
    world = make_world({"DUPONT": all_at("12")})
    opened(world)
    decide(world, "DUPONT", "RED", confirmed_against_right=True)
    decide(world, "DUPONT", "")
    (case,) = Proceedings.of(fresh(world)).cases

    assert (case.year_code, case.standing, case.decisions) == ("ADM", "right", ())


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"code": "RED", "motive": "  "}, "motivée"),
        ({"code": "NAR"}, "conseils d’orientation"),
        ({"code": "CMP"}, "ne se donne pas à année"),
        ({"code": "RED", "kind": "unit", "subject": "UE31"}, "ne se donne pas à UE"),
        ({"code": "ADJ", "kind": "unit", "subject": "UE99"}, "UE99 n’est pas jugé"),
        ({"code": "ADJ", "kind": "rcue", "subject": "RT9/2"}, "RT9/2 n’est pas jugé"),
    ],
)
def test_a_decision_refused_says_why_and_leaves_nothing(low, asked, message):
    with pytest.raises(ValidationError, match=message):
        decide(low, "DUPONT", **asked)
    assert not Decision.objects.exists()


def test_a_refusal_to_repeat_keeps_hearing_and_advice(low):
    decision = decide(low, "DUPONT", "NAR", hearing="Entendu le 7 juillet.", advice="BTS CIEL.")

    assert (decision.hearing, decision.advice) == ("Entendu le 7 juillet.", "BTS CIEL.")


def adopt(world: World, expected: int = 1):
    return services.adopt(session=fresh(world), by=world.president, expected=expected)


def test_deciding_before_the_opening_is_refused():
    world = make_world({"DUPONT": all_at("7")})

    with pytest.raises(ValidationError, match="pendant la délibération"):
        decide(world, "DUPONT", "RED")


def test_closing_waits_for_the_last_decision():
    world = make_world({"DUPONT": all_at("7"), "MARTIN": all_at("12")})
    opened(world)

    with pytest.raises(ValidationError, match=r"encore 1 décision.*DUPONT"):
        services.close(session=fresh(world), by=world.president)
    assert not Minutes.objects.exists()


def test_closing_waits_for_the_presidency():
    world = make_world({"DUPONT": all_at("12")})
    opened(world)
    world.session.members.update(presence="excused")

    adopt(world)
    with pytest.raises(ValidationError, match="la présidence soit là"):
        services.close(session=fresh(world), by=world.president)


def test_closing_makes_the_minutes_and_the_results_of_later_juries():
    world = make_world({"DUPONT": all_at("12", R32="9")})
    opened(world)
    adopt(world)
    minutes = services.close(session=fresh(world), by=world.president)

    assert fresh(world).state == Session.State.CLOSED
    assert (minutes.version, len(minutes.fingerprint)) == (1, 64)
    said = {result.subject: (result.average, result.code) for result in Result.objects.all()}
    assert said == {
        "UE31": ("12", "ADM"),
        "UE32": ("9", "CMP"),
        "UE41": ("12", "ADM"),
        "UE42": ("12", "ADM"),
        "RT1/2": ("12", "ADM"),
        "RT2/2": ("10.5", "CMP"),
        "BUT2": ("", "ADM"),
    }
    with pytest.raises(ValidationError, match="clos"):
        decide(world, "DUPONT", "RED")


def test_the_minutes_read_again_say_the_same_whatever_happens_to_the_rows():
    world = make_world({"DUPONT": all_at("7"), "MARTIN": all_at("12")})
    opened(world)
    decide(world, "DUPONT", "RED")
    adopt(world)
    minutes = services.close(session=fresh(world), by=world.president)
    Mark.objects.update(value=20)
    world.student("DUPONT").__class__.objects.update(last_name="AUTRE")

    again = Proceedings.of_minutes(Minutes.objects.get().content)
    assert again.decisions_object() == minutes.content["decisions"]
    assert [case.name.split()[0] for case in again.cases] == ["DUPONT", "MARTIN"]


def test_an_odd_semester_jury_decides_units_only():
    """Domain 3.7: no RCUE, no year; UE below 10 wait for compensation."""
    world = make_world({"DUPONT": {"R31": "12", "R32": "9"}}, semester=3)
    opened(world)
    adopt(world)
    minutes = services.close(session=fresh(world), by=world.president)
    (case,) = Proceedings.of_minutes(minutes.content).cases

    assert {name: unit.code for name, unit in case.verdict.units.items()} == {"UE31": "ADM", "UE32": "AJ"}
    assert (dict(case.verdict.rcues), case.year_code) == ({}, None)


def test_what_an_odd_jury_acquired_stays_acquired_at_the_next_one():
    """Annexe 1, 4.3: acquired is for good, even if a mark is then corrected downwards."""
    world = make_world({"DUPONT": all_at("12", R31="10")}, semester=3)
    opened(world)
    adopt(world)
    services.close(session=fresh(world), by=world.president)
    Mark.objects.filter(assessment__teaching__element__code="R31").update(value=6)
    year = Session.objects.create(
        cohort=world.session.cohort,
        semester=4,
        regulation=world.session.regulation,
        president=world.president,
        date=datetime.date(2025, 7, 8),
        place="B204",
    )
    (case,) = Proceedings.of(Session.objects.with_programme().get(pk=year.pk)).cases

    assert (case.verdict.units["UE31"].code, str(case.verdict.units["UE31"].average)) == ("ADM", "10.00")


def test_every_act_is_in_the_journal_and_the_chain_holds(low):
    decide(low, "DUPONT", "RED")
    services.close(session=fresh(low), by=low.president)

    acts = list(Entry.objects.values_list("act", flat=True))
    assert [act for act in acts if act.startswith(("session", "jury"))] == [
        "session.open",
        "jury.decide",
        "session.close",
    ]
    assert first_break() is None
    Entry.objects.filter(act="jury.decide").update(about="autre chose")
    assert first_break().act == "jury.decide"


def test_decimal_text_keeps_an_average_on_its_threshold():
    from fractions import Fraction

    assert decimal_text(Fraction(1999, 200)) == "9.995"
    assert decimal_text(None) == ""
    third = Fraction(decimal_text(Fraction(29, 3)))
    assert Fraction(29, 3) <= third < Fraction(29, 3) + Fraction(1, 10**29)
