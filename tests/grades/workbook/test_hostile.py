"""Every hostile or broken file is built here, sent to the page, and must be refused in words, quickly,
without a trace in the database.
"""

from __future__ import annotations

import io
import json
import random
import re
import struct
import subprocess
import sys
import time
import zipfile

import pytest
from django.conf import settings
from openpyxl import Workbook, load_workbook
from openpyxl.styles import PatternFill

from butrt.base.spreadsheets import MOST_BYTES, Unreadable
from grades.one_sheet import load_sheet
from grades.workbook.importing import preview_workbook
from grades.workbook.reading import read_marks
from grades.workbook.writing import mark_workbook
from tests.factories import (
    make_enrolment,
)
from tests.grades.workbook.files import (
    NBSP,
    SHEET,
    compressed,
    download,
    edited,
    in_sheet,
    ole,
    refused,
    rewritten,
    saved,
    send,
    stored,
    told,
)

pytestmark = pytest.mark.django_db

SECONDS, MEGABYTES = 2, 256


def lying(data, size):
    """The archive whose last member's size is given as `size`, in its own header and in the directory."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        member = archive.infolist()[-1]
    found = bytearray(data)
    real = struct.pack("<I", member.file_size)
    for at in (found.index(real, member.header_offset), found.rindex(real)):
        found[at : at + 4] = struct.pack("<I", size)
    return bytes(found)


LAUGHS = b"".join(
    b'<!ENTITY l%d "%s">' % (level, b"&l%d;" % (level - 1) * 10 if level else b"ha" * 10)
    for level in range(10)
)


def with_doctype(data):
    prologue = b"<!DOCTYPE worksheet [" + LAUGHS + b"]>"
    return in_sheet(data, b"<worksheet", prologue + b"<worksheet")


def with_doctype_in_utf16(data):
    """The same where a search for bytes does not see it."""

    def change(xml):
        text = xml.decode().replace("<worksheet", f"<!DOCTYPE worksheet [{LAUGHS.decode()}]><worksheet", 1)
        return text.encode("utf-16")

    return rewritten(data, {SHEET: change})


def with_doctype_elsewhere(data):
    return rewritten(
        data, {"docProps/core.xml": lambda xml: b'<!DOCTYPE x SYSTEM "file:///etc/passwd">' + xml}
    )


def macros(data):
    return rewritten(data, {}, add=[("xl/vbaProject.bin", b"\0" * 100)])


def macro_book(data):
    return rewritten(
        data,
        {
            "[Content_Types].xml": lambda xml: xml.replace(
                b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
                b"application/vnd.ms-excel.sheet.macroEnabled.main+xml",
            )
        },
    )


def twice(data):
    with pytest.warns(UserWarning, match="Duplicate name"):
        return rewritten(data, {}, add=[(SHEET, b"<worksheet/>")])


def encrypted_member(data):
    """The flag that says that a member is encrypted, set in the directory."""
    found = bytearray(data)
    at = found.rindex(b"PK\x01\x02")
    found[at + 8] |= 1
    return bytes(found)


def far(data):
    return edited(data, {"XFD1048576": 1})


def many_elements(data):
    rows = b"".join(b'<row r="%d"/>' % row for row in range(10, 250_000))
    return in_sheet(data, b"</sheetData>", rows + b"</sheetData>")


def deep(data):
    return in_sheet(data, b"<sheetData>", b"<sheetData>" + b"<x>" * 200_000)


def wide_merge(data):
    merged = b'<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    return in_sheet(data, b"</sheetData>", b"</sheetData>" + merged)


def shared_formulas(data):
    formula = b"+".join([b"A1"] * 20_000)
    cells = b'<row r="40"><c r="F40"><f t="shared" ref="F40:F4000" si="0">' + formula + b"</f></c></row>"
    cells += b"".join(
        b'<row r="%d"><c r="F%d"><f t="shared" si="0"/><v>1</v></c></row>' % (row, row)
        for row in range(41, 4000)
    )
    return in_sheet(data, b"</sheetData>", cells + b"</sheetData>")


def many_ranges(data):
    ranges = b" ".join(b"F%d" % row for row in range(1, 60_000, 2))
    rule = b'<dataValidations><dataValidation sqref="' + ranges + b'"/></dataValidations>'
    return in_sheet(data, b"<sheetData>", rule + b'<sheetData><row r="2000"><c r="F2000"><v>1</v></c></row>')


def written_twice(data):
    return in_sheet(data, b'<row r="8"', b'<row r="6"><c r="F6"><v>20</v></c></row><row r="8"')


def fill_sheet(_):
    book = Workbook()
    for row in range(1, 41):
        book.active.append([row])
        book.active.cell(row, 1).fill = PatternFill("solid", fgColor="FF0000")
    return saved(book)


def ods(_):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", "<office/>")
    return stream.getvalue()


HOSTILE = {
    "an .xls": (lambda _: ole("Workbook"), "Ce fichier est un ancien classeur .xls"),
    "an encrypted workbook": (lambda _: ole("EncryptedPackage"), "protégé par un mot de passe"),
    "an encrypted member": (encrypted_member, "Ce classeur est chiffré."),
    "macros": (macros, "contient des macros"),
    "an .xlsm without macros": (macro_book, "fait pour des macros (.xlsm)"),
    "an .xlsb": (
        lambda data: rewritten(data, {}, add=[("xl/workbook.bin", b"\0")]),
        "classeur binaire (.xlsb)",
    ),
    "external links": (
        lambda data: rewritten(data, {}, add=[("xl/externalLinks/externalLink1.xml", b"<externalLink/>")]),
        "a des liens vers d’autres classeurs",
    ),
    "an embedded object": (
        lambda data: rewritten(data, {}, add=[("xl/embeddings/oleObject1.bin", b"\0")]),
        "contient des objets d’autres logiciels",
    ),
    "truncated": (lambda data: data[: len(data) // 2], "abîmé ou incomplet"),
    "truncated at the very end": (lambda data: data[:-10], "abîmé ou incomplet"),
    "a damaged member": (lambda data: data[:200] + b"\xff" * 40 + data[240:], "abîmé ou incomplet"),
    "empty": (lambda _: b"", "Ce fichier est vide."),
    "a text": (lambda _: b"Nom;Note\nABEL;12\n", "n’est pas un classeur .xlsx"),
    "a picture": (lambda _: b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "n’est pas un classeur .xlsx"),
    "another archive": (lambda _: compressed("a.txt", 0), "n’est pas un classeur .xlsx"),
    "an .ods": (ods, "OpenDocument (.ods)"),
    "another workbook": (fill_sheet, "ne porte de clé en A3"),
    "too large": (lambda _: b"PK" + b"\0" * MOST_BYTES, "dépasse 2 Mo"),
    "a cell at XFD1048576": (far, "La case XFD1048576 de « Notes » est remplie, très loin"),
    "a sheet of 1 GiB in 1 MB": (lambda _: compressed(SHEET, 2**30), "ce classeur dépasse 16 Mo"),
    "a sheet of 12 MB in 12 kB": (lambda _: compressed(SHEET, 12 * 2**20), "compressée plus de 300 fois"),
    "a size that lies": (
        lambda _: lying(compressed(SHEET, 2**26), 1000),
        "abîmé ou incomplet",
    ),
    "many parts": (
        lambda data: rewritten(data, {}, add=[(f"xl/media/{n}.png", b"") for n in range(300)]),
        "parties, un classeur ordinaire de dix",
    ),
    "many elements": (many_elements, "beaucoup plus que ce qui est lu ici"),
    "deep elements": (deep, "beaucoup plus que ce qui est lu ici"),
    "entities": (with_doctype, "entités XML (DOCTYPE)"),
    "entities in UTF-16": (with_doctype_in_utf16, "entités XML (DOCTYPE)"),
    "a DTD where nothing is read": (with_doctype_elsewhere, "entités XML (DOCTYPE)"),
    "a member twice": (twice, "contient deux fois la partie xl/worksheets/sheet1.xml"),
    "a cell twice": (written_twice, "La case F6 de « Notes » est écrite deux fois"),
    "no XML": (
        lambda data: rewritten(data, {SHEET: lambda _: b"PDF"}),
        "est illisible (xl/worksheets/sheet1",
    ),
    "an unknown encoding": (
        lambda data: rewritten(data, {SHEET: lambda _: b'<?xml version="1.0" encoding="x-rien"?><a/>'}),
        "est illisible (xl/worksheets/sheet1",
    ),
    "a string that is not there": (
        lambda data: in_sheet(data, b'<c r="F8"', b'<c r="E8" t="s"><v>99999</v></c><c r="F8"'),
        "est illisible (xl/worksheets/sheet1",
    ),
    "a wrong reference": (lambda data: in_sheet(data, b'r="F8"', b'r=""'), "est illisible"),
    "no sheet": (
        lambda data: rewritten(data, {"xl/workbook.xml": lambda _: b"<workbook/>"}),
        "n’a aucune feuille",
    ),
    "a sheet that is not there": (
        lambda data: rewritten(
            data, {"xl/_rels/workbook.xml.rels": lambda xml: xml.replace(b"sheet1.xml", b"sheet7.xml")}
        ),
        "Il manque une partie de ce classeur (xl/worksheets/sheet7.xml)",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_words_and_quickly(client, teaching, name):
    make, reason = HOSTILE[name]
    data = make(download(client, teaching))
    before, start = stored(), time.process_time()

    answer = send(client, teaching, data)

    spent = time.process_time() - start
    assert (answer.status_code, answer.context["preview"]) == (200, None)
    assert reason in answer.context["refused"].replace(NBSP, " ")
    assert "Rien n’est lu, rien n’est enregistré." in answer.content.decode()
    assert stored() == before
    assert spent < SECONDS


@pytest.mark.parametrize(
    ("make", "refs"),
    [(wide_merge, ["A1:XFD1048576"]), (shared_formulas, ["F40"]), (many_ranges, ["F2000"])],
)
def test_what_stalls_a_full_reader_is_refused_by_its_cell_and_quickly(client, teaching, make, refs):
    data = make(download(client, teaching))
    before, start = stored(), time.process_time()

    answer = send(client, teaching, data)

    assert list(refused(answer))[:1] == refs
    assert stored() == before
    assert time.process_time() - start < SECONDS


def test_a_sheet_that_declares_too_little_is_read_to_its_end(client, teaching):
    data = edited(download(client, teaching), {"F9": 17})
    small = rewritten(
        data, {SHEET: lambda xml: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:F7"', xml)}
    )
    read_only = load_workbook(io.BytesIO(small), read_only=True).active
    assert len(list(read_only.iter_rows())) == 7  # what openpyxl would have read of nine rows

    preview = send(client, teaching, small).context["preview"]

    assert (told(preview.changes), preview.unchanged) == ([("F9", "DUPUY", "DS", "", "17")], 7)
    assert preview.notes == [f"Le classeur annonce l’étendue A1:F7 mais va plus loin{NBSP}: tout est lu."]


MEASURE = """
import json, sys, time
from butrt.base.spreadsheets import Unreadable, read_xlsx
found = {}
for path in sys.argv[1:]:
    start = time.process_time()
    try:
        read_xlsx.function(open(path, "rb").read())  # here, where it is measured
        said = "lu"
    except Unreadable as error:
        said = str(error)
    found[path] = [time.process_time() - start, said]
