"""The mark workbook of an element, filled: downloaded, changed, sent back."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from django.urls import reverse
from openpyxl import load_workbook

from butrt.base.journal.models import Entry as JournalEntry
from grades.models import Mark, MarkChange
from grades.services import Entry, record_marks
from tests.factories import (
    make_assessment,
    make_cohort,
    make_enrolment,
    make_student,
    make_teaching,
    make_user,
)

NBSP = "\N{NO-BREAK SPACE}"

SHEET = "xl/worksheets/sheet1.xml"


def url(name, *args):
    return reverse(f"grades:{name}", args=args)


def make_filled():
    """An element; DS out of 20 and Projet out of 40; four students, two marks.

    In the workbook: students on rows 6 to 9, DS in column F, Projet in G. ABEL has 12 at DS, BRUN is ABI.
    """
    cohort = make_cohort()
    head = make_user("teacher", department=cohort.department, first_name="Hélène", last_name="Marchetti")
    teaching = make_teaching(cohort, heads=[head])
    ds = make_assessment(teaching, title="DS", position=0)
    make_assessment(teaching, title="Projet", position=1, maximum=40)
    for name in ("ABEL", "BRUN", "CORI", "DUPUY"):
        make_enrolment(cohort, make_student(cohort.department, last_name=name, number=f"22{name}"))
    abel, brun = students(teaching)[:2]
    entries = [Entry(ds.pk, abel.pk, "12", 0), Entry(ds.pk, brun.pk, "ABI", 0)]
    record_marks(teaching=teaching, entries=entries, by=head)
    return teaching


def students(teaching):
    return list(teaching.cohort.enrolments.order_by("student__last_name"))


def assessment(teaching, title):
    return teaching.assessments.get(title=title)


def download(client, teaching, **query):
    answer = client.get(url("workbook", teaching.pk), query)
    assert answer.status_code == 200
    return answer.content


def edited(data, cells=(), change=None):
    """The workbook with other values in some cells, as openpyxl saves it."""
    book = load_workbook(io.BytesIO(data))
    for ref, value in dict(cells).items():
        book.active[ref] = value
    if change:
        change(book.active)
    return saved(book)


def saved(book):
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def rewritten(data, changes, *, add=()):
    """The archive with some parts changed by functions of bytes, and members added: [(name, bytes)]."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, changes.get(name, bytes)(old.read(name)))
        for name, content in add:
            new.writestr(name, content)
    return stream.getvalue()


def in_sheet(data, old, new):
    """The archive with some bytes of its sheet replaced; they must be there."""

    def change(xml):
        assert old in xml
        return xml.replace(old, new, 1)

    return rewritten(data, {SHEET: change})


def send(client, teaching, data, name="notes.xlsx"):
    file = io.BytesIO(data)
    file.name = name
    return client.post(url("workbook_import", teaching.pk), {"file": file})


def confirm(client, teaching, answer, **choices):
    token = answer.context["preview"].token
    return client.post(url("workbook_import", teaching.pk), {"preview": token, **choices})


def told(changes):
    """(case, student, évaluation, before, after) of each change or conflict."""
    return [
        (each.ref, each.enrolment.student.last_name, each.assessment.title, each.before, each.after)
        for each in changes
    ]


def refused(answer):
    """{case: reason} of a preview."""
    return {each.ref: each.reason for each in answer.context["preview"].refusals}


def stored():
    return (
        list(Mark.objects.order_by("pk").values_list("pk", "value", "code", "version")),
        MarkChange.objects.count(),
        JournalEntry.objects.count(),
    )


def compressed(name, size, byte=b" "):
    """An archive with one member of `size` bytes, all the same: a MiB compressed once, and repeated."""
    packer, block, crc = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS), byte * 2**20, 0
    packed = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    for _ in range(size // 2**20):
        crc = zlib.crc32(block, crc)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, packed * (size // 2**20) + packer.flush())
    found = bytearray(stream.getvalue())
    # Stored as they are; the header and the directory say what they hold.
    for at in (8, found.rindex(b"PK\x01\x02") + 10):
        struct.pack_into("<H", found, at, zipfile.ZIP_DEFLATED)
        struct.pack_into("<I", found, at + 6, crc)
        struct.pack_into("<I", found, at + 14, size)
    return bytes(found)


def ole(stream_name):
    return bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 1500 + stream_name.encode("utf-16-le") + b"\0" * 500
