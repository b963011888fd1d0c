"""A small invented jury, as a session freezes it: BUT2 with three competences, ten students, hard cases.

Each judged UE has a ressource of its own (coefficient 6) and the semester's SAÉ (coefficient 4), where
everyone has 10: a UE's average is 0.6 × ressource + 4.
"""

from __future__ import annotations

import datetime
from typing import Any

from jury.cases.proceedings import Proceedings
from jury.documents.fingerprints import FORMAT, fingerprint
from jury.models import Minutes

MADE = datetime.datetime(2025, 7, 8, 15, 10, tzinfo=datetime.UTC)
NAR_MOTIVE = "Une seule compétence au-dessus de 8, S3 et S4 déjà redoublés."
ADJ_MOTIVE = "À 0,01 point du seuil de 8 en RT3, deux compétences au-dessus de 11."
ATJ_MOTIVE = "La note de R42 est attendue."

PEOPLE = [
    ("21000001", "ADAMA", "Inès", "F", "2005-09-03", "Roubaix"),
    ("21000002", "BRÉHAT", "Noé", "M", "2005-03-01", "Tours"),
    ("21000003", "CORVAL", "Maël", "M", "2003-10-05", "Sens"),
    ("21000004", "DELORME", "Lise", "F", "2005-04-30", "Braga"),
    ("21000005", "ESTÈVE", "Paul", "M", "2004-05-19", "Cholet"),
    ("21000006", "FARGUES-LŒUF", "Zoé", "F", "2005-08-18", "Saint-Dié"),
    ("21000007", "GUIRAUD", "Tom", "M", "2005-02-16", "Pau"),
    ("21000008", "HERVÉ", "Léa", "F", "2005-10-28", "Dole"),
    ("21000009", "IMBERT", "Luc", "M", "2005-12-07", "Vannes"),
    ("21000010", "KIM", "Sacha", "X", "2005-11-22", "Arras"),
]
# What each wrote in R31, R32, R33, R41, R42, R43.
MARKS = {
    "21000001": "14 13.5 12 15 11 12.5",
    "21000002": "8 13 12 13 12 11",
    "21000003": "6 7 8 7 6.5 12",
    "21000004": "12.5 13 6 13 12 7.3",
    "21000005": "- 6 12 - 14.5 11",
    "21000006": "12 ABJ 13 12 ATT 13",
    "21000007": "9 8 12",
    "21000008": "12 12 13 12 12 12",
    "21000009": "8 13 12 8 13 12",
    "21000010": "10 10 9.99 10 10 10.01",
}


def snapshot() -> dict[str, Any]:
    """What `jury.cases.dossier.freeze` gives for the jury of S4 and of the year."""
    return {"format": "butrt-snapshot/1", "cohort": _cohort([3, 4]), "context": _context(4)}


def odd_snapshot() -> dict[str, Any]:
    """The same promotion before the jury of S3: UE only."""
    return {"format": "butrt-snapshot/1", "cohort": _cohort([3]), "context": _context(3)}


def decision(student: str, kind: str, subject: str, code: str, motive: str, **more: str) -> dict[str, str]:
    """A decision of the jury as the content of a PV keeps it."""
    return {
        "student": student,
        "kind": kind,
        "subject": subject,
        "code": code,
        "motive": motive,
        "hearing": "",
        "advice": "",
        "author": "Béatrice Vaucresson",
        "at": "2025-07-08T13:02:00+00:00",
    } | more


def taken() -> list[dict[str, str]]:
    """What the jury of S4 decided."""
    return [
        decision(
            "21000003",
            "year",
            "",
            "NAR",
            NAR_MOTIVE,
            hearing="entendu à sa demande le 7 juillet 2025",
            advice="BTS CIEL par apprentissage ; rendez-vous au service d’orientation le 10 juillet.",
        ),
        decision("21000004", "rcue", "RT3/1", "ADJ", ADJ_MOTIVE),
        decision("21000006", "year", "", "ATJ", ATJ_MOTIVE),
    ]


