"""What the workbook of a programme is made of: its sheets, their columns, and what each cell may hold.

The same description writes the workbook and reads it back. A column without `value` is computed: shown, and
not taken when it comes back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from curriculum.models import Element, Programme
from curriculum.workbook.cells import Choice, Number, Text, Value

PROGRAMME, ELEMENTS, UNITS, COMPETENCES = "Programme", "Éléments", "UE", "Compétences"
SEMESTER, COEFFICIENTS = "Semestre", "Coefficients S"
TOTALS, FINDINGS = "Totaux", "Constats"
LAST_ROW = 500
"""The formulas look no further in a list, and a longer sheet is no programme."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, the field of the programme object, its width, what its cells may hold.

    `of` names the sheet whose first column lists what may be written here.
    """

    heading: str
    field: str
    width: int
    value: Value | None = None
    of: str = ""


YES_OR_NO = Choice({"oui": True, "non": False})
KIND = Choice({"ressource": Element.Kind.RESOURCE.value, "SAÉ": Element.Kind.SAE.value})
SEMESTERS = Number(6, least=1)
HOURS = Number(9999, empty=0)

# Which programme this is, a line each: what it is called, what it holds, what is to be known of it.
IDENTITY: dict[str, tuple[str, Value, str]] = {
    "code": ("Code du parcours", Text(20), "Il dit de quel parcours est ce classeur."),
    "specialty": ("Spécialité", Text(120), ""),
    "name": ("Parcours", Text(120), ""),
    "short": ("Sigle", Text(20), ""),
    "year": ("Année", Number(3, least=1), "2 pour BUT2 : semestres 3 et 4."),
    "modality": (
        "Modalité",
        Choice({value: value for value in Programme.Modality.values}),
        "« initiale » ou « apprentissage ».",
    ),
    "in_force_from": (
        "En vigueur depuis",
        Number(2099, least=2000),
        "L’année de la rentrée. Une autre année fait une autre version.",
    ),
    "illustrative": (
        "Structure illustrative",
        YES_OR_NO,
        "« oui » tant que les UE seules sont connues, sans éléments.",
    ),
}
SEEN, SEEN_DIGITS = "Empreinte", 16
"""What the stored programme was when the workbook was made."""
COMPETENCE_COLUMNS = (
    Column("Code", "code", 10, Text(40)),
    Column("Intitulé", "title", 90, Text(200)),
    Column("Nom court", "short", 30, Text(40)),
)
UNIT_COLUMNS = (
    Column("Code", "code", 10, Text(40)),
    Column("Semestre", "semester", 10, SEMESTERS),
    Column("Compétence", "competence", 12, Text(40), COMPETENCES),
    Column("Niveau", "level", 9, Number(3, least=1)),
    Column("ECTS", "ects", 9, Number(Decimal("999.9"), least=Decimal("0.1"), places=1)),
    Column(
        "Poids dans le RCUE",
        "rcue_weight",
        19,
        Number(Decimal("999.999"), least=Decimal("0.001"), places=3, empty=1),
    ),
)
ELEMENT_COLUMNS = (
    Column("Code", "code", 17, Text(30)),
    Column("Code affiché", "display", 17, Text(30)),
    Column("Intitulé", "title", 68, Text(200)),
    Column("Intitulé court", "short", 44, Text(60)),
    Column("Pôle", "kind", 12, KIND),
    Column("Semestre", "semester", 10, SEMESTERS),
)
LINE_COLUMNS = (
    Column("UE", "unit", 7, Text(40, needed=False), UNITS),
    Column("Pôle", "pole", 12),
    Column("Code", "element", 17, Text(30), ELEMENTS),
    Column("Intitulé", "title", 70),
    Column("CM", "cm", 6, HOURS),
    Column("TD", "td", 6, HOURS),
    Column("TP", "tp", 6, HOURS),
    Column("Projet", "project", 8, HOURS),
    Column("Total hors projet", "total", 11),
    Column("Éval.", "evaluation_type", 7, Text(10, needed=False)),
    Column("Coefficient", "coefficient", 12, Number(Decimal("9999.99"), places=2)),
    Column("ECTS", "ects", 7),
)
TYPED = ("cm", "td", "tp", "project", "evaluation_type", "coefficient")
SUMMED = ("cm", "td", "tp", "project", "total", "coefficient")


def of_year(columns: tuple[Column, ...], semesters: tuple[int, int]) -> tuple[Column, ...]:
    """The same columns, their semester one of those of the year."""
    value = Number(semesters[1], least=semesters[0])
    return tuple(replace(column, value=value) if column.field == "semester" else column for column in columns)


def semester_tab(number: int) -> str:
    return f"{SEMESTER} {number}"