# Of this process alone: ru_maxrss also remembers the one that started it.
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps([int(peak) // 1024, found]))
"""


def test_no_file_takes_much_memory(client, teaching, tmp_path):
    data = download(client, teaching)
    makers = {name: make for name, (make, _) in HOSTILE.items()}
    makers |= {"merge": wide_merge, "formulas": shared_formulas, "ranges": many_ranges}
    makers["16 MB of text"] = lambda data: rewritten(
        data,
        {SHEET: lambda xml: xml + b"<!--" + random.Random(1).randbytes(1_400_000).hex().encode() + b"-->"},
    )
    for number, make in enumerate(makers.values()):
        (tmp_path / f"{number:02}.xlsx").write_bytes(make(data))

    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *map(str, sorted(tmp_path.iterdir()))],
        cwd=settings.BASE_DIR,
        check=True,
        capture_output=True,
        text=True,
    )

    megabytes, found = json.loads(done.stdout)
    assert megabytes < MEGABYTES
    assert max(seconds for seconds, _ in found.values()) < SECONDS


def test_no_damage_escapes_as_anything_but_a_message(client, teaching):
    """Bytes changed at random in the archive, and in the parts before they are packed again."""
    data = download(client, teaching)
    chance = random.Random(20260)

    def damaged(content):
        found = bytearray(content)
        for _ in range(chance.randint(1, 6)):
            found[chance.randrange(len(found))] = chance.choice(b'<>"/=&0159AZ \x00\xff')
        return bytes(found)

    parts = zipfile.ZipFile(io.BytesIO(data)).namelist()
    sheet, outcomes = load_sheet(teaching), set()
    for turn in range(400):
        part = chance.choice([name for name in parts if "theme" not in name])
        broken = damaged(data) if turn % 4 == 0 else rewritten(data, {part: damaged})
        try:
            read_marks(broken, sheet)
            outcomes.add("lu")
        except Unreadable as error:
            outcomes.add(str(error)[:12])

    assert "lu" in outcomes
    assert len(outcomes) > 3


def test_a_class_of_120_is_read_with_as_many_queries_as_a_class_of_four(
    client, teaching, django_assert_num_queries, django_assert_max_num_queries
):
    head = teaching.heads.get()
    data = download_as(teaching)
    with django_assert_max_num_queries(5) as few:
        preview_workbook(teaching=teaching, data=data, name="", by=head)
    for _ in range(116):
        make_enrolment(teaching.cohort)
    data = download_as(teaching)
    filled = edited(data, {f"F{row}": 11 for row in range(8, 126)})

    with django_assert_num_queries(len(few)):
        preview = preview_workbook(teaching=teaching, data=filled, name="", by=head)

    assert (len(preview.changes), preview.refusals) == (118, [])


def download_as(teaching):
    sheet = load_sheet(teaching)
    return mark_workbook(sheet, list(sheet.assessments.values()))
