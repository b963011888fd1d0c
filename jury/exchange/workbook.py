"""The results of a session as an Excel workbook: a sheet a semester, the year, the years before, figures."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from textwrap import wrap
from typing import TypeAlias

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from butrt.base import french
from butrt.base.french import NBSP
from butrt.base.paper import on_one_page, to_print
from jury.cases import outlook, past, statistics, wording
from jury.cases.proceedings import Case, Column, Proceedings
from jury.exchange.charts import BLUE, GREEN, RUST, SLATE, VIOLET, add_bars
from jury.reports.following import groups
from jury.reports.origins import SMALLEST, report
from jury.rules import VALIDATING, Code, ElementLine, codes
from jury.rules.averages import shown

Value: TypeAlias = str | int | Decimal | date | None

HEADER_ROW = 3
NAMED = 3  # the columns that say who, beside every page of the others
NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\]")
TITLE = Font(name="Calibri", bold=True, size=14)
HEADER = Font(name="Calibri", bold=True)
LINE_HEIGHT = 15  # points
CHART_ROWS = 17  # the height of a chart, in lines
SHADE = PatternFill("solid", fgColor="F1EDFB")
UNDER = Border(bottom=Side("thin", color="1B1A2B"))


@dataclass(frozen=True)
class Field:
    """A column: its header, its width in characters, how its numbers are written.

    Columns of the same `block` that follow each other go on the same page.
    """

    header: str
    width: float = 9
    format: str = "General"
    wrap: bool = False
    block: str = ""
    centred: bool = False


def results_workbook(
    proceedings: Proceedings,
    *,
    title: str,
    baccalaureates: Mapping[str, str] | None = None,
    by_group: bool = False,
) -> bytes:
    """The .xlsx file of a session's results as they stand, `title` at the head of every sheet.

    Averages are the displayed ones, as numbers; a missing one is an empty cell, or the code that says why.
    `baccalaureates`: {student number: type}, for the sheet of origins. `by_group`: a sheet a group as well.
    """
    workbook = Workbook()
    workbook.remove(workbook.active)
    workbook.properties.title = title
    workbook.properties.creator = "butrt"
    average = "0." + "0" * proceedings.cohort.regulation.decimals
    context = proceedings.context
    for semester in _semesters(proceedings):
        _write_semester(workbook.create_sheet(f"S{semester}"), proceedings, semester, title, average)
    if proceedings.tells_year:
        _write_year(workbook.create_sheet(f"BUT{context['year']}"), proceedings, title, average)
    if by_group:
        for name, cases in _groups(proceedings):
            _write_group(
                workbook.create_sheet(_sheet_name(name, workbook)), proceedings, cases, title, average
            )
    _write_earlier(workbook.create_sheet("Années précédentes"), proceedings, title, average)
    _write_codes(workbook.create_sheet("Codes"), proceedings, title)
    _write_statistics(workbook.create_sheet("Statistiques"), proceedings, title, average)
    _write_origins(workbook.create_sheet("Origines"), proceedings, title, baccalaureates or {})
    output = io.BytesIO()
    workbook.save(output)
    return output.getvalue()


# ---------- a semester ----------


def _semesters(proceedings: Proceedings) -> list[int]:
    by_code = proceedings.cohort.by_code
    return sorted({by_code[unit].semester for column in proceedings.columns for unit in column.units})


IDENTITY = (
    Field("N° étudiant", 12),
    Field("Nom", 20),
    Field("Prénom", 14),
    Field("INE", 14),
    Field("Né(e) le", 11, "dd/mm/yyyy"),
    Field("Groupe", 8, centred=True),
    Field("Situation", 10, centred=True),
)


def _identity(case: Case) -> list[Value]:
    person = case.person
    return [
        person["number"],
        person["last_name"],
        person["first_name"],
        person["ine"],
        date.fromisoformat(person["birth_date"]),
        person["group"],
        person["status"],
    ]


def _write_semester(
    sheet: Worksheet, proceedings: Proceedings, semester: int, title: str, average: str
) -> None:
    """Identity, each UE (average, code, ECTS), then the elements of each UE with their coefficients."""
    units = [
        proceedings.cohort.by_code[name]
        for column in proceedings.columns
        for name in column.units
        if proceedings.cohort.by_code[name].semester == semester
    ]
    displays = {code: each["display"] for code, each in proceedings.context["elements"].items()}
    fields = list(IDENTITY)
    for unit in units:
        fields += [
            Field(f"{unit.code} moyenne", 9, average, block=unit.code),
            Field(f"{unit.code} code", 8, block=unit.code, centred=True),
            Field(f"{unit.code} ECTS", 7, block=unit.code),
        ]
    counted = {
        unit.code: [name for name, coefficient in unit.coefficients.items() if coefficient] for unit in units
    }
    fields += [
        Field(
            f"{unit.code} {displays.get(name, name)} (coef. {french.short(unit.coefficients[name])})",
            9,
            average,
            block=f"éléments de {unit.code}",
        )
        for unit in units
        for name in counted[unit.code]
    ]
    rows = []
    for case in proceedings.cases:
        row = _identity(case)
        for unit in units:
            verdict = case.verdict.units[unit.code]
            row += [verdict.average, verdict.code, verdict.ects]
        for unit in units:
            lines = {line.element: line for line in case.verdict.units[unit.code].elements}
            row += [_element(lines.get(name), case) for name in counted[unit.code]]
        rows.append(row)
    _write_table(sheet, f"{title}, semestre {semester}", fields, rows)


def _element(line: ElementLine | None, case: Case) -> Value:
    if line is None:
        return None
    value = shown(line.average, case.cohort.regulation.decimals)
    return value if value is not None else line.state.replace("missing", "")


# ---------- the year ----------


def _write_year(sheet: Worksheet, proceedings: Proceedings, title: str, average: str) -> None:
    """Identity, each RCUE (average, code), the year, ECTS, what comes next, what the jury decided and why."""
    fields = list(IDENTITY)
    for column in proceedings.columns:
        fields += _pair(column.competence, average)
    fields += [
        Field("Année", 10, centred=True),
        Field("En clair", 28, wrap=True),
        Field("ECTS année", 8),
        Field("ECTS cumul", 8),
        Field("Suite", 22, wrap=True),
        Field("Décidé par le jury", 26, wrap=True),
        Field("Motif", 60, wrap=True),
        Field("Par", 20, wrap=True),
    ]
    rows = [
        [*_identity(case), *_rcues(case, proceedings.columns), *_outcome(case)] for case in proceedings.cases
    ]
    _write_table(sheet, title, fields, rows)


def _pair(name: str, average: str) -> list[Field]:
    """The average and the code of a UE or a RCUE."""
    return [
        Field(f"{name} moyenne", 9, average, block=name),
        Field(f"{name} code", 8, block=name, centred=True),
    ]


def _rcues(case: Case, columns: Iterable[Column]) -> list[Value]:
    row: list[Value] = []
    for column in columns:
        rcue = case.verdict.rcues.get(column.rcue or "")
        row += [rcue.average, rcue.code] if rcue else [None, None]
    return row


def _step(case: Case) -> str:
    return outlook.few_words(case.following).replace(NBSP, " ")


def _outcome(case: Case) -> list[Value]:
    verdict = case.verdict
    motives = dict.fromkeys(each.motive for each in case.decisions)
    return [
        verdict.year,
        codes.words(verdict.year, "year", wording.gender(case)) if case.judges_year or verdict.year else "",
        verdict.ects_year,
        verdict.ects_total,
        _step(case),
        " ; ".join(f"{each.about.removeprefix('l’')} {each.code}" for each in case.decisions),
        "\n".join(motives),
        ", ".join(dict.fromkeys(each.author for each in case.decisions)),
    ]


# ---------- a group ----------


def _groups(proceedings: Proceedings) -> list[tuple[str, list[Case]]]:
    """The students of each group, by its name; those without one last."""
    found: dict[str, list[Case]] = {}
    for case in proceedings.cases:
        found.setdefault(case.person["group"], []).append(case)
    return [(name or "Sans groupe", found[name]) for name in sorted(found, key=lambda name: (not name, name))]


def _sheet_name(name: str, workbook: Workbook) -> str:
    """The name of a group as a spreadsheet takes it: 31 letters, without []:*?/\\, once in the workbook."""
    plain = NOT_IN_A_NAME.sub(" ", ILLEGAL_CHARACTERS_RE.sub("", name)).strip(" '")[:31] or "Groupe"
    taken = {each.casefold() for each in workbook.sheetnames}
    number = 1
    while (unique := plain if number == 1 else f"{plain[:27]} ({number})").casefold() in taken:
        number += 1
    return unique


def _write_group(
    sheet: Worksheet, proceedings: Proceedings, cases: Iterable[Case], title: str, average: str
) -> None:
    """What a tutor reads: UE, RCUE and what comes next, on one sheet."""
    fields = list(IDENTITY)
    for column in proceedings.columns:
        for unit in column.units:
            fields += _pair(unit, average)
        if column.rcue:
            fields += _pair(column.competence, average)
    fields += [
        Field("Année", 10, centred=True),
        Field("ECTS année", 8),
        Field("ECTS cumul", 8),
        Field("Suite", 22, wrap=True),
    ]
    rows = []
    for case in cases:
        row = _identity(case)
        for column in proceedings.columns:
            for unit in column.units:
                row += [case.verdict.units[unit].average, case.verdict.units[unit].code]
            if column.rcue:
                row += _rcues(case, [column])
        row += [case.verdict.year, case.verdict.ects_year, case.verdict.ects_total, _step(case)]
        rows.append(row)
    _write_table(sheet, title, fields, rows)


# ---------- the years before ----------


def _write_earlier(sheet: Worksheet, proceedings: Proceedings, title: str, average: str) -> None:
    """The path over the years, then every RCUE and UE of which an earlier year's jury said something."""
    cases = proceedings.cases
    before = {case.id: past.before(case) for case in cases}
    known = {name for lines in before.values() for name in lines}
    every = [rcue.name for case in cases for rcue in case.cohort.rcues]
    every += [unit.code for case in cases for unit in case.cohort.units]
    names = [name for name in dict.fromkeys(every) if name in known]
    fields = [*IDENTITY, Field("Parcours", 40, wrap=True), Field("ECTS acquis avant", 9)]
    for name in names:
        fields += [
            *_pair(name, average),
            Field(f"{name} depuis", 10, block=name),
        ]
    fields.append(Field("Résultats d’un autre parcours, sans effet ici", 40, wrap=True))
    rows = []
    for case in cases:
        lines, units = before[case.id], case.cohort.by_code
        acquired = (
            units[name].ects for name, each in lines.items() if name in units and each["code"] in VALIDATING
        )
        row = [*_identity(case), "\n".join(past.path_in_words(case)), sum(acquired, Decimal(0))]
        for name in names:
            row += _said_before(case, lines.get(name))
        rows.append([*row, "\n".join(past.apart(case))])
    _write_table(sheet, f"{title}, décidé par les jurys précédents", fields, rows)


