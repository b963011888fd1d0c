import datetime
from collections.abc import Callable
from copy import deepcopy
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from butrt.base.journal.models import Entry
from jury.exchange.apogee.elements import Proposal
from jury.exchange.apogee.file import Reference, read_apogee
from jury.exchange.apogee.filling import Given, State, Subject, Target
from jury.exchange.apogee.services import (
    _averages,
    _of_element,
    plan_for,
    proposed_elements,
    save_codes,
    save_elements,
    saved_elements,
    site_codes,
)
from jury.models import ApogeeUpload
from jury.rules import ElementLine
from tests.factories import make_programme, make_user, programme_of
from tests.jury import life
from tests.jury.exchange.apogee_files import Element, Layout
from tests.jury.world import all_at, make_world, reread
from tests.pages import carried

pytestmark = pytest.mark.django_db

UE31, UE32 = Subject(Target.UNIT, "UE31"), Subject(Target.UNIT, "UE32")
YEAR = Subject(Target.YEAR, "BUT2")


@pytest.fixture(scope="module")
def world_once(once: Callable[[Callable], Any]):
    return once(make_closed)


@pytest.fixture
def world(db, world_once):
    return deepcopy(world_once)


def make_closed():
    """ALBE passes by compensation in RT1 (UE41 at 9.98), BRUN resigned, CORA has 12 everywhere."""
    world = make_world({"ALBE": all_at("12", R41="9.98"), "BRUN": {}, "CORA": all_at("12")})
    gone = world.enrolments["BRUN"]
    gone.status, gone.status_since = "DEM", "2024-11-02"
    gone.save()
    life.open_jury(world)
    life.adopt(world)
    life.close(world)
    world.session = reread(world)
    return world


def number(world, name):
    return world.student(name).number


def layout(world, *names, **changes):
    people = [(number(world, name), name) for name in names or ("ALBE", "BRUN", "CORA")]
    return Layout([*people, *changes.pop("more", ())], **changes)


def confirm(world, data):
    """Save what is proposed for a file, as the secretariat does once it has read it."""
    programme = programme_of(world.session.cohort)
    proposed = proposed_elements(programme, read_apogee(data)).by_subject
    save_elements(
        programme=programme,
        elements={subject: list(proposal.references) for subject, proposal in proposed.items()},
        by=world.president,
    )


def planned(world, data):
    confirm(world, data)
    return plan_for(world.session, read_apogee(data))


def shown(plan, who):
    """{"UE31 N": "12,00"} of what would be written in a student's empty cells."""
    return {
        f"{cell.subject.name} {cell.column.result}": cell.new
        for cell in plan.of(State.NEW)
        if cell.row.number == who
    }


def test_every_cell_that_the_jury_answers_is_filled(world):
    plan = planned(world, layout(world).build())

    assert shown(plan, number(world, "ALBE")) == {
        **{
            "UE31 N": "12,00",
            "UE31 B": "20",
            "UE31 R": "ADM",
            "UE32 N": "12,00",
            "UE32 B": "20",
            "UE32 R": "ADM",
        },
        **{
            "UE41 N": "9,98",
            "UE41 B": "20",
            "UE41 R": "CMP",
            "UE42 N": "12,00",
            "UE42 B": "20",
            "UE42 R": "ADM",
        },
        **{"RT1/2 N": "10,99", "RT1/2 B": "20", "RT1/2 R": "CMP", "RT2/2 N": "12,00", "RT2/2 B": "20"},
        **{"RT2/2 R": "ADM", "S3 R": "ADM", "BUT2 R": "ADM"},
    }
    assert plan.strangers == plan.absent == []
    assert [each.what for each in plan.unplaced] == ["S4"]


