"""What is done in the room: accepting what is of right, taking back, two people on the same student."""

from collections.abc import Callable
from copy import deepcopy

import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from butrt.base.journal.models import Entry
from curriculum.models import Department
from grades.models import Mark
from jury.cases.proceedings import Proceedings
from jury.cases.refusals import Meanwhile, Refusal
from jury.models import Act, Adoption, Decision, Session
from jury.sittings import services
from jury.sittings.usual_motives import first_motives
from tests.factories import make_department, make_user
from tests.jury.world import World, all_at, make_world

pytestmark = pytest.mark.django_db

SHORT = all_at("12", R32="8", R42="9.5")


def fresh(world: World) -> Session:
    return Session.objects.with_programme().get(pk=world.session.pk)


def opened(**marks) -> World:
    world = make_world(marks)
    services.open_deliberation(session=world.session, by=world.president)
    return world


@pytest.fixture(scope="module")
def two_once(once: Callable) -> World:
    return once(lambda: opened(DUPONT=all_at("12"), MARTIN=all_at("13")))


@pytest.fixture
def two(db: None, two_once: World) -> World:
    return deepcopy(two_once)


def adopt(world: World, expected: int, shown: str = "") -> Act:
    return services.adopt(session=fresh(world), by=world.president, expected=expected, shown=shown)


def decide(world: World, name: str, code: str, **more) -> Decision:
    arguments = {
        "kind": "year",
        "subject": "",
        "motive": "Résultats en hausse.",
        "by": world.president,
    } | more
    return services.decide(session=fresh(world), student=world.student(name), code=code, **arguments)


def undo(world: World, **more) -> Act:
    return services.undo(session=fresh(world), by=world.president, **more)


def standings(world: World) -> dict[str, str]:
    return {
        case.person["last_name"]: f"{case.standing} {case.year_code}"
        for case in Proceedings.of(fresh(world)).cases
    }


def correct(world: World, element: str, value: str) -> None:
    """A mark corrected after unlocking, and the deliberation open again."""
    services.back_to_preparation(session=fresh(world), motive="Copie retrouvée.", by=world.president)
    Mark.objects.filter(assessment__teaching__element__code=element).update(value=value, code="")
    services.open_deliberation(session=fresh(world), by=world.president)


# ---------- accept ----------


def test_what_is_of_right_waits_to_be_accepted_and_is_accepted_in_one_act():
    world = opened(DUPONT=all_at("12"), MARTIN=all_at("13"), NOËL=all_at("7"))
    assert standings(world) == {"DUPONT": "right ADM", "MARTIN": "right ADM", "NOËL": "todo None"}

    act = adopt(world, expected=2)

    assert standings(world) == {"DUPONT": "adopted ADM", "MARTIN": "adopted ADM", "NOËL": "todo None"}
    assert (act.kind, act.adoptions.count()) == ("adoption", 2)
    entry = Entry.objects.get(act="jury.adopt")
    assert (entry.by, entry.details["accepted"]) == (world.president, 2)


def test_accepting_another_number_than_shown_is_refused_and_accepts_nothing(two: World):
    decide(two, "MARTIN", "RED", confirmed_against_right=True)

    with pytest.raises(Meanwhile, match=r"L’écran montrait 2 .* il y en a maintenant 1"):
        adopt(two, expected=2)
    assert not Adoption.objects.exists()


def test_as_many_but_others_than_shown_is_refused(two: World):
    decide(two, "MARTIN", "RED", confirmed_against_right=True)
    shown = Proceedings.of(fresh(two)).awaiting_mark
    undo(two)
    decide(two, "DUPONT", "RED", confirmed_against_right=True)

    with pytest.raises(Meanwhile, match="d’autres"):
        adopt(two, expected=1, shown=shown)
    assert adopt(two, expected=1, shown=Proceedings.of(fresh(two)).awaiting_mark).adoptions.count() == 1


def test_nothing_of_right_is_nothing_to_accept():
    world = opened(NOËL=all_at("7"))

    with pytest.raises(Refusal, match="n’attend"):
        adopt(world, expected=0)


def test_closing_names_what_is_not_accepted():
    world = opened(DUPONT=all_at("12"))

    with pytest.raises(ValidationError, match=r"il en reste 1 : DUPONT"):
        services.close(session=fresh(world), by=world.president)


def test_what_was_accepted_is_no_longer_when_a_corrected_mark_changes_the_codes():
    world = opened(DUPONT=all_at("12", R32="9", R42="11"))
    adopt(world, expected=1)
    correct(world, "R42", "10.98")
    (case,) = Proceedings.of(fresh(world)).cases
    assert case.standing == "todo"
    assert [str(each) for each in case.changed] == [
        "UE32\xa0: CMP → AJ",
        "RT2 niveau\xa02\xa0: 10,00\xa0CMP → 9,99\xa0AJ",
        "Année\xa0: ADM → à décider",
        "Crédits\xa0: 60 cette année, 60 en tout → 45 cette année (−\xa015), 45 en tout (−\xa015)",
        "Suite\xa0: S5 → à décider",
    ]


def test_what_was_accepted_stays_when_only_an_average_moves():
    world = opened(DUPONT=all_at("12"))
    adopt(world, expected=1)
    correct(world, "R31", "12.5")
    (case,) = Proceedings.of(fresh(world)).cases

    assert (case.standing, case.changed) == ("adopted", ())