def _said_before(case: Case, line: past.Told | None) -> list[Value]:
    if line is None:
        return [None, None, None]
    return [past.average(case, line), line["code"], line["school_year"]]


# ---------- what explains ----------


def _write_codes(sheet: Worksheet, proceedings: Proceedings, title: str) -> None:
    """Every code, those of absences too, with its meaning."""
    legend = wording.legend(set(Code), proceedings.cohort.regulation)
    rows: list[list[Value]] = [[each["code"], each["sign"], each["words"]] for each in legend]
    rows += [[code, "", words] for code, words in wording.ABSENCES.items()]
    _write_table(sheet, title, [Field("Code", 10), Field("Signe", 7), Field("Signification", 90)], rows)


def _write_statistics(sheet: Worksheet, proceedings: Proceedings, title: str, average: str) -> None:
    """Each UE: the promotion's average and how many acquired it; then the spread of the students."""
    fields = [
        Field("UE", 30),
        Field("Moyenne de la promotion", 12, average),
        Field("Acquise par sa moyenne", 12),
        Field("Acquise autrement", 12),
        Field("Non acquise", 12),
        Field("En attente", 12),
    ]
    rows: list[list[Value]] = [
        [each.unit, each.mean, each.own, each.otherwise, each.missing, each.waiting]
        for each in statistics.by_unit(proceedings)
    ]
    what = "Compétences acquises" if proceedings.judges_year else "UE acquises"
    units = len(rows)
    spread: list[list[Value]] = [
        [f"{each.acquired} sur {each.total}", each.students] for each in statistics.spread(proceedings)
    ]
    spread_head = _block(rows, [what, "étudiants"], spread)
    codes_head = 0
    by_code: list[list[Value]] = []
    if proceedings.judges_year:
        by_code = [[code or "sans code", students] for code, students in statistics.by_code(proceedings)]
        codes_head = _block(rows, ["Année", "étudiants"], by_code)
    following: list[list[Value]] = [[each.words, each.students] for each in groups(proceedings)]
    following_head = _block(rows, ["Suite", "étudiants"], following)
    _write_table(sheet, f"{title}, hors départs et années blanches", fields, rows, filtered=False)
    _embolden(sheet, spread_head, following_head, *([codes_head] if by_code else []))
    add_bars(
        sheet,
        f"G{HEADER_ROW}",
        "Moyenne de la promotion",
        head=HEADER_ROW,
        rows=units,
        columns=(2, 2),
        colours=(VIOLET,),
        highest=20,
        upward="moyenne sur 20",
    )
    add_bars(
        sheet,
        f"G{HEADER_ROW + CHART_ROWS}",
        "UE acquises",
        head=HEADER_ROW,
        rows=units,
        columns=(3, 6),
        colours=(GREEN, BLUE, RUST, SLATE),
        stacked=True,
    )
    add_bars(
        sheet,
        f"G{HEADER_ROW + 2 * CHART_ROWS}",
        what,
        head=spread_head,
        rows=len(spread),
        columns=(2, 2),
        colours=(GREEN,),
        across="Compétences" if proceedings.judges_year else "UE",
    )
    if by_code:
        add_bars(
            sheet,
            f"G{HEADER_ROW + 3 * CHART_ROWS}",
            "Décisions d’année",
            head=codes_head,
            rows=len(by_code),
            columns=(2, 2),
            colours=(VIOLET,),
            across="Codes",
        )


