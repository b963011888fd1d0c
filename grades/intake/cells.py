"""Reading one cell of a file of students: a number, a name, a date, a civilité, a baccalauréat, a régime.

What is wrong raises `CellError`, in French, with what to do; the caller says where.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Callable
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone

from butrt.base.documents.characters import refusal
from butrt.base.french import NBSP, quoted
from butrt.base.spreadsheets import Cell, Kind, plain_number, serial_date
from butrt.base.words import folded
from curriculum.models import Programme
from grades.intake.columns import words_of
from grades.models import Enrolment, Group, Student
from grades.people import as_people_write, unlikely_birth

NUMBER = re.compile(r"[0-9A-Za-z]{1,20}")
INE = re.compile(r"[0-9A-Z]{11}")
POWER = re.compile(r"[0-9]+[.,][0-9]+E\+?[0-9]+|[0-9]+E\+[0-9]+", re.IGNORECASE)
# UTF-8 read as Latin-1 somewhere on the way: "FranÃ§ois"; or lost for good: "Fran�ois".
GARBLED = re.compile("Ã[\u0080-\u00bfŠŒŽ-‰©«ª€™-]|Â[\u00a0-\u00bf]|â€|\ufffd")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
WRONG_IN_A_NAME = re.compile(r"[^\w\s'’`´.,()\-‐‑·/]|[\d_]")
MOST_SHOWN: Final = 24
KINDS = {Kind.DATE: "une date", Kind.PERCENT: "un pourcentage", Kind.BOOLEAN: "VRAI ou FAUX"}

MONTHS = {
    "jan": 1, "janv": 1, "janvier": 1, "january": 1, "fev": 2, "fevr": 2, "fevrier": 2, "feb": 2, "mar": 3,
    "mars": 3, "avr": 4, "avril": 4, "apr": 4, "mai": 5, "may": 5, "jui": 6, "juin": 6, "jun": 6, "juil": 7,
    "juillet": 7, "jul": 7, "aou": 8, "aout": 8, "aug": 8, "sep": 9, "sept": 9, "septembre": 9, "oct": 10,
    "octobre": 10, "nov": 11, "novembre": 11, "dec": 12, "decembre": 12,
}  # fmt: skip
MONTH_NAMES = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)

GENDERS = {
    "F": ("f", "mme", "mlle", "madame", "mademoiselle", "femme", "feminin", "2", "fille"),
    "M": ("m", "h", "mr", "monsieur", "homme", "masculin", "1", "garcon"),
    "X": ("x", "non precise", "autre", "nb", "non binaire"),
}
YES, NO = words_of("oui o x 1 vrai echange"), words_of("non n 0 faux")
TECHNOLOGICAL = words_of("sti2d sti stmg stg stl st2s std2a sthr s2tmd tmd stt sms stae stav")
GENERAL = words_of("s es l a b c d e a1 a2 a3 nbge general generale")
PROFESSIONAL = words_of("pro professionnel professionnelle bcp bacpro mrc ciel sn melec trpm cap bep")
ELSEWHERE = words_of("equivalence equivalent daeu capacite dispense europeen international")
REGIMES = {
    Programme.Modality.APPRENTICESHIP: words_of("fa apprentissage alternance alternant apprenti oui"),
    Programme.Modality.INITIAL: words_of("fi initiale initial classique non"),
}


class CellError(ValueError):
    """A cell that is not what its column holds; `str()` says why and what to do, in French."""


def shown(text: str) -> str:
    """A value as a message quotes it."""
    return quoted(text if len(text) <= MOST_SHOWN else text[:MOST_SHOWN] + "…")


def cell_text(cell: Cell) -> str:
    """The text of a cell, spaces tidied. Raises CellError for a formula, an error, garbled accents."""
    if cell.kind == Kind.FORMULA:
        raise CellError("La case est une formule. Copier puis coller les valeurs seules.")
    if cell.kind in (Kind.DATE, Kind.PERCENT, Kind.BOOLEAN):
        raise CellError(
            f"La case est {KINDS[cell.kind]}, pas un texte. La mettre au format Texte et la retaper."
        )
    if cell.kind == Kind.ERROR:
        raise CellError(f"La case est une erreur du tableur ({cell.text[:12]}).")
    text = " ".join(cell.text.split())
    if CONTROL.search(text):
        raise CellError("La case contient un caractère de commande. La retaper.")
    if GARBLED.search(text):
        raise CellError(
            f"{shown(text)}{NBSP}: les accents sont abîmés. Refaire l’extraction, en UTF-8 ou en Latin-1."
        )
    return plain_number(text) if cell.kind == Kind.NUMBER else text


# ---------- who ----------


def number(text: str) -> str:
    """A student number, without spaces."""
    word = "".join(text.split())
    if POWER.fullmatch(word):
        raise CellError(
            f"{shown(text)}{NBSP}: le tableur a abrégé le numéro. Mettre la colonne au format Texte."
        )
    if not NUMBER.fullmatch(word):
        raise CellError(f"{shown(text)} n’est pas un n° étudiant : des chiffres ou des lettres, 20 au plus.")
    return word


def ine(text: str) -> str:
    """An INE: eleven figures or capitals."""
    word = "".join(text.split()).upper()
    if POWER.fullmatch(word):
        raise CellError(f"{shown(text)}{NBSP}: le tableur a abrégé l’INE. Mettre la colonne au format Texte.")
    if not INE.fullmatch(word):
        raise CellError(
            f"{shown(text)} n’est pas un INE : 11 caractères, chiffres et lettres ({len(word)} ici)."
        )
    return word


def yes_or_no(text: str) -> bool:
    word = folded(text)
    for value, words in ((True, YES), (False, NO)):
        if word in words:
            return value
    raise CellError(f"{shown(text)} n’est ni oui ni non.")


def name(text: str) -> str:
    """A last or first name: letters, and what joins them."""
    if wrong := WRONG_IN_A_NAME.search(unicodedata.normalize("NFC", text)):
        raise CellError(f"{shown(text)} n’est pas un nom : {quoted(wrong[0])} n’y a pas sa place.")
    if not any(map(str.isalpha, text)):
        raise CellError(f"{shown(text)} n’est pas un nom.")
    return _within(text, 80)


def last_name(text: str) -> str:
    return name(text).upper()


def first_name(text: str) -> str:
    """All in capitals, as Apogée gives it, becomes as people write it: JEAN-NOËL → Jean-Noël."""
    return as_people_write(name(text))


def both_names(text: str, header: str) -> tuple[str, str]:
    """Last and first name of "DE LA TOUR Anne", "Anne DE LA TOUR"; of two words, in the order of the title.

    Raises CellError where nothing tells one from the other.
    """
    words = name(text).split()
    capitals = [word for word in words if word.isupper() and len(word) > 1]
    others = [word for word in words if word not in capitals]
    if capitals and others and words in (capitals + others, others + capitals):
        return last_name(" ".join(capitals)), first_name(" ".join(others))
    if len(words) == 2:
        first, second = words
        last, given = (second, first) if folded(header).startswith("prenom") else (first, second)
        return last_name(last), first_name(given)
    raise CellError(
        f"{shown(text)}{NBSP}: rien ne dit où finit le nom. Écrire le nom en capitales, ou les deux dans "
        "deux colonnes."
    )


def gender(text: str) -> str:
    """ "F", "M" or "X"."""
    word = folded(text)
    for code, words in GENDERS.items():
        if word in words:
            return code
    raise CellError(f"{shown(text)} n’est pas une civilité : F, M, Mme, M., Féminin, Masculin…")


def email(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError as error:
        raise CellError(f"{shown(text)} n’est pas une adresse électronique.") from error
    return _within(text, 254)


def place(text: str) -> str:
    return _within(text, 80)


def address(text: str) -> str:
    return _within(text, 80)


def postal_code(text: str) -> str:
    """A postal code, of any country."""
    word = " ".join(text.split()).upper()
    if not re.fullmatch(r"[0-9A-Z][0-9A-Z -]{1,11}", word):
        raise CellError(f"{shown(text)} n’est pas un code postal : 59000, par exemple.")
    return word


def country(text: str) -> str:
    """Nothing for France, which an envelope does not say."""
    return "" if folded(text) == "france" else _within(text, 60)


def group(text: str) -> str:
    return _within(text, Group._meta.get_field("name").max_length or 0)


def company(text: str) -> str:
    return _within(text, Enrolment._meta.get_field("company").max_length or 0)


def series(text: str) -> str:
    return _within(text, Student._meta.get_field("baccalaureate_series").max_length or 0)


def semesters(text: str, those: tuple[int, int]) -> tuple[int, ...]:
    """The semesters taken among `those` of the year: "S3 S4", "S3 et S4", "4"."""
    words = folded(text).split()
    numbers = [int(word.removeprefix("s")) for word in words if re.fullmatch(r"s?[1-6]", word)]
    if not numbers or not set(numbers) <= set(those) or len(numbers) + words.count("et") != len(words):
        odd, even = those
        raise CellError(
            f"{shown(text)} : les semestres de la promotion sont « S{odd} », « S{even} », « S{odd} S{even} »."
        )
    return tuple(sorted(set(numbers)))


def _within(text: str, most: int) -> str:
    if len(text) > most:
        raise CellError(f"{len(text)} caractères, {most} au plus : {shown(text)}.")
    if why := refusal(text):
        raise CellError(why)
    return text


# ---------- born ----------


def birth_date(cell: Cell, *, since_1904: bool = False) -> datetime.date:
    """A date of birth: a spreadsheet's date, or a text in one of the usual orders (day first)."""
    born = serial_date(cell, since_1904=since_1904) or _written_date(_date_text(cell), cell.kind)
    if unlikely := unlikely_birth(born):
        raise CellError(unlikely)
    return born


