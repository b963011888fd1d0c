"""Sheets on paper: letters that one can read, cut between columns that belong together, headings repeated."""

import codecs
import io
import itertools

import pytest
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from butrt.base.paper import SMALLEST, WIDEST, on_one_page, to_print
from jury.cases.proceedings import Proceedings
from jury.exchange.results_workbook import results_workbook
from tests.factories import make_user
from tests.jury import snapshots
from tests.jury.world import all_at, make_world


def sheet_of(widths, **options):
    sheet = Workbook().active
    to_print(sheet, widths=widths, head=3, title="R&T", **options)
    return sheet


def pages_of(sheet, widths, repeated):
    """The width of each page, in characters, the repeated columns included."""
    cuts = [0, *(each.id for each in sheet.col_breaks.brk), len(widths)]
    own = [widths[first:last] for first, last in itertools.pairwise(cuts)]
    return [sum(own[0]), *(sum(widths[:repeated]) + sum(page) for page in own[1:])]


def test_a_table_that_fits_is_on_one_page_of_width():
    sheet = sheet_of([20] * 6)

    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert (sheet.print_title_rows, sheet.print_area) == ("$3:$3", "'Sheet'!$A$3:$F$3")
    assert (sheet.oddHeader.left.text, sheet.oddFooter.center.text) == ("R&&T", "&P / &N")


@pytest.mark.parametrize("blocks", [8, 20, 40])
def test_a_wide_table_is_cut_between_blocks_and_no_smaller_than_can_be_read(blocks):
    widths = [12, 20, 14] + [9, 8, 7] * blocks
    together = ["a", "b", "c"] + [block for block in range(blocks) for _ in range(3)]
    sheet = sheet_of(widths, repeated=3, together=together)

    assert sheet.print_title_cols == "$A:$C"
    assert SMALLEST <= sheet.page_setup.scale <= 100
    assert all((each.id - 3) % 3 == 0 for each in sheet.col_breaks.brk)
    assert max(pages_of(sheet, widths, 3)) <= WIDEST * 100 / sheet.page_setup.scale


def test_a_block_wider_than_a_page_is_left_to_the_spreadsheet():
    assert [each.id for each in sheet_of([50] * 8, together=["x"] * 8).col_breaks.brk] == []


def test_tables_and_charts_are_on_one_page():
    sheet = Workbook().active
    on_one_page(sheet, title="x")

    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 1)
    assert (sheet.page_setup.orientation, sheet.print_area) == ("portrait", "")


def test_every_sheet_of_the_results_is_ready_to_print():
    book = load_workbook(
        io.BytesIO(results_workbook(Proceedings.of_minutes(snapshots.minutes().content), title="Jury S4"))
    )
    for sheet in book:
        assert sheet.page_setup.paperSize == 9
        assert sheet.oddHeader.left.text.startswith("Jury S4")
        assert sheet.oddFooter.center.text == "&P / &N"
        if sheet.title in ("Statistiques", "Origines"):
            assert sheet.page_setup.fitToHeight == 1
            continue
        assert sheet.print_title_rows == "$3:$3"
        assert sheet.print_area.startswith(f"'{sheet.title}'!$A$3:")
        headers = [cell.value for cell in sheet[3]]
        widths = [sheet.column_dimensions[cell.column_letter].width for cell in sheet[3]]
        if not sheet.sheet_properties.pageSetUpPr.fitToPage:
            assert sheet.print_title_cols == "$A:$C"
            assert max(pages_of(sheet, widths, 3)) <= WIDEST * 100 / sheet.page_setup.scale
        for each in sheet.col_breaks.brk:  # a UE's average and its code are on the same page
            assert not headers[each.id].endswith((" code", " ECTS", " depuis"))


@pytest.mark.django_db
def test_a_list_is_given_ready_to_print_and_as_a_text_for_a_french_spreadsheet(client):
    world = make_world({"DUPONT": all_at("12")})
    client.force_login(make_user("secretariat", department=world.session.department))
    address = reverse("jury:following", args=[world.session.pk])
    sheet = load_workbook(io.BytesIO(client.get(address, {"_export": "xlsx"}).content)).active
    text = client.get(address, {"_export": "csv"}).content

    assert (sheet.title, sheet.print_title_rows, sheet.freeze_panes) == ("suites", "$1:$1", "A2")
    assert (sheet.page_setup.orientation, sheet.page_setup.fitToWidth) == ("landscape", 1)
    assert sheet["A2"].value == "DUPONT Camille"
    assert text.startswith(codecs.BOM_UTF8)
    assert text.decode("utf-8-sig").splitlines()[1].startswith("DUPONT Camille;")
