"""What is told of a programme, with its numbers."""

from fractions import Fraction

import pytest

from curriculum.findings import findings, findings_of, percent, shares
from curriculum.maquette import maquette
from curriculum.models import Programme, Unit, Weight
from curriculum.services import load_programme
from tests.curriculum.test_services import programme_data
from tests.factories import make_department, make_element, make_programme

pytestmark = pytest.mark.django_db


def found(programme: Programme, kind: str, **options) -> list[tuple[str, str, str]]:
    return [
        (finding.severity, finding.title.replace("\u00a0", " "), finding.text.replace("\u00a0", " "))
        for finding in findings(programme, **options)
        if finding.kind == kind
    ]


def test_the_fiche_has_these_findings(programme):
    assert [finding.kind for finding in findings(programme)] == [
        "pole-share",
        "evaluation-type",
        "twin-units",
        "merged-code",
        "spelling",
        "announced-ects",
        "weightless",
    ]


def test_seven_units_are_outside_the_ratio(programme):
    assert found(programme, "pole-share") == [
        (
            "look",
            "7 UE sur 10 hors du rapport 40–60 %",
            "Poids du pôle ressources : UE31 70,0 %, UE32 70,6 %, UE33 71,4 %, UE34 27,0 %, UE42 67,8 %, "
            "UE44 28,8 %, UE45 28,8 %. Chaque pôle, ressources et SAÉ, doit peser de 40 à 60 %.",
        )
    ]
    assert {
        share.name: (percent(share.resources), percent(share.excess)) for share in shares(maquette(programme))
    } == {
        "UE31": ("70,0\u00a0%", "10,0\u00a0%"),
        "UE32": ("70,6\u00a0%", "10,6\u00a0%"),
        "UE33": ("71,4\u00a0%", "11,4\u00a0%"),
        "UE34": ("27,0\u00a0%", "−13,0\u00a0%"),
        "UE35": ("47,6\u00a0%", "0,0\u00a0%"),
        "UE41": ("40,4\u00a0%", "0,0\u00a0%"),
        "UE42": ("67,8\u00a0%", "7,8\u00a0%"),
        "UE43": ("40,8\u00a0%", "0,0\u00a0%"),
        "UE44": ("28,8\u00a0%", "−11,2\u00a0%"),
        "UE45": ("28,8\u00a0%", "−11,2\u00a0%"),
    }


@pytest.mark.parametrize(("resources", "outside"), [(39, True), (40, False), (60, False), (61, True)])
def test_the_ratio_holds_at_its_bounds(resources, outside):
    programme = make_programme({"UE31": "30"})
    unit = programme.units.get()
    Weight.objects.update(coefficient=resources)
    sae = make_element(programme, kind="sae")
    Weight.objects.create(unit=unit, element=sae, coefficient=100 - resources)

    assert bool(found(programme, "pole-share")) == outside


def test_in_the_third_year_the_ratio_is_taken_over_the_two_units_of_a_competence():
    programme = make_programme({"UE51": "30", "UE61": "30"}, year=3)
    first, second = programme.units.order_by("semester")
    Weight.objects.filter(unit=first).update(coefficient=50)
    Weight.objects.filter(unit=second).delete()
    Weight.objects.create(
        unit=second, element=make_element(programme, kind="sae", semester=6), coefficient=50
    )

    assert [(share.name, share.resources) for share in shares(maquette(programme))] == [
        ("RT1", Fraction(1, 2))
    ]
    assert found(programme, "pole-share") == []


def test_an_element_without_evaluation_type(programme):
    assert found(programme, "evaluation-type") == [
        ("look", "R310 n’a pas de type d’évaluation en UE33", "Il est en CC en UE32. Ligne 323 de la fiche.")
    ]