def test_who_resigned_is_given_the_code_of_the_site_or_is_refused(world):
    plan = planned(world, layout(world).build())
    gone = number(world, "BRUN")

    assert shown(plan, gone) == {}
    assert {cell.why for cell in plan.refused} == {
        "DEM n’est pas permis pour VET par ce fichier",
        "DEM n’est pas permis pour ELP par ce fichier",
    }
    assert {cell.row.number for cell in plan.refused} == {gone}
    written = site_codes(world.session.department)
    save_codes(
        department=world.session.department,
        written=written | {(target, "DEM"): "DEF" for target in Target},
        by=world.president,
    )
    plan = plan_for(world.session, plan.file)
    assert plan.refused == []
    assert shown(plan, gone) == {
        f"{name} R": "DEF" for name in ("BUT2", "S3", "UE31", "UE32", "UE41", "UE42", "RT1/2", "RT2/2")
    }


def test_a_code_without_a_word_of_the_site_is_left(world):
    written = site_codes(world.session.department) | {(Target.UNIT, "CMP"): ""}
    save_codes(department=world.session.department, written=written, by=world.president)
    plan = planned(world, layout(world, "ALBE").build())

    assert [(cell.subject.name, cell.why) for cell in plan.refused] == [
        ("UE41", "aucun code du site pour CMP")
    ]


def test_students_of_one_side_only_are_listed(world):
    data = layout(world, "ALBE", "BRUN", more=[("29999999", "INCONNU")]).build()
    plan = planned(world, data)

    assert [row.number for row in plan.strangers] == ["29999999"]
    assert [student.name for student in plan.absent] == ["CORA Camille"]
    kept = [line for line in plan.written(overwrite=True).split(b"\r\n") if line.startswith(b"29999999")]
    assert kept == [line for line in data.split(b"\r\n") if line.startswith(b"29999999")]


def test_a_number_with_zeros_before_it_is_the_same(world):
    plan = planned(world, Layout([(f"00{number(world, 'ALBE')}", "ALBE")]).build())

    assert plan.strangers == []
    assert plan.new > 0


def test_a_cell_already_filled_is_kept_unless_confirmed(world):
    albe = number(world, "ALBE")
    cells = {(albe, "V3UE1", "N"): "11,00", (albe, "V3UE1", "B"): "20", (albe, "V3UE1", "R"): "ADM"}
    plan = planned(world, layout(world, "ALBE", cells=cells | {(albe, "V3UE2", "N"): "12,0"}).build())

    assert [(cell.subject.name, cell.old, cell.new) for cell in plan.conflicts] == [
        ("UE31", "11,00", "12,00")
    ]
    assert {(cell.subject.name, cell.old) for cell in plan.of(State.SAME)} == {
        *{("UE31", "20"), ("UE31", "ADM"), ("UE32", "12,0")},
    }
    place = plan.conflicts[0].column.place
    assert read_apogee(plan.written(overwrite=False)).rows[0].cell(place) == "11,00"
    assert read_apogee(plan.written(overwrite=True)).rows[0].cell(place) == "12,00"


def test_an_average_never_goes_beside_another_scale(world):
    albe = number(world, "ALBE")
    data = layout(world, "ALBE", cells={(albe, "V3UE1", "B"): "100"}).build()
    plan = planned(world, data)

    assert [(cell.column.result, cell.old, cell.new) for cell in plan.conflicts] == [
        ("N", "", "12,00"),
        ("B", "100", "20"),
    ]
    assert "UE31 N" not in shown(plan, albe)


def test_several_codes_for_one_element_are_all_filled(world):
    elements = [
        Element("ELP", "V3UE1", "UE 3.1"),
        Element("ELP", "V3UE1B", "Autre"),
        Element("ELP", "AILLEURS", ""),
    ]
    programme = programme_of(world.session.cohort)
    references = [Reference("V3UE1"), Reference("V3UE1B"), Reference("V3UE1C")]
    save_elements(programme=programme, elements={UE31: references}, by=world.president)
    plan = plan_for(world.session, read_apogee(layout(world, "ALBE", elements=elements).build()))

    assert [str(column.about) for column, _ in plan.filled if column.result == "N"] == ["V3UE1", "V3UE1B"]
    assert [(each.what, each.why) for each in plan.unknown] == [("ELP AILLEURS", "aucune correspondance")]
    assert ("UE31", "V3UE1C n’est pas dans ce fichier") in [(each.what, each.why) for each in plan.unplaced]


