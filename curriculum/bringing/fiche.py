"""A fiche filière sent by a page: its text, read apart from the site."""

from __future__ import annotations

from typing import Any

from butrt.base.french import NBSP
from butrt.base.outside import opened_apart
from butrt.base.spreadsheets import Unreadable
from curriculum.bringing.levels import known_to
from curriculum.fiche import Fiche, FicheError, read_fiche
from curriculum.models import Department

MOST_BYTES = 2**20
AS_TEXT = f"En tirer le texte (commande «{NBSP}pdftotext fiche.pdf{NBSP}») et envoyer le fichier .txt."


@opened_apart(Unreadable)
def read_sent_fiche(data: bytes) -> Fiche:
    """The fiche of a text that anyone may have made. Raises Unreadable; nothing else."""
    if data.startswith(b"%PDF"):
        raise Unreadable(f"Ce fichier est un PDF. {AS_TEXT}")
    if len(data) > MOST_BYTES:
        raise Unreadable("Ce fichier est bien plus long qu’une fiche filière.")
    try:
        return read_fiche(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Unreadable(f"Ce fichier n’est pas du texte en UTF-8. {AS_TEXT}") from error
    except FicheError as error:
        raise Unreadable(str(error)) from error


def programme_of(fiche: Fiche, *, department: Department, name: str) -> dict[str, Any]:
    """The programme object of a fiche; the niveaux are those of the department's référentiel.

    Raises Unreadable when it does not say one.
    """
    try:
        return fiche.to_fixture(name, known_to(department, fiche.mention, {}))
    except FicheError as error:
        raise Unreadable(f"{error} Importer d’abord le référentiel de la spécialité.") from error


def notes_of(fiche: Fiche) -> list[str]:
    """What was compared while reading."""
    equal = sum(not total.differs for total in fiche.totals)
    return [f"Totaux imprimés sur la fiche{NBSP}: {equal} sur {len(fiche.totals)} égaux à leur somme."]
