"""One student's relevé de notes: every number that makes a UE, a RCUE and the year, and the years before."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from django.template.loader import render_to_string
from django.utils import timezone

from butrt.base import french
from butrt.base.canonical import canonical
from butrt.base.documents.codes import in_fours
from butrt.base.documents.kept import RenderedPdf
from butrt.base.documents.qr import mark
from butrt.base.documents.render import Attached, render_pdf
from butrt.base.french import plural
from jury.cases import cohortfile, outlook, past, wording
from jury.cases.proceedings import Case, Column, Proceedings
from jury.cases.spreads import FEWEST, Spread, Spreads
from jury.documents.transcripts import layout
from jury.models import Letterhead, Minutes
from jury.rules import VALIDATING, Code, ElementLine, Rcue, RcueVerdict, Unit, codes
from jury.rules.averages import shown
from jury.rules.following import Step
from jury.rules.values import UnitVerdict


def render_transcript(
    proceedings: Proceedings,
    student_id: str,
    *,
    minutes: Minutes | None = None,
    at: datetime | None = None,
    code: str = "",
    head: Letterhead | None = None,
) -> RenderedPdf:
    """Print a student's transcript, A4 portrait, one page or two, with their own data attached.

    `minutes` is the version of the PV that `proceedings` was read from; without it the transcript is
    provisional: it says so, and shows what the rules give, none of the jury's decisions. `at` is the
    moment of printing, which only a provisional one bears (now by default). `code` is that of the document
    given out (`jury.documents.issued`); without it, no square to check it. `head` is the department's
    letterhead; without it, the names that the session froze.
    Raises KeyError for an unknown student.
    """
    return render_pdf(
        **transcript_to_print(proceedings, student_id, minutes=minutes, at=at, code=code, head=head)
    )


def transcript_to_print(
    proceedings: Proceedings,
    student_id: str,
    *,
    minutes: Minutes | None = None,
    at: datetime | None = None,
    code: str = "",
    head: Letterhead | None = None,
) -> dict[str, Any]:
    """The arguments of `render_pdf`, plain data that another process can take."""
    moment = minutes.created_at if minutes else (at or timezone.now())
    case = proceedings.case(student_id)
    if minutes is None:
        case = replace(case, verdict=case.proposal, decisions=())
    source = proceedings.cohort_file if minutes else proceedings.bare_cohort
    alone = source | {"students": [each for each in source["students"] if each["id"] == student_id]}
    decisions = {"format": cohortfile.DECISIONS, "students": [cohortfile.verdict_to_json(case.verdict)]}
    context = proceedings.context
    page = transcript_page(proceedings, case, minutes=minutes, at=moment)
    page |= {"check": mark(code) if code else None, "head": head}
    cut = _html(page)
    doubtful = page["cut"] is not None and page["cut"].doubtful
    return {
        "html": _html(page | {"cut": None}) if doubtful else cut,
        "if_longer": cut if doubtful else "",
        "title": f"Relevé de notes, {case.name}, BUT{context['year']} {context['school_year']}"
        + ("" if minutes else ", provisoire"),
        "identifier": hashlib.sha256(
            f"{minutes.fingerprint if minutes else moment.isoformat()}/{student_id}".encode()
        ).digest()[:16],
        "attachments": [
            Attached(name, canonical(value).encode(), description, moment, "application/json")
            for name, value, description in (
                ("cohorte.json", alone, "Les notes, le programme et le règlement"),
                ("decisions.json", decisions, "Ce que les règles en tirent, avec les raisons"),
            )
        ],
        "created": moment,
    }


def _html(page: Mapping[str, Any]) -> str:
    return french.typeset(render_to_string("jury/documents/transcripts/transcript.html", page))


def transcript_page(
    proceedings: Proceedings, case: Case, *, minutes: Minutes | None, at: datetime
) -> dict[str, Any]:
    """The context of `jury/documents/transcript.html`."""
    context = proceedings.context
    classmates = Classmates.of(proceedings, minutes)
    blocks = [_block(case, column, context, classmates) for column in proceedings.columns_of(case)]
    history, apart = _history(case, context), past.apart(case, acquired_only=True)
    judged = case.cohort.judged(case.student)
    regulation = case.cohort.regulation
    return {
        "context": context,
        "case": case,
        "name": wording.civil_name(case.person),
        "birth": wording.birth(case.person),
        "diploma": wording.programme_name(context),
        "scope": _scope(context),
        "provisional": minutes is None,
        "printed": french.moment(at),
        "jury": _jury(minutes, context),
        "fingerprint": in_fours(minutes.fingerprint[:12]) if minutes else "",
        "outcome": _outcome(case, provisional=minutes is None),
        "ects": french.short(case.credits.year),
        "ects_most": french.short(case.credits.of_the_year),
        "total": french.short(case.credits.total),
        "total_most": french.short(case.credits.of_all),
        "blocks": blocks,
        "remarks": [remark for block in blocks for remark in block["remarks"]],
        "absent_codes": [
            f"{code} {words}"
            for code, words in wording.ABSENCES.items()
            if any(code in block["codes"] for block in blocks)
        ],
        "legend": wording.legend(wording.codes_used(case) | _codes_in(history), regulation),
        "regulation": wording.settings_in_words(regulation),
        "history": history,
        "apart": apart,
        "classmates": classmates,
        "fewest": FEWEST,
        "cut": layout.cut(blocks, history, apart, wide=classmates.told),
        "absences": _absences(case),
        "weightless": _weightless(case, context, judged),
        "judges_year": case.judges_year,
    }


# ---------- the head ----------


def _scope(context: Mapping[str, Any]) -> str:
    """ "Deuxième année (BUT2), semestres 3 et 4, 2024-2025"."""
    year = context["year"]
    semesters = wording.semesters(context)
    return f"{wording.YEARS[year].capitalize()} (BUT{year}), {semesters}, {context['school_year']}"


def _jury(minutes: Minutes | None, context: Mapping[str, Any]) -> str:
    if minutes is None:
        return ""
    dated = wording.dated_jury(context, minutes.content["session"]["date"])
    return f"{dated}, PV version {minutes.version}"


def _outcome(case: Case, *, provisional: bool) -> dict[str, Any]:
    """The decision in words, and what follows it."""
    year = case.verdict.year
    if provisional and not case.gone:
        return {
            "family": "gold",
            "code": "PROVISOIRE",
            "sign": "",
            "words": "Le jury n’est pas clos, rien n’est décidé",
            "next": "Les notes peuvent encore changer. Les codes sont ce que les règles donnent aujourd’hui.",
        }
    if year is None:
        waiting = {
            "family": "slate",
            "code": "",
            "sign": "",
            "words": "Décision en attente",
            "next": " ".join((outlook.sentence(case.following), *case.verdict.blocked)),
        }
        odd = waiting | {
            "words": f"Semestre {max(case.student.semesters)} : résultats des UE",
            "next": " ".join(
                [
                    "Les compétences (RCUE) et l’année se jugent au semestre pair.",
                    outlook.sentence(case.following),
                ]
            ),
        }
        return waiting if case.judges_year else odd
    words = codes.words(year, "year", wording.gender(case))
    if case.following.step is Step.CLOSED and year in codes.INTO_THE_NEXT:
        words += ", mais le semestre 5 ne s’ouvre pas encore"
    since = case.person["status_since"]
    when = f" {wording.since(year, since)}" if case.gone and since else ""
    return {
        "family": codes.family(year),
        "code": str(year),
        "sign": codes.sign(year),
        "words": f"{words[0].upper()}{words[1:]}{when}",
        "next": " ".join(
            part for part in (_acquired_in_words(case), outlook.sentence(case.following)) if part
        ),
    }


def _acquired_in_words(case: Case) -> str:
    total = len(case.year_rcues)
    if not total or not any(name in case.verdict.rcues for name in case.year_rcues):
        return ""
    noun = "compétence acquise" if case.acquired < 2 else "compétences acquises"
    return f"{case.acquired or 'Aucune'} {noun} sur {total}."


# ---------- the class ----------


@dataclass(frozen=True, slots=True)
class Classmates:
    """What the department wanted told of the class beside each average, the day its PV was made."""

    spreads: Spreads | None
    ranked: bool

    @classmethod
    def of(cls, proceedings: Proceedings, minutes: Minutes | None) -> Classmates:
        """Nothing on a provisional transcript, whose figures may still change, nor of too small a class."""
        wanted = (minutes.content.get("transcript") if minutes else None) or {}
        if sum(not case.gone for case in proceedings.cases) < FEWEST:
            return cls(None, ranked=False)
        return cls(proceedings.spreads if wanted.get("figures") else None, bool(wanted.get("rank")))

    @property
    def told(self) -> bool:
        """Whether anything is told."""
        return self.spreads is not None

    def figures(
        self, what: Literal["elements", "units", "rcues"], name: str, average: Decimal | None
    ) -> list[str]:
        """Mean, minimum, maximum, size (or "3 / 28", the rank), as columns; [] when nothing is wanted."""
        if self.spreads is None:
            return []
        spread: Spread | None = getattr(self.spreads, what).get(name)
        if spread is None:
            return ["", "", "", ""]
        if spread.size < FEWEST:
            return ["", "", "", str(spread.size)]
        rank = f"{spread.rank(average)} / " if self.ranked and average is not None else ""
        averages = (spread.mean, spread.lowest, spread.highest)
        return [*(french.number(each) for each in averages), f"{rank}{spread.size}"]


# ---------- competences ----------


KNOWN = frozenset(map(str, Code))
NO_RESULT, NOT_DECIDED = "sans résultat", "non décidée"
"""A UE or a RCUE of who left: without any average, and with one that no jury decides."""


@dataclass
class Line:
    """A line under a UE: an element with its coefficient and average, or a note across the columns."""

    display: str = ""
    title: str = ""
    marks: str = ""
    coefficient: str = ""
    average: str = ""
    note: str = ""
    figures: list[str] = field(default_factory=list)
    codes: set[str] = field(default_factory=set)


def _block(case: Case, column: Column, context: Mapping[str, Any], classmates: Classmates) -> dict[str, Any]:
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
        "figures": classmates.figures("units", name, unit.average),
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


def _lines(case: Case, unit: UnitVerdict, context: Mapping[str, Any], classmates: Classmates) -> list[Line]:
    """The elements of a UE, then what else made its average."""
    kept = case.kept(unit.unit)
    if kept is not None:
        when = f"en {past.year_and_jury(kept)}" if kept["school_year"] else "une année antérieure"
        return [Line(note=f"Acquise {when}, gardée définitivement (4.3).")]
    if unit.unit in case.student.averages:
        lines = [Line(note="Moyenne reçue d’un autre établissement.")]
    elif not unit.elements:
        lines = [Line(note="Non évaluée cette année.")]
    elif all(line.state == "missing" for line in unit.elements if line.coefficient):
        reason = _gone(case) or "aucune note"
        lines = [Line(note=f"Non évaluée : {reason}.")]
    else:
        lines = [
            _element_line(case, line, context, classmates)
            for line in unit.elements
            if line.coefficient or line.average is not None
        ]
    bonus = case.student.bonus.get(unit.unit)
    if bonus:
        word = "Bonus" if bonus > 0 else "Malus"
        lines.append(Line(display=word, average=f"{'+' if bonus > 0 else '−'}{french.number(abs(bonus))}"))
    if (better := _earlier_average_kept(case, unit)) is not None:
        lines.append(Line(note=better))
    return lines


def _gone(case: Case) -> str:
    status = case.person["status"]
    if not status:
        return ""
    since = case.person["status_since"]
    words = codes.words(Code(status), "year", wording.gender(case))
    return f"{words} {wording.since(Code(status), since)}" if since else words


def _element_line(case: Case, line: ElementLine, context: Mapping[str, Any], classmates: Classmates) -> Line:
    words = context["elements"].get(line.element, {"display": line.element, "title": ""})
    title = "" if words["display"].startswith(words["title"]) else words["title"]
    found = Line(words["display"], title, coefficient=french.short(line.coefficient))
    element = case.student.elements.get(line.element)
    if element is not None:
        chance = [element.second_chance.code] if element.second_chance else []
        counts = Counter(code for code in (*(mark.code for mark in element.marks), *chance) if code)
        found.codes |= set(counts)
        told = [f"{number} {code}" if number > 1 else code for code, number in sorted(counts.items())]
        if element.second_chance and element.second_chance.value is not None:
            told.append("2e chance")
        found.marks = ", ".join(told)
    average = shown(line.average, case.cohort.regulation.decimals)
    found.figures = classmates.figures("elements", line.element, average)
    if average is not None:
        found.average = french.number(average)
        return found
    found.average = "ATT" if line.state in ("ATT", "missing") else line.state
    found.marks = ""
    found.coefficient = f"({found.coefficient})"
    found.codes.add(found.average)
    return found


def _earlier_average_kept(case: Case, unit: UnitVerdict) -> str | None:
    """When an acquired UE was taken again and the earlier average, better, stays (4.3)."""
    here, earlier = wording.unit_from_elements(unit), case.student.earlier.get(unit.unit)
    if here is None or earlier is None or earlier.average is None:
        return None
    decimals = case.cohort.regulation.decimals
    bonus = Fraction(case.student.bonus.get(unit.unit, Decimal(0)))
    new = shown(min(Fraction(20), max(Fraction(0), here + bonus)), decimals)
    # What an earlier jury recorded is rounded at the thirtieth decimal: what is displayed is compared.
    if unit.average == new or unit.average != shown(Fraction(earlier.average), decimals):
        return None
    return (
        f"Cette année {french.number(new)} : la moyenne déjà acquise, "
        f"{french.number(unit.average)}, est meilleure et reste (4.3)."
    )


def _rcue(case: Case, column: Column, classmates: Classmates) -> dict[str, Any] | None:
    rcue = next(each for each in case.cohort.rcues if each.name == column.rcue)
    verdict = case.verdict.rcues.get(rcue.name)
    if verdict is None:
        return None
    joined = wording.rcue_is_joined(case, rcue, verdict)
    by_hand = wording.rcue_by_hand(case, rcue) if joined else None
    star = by_hand is not None and by_hand != verdict.average
    return {
        "figures": classmates.figures("rcues", rcue.name, verdict.average),
        "sum": wording.rcue_sum(case, rcue) if joined else "",
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


# ---------- the foot ----------


def _history(case: Case, context: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The school years before this one, from BUT1 on: what each jury said of the year, then its competences.

    Each attempt as it was told then; what the level above acquires since says both.
    """
    history = []
    for year in range(1, case.student.year + 1):
        lower = year < case.student.year
        attempts = _attempts(case, year)
        for place, (school_year, lines) in enumerate(attempts.items(), start=1):
            last = place == len(attempts)
            said = _said_of_the_year(case, year, school_year, context["school_year"])
            rows = [
                row
                for rcue in case.cohort.rcues
                if rcue.year == year and (row := _attempt(case, rcue, lines, lower=lower, last=last))
            ]
            if not said and not rows:
                continue
            history.append(
                {
                    "year": f"BUT{year}",
                    "said": said or school_year,
                    "ects": _credits_of(case, year) if lower and last else "",
                    "rows": rows,
                }
            )
    return history