def _date_text(cell: Cell) -> str:
    return cell.text if cell.kind == Kind.DATE else cell_text(cell)  # written out, as ISO 8601 has it


def _written_date(text: str, kind: Kind) -> datetime.date:
    day = re.sub(r"(?<=\d)[T ]\d{1,2}[:h]\d{2}.*$", "", text.strip())  # with an hour: 03/09/2005 00:00
    if kind == Kind.NUMBER and len(day) < 8:
        raise CellError(f"{shown(text)} est un nombre, pas une date. Mettre la colonne au format Date.")
    if re.fullmatch(r"\d{8}", day):
        year_first = day[:2] in ("19", "20") and 1 <= int(day[4:6]) <= 12
        order = (day[:4], day[4:6], day[6:]) if year_first else (day[4:], day[2:4], day[:2])
        return _date(text, *order)
    if parts := re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", day):
        return _date(text, parts[1], parts[2], parts[3])
    words = folded(day).removeprefix("le ").split()
    if len(words) == 3 and words[1] in MONTHS:
        words[0] = words[0].removesuffix("er")
        words[1] = str(MONTHS[words[1]])
    if len(words) == 3 and all(map(str.isdigit, words)) and len(words[2]) in (2, 4):
        return _date(text, words[2], words[1], words[0])
    raise CellError(f"{shown(text)} n’est pas une date : 03/09/2005, 2005-09-03 ou 3 septembre 2005.")


