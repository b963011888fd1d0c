"""Writing the mark workbook: identities protected, marks open to a number or a code, keys hidden."""

from __future__ import annotations

import io
from collections.abc import Collection

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from butrt.base import french
from butrt.base.french import NBSP
from butrt.base.spreadsheets import reference
from butrt.base.spreadsheets.writing import plain_value, printable, put_text
from grades.marks import CODES
from grades.models import Assessment, Enrolment, Group
from grades.sheet import Sheet, Standing, situation
from grades.workbook.layout import (
    ABOUT_ROW,
    FIRST_ASSESSMENT,
    FIRST_NAME,
    FIRST_ROW,
    GROUP,
    HEAD_ROW,
    HELP_ROW,
    KEY,
    KEY_ROW,
    LAST_NAME,
    NUMBER,
    REMARKS,
    TAB,
    TITLE_ROW,
    SheetKey,
)

TITLE = Font(name="Calibri", bold=True, size=14)
BOLD, FAINT = Font(name="Calibri", bold=True), Font(name="Calibri", color="5A5670")
SHADE, CLOSED = PatternFill("solid", fgColor="F1EDFB"), PatternFill("solid", fgColor="ECEBF0")
HAIR = Side("hair", color="A7A3B8")
BOX = Border(left=HAIR, right=HAIR, top=HAIR, bottom=HAIR)
OPEN = Protection(locked=False)
WIDTHS = {KEY: 4, NUMBER: 13, LAST_NAME: 22, FIRST_NAME: 16, GROUP: 9}
HELP = (
    f"Remplir les cases blanches{NBSP}: un nombre de 0 au maximum, ou ABI (absence injustifiée), "
    "ABJ (absence justifiée), ATT (note attendue). Une case vidée efface la note. Ne rien déplacer."
)


def mark_workbook(sheet: Sheet[Standing], assessments: Collection[Assessment]) -> bytes:
    """The .xlsx file of these évaluations of a sheet, one at least, a row for each student of the promotion.

    Cells where no mark may be written, and évaluations locked by the jury, are grey and protected.
    """
    book = Workbook()
    tab = book.active
    tab.title = TAB
    book.properties.title = f"Notes de {printable(sheet.teaching.element.display)}"
    book.properties.creator = "butrt"
    key = SheetKey(sheet.teaching.pk, {assessment.pk: assessment.maximum for assessment in assessments})
    _head(tab, sheet, assessments, key)
    groups = dict(Group.objects.filter(cohort=sheet.teaching.cohort_id).values_list("pk", "name"))
    for row, enrolment in enumerate(sheet.enrolments.values(), start=FIRST_ROW):
        _student(tab, row, sheet, enrolment, assessments, key)
        put_text(tab.cell(row, GROUP), groups.get(enrolment.group_id or 0, ""))
    _validate(tab, sheet, assessments)
    _page(tab, len(assessments))
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def _head(tab: Worksheet, sheet: Sheet[Standing], assessments: Collection[Assessment], key: SheetKey) -> None:
    element = sheet.teaching.element
    put_text(tab.cell(TITLE_ROW, NUMBER), f"{element.display} {element.title}, {sheet.teaching.cohort}")
    tab.cell(TITLE_ROW, NUMBER).font = TITLE
    put_text(tab.cell(HELP_ROW, NUMBER), HELP)
    tab.cell(HELP_ROW, NUMBER).font = FAINT
    put_text(tab.cell(KEY_ROW, KEY), key.signed())
    tab.row_dimensions[KEY_ROW].hidden = True
    for column, heading in {
        NUMBER: "N° étudiant",
        LAST_NAME: "Nom",
        FIRST_NAME: "Prénom",
        GROUP: "Groupe",
    }.items():
        put_text(tab.cell(HEAD_ROW, column), heading)
    for column, assessment in enumerate(assessments, start=FIRST_ASSESSMENT):
        tab.cell(KEY_ROW, column).value = assessment.pk
        put_text(tab.cell(HEAD_ROW, column), assessment.title)
        put_text(tab.cell(ABOUT_ROW, column), _about(assessment))
        tab.column_dimensions[get_column_letter(column)].width = 16
    remarks = FIRST_ASSESSMENT + len(assessments)
    put_text(tab.cell(HEAD_ROW, remarks), REMARKS)
    tab.column_dimensions[get_column_letter(remarks)].width = 34
    for column in range(NUMBER, remarks + 1):
        for row in (HEAD_ROW, ABOUT_ROW):
            cell = tab.cell(row, column)
            cell.fill, cell.font = SHADE, BOLD if row == HEAD_ROW else FAINT
            wide = column in range(FIRST_ASSESSMENT, remarks)
            cell.alignment = Alignment(horizontal="center" if wide else None, vertical="top", wrap_text=True)
    tab.row_dimensions[HEAD_ROW].height = 32
    tab.row_dimensions[ABOUT_ROW].height = 32
    for column, width in WIDTHS.items():
        tab.column_dimensions[get_column_letter(column)].width = width
    tab.column_dimensions[get_column_letter(KEY)].hidden = True


