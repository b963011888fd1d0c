"""The reader of the fiche, against the department's own document and against broken copies of it."""

import json
import tomllib
from pathlib import Path

import pytest

from curriculum.bringing.levels import known_from
from curriculum.fiche import Fiche, FicheError, FicheLine, Figures, Slip, read_fiche
from curriculum.programmefile import check_programme, dump_programme, parse_programme
from curriculum.referential.file import read_referential

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
FILE = "fiche-filiere-but2-rt-iom-app-2022-2023.txt"
TEXT = (FIXTURES / "reference" / FILE).read_text(encoding="utf-8")
FICHE = read_fiche(TEXT)
KNOWN = known_from(
    read_referential((FIXTURES / "referentials" / "rt.json").read_bytes()),
    tomllib.loads((FIXTURES / "reference" / "but2-rt-iom-app.toml").read_text("utf-8"))["short"],
)


def changed(old: str, new: str, *, times: int = 1) -> str:
    """The fiche's text with one passage replaced, which has to be there `times` times."""
    assert TEXT.count(old) == times
    return TEXT.replace(old, new, 1)


def line_of(fiche: Fiche, unit: str, code: str) -> FicheLine:
    [line] = [line for line in fiche.lines if (line.unit, line.code) == (unit, code)]
    return line


def total_of(label: str) -> Figures:
    [total] = [total for total in FICHE.totals if total.label == label]
    assert not total.differs
    return total.printed


# What the fiche says


def test_header():
    assert (FICHE.mention, FICHE.parcours_code, FICHE.parcours_label, FICHE.modality) == (
        "RESEAUX ET TELECOMMUNICATIONS",
        "RT IOM",
        "Internet des Objets et Mobilité",
        "apprentissage",
    )
    assert (FICHE.school_year, FICHE.year, FICHE.announced_ects) == ("2022-2023", 2, 120)
    assert (FICHE.title.number, FICHE.title.text) == (1, "BACHELOR UNIVERSIATIRE DE TECHNOLOGIE")


def test_everything_is_read():
    assert len(FICHE.lines) == 78
    assert len(FICHE.units) == 10
    assert len({line.code for line in FICHE.lines}) == 36
    # 2 poles and the UE itself ten times, 2 semesters, the year, and the hours of the header.
    assert len(FICHE.totals) == 10 * 3 + 2 + 1 + 1


@pytest.mark.parametrize(
    ("label", "printed"),
    [
        ("S3", Figures(18, 160, 181, 90, 359, 300, 30)),
        ("S4", Figures(10, 98, 94, 34, 202, 300, 30)),
        ("BUT2", Figures(28, 258, 275, 124, 561, 600, 60)),
        ("En-tête", Figures(28, 258, 275, 124, 561)),
        ("UE32", Figures(10, 95, 73, 29, 178, 102, 10)),
        ("UE31, pôle ressources", Figures(5, 24, 42, None, 71, 49)),
        ("UE41, pôle SAÉ", Figures(0, 1, 1, 1, 2, 34)),
    ],
)
def test_totals(label, printed):
    assert total_of(label) == printed


def test_every_printed_total_is_its_sum():
    assert FICHE.differences == ()
    assert [total.label for total in FICHE.totals if total.computed != total.printed] == []


@pytest.mark.parametrize("line", FICHE.lines, ids=lambda line: f"{line.unit}-{line.code}")
def test_each_line_adds_up(line):
    assert line.total == line.cm + line.td + line.tp
    assert line.kind == "sae" or line.project == 0
    assert line.label.split("-")[0].strip() == line.printed_code
    assert TEXT.split("\n")[line.line - 1].lstrip().startswith(line.printed_code)


def test_units_and_their_ects():
    assert {unit.code: (unit.semester, unit.competence, unit.ects) for unit in FICHE.units} == {
        "UE31": (3, "RT1", 7),
        "UE32": (3, "RT2", 10),
        "UE33": (3, "RT3", 5),
        "UE34": (3, "RT4", 4),
        "UE35": (3, "RT5", 4),
        "UE41": (4, "RT1", 6),
        "UE42": (4, "RT2", 9),
        "UE43": (4, "RT3", 5),
        "UE44": (4, "RT4", 5),
        "UE45": (4, "RT5", 5),
    }


