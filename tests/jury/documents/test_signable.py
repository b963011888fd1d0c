"""A PV that an authority may sign: everyone counted once, who presided, a box for each person present."""

import datetime
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from jury.cases import statistics
from jury.cases.proceedings import Proceedings
from jury.documents.minutes.counts import boxes, counts, summary
from jury.documents.minutes.document import minutes_page
from jury.documents.minutes.signatories import by_hand, signatories
from jury.models import Member, Minutes
from jury.rules.following import Step
from jury.sittings.members.document import render_attendance
from jury.sittings.services import Composition
from tests.jury import snapshots
from tests.jury.cases.test_presidency import absent, services, substitute_for
from tests.jury.documents.test_minutes_document import text_of, words_of
from tests.jury.life import adopt, close, decide, fresh, open_jury, read
from tests.jury.world import all_at, make_world

MARCH = datetime.date(2025, 3, 14)
LEFT = {"GRIS": "ABL", "HAUT": "DEM", "ICARE": "EXCLU", "JADE": "ABAN"}
DECIDED = {"BLEU": "PAS1NCI", "CYAN": "RED", "DORE": "NAR", "EBENE": "DEF", "FUSAIN": "ATJ"}


@pytest.fixture(scope="module")
def world_once(once: Callable[[Callable], Any]):
    return once(make_every_fate)


@pytest.fixture
def world(db, world_once):
    return deepcopy(world_once)


def make_every_fate():
    """A student for each thing that may be said of a year."""
    near = all_at("11") | {"R32": "7.5", "R42": "7.5"}
    names = {"ADAM": all_at("12")} | dict.fromkeys(DECIDED, near) | dict.fromkeys(LEFT, all_at("12"))
    world = make_world(names)
    for name, status in LEFT.items():
        world.enrolments[name].status, world.enrolments[name].status_since = status, MARCH
        world.enrolments[name].save()
    open_jury(world)
    for name, code in DECIDED.items():
        decide(world, name, code, **({"advice": "Un BTS."} if code in ("NAR", "DEF") else {}))
    adopt(world)
    return world


@pytest.mark.django_db
def test_everyone_examined_is_counted_once(world):
    proceedings = read(world)
    told = summary(proceedings)

    assert sum(count.number for count in counts(proceedings)) == len(proceedings.cases) == 10
    assert sum(box["number"] for box in boxes(proceedings)[1:]) == boxes(proceedings)[0]["number"] == 10
    assert told == (
        "10 dossiers examinés : 1 admis (1 de droit, 0 par décision du jury) ; "
        "1 autorisé à poursuivre (0 de droit, 1 par décision du jury) ; 1 ajourné autorisé à redoubler ; "
        "1 ajourné non autorisé à redoubler ; 1 en attente d’une décision ou d’un rattrapage ; "
        "1 défaillant ; 1 en année blanche ; 1 démission ; 1 abandon ; 1 exclusion."
    )


@pytest.mark.django_db
def test_an_odd_semester_counts_those_who_left_apart():
    world = make_world({"ADAM": all_at("12"), "BLEU": all_at("9"), "CYAN": all_at("12")}, semester=3)
    world.enrolments["CYAN"].status, world.enrolments["CYAN"].status_since = "ABL", MARCH
    world.enrolments["CYAN"].save()
    open_jury(world)
    told = summary(read(world))

    assert told.startswith(
        "3 dossiers examinés : 1 a acquis toutes les UE du semestre ; 1 en a au moins une non acquise ; "
        "1 en année blanche. 2 UE acquises sur 4."
    )
    assert [box["number"] for box in boxes(read(world))] == [3, 1, 1, 1]