def _date(text: str, year: str, month: str, day: str) -> datetime.date:
    this = timezone.localdate().year
    century = int(year) + (this - this % 100 if len(year) == 2 else 0)
    if len(year) == 2 and century > this - 10:
        century -= 100
    if not 1 <= int(month) <= 12:
        raise CellError(
            f"{shown(text)}{NBSP}: le mois {int(month)} n’existe pas, le jour vient avant le mois."
        )
    try:
        return datetime.date(century, int(month), int(day))
    except ValueError as error:
        raise CellError(
            f"{shown(text)}{NBSP}: le {int(day)} {MONTH_NAMES[int(month) - 1]} {century} n’existe pas."
        ) from error


# ---------- from where ----------


def baccalaureate(text: str) -> str | None:
    """A baccalauréat by its type or its series, as the model codes it; None for one that is not known."""
    bac = folded(text)
    if bac in ("", "non renseigne", "inconnu", "sans", "neant"):
        return ""
    words = set(bac.split())
    if words & ELSEWHERE or "etrang" in bac:
        return Student.Baccalaureate.OTHER
    if words & TECHNOLOGICAL or "techno" in bac or bac == "t":
        return Student.Baccalaureate.TECHNOLOGICAL
    if words & PROFESSIONAL or "profession" in bac or bac == "p":
        return Student.Baccalaureate.PROFESSIONAL
    if words & GENERAL or "general" in bac or bac == "g":
        return Student.Baccalaureate.GENERAL
    if "autre" in words:
        return Student.Baccalaureate.OTHER
    return None


def modality(text: str) -> str:
    """The modality that a régime names; "" for one that says nothing of it."""
    words = set(folded(text).split())
    return next((code for code, names in REGIMES.items() if words & names), "")


TEXTS: Final[dict[str, Callable[[str], str | bool]]] = {
    "number": number,
    "ine": ine,
    "without_ine": yes_or_no,
    "last_name": last_name,
    "first_name": first_name,
    "usual_last_name": last_name,
    "usual_first_name": first_name,
    "gender": gender,
    "birth_place": place,
    "email": email,
    "baccalaureate_series": series,
    "parcoursup": number,
    "address": address,
    "address_more": address,
    "postal_code": postal_code,
    "city": place,
    "country": country,
    "group": group,
    "company": company,
}
"""How the text of each field is read; dates, types of baccalauréat and what is only checked are apart."""