def test_a_decision_never_changes_by_itself_but_the_difference_shows():
    world = opened(DUPONT=SHORT)
    decide(world, "DUPONT", "PAS1NCI")
    correct(world, "R42", "12")
    (case,) = Proceedings.of(fresh(world)).cases

    assert (case.year_code, case.standing) == ("PAS1NCI", "person")
    assert "Année\xa0: à décider → ADM" in [str(each) for each in case.changed]
    decide(world, "DUPONT", "PAS1NCI", motive="Maintenue après correction.")
    (case,) = Proceedings.of(fresh(world)).cases
    assert case.changed == ()


# ---------- take back ----------


def test_acts_are_taken_back_from_the_last_to_the_first_and_nothing_is_deleted():
    world = opened(DUPONT=all_at("12"), NOËL=all_at("7"))
    adopt(world, expected=1)
    decide(world, "NOËL", "RED")
    decide(world, "NOËL", "PAS1NCI")
    decide(world, "NOËL", "")

    undo(world)
    assert standings(world)["NOËL"] == "person PAS1NCI"
    undo(world)
    assert standings(world)["NOËL"] == "person RED"
    undo(world)
    assert standings(world) == {"DUPONT": "adopted ADM", "NOËL": "todo None"}
    undo(world)
    assert standings(world) == {"DUPONT": "right ADM", "NOËL": "todo None"}
    with pytest.raises(Refusal, match="plus rien à annuler"):
        undo(world)
    assert (Decision.objects.count(), Adoption.objects.count(), Act.objects.count()) == (3, 1, 4)
    assert set(Act.objects.values_list("undone_by", flat=True)) == {world.president.pk}
    assert Entry.objects.filter(act="jury.undo").count() == 4


def test_taking_back_another_act_than_shown_is_refused():
    world = opened(DUPONT=all_at("7"), NOËL=all_at("7"))
    first = decide(world, "DUPONT", "RED").act
    decide(world, "NOËL", "RED")

    with pytest.raises(Meanwhile, match=r"a décidé RED \(année\) pour NOËL"):
        undo(world, act=first.pk)
    assert standings(world) == {"DUPONT": "person RED", "NOËL": "person RED"}


def test_nothing_is_taken_back_once_closed():
    world = opened(DUPONT=all_at("12"))
    adopt(world, expected=1)
    services.close(session=fresh(world), by=world.president)

    with pytest.raises(Refusal, match="clos"):
        undo(world)


def test_two_decisions_of_one_act_are_taken_back_together():
    world = opened(DUPONT=SHORT)
    decide(world, "DUPONT", "PAS1NCI", also=[services.Choice("rcue", "RT2/2", "ADJ")])
    (case,) = Proceedings.of(fresh(world)).cases
    assert ({each.code for each in case.decisions}, case.verdict.units["UE32"].code) == (
        {"PAS1NCI", "ADJ"},
        "ADJR",
    )

    undo(world)
    assert standings(world) == {"DUPONT": "todo None"}


# ---------- two people on the same student ----------


def test_the_second_to_decide_is_told_who_decided_what():
    world = opened(DUPONT=all_at("7"))
    other = make_user("president", department=world.session.department, last_name="Vaucresson")
    decide(world, "DUPONT", "RED", by=other, motive="Bases fragiles.", seen=0)

    with pytest.raises(Meanwhile) as refused:
        decide(world, "DUPONT", "PAS1NCI", seen=0)
    (message,) = refused.value.messages
    assert "Camille Vaucresson a décidé RED (année)" in message
    assert "« Bases fragiles. »" in message
    assert standings(world) == {"DUPONT": "person RED"}
    decide(world, "DUPONT", "PAS1NCI", seen=Act.objects.get().pk)
    assert standings(world) == {"DUPONT": "person PAS1NCI"}


def test_a_decision_taken_back_meanwhile_is_told_too():
    world = opened(DUPONT=all_at("7"))
    seen = decide(world, "DUPONT", "RED", seen=0).act.pk
    undo(world)

    with pytest.raises(Meanwhile, match="a annulé ce que montrait la page"):
        decide(world, "DUPONT", "NAR", advice="BTS.", seen=seen)


# ---------- usual motives ----------


def test_a_new_department_starts_with_the_usual_motives():
    department = make_department()

    assert list(department.usual_motives.values("text", "codes", "position")) == first_motives()
    assert Department.objects.filter(usual_motives__isnull=True).count() == 0


# ---------- any sequence ----------


class AnySequence(TestCase):
    """Taking back any sequence of acts gives the same proceedings, step by step."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = opened(DUPONT=all_at("12"), NOËL=all_at("7"))

    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        st.lists(
            st.sampled_from(
                [
                    ("DUPONT", "RED"),
                    ("DUPONT", ""),
                    ("NOËL", "PAS1NCI"),
                    ("NOËL", "RED"),
                    ("NOËL", ""),
                    ("", "adopt"),
                    ("", "undo"),
                ]
            ),
            max_size=7,
        )
    )
    def test_undo_returns_where_it_was(self, sequence):
        world = self.world
        seen = [standings(world)]
        for name, code in sequence:
            try:
                if code == "undo":
                    undo(world)
                    seen.pop()
                    assert standings(world) == seen[-1]
                    continue
                if code == "adopt":
                    adopt(world, expected=len(Proceedings.of(fresh(world)).awaiting))
                else:
                    decide(world, name, code)
            except Refusal:
                continue
            seen.append(standings(world))
        while len(seen) > 1:
            undo(world)
            seen.pop()
            assert standings(world) == seen[-1]
