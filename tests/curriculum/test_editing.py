"""The maquette typed on the screen: shown, refused, carried over, saved, without JavaScript."""

import re
from copy import deepcopy
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from django.urls import reverse

from butrt.base.journal.models import Entry
from curriculum.differences import differences
from curriculum.models import Competence, Element, Parcours, Programme, Unit, Weight
from curriculum.reading import programme_data
from curriculum.services import load_programme
from tests.curriculum.test_services import programme_data as fixture
from tests.curriculum.test_versions import freeze
from tests.factories import make_cohort, make_parcours, make_teaching, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def empty(department):
    """A programme begun: no UE yet."""
    lists = ("competences", "units", "elements", "weights", "printed_totals")
    data = (
        fixture() | {key: [] for key in lists} | {"in_force_from": 2027, "source": {}, "announced_ects": None}
    )
    return load_programme(department=department, data=data, by=None)


def small_data() -> dict:
    """Two UE of the semester and their elements: a page five times shorter, for what no size changes."""
    data = fixture()
    data["units"] = [unit for unit in data["units"] if unit["code"] in ("UE31", "UE32")]
    data["weights"] = [
        line
        for line in data["weights"]
        if line["unit"] in ("UE31", "UE32") and line["element"] in ("R301", "R302")
    ]
    data["elements"] = [each for each in data["elements"] if each["code"] in ("R301", "R302")]
    data["competences"] = [each for each in data["competences"] if each["code"] in ("RT1", "RT2")]
    return data | {"in_force_from": 2026, "printed_totals": []}


@pytest.fixture(scope="module")
def small_once(once, department_once):
    return once(lambda: load_programme(department=department_once, data=small_data(), by=None))


@pytest.fixture
def small(db, small_once):
    return deepcopy(small_once)


class Fields(HTMLParser):
    """What a browser would send of a page's form."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.select = ""
        self.feed(page.partition('id="edit"')[2].partition("</form>")[0])

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        if tag == "input" and said.get("type") != "checkbox":
            self.values[said["name"]] = said.get("value", "")
        elif tag == "select":
            self.select = said["name"]
        elif tag == "option" and (self.select not in self.values or "selected" in said):
            self.values[self.select] = said["value"]


def page_of(programme: Programme) -> str:
    return reverse("curriculum:edit", args=[programme.pk])


def opened(office, programme: Programme) -> dict[str, str]:
    answer = office.get(page_of(programme))
    assert answer.status_code == 200
    return Fields(answer.content.decode()).values


def row(fields: dict[str, str], name: str, *key: str) -> str:
    """The beginning of a row's fields: "weights-12-"."""
    parts = ("unit", "element") if name == "weights" else ("code",)
    for field in fields:
        place, _, part = field.rpartition("-")
        if (
            field.startswith(name)
            and part == parts[0]
            and all(fields[f"{place}-{each}"] == value for each, value in zip(parts, key, strict=True))
        ):
            return f"{place}-"
    raise AssertionError(f"{name} {key} is not on the page")


def press(office, programme: Programme, fields: dict, act: str):
    return office.post(page_of(programme), fields | {"act": act})


def again(answer) -> dict[str, str]:
    """The fields of the page that came back."""
    assert answer.status_code == 200
    return Fields(answer.content.decode()).values


def said(answer) -> str:
    text = re.sub(r"<[^>]+>", " ", answer.content.decode().partition("<main")[2].partition("</main")[0])
    return " ".join(text.split())


# What is shown


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


# What moves while one types


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


# What is saved


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


