"""The maquette typed on the screen: refused, or changed meanwhile, nothing lost."""

from decimal import Decimal

import pytest
from django.urls import reverse

from curriculum.differences import differences
from curriculum.models import Element, Unit, Weight
from curriculum.reading import programme_data
from tests.curriculum.editing.pages import again, opened, press, row, said, small_data
from tests.curriculum.test_versions import freeze

pytestmark = pytest.mark.django_db


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
