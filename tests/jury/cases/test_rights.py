"""What the texts ask of an act: ADJ whole, a right denied confirmed, DEF with advice."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from butrt.base.journal.models import Entry
from grades.models import Mark
from jury.cases.proceedings import Proceedings
from jury.cases.refusals import AgainstRight, Refusal
from jury.cases.rights import rights_denied
from jury.documents.minutes.document import minutes_page
from jury.models import Act, Decision
from jury.room.options import year_options
from jury.rules import Code
from jury.sittings.corrections.answers import answer, differences
from jury.sittings.services import Choice
from tests.factories import make_user, programme_of
from tests.jury.life import adopt, close, decide, fresh, open_jury, read, unlock
from tests.jury.world import World, all_at, make_world

pytestmark = pytest.mark.django_db
NEAR = all_at("12", R32="9.4", R42="10.56")  # RT1 acquired, RT2 at 9.98
MARCH = datetime.date(2025, 3, 14)


def opened(**marks) -> World:
    world = make_world(marks)
    open_jury(world)
    return world


def defaulting(**marks) -> World:
    """DUPONT is recorded as défaillant since March."""
    world = make_world(marks)
    enrolment = world.enrolments["DUPONT"]
    enrolment.status, enrolment.status_since = "DEF", MARCH
    enrolment.save()
    open_jury(world)
    return world


def case_of(world: World, name: str = "DUPONT"):
    return read(world).case(world.student(name).number)


def card(world: World, name: str = "DUPONT") -> str:
    return reverse("jury:card", args=[world.session.pk, world.student(name).number])


def posted(code: str, **more) -> dict[str, object]:
    return {"target": "year:", "code": code, "motive": "Résultats en hausse.", "seen": 0} | more


# ---------- ADJ on the year, whole ----------


def test_the_year_alone_is_refused_with_what_it_would_lack():
    world = opened(DUPONT=all_at("9"))

    with pytest.raises(Refusal, match=r"ADJ sur chaque compétence .*RT1 .* et RT2 .* crédits"):
        decide(world, "DUPONT", "ADJ")
    with pytest.raises(Refusal, match=r"\(RT1 [^R]*\), en un seul acte"):
        decide(world, "DUPONT", "ADJ", also=[Choice("rcue", "RT2/2", "ADJ")])
    assert not Decision.objects.exists()


def test_with_each_competence_it_is_one_act_and_its_credits_are_there():
    world = opened(DUPONT=all_at("9"))
    decide(world, "DUPONT", "ADJ", also=[Choice("rcue", name, "ADJ") for name in ("RT1/2", "RT2/2")])

    case = case_of(world)
    assert (case.year_code, case.verdict.ects_year, Act.objects.count()) == ("ADJ", 60, 1)


def test_what_the_jury_acquired_before_is_not_asked_again():
    world = opened(DUPONT=NEAR)
    decide(world, "DUPONT", "ADJ", kind="rcue", subject="RT2/2")
    decide(world, "DUPONT", "ADJ")

    assert case_of(world).verdict.ects_year == 60


@pytest.mark.parametrize("code", ["", "AJ"])
def test_no_competence_leaves_a_year_that_stays(code):
    world = opened(DUPONT=NEAR)
    decide(world, "DUPONT", "ADJ", also=[Choice("rcue", "RT2/2", "ADJ")])

    with pytest.raises(Refusal, match="en un seul acte"):
        decide(world, "DUPONT", code, kind="rcue", subject="RT2/2")
    decide(world, "DUPONT", "")  # the year first
    decide(world, "DUPONT", code, kind="rcue", subject="RT2/2")


def test_the_card_shows_them_ticked_and_takes_them_along(client):
    world = opened(DUPONT=all_at("9"))
    client.force_login(world.president)
    page = client.get(card(world)).text
    assert page.count('type="checkbox" checked disabled') == 2
    assert "<b>RT1 acquise</b> (ADJ, 9,00)" in page

    shown = client.post(card(world), posted("ADJ"))
    plan = "year:=ADJ rcue:RT1/2=ADJ rcue:RT2/2=ADJ"
    assert f'name="confirmed" value="{plan}"' in shown.text
    assert "en un seul acte avec ADJ sur <b>RT1 niveau\xa02</b>, <b>RT2 niveau\xa02</b>" in shown.text
    old = client.post(card(world), posted("ADJ", confirmed="year:=ADJ"))  # a page that did not show them
    assert (old.status_code, Decision.objects.count()) == (200, 0)
    assert client.post(card(world), posted("ADJ", confirmed=plan)).status_code == 302
    assert Decision.objects.filter(code="ADJ").count() == 3


def test_the_form_in_the_table_takes_them_along_too(client):
    world = opened(DUPONT=NEAR)
    client.force_login(world.president)
    page = client.get(card(world), headers={"X-Part": "here"}).text
    assert "RT2 acquise (ADJ, 9,98)" in page

    plan = "year:=ADJ rcue:RT2/2=ADJ"
    answered = client.post(card(world), posted("ADJ", confirmed=plan), headers={"X-Part": "here"})
    assert (answered.status_code, case_of(world).verdict.ects_year) == (204, 60)


def lowered() -> World:
    """Accepted with everything at 12; then R31 becomes 6 and R41 7: RT1 at 6.5."""
    world = make_world({"DUPONT": all_at("12")})
    open_jury(world)
    adopt(world)
    unlock(world)
    for element, value in (("R31", "6"), ("R41", "7")):
        Mark.objects.filter(assessment__teaching__element__code=element).update(value=value)
    open_jury(world)
    return world


def reply(world: World, *kept: str, **more):
    (found,) = differences(read(world))
    return answer(
        session=fresh(world),
        number=found.case.id,
        kept=kept,
        motive="Erreur de l’IUT.",
        shown=found.mark,
        by=world.president,
        **more,
    )


def test_keeping_the_year_after_a_correction_keeps_its_competences():
    world = lowered()

    with pytest.raises(Refusal, match="en un seul acte"):
        reply(world, "year:")
    reply(world, "year:", "rcue:RT1/2")
    assert (case_of(world).year_code, case_of(world).verdict.ects_year) == ("ADJ", 60)


# ---------- against a right ----------


@pytest.mark.parametrize(
    ("marks", "choice", "said"),
    [
        (all_at("12"), ("year", "", "RED"), "l’année : ADM (admis·e) est de droit"),
        (all_at("12"), ("year", "", "NAR"), "annexe 1, 4.3), la décision NAR l’écarte"),
        (all_at("12"), ("year", "", "DEF"), "la décision DEF l’écarte"),
        (all_at("12"), ("year", "", "ATJ"), "la décision ATJ l’écarte"),
        (all_at("12"), ("unit", "UE31", "AJ"), "UE31 : ADM (acquise) est de droit"),
        (all_at("12"), ("unit", "UE31", "DEF"), "UE31 : ADM (acquise) est de droit"),
        (all_at("12", R32="9"), ("unit", "UE32", "AJ"), "annexe 1, 4.4), la décision AJ l’écarte"),
        (all_at("12"), ("rcue", "RT2/2", "AJ"), "RT2 niveau 2 : ADM (acquise) est de droit"),
        (all_at("12"), ("year", "", "PAS1NCI"), ""),  # still goes on
        (all_at("12"), ("year", "", ""), ""),  # withdrawn
        (NEAR, ("year", "", "RED"), ""),  # for the jury
        (NEAR, ("rcue", "RT2/2", "AJ"), ""),
        (NEAR, ("unit", "UE32", "ADJ"), ""),
    ],
)
def test_which_decision_takes_a_right_away(marks, choice, said):
    found = rights_denied(case_of(opened(DUPONT=marks)), [choice])

    assert said in "".join(map(str, found)).replace("\xa0", " ")
    assert bool(said) == bool(found)


def test_it_is_refused_until_confirmed_then_kept_journaled_and_printed():
    world = opened(DUPONT=all_at("12"))

    with pytest.raises(AgainstRight, match=r"est de droit .*4\.3.* peut être annulée"):
        decide(world, "DUPONT", "NAR", advice="BTS.")
    assert not Decision.objects.exists()
    decide(world, "DUPONT", "NAR", advice="BTS.", motive="Fraude.", confirmed_against_right=True)

    decision = Decision.objects.get()
    assert decision.against_right
    assert "l’année\xa0: ADM (admis·e) est de droit" in decision.right
    assert Entry.objects.get(act="jury.decide").details["against_right"] == decision.right
    minutes = close(world)
    (motive,) = minutes_page(minutes, Proceedings.of_minutes(minutes.content))["motives"]
    assert motive["entries"][0]["rights"] == [f"{decision.right}."]


def test_a_decision_that_denies_nothing_says_nothing():
    world = opened(DUPONT=NEAR)
    decide(world, "DUPONT", "RED", confirmed_against_right=True)

    assert (Decision.objects.get().against_right, Decision.objects.get().right) == (False, "")


def test_the_card_names_the_right_and_asks_a_confirmation_of_its_own(client):
    world = opened(DUPONT=all_at("12"))
    client.force_login(world.president)
    shown = client.post(card(world), posted("RED", preview="1")).text
    assert "Contraire à un droit" in shown
    assert 'name="confirmed_against_right"' in shown

    refused = client.post(card(world), posted("RED", confirmed="year:=RED"))
    assert "confirmer qu’elle écarte ce droit" in refused.text
    assert "Résultats en hausse.</textarea>" in refused.text
    assert not Decision.objects.exists()
    sure = posted("RED", confirmed="year:=RED", confirmed_against_right="1")
    assert client.post(card(world), sure).status_code == 302
    assert "contraire à un droit" in client.get(card(world)).text


def test_a_card_whose_decision_denies_nothing_asks_nothing(client):
    world = opened(DUPONT=NEAR)
    client.force_login(world.president)

    assert "confirmed_against_right" not in client.post(card(world), posted("RED", preview="1")).text


def test_keeping_a_refusal_that_a_corrected_mark_makes_a_right_is_confirmed_too(client):
    world = opened(DUPONT=all_at("9"))
    decide(world, "DUPONT", "RED")
    unlock(world)
    Mark.objects.filter(assessment__teaching__element__code__startswith="R4").update(value="15")
    open_jury(world)
    client.force_login(world.president)
    page = client.get(reverse("jury:meanwhile", args=[world.session.pk])).text
    assert "Garder irait contre un droit" in page

    with pytest.raises(AgainstRight, match="la décision RED l’écarte"):
        reply(world, "year:")
    reply(world, "year:", confirmed_against_right=True)
    assert Decision.objects.get(current=True).against_right


def test_the_database_wants_the_right_named():
    world = opened(DUPONT=NEAR)
    decide(world, "DUPONT", "RED")

    for wrong in ({"against_right": True}, {"right": "l’année"}):
        with pytest.raises(IntegrityError, match="decision_against_right"), transaction.atomic():
            Decision.objects.update(**wrong)


# ---------- DEF ----------


def test_a_defaulting_student_is_judged_like_the_others(client):
    """Domain 3.7: what the rules grant stands; otherwise the jury decides, DEF among the options."""
    world = defaulting(DUPONT=all_at("9"), MARTIN=all_at("9"))
    case = case_of(world)
    assert (case.standing, case.year_code, case.gone) == ("todo", None, False)
    assert [each.code for each in year_options(case)[0]] == ["DEF", "PAS1NCI", "RED", "NAR", "ADJ", "ATJ"]
    client.force_login(world.president)
    assert "défaillant·e depuis le" in client.get(card(world)).text

    right = defaulting(DUPONT=all_at("12"))
    assert (case_of(right).standing, case_of(right).year_code) == ("right", "ADM")


def test_def_wants_a_motive_and_advice():
    world = defaulting(DUPONT=all_at("9"))

    with pytest.raises(Refusal, match=r"défaillance \(DEF\) .* conseils"):
        decide(world, "DUPONT", "DEF")
    with pytest.raises(Refusal, match="motivée"):
        decide(world, "DUPONT", "DEF", motive=" ", advice="BTS.")
    decide(world, "DUPONT", "DEF", advice="Un BTS par apprentissage.")
    assert (case_of(world).standing, case_of(world).year_code) == ("person", "DEF")
    with pytest.raises(IntegrityError, match="decision_def_with_advice"), transaction.atomic():
        Decision.objects.update(advice="")


def test_the_minutes_report_hearing_and_advice_of_a_default():
    world = defaulting(DUPONT=all_at("9"))
    decide(world, "DUPONT", "DEF", advice="Un BTS.", hearing="Ne l’a pas demandée.")
    minutes = close(world)
    page = minutes_page(minutes, Proceedings.of_minutes(minutes.content))

    assert [(each["code"], each["advice"]) for each in page["refusals"]] == [("DEF", "Un BTS")]
    assert "1 défaillant" in page["summary"]
    assert "départ" not in page["summary"]


def test_a_defaulting_student_s_units_are_decided_together_at_an_odd_semester(client):
    world = make_world({"DUPONT": {}, "MARTIN": all_at("12")}, semester=3)
    world.enrolments["DUPONT"].status, world.enrolments["DUPONT"].status_since = "DEF", MARCH
    world.enrolments["DUPONT"].save()
    open_jury(world)  # marks that will not come block nothing
    client.force_login(world.president)
    assert "les 2 UE qui attendent un code" in client.get(card(world)).text

    sent = posted("DEF", target="waiting:", advice="Un BTS.", confirmed="unit:UE31=DEF unit:UE32=DEF")
    refused = client.post(card(world), sent)
    assert "Dire si une audition a été demandée (annexe 1, 4.5)." in refused.text
    sent |= {"hearing_asked": "0"}
    assert client.post(card(world), sent).status_code == 302
    assert (case_of(world).undecided, Act.objects.count()) == (False, 1)
    assert {unit.code for unit in case_of(world).verdict.units.values()} == {Code.DEF}


@pytest.mark.parametrize("status", ["DEM", "ABAN", "ABL", "EXCLU"])
def test_the_other_situations_are_facts(status):
    world = make_world({"DUPONT": all_at("12")})
    world.enrolments["DUPONT"].status, world.enrolments["DUPONT"].status_since = status, MARCH
    world.enrolments["DUPONT"].save()
    open_jury(world)

    assert (case_of(world).standing, case_of(world).year_code) == ("gone", status)


# ---------- BUT3 ----------


@pytest.mark.parametrize("code", ["PASD", "PAS1NCI"])
def test_but3_has_no_year_to_pass_into(code):
    world = make_world({"DUPONT": all_at("9")})
    programme = programme_of(world.session.cohort)
    programme.year = world.session.cohort.year = 3
    programme.save()
    world.session.cohort.save()
    for unit in programme.units.all():
        unit.semester += 2
        unit.code = f"UE{unit.semester}{unit.code[3]}"
        unit.save()
    for element in programme.elements.all():
        element.semester += 2
        element.save()
    world.session.semester = 6
    world.session.save()
    open_jury(world)

    with pytest.raises(ValidationError, match=f"{code} ne se donne pas en BUT3, il n’y a pas d’année"):
        decide(world, "DUPONT", code)
    first, rest = year_options(case_of(world))
    assert code not in [each.code for each in (*first, *rest)]
    decide(world, "DUPONT", "RED")


def test_who_does_not_preside_decides_nothing(client):
    world = opened(DUPONT=all_at("12"))
    director = make_user("director", department=world.session.department)
    client.force_login(director)
    sure = posted("RED", confirmed="year:=RED", confirmed_against_right="1")
    assert client.post(card(world), sure).status_code == 403
