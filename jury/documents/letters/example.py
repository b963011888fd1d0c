"""An invented jury of four students, to see a letter before anyone gets it: no real name on a preview."""

from __future__ import annotations

import datetime
from typing import Any

from curriculum.models import Department
from jury.cases.case import Case
from jury.cases.dossier import department_object
from jury.cases.proceedings import Proceedings
from jury.documents.fingerprints import FORMAT, fingerprint
from jury.models import Minutes
from jury.rules import RULES

MADE = datetime.datetime(2025, 7, 8, 15, 10, tzinfo=datetime.UTC)

EXAMPLES = {
    "ines": "Inès EXEMPLE, qui a tout acquis",
    "noe": "Noé EXEMPLE, ajourné par le jury",
    "sacha": "Sacha EXEMPLE, qui ne peut pas redoubler",
    "lou": "Lou EXEMPLE, qui a démissionné",
}
"""The students of the example, each with what the jury said."""
DEPARTED = "lou"
ADDRESS = ("Résidence des Étangs, bâtiment B", "14 rue des Tanneurs", "00000 Valbrume")
RNCP = "00000"

# What each got in the ressources of the year's four UE.
_MARKS = {"ines": (13, 12, 14, 11), "noe": (12, "7.2", 11, "7.6"), "sacha": (8, 7, "9.5", "6.5"), "lou": ()}
_STATUS = {"lou": "DEM"}
_PEOPLE = {
    "ines": ("Inès", "F", "2005-09-03", "Roubaix"),
    "noe": ("Noé", "M", "2005-03-01", "Tours"),
    "sacha": ("Sacha", "X", "2005-11-22", "Arras"),
    "lou": ("Lou", "F", "2005-06-18", "Brest"),
}


def example(department: Department, kind: str, student: str) -> tuple[Proceedings, Case, Minutes]:
    """The invented jury of this department, one of its students, its PV (unsaved); of BUT3 for the BUT."""
    year = 3 if kind == "but" else 2
    content: dict[str, Any] = {
        "format": FORMAT,
        "rules": RULES,
        "version": 1,
        "session": {
            "title": f"Jury S{2 * year} et année BUT{year}",
            "date": "2025-07-08",
            "place": "salle du conseil",
            "opened_at": MADE.isoformat(),
            "closed_at": MADE.isoformat(),
            "opening_motive": "",
            "president": "Camille EXEMPLE",
            "president_quality": "direction de l’IUT",
        },
        "members": [],
        "context": _context(department, year),
        "cohort": {
            "format": "butrt-cohort/1",
            "regulation": {},
            "units": [_unit(semester, number) for semester in range(1, 2 * year + 1) for number in (1, 2)],
            "students": [_student(name, year) for name in EXAMPLES],
        },
        "taken": [
            _decision("noe", "RED", "Les bases de RT2 manquent pour l’année suivante."),
            _decision(
                "sacha",
                "NAR",
                "Aucune compétence acquise, les deux semestres déjà redoublés.",
                hearing="entretien à sa demande le 7 juillet 2025",
                advice="BTS par apprentissage ; rendez-vous au service d’orientation le 10 juillet",
            ),
        ],
    }
    proceedings = Proceedings.of_minutes(content)
    content["decisions"] = proceedings.decisions_object()
    minutes = Minutes(version=1, created_at=MADE, content=content, fingerprint=fingerprint(content))
    return proceedings, proceedings.case(student), minutes


def _context(department: Department, year: int) -> dict[str, Any]:
    return {
        "department": department_object(department),
        "programme": {
            "year": year,
            "specialty": "Réseaux et Télécommunications",
            "parcours": "Internet des objets et mobilité",
            "short": "IOM",
            "modality": "formation initiale",
        },
        "regulation": "",
        "school_year": "2024-2025",
        "semester": 2 * year,
        "year": year,
        "judges_year": True,
        "title": f"Jury S{2 * year} et année BUT{year}",
        "competences": {
            "RT1": {"title": "Administrer les réseaux et l’Internet", "short": "Administrer"},
            "RT2": {"title": "Connecter les entreprises et les usagers", "short": "Connecter"},
        },
        "elements": {},
        "students": {
            name: {
                "ine": "000000000ZZ",
                "number": "20000000",
                "last_name": "EXEMPLE",
                "first_name": first_name,
                "gender": gender,
                "birth_date": born,
                "birth_place": place,
                "group": "",
                "company": "",
                "status": _STATUS.get(name, ""),
                "status_since": "2025-03-03" if name in _STATUS else None,
                "absences": {"unjustified": 0, "justified": 0},
                "path": [],
                "since": {f"UE{semester}{number}": "2023-2024" for semester in (1, 2) for number in (1, 2)},
            }
            for name, (first_name, gender, born, place) in _PEOPLE.items()
        },
    }


def _unit(semester: int, number: int) -> dict[str, Any]:
    return {
        "code": f"UE{semester}{number}",
        "semester": semester,
        "competence": f"RT{number}",
        "level": (semester + 1) // 2,
        "ects": "15",
        "coefficients": {f"R{semester}{number}": "1"},
    }


def _student(name: str, year: int) -> dict[str, Any]:
    judged = [2 * year - 1, 2 * year]
    elements = [f"R{semester}{number}" for number in (1, 2) for semester in judged]
    before = range(1, 2 * year - 1)
    return {
        "id": name,
        "year": year,
        "semesters": judged,
        "status": _STATUS.get(name, ""),
        "elements": {
            element: {"marks": [{"value": str(_MARKS[name][i])}]}
            for element, i in zip(elements, (0, 2, 1, 3), strict=True)
            if _MARKS[name]
        },
        "earlier": [
            {"unit": f"UE{semester}{number}", "average": "11.5", "code": "ADM"}
            for semester in before
            for number in (1, 2)
        ],
        "earlier_rcues": [
            {"rcue": f"RT{number}/{level}", "average": "11.5", "code": "ADM"}
            for level in range(1, year)
            for number in (1, 2)
        ],
    }


def _decision(student: str, code: str, motive: str, *, hearing: str = "", advice: str = "") -> dict[str, str]:
    return {
        "student": student,
        "kind": "year",
        "subject": "",
        "code": code,
        "motive": motive,
        "hearing": hearing,
        "advice": advice,
        "author": "Camille EXEMPLE",
        "at": MADE.isoformat(),
    }
