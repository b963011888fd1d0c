"""The model of a promotion: a line for each student and UE of which nothing is recorded yet, to be filled."""

from __future__ import annotations

import io
from collections import defaultdict

from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from butrt.base.paper import to_print
from butrt.base.spreadsheets.writing import put_text
from curriculum.models import Programme, Unit, school_year_label
from grades.models import Cohort, Enrolment
from jury.cases.cursus import Cursus
from jury.cases.ledger.elsewhere import SOURCES
from jury.models import Result
from jury.rules import codes

HEADINGS = {
    "N° étudiant": 13,
    "Nom et prénom": 26,
    "Année universitaire": 13,
    "UE": 14,
    "Compétence": 30,
    "Moyenne": 10,
    "Code": 9,
    "Origine": 24,
    "Pièce": 34,
    "Décidé le": 13,
}
HELP = (
    "Remplir une moyenne et un code (un code seul : validée sans moyenne). Une ligne sans code ni moyenne "
    "est laissée. D’autres lignes s’ajoutent : une UE (UE11), un RCUE (RT1/1), une année (BUT1)."
)
HEAD_ROW = 2
SHADE = PatternFill("solid", fgColor="F1EDFB")


def workbook_to_fill(cohort: Cohort) -> bytes:
    """The .xlsx file: the UE of the years before that of the promotion; of its own year in BUT1."""
    book = Workbook()
    tab = book.active
    tab.title = "Résultats"
    book.properties.title, book.properties.creator = f"Résultats antérieurs, {cohort}", "butrt"
    tab.cell(1, 1, HELP).font = Font(color="5A5670")
    for column, (heading, width) in enumerate(HEADINGS.items(), start=1):
        cell = tab.cell(HEAD_ROW, column, heading)
        cell.font, cell.fill = Font(bold=True), SHADE
        tab.column_dimensions[get_column_letter(column)].width = width
    last = HEAD_ROW
    for row in _rows(cohort):
        last += 1
        for column, value in enumerate(row, start=1):
            put_text(tab.cell(last, column), value)
    tab.freeze_panes = tab.cell(HEAD_ROW + 1, 3)
    to_print(tab, widths=list(HEADINGS.values()), head=HEAD_ROW, title=str(cohort), repeated=2, bounded=False)
    _lists(book, tab, max(last, HEAD_ROW + 200))
    to_print(book["Codes"], widths=[9, 36, 36], head=1, title=str(cohort))
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def _rows(cohort: Cohort) -> list[list[str]]:
    enrolments = list(Enrolment.objects.filter(cohort=cohort).select_related("student"))
    theirs = {enrolment.student_id: enrolment.programme_id for enrolment in enrolments}
    cursus = Cursus(cohort, cohort.taught, theirs)
    wanted = range(1, max(cohort.year, 2))
    units: dict[int, list[Unit]] = defaultdict(list)
    for unit in Unit.objects.filter(programme__in=cursus.programmes).select_related("competence"):
        units[unit.programme_id].append(unit)
    known = set(
        Result.objects.standing()
        .filter(student__in=[enrolment.student_id for enrolment in enrolments], kind=Result.Kind.UNIT)
        .values_list("student", "competence", "level", "semester")
    )
    rows: list[list[str]] = []
    for enrolment in enrolments:
        for programme in _years(cursus, enrolment.student_id, wanted):
            then = school_year_label(cohort.school_year - cohort.year + programme.year)
            rows += [
                [
                    enrolment.student.number,
                    str(enrolment.student),
                    then,
                    unit.code,
                    f"S{unit.semester}, {unit.competence.title}",
                ]
                for unit in units[programme.pk]
                if (enrolment.student_id, unit.competence_id, unit.level, unit.semester) not in known
            ]
    return rows


def _years(cursus: Cursus, student: int, wanted: range) -> list[Programme]:
    programmes = [cursus.programmes[key] for key in cursus.by_student[student]]
    return [programme for programme in programmes if programme.year in wanted]


def _lists(book: Workbook, tab: Worksheet, last: int) -> None:
    """Drop-downs for the code and the origin, and a sheet that says what each code means."""
    meanings = book.create_sheet("Codes")
    meanings.append(["Code", "Pour une UE ou un RCUE", "Pour une année"])
    meanings.column_dimensions["B"].width = meanings.column_dimensions["C"].width = 36
    ordered = [code for code in codes.Code if code in codes.UNIT_CODES | codes.YEAR_CODES]
    for code in ordered:
        meanings.append(
            [
                code.value,
                codes.words(code) if code in codes.UNIT_CODES else "",
                codes.words(code, "year") if code in codes.YEAR_CODES else "",
            ]
        )
    meanings.append([])
    first_source = len(ordered) + 3
    for source in SOURCES:
        meanings.append([str(source.label)])
    names = list(HEADINGS)
    for heading, first, end in (
        ("Code", 2, len(ordered) + 1),
        ("Origine", first_source, first_source + len(SOURCES) - 1),
    ):
        letter = get_column_letter(names.index(heading) + 1)
        allowed = DataValidation("list", formula1=f"Codes!$A${first}:$A${end}", allow_blank=True)
        allowed.error, allowed.errorTitle = "Choisir dans la liste.", heading
        tab.add_data_validation(allowed)
        allowed.add(f"{letter}{HEAD_ROW + 1}:{letter}{last}")