def test_competences_are_put_together_from_the_margin():
    assert [(competence.code, competence.title) for competence in FICHE.competences] == [
        ("RT1", "Administrer les réseaux et l’Internet"),
        ("RT2", "Connecter les entreprises et les usagers"),
        ("RT3", "Créer des outils et applications informatiques pour les R&T"),
        ("RT4", "Gérer les infrastructures des réseaux mobiles"),
        (
            "RT5",
            "Mettre en œuvre des applications et des protocoles sécurisés pour l’Internet des Objets",
        ),
    ]


def test_coefficients_are_those_of_the_worked_cases():
    """domain.md §3 decides on these: UE31 weighs 70, the SAÉ 3.IOM.03 alone 17."""
    ue31 = {line.code: line.coefficient for line in FICHE.lines if line.unit == "UE31"}

    assert ue31 == {
        "R301": 11,
        "R302": 9,
        "R303": 11,
        "R304": 4,
        "R311": 6,
        "R312": 4,
        "R313": 2,
        "R315": 2,
        "Saé302": 4,
        "Saé3.IOM.03": 17,
        "Saé3.Portefolio": 0,
    }


# Its slips


def test_a_missing_evaluation_type_is_kept_missing():
    assert line_of(FICHE, "UE33", "R310").evaluation_type == ""
    assert [(line.unit, line.code) for line in FICHE.lines if not line.evaluation_type] == [("UE33", "R310")]
    assert line_of(FICHE, "UE33", "R310").coefficient == 4


def test_a_portfolio_has_its_project_hours():
    line = line_of(FICHE, "UE41", "Saé4.Portefolio")

    assert (line.cm, line.td, line.tp, line.project, line.total, line.coefficient) == (0, 1, 1, 1, 2, 4)


def test_the_internship_is_one_element_in_the_five_units():
    stages = [line for line in FICHE.lines if line.code == "Saé4.IOM.stage"]

    assert [(line.unit, line.coefficient) for line in stages] == [
        ("UE41", 30),
        ("UE42", 25),
        ("UE43", 25),
        ("UE44", 10),
        ("UE45", 10),
    ]
    assert FICHE.merged_codes == (Slip("Saé4.IOMr.stage", "Saé4.IOM.stage", (559,)),)
    assert line_of(FICHE, "UE43", "Saé4.IOM.stage").label == "Saé4.IOMr.stage - stage"


def test_misspelt_words_are_corrected_and_told():
    portfolios = tuple(line.line for line in FICHE.lines if "Portefolio" in line.code)

    assert len(portfolios) == 10
    assert FICHE.misspelt == (
        Slip("UNIVERSIATIRE", "UNIVERSITAIRE", (1,)),
        Slip("infrastrutures", "infrastructures", (408,)),
        Slip("Portefolio", "Portfolio", portfolios),
        Slip("oeuvre", "œuvre", (302,)),
    )
    assert line_of(FICHE, "UE32", "Saé301").title == "Mettre en œuvre un système de transmission"
    assert line_of(FICHE, "UE32", "Saé301").label == "Saé 301 - Mettre en oeuvre un système de transmission"


def test_wrapped_labels_are_joined():
    assert line_of(FICHE, "UE41", "R407").label == (
        "R407 - Expression-Culture-Communication professionnelles 4 : préparer l’insertion professionnelle"
    )
    assert line_of(FICHE, "UE41", "R407").line == 489


@pytest.mark.parametrize(
    ("code", "display"),
    [
        ("R301", "R301"),
        ("R3.IOM.16", "R3.IOM.16"),
        ("Saé302", "SAÉ 302"),
        ("Saé3.IOM.03", "SAÉ 3.IOM.03"),
        ("Saé4.IOM.stage", "Stage S4"),
        ("Saé3.Portefolio", "Portfolio S3"),
    ],
)
def test_codes_on_the_screen(code, display):
    elements = FICHE.to_fixture(known=KNOWN)["elements"]

    assert [element["display"] for element in elements if element["code"] == code] == [display]


def test_another_title_of_an_element_is_told():
    fiche = read_fiche(
        changed("R304 - Services d’annuaires 0 2 4 6 CC 4", "R301 - Réseau 0 2 4 6 CC 4").replace(
            "UE31\n\nR301 - Réseaux de campus 1 5 10 16 CC 11",
            "UE31\n\nR304 - Services d’annuaires 1 5 10 16 CC 11",
        )
    )

    assert fiche.other_titles == (Slip("Réseaux de campus", "Réseau", (272,)),)


