"""Versions of a programme: a copy for another year, what differs, and what a jury keeps as it is."""

import copy
import re
from decimal import Decimal

import pytest
from django.urls import reverse

from butrt.base.journal.models import Entry
from curriculum.differences import differences
from curriculum.findings import findings, findings_of
from curriculum.maquette import maquette
from curriculum.models import Competence, Programme, Weight
from curriculum.programmefile import ProgrammeError
from curriculum.reading import maquette_from, programme_data
from curriculum.services import load_programme, new_version, source_of
from tests.curriculum.test_services import programme_data as fixture
from tests.factories import make_cohort, make_regulation, make_session, make_user

pytestmark = pytest.mark.django_db
NAMES = ("but1-rt", "but2-rt-iom-app", "but3-rt-iom")


def freeze(programme: Programme) -> None:
    """A session whose figures are frozen on this programme."""
    session = make_session(
        cohort=make_cohort(programme, school_year=2024),
        regulation=make_regulation(programme.parcours.department),
        president=make_user("president", department=programme.parcours.department),
    )
    type(session).objects.filter(pk=session.pk).update(state="deliberation", snapshot={})


@pytest.mark.parametrize("name", NAMES)
def test_a_stored_programme_is_said_as_its_file_and_loads_as_the_same(department, name):
    programme = load_programme(department=department, data=fixture(name), by=None)
    said = programme_data(programme)
    assert differences(fixture(name), said) == ()
    load_programme(department=department, data=said, by=None)
    programme.refresh_from_db()
    assert programme.source == source_of(fixture(name))


@pytest.mark.parametrize("name", NAMES)
def test_a_programme_not_stored_has_the_sums_and_findings_of_the_stored_one(department, name):
    programme = load_programme(department=department, data=fixture(name), by=None)
    table = maquette_from(fixture(name), source_of(fixture(name)))
    stored = maquette(programme)
    assert findings_of(table) == findings(programme)
    assert table.sum == stored.sum
    assert [semester.sum for semester in table.semesters] == [semester.sum for semester in stored.semesters]


def test_a_new_version_is_equal_and_leaves_the_first_as_it_was(programme, administrator):
    made = new_version(programme=programme, in_force_from=2025, by=administrator)
    assert made.pk != programme.pk
    assert (made.in_force_from, made.source["copied_from"]) == (2025, 2022)
    assert differences(programme_data(programme), programme_data(made)) == ()
    assert (made.units.count(), made.elements.count()) == (10, 36)
    assert maquette(made).printed == ()
    assert Entry.objects.filter(act="programme.load").count() == 2


def test_a_year_that_has_a_version_is_refused(programme, administrator):
    with pytest.raises(ProgrammeError, match="a déjà une version en vigueur depuis 2022"):
        new_version(programme=programme, in_force_from=2022, by=administrator)
    assert Programme.objects.count() == 1


def test_what_differs_is_told_row_by_row():
    before, after = fixture(), copy.deepcopy(fixture())
    row = after["weights"][0]
    row["coefficient"], row["td"] = Decimal("12.5"), row["td"] + 2
    gone = after["weights"].pop()
    after["units"][0]["ects"] = Decimal("7.5")
    units, weights = differences(before, after)
    assert (units.title, weights.title) == ("UE", "Coefficients et heures")
    (unit,) = units.changes
    assert (unit.kind, unit.about) == ("changed", before["units"][0]["code"])
    assert [(field.name, field.after) for field in unit.fields] == [("ECTS", "7,5")]
    first, last = weights.changes
    assert [(field.name, field.after) for field in first.fields] == [
        ("coefficient", "12,5"),
        ("TD", str(row["td"])),
    ]
    assert last.kind == "removed"
    assert last.about.endswith(f" en {gone['unit']}")


def test_a_programme_that_a_jury_judged_on_does_not_change_even_a_title(programme, administrator):
    freeze(programme)
    data = programme_data(programme)
    load_programme(department=programme.parcours.department, data=data, by=administrator)
    data["elements"][0]["title"] += " bis"
    with pytest.raises(ProgrammeError, match=r"a servi à .* : il ne change plus.*nouvelle version"):
        load_programme(department=programme.parcours.department, data=data, by=administrator, update=True)
    assert differences(fixture(), programme_data(programme)) == ()


def test_a_competence_that_a_judged_version_shows_is_kept_through_another_version(programme, administrator):
    made = new_version(programme=programme, in_force_from=2025, by=administrator)
    freeze(programme)
    department = programme.parcours.department
    data = programme_data(made)
    data["competences"][0]["title"] = "Autre chose"
    with pytest.raises(ProgrammeError, match="a servi à"):
        load_programme(department=department, data=data, by=administrator, update=True)
    assert not Competence.objects.filter(title="Autre chose").exists()

    data = programme_data(made)
    data["weights"][0]["coefficient"] += 1
    load_programme(department=department, data=data, by=administrator, update=True)
    assert (
        Weight.objects.get(
            unit__programme=made,
            unit__code=data["weights"][0]["unit"],
            element__code=data["weights"][0]["element"],
        ).coefficient
        == data["weights"][0]["coefficient"]
    )


def test_the_pages_make_a_version_and_show_what_differs(client, programme, administrator):
    client.force_login(administrator)
    page = reverse("curriculum:new_version", args=[programme.pk])
    refused = client.post(page, {"in_force_from": "2022"})
    assert "a déjà une version en vigueur depuis 2022" in refused.content.decode()
    assert 'value="2022"' in refused.content.decode()
    made = client.post(page, {"in_force_from": "2025"}, follow=True).context["programme"]
    assert made.in_force_from == 2025

    between = reverse("curriculum:differences", args=[made.pk, programme.pk])
    assert "Aucune différence" in client.get(between).content.decode()
    weight = Weight.objects.filter(unit__programme=made).order_by("position").first()
    Weight.objects.filter(pk=weight.pk).update(coefficient=Decimal("7.5"))
    said = " ".join(re.sub(r"<[^>]+>", " ", client.get(between).content.decode()).split())
    assert f"{weight.element.display} en {weight.unit.code} ▲ changé coefficient" in said
    assert "→ 7,5" in said


def test_the_page_says_which_jury_keeps_a_programme(client, programme, administrator):
    freeze(programme)
    client.force_login(administrator)
    said = client.get(programme.get_absolute_url()).content.decode()
    assert "Cette version a servi à" in said
    assert "En faire une nouvelle version" in said
