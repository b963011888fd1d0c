"""The HTML of a row of the table, written at once: 150 rows of 25 cells are too many for a template.

Everything that comes from outside is escaped here; averages and codes are ours.
"""

from __future__ import annotations

from decimal import Decimal
from html import escape

from django.urls import reverse
from django.utils.safestring import SafeString

from butrt.base import french
from jury.cases.case import Case
from jury.cases.past import other_parcours
from jury.cases.proceedings import Proceedings
from jury.models import Session
from jury.room.table import CaseRow, earlier, year_rank
from jury.rules import Code, RcueVerdict, UnitVerdict, codes
from jury.templatetags.decisions import BY_PERSON

BLOCKED = (
    '<span class="code k-slate"><span class="stamp">'
    '<span class="sign" aria-hidden="true">…</span>Bloqué</span></span>'
)


NOT_THEIRS = '<td class="n ue"></td>'
"""The cell of a competence that a student's programme does not have: thousands, in five parcours."""


class Writer:
    """Writes the rows of one session: what is the same from a row to the next is worked out once."""

    def __init__(self, session: Session, proceedings: Proceedings, *, decides: bool = False) -> None:
        self.proceedings = proceedings
        self.decides = decides
        self.several = len(proceedings.parts) > 1
        self.minimum = proceedings.cohort.regulation.rcue_minimum
        pattern = reverse("jury:card", args=[session.pk, "NUMBER"])
        self.before, self.after = pattern.split("NUMBER")

    def row(self, row: CaseRow, *, hidden: bool = False, first: bool = False) -> SafeString:
        """A <tr>: `data-k` its standing then its signals, `data-n` how many acquired, `data-i` its place."""
        case = row.case
        keys = " ".join([row.standing, *sorted(row.signals)])
        return SafeString(
            f'<tr id="r-{escape(case.id)}" data-k="{keys}" data-n="{row.acquired}" data-i="{row.place}"'
            f' data-td="{escape(row.group)}"{self._programme_data(case)}'
            f'{" hidden" if hidden else ""} tabindex="{0 if first else -1}">{self.cells(row)}</tr>'
        )

    def cells(self, row: CaseRow) -> SafeString:
        """The cells of a row, the name first: what the live page replaces."""
        case, person, verdict = row.case, row.case.person, row.case.verdict
        pick = ""
        if self.decides and case.judges_year and case.undecided:
            pick = (
                f'<input class="pick" type="checkbox" name="students" value="{escape(case.id)}" '
                f'form="together" tabindex="-1" aria-label="Choisir {escape(case.name)}">'
            )
        parts = [
            f'<th scope="row" class="who" data-team="{escape(row.group)}">{pick}'
            f'<a href="{self.before}{escape(case.id)}{self.after}">'
            f"{escape(case.last_name)} <span>{escape(case.first_name)}</span></a>"
            f"{self._programme(case)}</th>",
        ]
        if self.proceedings.tells_year:
            parts.append(self._year(row))
        parts.append(
            f'<td class="n acq"><b>{row.acquired}</b><span class="faint">/{self._total(case)}</span></td>'
        )
        for column in self.proceedings.columns:
            if not self.proceedings.has(case, column):
                parts += [NOT_THEIRS] * (len(column.units) + bool(column.rcue))
                continue
            for name in column.units:
                unit = verdict.units.get(name)
                parts.append(unit_cell(unit, (unit and case.kept_since(name)) or ""))
            if column.rcue:
                parts.append(rcue_cell(verdict.rcues.get(column.rcue), column.key, self.minimum))
        step = case.next
        sign = f'<span class="sign" aria-hidden="true">{step["sign"]}</span>'
        words = f'<span class="k-{step["family"]}">{sign}</span> {escape(step["words"])}'
        unjustified = person["absences"]["unjustified"]
        parts += [
            f'<td class="n ects" data-h="ECTS">{french.number(verdict.ects_year)}</td>',
            f'<td class="next" data-v="{escape(step["words"])}">{words}</td>',
            f'<td class="n mean">{french.number(row.mean.mean, "") if row.mean else ""}</td>',
            f'<td class="n mean">{row.mean.rank if row.mean else ""}</td>',
            f'<td class="near num">{self._near(case)}</td>',
            f'<td class="n abs">{unjustified}</td>',
            f'<td class="path" data-v="{escape(" ".join(earlier(case)))}">{self._path(case)}</td>',
        ]
        return SafeString("".join(parts))

    def _programme(self, case: Case) -> str:
        """Their parcours, where the table shows several."""
        return (
            f' <small class="programme-label">{escape(case.programme_label)}</small>' if self.several else ""
        )

    def _programme_data(self, case: Case) -> str:
        if not self.several:
            return ""
        return f' data-programme="{escape(case.programme_label)}" data-regime="{escape(case.regime)}"'

    def _total(self, case: Case) -> int:
        return len(case.year_rcues) if case.judges_year else len(case.cohort.judged(case.student))

    def _year(self, row: CaseRow) -> str:
        case, distance = row.case, row.case.distance
        shown = BLOCKED if row.standing == "blocked" else code_stamp(case.verdict.year, case.gender)
        if not case.judges_year and not case.verdict.year:
            shown = SafeString("")  # its year is not decided here
        missing = decide = ""
        if distance and row.standing == "todo":
            missing = (
                f' <span class="miss"><b>{french.number(distance.points)}</b>'
                f'<span class="vh"> point manque en</span> {escape(distance.unit)}</span>'
            )
        if self.decides and case.undecided:
            address = f"{self.before}{escape(case.id)}{self.after}#h-dec"
            decide = (
                f' <a class="here" data-here tabindex="-1" href="{address}">'
                f'Décider<span class="vh"> ici</span></a>'
            )
        by = f' title="{escape(row.decided)}"' if row.decided else ""
        return f'<td class="year" data-v="{year_rank(case)}"{by}>{shown}{missing}{decide}</td>'

    def _near(self, case: Case) -> str:
        if not (distance := case.distance):
            return ""
        towards = f"{escape(distance.unit)} → {escape(distance.gives)}"
        return f'<b>{french.number(distance.points)}</b> <span class="faint">{towards}</span>'

    def _path(self, case: Case) -> str:
        return "<br>".join(
            f'<span class="{"k-" + codes.family(Code(year["code"]))}"><b class="sign" aria-hidden="true">'
            f"{codes.sign(Code(year['code']))}</b></span>{escape(year['subject'])} {escape(year['code'])} "
            f'<span class="faint">{escape(year["school_year"][:4])}'
            f"{escape(f' {whence}') if (whence := other_parcours(case, year)) else ''}</span>"
            for year in case.person["path"]
        )


