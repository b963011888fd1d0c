"""A programme from ScoDoc: the same by XML and JSON, what is odd told, nothing done by half."""

import copy
import json
import re
import time
from decimal import Decimal

import pytest

from curriculum.programmefile import check_programme
from curriculum.proposals import propose
from curriculum.scodoc.converting import Answers, UnitAnswer, convert
from curriculum.scodoc.proposing import Known, known_of, new_competence, propose_units
from curriculum.scodoc.reading import formation_of, read_formation
from curriculum.services import load_programme
from tests.curriculum.scodoc.exports import as_json, as_xml, changed, formation, modules, ue
from tests.curriculum.test_services import programme_data as fixture
from tests.factories import make_department

PARCOURS = fixture()["parcours"]


def answered(said, known=None, *, years=(1, 2), scodoc_parcours="", kinds=None, without=()):
    """The programmes by year and the notes of a formation, every proposal taken as it is."""
    read = said if not isinstance(said, dict) else read_formation(as_json(said))
    known = known or Known()
    units = [
        each for each in propose_units(read, years, scodoc_parcours, known) if each.ue.acronym not in without
    ]
    named = {each.competence: [each.ue] for each in reversed(units)}
    answers = Answers(
        parcours=PARCOURS,
        modality="apprentissage",
        in_force_from=2022,
        years=years,
        scodoc_parcours=scodoc_parcours,
        units=tuple(
            UnitAnswer(each.ue, each.code, each.competence, each.level, each.ects or Decimal(1))
            for each in units
        ),
        competences={
            code: known.competences.get(code) or new_competence(code, ues) for code, ues in named.items()
        },
        kinds=kinds or {},
    )
    made, notes = convert(read, answers, known, file="export.json")
    for data in made:
        check_programme(data)
    return {data["year"]: data for data in made}, [re.sub(r"\s", " ", note) for note in notes]


def told(notes, words):
    found = [note for note in notes if words in note]
    assert found, notes
    return found[0]


# ---------- there and back ----------


@pytest.mark.parametrize("write", [as_json, as_xml, lambda said: as_xml(said, twice=False)])
def test_our_programme_comes_back_as_it_was(write):
    made, _ = answered(read_formation(write(formation())))

    ours, theirs = fixture(), made[2]
    assert theirs["units"] == ours["units"]
    assert sorted(theirs["elements"], key=str) == sorted(ours["elements"], key=str)
    assert {(row["unit"], row["element"]): row["coefficient"] for row in theirs["weights"]} == {
        (row["unit"], row["element"]): row["coefficient"] for row in ours["weights"]
    }
    assert [row["title"] for row in theirs["competences"]] == [row["title"] for row in ours["competences"]]
    assert made[1]["units"] == fixture("but1-rt")["units"]


def test_xml_and_json_say_the_same():
    assert answered(read_formation(as_xml(formation(), twice=False))) == answered(
        read_formation(as_json(formation()))
    )


def test_hours_are_right_once_for_each_module():
    made, notes = answered(formation())
    for name in ("cm", "td", "tp"):
        assert sum(row[name] for row in made[2]["weights"]) == sum(row[name] for row in fixture()["weights"])
    assert "R301 en UE31" in told(notes, "portées une fois, dans l’UE où le module pèse le plus")
    assert next((row["td"], row["tp"]) for row in made[2]["weights"] if row["element"] == "R301") == (9, 14)
    told(notes, "les heures de projet et les types d’évaluation")


def test_a_year_without_a_module_is_told():
    _, notes = answered(formation(fixture("but1-rt"), fixture(), fixture("but3-rt-iom")), years=(2, 3))
    told(notes, "BUT3 n’a aucun module qui compte")


@pytest.mark.django_db
def test_of_what_is_stored_what_scodoc_does_not_know_is_kept():
    department = make_department()
    load_programme(department=department, data=fixture(), by=None)
    known = known_of(department, "RT-IOM", modality="apprentissage", in_force_from=2022, years=(2,))
    made, notes = answered(formation(), known, years=(2,))

    assert propose(department=department, data=made[2]).sections == ()
    told(notes, "ce que ScoDoc ne connaît pas est gardé")


@pytest.mark.django_db
def test_a_difference_of_hours_goes_where_the_module_weighs_most():
    department = make_department()
    load_programme(department=department, data=fixture(), by=None)
    known = known_of(department, "RT-IOM", modality="apprentissage", in_force_from=2022, years=(2,))
    said = formation()
    modules(said)["R301"]["heures_td"] += 2
    made, notes = answered(said, known, years=(2,))

    (section,) = propose(department=department, data=made[2]).sections
    (change,) = section.changes
    assert (change.about, [(each.name, each.before, each.after) for each in change.fields]) == (
        "R301 en UE31",
        [("TD", "5", "7")],
    )
    assert told(notes, "Heures autres dans ScoDoc").endswith("R301 (1 + 9 + 14 → 1 + 11 + 14).")


