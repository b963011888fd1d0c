"""Our programmes in the layout of a ScoDoc export: see README.md for what that layout rests on."""

import json
from decimal import Decimal
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from tests.curriculum.test_services import programme_data


def formation(*programmes: dict) -> dict:
    """The formation that holds these programmes, as the JSON export says it; by default BUT1 and BUT2."""
    programmes = programmes or (programme_data("but1-rt"), programme_data())
    units = [(data, unit) for data in programmes for unit in data["units"]]
    references = {unit["code"]: number for number, (_, unit) in enumerate(units, start=2001)}
    return {
        "acronyme": "BUT R&T",
        "titre": "BUT R&T",
        "titre_officiel": "Bachelor technologique réseaux et télécommunications",
        "formation_code": "V1RET",
        "code_specialite": None,
        "version": 1,
        "type_parcours": 700,
        "referentiel_competence_id": 1,
        "departement": {"id": 1, "acronym": "RT", "description": None, "visible": True},
        "refcomp_specialite": "RT",
        "refcomp_type_titre": "B.U.T.",
        "ue": [_ue(data, unit, references) for data, unit in units],
    }


def _ue(data: dict, unit: dict, references: dict[str, int]) -> dict:
    competences = {row["code"]: row for row in data["competences"]}
    title = competences[unit["competence"]]["title"]
    first = {}
    for row in data["weights"]:
        first.setdefault(row["element"], row["unit"])
    filed = [element for element in data["elements"] if first[element["code"]] == unit["code"]]
    return {
        "acronyme": unit["code"],
        "numero": int(unit["code"][-1]),
        "titre": title,
        "type": 0,
        "ue_code": f"UCOD{unit['code'][2:]}",
        "ects": float(unit["ects"]),
        "is_external": False,
        "code_apogee": "",
        "coefficient": 0.0,
        "semestre_idx": unit["semester"],
        "color": "#B80004",
        "niveau_competence_id": "",
        "coef_rcue": 1.0,
        "reference": references[unit["code"]],
        "matiere": [
            {
                "titre": title,
                "numero": 1,
                "module": [
                    module(
                        element,
                        rank,
                        {
                            references[row["unit"]]: row
                            for row in data["weights"]
                            if row["element"] == element["code"]
                        },
                    )
                    for rank, element in enumerate(filed, start=1)
                ],
            }
        ],
    }


def module(element: dict, rank: int, weights: dict[int, dict]) -> dict:
    hours = {name: sum(row.get(name, 0) for row in weights.values()) for name in ("cm", "td", "tp")}
    return {
        "titre": element["title"],
        "abbrev": element["short"],
        "code": element["code"],
        "heures_cours": float(hours["cm"]),
        "heures_td": float(hours["td"]),
        "heures_tp": float(hours["tp"]),
        "coefficient": 1.0,
        "ects": "",
        "semestre_id": element["semester"],
        "numero": 10 * rank,
        "code_apogee": "",
        "module_type": {"ressource": 2, "sae": 3}[element["kind"]],
        "coefficients": [
            {"ue_reference": str(reference), "coef": str(float(row["coefficient"]))}
            for reference, row in weights.items()
        ],
    }


def as_json(said: dict) -> bytes:
    return json.dumps(said, indent=1).encode()


def as_xml(said: dict, *, twice: bool = True, root: str = "formation") -> bytes:
    """Values as attributes, lists as repeated children, no more; `twice` escapes signs as ScoDoc does."""
    element = _xml(root, said, twice)
    return (
        b'<?xml version="1.0" encoding="utf-8"?>\n'
        + ElementTree.tostring(element, encoding="utf-8").split(b"?>\n", 1)[-1]
    )


def _xml(name: str, said: dict, twice: bool) -> ElementTree.Element:
    element = ElementTree.Element(name)
    for key, value in said.items():
        if isinstance(value, bool):
            element.set(key, str(int(value)))
        elif isinstance(value, str):
            element.set(key, escape(value, {"'": "&apos;", '"': "&quot;"}) if twice else value)
        elif isinstance(value, int | float | Decimal):
            element.set(key, str(value))
        elif isinstance(value, list):
            element.extend(_xml(key, each, twice) for each in value)
    return element


def changed(change):
    """The export of BUT1 and BUT2 with something odd in it."""
    said = formation()
    change(said)
    return said


def ue(said, acronym):
    return next(each for each in said["ue"] if each["acronyme"] == acronym)


def modules(said):
    return {
        module["code"]: module
        for each in said["ue"]
        for matter in each["matiere"]
        for module in matter["module"]
    }
