"""A mark corrected after the jury decided: what it changes, line by line, accepted or kept."""

from copy import deepcopy

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from butrt.base.journal.models import Entry
from grades.models import Mark
from jury.models import Adoption, Freeze
from jury.sittings import services
from jury.sittings.corrections.answers import answer, differences, shifts
from tests.factories import make_user
from tests.jury.life import adopt, close, decide, fresh, open_jury, read, unlock
from tests.jury.world import all_at, make_world

pytestmark = pytest.mark.django_db


def correct(world, name, **marks):
    """Back to preparation, other marks, open again."""
    unlock(world)
    for element, value in marks.items():
        Mark.objects.filter(
            assessment__teaching__element__code=element, enrolment=world.enrolments[name]
        ).update(value=value, code="")
    open_jury(world)


def lines(world):
    return {
        each.case.name.split()[0]: [
            (line.about.replace("\xa0", " "), line.before.code, line.after.code, line.kept_as)
            for line in each.lines
        ]
        for each in differences(read(world))
    }


def reply(world, name, *kept, motive="", shown=None):
    found = next(each for each in differences(read(world)) if each.case.name.startswith(name))
    return answer(
        session=fresh(world),
        number=found.case.id,
        kept=kept,
        motive=motive,
        shown=found.mark if shown is None else shown,
        by=world.president,
    )


@pytest.fixture(scope="module")
def lowered_once(once):
    return once(make_lowered)


@pytest.fixture
def lowered(db, lowered_once):
    return deepcopy(lowered_once)


def make_lowered():
    """Accepted with everything at 12; then R31 becomes 6 and R41 7: RT1 at 6.5, the year is for the jury."""
    world = make_world({"DUPONT": all_at("12"), "MARTIN": all_at("14")})
    open_jury(world)
    adopt(world)
    correct(world, "DUPONT", R31="6", R41="7")
    return world


@pytest.fixture(scope="module")
def raised_once(once):
    return once(make_raised)


@pytest.fixture
def raised(db, raised_once):
    return deepcopy(raised_once)


def make_raised():
    """Decided PAS1NCI with everything at 9; then R41 and R42 become 15."""
    world = make_world({"DUPONT": all_at("9"), "MARTIN": all_at("14")})
    open_jury(world)
    decide(world, "DUPONT", "PAS1NCI", motive="Résultats en hausse.")
    adopt(world)
    correct(world, "DUPONT", R41="15", R42="15")
    return world


def test_only_who_was_decided_and_changes_is_listed_line_by_line(lowered):
    assert lines(lowered) == {
        "DUPONT": [
            ("UE31", "ADM", "AJ", "ADJ"),
            ("UE41", "ADM", "AJ", "ADJ"),
            ("RT1 niveau 2", "ADM", "AJ", "ADJ"),
            ("Année", "ADM", None, "ADJ"),
        ]
    }


def test_nothing_changes_by_itself_and_closing_waits_for_the_answers(lowered):
    """Domain 3.9: what was accepted stays, and is not accepted again with the others."""
    assert read(lowered).awaiting == []
    decide(lowered, "MARTIN", "ADM")
    with pytest.raises(ValidationError, match=r"encore 1 décision.*DUPONT"):
        close(lowered)

    world = make_world({"DUPONT": all_at("9")})
    open_jury(world)
    decide(world, "DUPONT", "RED")
    correct(world, "DUPONT", R41="15", R42="15")
    assert read(world).cases[0].year_code == "RED"
    with pytest.raises(ValidationError, match="répondre à ce que les notes corrigées ont changé : DUPONT"):
        close(world)


def test_what_is_of_right_is_accepted_in_the_place_of_a_decision(raised):
    reply(raised, "DUPONT")
    (case, _) = read(raised).cases

    assert (case.year_code, case.decisions, case.standing) == ("ADM", (), "adopted")
    said = raised.session.decisions.order_by("pk").values_list("code", "current")
    assert list(said) == [("PAS1NCI", False), ("", True)]  # superseded, never overwritten
    assert lines(raised) == {}
    assert close(raised).version == 1


def test_a_decision_is_kept_with_its_own_motive(raised):
    assert lines(raised)["DUPONT"][-1] == ("Année", "PAS1NCI", "ADM", "PAS1NCI")
    reply(raised, "DUPONT", "year:")
    (case, _) = read(raised).cases

    assert (case.year_code, case.standing, case.changed) == ("PAS1NCI", "person", ())
    assert [each.motive for each in case.decisions] == ["Résultats en hausse."]
    assert close(raised).version == 1