def test_a_version_tells_two_elements_of_one_code_apart(world):
    elements = [
        Element("VET", "V2RT", "Ancien", version="212"),
        Element("VET", "V2RT", "BUT2", version="231"),
    ]
    programme = programme_of(world.session.cohort)
    save_elements(programme=programme, elements={YEAR: [Reference("V2RT", "231")]}, by=world.president)
    plan = plan_for(world.session, read_apogee(layout(world, "ALBE", elements=elements).build()))

    assert [str(column.about) for column, _ in plan.filled] == ["V2RT!231"]
    assert {each.why for each in plan.columns} == {"un semestre et une année n’ont pas de moyenne en BUT"}
    assert [each.what for each in plan.unknown] == ["VET V2RT!212 Ancien"]


@pytest.mark.parametrize(
    ("element", "why"),
    [
        (Element("ELP", "V3UE1", "UE31", year="2023"), "année 2023, ce jury est de 2024"),
        (Element("ELP", "V3UE1", "UE31", session="2"), "session 2, ce jury n’est pas celui de cette session"),
        (
            Element("ELP", "V3UE1", "UE31", results="M"),
            "type de résultat M\xa0: seuls N, B et R sont remplis",
        ),
    ],
)
def test_columns_of_another_year_session_or_kind_are_left(world, element, why):
    data = layout(world, "ALBE", elements=[element]).build()
    plan = planned(world, data)

    assert {each.why for each in plan.columns} == {why}
    assert plan.cells == []
    assert plan.written(overwrite=True) == data


def test_a_ressource_gives_its_average_and_no_decision(world):
    elements = [Element("ELP", "V3R1", "V3R1 - R31"), Element("ELP", "V4R1", "V4R1 - R41")]
    plan = planned(world, layout(world, elements=elements).build())

    assert shown(plan, number(world, "ALBE")) == {
        **{"R31 N": "12,00", "R31 B": "20", "R41 N": "9,98", "R41 B": "20"},
    }
    assert shown(plan, number(world, "BRUN")) == {}
    assert {each.why for each in plan.columns} == {
        "une ressource et une SAÉ n’ont pas de décision, seulement une moyenne"
    }
    # Those that the file does not ask for are not missing.
    assert "R32" not in [each.what for each in plan.unplaced]


def test_an_element_that_has_an_average_by_unit_has_none_to_give():
    def given(*averages, state=""):
        units = {
            f"UE3{place}": SimpleNamespace(
                elements=[ElementLine("R31", Decimal(1), Fraction(average), state)]
            )
            for place, average in enumerate(averages, 1)
        }
        return _of_element(_averages(units)["R31"], decimals=2)

    assert given(12, 12) == Given("12.00", "")
    assert given(12, 11) == Given("", "", "une moyenne par UE\xa0: 12,00 en UE31, 11,00 en UE32")
    assert given(12, state="ATT") == Given("", "")


def test_another_name_for_the_same_number_is_pointed_out(office, world):
    people = [("ALBE", "AL'BÉ"), ("BRUN", "DURAND"), ("CORA", "CORA")]
    data = Layout([(number(world, ours), theirs) for ours, theirs in people]).build()
    plan = planned(world, data)

    assert [(row.name, student.name) for row, student in plan.renamed] == [("DURAND Camille", "BRUN Camille")]
    send(office, world, data)
    assert "Même numéro, autre nom" in office.get(address(world)).content.decode()