# Broken copies


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("TOTAL S3 18 160 181 90 359 CC 300 30", "TOTAL S3 18 161 181 90 359 CC 300 30", [("S3", 403)]),
        ("TOTAL UE31 5 29 47 12 81 70 7", "TOTAL UE31 5 29 47 12 81 71 7", [("UE31", 268)]),
        (
            "TOTAL RESSOURCES 5 24 42 71 49",
            "TOTAL RESSOURCES 5 24 42 71 48",
            [("UE31, pôle ressources", 255)],
        ),
        ("28 258 275 124 561 600 60", "28 258 275 124 561 600 61", [("BUT2", 627)]),
        ("28h 258h 275h      h 124h 561h", "28h 258h 275h      h 124h 560h", [("En-tête", 17)]),
    ],
)
def test_a_total_that_differs_is_told_with_its_line(old, new, expected):
    differences = read_fiche(changed(old, new)).differences

    assert [(total.label, total.line) for total in differences] == expected


def test_a_unit_with_other_ects_differs_in_its_semester_and_year():
    fiche = read_fiche(changed("TOTAL UE31 5 29 47 12 81 70 7", "TOTAL UE31 5 29 47 12 81 70 8"))

    assert [(total.label, total.printed.ects, total.computed.ects) for total in fiche.differences] == [
        ("S3", 30, 31),
        ("BUT2", 60, 61),
    ]


def test_a_line_that_does_not_add_up_is_told_with_the_totals_it_spoils():
    fiche = read_fiche(
        changed(
            "R303 - Services réseaux avancés 1 4 12 17 CC 11",
            "R303 - Services réseaux avancés 1 4 12 18 CC 11",
        )
    )

    assert [difference.line for difference in fiche.differences] == [17, 255, 268, 403, 627, 237]
    assert [difference.label for difference in fiche.differences][-1] == "R303 - Services réseaux avancés"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        pytest.param(
            "R303 - Services réseaux avancés 1 4 12 17 CC 11",
            "R303 - Services réseaux avancés 1 4 17 CC 11",
            "Ligne 237 de la fiche, « R303 - Services réseaux avancés 1 4 17 CC 11 » : des nombres manquent",
            id="a number is missing",
        ),
        pytest.param(
            "R303 - Services réseaux avancés 1 4 12 17 CC 11",
            "R303 - Services réseaux avancés 1 4 12 0 17 CC 11",
            "Ligne 237 de la fiche, « R303 - Services réseaux avancés 1 4 12 0 17 CC 11 » : le total",
            id="a number too many",
        ),
        pytest.param(
            "R303 - Services réseaux avancés 1 4 12 17 CC 11",
            "Services réseaux avancés 1 4 12 17 CC 11",
            "Ligne 237 de la fiche, « Services réseaux avancés 1 4 12 17 CC 11 » : ni un élément",
            id="no code",
        ),
        pytest.param(
            "R303 - Services réseaux avancés 1 4 12 17 CC 11",
            "R303 - Services réseaux avancés 1 4 l2 17 CC 11",
            "Ligne 237 ",
            id="a letter for a digit",
        ),
        pytest.param(
            "R303 - Services réseaux avancés 1 4 12 17 CC 11",
            "R302 - Services réseaux avancés 1 4 12 17 CC 11",
            "R302 a déjà une ligne dans UE31",
            id="an element twice in a unit",
        ),
        pytest.param(
            "\nUE31\n", "\nUE41\n", "n’est pas du semestre du tableau", id="unit of another semester"
        ),
        pytest.param("\nUE31\n", "\n\n", "cette ligne n’est dans aucune UE", id="no unit"),
        pytest.param("\nUE32\n", "\nUE31\n", "cette UE a déjà été lue", id="a unit twice"),
        pytest.param(
            "TOTAL UE31 5 29 47 12 81 70 7",
            "",
            "Ligne 270 de la fiche, « UE32 » : le total de UE31 manque",
            id="no total",
        ),
        pytest.param(
            "TOTAL UE31 5",
            "TOTAL UE32 5",
            "Ligne 268 .* ce total n’est pas celui de UE31",
            id="another’s total",
        ),
        pytest.param(
            "TOTAL S3 18", "TOTAL S4 18", "pas celui du semestre du tableau", id="another semester’s"
        ),
        pytest.param(
            "TOTAL S3 18 160 181 90 359 CC 300 30",
            "",
            "Ligne 404 .*le total de S3 manque",
            id="no semester total",
        ),
        pytest.param("SEMESTRE 3", "SEMESTRE trois", "Ligne 229 .*hors des tableaux", id="semester in words"),
        pytest.param("SEMESTRE 4", "", "Ligne 483 .*hors des tableaux", id="no semester"),
        pytest.param("4.2 Assiduité", "R399 - Secret 0 1 1 2 CC 9", "Ligne 731 ", id="a row among the texts"),
        pytest.param("BUT2 \n120 ECTS", "BUT2 \n", "« 120 ECTS »", id="no announced ECTS"),
        pytest.param("Mention : RESEAUX", "RESEAUX", "de ligne comme « Mention : … »", id="no mention"),
        pytest.param("par APPRENTISSAGE", "", "par APPRENTISSAGE", id="no modality"),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_line(old, new, message):
    times = TEXT.count(old)
    with pytest.raises(FicheError, match=message.replace(".*", "\0").replace("(", r"\(").replace("\0", ".*")):
        read_fiche(changed(old, new, times=times))


