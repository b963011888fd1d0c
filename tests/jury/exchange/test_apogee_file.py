import re

import pytest

from jury.exchange.apogee.file import MOST_BYTES, ApogeeError, Reference, read_apogee
from tests.jury.exchange.apogee_files import BUT2, Element, Layout

PEOPLE = (("22001234", "LÉGER"), ("22001235", "NOËL"))


def built(**changes):
    return Layout(PEOPLE, **changes).build()


def test_what_was_read_is_written_back_byte_for_byte():
    data = built(cells={("22001234", "V3UE1", "N"): "12,50"})

    assert read_apogee(data).filled({}) == data


def test_a_file_is_read_whole():
    file = read_apogee(built(cells={("22001234", "V3UE1", "N"): "12,50"}))

    assert file.titles["apoC_annee"] == "2024/2025"
    assert list(file.codes) == ["VDI", "VET", "ELP", "EPR"]
    assert file.allowed("ELP")["CMP"] == "Compensé"
    assert "PASD" not in file.allowed("ELP")
    column = file.columns[0]
    assert (column.name, column.type, column.about, column.year, column.session, column.result) == (
        *("apoL_c0001", "VET", Reference("V2RT", "231"), "2024", "1", "N"),
    )
    assert column.label == "V2RT - BUT2 R&T"
    assert [(row.number, row.name) for row in file.rows] == [
        ("22001234", "LÉGER Camille"),
        ("22001235", "NOËL Camille"),
    ]
    assert file.rows[0].cell(file.elements["ELP", Reference("V3UE1")][0].place) == "12,50"
    assert file.notes == ()


def test_only_the_cells_given_change():
    data = built()
    file = read_apogee(data)
    row, column = file.rows[1], file.columns[3]
    filled = file.filled({(row.line, column.place): "13,05"})

    before, after = data.split(b"\r\n"), filled.split(b"\r\n")
    changed = [
        number for number, (one, other) in enumerate(zip(before, after, strict=True), 1) if one != other
    ]
    assert changed == [row.line]
    assert after[row.line - 1].split(b"\t")[column.place] == b"13,05"


def test_versions_are_written_with_an_exclamation_mark():
    column = read_apogee(built(elements=[Element("VET", "V2RT!231", "Année")])).columns[0]

    assert column.about == Reference("V2RT", "231")
    assert Reference.read(" v2rt!231 ").means(column.about)
    assert Reference.read("V2RT").means(column.about)
    assert not Reference.read("V2RT!212").means(column.about)


def test_trailing_tabs_are_kept_whether_too_many_or_none():
    data = built()
    lines = data.split(b"\r\n")
    short = b"\r\n".join(line.rstrip(b"\t") for line in lines)
    long = b"\r\n".join(line + b"\t\t\t" if line.startswith(b"220") else line for line in lines)
    for damaged in (short, long):
        file = read_apogee(damaged)
        assert file.filled({}) == damaged
        place = file.columns[-1].place
        again = read_apogee(file.filled({(file.rows[0].line, place): "ADM"}))
        assert again.rows[0].cell(place) == "ADM"


@pytest.mark.parametrize(("end", "told"), [("\n", "LF"), ("\r", "CR"), ("\r\r\n", "doublées")])
def test_damaged_ends_of_lines_are_told_and_kept(end, told):
    data = Layout(PEOPLE).build(end=end)
    file = read_apogee(data)

    assert told in file.notes[0]
    assert len(file.rows) == 2
    assert file.filled({}) == data


def test_one_list_of_codes_is_for_all_and_a_wrong_count_is_told():
    file = read_apogee(built(lists=["4\tADM\tAJ\tDEF"]))

    assert set(file.allowed("VET")) == set(file.allowed("ELP")) == {"ADM", "AJ", "DEF"}
    assert file.notes == ("Ligne 10\xa0: 4 codes annoncés, 3 lus. Un code absent de la liste est refusé.",)


