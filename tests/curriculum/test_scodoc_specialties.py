"""A formation of any spécialité: its own titles and niveaux, codes as the establishment writes them."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from curriculum.models import Competence, Programme, Unit
from curriculum.referential.file import read_referential
from curriculum.referential.services import load_referential
from tests.curriculum.referential_files import orebut
from tests.factories import make_department

pytestmark = pytest.mark.django_db

GMP = {1: "Spécifier", 2: "Développer", 3: "Réaliser", 4: "Exploiter"}
MMI = {1: "Comprendre", 2: "Concevoir", 3: "Exprimer", 4: "Développer", 5: "Entreprendre"}


def formation(
    acronym: str, units: list[tuple[str, int, str]], levels: dict[str, tuple] | None = None
) -> dict:
    """An export of these UE (acronym, semester, title), a ressource and a SAÉ in each."""
    return {
        "acronyme": f"BUT {acronym}",
        "titre": f"BUT {acronym}",
        "type_parcours": 700,
        "refcomp_specialite": acronym,
        "ue": [
            {
                "acronyme": code,
                "numero": number,
                "titre": title,
                "type": 0,
                "ects": 6,
                "semestre_idx": semester,
                "reference": number,
                "parcours": [],
                "matiere": [{"module": _modules(number, semester)}],
            }
            | (
                dict(
                    zip(
                        ("apc_niveau_libelle", "apc_niveau_annee", "apc_niveau_ordre"),
                        levels[code],
                        strict=True,
                    )
                )
                if levels and code in levels
                else {}
            )
            for number, (code, semester, title) in enumerate(units, start=1)
        ],
    }


def _modules(number: int, semester: int) -> list[dict]:
    return [
        {
            "titre": f"Module {kind}{number}",
            "code": f"{kind}{number}",
            "semestre_id": semester,
            "module_type": type_,
            "coefficients": [{"ue_reference": str(number), "coef": "50"}],
        }
        for kind, type_ in (("R", 2), ("SAE", 3))
    ]


def brought(tmp_path, said: dict, code: str, department=None, *extra: str) -> str:
    file = tmp_path / f"{code}.json"
    file.write_text(json.dumps(said))
    out = StringIO()
    call_command(
        "import_scodoc_programme",
        str(file),
        *("--department", (department or make_department(code=code.lower())).code, "--parcours", f"{code}-X"),
        *("--in-force-from", "2022", "--specialty", f"Spécialité {code}", "--name", "Innovation"),
        *("--short", "X", *extra),
        stdout=out,
    )
    return out.getvalue()


def levels() -> dict[tuple[str, int], int]:
    units = Unit.objects.select_related("competence", "programme")
    return {(each.competence.code, each.programme.year): each.level for each in units}


def titles() -> dict[str, str]:
    return dict(Competence.objects.values_list("code", "title"))


def test_gmp_keeps_the_titles_of_its_units_and_goes_up_from_its_first_year(tmp_path):
    units = [
        (f"UE{semester}.{number}-C{number}", semester, title)
        for semester in (1, 2, 3, 4)
        for number, title in GMP.items()
    ]
    said = brought(tmp_path, formation("GMP", units), "GMP")

    assert titles() == {f"GMP{number}": title for number, title in GMP.items()}
    assert levels() == {(f"GMP{number}", year): year for number in GMP for year in (1, 2)}
    assert "GMP2 : Développer (nom court : Développer, nouvelle)" in said
    assert "national" not in said


def test_mmi_goes_up_to_the_third_level(tmp_path):
    units = [(f"UE{s}.{n}", s, title) for s in (1, 2, 3, 4) for n, title in MMI.items()]
    units += [(f"UE{s}.{n}", s, MMI[n]) for s in (5, 6) for n in (4, 5)]

    brought(tmp_path, formation("MMI", units), "MMI")

    found = levels()
    assert (found["MMI4", 2], found["MMI4", 3]) == (2, 3)
    assert titles()["MMI4"] == "Développer"


def test_the_levels_that_a_file_names_keep_the_titles_of_its_units(tmp_path):
    units = [(f"UE{s}.{n}", s, GMP[n]) for s in (3, 4) for n in (2, 4)]
    named = {
        code: ("Développer pour le Cloud" if code.endswith("2") else "Structurer", "BUT2", 2)
        for code, *_ in units
    }

    brought(tmp_path, formation("GMP", units, named), "GMP")

    assert titles() == {"GMP2": "Développer", "GMP4": "Exploiter"}
    assert levels() == {("GMP2", 2): 2, ("GMP4", 2): 2}


def test_the_loaded_referential_says_competences_and_levels(tmp_path):
    department = make_department()
    data = read_referential(orebut().encode())
    data["specialty"]["name"] = "Spécialité GMP"
    load_referential(department=department, data=data, by=None)
    units = [(f"UE{s}.{n}", s, title) for s in (3, 4) for n, title in ((1, "Spécifier"), (2, "Développer"))]

    said = brought(tmp_path, formation("GMP", units), "GMP", department)

    assert "niveau 2 en BUT2 dans le référentiel" in said
    assert levels() == {("GMP1", 2): 2, ("GMP2", 2): 2}
    assert titles()["GMP2"] == "Déterminer la solution optimale"
    assert Competence.objects.filter(identity="développer-4f3a", units__isnull=False).exists()


def test_codes_are_free_text(tmp_path):
    units = [("UE3.1 Réaliser-SNRV", 3, "Réaliser"), ("UE4.1", 4, "Réaliser")]

    brought(
        tmp_path,
        formation("INFO", units),
        "INFO",
        None,
        *("--unit", "UE3.1 Réaliser-SNRV=INFO.REALISER/2", "--unit", "UE4.1=INFO.REALISER/2"),
    )

    assert list(Unit.objects.values_list("code", flat=True)) == ["UE3.1Réaliser-SNRV", "UE4.1"]
    assert Programme.objects.get().units.first().rcue == "INFO.REALISER/2"
