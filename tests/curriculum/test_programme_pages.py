"""The pages of the programmes, and the workbook."""

import re

import pytest
from django.urls import reverse

from curriculum.models import Weight
from curriculum.services import load_programme
from tests.curriculum.test_services import programme_data
from tests.factories import make_parcours, make_programme, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client, department):
    """The browser of somebody of the department."""
    client.force_login(make_user("teacher", department=department))
    return client


def text_of(response) -> str:
    """What the page says, without its tags, spaces made one."""
    page = response.content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("<main")[2].partition("</main")[0]).split())


def test_the_page_shows_the_maquette_as_the_fiche_prints_it(reader, programme):
    said = text_of(reader.get(programme.get_absolute_url()))

    assert "BUT2, parcours Internet des objets et mobilité, apprentissage" in said
    assert "78 lignes, 36 éléments, 10 UE" in said
    assert "Semestre 3 CM 18 TD 160 TP 181 Projet 90 Total 359 Coefficients 300 ECTS 30" in said
    assert "Semestre 4 CM 10 TD 98 TP 94 Projet 34 Total 202 Coefficients 300 ECTS 30" in said
    assert "Année BUT2 CM 28 TD 258 TP 275 Projet 124 Total 561 Coefficients 600 ECTS 60" in said
    assert "34 sur 34 égaux" in said
    assert said.count("égal à la fiche") == 30
    assert said.count("égaux à la fiche") == 3
    assert "R305 Chaînes de transmissions numériques 2 24 21 47 CC 20" in said
    assert (
        "SAÉ 3.IOM.03 Concevoir un réseau multi-sites intégrant des objets connectés 0 2 2 8 4 CC 17" in said
    )
    assert "Total UE32 ✓ égal à la fiche 10 95 73 29 178 102" in said


def test_the_page_tells_the_findings(reader, programme):
    said = text_of(reader.get(programme.get_absolute_url()))

    assert "7 UE sur 10 hors du rapport 40–60 %" in said
    assert "UE31 70,0 % 30,0 % ▲ +10,0 trop de ressources" in said
    assert "UE34 27,0 % 73,0 % ▲ −13,0 trop de SAÉ" in said
    assert "UE35 47,6 % 52,4 % ✓ dans le rapport" in said
    assert "R310 n’a pas de type d’évaluation en UE33" in said
    assert "UE44 et UE45 ont les mêmes éléments et les mêmes coefficients" in said
    assert "Saé4.IOMr.stage est lu comme Saé4.IOM.stage" in said


def test_a_number_that_is_not_the_printed_one_stands_beside_it(reader, programme):
    Weight.objects.filter(unit__code="UE31", element__code="R301").update(coefficient=12)
    said = text_of(reader.get(programme.get_absolute_url()))

    assert "30 sur 34 égaux" in said
    assert "Total UE31 5 29 47 12 81 71 ▲ 70 imprimé" in said
    assert "Coefficients 301 ECTS 30 Fiche ▲ coefficients 300 imprimé" in said


def test_a_plain_structure_says_that_it_is_one(reader, department):
    programme = load_programme(department=department, data=programme_data("but3-rt-iom"), by=None)
    said = text_of(reader.get(programme.get_absolute_url()))

    assert "Structure illustrative." in said
    assert "UE51 RT1 Administrer les réseaux et l’Internet, niveau 3 ECTS" in said
    assert "Constats 0" in said


def test_the_page_has_neither_inline_style_nor_script(reader, programme):
    page = reader.get(programme.get_absolute_url()).content.decode()

    assert " style=" not in page
    assert not re.search(r"<script(?![^>]* src=)", page)


def test_the_list_names_the_programmes_of_the_department_only(reader, department, programme):
    make_programme(parcours=make_parcours(name="Cybersécurité"))
    load_programme(department=department, data=programme_data("but3-rt-iom"), by=None)
    said = text_of(reader.get(reverse("curriculum:programmes")))

    assert "BUT2" in said
    assert "apprentissage 2022 10 36 60 fiche filière 2022-2023" in said
    assert "structure illustrative" in said
    assert "Cybersécurité" not in said


@pytest.mark.parametrize("name", ["programme", "workbook"])
def test_a_programme_of_another_department_does_not_exist(reader, name):
    other = make_programme()

    assert reader.get(reverse(f"curriculum:{name}", args=[other.pk])).status_code == 404


@pytest.mark.parametrize("name", ["programmes", "programme", "workbook"])
def test_nobody_reads_a_programme_without_signing_in(client, programme, name):
    response = client.get(reverse(f"curriculum:{name}", args=[] if name == "programmes" else [programme.pk]))

    assert response.status_code == 302
    assert response.url.startswith(reverse("login"))


def test_the_list_takes_the_same_queries_for_one_and_for_three(
    reader, department, programme, django_assert_num_queries
):
    with django_assert_num_queries(LIST_QUERIES):
        reader.get(reverse("curriculum:programmes"))
    for name in ("but1-rt", "but3-rt-iom"):
        load_programme(department=department, data=programme_data(name), by=None)
    with django_assert_num_queries(LIST_QUERIES):
        reader.get(reverse("curriculum:programmes"))


def test_the_page_takes_the_same_queries_for_any_size(
    reader, department, programme, django_assert_num_queries
):
    small = make_programme(parcours=make_parcours(department=department))
    for shown in (small, programme):
        with django_assert_num_queries(PAGE_QUERIES):
            reader.get(shown.get_absolute_url())


# Session and user, the person's roles, then the page's own.
LIST_QUERIES = 4 + 1 + 1  # the last: the spécialités, whose référentiels it links
PAGE_QUERIES = 4 + 1 + 2 + 4  # the last: other versions, juries that judged on it, règlement, identity
