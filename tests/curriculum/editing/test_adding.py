"""The maquette typed on the screen: what is added to it, what is taken out, a programme begun."""

from decimal import Decimal

import pytest
from django.urls import reverse

from curriculum.differences import differences
from curriculum.models import Element, Parcours, Programme, Weight
from curriculum.reading import programme_data
from curriculum.services import load_programme
from tests.curriculum.editing.pages import again, opened, page_of, press, row, said, small_data
from tests.curriculum.test_services import programme_data as fixture
from tests.factories import make_cohort, make_parcours, make_teaching

pytestmark = pytest.mark.django_db


def test_an_element_is_added_to_a_semester_and_to_units(office, programme):
    fields = opened(office, programme) | {
        "new-element-4-code": "R415",
        "new-element-4-title": "Éthique du numérique",
        "new-element-4-units": ["UE41", "UE43"],
    }
    fields = again(press(office, programme, fields, "add-element-4"))
    assert fields["new-element-4-code"] == ""
    fields[row(fields, "weights", "UE43", "R415") + "coefficient"] = "2,5"
    assert press(office, programme, fields, "save").status_code == 302

    element = Element.objects.get(programme=programme, code="R415")
    assert (element.display, element.short, element.kind, element.semester) == (
        "R415",
        "Éthique du numérique",
        "ressource",
        4,
    )
    assert dict(element.weights.values_list("unit__code", "coefficient")) == {
        "UE41": 0,
        "UE43": Decimal("2.5"),
    }


def test_an_element_goes_into_one_more_unit_and_a_line_comes_out(office, programme):
    fields = opened(office, programme)
    unit = row(fields, "units", "UE35").split("-")[1]
    fields = again(press(office, programme, fields | {f"new-line-{unit}": "R301"}, f"add-line-{unit}"))
    fields[row(fields, "weights", "UE35", "R301") + "coefficient"] = "3"
    line = row(fields, "weights", "UE31", "R301").split("-")[1]
    fields = again(press(office, programme, fields, f"drop-weights-{line}"))
    assert press(office, programme, fields, "save").status_code == 302

    assert set(
        Weight.objects.filter(unit__programme=programme, element__code="R301").values_list(
            "unit__code", flat=True
        )
    ) == {
        "UE32",
        "UE35",
    }


def test_a_line_put_back_is_as_it_was(office, small):
    fields = opened(office, small)
    line, unit = (row(fields, *of).split("-")[1] for of in (("weights", "UE31", "R301"), ("units", "UE31")))
    fields = again(press(office, small, fields, f"drop-weights-{line}"))
    fields = again(press(office, small, fields | {f"new-line-{unit}": "R301"}, f"add-line-{unit}"))

    assert fields[row(fields, "weights", "UE31", "R301") + "coefficient"] == "11"
    assert press(office, small, fields, "save").status_code == 302
    assert differences(small_data(), programme_data(small)) == ()


def test_an_element_with_marks_is_not_removed(office, programme):
    make_teaching(make_cohort(programme), programme.elements.get(code="R314"))
    fields = opened(office, programme)
    element = row(fields, "elements", "R314").split("-")[1]
    fields = again(press(office, programme, fields, f"drop-elements-{element}"))
    answer = press(office, programme, fields, "save")

    assert "Rien n’est enregistré. R314 Analyse de Fourier a des évaluations" in said(answer)
    assert differences(fixture(), programme_data(programme)) == ()


def test_a_programme_is_written_from_nothing(office, empty):
    """A UE of a new competence, an element in it, its numbers: from an empty page to a maquette."""
    fields = opened(office, empty)
    fields |= {
        "new-unit-3-code": "UE31",
        "new-unit-3-competence": "",
        "new-unit-3-ects": "7,5",
        "new-unit-3-competence_code": "RT6",
        "new-unit-3-competence_title": "Superviser les réseaux",
        "new-unit-3-competence_short": "Superviser",
    }
    fields = again(press(office, empty, fields, "add-unit-3"))
    fields |= {"new-element-3-code": "R301", "new-element-3-title": "Sondes", "new-element-3-units": ["UE31"]}
    fields = again(press(office, empty, fields, "add-element-3"))
    line = row(fields, "weights", "UE31", "R301")
    fields |= {line + "coefficient": "10", line + "cm": "4", line + "evaluation_type": "CC"}
    assert press(office, empty, fields, "save").status_code == 302

    unit = empty.units.get()
    assert (unit.code, unit.semester, unit.level, unit.ects, unit.rcue) == (
        "UE31",
        3,
        2,
        Decimal("7.5"),
        "RT6/2",
    )
    weight = unit.weights.get()
    assert (weight.element.code, weight.coefficient, weight.total) == ("R301", 10, 4)


def test_a_unit_takes_the_place_of_another_in_one_save(office, small):
    fields = opened(office, small)
    unit = row(fields, "units", "UE31").split("-")[1]
    fields = again(press(office, small, fields, f"drop-units-{unit}"))
    fields |= {"new-unit-3-code": "UE36", "new-unit-3-competence": "RT1", "new-unit-3-ects": "7"}
    fields = again(press(office, small, fields, "add-unit-3"))

    assert press(office, small, fields, "save").status_code == 302
    assert small.units.get(semester=3, competence__code="RT1").code == "UE36"