@pytest.mark.parametrize(
    ("name", "key", "part", "text", "told"),
    [
        ("weights", ("UE31", "R301"), "cm", "abc", "Des heures entières, de 0 à 9999"),
        ("weights", ("UE31", "R301"), "td", "-1", "Des heures entières, de 0 à 9999"),
        ("weights", ("UE31", "R301"), "tp", "10000", "Des heures entières, de 0 à 9999"),
        ("weights", ("UE31", "R301"), "project", "9" * 5000, "Des heures entières, de 0 à 9999"),
        ("weights", ("UE31", "R301"), "coefficient", "", "Un nombre de 0 à 9999,99"),
        ("weights", ("UE31", "R301"), "coefficient", "NaN", "Un nombre de 0 à 9999,99"),
        ("weights", ("UE31", "R301"), "coefficient", "1e999999999", "Un nombre de 0 à 9999,99"),
        ("weights", ("UE31", "R301"), "coefficient", "1,234", "Un nombre de 0 à 9999,99"),
        ("weights", ("UE31", "R301"), "coefficient", "-0,5", "Un nombre de 0 à 9999,99"),
        ("weights", ("UE31", "R301"), "evaluation_type", "contrôle continu", "Au plus 10 caractères"),
        ("units", ("UE31",), "ects", "0", "Un nombre au-dessus de 0, à une décimale"),
        ("units", ("UE31",), "ects", "7,25", "Un nombre au-dessus de 0, à une décimale"),
        ("units", ("UE31",), "rcue_weight", "0", "Un nombre au-dessus de 0, à trois décimales"),
        ("elements", ("R301",), "title", "  ", "Écrire l’intitulé."),
        ("elements", ("R301",), "title", "x" * 201, "Au plus 200 caractères"),
        ("elements", ("R301",), "display", "", "Écrire le code affiché."),
        ("elements", ("R301",), "kind", "stage", "Choisir ressource ou SAÉ."),
        ("elements", ("R301",), "semester", "5", "Choisir un semestre de l’année."),
        ("elements", ("R301",), "semester", "4", "R301 compte en UE31, UE32, d’un autre semestre"),
        ("competences", ("RT1",), "title", "\0", "U+0000"),
        ("elements", ("R301",), "title", "Réseaux \uf0b7 locaux", "puce de Word (U+F0B7), après"),
    ],
)
def test_a_refused_value_is_told_beside_it_and_nothing_is_saved(office, small, name, key, part, text, told):
    fields = opened(office, small)
    refused = row(fields, name, *key) + part
    other = row(fields, "weights", "UE32", "R301") + "td"
    answer = press(office, small, fields | {refused: text, other: "99"}, "save")
    page = answer.content.decode()

    assert "Rien n’est enregistré." in page
    assert "1 valeur à corriger, dite à côté de sa case." in " ".join(page.split())
    assert told in page.partition(f'id="x-{refused}"')[2][:250]
    assert again(answer)[other] == "99"
    if name != "elements" or part not in ("kind", "semester"):  # a list shows what can be chosen
        assert again(answer)[refused] == text
    assert differences(small_data(), programme_data(small)) == ()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda fields, line: fields.update({line + "unit": "UE99"}),
        lambda fields, line: fields.update({line + "element": ""}),
        lambda fields, line: fields.update({"elements-900-code": "R\0"}),
        lambda fields, line: fields.update({"weights-900-unit": "UE31", "weights-900-element": "R301"}),
        lambda fields, line: fields.update({row(fields, "units", "UE31") + "semester": "5"}),
        lambda fields, line: fields.update({row(fields, "units", "UE31") + "semester": "³"}),
        lambda fields, line: fields.update({row(fields, "units", "UE31") + "level": "7"}),
        lambda fields, line: fields.update({row(fields, "units", "UE31") + "competence": "RT9"}),
        lambda fields, line: fields.update({row(fields, "units", "UE31") + "code": "UE32"}),
    ],
)
@pytest.mark.parametrize("address", ["edit", "preview"])
def test_rows_that_do_not_hold_together_are_not_read(office, small, spoil, address):
    fields = opened(office, small)
    spoil(fields, row(fields, "weights", "UE31", "R301"))

    answer = office.post(reverse(f"curriculum:{address}", args=[small.pk]), fields | {"act": "save"})
    assert answer.status_code == 400
    assert differences(small_data(), programme_data(small)) == ()


@pytest.mark.parametrize("token", ["", "x", "other"])
def test_a_page_that_lost_what_it_showed_keeps_what_was_typed(office, small, empty, token):
    fields = opened(office, small)
    field = row(fields, "weights", "UE31", "R301") + "td"
    token = opened(office, empty)["seen"] if token == "other" else token
    answer = press(office, small, fields | {"seen": token, field: "6"}, "save")

    assert "Rien n’est enregistré. Cette page a perdu ce qu’elle montrait" in said(answer)
    assert differences(small_data(), programme_data(small)) == ()
    assert press(office, small, again(answer), "save").status_code == 302
    assert Weight.objects.get(unit__programme=small, unit__code="UE31", element__code="R301").td == 6


# Somebody else