@pytest.mark.django_db
def test_codes_written_otherwise_are_those_of_the_stored_programme():
    department = make_department()
    load_programme(department=department, data=fixture(), by=None)
    known = known_of(department, "RT-IOM", modality="apprentissage", in_force_from=2022, years=(2,))
    said = formation()
    found = modules(said)
    found["Saé301"]["code"], found["R301"]["code"] = "SAE3.01", "R3.01"
    for each in said["ue"]:
        each["acronyme"] = each["acronyme"].replace("UE3", "RT3.").replace("UE4", "RT4.")
    made, notes = answered(said, known, years=(2,))

    assert propose(department=department, data=made[2]).sections == ()
    assert "SAE3.01 est Saé301" in told(notes, "Codes reconnus")


@pytest.mark.django_db
def test_a_module_that_counts_nowhere_stays_at_0_where_it_is_stored_so():
    department = make_department()
    load_programme(department=department, data=fixture(), by=None)
    known = known_of(department, "RT-IOM", modality="apprentissage", in_force_from=2022, years=(2,))
    said = formation()
    modules(said)["Saé3.Portefolio"]["coefficients"] = []
    made, notes = answered(said, known, years=(2,))

    assert propose(department=department, data=made[2]).sections == ()
    assert "Saé3.Portefolio" in told(notes, "gardé à 0")


# ---------- what is proposed, and why ----------


def why(said, acronym, known=None, years=(1, 2)):
    proposals = propose_units(read_formation(as_json(said)), years, "", known or Known())
    found = next(each for each in proposals if each.ue.acronym == acronym)
    return found.competence, found.level, found.why


def test_the_number_of_a_unit_says_its_competence():
    said = formation()
    for each in said["ue"]:
        each["titre"] = ""
    assert why(said, "UE34") == (
        "RT4",
        1,
        "numéro de l’UE, « UE34 » ; première année de RT4 dans le fichier : BUT2",
    )
    assert why(said, "UE41")[:2] == ("RT1", 2)


def test_without_the_first_year_nothing_says_the_level():
    said = formation(fixture())
    for each in said["ue"]:
        each["titre"] = ""
    assert why(said, "UE33", years=(2,)) == ("RT3", 0, "numéro de l’UE, « UE33 » ; niveau à donner")
    assert why(said, "UE45", years=(2,))[1:] == (0, "numéro de l’UE, « UE45 » ; niveau à donner")


def test_the_title_of_a_unit_is_that_of_a_stored_competence():
    said = changed(
        lambda said: ue(said, "UE34").update(
            acronyme="Mobiles", titre="Gérer les INFRASTRUCTURES des réseaux mobiles"
        )
    )
    known = Known(
        competences={"RT4": ("Gérer les infrastructures des réseaux mobiles", "Réseaux mobiles")},
        offsets={"RT4": -1},
    )
    assert why(said, "Mobiles", known) == (
        "RT4",
        1,
        "même intitulé que RT4 ; RT4 est au niveau 1 en BUT2 dans les autres programmes",
    )


def test_the_level_of_the_referential_says_both():
    said = changed(
        lambda said: ue(said, "UE35").update(
            acronyme="Objets",
            titre="",
            apc_niveau_libelle="Mettre en oeuvre des solutions pour l'Internet des Objets ",
            apc_niveau_annee="BUT2",
            apc_niveau_ordre=1,
        )
    )
    known = Known(labels={"mettre en oeuvre des solutions pour l internet des objets": "RT5"})
    assert why(said, "Objets", known) == (
        "RT5",
        1,
        "niveau « Mettre en oeuvre des solutions pour l'Internet des Objets » du référentiel ; "
        "niveau 1 dans le fichier",
    )


def test_apprentissages_critiques_say_the_competence_of_a_unit_that_nothing_names():
    def change(said):
        ue(said, "UE33").update(acronyme="Code", titre="")
        for module in ue(said, "Code")["matiere"][0]["module"]:
            module["app_critiques"] = {"AC23.01": {"libelle": "Automatiser"}}

    assert why(changed(change), "Code")[0] == "RT3"
    xml = changed(change)
    for module in ue(xml, "Code")["matiere"][0]["module"]:
        module["app_critiques"] = [{"code": "AC23.01"}]
    assert (
        next(
            each.competence
            for each in propose_units(read_formation(as_xml(xml)), (1, 2), "", Known())
            if each.ue.acronym == "Code"
        )
        == "RT3"
    )


def test_a_unit_that_nothing_names_is_left_to_be_said():
    said = changed(lambda said: ue(said, "UE31").update(acronyme="Réseaux", titre="Ailleurs"))
    assert why(said, "Réseaux") == ("", 0, "rien dans le fichier ne dit la compétence ; niveau à donner")


