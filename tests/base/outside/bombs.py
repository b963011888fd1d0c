"""Small files made to cost much: what an attack sent, and its kind."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from functools import cache

from asn1crypto import pkcs12 as asn1_pkcs12
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from butrt.base.documents.certificates import TrialAuthority

LEVELS, WIDTH = 19, 10
MEGABYTE = 2**20


def pdf_of(objects: Mapping[int, bytes]) -> bytes:
    """A PDF of these objects; the first is its catalog."""
    out, places = bytearray(b"%PDF-1.7\n"), {}
    for number, content in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    start, size = len(out), max(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size
    for number in range(1, size):
        out += b"%010d 00000 n \n" % places[number] if number in places else b"0000000000 00000 f \n"
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, start)
    return bytes(out)


def stream(content: bytes, about: bytes = b"") -> bytes:
    return b"<< /Length %d %b >>\nstream\n%b\nendstream" % (len(content), about, content)


PAGES = {
    2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Resources << >> /Contents 4 0 R >>",
    4: stream(b"BT ET"),
}


def _graph(first: int, leaf: bytes, about: bytes = b"") -> dict[int, bytes]:
    """Levels of nodes, each with the next one ten times among its kids: 10¹⁹ ways down."""
    every = {
        first + level: b"<< %b /Kids [%b] >>" % (about, b" ".join([b"%d 0 R" % (first + level + 1)] * WIDTH))
        for level in range(LEVELS)
    }
    return every | {first + LEVELS: leaf}


def name_tree() -> bytes:
    catalog = {1: b"<< /Type /Catalog /Pages 2 0 R /Names << /EmbeddedFiles 10 0 R >> >>"}
    return pdf_of(catalog | PAGES | _graph(10, b"<< /Names [] >>"))


def page_tree() -> bytes:
    pages = _graph(10, b"<< /Type /Pages /Kids [] /Count 0 >>", b"/Type /Pages /Count 1")
    return pdf_of({1: b"<< /Type /Catalog /Pages 10 0 R >>"} | pages)


def page_cycle() -> bytes:
    return pdf_of(
        {1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 1 >>"}
    )


def form_fields() -> bytes:
    """The tree of the fields of a form, which pyHanko walks by itself."""
    fields = _graph(10, b"<< /T (z) /FT /Sig >>", b"/T (a)")
    return pdf_of({1: b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [10 0 R] >> >>"} | PAGES | fields)


def attached(content: bytes, filters: bytes = b"/FlateDecode") -> bytes:
    """A PDF with one attachment, compressed already."""
    return pdf_of(
        {1: b"<< /Type /Catalog /Pages 2 0 R /Names << /EmbeddedFiles << /Names [(a) 5 0 R] >> >> >>"}
        | PAGES
        | {
            5: b"<< /Type /Filespec /F (contenu.json) /UF (contenu.json) /EF << /F 6 0 R >> >>",
            6: stream(content, b"/Type /EmbeddedFile /Filter [%b]" % filters),
        }
    )


@cache
def _deflated(size: int) -> bytes:
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(bytes(MEGABYTE)) for _ in range(size // MEGABYTE)) + packer.flush()


def flate() -> bytes:
    """0.4 MB that become 400."""
    return attached(_deflated(400 * MEGABYTE))


def drawn_flate(megabytes: int = 400) -> bytes:
    """The same in what a page draws. Of 200, it fits in the memory and takes all the processor allowed."""
    pages = PAGES | {4: stream(_deflated(megabytes * MEGABYTE), b"/Filter /FlateDecode")}
    return pdf_of({1: b"<< /Type /Catalog /Pages 2 0 R >>"} | pages)


def pkcs12_rounds(rounds: int = 2**31 - 1) -> bytes:
    """A true certificate with its key, whose passphrase takes hours to try."""
    from datetime import UTC, datetime

    certificate, key = TrialAuthority("Ailleurs", datetime.now(UTC)).certify("Mallory")
    content = pkcs12.serialize_key_and_certificates(
        b"m", key, certificate, None, BestAvailableEncryption(b"secret")
    )
    archive = asn1_pkcs12.Pfx.load(content)
    archive["mac_data"]["iterations"] = rounds
    return archive.dump(force=True)


def png(side: int = 60_000) -> bytes:
    """A PNG that says how large it is, and holds all of it in black."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = _deflated(2 * MEGABYTE)
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%b">' % (98 + level, b"&%c;" % (97 + level) * 10) for level in range(9))
    + b"]><formation>&j;</formation>"
)


def workbook(part: bytes) -> bytes:
    """An .xlsx whose sheet is this part."""
    kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    links = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="r" Type="{kinds}/%s" Target="%s"/></Relationships>'
    )
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("_rels/.rels", links % ("officeDocument", "xl/workbook.xml"))
        sheets = '<sheets><sheet name="a" r:id="r"/></sheets>'
        archive.writestr("xl/workbook.xml", f'<workbook xmlns:r="{kinds}">{sheets}</workbook>')
        archive.writestr("xl/_rels/workbook.xml.rels", links % ("worksheet", "sheet.xml"))
        archive.writestr("xl/sheet.xml", part)
    return output.getvalue()


def zip_bomb() -> bytes:
    return workbook(b"<worksheet>" + b" " * (210 * MEGABYTE) + b"</worksheet>")


def zip_liar() -> bytes:
    """The same, which declares 100 bytes."""
    whole = bytearray(zip_bomb())
    size = struct.pack("<I", 210 * MEGABYTE + 23)
    while (at := whole.find(size)) >= 0:
        whole[at : at + 4] = struct.pack("<I", 100)
    return bytes(whole)