def minutes(
    *, odd: bool = False, decisions: list[dict[str, str]] | None = None, version: int = 1, **session: str
) -> Minutes:
    """A version of the PV, unsaved; `session` overrides what it says of the sitting."""
    frozen = odd_snapshot() if odd else snapshot()
    content: dict[str, Any] = {
        "format": FORMAT,
        "version": version,
        "session": {
            "title": frozen["context"]["title"],
            "date": "2025-07-08",
            "place": "IUT de Valbrume, salle B204",
            "opened_at": "2025-07-08T12:06:00+00:00",
            "closed_at": "2025-07-08T14:52:00+00:00",
            "opening_motive": "",
            "president": "Béatrice Vaucresson",
            "president_quality": "directrice de l’IUT",
        }
        | session,
        "members": [
            {
                "name": "Béatrice Vaucresson",
                "quality": "directrice de l’IUT, présidente",
                "presence": "present",
            },
            {"name": "Didier Fontvieille", "quality": "Altéis Télécom, professionnel", "presence": "present"},
            {"name": "Nadia Sembat", "quality": "Liane Fibre, professionnelle", "presence": "excused"},
        ],
        "context": frozen["context"],
        "cohort": frozen["cohort"],
        "taken": ([] if odd else taken()) if decisions is None else decisions,
    }
    content["decisions"] = Proceedings.of_minutes(content).decisions_object()
    return Minutes(version=version, created_at=MADE, content=content, fingerprint=fingerprint(content))


def _cohort(semesters: list[int]) -> dict[str, Any]:
    units = [_unit(semester, number) for semester in (1, 2) for number in (1, 2)]
    units += [_unit(semester, number) for semester in (3, 4) for number in (1, 2, 3)]
    return {
        "format": "butrt-cohort/1",
        "regulation": {},
        "units": units,
        "students": [_student(number, semesters) for number, *_ in PEOPLE],
    }


def _unit(semester: int, number: int) -> dict[str, Any]:
    second_year = semester > 2
    return {
        "code": f"UE{semester}{number}",
        "semester": semester,
        "competence": f"RT{number}",
        "level": 2 if second_year and number < 3 else 1,
        "ects": "10" if second_year else "15",
        "coefficients": {f"R{semester}{number}": "6", f"S{semester}": "4", f"P{semester}": "0"},
    }


def _student(number: str, semesters: list[int]) -> dict[str, Any]:
    names = ("R31", "R32", "R33", "R41", "R42", "R43")
    elements: dict[str, Any] = {}
    for name, mark in zip(names, MARKS[number].split(), strict=False):
        if mark == "-" or int(name[1]) not in semesters:
            continue
        one = {"code": mark} if mark.isalpha() else {"value": mark}
        elements[name] = {"marks": [one | {"coefficient": "2"}]}
        elements[f"S{name[1]}"] = {"marks": [{"value": "10"}]}
    if number == "21000002":
        elements["R33"]["marks"].append({"code": "ABI", "coefficient": "1"})
        elements["R33"]["second_chance"] = {"value": "12"}
    file: dict[str, Any] = {
        "id": number,
        "year": 2,
        "semesters": semesters,
        "status": "DEM" if number == "21000007" else "",
        "elements": elements,
        "earlier": [
            {"unit": unit, "average": "11.5", "code": "ADM"} for unit in ("UE11", "UE12", "UE21", "UE22")
        ],
        "earlier_rcues": [
            {"rcue": "RT1/1", "average": "11.5", "code": "ADM"},
            {"rcue": "RT2/1", "average": "11.5", "code": "ADM"},
        ],
    }
    if number == "21000001":
        file["bonus"] = {"UE31": "0.25"}
    if number == "21000003":
        file["repeats"] = {"3": 1, "4": 1}
    if number == "21000005":
        file["dispensed"] = [unit for unit in ("UE31", "UE41") if int(unit[2]) in semesters]
        file["earlier"] += [
            {"unit": "UE31", "average": "10.85", "code": "ADM"},
            {"unit": "UE41", "average": "10.35", "code": "ADM"},
        ]
        file["repeats"] = {"3": 1, "4": 1}
    # RT2 of BUT1 failed by HERVÉ, who acquires level 2; RT1 by IMBERT, who does not.
    for student, units, rcue in (
        ("21000008", ("UE12", "UE22"), "RT2/1"),
        ("21000009", ("UE11", "UE21"), "RT1/1"),
    ):
        if number == student:
            for each in file["earlier"]:
                if each["unit"] in units:
                    each |= {"average": "8.9", "code": "AJ"}
            for each in file["earlier_rcues"]:
                if each["rcue"] == rcue:
                    each |= {"average": "8.9", "code": "AJ"}
    return file