def _block(rows: list[list[Value]], header: list[Value], lines: Sequence[list[Value]]) -> int:
    """Add a small table under the others, after an empty row; the row of the sheet where its header is."""
    rows += [[], header]
    head = HEADER_ROW + len(rows)
    rows += lines
    return head


def _embolden(sheet: Worksheet, *heads: int) -> None:
    """The headers of the small tables under the first."""
    for head in heads:
        for cell in sheet[head]:
            cell.font = HEADER
            cell.alignment = Alignment(wrap_text=True, vertical="bottom")
        if sum(cell.value is not None for cell in sheet[head]) > 2:
            sheet.row_dimensions[head].height = 48


def _write_origins(
    sheet: Worksheet, proceedings: Proceedings, title: str, baccalaureates: Mapping[str, str]
) -> None:
    """By type of baccalauréat and by sex, for the department's report: counts, shares if enough."""
    whole = "Toutes les compétences acquises" if proceedings.judges_year else "Toutes les UE acquises"
    fields = [
        Field("Origine", 34),
        Field("Étudiants", 10),
        Field(whole, 14),
        Field("Passent ou terminent", 11),
        Field("Redoublent", 11),
        Field("Partent ou s’arrêtent", 11),
        Field("En attente", 10),
        Field(f"{whole}, %", 14),
        Field("Passent ou terminent, %", 12),
    ]
    rows: list[list[Value]] = []
    heads: dict[str, tuple[int, int]] = {}
    for block in report(proceedings, baccalaureates):
        lines: list[list[Value]] = [
            [
                *(
                    each.label,
                    each.students,
                    each.whole,
                    each.goes_on,
                    each.repeats,
                    each.leaves,
                    each.pending,
                ),
                *(each.whole_share, each.goes_on_share),
            ]
            for each in block.lines
        ]
        heads[block.title] = (
            _block(rows, [block.title, *(field.header for field in fields[1:])], lines),
            len(lines),
        )
    rows += [[], [f"Sous {SMALLEST} étudiants, le pourcentage n’est pas donné."]]
    _write_table(sheet, f"{title}, par origine", fields, rows, filtered=False)
    _embolden(sheet, *(head for head, _ in heads.values()))
    below = HEADER_ROW + len(rows) + 2
    for (head, number), name, at in zip(
        list(heads.values())[1:3],
        ("Par type de baccalauréat", "Par sexe"),
        (f"A{below}", f"A{below + CHART_ROWS}"),
        strict=True,
    ):
        add_bars(
            sheet,
            at,
            name,
            head=head,
            rows=number,
            columns=(4, 7),
            colours=(GREEN, RUST, SLATE, VIOLET),
            stacked=True,
            across="Origine",
        )