def test_twin_units_and_what_weighs_differently_there(programme):
    title = "UE44 et UE45 ont les mêmes éléments et les mêmes coefficients"
    numbers = "Coefficients 5, 4, 6, 23, 10, 4."

    assert found(programme, "twin-units") == [
        (
            "look",
            title,
            f"{numbers} Leurs moyennes ne diffèrent que si des évaluations y pèsent différemment.",
        )
    ]
    assert found(programme, "twin-units", weighed=["R401"]) == [
        (
            "look",
            title,
            f"{numbers} Aucune évaluation n’y pèse différemment : leurs moyennes sont toujours égales.",
        )
    ]
    assert found(programme, "twin-units", weighed=["Saé4.IOM.stage", "Saé4.IOM.01"]) == [
        ("know", title, f"{numbers} Des évaluations y pèsent différemment : SAÉ 4.IOM.01 et Stage S4.")
    ]


def test_what_was_merged_and_corrected(programme):
    assert found(programme, "merged-code") == [
        (
            "know",
            "Saé4.IOMr.stage est lu comme Saé4.IOM.stage",
            "C’est le même élément dans UE41, UE42, UE43, UE44 et UE45 (ligne 559).",
        )
    ]
    assert found(programme, "spelling") == [
        (
            "know",
            "4 mots de la fiche corrigés à l’affichage",
            "« UNIVERSIATIRE » en « UNIVERSITAIRE » (ligne 1) ; "
            "« infrastrutures » en « infrastructures » (ligne 408) ; "
            "« Portefolio » en « Portfolio » (10 lignes) ; « oeuvre » en « œuvre » (ligne 302).",
        )
    ]


def test_announced_credits_and_weightless_elements(programme):
    assert found(programme, "announced-ects") == [
        ("know", "L’en-tête annonce 120 ECTS, les tableaux en portent 60", "120 est le cumul depuis BUT1.")
    ]
    assert found(programme, "weightless") == [
        (
            "know",
            "Portfolio S3 a le coefficient 0 dans les 5 UE",
            "Aucune note n’est attendue, et rien ne bloque.",
        )
    ]


def test_a_coefficient_changed_in_the_database_no_longer_equals_the_printed_totals(programme):
    Weight.objects.filter(unit__code="UE31", element__code="R301").update(coefficient=12)

    assert found(programme, "printed-total") == [
        (
            "look",
            f"Le total imprimé de {label} n’est pas la somme de ses lignes",
            f"coefficients : {printed} imprimé, {computed} en additionnant, ligne {line} de la fiche.",
        )
        for label, printed, computed, line in [
            ("UE31, ressources", 49, 50, 255),
            ("UE31", 70, 71, 268),
            ("S3", 300, 301, 403),
            ("BUT2", 600, 601, 627),
        ]
    ]
    assert maquette(programme).equal == 30


def test_a_printed_line_total_that_is_not_its_sum_is_kept():
    data = programme_data()
    data["weights"][0]["total"] = 17
    programme = load_programme(department=make_department(), data=data, by=None)

    assert found(programme, "printed-total") == [
        (
            "look",
            "Le total imprimé de R301 en UE31 n’est pas CM + TD + TP",
            "total : 17 imprimé, 16 en additionnant, ligne 233 de la fiche.",
        )
    ]


def test_another_title_of_the_same_element(programme):
    Weight.objects.filter(unit__code="UE32", element__code="R301").update(label="R301 - Réseaux locaux")

    assert found(programme, "other-title") == [
        (
            "look",
            "« Réseaux de campus » est aussi imprimé « Réseaux locaux »",
            "Un élément a deux intitulés (ligne 272).",
        )
    ]


def test_a_semester_that_has_not_thirty_credits(programme):
    Unit.objects.filter(code="UE31").update(ects="6.5")

    assert found(programme, "ects") == [
        (
            "look",
            "Le semestre 3 porte 29,5 ECTS, et non 30",
            "UE31 6,5, UE32 10, UE33 5, UE34 4, UE35 4.",
        )
    ]


def test_a_plain_structure_has_no_findings():
    programme = load_programme(department=make_department(), data=programme_data("but3-rt-iom"), by=None)

    assert findings(programme) == ()


def test_findings_take_two_queries(programme, django_assert_num_queries):
    with django_assert_num_queries(2):
        findings(programme)
    table = maquette(programme)
    with django_assert_num_queries(0):
        findings_of(table)
