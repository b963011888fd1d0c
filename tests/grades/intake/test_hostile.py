"""Every hostile or broken file is built here, sent to the page, and must be refused in words with its place,
quickly, without a trace in the database.
"""

from __future__ import annotations

import io
import time
import zipfile

import pytest

from grades.intake.columns import EXTRACT
from grades.models import StudentFile
from tests.grades.intake.files import AMEL, NOE, SHEET_ROWS, changed, page, send, stored, text, workbook
from tests.grades.workbook.files import NBSP, compressed, ole, rewritten

pytestmark = pytest.mark.django_db

SECONDS = 2


def refused(client, cohort, data, name="apogee.csv"):
    """Why a file is not read at all."""
    answer = send(client, cohort, data, name)
    assert answer.status_code == 200
    return answer.context["refused"].replace(NBSP, " ")


def with_part(name, content=b"\0" * 100):
    return lambda: rewritten(workbook(SHEET_ROWS), {}, add=[(name, content)])


def with_entities():
    bomb = b'<!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><worksheet'
    return rewritten(
        workbook(SHEET_ROWS), {"xl/worksheets/sheet1.xml": lambda xml: xml.replace(b"<worksheet", bomb, 1)}
    )


def ods():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    return stream.getvalue()


HOSTILE = {
    "empty": (lambda: b"", "Ce fichier est vide."),
    "spaces": (lambda: b" \r\n\t \n", "Ce fichier est vide."),
    "an empty workbook": (lambda: workbook([]), "Ce classeur n’a aucune case remplie."),
    "only a header": (text, "Ce fichier n’a que des titres, en ligne 1 : aucun étudiant dessous"),
    "only a header in a workbook": (lambda: workbook(SHEET_ROWS[:2]), "que des titres, en ligne 2"),
    "no columns": (
        "bonjour\nà tous\n".encode,
        "Aucune ligne de titres dans les 30 premières lignes",
    ),
    "a PDF": (
        lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
        "Ce fichier est un document PDF, quel que soit son nom.",
    ),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "Ce fichier est une image"),
    "an archive": (lambda: b"\x1f\x8b\x08" + b"\0" * 50, "Ce fichier est une archive compressée"),
    "HTML named .xls": (
        lambda: b"<html><table><tr><td>INE</td></tr></table>",
        "est une page web (HTML ou XML)",
    ),
    "an .xls": (lambda: ole("Workbook"), "Ce fichier est un ancien classeur .xls"),
    "an encrypted workbook": (lambda: ole("EncryptedPackage"), "protégé par un mot de passe"),
    "macros": (with_part("xl/vbaProject.bin"), "contient des macros"),
    "external links": (with_part("xl/externalLinks/externalLink1.xml"), "des liens vers d’autres classeurs"),
    "billion laughs": (with_entities, "entités XML (DOCTYPE)"),
    "a zip bomb": (lambda: compressed("xl/worksheets/sheet1.xml", 2**30), "ce classeur dépasse 64 Mo"),
    "a small bomb": (
        lambda: compressed("xl/worksheets/sheet1.xml", 12 * 2**20),
        "compressée plus de 300 fois",
    ),
    "truncated": (lambda: workbook(SHEET_ROWS)[:2000], "abîmé ou incomplet"),
    "an .ods": (ods, "document OpenDocument (.ods)"),
    "a far cell": (
        lambda: workbook(SHEET_ROWS, lambda tab: tab.__setitem__("XFD1048576", 1)),
        "très loin du tableau",
    ),
    "1 M rows": (lambda: text() + b"1;2\n" * 2_000_000, "Ce fichier dépasse 6 Mo"),
    "300 000 short rows": (lambda: text() + b";\n" * 300_000, "Ce fichier a plus de 5000 lignes"),
    "too large a workbook": (lambda: b"PK" + b"\0" * EXTRACT.bytes, "Ce fichier dépasse 6 Mo"),
    "NUL bytes": (lambda: text(AMEL).replace(b"DURAND", b"DU\0AND"), "Ligne 2 : un octet nul"),
    "UTF-16 without its mark": (lambda: text(AMEL).decode().encode("utf-16-le"), "Ligne 1 : un octet nul"),
    "UTF-16 cut in two": (lambda: text(AMEL, encoding="utf-16")[:-1], "Ce texte UTF-16 est abîmé"),
    "control characters": (
        lambda: text(AMEL.replace("DURAND", "DU\x1bRAND")),
        "Ligne 2 : un caractère de commande (code 27)",
    ),
    "mixed encodings": (
        lambda: text(AMEL) + (NOE + "\r\n").encode("cp1252"),
        "Deux encodages sont mélangés : la ligne 1 est en UTF-8, la ligne 3 non.",
    ),
    "neither encoding": (
        lambda: b"Nom;INE\r\nDU\x81AND;1\r\n",
        "Ligne 2 : un caractère n’est ni d’UTF-8 ni de Windows-1252.",
    ),
    "a quote never closed": (
        lambda: text(AMEL, changed(NOE, place='"Brest')),
        "Ligne 3 : un guillemet est ouvert",
    ),
    "a huge cell": (lambda: text(changed(AMEL, place="L" * 200_000)), "Ligne 2 : "),
    "many columns": (
        lambda: text("1;2", header=";".join(f"Nom{n}" for n in range(5_001))),
        "Ligne 1 : plus de 5000 colonnes.",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_words_and_quickly(client, secretary, cohort, name):
    make, reason = HOSTILE[name]
    data = make()
    before, start = stored(), time.process_time()

    said = refused(client, cohort, data)

    assert reason in said
    assert time.process_time() - start < SECONDS
    assert (stored() == before, StudentFile.objects.exists()) == (True, False)


def test_no_file_and_no_name(client, secretary, cohort):
    assert client.post(page("students", cohort), {}).context["form"].errors["file"] == [
        "Choisir le fichier à envoyer."
    ]
