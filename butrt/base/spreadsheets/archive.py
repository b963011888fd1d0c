"""The ZIP that a workbook is, inflated within limits; what none of ours holds is refused."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Final

from butrt.base.french import NBSP
from butrt.base.spreadsheets.values import RESAVE, SAVE_AS, USUAL, Bounds, Unreadable

MOST_RATIO: Final = 300  # between a part and its compressed form; ours are below 30


MOST_PARTS: Final = 200


CHUNK: Final = 2**16


ENCRYPTED: Final = 1  # of a member's flags


OLE = bytes.fromhex("d0cf11e0a1b11ae1")  # Excel 97-2003, and any encrypted workbook


# What our sheets never hold, by a piece of the part's name.
UNWANTED = {
    "vbaproject": "contient des macros",
    "macrosheets/": "contient des macros",
    "activex/": "contient des contrôles ActiveX",
    "externallinks/": "a des liens vers d’autres classeurs",
    "connections.xml": "se connecte à des données externes",
    "embeddings/": "contient des objets d’autres logiciels",
}


def inflated(data: bytes, bounds: Bounds = USUAL) -> dict[str, bytes]:
    """The parts of the archive, by name in lower case, read while they stay within the bounds."""
    if len(data) > bounds.bytes:
        raise Unreadable(
            f"Ce fichier dépasse {bounds.bytes // 2**20}{NBSP}Mo, bien plus que ce qui est lu ici. "
            "N’y garder que la feuille utile, puis l’envoyer."
        )
    if data.startswith(OLE):
        raise Unreadable(_about_ole(data))
    if not data:
        raise Unreadable("Ce fichier est vide.")
    if not data.startswith(b"PK"):
        raise Unreadable(f"Ce fichier n’est pas un classeur .xlsx. {SAVE_AS}, puis l’envoyer.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _parts(archive, bounds.inflated)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, UnicodeError) as error:
        raise Unreadable(f"Ce classeur est abîmé ou incomplet, peut-être mal transmis. {RESAVE}") from error


def _about_ole(data: bytes) -> str:
    if "EncryptedPackage".encode("utf-16-le") in data:
        return (
            "Ce classeur est protégé par un mot de passe à l’ouverture. "
            "Dans le tableur, enlever ce mot de passe, enregistrer, puis l’envoyer."
        )
    return f"Ce fichier est un ancien classeur .xls, ou un document chiffré. {SAVE_AS}, puis l’envoyer."


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The parts that the archive announces, by name in lower case; none of those that we do not want."""
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) > MOST_PARTS:
        raise Unreadable(f"Ce classeur est fait de {len(members)} parties, un classeur ordinaire de dix.")
    by_name: dict[str, zipfile.ZipInfo] = {}
    for member in members:
        name = member.filename.lower().lstrip("/")
        if name in by_name:
            raise Unreadable(
                f"Ce classeur contient deux fois la partie {name[:80]}{NBSP}: on ne sait laquelle croire. "
                f"{RESAVE}"
            )
        for piece, what in UNWANTED.items():
            if piece in name:
                raise Unreadable(f"Ce classeur {what}, il n’est pas lu. {SAVE_AS} sans cela, puis l’envoyer.")
        by_name[name] = member
    if "mimetype" in by_name:
        raise Unreadable(f"Ce fichier est un document OpenDocument (.ods). {SAVE_AS}, puis l’envoyer.")
    return by_name


def _parts(archive: zipfile.ZipFile, most: int) -> dict[str, bytes]:
    """What the directory of the archive says is checked first, then what really comes out while reading."""
    members = _members(archive)
    if sum(member.file_size for member in members.values()) > most:
        raise _too_large(most)
    parts: dict[str, bytes] = {}
    room = most
    for name, member in members.items():
        if member.flag_bits & ENCRYPTED:
            raise Unreadable("Ce classeur est chiffré. L’enregistrer sans mot de passe, puis l’envoyer.")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise NotImplementedError(member.compress_type)  # no spreadsheet writes it
        if member.file_size > max(MOST_RATIO * member.compress_size, CHUNK):
            raise Unreadable(
                f"Une partie de ce classeur est compressée plus de {MOST_RATIO} fois ({name[:80]}), comme "
                f"aucun tableur ne le fait. {RESAVE}"
            )
        with archive.open(member) as stream:
            parts[name] = stream.read(room + 1)
        room -= len(parts[name])
        if room < 0:
            raise _too_large(most)
        if b"<!DOCTYPE" in parts[name] or b"<!ENTITY" in parts[name]:
            raise document_type()
    return parts


def _too_large(most: int) -> Unreadable:
    return Unreadable(f"Décompressé, ce classeur dépasse {most // 2**20}{NBSP}Mo, il n’est pas lu. {RESAVE}")


def document_type() -> Unreadable:
    return Unreadable(
        f"Ce classeur définit des entités XML (DOCTYPE), aucun tableur n’en écrit. Il n’est pas lu. {RESAVE}"
    )
