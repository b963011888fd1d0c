"""Files built to Apogée's layout, for the tests and for the hand: invented people and elements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

LISTS = (
    "2\tABI\tADM",
    "7\tABI\tADM\tAJ\tDEF\tNAR\tPASD\tRED",
    "5\tABI\tADM\tAJ\tCMP\tDEF",
    "2\tABI\tABJ",
    "ABI : Absence injustifiée\tADM : Admis",
    "ADM : Admis\tAJ : Ajourné\tCMP : Compensé\tPASD : Passage de droit",
)
IDENTITY = ("apoL_a01_code", "apoL_a02_nom", "apoL_a03_prenom", "apoL_a04_naissance")


@dataclass(frozen=True)
class Element:
    """An element of the étape; `results` are its columns, N B R by default."""

    type: str
    code: str
    label: str
    version: str = ""
    year: str = "2024"
    session: str = "1"
    results: str = "NBR"


BUT2 = (
    Element("VET", "V2RT", "V2RT - BUT2 R&T", version="231"),
    Element("ELP", "V3SEM", "V3SEM - Semestre 3"),
    Element("ELP", "V3UE1", "V3UE1 - UE3.1 Administrer"),
    Element("ELP", "V3UE2", "V3UE2 - UE 3.2 Connecter"),
    Element("ELP", "V4UE1", "V4UE1 - UE4.1 Administrer"),
    Element("ELP", "V4UE2", "V4UE2 - UE 4.2 Connecter"),
    Element("ELP", "V2C1", "V2C1 - RCUE RT1 niveau 2"),
    Element("ELP", "V2C2", "V2C2 - RCUE RT2 niveau 2"),
)


@dataclass
class Layout:
    """What a file is made of: change one thing and `build()`."""

    people: Sequence[tuple[str, str]] = ()  # (number, family name)
    elements: Sequence[Element] = BUT2
    lists: Iterable[str] = LISTS
    # {(number, "V3UE1", "N"): "12,5"}
    cells: Mapping[tuple[str, str, str], str] = field(default_factory=dict)

    @property
    def columns(self) -> list[tuple[Element, str]]:
        return [(element, result) for element in self.elements for result in element.results]

    def build(self, end: str = "\r\n") -> bytes:
        """The bytes, in ISO-8859-1."""
        words = {"N": "Note", "B": "Barème", "R": "Résultat"}
        lines = ["XX-APO_TITRES-XX", "apoC_annee\t2024/2025", "apoC_cod_dip\tVRTB", "apoC_Cod_Exp\t1"]
        lines += ["apoC_cod_vdi\t231", "apoC_Fichier_Exp\tC:\\V2RT.TXT", "apoC_lib_dip\tBUT Réseaux", ""]
        lines += ["XX-APO_TYP_RES-XX", *self.lists, "", "XX-APO_COLONNES-XX"]
        lines.append(
            "apoL_a01_code\tType Objet\tCode\tVersion\tAnnée\tSession\tAdmission/Admissibilité\tType Rés."
            "\t\t\tEtudiant\tNuméro"
        )
        lines += ["apoL_a02_nom\t\t\t\t\t\t\t\t\t\t1\tNom", "apoL_a03_prenom\t\t\t\t\t\t\t\t\t\t1\tPrénom"]
        lines += ["apoL_a04_naissance\t\t\t\t\t\t\t\t\tSession\tAdmissibilité\tNaissance", "APO_COL_VAL_DEB"]
        for number, (each, result) in enumerate(self.columns, 1):
            label = each.label if result == each.results[0] else ""
            about = [each.type, each.code, each.version, each.year, each.session, "1", result, label]
            lines.append("\t".join([f"apoL_c{number:04}", *about, each.session, "1", words.get(result, "")]))
        names = [f"apoL_c{number:04}" for number in range(1, len(self.columns) + 1)]
        lines += ["APO_COL_VAL_FIN", f"apoL_c{len(names) + 1:04}\tAPO_COL_VAL_FIN", "", "XX-APO_VALEURS-XX"]
        lines.append("\t".join([*IDENTITY, *names]))
        for number, name in self.people:
            cells = [self.cells.get((number, each.code, result), "") for each, result in self.columns]
            lines.append("\t".join([number, name, "Camille", " 01/02/2005", *cells]))
        return (end.join(lines) + end).encode("iso-8859-1")