def test_a_truncated_fiche_is_refused():
    until = TEXT.index("TOTAL S4")
    with pytest.raises(FicheError, match="s’arrête dans un tableau"):
        read_fiche(TEXT[:until])
    with pytest.raises(FicheError, match="Ligne 569 "):
        read_fiche(TEXT[: TEXT.index("routage")])
    with pytest.raises(FicheError, match="aucune ligne « SEMESTRE … »"):
        read_fiche(TEXT[: TEXT.index("SEMESTRE 3")])


def test_a_competence_that_is_not_named_is_refused():
    nameless = TEXT.replace("RT4 - Gérer les", "Gérer les")
    with pytest.raises(FicheError, match="« Gérer les »"):
        read_fiche(nameless.replace("RT5 -", "RT4 -"))


def test_windows_line_ends_and_a_byte_order_mark_change_nothing():
    assert read_fiche("\ufeff" + TEXT.replace("\n", "\r\n")) == FICHE


# The fixture


def test_the_fixture_is_rebuilt_from_the_fiche():
    kept = (FIXTURES / "programmes" / "but2-rt-iom-app.json").read_text(encoding="utf-8")

    assert json.loads(kept) == FICHE.to_fixture(FILE, KNOWN)
    assert kept == dump_programme(FICHE.to_fixture(FILE, KNOWN))


@pytest.mark.parametrize("name", ["but1-rt", "but2-rt-iom-app", "but3-rt-iom"])
def test_fixtures_hold_thirty_ects_a_semester(name):
    programme = parse_programme((FIXTURES / "programmes" / f"{name}.json").read_text(encoding="utf-8"))
    check_programme(programme)

    semesters = (2 * programme["year"] - 1, 2 * programme["year"])
    assert {
        semester: sum(unit["ects"] for unit in programme["units"] if unit["semester"] == semester)
        for semester in semesters
    } == dict.fromkeys(semesters, 30)
    assert programme["illustrative"] == (name == "but3-rt-iom")


def test_levels_follow_each_competence_through_the_years():
    """domain.md §1: RT1 to RT3 have level 1 in BUT1, 2 in BUT2, 3 in BUT3; RT4 and RT5 start in BUT2."""
    levels: dict[str, list[int]] = {}
    for name in ("but1-rt", "but2-rt-iom-app", "but3-rt-iom"):
        programme = json.loads((FIXTURES / "programmes" / f"{name}.json").read_text(encoding="utf-8"))
        for unit in programme["units"]:
            levels.setdefault(unit["competence"], []).append(unit["level"])

    assert levels == {
        "RT1": [1, 1, 2, 2, 3, 3],
        "RT2": [1, 1, 2, 2, 3, 3],
        "RT3": [1, 1, 2, 2, 3, 3],
        "RT4": [1, 1, 2, 2],
        "RT5": [1, 1, 2, 2],
    }


def test_without_anything_that_says_the_level_it_is_asked_for():
    with pytest.raises(FicheError, match="Rien ne dit le niveau de RT1"):
        FICHE.to_fixture(FILE)