def test_keeping_what_is_no_longer_of_right_is_a_decision_with_a_motive(lowered):
    with pytest.raises(ValidationError, match="est une décision du jury, écrire son motif"):
        reply(lowered, "DUPONT", "year:")
    reply(lowered, "DUPONT", "year:", "rcue:RT1/2", motive="La correction vient d’une erreur de l’IUT.")
    case = read(lowered).cases[0]

    assert (case.year_code, case.verdict.units["UE31"].code, case.standing) == ("ADJ", "ADJR", "person")
    assert lines(lowered) == {}
    assert Entry.objects.get(act="jury.answer").details["kept"] == ["RT1 niveau\xa02 ADM", "Année ADM"]


def test_accepting_what_is_now_for_the_jury_gives_it_back_to_decide(lowered):
    reply(lowered, "DUPONT")

    assert (read(lowered).cases[0].standing, lines(lowered)) == ("todo", {})


def test_what_the_rules_now_give_is_not_refused(raised):
    for line in differences(read(raised))[0].lines:
        if line.decided is None:
            assert line.kept_as is None
    with pytest.raises(ValidationError, match="rien à garder sur unit:UE41"):
        reply(raised, "DUPONT", "unit:UE41", motive="Non.")


def test_lines_that_are_others_than_on_the_screen_are_not_answered(raised):
    with pytest.raises(ValidationError, match="ne sont plus celles de l’écran"):
        reply(raised, "DUPONT", shown="autre")
    assert not Entry.objects.filter(act="jury.answer").exists()


def test_an_answer_is_taken_back_like_any_act(lowered):
    before = lines(lowered)
    for kept in ((), ("rcue:RT1/2", "year:")):
        reply(lowered, "DUPONT", *kept, motive="Essai.")
        services.undo(session=fresh(lowered), by=lowered.president)
        assert lines(lowered) == before
    assert Adoption.objects.filter(session=lowered.session, current=True).count() == 2


def test_answers_wait_for_the_deliberation(raised):
    unlock(raised)
    with pytest.raises(ValidationError, match="pendant la délibération"):
        reply(raised, "DUPONT")


def test_a_mark_that_came_back_leaves_nothing_to_answer(lowered):
    correct(lowered, "DUPONT", R31="12", R41="12")

    assert lines(lowered) == {}
    assert read(lowered).cases[0].standing == "adopted"


def test_the_figures_set_aside_are_kept_and_compared_with_averages_included(lowered):
    assert Freeze.objects.get(session=lowered.session).motive == "Une note est corrigée."
    (shift,) = shifts(fresh(lowered), read(lowered))
    told = [str(each).replace("\xa0", " ") for each in shift.changes]

    assert shift.case.name.startswith("DUPONT")
    assert told[:2] == ["UE31 : 12,00 ADM → 6,00 AJ", "UE41 : 12,00 ADM → 7,00 AJ"]
    with pytest.raises(IntegrityError, match="freeze_has_motive"), transaction.atomic():
        Freeze.objects.update(motive="")


# ---------- the page ----------


def address(world):
    return reverse("jury:meanwhile", args=[world.session.pk])


def test_the_page_shows_beforehand_what_it_would_change(client, lowered):
    unlock(lowered)
    client.force_login(lowered.president)
    text = client.get(address(lowered)).text

    assert "Ce que cela changerait si la délibération rouvrait maintenant" in text
    assert "Répondre" not in text
    assert "Ce que cela changerait" in client.get(reverse("jury:prepare", args=[lowered.session.pk])).text


def test_the_page_takes_an_answer_and_a_refusal_loses_nothing(client, lowered):
    client.force_login(lowered.president)
    (found,) = client.get(address(lowered)).context["differences"]
    posted = {"student": found.case.id, "shown": found.mark, "keep": ["rcue:RT1/2", "year:"]}
    refused = client.post(address(lowered), posted)
    assert "écrire son motif" in refused.text
    assert refused.text.count(" checked") == 2

    answered = client.post(address(lowered), posted | {"motive": "Erreur de l’IUT."}, follow=True)
    assert "Décision gardée et motivée." in answered.text
    assert "Aucune décision n’est remise en question" in answered.text
    codes = lowered.session.decisions.filter(current=True).values_list("kind", "code")
    assert sorted(codes) == [("rcue", "ADJ"), ("year", "ADJ")]


def test_who_does_not_preside_reads_and_does_not_answer(client, lowered):
    member = make_user("member", department=lowered.session.department)
    lowered.session.members.update(user=member)
    client.force_login(member)

    assert "Répondre" not in client.get(address(lowered)).text
    assert client.post(address(lowered), {}).status_code == 403


def test_the_page_costs_the_same_for_one_student_and_for_four(client, django_assert_max_num_queries):
    for names in (["A"], ["A", "B", "C", "D"]):
        world = make_world({name: all_at("12") for name in names})
        open_jury(world)
        adopt(world)
        unlock(world)
        Mark.objects.update(value=7)
        open_jury(world)
        client.force_login(world.president)
        with django_assert_max_num_queries(14):
            assert len(client.get(address(world)).context["differences"]) == len(names)
        Mark.objects.update(value=12)