def test_statistics_give_the_ends_of_each_ue_and_rcue():
    version = snapshots.minutes()
    proceedings = Proceedings.of_minutes(version.content)
    here = [case for case in proceedings.cases if not case.gone]
    averages = [unit.average for case in here if (unit := case.verdict.units["UE31"]).average is not None]
    first, rcue = statistics.by_unit(proceedings)[0], statistics.by_rcue(proceedings)[0]

    assert (first.lowest, first.highest) == (min(averages), max(averages))
    assert rcue.unit == "RT1"
    assert rcue.own + rcue.otherwise + rcue.missing + rcue.waiting == len(here)
    assert "minimum" not in words_of(version)  # a PV of before
    text = said(version)
    assert "minimum 7,60" in text
    assert "Compétence par compétence (RCUE) RT1 RT2 RT3 moyenne de la promotion" in text


# ---------- what waits, what the table uses ----------


def said(version: Minutes, **more: object) -> str:
    """The words of a PV, not laid out, of the edition in `more` (absent: as those of before are)."""
    version.content |= {"visas": ["Vu la loi"]} | more
    return words_of(version)


def test_a_ue_that_waits_is_counted_apart():
    """UE42 of FARGUES-LŒUF has an awaited mark: nobody knows yet whether it is acquired."""
    version = snapshots.minutes()
    unit = statistics.by_unit(Proceedings.of_minutes(version.content))[3]

    assert (unit.unit, unit.missing, unit.waiting) == ("UE42", 1, 1)
    assert "non acquise 2 2 1 1 0 0 en attente 0 0 0 1 0 0" in said(version, edition=2)
    before = said(snapshots.minutes())
    assert "non acquise 2 2 1 2 0 0 Compétence" in before
    assert "en attente 0" not in before


@pytest.mark.django_db
def test_an_odd_semester_counts_apart_whose_ue_waits():
    names = {"ADAM": all_at("12"), "BLEU": all_at("9"), "CYAN": all_at("12") | {"R32": "ATT"}}
    world = make_world(names, semester=3)
    open_jury(world, "Une note viendra.")
    proceedings = read(world)

    assert summary(proceedings).startswith(
        "3 dossiers examinés : 1 a acquis toutes les UE du semestre ; 1 en a au moins une non acquise ; "
        "1 en a au moins une en attente. 3 UE acquises sur 6, 1 en attente."
    )
    assert [box["number"] for box in boxes(proceedings)] == [3, 1, 1, 1]
    assert "2 en ont au moins une non acquise. 3 UE acquises sur 6." in summary(proceedings, waiting=False)


def test_the_legend_explains_the_marks_that_the_table_bears():
    kept = "UE acquise au jury de 2024"

    def first_years() -> Minutes:
        version = snapshots.minutes()
        for student in version.content["cohort"]["students"]:
            student.pop("earlier", None)
        return version

    assert kept in said(snapshots.minutes(), edition=2)
    assert kept not in said(first_years(), edition=2)
    assert kept in said(first_years())


def test_what_has_no_result_is_told_in_words_beside_a_decision():
    """RT2 of FARGUES-LŒUF waits for R42."""
    assert "RT2 — …, RT3" in said(snapshots.minutes())
    assert "RT2 en attente, RT3" in said(snapshots.minutes(), edition=2)


def test_a_quotation_that_ends_a_sentence_is_not_followed_by_another_stop():
    def corrected(**more: object) -> str:
        version = snapshots.minutes(version=2)
        version.content["correction"] = {
            "version": 1,
            "established": "2025-07-08T15:10:00+00:00",
            "motive": "Une note.",
            "by": "Béatrice Vaucresson",
            "opened_at": "2025-07-15T08:00:00+00:00",
            "changes": [
                {"who": "Séance", "lines": ["fin : 15 h → 16 h", "motif : « Rien. » → « Une note. »"]}
            ],
        }
        return said(version, **more)

    assert "« Une note. » Motif" in corrected(edition=2)
    assert "« Une note. » . Motif" in corrected()


