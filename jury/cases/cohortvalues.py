"""The values of a cohort file, each checked as it is read; what is wrong says where and what was expected."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeVar

from butrt.base.exactjson import legible
from grades.averages import TWENTY
from jury.rules import Code

Object = dict[str, Any]
T = TypeVar("T")


NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,40})?")


LARGEST_COUNT = 1000


class CohortError(ValueError):
    """What is wrong in a cohort file, where, and what was expected; said in French.

    `path` is the way to the field, `who` the student.
    """

    def __init__(self, message: str, path: str = "", who: str = "") -> None:
        super().__init__(message, path, who)
        self.message, self.path, self.who = message, path, who

    def under(self, field: str) -> CohortError:
        """The same error, seen from the object that holds the field."""
        separator = "" if not self.path or self.path.startswith("[") else "."
        return CohortError(self.message, f"{field}{separator}{self.path}", self.who)

    def of(self, who: str) -> CohortError:
        return CohortError(self.message, self.path, who)

    def __str__(self) -> str:
        where = ", ".join(legible(part, 120) for part in (self.who, self.path) if part)
        return f"{where} : {self.message}" if where else self.message


def at(field: str, read: Callable[..., T], *arguments: Any) -> T:
    """Read a field; what is wrong in it is said to be there."""
    try:
        return read(*arguments)
    except CohortError as error:
        raise error.under(field) from None


def fields(obj: Any, known: Collection[str], required: Collection[str] = ()) -> None:
    for field in object_of(obj):
        if field not in known:
            raise CohortError(f"champ inconnu ; possibles : {', '.join(sorted(known))}.", field)
    for field in required:
        if field not in obj:
            raise CohortError("ce champ manque.", field)


def object_of(value: Any) -> Object:
    if type(value) is not dict:
        raise CohortError(f"un objet {{…}} est attendu, trouvé {quoted(value)}.")
    return value


def list_of(value: Any, field: str = "") -> list[Any]:
    if type(value) is not list:
        raise CohortError(f"une liste […] est attendue, trouvé {quoted(value)}.", field)
    return value


def text(value: Any) -> str:
    if type(value) is not str:
        raise CohortError(f"un texte entre guillemets est attendu, trouvé {quoted(value)}.")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise CohortError("ce texte contient un caractère impossible à écrire en UTF-8.") from None
    return value


def number(value: Any) -> Decimal:
    if type(value) is not str:
        raise CohortError(f'un nombre entre guillemets est attendu, comme "9.5", trouvé {quoted(value)}.')
    return decimal(value)


@lru_cache(maxsize=8192)
def decimal(text: str) -> Decimal:
    if not NUMBER.fullmatch(text):
        hint = ", avec un point et non une virgule" if "," in text else ""
        raise CohortError(f'{quoted(text)} n’est pas un nombre comme "9.5"{hint}.')
    return Decimal(text)


def positive(value: Any) -> Decimal:
    read = number(value)
    if read < 0:
        raise CohortError(f"{legible(value)} est au-dessous de 0.")
    return read


def ects(value: Any) -> Decimal:
    ects = positive(value)
    if len(value.partition(".")[2]) > 6:  # credits are added as decimals: few digits keep the sum exact
        raise CohortError(f"{legible(value)} a plus de 6 décimales.")
    return ects


def average(value: Any) -> Decimal:
    average = positive(value)
    if average > TWENTY:
        raise CohortError(f"{legible(value)} dépasse le maximum, 20.")
    return average


def integer(value: Any, lowest: int, highest: int) -> int:
    if type(value) is not int or not lowest <= value <= highest:
        raise CohortError(f"un entier de {lowest} à {highest} est attendu, trouvé {quoted(value)}.")
    return value


def choice(value: Any, choices: Collection[str]) -> Any:
    if type(value) is not str or value not in choices:
        raise CohortError(f"{quoted(value)} n’est pas possible ; au choix : {', '.join(choices)}.")
    return value


def code(value: Any, codes: Collection[Code]) -> Code:
    if type(value) is not str or value not in codes:
        known = listed_codes(codes)
        raise CohortError(f"le code {quoted(value)} n’est pas possible ici ; au choix : {known}.")
    return Code(value)


def listed_codes(codes: Collection[Code]) -> str:
    return ", ".join(code for code in Code if code in codes)


def boolean(value: Any) -> bool:
    if type(value) is not bool:
        raise CohortError(f"true ou false est attendu, trouvé {quoted(value)}.")
    return value


def known(value: Any, known: Mapping[str, object], otherwise: str = "n’est pas dans la cohorte.") -> str:
    if type(value) is not str or value not in known:
        raise CohortError(f"{quoted(value)} {otherwise}")
    return value


def quoted(value: Any) -> str:
    """What was found, as the file writes it, cut if it is long, without what it holds."""
    if type(value) in (dict, list):
        return "{…}" if type(value) is dict else "[…]"
    return legible(json.dumps(value, ensure_ascii=False, default=str))