def test_what_another_saved_meanwhile_is_told_and_taken_over(office, small, department):
    mine = opened(office, small)
    theirs = dict(mine)
    mine[row(mine, "weights", "UE31", "R301") + "td"] = "6"
    theirs[row(mine, "weights", "UE32", "R301") + "tp"] = "7"
    theirs[row(mine, "elements", "R302") + "short"] = "Opérateurs"
    assert press(office, small, theirs, "save").status_code == 302

    refused = press(office, small, mine, "save")
    text = said(refused)
    assert "Rien n’est enregistré : le programme a changé entre-temps" in text
    assert "R301 en UE32 : TP 4 → 7" in text
    assert "R302 : intitulé court Réseaux opérateurs → Opérateurs" in text
    assert "Changé des deux côtés" not in text
    assert Weight.objects.get(unit__programme=small, unit__code="UE31", element__code="R301").td == 5
    fields = again(refused)
    assert fields[row(fields, "weights", "UE31", "R301") + "td"] == "6"
    assert fields[row(fields, "weights", "UE32", "R301") + "tp"] == "7"

    assert press(office, small, fields, "save").status_code == 302
    assert Weight.objects.get(unit__programme=small, unit__code="UE31", element__code="R301").td == 6
    assert Weight.objects.get(unit__programme=small, unit__code="UE32", element__code="R301").tp == 7
    assert Element.objects.get(programme=small, code="R302").short == "Opérateurs"


def test_a_number_that_both_changed_is_named_and_mine_stays_in_its_box(office, small):
    mine = opened(office, small)
    field = row(mine, "weights", "UE31", "R301") + "coefficient"
    assert press(office, small, mine | {field: "13"}, "save").status_code == 302

    refused = press(office, small, mine | {field: "12,5"}, "save")
    assert "R301 en UE31, coefficient : 12,5 chez vous, 13 enregistré" in said(refused)
    assert again(refused)[field] == "12,5"
    assert press(office, small, again(refused), "save").status_code == 302
    assert Weight.objects.get(
        unit__programme=small, unit__code="UE31", element__code="R301"
    ).coefficient == Decimal("12.5")


def test_rows_that_came_and_went_there_come_and_go_here(office, programme):
    """They took UE35 out and added R390; I took R314 out and typed in a line of UE35, which so comes back."""
    mine = opened(office, programme)
    added = {"new-element-3-code": "R390", "new-element-3-title": "Radio", "new-element-3-units": ["UE31"]}
    theirs = again(press(office, programme, mine | added, "add-element-3"))
    unit = row(theirs, "units", "UE35").split("-")[1]
    theirs = again(press(office, programme, theirs, f"drop-units-{unit}"))
    assert press(office, programme, theirs, "save").status_code == 302
    assert not Unit.objects.filter(programme=programme, code="UE35").exists()

    element = row(mine, "elements", "R314").split("-")[1]
    mine = again(press(office, programme, mine, f"drop-elements-{element}"))
    mine[row(mine, "weights", "UE35", _first_in(mine, "UE35")) + "td"] = "9"
    refused = press(office, programme, mine, "save")
    fields = again(refused)
    assert "UE35 : retiré" in said(refused)
    assert press(office, programme, fields, "save").status_code == 302
    assert Element.objects.filter(programme=programme, code="R390").exists()
    assert not Element.objects.filter(programme=programme, code="R314").exists()
    assert list(
        Weight.objects.filter(unit__programme=programme, unit__code="UE35").values_list("td", flat=True)
    ) == [9]


def test_two_units_of_a_competence_added_on_both_sides_are_one_too_many(office, small):
    def adding(code: str) -> dict[str, str]:
        typed = {"code": code, "ects": "2", "competence": "", "competence_code": "RT6"}
        typed |= {"competence_title": "Superviser", "competence_short": "Superviser"}
        fields = opened(office, small) | {f"new-unit-3-{part}": text for part, text in typed.items()}
        return again(press(office, small, fields, "add-unit-3"))

    mine, theirs = adding("UE36"), adding("UE37")
    assert press(office, small, theirs, "save").status_code == 302
    fields = again(press(office, small, mine, "save"))
    answer = press(office, small, fields, "save")
    assert "RT6 a déjà une UE au semestre 3, UE36 : retirer l’une des deux." in said(answer)
    fields = again(answer)
    unit = row(fields, "units", "UE36").split("-")[1]
    fields = again(press(office, small, fields, f"drop-units-{unit}"))
    assert press(office, small, fields, "save").status_code == 302
    assert small.units.get(competence__code="RT6").code == "UE37"


def _first_in(fields: dict[str, str], unit: str) -> str:
    """The first element of a UE."""
    place = next(name for name, value in fields.items() if name.endswith("-unit") and value == unit)
    return fields[place.replace("-unit", "-element")]


def test_a_jury_that_opens_meanwhile_keeps_the_programme(office, small):
    fields = opened(office, small)
    freeze(small)
    field = row(fields, "weights", "UE31", "R301") + "td"
    answer = press(office, small, fields | {field: "6"}, "save")

    assert "Rien n’est enregistré. Ce programme a servi à" in said(answer)
    assert again(answer)[field] == "6"
    assert differences(small_data(), programme_data(small)) == ()


# Rows that come and go


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


# A programme to begin


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