def _codes_in(history: Iterable[Mapping[str, Any]]) -> set[Code]:
    """The codes that the earlier years print."""
    texts = [
        text
        for each in history
        for text in (each["said"], *(told for row in each["rows"] for told in (*row["units"], row["rcue"])))
    ]
    return {Code(word) for text in texts for word in re.findall(r"[A-Z][A-Z0-9]+", text) if word in KNOWN}


def _attempts(case: Case, year: int) -> dict[str, dict[str, past.Told]]:
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
    said: dict[str, list[past.Told]] = {
        each["school_year"]: []
        for each in case.person["path"]
        if each["subject"] == f"BUT{year}" and each["school_year"] != now
    }
    for line in case.person["past"]:
        if line["name"] in names:
            said.setdefault(line["school_year"], []).append(line)
    attempts = {school_year: past.last_words(said[school_year]) for school_year in sorted(said)}
    return attempts or ({"": {}} if lower else {})


def _said_of_the_year(case: Case, year: int, school_year: str, now: str) -> str:
    """ "2023-2024 : PASD, passe de droit"; every earlier school year when `school_year` is ""."""
    said = []
    for each in case.person["path"]:
        # The year judged here may have been said something of by an earlier jury of this school year.
        if each["subject"] != f"BUT{year}" or each["school_year"] == now:
            continue
        if school_year and each["school_year"] != school_year:
            continue
        words = codes.words(Code(each["code"]), "year", wording.gender(case))
        whence = past.other_parcours(case, each)
        said.append(f"{each['school_year']} : {each['code']}, {words}{f', {whence}' if whence else ''}")
    return " ; ".join(said)


