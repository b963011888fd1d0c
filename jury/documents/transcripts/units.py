"""The table of a transcript: each UE with its elements, each RCUE."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from butrt.base import french
from butrt.base.french import NBSP
from grades.averages import shown
from jury.cases import past, wording
from jury.cases.aside import Aside, set_aside
from jury.cases.bonus import marks_in_words, points_in
from jury.cases.case import Case
from jury.cases.proceedings import Column
from jury.documents.transcripts.classmates import Classmates
from jury.rules import Code, ElementLine, codes
from jury.rules.rcue import rcue_by_hand
from jury.rules.sentences import rcue_sum
from jury.rules.ue_averages import with_bonus
from jury.rules.verdict import UnitVerdict

KNOWN = frozenset(map(str, Code))


NO_RESULT, NOT_DECIDED = "sans résultat", "non décidée"
"""A UE or a RCUE of who left: without any average, and with one that no jury decides."""


@dataclass
class TranscriptLine:
    """A line under a UE: an element with its coefficient and average, or a note across the columns."""

    display: str = ""
    title: str = ""
    marks: str = ""
    coefficient: str = ""
    average: str = ""
    note: str = ""
    figures: list[str] = field(default_factory=list)
    codes: set[str] = field(default_factory=set)


def competence_block(
    case: Case, column: Column, context: Mapping[str, Any], classmates: Classmates
) -> dict[str, Any]:
    """A competence: its UE with their elements, and how the RCUE comes from them."""
    units = [_unit(case, name, context, classmates) for name in column.units]
    rcue = _rcue(case, column, classmates) if column.rcue else None
    remarks = [unit["remark"] for unit in units] + ([rcue["remark"]] if rcue else [])
    return {
        "competence": column.competence,
        "title": column.title,
        "level": column.level,
        "units": units,
        "rcue": rcue,
        "remarks": [remark for remark in remarks if remark],
        "codes": {code for unit in units for line in unit["lines"] for code in line.codes},
    }


def _unit(case: Case, name: str, context: Mapping[str, Any], classmates: Classmates) -> dict[str, Any]:
    unit = case.verdict.units[name]
    lines = _lines(case, unit, context, classmates)
    decimals = case.cohort.regulation.decimals
    most = case.cohort.by_code[name].ects
    family = codes.family(unit.code) if unit.code else "slate"
    counted = sum((line.coefficient for line in unit.elements if line.average is not None), Decimal(0))
    by_hand = wording.unit_by_hand(unit, decimals)
    bonus = case.student.bonus.get(name)
    star = (
        bonus is None
        and by_hand is not None
        and by_hand != unit.average
        and shown(wording.unit_from_elements(unit), decimals) == unit.average
    )
    return {
        "name": name,
        "sign": codes.sign(unit.code) if unit.code else "" if case.gone else "…",
        "code": unit.code or "",
        "family": family,
        "words": _unit_words(case, unit),
        "ects": f"{french.short(unit.ects)} ECTS sur {french.short(most)}",
        "weight": french.short(counted) if counted else "",
        "average": french.number(unit.average),
        "star": star,
        "figures": classmates.figures("units", (unit.of.rcue, name), unit.average),
        "lines": lines,
        "marked": any(line.marks for line in lines),
        "remark": f"{name} : les moyennes affichées donnent {french.number(by_hand)}" if star else "",
    }


def _unit_words(case: Case, unit: UnitVerdict) -> str:
    if unit.code is None:
        if case.gone:
            return NO_RESULT if unit.average is None else NOT_DECIDED
        return "moyenne provisoire" if unit.average is not None else "en attente"
    return codes.words(unit.code, "unit")


def _lines(
    case: Case, unit: UnitVerdict, context: Mapping[str, Any], classmates: Classmates
) -> list[TranscriptLine]:
    """The elements of a UE, then what else made its average."""
    kept = case.kept(unit.unit)
    if kept is not None:
        when = f"en {past.year_and_jury(kept)}" if kept["school_year"] else "une année antérieure"
        return [TranscriptLine(note=f"Acquise {when}, gardée définitivement (4.3).")]
    if unit.unit in case.student.averages:
        lines = [TranscriptLine(note="Moyenne reçue d’un autre établissement.")]
    elif not unit.elements:
        lines = [TranscriptLine(note="Non évaluée cette année.")]
    elif all(line.state == "missing" for line in unit.elements if line.coefficient):
        reason = _gone(case) or "aucune note"
        lines = [TranscriptLine(note=f"Non évaluée : {reason}.")]
    else:
        lines = [
            _element_line(case, line, context, classmates)
            for line in unit.elements
            if line.coefficient or line.average is not None
        ]
    lines += [_aside_line(element, unit) for element in set_aside(context) if unit.unit in element.units]
    bonus = case.student.bonus.get(unit.unit)
    if bonus:
        word = "Bonus" if bonus > 0 else "Malus"
        earned = f"{'+' if bonus > 0 else '−'}{french.number(abs(bonus))}"
        lines.append(TranscriptLine(display=word, title=_by_the_rule(case, unit), average=earned))
    if (better := _earlier_average_kept(case, unit)) is not None:
        lines.append(TranscriptLine(note=better))
    return lines


def _aside_line(element: Aside, unit: UnitVerdict) -> TranscriptLine:
    """An element that nobody was assessed in this year: it is in no average."""
    title = "" if element.display.startswith(element.title) else f"{element.title}, "
    return TranscriptLine(
        element.display,
        f"{title}non évalué cette année{NBSP}: {element.motive}",
        coefficient=f"({french.short(element.units[unit.unit])})",
        average="—",
    )


def _by_the_rule(case: Case, unit: UnitVerdict) -> str:
    """ "Sport 14", the marks of the bonus rule; and what it gave, beside points added by hand."""
    points = points_in(case.person, unit.unit)
    if not points:
        return ""
    by_hand = case.student.bonus[unit.unit] != points
    return marks_in_words(case.person) + (f", pour {french.short(points)}" if by_hand else "")


def _gone(case: Case) -> str:
    status = case.person["status"]
    if not status:
        return ""
    since = case.person["status_since"]
    words = codes.words(Code(status), "year", wording.gender(case))
    return f"{words} {wording.since(Code(status), since)}" if since else words


def _element_line(
    case: Case, line: ElementLine, context: Mapping[str, Any], classmates: Classmates
) -> TranscriptLine:
    words = context["elements"].get(line.element, {"display": line.element, "title": ""})
    title = "" if words["display"].startswith(words["title"]) else words["title"]
    row = TranscriptLine(words["display"], title, coefficient=french.short(line.coefficient))
    element = case.student.elements.get(line.element)
    if element is not None:
        chance = [element.second_chance.code] if element.second_chance else []
        counts = Counter(code for code in (*(mark.code for mark in element.marks), *chance) if code)
        row.codes |= set(counts)
        marks = [f"{number} {code}" if number > 1 else code for code, number in sorted(counts.items())]
        if element.second_chance and element.second_chance.value is not None:
            marks.append("2e chance")
        row.marks = ", ".join(marks)
    average = shown(line.average, case.cohort.regulation.decimals)
    row.figures = classmates.figures("elements", line.element, average)
    if average is not None:
        row.average = french.number(average)
        return row
    row.average = "ATT" if line.state in ("ATT", "missing") else line.state
    row.marks = ""
    row.coefficient = f"({row.coefficient})"
    row.codes.add(row.average)
    return row


def _earlier_average_kept(case: Case, unit: UnitVerdict) -> str | None:
    """When an acquired UE was taken again and the earlier average, better, stays (4.3)."""
    here, earlier = wording.unit_from_elements(unit), case.student.earlier.get(unit.unit)
    if here is None or earlier is None or earlier.average is None:
        return None
    decimals = case.cohort.regulation.decimals
    new = shown(with_bonus(here, case.student.bonus.get(unit.unit, Decimal(0))), decimals)
    # What an earlier jury recorded is rounded at the thirtieth decimal: what is displayed is compared.
    if unit.average == new or unit.average != shown(Fraction(earlier.average), decimals):
        return None
    return (
        f"Cette année {french.number(new)} : la moyenne déjà acquise, "
        f"{french.number(unit.average)}, est meilleure et reste (4.3)."
    )


def _rcue(case: Case, column: Column, classmates: Classmates) -> dict[str, Any] | None:
    rcue = next(rcue for rcue in case.cohort.rcues if rcue.name == column.rcue)
    verdict = case.verdict.rcues.get(rcue.name)
    if verdict is None:
        return None
    joined = wording.joined(case, rcue, verdict)
    by_hand = rcue_by_hand(rcue, *joined, case.cohort.regulation) if joined else None
    star = by_hand is not None and by_hand != verdict.average
    return {
        "figures": classmates.figures("rcues", rcue.name, verdict.average),
        "sum": rcue_sum(rcue, *joined) if joined else "",
        "average": french.number(verdict.average, ""),
        "kept": verdict.average is not None and not joined,
        "star": star,
        "sign": codes.sign(verdict.code) if verdict.code else "",
        "code": verdict.code or "",
        "family": codes.family(verdict.code) if verdict.code else "slate",
        "words": codes.words(verdict.code, "rcue")
        if verdict.code
        else "en attente"
        if not case.gone
        else NO_RESULT
        if verdict.average is None
        else NOT_DECIDED,
        "remark": f"{column.competence} : les moyennes affichées donnent {french.number(by_hand)}"
        if star
        else "",
    }