# ---------- odd files, each thing told ----------


def _bonus(said):
    said["ue"].append(
        {
            "acronyme": "Sport",
            "type": 1,
            "reference": 9001,
            "matiere": [
                {
                    "module": [
                        {
                            "code": "SPORT",
                            "titre": "Sport",
                            "module_type": 0,
                            "semestre_id": 3,
                            "coefficients": [],
                        }
                    ]
                }
            ],
        }
    )


def _malus(said):
    for acronym in ("UE31", "UE32"):
        ue(said, acronym)["matiere"][0]["module"].append(
            {
                "code": "MALUS3",
                "titre": "",
                "abbrev": "",
                "module_type": 1,
                "semestre_id": 3,
                "coefficient": 0.0,
            }
        )


def _coefficient(code, coefficient, reference=None):
    def change(said):
        first = modules(said)[code]["coefficients"][0]
        first["coef"] = coefficient
        first["ue_reference"] = reference or first["ue_reference"]

    return change


ODD = {
    "a bonus UE": (_bonus, "UE de bonus ou de sport", "Sport"),
    "malus modules": (_malus, "modules de malus", "MALUS3"),
    "a module without coefficients": (
        lambda said: modules(said)["R301"].update(coefficients=[]),
        "modules sans coefficient dans aucune UE",
        "R301",
    ),
    "hours of 0": (
        lambda said: modules(said)["R302"].update(heures_cours=0, heures_td=0, heures_tp=0),
        "Heures toutes à 0 dans ScoDoc",
        "R302",
    ),
    "half an hour": (
        lambda said: modules(said)["R302"].update(heures_td=7.5),
        "Heures arrondies à l’unité",
        "R302 (",
    ),
    "a reference to no UE": (
        _coefficient("R303", "4.0", "77"),
        "Coefficient d’une UE que le fichier ne contient pas",
        "R303 (référence 77, coefficient 4)",
    ),
    "a UE of another semester": (
        _coefficient("R311", "4.0", "2012"),
        "Coefficient dans une UE d’un autre semestre",
        "R311 en UE41",
    ),
    "a long fraction": (
        _coefficient("R303", "0.333"),
        "Coefficient arrondi à deux décimales",
        "R303 (0,333 → 0,33)",
    ),
    "signs escaped twice": (
        lambda said: said.update(titre="BUT R&amp;T"),
        "signes échappés deux fois",
        "1 texte portait",
    ),
    "signs escaped three times": (
        lambda said: ue(said, "UE31").update(titre="R&amp;amp;T"),
        "signes échappés deux fois",
        "1 texte portait",
    ),
    "a UE of the kind of licences": (
        lambda said: ue(said, "UE35").update(type=2),
        "UE d’un type que le BUT n’a pas",
        "UE35",
    ),
    "a UE from elsewhere": (lambda said: ue(said, "UE35").update(is_external=True), "UE externes", "UE35"),
    "a UE of no semester": (
        lambda said: ue(said, "UE23").update(semestre_idx="", matiere=[]),
        "UE sans semestre",
        "UE23",
    ),
    "a module of no kind": (
        lambda said: modules(said)["R303"].update(module_type=0),
        "ni ressource ni SAÉ",
        "R303",
    ),
    "a module of another semester": (
        lambda said: modules(said)["R303"].update(semestre_id=2),
        "Semestre du module autre que celui des UE",
        "R303 (S2, lu S3)",
    ),
    "one code for two modules": (
        lambda said: modules(said)["R304"].update(code="R303"),
        "Un même code pour deux modules qui diffèrent",
        "R303, R303-2",
    ),
    "a very long code": (
        lambda said: modules(said)["R303"].update(code="R303-" + "x" * 40),
        "Code raccourci",
        "R303-x",
    ),
    "a very long title": (
        lambda said: modules(said)["R303"].update(titre="Réseaux " * 30),
        "Intitulé coupé",
        "R303",
    ),
    "a weight in the RCUE": (
        lambda said: ue(said, "UE31").update(coef_rcue=2.0),
        "Poids dans le RCUE",
        "UE31 2",
    ),
    "ECTS with two decimals": (
        lambda said: ue(said, "UE31").update(ects=6.25),
        "ECTS arrondis à une décimale",
        "UE31 (6,25 → 6,3)",
    ),
}


@pytest.mark.parametrize("case", ODD)
def test_what_is_odd_is_told(case):
    change, words, about = ODD[case]
    made, notes = answered(changed(change))
    assert set(made) == {1, 2}
    assert about in told(notes, words)