GOOD = Layout(PEOPLE).build()
BROKEN = {
    "empty": (b"", "Ce fichier est vide."),
    "blank": (b"\r\n \r\n", "Ce fichier est vide."),
    "huge": (GOOD + b"\r\n" * MOST_BYTES, "dépasse 4\xa0Mo"),
    "ten megabytes": (b"A" * 10 * 2**20, "dépasse 4\xa0Mo"),
    "workbook": (b"PK\x03\x04rest", "un classeur"),
    "utf-8": (GOOD.decode("iso-8859-1").encode(), "Ligne 7\xa0: ce texte est en UTF-8"),
    "utf-8 with its mark": (b"\xef\xbb\xbf" + GOOD, "Ligne 1\xa0: Ce fichier est en UTF-8"),
    "utf-16": (GOOD.decode("iso-8859-1").encode("utf-16"), "UTF-16"),
    "control character": (GOOD.replace(b"VRTB", b"VR\x00B"), "Ligne 3\xa0: un caractère de commande"),
    "other text": (b"nom;prenom\r\nA;B\r\n", "La section XX-APO_TITRES-XX manque"),
    "no values": (GOOD[: GOOD.index(b"XX-APO_VALEURS")], "La section XX-APO_VALEURS-XX manque"),
    "no codes": (
        GOOD.replace(b"XX-APO_TYP_RES-XX", b""),
        "Ligne 17\xa0: XX-APO_COLONNES-XX vient avant XX-APO_TYP",
    ),
    "no code in the list": (Layout(PEOPLE, lists=[]).build(), "n’a aucun code"),
    "twice a section": (GOOD + b"XX-APO_VALEURS-XX\r\n", "commence deux fois"),
    "something before": (b"bonjour\r\n" + GOOD, "Ligne 1\xa0: le fichier commence par XX-APO_TITRES"),
    "nothing after values": (GOOD[: GOOD.index(b"XX-APO_VALEURS") + 19], "XX-APO_VALEURS-XX est vide"),
    "no student": (Layout(()).build(), "n’a aucun étudiant"),
    "twice a student": (Layout([*PEOPLE, PEOPLE[0]]).build(), "l’étudiant 22001234 y est déjà ligne 52"),
    "the same with a zero": (Layout([*PEOPLE, ("022001234", "A")]).build(), "y est déjà ligne 52"),
    "twice a definition": (
        GOOD.replace(b"\r\napoL_c0002\t", b"\r\napoL_c0001\t"),
        "Ligne 24\xa0: la colonne apoL_c0001 est définie deux fois, ici et ligne 23",
    ),
    "twice a column": (
        GOOD.replace(b"\tapoL_c0002\t", b"\tapoL_c0001\t"),
        "la colonne apoL_c0001 y est deux fois",
    ),
    "column nowhere defined": (
        GOOD.replace(b"\tapoL_c0002\t", b"\tapoL_c0099\t"),
        "apoL_c0099 n’est pas définie",
    ),
    "column without values": (GOOD.replace(b"\tapoL_c0024\r\n", b"\r\n"), "apoL_c0024 n’est pas parmi"),
    "no student number": (
        GOOD.replace(b"apoL_a01_code\tapoL_a02", b"autre\tapoL_a02"),
        "apoL_a01_code manque",
    ),
    "column without its type of result": (
        Layout(PEOPLE, elements=[Element("ELP", "X", "", results="?")]).build(),
        "pas de type de résultat",
    ),
    "column without a code": (Layout(PEOPLE, elements=[Element("ELP", "", "")]).build(), "pas de code"),
    "definition cut": (GOOD.replace(b"VET\tV2RT\t231", b"VET\r\n"), "n’a que 2 cases"),
    "line cut": (GOOD.replace(b"\tCamille\t 01", b"\r\n\tCamille\t 01", 1), "n’est pas un n° étudiant"),
    "cells moved": (
        GOOD.replace(b"\t 01/02/2005", b"\t12,5\t01/02/2005", 1),
        "n’est pas une date de naissance",
    ),
    "cell beyond": (re.sub(rb"(\t)\r\n220", rb"\1\tADM\r\n220", GOOD, count=1), "après la dernière colonne"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused_with_the_place_and_the_reason(name):
    data, why = BROKEN[name]
    with pytest.raises(ApogeeError, match=re.escape(why)):
        read_apogee(data)


@pytest.mark.parametrize("size", range(0, len(GOOD), 97))
def test_a_file_cut_anywhere_is_read_or_refused(size):
    data = GOOD[:size]
    try:
        file = read_apogee(data)
    except ApogeeError:
        return
    assert file.filled({}) == data


def test_the_elements_of_the_layout_are_those_of_but2():
    assert [str(about) for _, about in read_apogee(GOOD).elements] == [
        "V2RT!231" if each.type == "VET" else each.code for each in BUT2
    ]
