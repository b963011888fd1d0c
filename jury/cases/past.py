"""What is told of the past is told as it was: by the jury that gave it, in its school year (domain 3.8).

Everything here is read from the figures that a session froze: no query, nothing live. A PV closed before the
ledger was kept says only `path` and `since`; it goes on saying the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import groupby
from typing import Any

from butrt.base import french
from grades.averages import shown
from jury.cases.case import Case
from jury.rules import VALIDATING

PastLine = Mapping[str, Any]
"""A line of the ledger as documents have it: see `ledger_lines.LedgerLine.for_documents`."""


def is_kept(case: Case) -> bool:
    """Whether the figures say who gave each result; those frozen before the ledger do not."""
    return "past" in case.person


def last_words(lines: Iterable[PastLine]) -> dict[str, PastLine]:
    """The last word on each UE and RCUE: what is acquired gives way only to what acquires."""
    last: dict[str, PastLine] = {}
    for line in lines:
        known = last.get(line["name"])
        if known is None or known["code"] not in VALIDATING or line["code"] in VALIDATING:
            last[line["name"]] = line
    return last


def before(case: Case) -> dict[str, PastLine]:
    """The last word of earlier school years on each UE and RCUE, in the order in which they were said."""
    if is_kept(case):
        return last_words(case.person["past"])
    since = case.person.get("since", {})
    every = {**case.student.earlier, **case.student.earlier_rcues}
    return {
        name: {
            "name": name,
            "average": None if known.average is None else str(known.average),
            "code": str(known.code),
            "school_year": since.get(name, ""),
        }
        for name, known in every.items()
    }


def average(case: Case, line: PastLine) -> Any:
    """A line's average as it is displayed (Decimal); None when it has none."""
    return line["average"] and shown(Fraction(line["average"]), case.cohort.regulation.decimals)


# ---------- who gave it ----------


def jury_and_day(line: PastLine) -> str:
    """ "8 juillet 2024, jury S4 et année BUT2"; "2023-2024, autre IUT, relevé" when no day is known."""
    when = french.day(line["on"]) if line.get("on") else line["school_year"]
    return ", ".join(filter(None, (when, line.get("by", ""))))


def year_and_jury(line: PastLine) -> str:
    """ "2023-2024 (jury S4 et année BUT2)"."""
    by = line.get("by", "")
    return f"{line['school_year']} ({by})" if by else str(line["school_year"])


def path_in_words(case: Case) -> list[str]:
    """ "2023-2024 BUT1 PASD", the parcours beside when it was another one."""
    return [
        " ".join(
            filter(None, (line["school_year"], line["subject"], line["code"], other_parcours(case, line)))
        )
        for line in case.person["path"]
    ]


def other_parcours(case: Case, line: PastLine) -> str:
    """ "parcours Cybersécurité", when a line is of another parcours than the one followed; else ""."""
    parcours = line.get("parcours")
    if not parcours or parcours == case.programme["short"]:
        return ""
    return f"parcours {line.get('parcours_name') or parcours}"


def of_this_jury(case: Case, day: str) -> PastLine:
    """What a line says that this jury gives, on its day (ISO)."""
    context = case.figures.context
    title = str(context["title"])
    return {
        "school_year": context["school_year"],
        "on": day,
        "by": f"{title[:1].lower()}{title[1:]}",
    }


# ---------- diplomas ----------


def diploma_granted(case: Case, diploma: str) -> str:
    """ "DUT obtenu le 8 juillet 2023 (jury S4 et année BUT2)", when an earlier jury granted it; else ""."""
    line = case.person.get("diplomas", {}).get(diploma)
    if line is None:
        return ""
    when = f"le {french.day(line['on'])}" if line.get("on") else f"en {line['school_year']}"
    return f"{diploma} obtenu {when} ({line['by']})"


def diplomas_granted(case: Case) -> list[str]:
    """Those that earlier juries granted, each with its jury."""
    return [diploma_granted(case, diploma) for diploma in case.person.get("diplomas", {})]


# ---------- what the present parcours does not have ----------


def apart(case: Case, *, acquired_only: bool = False) -> list[str]:
    """The results of competences that the present cursus does not have, one text a competence and a year.

    "Surveiller le système d’information, niveau 1 : UE34 12,30 ADM, UE44 11,00 ADM, compétence 11,65 ADM
    (parcours Cybersécurité, 2023-2024)". `acquired_only` leaves out what was not acquired.
    """
    lines = [line for line in case.person.get("apart", ()) if not acquired_only or line["code"] in VALIDATING]
    last = {(_competence(line), line["school_year"], line["subject"]): line for line in lines}
    ordered = sorted(last.values(), key=lambda line: (line["school_year"], _competence(line)))
    return [
        _competence_apart(case, list(same))
        for _, same in groupby(ordered, key=lambda line: (line["school_year"], _competence(line)))
    ]


def _competence(line: PastLine) -> tuple[str, int]:
    return line["title"], line["level"] or 0


def _competence_apart(case: Case, lines: list[PastLine]) -> str:
    title, level = _competence(lines[0])
    results = ", ".join(
        " ".join(
            filter(
                None,
                (
                    "compétence" if line["kind"] == "rcue" else line["subject"],
                    french.number(average(case, line), ""),
                    line["code"],
                ),
            )
        )
        for line in lines
    )
    whence = other_parcours(case, lines[0]) or lines[0]["by"]
    head = f"{title}, niveau {level} : " if title else ""
    return f"{head}{results} ({', '.join(filter(None, (whence, lines[0]['school_year'])))})"