# ---------- a sheet ----------


def _write_table(
    sheet: Worksheet,
    title: str,
    fields: Sequence[Field],
    rows: Iterable[Sequence[Value]],
    *,
    filtered: bool = True,
) -> None:
    """A title, a header that stays in sight, the rows; made to print on A4, headers repeated.

    `filtered`: a table alone, that one filters; else small tables and charts, that go on one page.
    """
    _put(sheet.cell(1, 1), title)
    sheet.cell(1, 1).font = TITLE
    for number, field in enumerate(fields, start=1):
        cell = sheet.cell(HEADER_ROW, number)
        _put(cell, field.header)
        cell.font, cell.fill, cell.border = HEADER, SHADE, UNDER
        cell.alignment = Alignment(
            wrap_text=True, vertical="bottom", horizontal="center" if field.centred else None
        )
        sheet.column_dimensions[get_column_letter(number)].width = field.width
    lines = max(len(wrap(field.header, int(field.width))) for field in fields)
    sheet.row_dimensions[HEADER_ROW].height = LINE_HEIGHT * max(lines, 2)
    # A line that a motive makes tall is read from its top.
    tall = any(field.wrap for field in fields)
    last = HEADER_ROW
    for last, row in enumerate(rows, start=HEADER_ROW + 1):
        for number, value in enumerate(row, start=1):
            cell = sheet.cell(last, number)
            _put(cell, value)
            field = fields[number - 1]
            if isinstance(value, Decimal | date):  # a count under averages stays a count
                cell.number_format = field.format
            if field.wrap or tall or field.centred:
                cell.alignment = Alignment(
                    wrap_text=field.wrap, vertical="top", horizontal="center" if field.centred else None
                )
    sheet.freeze_panes = sheet.cell(HEADER_ROW + 1, NAMED + 1 if fields[0] is IDENTITY[0] else 1)
    if filtered:
        sheet.auto_filter.ref = f"A{HEADER_ROW}:{get_column_letter(len(fields))}{last}"
    if not filtered:
        on_one_page(sheet, title=title)
        return
    to_print(
        sheet,
        widths=[field.width for field in fields],
        head=HEADER_ROW,
        title=title,
        repeated=NAMED if fields[0] is IDENTITY[0] else 0,
        together=[field.block or field.header for field in fields],
    )


def _put(cell: Cell, value: Value) -> None:
    """Write a value as what it is: a number, a date, or a text that never becomes a formula.

    A name typed as « =1+1 » stays those four characters, when the cell is edited later too.
    """
    if not isinstance(value, str):
        cell.value = value
        return
    cell.value = ILLEGAL_CHARACTERS_RE.sub("", str(value)) or None
    if value.startswith(("=", "+", "-", "@", "\t")):
        cell.data_type = "s"
        cell.quotePrefix = True