def unit_cell(unit: UnitVerdict | None, kept: str) -> str:
    """A UE acquired by its average has neither colour nor sign: only what there is to read stands out."""
    if unit is None or (unit.average is None and unit.code is None):
        return '<td class="n ue none">—<span class="vh"> pas de moyenne</span></td>'
    text = french.number(unit.average)
    if unit.code is None:
        return _cell("ue k-slate c", text, "…", "provisoire")
    if unit.code == Code.ADM:
        acquired = f"acquise en {escape(kept)}"
        since = (
            f'<sup title="{acquired}">{escape(kept[-2:])}</sup><span class="vh"> {acquired}</span>'
            if kept
            else ""
        )
        return f'<td class="n ue">{text}{since}</td>'
    return _cell(f"ue k-{codes.family(unit.code)} c", text, codes.sign(unit.code), codes.words(unit.code))


def rcue_cell(rcue: RcueVerdict | None, head: str, minimum: Decimal) -> str:
    """A RCUE; under the minimum that closes the passage it is underlined twice."""
    named = f' data-h="{escape(head)}"'
    if rcue is None or (rcue.average is None and rcue.code is None):
        return f'<td class="n rcue"{named}>—<span class="vh"> pas de moyenne</span></td>'
    text = french.number(rcue.average)
    if rcue.code is None:
        return _cell("rcue k-slate c", text, "…", "provisoire", named)
    low = rcue.code == Code.AJ and rcue.average is not None and rcue.average < minimum
    css = f"rcue k-{codes.family(rcue.code)} c{' low' if low else ''}"
    return _cell(css, text, codes.sign(rcue.code), codes.words(rcue.code, "rcue"), named)


def code_stamp(code: Code | None, gender: codes.Gender) -> str:
    """The year's code as templates/jury/_code.html shows it, its words for screen readers."""
    by = " by" if code in BY_PERSON else ""
    sign, words = codes.sign(code), codes.words(code, "year", gender)
    spoken = f'<span class="vh"> {words}</span>' if code else ""
    return (
        f'<span class="code k-{codes.family(code)}{by}{"" if code else " todo"}"><span class="stamp">'
        f'<span class="sign" aria-hidden="true">{sign}</span>{code or words}</span>{spoken}</span>'
    )


def _cell(css: str, text: str, sign: str, words: str, attributes: str = "") -> str:
    return (
        f'<td class="n {css}"{attributes}>{text}<span class="sign" aria-hidden="true">{sign}</span>'
        f'<span class="vh"> {words}</span></td>'
    )
