"""An element set aside: out of all averages of its jury, frozen with its motive, said where one reads."""

import io
import json

import pytest
from django.urls import reverse
from django.utils.timezone import localdate
from openpyxl import load_workbook

from curriculum.models import Weight
from grades.models import Mark, Teaching
from grades.people import set_aside, take_back
from jury.cases import dossier
from jury.cases.cohortdecisions import verdict_to_json
from jury.cases.cohortfile import read_cohort
from jury.cases.proceedings import Proceedings
from jury.documents.minutes.compare import _texts
from jury.documents.minutes.document import minutes_page
from jury.documents.transcripts.document import transcript_page
from jury.exchange.results_workbook import results_workbook
from jury.rules import decide
from jury.sittings.checklist import blocking, checklist
from tests.factories import make_assessment, make_element, make_teaching, make_user, programme_of
from tests.jury.life import adopt, close, fresh, open_jury, read
from tests.jury.life import decide as jury_decides
from tests.jury.world import ENTERED, all_at, make_world

pytestmark = pytest.mark.django_db

NBSP = "\N{NO-BREAK SPACE}"
MOTIVE = "Poste vacant."


@pytest.fixture
def world():
    """UE32 has R32 (14 for DUPONT, 12 for MARTIN) and R39, coefficient 2, not assessed."""
    world = make_world({"DUPONT": all_at("14"), "MARTIN": all_at("12")})
    programme = programme_of(world.session.cohort)
    element = make_element(programme, code="R39", semester=3, title="Réseaux")
    Weight.objects.create(unit=programme.units.get(code="UE32"), element=element, coefficient=2)
    make_teaching(world.session.cohort, element)
    return world


@pytest.fixture
def director(world):
    return make_user("director", department=world.session.department, first_name="Odile", last_name="Lenoir")


def aside(world, director, code="R39"):
    element = programme_of(world.session.cohort).elements.get(code=code)
    return set_aside(cohort=world.session.cohort, element=element, motive=MOTIVE, by=director)


def units(world, name="DUPONT"):
    """{UE: (average, code, blocked)}."""
    verdict = read(world).case(world.student(name).number).verdict
    return {
        code: (str(unit.average), unit.code, unit.provisional) for code, unit in verdict.units.items()
    }, verdict.blocked


def titles(world):
    return [item.title for item in checklist(fresh(world), Proceedings.of(fresh(world)))]


def test_before_nobody_has_a_code_after_everybody_has(world, director):
    """Case 13."""
    before, blocked = units(world)

    assert (before["UE32"], blocked) == (("14.00", None, True), ("UE32: R39 sans note",))

    aside(world, director)

    assert units(world) == (
        dict.fromkeys(("UE31", "UE32", "UE41", "UE42"), ("14.00", "ADM", False)),
        (),
    )
    assert units(world, "MARTIN")[0]["UE32"] == ("12.00", "ADM", False)


def test_marks_already_entered_do_not_count_and_count_again_taken_back(world, director):
    assessment = make_assessment(Teaching.objects.get(element__code="R39"))
    for name in ("DUPONT", "MARTIN"):
        Mark.objects.create(
            assessment=assessment,
            enrolment=world.enrolments[name],
            value="2",
            entered_by=director,
            entered_at=ENTERED,
        )

    assert units(world)[0]["UE32"][0] == "6.00"

    aside(world, director)

    assert units(world)[0]["UE32"][0] == "14.00"

    element = programme_of(world.session.cohort).elements.get(code="R39")
    take_back(cohort=world.session.cohort, element=element, by=director)

    assert units(world)[0]["UE32"][0] == "6.00"


def test_the_figures_hold_it_apart_and_the_cohort_object_decides_alone(world, director):
    without = dossier.freeze(fresh(world))
    aside(world, director)
    snapshot = dossier.freeze(fresh(world))
    cohort = read_cohort(json.loads(json.dumps(snapshot["cohort"])))
    (unit,) = [unit for unit in snapshot["cohort"]["units"] if unit["code"] == "UE32"]

    assert "aside" not in without["context"]
    assert snapshot["context"]["aside"] == {
        "R39": {
            "motive": MOTIVE,
            "by": "Odile Lenoir",
            "on": localdate(Teaching.objects.get(element__code="R39").aside_at).isoformat(),
            "units": {"UE32": "2"},
        }
    }
    assert unit["coefficients"] == {"R32": "1"}
    assert all("R39" not in student["elements"] for student in snapshot["cohort"]["students"])
    assert [verdict_to_json(decide(student, cohort))["units"]["UE32"] for student in cohort.students] == [
        {"average": "14.00", "code": "ADM", "ects": "15"},
        {"average": "12.00", "code": "ADM", "ects": "15"},
    ]