def _credits_of(case: Case, year: int) -> str:
    """The credits that the UE of a lower year give, acquired since or not."""
    ects = [unit.ects for name, unit in case.verdict.units.items() if case.cohort.by_code[name].year == year]
    return french.short(sum(ects, Decimal(0))) if ects else ""


def _attempt(
    case: Case, rcue: Rcue, lines: Mapping[str, past.Told], *, lower: bool, last: bool
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


def _unit_then(case: Case, unit: Unit, then: past.Told | None, now: UnitVerdict | None) -> str:
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


def _then(case: Case, then: past.Told | None, now: UnitVerdict | RcueVerdict | None) -> str:
    """ "8,90 AJ", "8,90 ADSUP (AJ auparavant)", "10,50 ADM (8,90 AJ auparavant)"."""
    before = None if then is None else past.average(case, then)
    if now is None or (then is not None and now.code in (None, then["code"])):
        return f"{french.number(before)} {then['code']}" if then else "—"
    if now.code is None:
        return french.number(now.average)
    average = "" if then is None or before == now.average else f"{french.number(before)} "
    was = f" ({average}{then['code']} auparavant)" if then else ""
    return f"{french.number(now.average)} {now.code}{was}"


def _absences(case: Case) -> str:
    absences = case.person["absences"]
    numbers = [
        f"{absences[kind]} {word}{plural(absences[kind])}"
        for kind, word in (("unjustified", "injustifiée"), ("justified", "justifiée"))
        if absences[kind]
    ]
    return f"en demi-journées : {', '.join(numbers)}" if numbers else "aucune"


def _weightless(case: Case, context: Mapping[str, Any], judged: Any) -> str:
    """The elements of coefficient 0, that no average counts."""
    names = {name for unit in judged for name, coefficient in unit.coefficients.items() if not coefficient}
    displays = sorted(context["elements"][name]["display"] for name in names if name in context["elements"])
    return ", ".join(displays)
