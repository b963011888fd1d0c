"""How French is written, on the screen and on paper: spaces, numbers, counts, names, dates."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format, time_format

from butrt.base.exactjson import plain
from butrt.base.words import folded

NBSP = "\N{NO-BREAK SPACE}"
MOMENT = "j F Y à G \\h i"  # as Django writes it: "8 juillet 2025 à 16 h 52"


def typeset(text: str) -> str:
    """Keep « : ; ? ! % » and quotation marks with their words, as French typography wants."""
    return re.sub(r" (?=[:;?!%»])|(?<=«) ", NBSP, text)


def quoted(text: str) -> str:
    """ "« Camille »", in one piece."""
    return f"«{NBSP}{text}{NBSP}»"


# ---------- numbers ----------


def number(value: Decimal | int | str | None, empty: str = "—") -> str:
    """10.50 → "10,50": the digits are kept as they are, rounding belongs to the rules; `empty` for None."""
    if value is None or value == "":
        return empty
    return (f"{value:f}" if isinstance(value, Decimal) else str(value)).replace(".", ",")


def short(value: Decimal | int | None) -> str:
    """A number as a person types it, no useless zero: 14.50 → "14,5", 12.00 → "12"; "" for None."""
    return "" if value is None else number(plain(value))


# ---------- counts and lists ----------


def is_plural(value: float | Decimal) -> bool:
    """From two on: nought is singular ("0 note")."""
    return not -2 < value < 2


def plural(value: float | Decimal, one: str = "", many: str = "s") -> str:
    """The word, or the end of one, that goes with a number: "" or "s"."""
    return many if is_plural(value) else one


def several(value: int, one: str, many: str = "") -> str:
    """ "1 note attendue", "2 notes attendues"; without `many`, an s does: "2 notes"."""
    return f"{value} {plural(value, one, many or f'{one}s')}"


def size(octets: int) -> str:
    """Of a file, in whole units: 2 * 2**20 → "2 Mo", 64 * 2**10 → "64 Ko"."""
    return f"{octets // 2**20}{NBSP}Mo" if octets >= 2**20 else f"{octets // 2**10}{NBSP}Ko"


def listed(names: Sequence[str]) -> str:
    """UE35 et UE45; UE11, UE12 et UE13; "" for none."""
    return " et ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


# ---------- names ----------


def of(name: str) -> str:
    """ "de Béatrice Vaucresson", "d’Olivier Lenoir-Passy", "d’Hélène Marchetti", "du directeur".

    A y is elided before a consonant: "d’Yves", but "de Yann".
    """
    if name.startswith(("le ", "les ")):
        return f"d{'u' if name.startswith('le ') else 'es'} {name.partition(' ')[2]}"
    return f"d’{name}" if re.match(r"[aeiouhœæ]|y[^aeiou]", folded(name[:2])) else f"de {name}"


# ---------- dates ----------


def date(when: datetime.date | str, style: str = "j F Y") -> str:
    """ "8 juillet 2025", "1er mars 2005": Django's, a moment being told in the time of the place.

    An ISO form will do, and any style of Django's.
    """
    local_day = local(when) if isinstance(when, str | datetime.datetime) else when
    return date_format(local_day, style.replace("j F", "j\\e\\r F") if local_day.day == 1 else style)


def day(when: datetime.date | str) -> str:
    """ "8 juillet 2025", in one piece."""
    return date(when).replace(" ", NBSP)


def full_day(when: datetime.date | str) -> str:
    """ "mardi 8 juillet 2025", in one piece."""
    return date(when, "l j F Y").replace(" ", NBSP)


def local(moment: datetime.datetime | str) -> datetime.datetime:
    """A moment, or its ISO form, in the time of the place."""
    instant = datetime.datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return timezone.localtime(instant) if timezone.is_aware(instant) else instant


def hour(when: datetime.datetime | datetime.time | str) -> str:
    """ "14 h 06", in one piece: of a moment or an hour of the day, or of its ISO form."""
    if isinstance(when, str):
        when = local(when) if "-" in when else datetime.time.fromisoformat(when)
    elif isinstance(when, datetime.datetime):
        when = local(when)
    return time_format(when, "G \\h i").replace(" ", NBSP)


def moment(when: datetime.datetime | str) -> str:
    """ "8 juillet 2025 à 16 h 52"."""
    return f"{day(when)} à {hour(when)}"


# ---------- any value ----------


def in_words(value: Any, nothing: str = "") -> str:
    """A value as a sentence says it: "8,5", "oui", "8 juillet 2025"; `nothing` for none."""
    if value is None or value in ("", [], {}):
        return nothing
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, list):
        return ", ".join(map(in_words, value))
    if isinstance(value, dict):
        return ", ".join(f"{key} : {in_words(item)}" for key, item in value.items())
    if isinstance(value, Decimal):
        return short(value)
    if isinstance(value, datetime.time):
        return hour(value)
    if isinstance(value, datetime.date):
        return date(value)
    return str(value).replace("\r\n", "\n")