def _context(semester: int) -> dict[str, Any]:
    elements = {}
    for each in (3, 4):
        for number in (1, 2, 3):
            code = f"R{each}{number}"
            elements[code] = {
                "display": code,
                "title": f"Ressource {each}{number}",
                "short": f"Ressource {each}{number}",
                "kind": "ressource",
            }
        elements[f"S{each}"] = {"display": f"SAÉ {each}", "title": "Projet", "short": "Projet", "kind": "sae"}
        elements[f"P{each}"] = {
            "display": f"Portfolio S{each}",
            "title": "Portfolio",
            "short": "Portfolio",
            "kind": "sae",
        }
    return {
        "department": {
            "name": "Réseaux et Télécommunications",
            "institute": "IUT de Valbrume",
            "university": "Université de Valbrume",
            "city": "Valbrume",
            "demonstration": True,
        },
        "programme": {
            "year": 2,
            "specialty": "Réseaux et Télécommunications",
            "parcours": "Internet des objets et mobilité",
            "short": "IOM",
            "modality": "apprentissage",
        },
        "regulation": "Règlement, version 3, 2024-2025, adopté le 12/09/2024",
        "school_year": "2024-2025",
        "semester": semester,
        "year": 2,
        "judges_year": semester == 4,
        "title": "Jury S4 et année BUT2" if semester == 4 else "Jury S3",
        "competences": {
            "RT1": {"title": "Administrer les réseaux et l’Internet", "short": "Administrer"},
            "RT2": {"title": "Connecter les entreprises et les usagers", "short": "Connecter"},
            "RT3": {"title": "Créer des outils et applications", "short": "Créer"},
        },
        "elements": elements,
        "students": {number: _person(number, *rest) for number, *rest in PEOPLE},
    }


def _person(
    number: str, last_name: str, first_name: str, gender: str, born: str, place: str
) -> dict[str, Any]:
    path = [{"school_year": "2023-2024", "subject": "BUT1", "code": "ADM"}]
    if number in ("21000008", "21000009"):
        path[0]["code"] = "PASD"
    if number in ("21000003", "21000005"):
        path[0]["school_year"] = "2022-2023"
        path.append({"school_year": "2023-2024", "subject": "BUT2", "code": "RED"})
    left = number == "21000007"
    repeats = len(path) == 2
    return {
        "ine": f"07{number[1:]}ZZ",
        "number": number,
        "last_name": last_name,
        "first_name": first_name,
        "gender": gender,
        "birth_date": born,
        "birth_place": place,
        "group": "TP A",
        "company": "Altéis Télécom",
        "status": "DEM" if left else "",
        "status_since": "2025-03-14" if left else None,
        "absences": {"unjustified": 3 if left else 0, "justified": 1},
        "path": path,
        "since": {f"UE{unit}": "2023-2024" for unit in (31, 32, 33, 41, 42, 43)} if repeats else {},
    }