def test_the_checklist_says_it_and_nothing_blocks(client, world, director):
    assert "R39 : aucune évaluation" in titles(world)

    aside(world, director)
    items = checklist(fresh(world), Proceedings.of(fresh(world)))
    (item,) = [item for item in items if "mis de côté" in item.title]

    assert blocking(items) == []
    assert (item.weight, item.title) == ("know", "1 élément est mis de côté, hors de toutes les moyennes")
    assert item.text.startswith(f"R39 Réseaux (UE32, coefficient{NBSP}2), mis de côté le ")
    assert item.text.endswith(f"par Odile Lenoir{NBSP}: Poste vacant.")
    assert "R39" not in next(each.text for each in items if "déclaré" in each.title)

    client.force_login(director)
    page = client.get(reverse("jury:prepare", args=[world.session.pk])).content.decode()

    assert reverse("cohorts:aside", args=[world.session.cohort_id, item.links[0].arguments[1]]) in page


def test_a_ue_that_nothing_assesses_any_more_is_for_the_jury(world, director):
    aside(world, director)
    aside(world, director, "R32")
    items = checklist(fresh(world), Proceedings.of(fresh(world)))
    (item,) = [item for item in items if "mis de côté" in item.title]

    assert item.text.endswith(f"UE32 n’a plus d’élément évalué{NBSP}: sans moyenne, le jury en décide.")
    assert "2 étudiants ont une UE sans moyenne" in titles(world)
    assert units(world)[0]["UE32"] == ("None", None, True)
    assert blocking(items) == []


def test_the_pv_and_the_transcripts_say_it(client, world, director):
    aside(world, director)
    open_jury(world)
    adopt(world)
    minutes = close(world)
    proceedings = Proceedings.of_minutes(minutes.content)
    page = minutes_page(minutes, proceedings)
    case = proceedings.case(world.student("DUPONT").number)
    blocks = transcript_page(proceedings, case, minutes=minutes, at=minutes.created_at)["blocks"]
    (lines,) = [unit["lines"] for block in blocks for unit in block["units"] if unit["name"] == "UE32"]

    assert [(each.name, each.counted, each.motive) for each in page["aside"]] == [
        ("R39 Réseaux", f"UE32, coefficient{NBSP}2", MOTIVE)
    ]
    assert (page["emptied"], page["apart"]) == ("", False)
    assert [(line.display, line.title, line.coefficient, line.average) for line in lines] == [
        ("R32", "Élément R32", "1", "14,00"),
        ("R39", f"Réseaux, non évalué cette année{NBSP}: Poste vacant.", "(2)", "—"),
    ]

    client.force_login(world.president)
    card = client.get(reverse("jury:card", args=[world.session.pk, case.id])).content.decode()

    assert (
        "R39 Réseaux\N{NO-BREAK SPACE}: mis de côté, non évalué cette année. Motif\N{NO-BREAK SPACE}: "
        in card
    )
    assert "«\N{NO-BREAK SPACE}Poste vacant.\N{NO-BREAK SPACE}»" in card


def test_the_results_workbook_says_it(world, director):
    without = load_workbook(io.BytesIO(results_workbook(read(world), title="Essai")))
    aside(world, director)
    book = load_workbook(io.BytesIO(results_workbook(read(world), title="Essai")))
    told = [cell.value for cell in book["Mis de côté"][4]]

    assert "Mis de côté" not in without.sheetnames
    assert told[:5] == ["R39", "Réseaux", f"UE32, coefficient{NBSP}2", MOTIVE, "Odile Lenoir"]


def test_a_ue_without_element_is_printed_with_those_set_aside(world, director):
    aside(world, director)
    aside(world, director, "R32")
    open_jury(world)
    for name in ("DUPONT", "MARTIN"):
        jury_decides(world, name, "ADJ", kind="rcue", subject="RT2/2")
    adopt(world)
    minutes = close(world)
    proceedings = Proceedings.of_minutes(minutes.content)
    case = proceedings.case(world.student("DUPONT").number)
    blocks = transcript_page(proceedings, case, minutes=minutes, at=minutes.created_at)["blocks"]
    (unit,) = [unit for block in blocks for unit in block["units"] if unit["name"] == "UE32"]

    assert minutes_page(minutes, proceedings)["emptied"].startswith("UE32 n’a plus d’élément évalué")
    assert [line.note or line.display for line in unit["lines"]] == ["Non évaluée cette année.", "R32", "R39"]


def test_a_later_version_of_the_pv_tells_it(world, director):
    then = dossier.freeze(fresh(world))["context"]
    aside(world, director)
    now = dossier.freeze(fresh(world))["context"]
    content = {"cohort": {}, "visas": []}

    assert [*_texts(content | {"context": then}, content | {"context": now})] == [
        f"R39 Réseaux mis de côté, motif{NBSP}: rien → « Poste vacant. »"
    ]
    assert [*_texts(content | {"context": now}, content | {"context": then})] == [
        "R39 Réseaux remis dans les moyennes"
    ]


def test_the_student_reads_what_was_not_assessed(client, world, director):
    student = world.student("DUPONT")
    student.account = make_user("student", department=world.session.department)
    student.save()
    aside(world, director)
    client.force_login(student.account)
    page = client.get(reverse("own:marks")).content.decode()

    assert (
        "Non évalué cette année</b>, hors des moyennes de toute la promotion\N{NO-BREAK SPACE}: R39 Réseaux."
        in page
    )
    assert MOTIVE not in page