def test_what_was_said_of_another_version_is_proposed_for_this_one(world):
    programme = programme_of(world.session.cohort)
    before = make_programme(
        {"UE3.1": "15"}, parcours=programme.parcours, in_force_from=programme.in_force_from - 1
    )
    competence = programme.units.get(code="UE31").competence
    before.units.update(competence=competence, level=2)
    save_elements(
        programme=before,
        elements={Subject(Target.UNIT, "UE3.1"): [Reference("X9")]},
        by=world.president,
    )
    data = layout(world, elements=[Element("ELP", "X9", "Admin"), Element("ELP", "X8", "Admin S3")]).build()
    proposed = proposed_elements(programme, read_apogee(data)).by_subject

    assert proposed == {UE31: Proposal((Reference("X9"),), f"X9 l’est déjà dans {before} (2021)")}


def test_an_exam_is_never_filled(world):
    plan = planned(
        world, layout(world, "ALBE", elements=[Element("EPR", "V3UE1E", "UE 3.1 épreuve")]).build()
    )

    assert [each.why for each in plan.unknown] == ["type EPR\xa0: seuls VET et ELP sont remplis"]


def test_the_header_comes_back_byte_for_byte(world):
    data = layout(world, more=[("29999999", "ÉTRANGÈRE")]).build()
    filled = planned(world, data).written(overwrite=True)
    header = data.index(number(world, "ALBE").encode())

    assert filled[:header] == data[:header]
    assert filled != data
    assert all(line.endswith(b"\r") for line in filled.split(b"\n")[:-1])
    # Filled again with its own results, nothing moves.
    again = plan_for(world.session, read_apogee(filled))
    assert again.new == len(again.conflicts) == 0
    assert again.written(overwrite=True) == filled


# ---------- the pages ----------


def address(world, name="apogee"):
    return reverse(f"jury:{name}", args=[world.session.pk])


@pytest.fixture
def office(client, world):
    secretary = make_user("secretariat", department=world.session.department)
    client.force_login(secretary, backend="django.contrib.auth.backends.ModelBackend")
    return client


def send(client, world, data, name="V2RT.TXT"):
    return client.post(address(world), {"file": SimpleUploadedFile(name, data)})


def test_from_the_file_to_the_file(office, world):
    data = layout(world).build()

    assert send(office, world, data).url == address(world, "apogee_elements")
    page = office.get(address(world, "apogee_elements"))
    form = page.context["form"]
    assert "UE31 est dans le libellé" in page.content.decode()
    typed = {name: field.initial for name, field in form.fields.items()}
    answer = office.post(address(world, "apogee_elements"), carried(page) | typed)
    assert answer.url == address(world)
    page = office.get(address(world))
    plan = page.context["plan"]
    assert "DEM n’est pas permis pour ELP par ce fichier" in page.content.decode()
    given = office.post(address(world, "apogee_give"), {"shown": plan.digest})
    assert given["Content-Disposition"] == 'attachment; filename="V2RT.TXT"'
    assert given.content == plan.written(overwrite=False)
    acts = list(Entry.objects.filter(act__startswith="apogee").order_by("pk").values_list("act", flat=True))
    assert acts == ["apogee.receive", "apogee.elements", "apogee.give"]
    details = Entry.objects.get(act="apogee.give").details
    assert (details["filled"], details["refused"], details["overwritten"]) == (plan.new, 8, False)


def test_what_changed_since_it_was_shown_is_not_given(office, world):
    send(office, world, layout(world).build())
    answer = office.post(address(world, "apogee_give"), {"shown": "autre"}, follow=True)

    assert "Rien n’est donné. Ce que cette page montrait a changé entre-temps" in answer.content.decode()
    assert not Entry.objects.filter(act="apogee.give").exists()


def test_a_refused_file_is_not_kept(office, world):
    answer = send(office, world, layout(world).build().replace(b"XX-APO_VALEURS-XX", b""))

    assert "La section XX-APO_VALEURS-XX manque" in answer.content.decode()
    assert not ApogeeUpload.objects.exists()
    assert not Entry.objects.filter(act__startswith="apogee").exists()


