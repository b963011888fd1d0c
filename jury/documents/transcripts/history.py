"""The years before, as a transcript recalls them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from butrt.base import french
from jury.cases import past, wording
from jury.cases.case import Case
from jury.documents.transcripts.units import KNOWN
from jury.rules import VALIDATING, Code, Rcue, RcueVerdict, Unit, codes
from jury.rules.verdict import UnitVerdict


def history_of(case: Case, context: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The school years before this one, from BUT1 on: what each jury said of the year, then its competences.

    Each attempt as it was told then; what the level above acquires since says both.
    """
    history = []
    for year in range(1, case.student.year + 1):
        lower = year < case.student.year
        attempts = _attempts(case, year)
        for place, (school_year, lines) in enumerate(attempts.items(), start=1):
            last = place == len(attempts)
            sentence = _said_of_the_year(case, year, school_year, context["school_year"])
            rows = [
                row
                for rcue in case.cohort.rcues
                if rcue.year == year and (row := _attempt(case, rcue, lines, lower=lower, last=last))
            ]
            if not sentence and not rows:
                continue
            history.append(
                {
                    "year": f"BUT{year}",
                    "sentence": sentence or school_year,
                    "ects": _credits_of(case, year) if lower and last else "",
                    "rows": rows,
                }
            )
    return history


def codes_in(history: Iterable[Mapping[str, Any]]) -> set[Code]:
    """The codes that the earlier years print."""
    texts = [
        text
        for year in history
        for cells in ([year["sentence"]], *([*row["units"], row["rcue"]] for row in year["rows"]))
        for text in cells
    ]
    return {Code(word) for text in texts for word in re.findall(r"[A-Z][A-Z0-9]+", text) if word in KNOWN}


def _attempts(case: Case, year: int) -> dict[str, dict[str, past.PastLine]]:
    """What was said of each UE and RCUE of a year of the BUT, by school year, the oldest first.

    One without its school year ("") when the figures do not tell them apart, or when nothing was said.
    """
    names = {rcue.name for rcue in case.cohort.rcues if rcue.year == year}
    names |= {unit.code for unit in case.cohort.units if unit.year == year}
    lower = year < case.student.year
    if not past.is_kept(case):
        before = {name: line for name, line in past.before(case).items() if name in names}
        return {"": {name: line for name, line in before.items() if lower or line["school_year"]}}
    now = case.figures.context["school_year"]
    by_year: dict[str, list[past.PastLine]] = {
        step["school_year"]: []
        for step in case.person["path"]
        if step["subject"] == f"BUT{year}" and step["school_year"] != now
    }
    for line in case.person["past"]:
        if line["name"] in names:
            by_year.setdefault(line["school_year"], []).append(line)
    attempts = {school_year: past.last_words(by_year[school_year]) for school_year in sorted(by_year)}
    return attempts or ({"": {}} if lower else {})


def _said_of_the_year(case: Case, year: int, school_year: str, now: str) -> str:
    """ "2023-2024 : PASD, passe de droit"; every earlier school year when `school_year` is ""."""
    sentences = []
    for step in case.person["path"]:
        # The year judged here may have been said something of by an earlier jury of this school year.
        if step["subject"] != f"BUT{year}" or step["school_year"] == now:
            continue
        if school_year and step["school_year"] != school_year:
            continue
        words = codes.words(Code(step["code"]), "year", wording.gender(case))
        whence = past.other_parcours(case, step)
        sentences.append(f"{step['school_year']} : {step['code']}, {words}{f', {whence}' if whence else ''}")
    return " ; ".join(sentences)


def _credits_of(case: Case, year: int) -> str:
    """The credits that the UE of a lower year give, acquired since or not."""
    ects = [unit.ects for name, unit in case.verdict.units.items() if case.cohort.by_code[name].year == year]
    return french.short(sum(ects, Decimal(0))) if ects else ""


def _attempt(
    case: Case, rcue: Rcue, lines: Mapping[str, past.PastLine], *, lower: bool, last: bool
) -> dict[str, Any] | None:
    """A competence of an attempt at a year; None when nothing was said of it then."""
    latest = past.before(case)

    def now(name: str, verdicts: Mapping[str, Any]) -> Any:
        """What is decided now of a lower level, told once: beside its last word, else in the last attempt."""
        told_here = lines.get(name) == latest.get(name) if name in latest else last
        return verdicts.get(name) if lower and told_here else None

    units = [
        _unit_then(case, unit, lines.get(unit.code), now(unit.code, case.verdict.units))
        for unit in rcue.units
    ]
    whole, whole_now = lines.get(rcue.name), now(rcue.name, case.verdict.rcues)
    if not any(units) and whole is None and whole_now is None:
        return None
    return {
        "competence": rcue.competence,
        "level": rcue.level,
        "units": units,
        "rcue": _then(case, whole, whole_now),
    }


def _unit_then(case: Case, unit: Unit, then: past.PastLine | None, now: UnitVerdict | None) -> str:
    """ "UE11 11,50 ADM, 15 ECTS": as it was called then, with the credits that it gave then.

    What the level above acquires now says what it was.
    """
    if then is None and now is None:
        return ""
    if then is not None and (now is None or now.code in (None, then["code"])):
        earned = french.short(unit.ects if then["code"] in VALIDATING else Decimal(0))
        code, credits = then.get("subject", unit.code), then.get("credits") or earned
    else:
        assert now is not None  # else told as it was
        code, credits = unit.code, french.short(unit.ects if now.acquired else Decimal(0))
    return f"{code} {_then(case, then, now)}, {credits} ECTS"


def _then(case: Case, then: past.PastLine | None, now: UnitVerdict | RcueVerdict | None) -> str:
    """ "8,90 AJ", "8,90 ADSUP (AJ auparavant)", "10,50 ADM (8,90 AJ auparavant)"."""
    before = None if then is None else past.average(case, then)
    if now is None or (then is not None and now.code in (None, then["code"])):
        return f"{french.number(before)} {then['code']}" if then else "—"
    if now.code is None:
        return french.number(now.average)
    average = "" if then is None or before == now.average else f"{french.number(before)} "
    was = f" ({average}{then['code']} auparavant)" if then else ""
    return f"{french.number(now.average)} {now.code}{was}"