@pytest.mark.parametrize(
    ("typed", "act", "told"),
    [
        (
            {"new-element-3-code": "R301", "new-element-3-title": "Bis"},
            "add-element-3",
            "R301 est déjà dans ce programme",
        ),
        ({"new-element-3-title": "Sans code"}, "add-element-3", "Écrire le code public."),
        ({"new-element-3-code": "R399"}, "add-element-3", "Écrire l’intitulé."),
        (
            {"new-unit-3-code": "UE31", "new-unit-3-ects": "6"},
            "add-unit-3",
            "UE31 est déjà dans ce programme",
        ),
        (
            {"new-unit-3-code": "UE36", "new-unit-3-ects": "6"},
            "add-unit-3",
            "RT1 a déjà une UE au semestre 3 : UE31.",
        ),
        ({"new-unit-3-code": "UE36", "new-unit-3-ects": "zéro"}, "add-unit-3", "Un nombre au-dessus de 0"),
        (
            {"new-unit-3-code": "UE36", "new-unit-3-competence": "", "new-unit-3-ects": "6"},
            "add-unit-3",
            "Écrire le code de la compétence.",
        ),
        (
            {
                "new-unit-3-code": "UE36",
                "new-unit-3-ects": "6",
                "new-unit-3-competence": "",
                "new-unit-3-competence_code": "RT2",
            },
            "add-unit-3",
            "RT2 existe déjà : la choisir dans la liste.",
        ),
        (
            {"new-unit-3-code": "UE36", "new-unit-3-ects": "6", "new-unit-3-competence": "RT9"},
            "add-unit-3",
            "Choisir une compétence de la liste.",
        ),
    ],
)
def test_what_cannot_be_added_says_why_and_stays_typed(office, small, typed, act, told):
    answer = press(office, small, opened(office, small) | typed, act)

    assert told in said(answer)
    fields = again(answer)
    assert {name: fields[name] for name in typed if "competence" not in name} == {
        name: text for name, text in typed.items() if "competence" not in name
    }
    assert not Element.objects.filter(code="R399").exists()


def test_a_save_waits_for_what_is_not_added_yet(office, small):
    fields = opened(office, small) | {"new-element-3-code": "R399"}
    answer = press(office, small, fields, "save")

    assert "Rien n’est enregistré. Un élément ou une UE attend" in said(answer)
    assert "Pas encore dans le programme" in said(answer)
    assert again(answer)["new-element-3-code"] == "R399"


@pytest.mark.parametrize(
    "act",
    [
        "drop-weights-9999",
        "drop-parcours-0",
        "drop-units-x",
        "add-line-99",
        "add-unit-9",
        "add-",
        "²",
        "drop-units-²",
    ],
)
def test_a_button_that_is_not_on_the_page_does_nothing(office, small, act):
    fields = again(press(office, small, opened(office, small), act))

    assert press(office, small, fields, "save").status_code == 302
    assert differences(small_data(), programme_data(small)) == ()


def test_an_illustrative_structure_with_a_first_line_is_one_no_more(office, department):
    programme = load_programme(department=department, data=fixture("but3-rt-iom"), by=None)
    fields = opened(office, programme) | {
        "new-element-5-code": "R501",
        "new-element-5-title": "Supervision des réseaux",
        "new-element-5-units": ["UE51"],
    }
    fields = again(press(office, programme, fields, "add-element-5"))
    assert press(office, programme, fields, "save").status_code == 302
    programme.refresh_from_db()
    assert not programme.illustrative


def new(office, **typed):
    answers = {"year": "1", "modality": "initiale", "in_force_from": "2026"}
    return office.post(reverse("curriculum:new"), answers | typed)


def test_a_programme_begins_in_a_parcours_that_is_there_and_leads_to_its_page(office, department):
    parcours = make_parcours(department=department)
    answer = new(office, parcours=parcours.pk, department=department.pk)

    made = Programme.objects.get(parcours=parcours)
    assert (answer.status_code, answer.url) == (302, page_of(made))
    assert (made.parcours, made.year, made.modality, made.in_force_from) == (parcours, 1, "initiale", 2026)
    assert "Aucune UE pour l’instant" in said(office.get(answer.url))


def test_a_programme_begins_with_its_parcours(office, department):
    named = {
        "code": "RT-CYBER",
        "specialty": "Réseaux et Télécommunications",
        "name": "Cybersécurité",
        "short": "CYBER",
    }
    assert new(office, department=department.pk, **named).status_code == 302
    specialty = named.pop("specialty")
    assert Parcours.objects.filter(department=department, specialty__name=specialty, **named).exists()


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({}, "À écrire pour un nouveau parcours"),
        ({"parcours": "0"}, "Choisir un parcours de la liste."),
        ({"in_force_from": "26"}, "L’année de la rentrée s’écrit en quatre chiffres"),
        (
            {"code": "TAKEN", "specialty": "R&T", "name": "Autre", "short": "A"},
            "Ce parcours existe déjà : le choisir dans la liste.",
        ),
    ],
)
def test_a_programme_that_cannot_begin_says_why(office, department, typed, told):
    make_parcours(department=department, code="TAKEN")
    before = Programme.objects.count()
    answer = new(office, department=department.pk, **typed)

    assert told in said(answer)
    assert Programme.objects.count() == before


def test_a_programme_that_is_there_does_not_begin_again(office, programme, department):
    answer = new(
        office,
        department=department.pk,
        parcours=programme.parcours_id,
        year="2",
        modality="apprentissage",
        in_force_from="2022",
    )
    assert "Ce programme existe déjà" in said(answer)
    assert differences(fixture(), programme_data(programme)) == ()


def test_a_parcours_of_another_department_is_not_offered(office, department):
    other = make_parcours(name="Cybersécurité")
    answer = new(office, department=department.pk, parcours=other.pk)

    assert "Choisir un parcours de la liste." in said(answer)
    assert "Cybersécurité" not in said(office.get(reverse("curriculum:new")))