def test_a_code_given_to_two_of_ours_is_refused_and_stays_on_the_screen(office, world):
    page = office.get(address(world, "apogee_elements"))
    form = page.context["form"]
    posted = carried(page) | dict.fromkeys(form.fields, "") | {"e0": "V3UE1, V9", "e1": "V3UE1!2"}
    answer = office.post(address(world, "apogee_elements"), posted)

    assert "V3UE1!2 est donné à UE31 et à UE32" in answer.content.decode()
    assert 'value="V3UE1, V9"' in answer.content.decode()
    assert saved_elements(programme_of(world.session.cohort)) == {}
    answer = office.post(address(world, "apogee_elements"), posted | {"e1": "<script>"})
    assert "n’est pas un code d’élément" in answer.content.decode()


def test_the_codes_are_edited_on_their_page(office, world):
    page = office.get(address(world, "apogee_codes"))
    form = page.context["form"]
    posted = carried(page) | {name: field.initial for name, field in form.fields.items()}
    answer = office.post(address(world, "apogee_codes"), posted | {"unit_CMP": "comp", "year_DEM": "D E"})
    assert "1 à 8 lettres ou chiffres" in answer.content.decode()
    answer = office.post(address(world, "apogee_codes"), posted | {"unit_CMP": "comp"})

    assert answer.status_code == 302
    assert site_codes(world.session.department)[Target.UNIT, "CMP"] == "COMP"
    assert Entry.objects.get(act="apogee.codes").details == {"changed": {"unit CMP": ["CMP", "COMP"]}}


def test_another_person_has_their_own_file(office, world, client):
    send(office, world, layout(world).build())
    other = make_user("secretariat", department=world.session.department)
    client.force_login(other, backend="django.contrib.auth.backends.ModelBackend")

    assert client.get(address(world)).context["plan"] is None


def test_a_jury_that_is_not_closed_gives_nothing(client):
    world = make_world({"ALBE": all_at("12")})
    client.force_login(world.president, backend="django.contrib.auth.backends.ModelBackend")
    for name in ("apogee", "apogee_elements", "apogee_codes"):
        answer = client.get(address(world, name), follow=True)
        assert "celui-ci ne l’est pas" in answer.content.decode()
    assert client.post(address(world, "apogee_give")).status_code == 302


def test_the_number_of_queries_does_not_grow_with_the_students(office, world, django_assert_max_num_queries):
    send(office, world, layout(world).build())
    with django_assert_max_num_queries(20):
        office.get(address(world))


# ---------- a défaillant, whatever the teachers typed ----------


@pytest.mark.parametrize("year", ["DEF", "RED"])
def test_a_defaulting_student_has_the_same_codes_with_abi_typed_or_nothing(year):
    """R31 passed, the rest was missed: typed ABI for one, left empty for the other."""
    world = make_world({"ABI": all_at("ABI", R31="12"), "VIDE": {"R31": "12"}})
    for enrolment in world.enrolments.values():
        enrolment.status, enrolment.status_since = "DEF", datetime.date(2025, 3, 14)
        enrolment.save()
    life.open_jury(world, motive="Des notes manquent.")
    for name in world.enrolments:
        life.decide(world, name, year, advice="Un BTS.")
    life.close(world)
    world.session = reread(world)
    data = layout(world, "ABI", "VIDE").build()
    plan = planned(world, data)
    one, other = (
        {name: code for name, code in shown(plan, number(world, who)).items() if name.endswith(" R")}
        for who in ("ABI", "VIDE")
    )

    assert one == other
    missed = "DEF" if year == "DEF" else "AJ"
    assert one["UE31 R"] == "ADM"
    assert {one[f"{unit} R"] for unit in ("UE32", "UE41", "UE42", "RT1/2", "RT2/2", "S3")} == {missed}
