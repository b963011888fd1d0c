"""The sheets of figures: codes, spread, where students come from, with their charts."""

from __future__ import annotations

from collections.abc import Mapping

from openpyxl.worksheet.worksheet import Worksheet

from jury.cases import statistics, wording
from jury.cases.proceedings import Proceedings
from jury.exchange.charts import BLUE, GREEN, RUST, SLATE, VIOLET, add_bars
from jury.exchange.results_workbook.cells import HEADER_ROW, Field, Value, _block, _embolden, write_table
from jury.reports.following import groups
from jury.reports.origins import SMALLEST, report
from jury.rules import Code

CHART_ROWS = 17  # the height of a chart, in lines


def write_codes(sheet: Worksheet, proceedings: Proceedings, title: str) -> None:
    """Every code, those of absences too, with its meaning."""
    legend = wording.legend(set(Code), proceedings.cohort.regulation)
    rows: list[list[Value]] = [[each["code"], each["sign"], each["words"]] for each in legend]
    rows += [[code, "", words] for code, words in wording.ABSENCES.items()]
    write_table(sheet, title, [Field("Code", 10), Field("Signe", 7), Field("Signification", 90)], rows)


def write_statistics(sheet: Worksheet, proceedings: Proceedings, title: str, average: str) -> None:
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
    write_table(sheet, f"{title}, hors départs et années blanches", fields, rows, filtered=False)
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


def write_origins(
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
    write_table(sheet, f"{title}, par origine", fields, rows, filtered=False)
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
