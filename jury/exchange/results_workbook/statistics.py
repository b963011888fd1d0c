"""The sheets of figures: codes, spread, where students come from, with their charts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from openpyxl.worksheet.worksheet import Worksheet

from jury.cases import statistics, wording
from jury.cases.proceedings import Proceedings
from jury.exchange.charts import BLUE, GREEN, RUST, SLATE, VIOLET, add_bars
from jury.exchange.results_workbook.cells import HEADER_ROW, Block, Field, Value, block, embolden, write_table
from jury.reports.following import groups
from jury.reports.origins import SMALLEST, OriginLine, report
from jury.rules import Code

CHART_ROWS = 17  # the height of a chart, in lines


def write_codes(sheet: Worksheet, proceedings: Proceedings, title: str) -> None:
    """Every code, those of absences too, with its meaning."""
    legend = wording.legend(set(Code), proceedings.cohort.regulation)
    rows: list[list[Value]] = [[line["code"], line["sign"], line["words"]] for line in legend]
    rows += [[code, "", words] for code, words in wording.ABSENCES.items()]
    write_table(sheet, title, [Field("Code", 10), Field("Signe", 7), Field("Signification", 90)], rows)


UNIT_FIELDS = (
    "Acquise par sa moyenne",
    "Acquise autrement",
    "Non acquise",
    "En attente",
)


def write_statistics(sheet: Worksheet, proceedings: Proceedings, title: str, average: str) -> None:
    """Each UE: the promotion's average and how many acquired it; then the spread, the codes, what follows."""
    fields = [
        Field("UE", 30),
        Field("Moyenne de la promotion", 12, average),
        *(Field(header, 12) for header in UNIT_FIELDS),
    ]
    rows: list[list[Value]] = [
        [unit.unit, unit.mean, unit.own, unit.otherwise, unit.missing, unit.waiting]
        for unit in statistics.by_unit(proceedings)
    ]
    units = len(rows)
    acquired = "Compétences acquises" if proceedings.judges_year else "UE acquises"
    spread = block(
        rows,
        [acquired, "étudiants"],
        [[f"{part.acquired} sur {part.total}", part.students] for part in statistics.spread(proceedings)],
    )
    codes = None
    if proceedings.judges_year:
        counted = statistics.by_code(proceedings)
        codes = block(rows, ["Année", "étudiants"], [[code or "sans code", many] for code, many in counted])
    following = block(
        rows, ["Suite", "étudiants"], [[group.words, group.students] for group in groups(proceedings)]
    )
    write_table(sheet, f"{title}, hors départs et années blanches", fields, rows, filtered=False)
    embolden(sheet, spread.head, following.head, *([codes.head] if codes and codes.rows else []))
    _unit_charts(sheet, units)
    across: Literal["Compétences", "UE"] = "Compétences" if proceedings.judges_year else "UE"
    _count_chart(sheet, 2, acquired, spread, GREEN, across)
    if codes:
        _count_chart(sheet, 3, "Décisions d’année", codes, VIOLET, "Codes")


def _unit_charts(sheet: Worksheet, units: int) -> None:
    """The averages of the UE, then how each was acquired, beside their table."""
    add_bars(
        sheet,
        _chart_place(0),
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
        _chart_place(1),
        "UE acquises",
        head=HEADER_ROW,
        rows=units,
        columns=(3, 6),
        colours=(GREEN, BLUE, RUST, SLATE),
        stacked=True,
    )


def _count_chart(
    sheet: Worksheet,
    place: int,
    title: str,
    counts: Block,
    colour: str,
    across: Literal["Compétences", "UE", "Codes"],
) -> None:
    """How many students there are on each line of a small table."""
    add_bars(
        sheet,
        _chart_place(place),
        title,
        head=counts.head,
        rows=counts.rows,
        columns=(2, 2),
        colours=(colour,),
        across=across,
    )


def _chart_place(place: int) -> str:
    """The cell of a chart, one under the other to the right of the tables."""
    return f"G{HEADER_ROW + place * CHART_ROWS}"


def write_origins(
    sheet: Worksheet, proceedings: Proceedings, title: str, baccalaureates: Mapping[str, str]
) -> None:
    """By type of baccalauréat and by sex, for the department's report: counts, shares if enough."""
    fields = _origin_fields("Toutes les compétences" if proceedings.judges_year else "Toutes les UE")
    headers = [field.header for field in fields[1:]]
    rows: list[list[Value]] = []
    blocks = [
        block(rows, [origins.title, *headers], [_origin_row(line) for line in origins.lines])
        for origins in report(proceedings, baccalaureates)
    ]
    rows += [[], [f"Sous {SMALLEST} étudiants, le pourcentage n’est pas donné."]]
    write_table(sheet, f"{title}, par origine", fields, rows, filtered=False)
    embolden(sheet, *(report_block.head for report_block in blocks))
    below = HEADER_ROW + len(rows) + 2
    charts = ("Par type de baccalauréat", "Par sexe")
    for place, (counts, name) in enumerate(zip(blocks[1:3], charts, strict=True)):
        add_bars(
            sheet,
            f"A{below + place * CHART_ROWS}",
            name,
            head=counts.head,
            rows=counts.rows,
            columns=(4, 7),
            colours=(GREEN, RUST, SLATE, VIOLET),
            stacked=True,
            across="Origine",
        )


def _origin_fields(whole: str) -> list[Field]:
    return [
        Field("Origine", 34),
        Field("Étudiants", 10),
        Field(f"{whole} acquises", 14),
        Field("Passent ou terminent", 11),
        Field("Redoublent", 11),
        Field("Partent ou s’arrêtent", 11),
        Field("En attente", 10),
        Field(f"{whole} acquises, %", 14),
        Field("Passent ou terminent, %", 12),
    ]


def _origin_row(line: OriginLine) -> list[Value]:
    counts = (line.students, line.whole, line.goes_on, line.repeats, line.leaves, line.pending)
    return [line.label, *counts, line.whole_share, line.goes_on_share]