def test_statistics_of_one_or_two_students_are_left_out():
    def alone(version: Minutes) -> Minutes:
        for student in version.content["cohort"]["students"][2:]:
            student["status"] = version.content["context"]["students"][student["id"]]["status"] = "DEM"
        return version

    assert "Statistiques" not in said(alone(snapshots.minutes()), edition=2)
    assert "Statistiques" in said(alone(snapshots.minutes()))


def test_who_has_no_quality_but_that_of_presiding_is_said_to_preside_once():
    def first(version: Minutes, **more: object) -> dict[str, str]:
        version.content["session"] |= {"composition": ""}
        version.content["members"][0] |= {
            "name": version.content["session"]["president"],
            "quality": "présidence du jury",
        }
        version.content |= {"visas": ["Vu la loi"]} | more
        page = minutes_page(version, Proceedings.of_minutes(version.content))
        return page["members"][0]["people"][0]

    assert first(snapshots.minutes(), edition=2)["role"] == ""
    assert first(snapshots.minutes())["role"] == "préside"


# ---------- who signs ----------


@pytest.mark.django_db
def test_each_person_present_without_account_has_a_box(world):
    Member.objects.create(
        session=world.session,
        name="Didier Fontvieille",
        quality="professionnel",
        presence="present",
        position=8,
    )
    Member.objects.create(session=world.session, name="Nadia Sembat", quality="professionnelle", position=9)
    version = close(world)

    assert "Didier Fontvieille" in [each.name for each in by_hand(version.content)]
    assert "Nadia Sembat" not in [each.name for each in by_hand(version.content)]
    assert "Didier Fontvieille" not in [each.name for each in signatories(version.content)]
    assert "Didier Fontvieille professionnel, de sa main" in words_of(version)


@pytest.mark.django_db
def test_the_presidency_is_told_as_it_was_held(world):
    absent(world)
    substitute_for(world)
    version = close(world)
    page = minutes_page(version, Proceedings.of_minutes(version.content))
    roles = {each["name"]: each["role"] for group in page["members"] for each in group["people"]}

    assert page["presidency"].startswith("Une membre, enseignante, que l’acte de composition désigne")
    assert (roles["Une membre"], roles[str(world.president)]) == ("préside", "présidence du jury")


def test_a_pv_of_before_prints_what_it_said():
    text = words_of(snapshots.minutes())

    assert "Textes appliqués" in text
    assert "Visas" not in text
    assert "décidé par Béatrice Vaucresson, le 8 juillet 2025" in text
    assert "de sa main" not in text


# ---------- the convocation ----------


@pytest.mark.django_db
def test_the_convocation_tells_the_act_and_the_substitute(world):
    def printed():
        return text_of(render_attendance(fresh(world), at=snapshots.MADE).content)

    assert "dont la référence n’est pas consignée" in printed()
    substitute_for(world)
    services.convene(
        session=fresh(world),
        edits=[],
        by=world.president,
        composition=Composition("arrêté n° 2025-14", MARCH),
    )
    assert "composé par l’acte de l’établissement : arrêté n° 2025-14, du 14 mars 2025." in printed()
    assert "en cas d’absence, Une membre, enseignante, que désigne l’acte de composition" in printed()
    absent(world)
    assert "Sous la présidence d’Une membre, enseignante" in printed()
    assert "absence excusée" in printed()


def test_who_passes_without_s5_opening_is_not_said_to_go_on():
    """IMBERT passes of right, UE of BUT1 keep S5 closed: one count says so."""
    proceedings = Proceedings.of_minutes(snapshots.minutes().content)
    (closed,) = [case for case in proceedings.cases if case.following.step is Step.CLOSED]
    found = {count.kind: str(count) for count in counts(proceedings)}

    assert closed.person["last_name"] == "IMBERT"
    assert found["closed"] == "1 passe, semestre 5 fermé (1 de droit, 0 par décision du jury)"
    assert sum(count.number for count in counts(proceedings)) == len(proceedings.cases)
