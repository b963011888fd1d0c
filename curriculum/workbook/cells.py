"""What a cell may hold: read to a value, or refused with what to do; said to the spreadsheet likewise."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

from butrt.base import french
from butrt.base.documents.characters import refusal
from butrt.base.exactjson import plain
from butrt.base.spreadsheets import Cell, Kind, plain_number
from butrt.base.spreadsheets.writing import printable
from butrt.base.words import plain_letters

if TYPE_CHECKING:
    from openpyxl.worksheet.datavalidation import DataValidation

PLACES = {1: "une décimale", 2: "deux décimales", 3: "trois décimales"}
# What no cell of ours holds, and what to do of it.
UNFIT = {
    Kind.FORMULA: "Cette case contient une formule : y écrire",
    Kind.DATE: "Le tableur a fait une date de cette case : la mettre au format Nombre, et y écrire",
    Kind.PERCENT: "Cette case est en pourcentage : la mettre au format Nombre, et y écrire",
    Kind.BOOLEAN: "Cette case dit vrai ou faux : y écrire",
    Kind.ERROR: "Cette case est en erreur : y écrire",
}


class Unfit(ValueError):
    """Why a cell is not accepted, in French, with what to do."""


class Value(Protocol):
    """What the cells of a column may hold."""

    def read(self, cell: Cell | None) -> Any:
        """The value of a cell (None: empty). Raises `Unfit`."""

    def validation(self) -> DataValidation | None:
        """The same, said to the spreadsheet, which refuses the rest while it is typed."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text of some length; a number typed for a code is one."""

    most: int
    needed: bool = True

    def read(self, cell: Cell | None) -> str:
        if cell is None:
            if self.needed:
                raise Unfit("Cette case est vide : la remplir.")
            return ""
        if cell.kind in UNFIT:
            raise Unfit(_unfit(cell.kind, "le texte"))
        text = words(plain_number(cell.text) if cell.kind == Kind.NUMBER else cell.text)
        if len(text) > self.most:
            raise Unfit(f"Ce texte a {len(text)} caractères : l’abréger, {self.most} au plus.")
        if reason := refusal(text):
            raise Unfit(reason)
        return text

    def validation(self) -> DataValidation | None:
        return None


@dataclass(frozen=True, slots=True)
class Number:
    """An exact number, within bounds; `empty` is what an empty cell means, None when it may not be empty."""

    most: Decimal | int
    least: Decimal | int = 0
    places: int = 0
    empty: int | None = None

    @property
    def says(self) -> str:
        what = "un nombre" if self.places else "un nombre entier"
        bounds = f"{what} de {shown(self.least)} à {shown(self.most)}"
        return f"{bounds}, {PLACES[self.places]} au plus" if self.places else bounds

    def read(self, cell: Cell | None) -> Decimal | int:
        if cell is None:
            if self.empty is None:
                raise Unfit(f"Cette case est vide : écrire {self.says}.")
            return self.empty
        if cell.kind in UNFIT:
            raise Unfit(_unfit(cell.kind, self.says))
        number = decimal(cell)
        if number is None:
            raise Unfit(f"« {cell.text.strip()[:40]} » n’est pas un nombre : écrire {self.says}.")
        if not self.least <= number <= self.most or number != round(number, self.places):
            raise Unfit(f"{shown(number)} ne convient pas : écrire {self.says}.")
        return number if self.places else int(number)

    def validation(self) -> DataValidation | None:
        from openpyxl.worksheet.datavalidation import DataValidation

        return DataValidation(
            type="decimal" if self.places else "whole",
            operator="between",
            formula1=plain(self.least),
            formula2=plain(self.most),
            allow_blank=self.empty is not None,
            showErrorMessage=True,
            errorTitle="Valeur refusée",
            error=f"Écrire {self.says}.",
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words, whatever their capitals and accents."""

    words: Mapping[str, Any]

    @property
    def says(self) -> str:
        return " ou ".join(f"« {word} »" for word in self.words)

    def read(self, cell: Cell | None) -> Any:
        if cell is not None and cell.kind in UNFIT:
            raise Unfit(_unfit(cell.kind, self.says))
        text = fold(cell.text) if cell else ""
        for word, value in self.words.items():
            if text in (fold(word), f"{fold(word)}s"):
                return value
        about = f"« {cell.text.strip()[:40]} » n’est pas connu" if cell else "Cette case est vide"
        raise Unfit(f"{about} : écrire {self.says}.")

    def word_for(self, value: Any) -> str:
        return next(word for word, meant in self.words.items() if meant == value)

    def validation(self) -> DataValidation | None:
        from openpyxl.worksheet.datavalidation import DataValidation

        return DataValidation(
            type="list",
            formula1=f'"{",".join(self.words)}"',
            allow_blank=False,
            showErrorMessage=True,
            errorTitle="Valeur refusée",
            error=f"Écrire {self.says}.",
        )


def _unfit(kind: Kind, says: str) -> str:
    return f"{UNFIT[kind]} {says}."


def decimal(cell: Cell) -> Decimal | None:
    """The number of a cell, also one typed as a text: "1 234,5", "11.5"; None when it is not one."""
    text = plain_number(cell.text) if cell.kind in (Kind.NUMBER, Kind.FORMULA) else cell.text
    return french.decimal("".join(text.split()))


def shown(number: Decimal | int) -> str:
    """A number as French writes it: 9999.99 → "9999,99", with the typographer's minus."""
    return french.short(number).replace("-", "−")


def words(text: str) -> str:
    """A text with its spaces made one: what stays of it whatever a spreadsheet did."""
    return " ".join(unicodedata.normalize("NFC", printable(text)).split())


def fold(text: str) -> str:
    """A text to be found again: neither capitals, nor accents, nor spaces twice."""
    return " ".join(plain_letters(text).casefold().split())