def _about(assessment: Assessment) -> str:
    day = assessment.date
    parts = [french.date(day, "j F")] if day else []
    parts.append(f"sur {french.short(assessment.maximum)}")
    if assessment.group:
        parts.append(assessment.group.name)
    return ", ".join(parts) + (f"{NBSP}(verrouillée)" if assessment.locked else "")


def _student(
    tab: Worksheet,
    row: int,
    sheet: Sheet[Standing],
    enrolment: Enrolment,
    assessments: Collection[Assessment],
    key: SheetKey,
) -> None:
    student = enrolment.student
    marks = {assessment.pk: sheet.marks.get((assessment.pk, enrolment.pk)) for assessment in assessments}
    versions = {pk: mark.version for pk, mark in marks.items() if mark}
    put_text(tab.cell(row, KEY), key.signed_row(enrolment.pk, versions))
    put_text(tab.cell(row, NUMBER), student.number)
    put_text(tab.cell(row, LAST_NAME), student.shown_last_name)
    put_text(tab.cell(row, FIRST_NAME), student.shown_first_name)
    for column, assessment in enumerate(assessments, start=FIRST_ASSESSMENT):
        cell, mark = tab.cell(row, column), marks[assessment.pk]
        cell.border, cell.alignment = BOX, Alignment(horizontal="center")
        if mark and mark.value is not None:
            cell.value = plain_value(mark.value)
        elif mark and mark.code:
            put_text(cell, mark.code)
        if _is_open(sheet, assessment, enrolment):
            cell.protection = OPEN
        else:
            cell.fill = CLOSED
    remark = tab.cell(row, FIRST_ASSESSMENT + len(assessments))
    put_text(remark, sheet.off(enrolment) or situation(enrolment))
    remark.font = FAINT


def _is_open(sheet: Sheet[Standing], assessment: Assessment, enrolment: Enrolment) -> bool:
    return not sheet.is_locked(assessment, enrolment) and not sheet.why_not(assessment, enrolment)


def _validate(tab: Worksheet, sheet: Sheet[Standing], assessments: Collection[Assessment]) -> None:
    """A number from 0 to the maximum in hundredths, or a code: the spreadsheet refuses the rest."""
    for column, assessment in enumerate(assessments, start=FIRST_ASSESSMENT):
        rows = [
            row
            for row, enrolment in enumerate(sheet.enrolments.values(), start=FIRST_ROW)
            if _is_open(sheet, assessment, enrolment)
        ]
        if not rows:
            continue
        first = reference(rows[0], column)
        codes = ",".join(f'{first}="{code}"' for code in CODES)
        number = f"AND(ISNUMBER({first}),{first}>=0,{first}<={assessment.maximum:f},ROUND({first},2)={first})"
        validation = DataValidation(
            type="custom",
            formula1=f"OR({number},{codes})",
            allow_blank=True,
            showErrorMessage=True,
            errorTitle="Note refusée",
            error=f"Un nombre de 0 à {french.short(assessment.maximum)}, deux décimales au plus, "
            f"ou {', '.join(CODES)}.",
        )
        validation.sqref = _ranges(rows, column)
        tab.add_data_validation(validation)


def _ranges(rows: list[int], column: int) -> str:
    """Rows as ranges of a column, as few as can be: [6, 7, 9] → "F6:F7 F9:F9"."""
    spans: list[list[int]] = []
    for row in rows:
        if spans and spans[-1][1] == row - 1:
            spans[-1][1] = row
        else:
            spans.append([row, row])
    return " ".join(f"{reference(first, column)}:{reference(last, column)}" for first, last in spans)


def _page(tab: Worksheet, assessments: int) -> None:
    """Names and headings stay in sight, the sheet is protected without a password, A4 to print."""
    first = reference(FIRST_ROW, FIRST_ASSESSMENT)
    tab.freeze_panes = first
    for selection in tab.sheet_view.selection:
        selection.activeCell = selection.sqref = first
    tab.protection.sheet = True
    tab.protection.formatColumns = False  # its reader may widen a column
    tab.print_title_rows = f"{HEAD_ROW}:{ABOUT_ROW}"
    tab.page_setup.orientation = "portrait" if assessments <= 4 else "landscape"
    tab.page_setup.paperSize = tab.PAPERSIZE_A4
    tab.page_setup.fitToHeight = 0
    tab.page_margins.left = tab.page_margins.right = 0.4  # inches
    tab.sheet_properties.pageSetUpPr.fitToPage = True
    tab.oddFooter.center.text = "&P / &N"
