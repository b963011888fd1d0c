"""The maquette typed on the screen: shown, computed, saved, without JavaScript."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse

from butrt.base.journal.models import Entry
from curriculum.differences import differences
from curriculum.models import Competence, Element, Unit, Weight
from curriculum.reading import programme_data
from curriculum.services import load_programme
from tests.curriculum.editing.pages import again, opened, page_of, press, row, said
from tests.curriculum.test_services import programme_data as fixture
from tests.curriculum.test_versions import freeze
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_the_page_shows_the_maquette_to_type_over(office, programme):
    Weight.objects.filter(unit__programme=programme, unit__code="UE31", element__code="R301").update(
        coefficient=Decimal("11.50")
    )
    fields = opened(office, programme)
    line = row(fields, "weights", "UE31", "R301")

    assert {part: fields[line + part] for part in ("cm", "td", "tp", "project", "coefficient")} == {
        "cm": "1",
        "td": "5",
        "tp": "10",
        "project": "0",
        "coefficient": "11,5",
    }
    assert fields[row(fields, "units", "UE31") + "ects"] == "7"
    assert fields[row(fields, "units", "UE31") + "rcue_weight"] == "1"
    assert fields[row(fields, "elements", "Saé4.IOM.stage") + "display"] == "Stage S4"
    assert fields[row(fields, "competences", "RT1") + "short"] == "Administrer"


def test_the_programme_leads_to_it_those_who_may_change_it(client, office, programme, department):
    assert page_of(programme) in office.get(programme.get_absolute_url()).content.decode()
    freeze(programme)
    assert page_of(programme) not in office.get(programme.get_absolute_url()).content.decode()
    client.force_login(make_user("teacher", department=department))
    assert page_of(programme) not in client.get(programme.get_absolute_url()).content.decode()
    assert client.get(page_of(programme)).status_code == 403


def test_a_programme_that_a_jury_judged_on_is_not_opened(office, programme):
    freeze(programme)
    answer = office.get(page_of(programme), follow=True)

    assert answer.redirect_chain == [(programme.get_absolute_url(), 302)]
    assert "elle ne change plus. En faire une nouvelle version, puis la modifier." in said(answer)


def test_the_page_has_neither_inline_style_nor_script(office, programme):
    page = office.get(page_of(programme)).content.decode()

    assert " style=" not in page
    assert not re.search(r"<script(?![^>]* src=)", page)


@pytest.mark.parametrize("name", ["but1-rt", "but2-rt-iom-app"])
def test_the_preview_asks_the_database_as_much_for_any_programme(
    office, department, name, django_assert_num_queries
):
    programme = load_programme(department=department, data=fixture(name), by=None)
    fields = opened(office, programme)
    with django_assert_num_queries(5):  # session, person, roles, programme, competences of the parcours
        office.post(reverse("curriculum:preview", args=[programme.pk]), fields)


@pytest.mark.parametrize("units", [1, 3])
def test_the_page_asks_the_database_as_much_for_one_unit_and_for_three(
    office, department, units, django_assert_num_queries
):
    data = fixture()
    kept = {unit["code"] for unit in data["units"][:units]}
    data["units"] = data["units"][:units]
    data["weights"] = [line for line in data["weights"] if line["unit"] in kept]
    data["in_force_from"] = 2028
    programme = load_programme(department=department, data=data, by=None)
    with django_assert_num_queries(9):
        office.get(page_of(programme))


def test_a_save_asks_the_database_for_a_fixed_number_of_things(
    office, programme, django_assert_max_num_queries
):
    fields = opened(office, programme)
    fields[row(fields, "weights", "UE31", "R301") + "td"] = "6"
    # The message of its end is in the session: three of them are its writing.
    with django_assert_max_num_queries(46):
        assert press(office, programme, fields, "save").status_code == 302


def test_in_the_third_year_the_ratio_is_that_of_the_competence(office, department):
    programme = load_programme(department=department, data=fixture("but3-rt-iom"), by=None)
    fields = opened(office, programme)
    code = next(value for name, value in fields.items() if re.fullmatch(r"units-\d+-code", name))
    semester = fields[row(fields, "units", code) + "semester"]
    added = {"code": "R501", "title": "Supervision", "units": [code]}
    fields |= {f"new-element-{semester}-{part}": value for part, value in added.items()}
    fields = again(press(office, programme, fields, f"add-element-{semester}"))
    fields[row(fields, "weights", code, "R501") + "coefficient"] = "10"
    answer = office.post(reverse("curriculum:preview", args=[programme.pk]), fields).json()

    unit = row(fields, "units", code).split("-")[1]
    told = " ".join(re.sub(r"<[^>]+>", " ", answer["parts"][f"live-share-{unit}"]).split())
    assert told.startswith(fields[f"units-{unit}-competence"])
    assert "+40,0 trop de ressources" in told


def test_the_preview_computes_sums_and_findings_and_saves_nothing(office, programme):
    fields = opened(office, programme)
    fields[row(fields, "weights", "UE31", "R301") + "coefficient"] = "1,5"
    fields[row(fields, "units", "UE31") + "ects"] = "6.5"
    answer = office.post(reverse("curriculum:preview", args=[programme.pk]), fields).json()
    parts = {name: " ".join(re.sub(r"<[^>]+>", " ", html).split()) for name, html in answer["parts"].items()}

    assert answer["refused"] == {}
    assert "2 changements" in parts["live-bar"]
    assert "R301 en UE31 : coefficient 11 → 1,5" in parts["live-changes"]
    assert "UE31 : ECTS 7 → 6,5" in parts["live-changes"]
    assert parts["live-sum-0"] == "Total UE31 5 29 47 12 81 60,5 ▲ 70 imprimé"
    assert "Coefficients 290,5 ECTS 29,5" in parts["live-sums-3"]
    assert "Coefficients 590,5 ECTS 59,5" in parts["live-year"]
    assert "Le semestre 3 porte 29,5 ECTS, et non 30" in parts["live-findings"]
    assert "65,3" in parts["live-share-0"]
    assert differences(fixture(), programme_data(programme)) == ()


def test_the_preview_refuses_a_value_and_counts_the_one_before(office, programme):
    fields = opened(office, programme)
    field = row(fields, "weights", "UE31", "R301") + "td"
    answer = office.post(reverse("curriculum:preview", args=[programme.pk]), fields | {field: "2,5"}).json()

    assert answer["refused"] == {field: "Des heures entières, de 0 à 9999, par exemple 12."}
    assert "Total UE31" in answer["parts"]["live-sum-0"]
    assert "29" in answer["parts"]["live-sum-0"]
    assert "1 valeur à corriger" in answer["parts"]["live-bar"]


def test_a_save_changes_what_was_typed_and_says_so_in_the_journal(office, programme, administrator):
    fields = opened(office, programme)
    line = row(fields, "weights", "UE31", "R301")
    fields |= {line + "coefficient": "12,5", line + "td": "6", line + "evaluation_type": "CCI"}
    fields[row(fields, "units", "UE31") + "rcue_weight"] = "1.5"
    fields[row(fields, "elements", "R301") + "title"] = "Réseaux de campus, suite"
    fields[row(fields, "competences", "RT1") + "short"] = "Administrer bien"
    answer = office.post(page_of(programme), fields | {"act": "save"}, follow=True)

    assert "4 changements enregistrés." in said(answer)
    weight = Weight.objects.get(unit__programme=programme, unit__code="UE31", element__code="R301")
    assert (weight.coefficient, weight.td, weight.evaluation_type) == (Decimal("12.5"), 6, "CCI")
    assert (weight.line, weight.label) == (fixture()["weights"][0]["line"], fixture()["weights"][0]["label"])
    assert Unit.objects.get(programme=programme, code="UE31").rcue_weight == Decimal("1.5")
    assert Element.objects.get(programme=programme, code="R301").title == "Réseaux de campus, suite"
    assert Competence.objects.get(code="RT1").short == "Administrer bien"
    entry = Entry.objects.filter(act="programme.load").latest("pk")
    assert (entry.by, entry.details["file"]) == (administrator, "à l’écran")
    assert any(re.search("R301 en UE31.*, TD : 5 → 6$", change) for change in entry.details["changes"])


def test_what_was_not_typed_is_saved_as_it_was(office, programme):
    answer = office.post(page_of(programme), opened(office, programme) | {"act": "save"}, follow=True)

    assert "Rien n’a changé" in said(answer)
    assert differences(fixture(), programme_data(programme)) == ()
    assert Entry.objects.count() == 1