def test_the_same_module_filed_under_two_units_is_one_element():
    def change(said):
        other = copy.deepcopy(modules(said)["R311"])
        kept = modules(said)["R311"]
        kept["coefficients"], other["coefficients"] = kept["coefficients"][:1], other["coefficients"][1:]
        ue(said, "UE32")["matiere"][0]["module"].append(other)

    made, notes = answered(changed(change))
    assert sorted(made[2]["elements"], key=str) == sorted(fixture()["elements"], key=str)
    assert "R311" in told(notes, "Module rangé plusieurs fois")


def test_a_module_of_no_kind_counts_once_somebody_says_what_it_is():
    made, _ = answered(
        changed(lambda said: modules(said)["R303"].update(module_type=0)), kinds={"R303": "ressource"}
    )
    assert "R303" in {row["code"] for row in made[2]["elements"]}


def test_missing_ects_are_proposed_by_nobody_and_a_wrong_reference_is_found_by_the_acronym():
    def change(said):
        del ue(said, "UE31")["ects"]
        for module in modules(said).values():
            for each in module["coefficients"]:
                each["ue_reference"] = next(
                    unit["acronyme"] for unit in said["ue"] if str(unit["reference"]) == each["ue_reference"]
                )

    said = changed(change)
    proposals = {
        each.ue.acronym: each for each in propose_units(read_formation(as_json(said)), (2,), "", Known())
    }
    assert (proposals["UE31"].ects, proposals["UE32"].ects) == (None, 10)
    made, _ = answered(said)
    assert len(made[2]["weights"]) == 78


def test_one_parcours_of_several_is_taken():
    def change(said):
        ue(said, "UE35").update(parcours=[{"code": "IOM", "libelle": "Internet des objets", "ects": 5}])
        other = copy.deepcopy(ue(said, "UE35"))
        other.update(
            acronyme="UE35C", reference=9005, parcour=[{"code": "Cyber", "libelle": "Cybersécurité"}]
        )
        del other["parcours"]
        only = copy.deepcopy(modules(said)["R3.IOM.17"])
        only |= {"code": "R3.CYB.17", "parcours": [{"code": "Cyber"}]}
        other["matiere"][0]["module"] = [only]
        said["ue"].append(other)

    made, notes = answered(changed(change), scodoc_parcours="IOM")
    assert [(row["code"], row["ects"]) for row in made[2]["units"]][4] == ("UE35", 5)
    assert "UE35C" in told(notes, "UE d’un autre parcours")
    assert "R3.CYB.17" in told(notes, "modules d’un autre parcours")
    told(answered(changed(change))[1], "plusieurs parcours, tous lus ensemble : IOM et Cyber")


def test_years_and_units_not_taken_are_told():
    made, notes = answered(formation(), years=(2,), without=("UE34", "UE35"))
    assert set(made) == {2}
    assert told(notes, "Le fichier contient aussi").endswith("BUT1.")
    assert told(notes, "UE que vous ne reprenez pas").endswith("UE34 et UE35.")
    assert "R3.IOM.17" in told(notes, "ne comptent que dans des UE non reprises")


def test_a_file_kept_between_two_pages_says_the_same():
    read = read_formation(as_xml(formation()))
    assert formation_of(json.loads(json.dumps(read.tree))) == read


def test_texts_come_without_traps():
    said = changed(
        lambda said: modules(said)["R301"].update(
            titre="Re\u0301seaux\u0000 \ud800 de  <b>campus</b>", abbrev=None
        )
    )
    made, _ = answered(said)
    row = next(row for row in made[2]["elements"] if row["code"] == "R301")
    assert (row["title"], row["short"]) == ("Réseaux de <b>campus</b>", "Réseaux de <b>campus</b>")


def whole_cursus():
    """An export of six semesters: the second year three times, its numbers moved."""
    years = []
    for shift in (-2, 0, 2):
        data = json.loads(json.dumps(fixture(), default=float))
        for name, fields in (("units", ["code"]), ("elements", ["code"]), ("weights", ["unit", "element"])):
            for row in data[name]:
                for field in fields:
                    number = re.search(r"[34]", row[field])
                    row[field] = row[field].replace(number[0], str(int(number[0]) + shift), 1)
                if "semester" in row:
                    row["semester"] += shift
        years.append(data)
    return formation(*years)


def test_six_semesters_are_read_and_converted_in_less_than_a_second():
    for write in (as_json, as_xml):
        data = write(whole_cursus())
        start = time.process_time()
        read = read_formation.function(data)  # here, where its time is counted
        middle = time.process_time()
        made, _ = answered(read, years=(1, 2, 3))
        end = time.process_time()
        print(f"{write.__name__}, {len(data)} bytes: {middle - start:.3f} s, then {end - middle:.3f} s")
        assert [len(made[year]["weights"]) for year in (1, 2, 3)] == [78, 78, 78]
        assert end - start < 1
