"""What comes out of a jury of two parcours: a PV in parts that its own data confirm, each one's documents."""

from __future__ import annotations

import csv
import io

import pytest
from django.template.loader import render_to_string
from openpyxl import load_workbook

from jury.cases.proceedings import Proceedings
from jury.documents.checking import check_all
from jury.documents.letters.sentences.fields import full_title
from jury.documents.minutes.document import minutes_page, render_minutes
from jury.documents.source import DocumentSource
from jury.documents.transcripts.document import transcript_page
from jury.documents.verify.report import examine
from jury.exchange.apogee.services import programme_of_file
from jury.exchange.flat import results_csv
from jury.exchange.results_workbook import results_workbook
from tests.jury.several import make_several
from tests.jury.world import close_world

pytestmark = pytest.mark.django_db

CLASS = {"IOM": {"ALPHA": "12", "BRAVO": "12/10"}, "Cyber": {"CHARLIE": "14", "DELTA": "11/12"}}


@pytest.fixture(scope="module")
def closed(once):
    world = once(lambda: make_several(CLASS))
    minutes = once(lambda: close_world(world))
    return world, minutes


def test_the_minutes_have_a_part_a_parcours(closed):
    _, minutes = closed
    proceedings = Proceedings.of_version(minutes)

    page = minutes_page(minutes, proceedings)
    text = render_to_string("jury/documents/minutes/minutes.html", page | {"check": None})

    assert page["heading"] == "BUT2 IOM, Cyber"
    assert [part["label"] for part in page["parts"]] == ["IOM", "Cyber"]
    assert [[row["person"]["last_name"] for row in part["rows"]] for part in page["parts"]] == [
        ["ALPHA", "BRAVO"],
        ["CHARLIE", "DELTA"],
    ]
    assert [[column.competence for column in part["columns"]] for part in page["parts"]] == [
        ["RT1", "RT4.IOM"],
        ["RT1", "RT4.Cyber"],
    ]
    assert [part["summary"] for part in page["parts"]] == [
        "2 dossiers examinés : 2 admis (2 de droit, 0 par décision du jury)."
    ] * 2
    assert text.count("<h2>Décisions, parcours ") == 2


def test_what_the_minutes_print_is_what_their_data_say(closed):
    _, minutes = closed

    report = examine(render_minutes(minutes).content)

    assert [finding.text for finding in report.findings if not finding.holds] == [
        "Le document ne porte aucune signature.",
        "Le fichier n’est pas celui qui a été enregistré ici, octet pour octet.",
    ]  # it was not signed


def test_everything_agrees_once_closed(closed):
    findings = [sentence for checked in check_all() for sentence in checked.findings]
    of_factories = ("sans historique.", "le journal n’en dit rien.")  # marks written without the services
    assert [sentence for sentence in findings if not sentence.endswith(of_factories)] == []


def test_a_transcript_is_of_the_student_s_own_parcours(closed):
    _, minutes = closed
    proceedings = Proceedings.of_version(minutes)
    charlie = next(case for case in proceedings.cases if case.last_name == "CHARLIE")

    page = transcript_page(proceedings, charlie, minutes=minutes, at=minutes.created_at)

    assert page["diploma"] == "Réseaux et Télécommunications, parcours Cybersécurité, formation initiale"
    assert [block["title"] for block in page["blocks"]] == ["Administrer", "Le métier Cyber"]
    assert full_title("BUT", charlie.programme) == (
        "BUT, spécialité « Réseaux et Télécommunications », parcours « Cybersécurité »"
    )


def test_the_number_in_the_register_is_that_of_the_parcours(closed):
    world, minutes = closed
    for programme in world.session.judged:
        identity = programme.identity
        identity.rncp = f"RNCP{programme.parcours.short}"
        identity.save()

    source = DocumentSource.of_minutes(world.session, minutes)

    numbers = {case.last_name: source.rncp(case) for case in source.proceedings.cases}
    assert numbers == {"ALPHA": "RNCPIOM", "BRAVO": "RNCPIOM", "CHARLIE": "RNCPCyber", "DELTA": "RNCPCyber"}


def test_the_table_for_elsewhere_leaves_empty_what_is_not_theirs(closed):
    _, minutes = closed

    rows = list(
        csv.DictReader(
            io.StringIO(results_csv(Proceedings.of_version(minutes)).decode("utf-8-sig")), delimiter=";"
        )
    )

    alpha, charlie = rows[0], rows[2]
    assert (alpha["Programme"], alpha["UE34 IOM moyenne"], alpha["UE34 Cyber moyenne"]) == (
        "IOM",
        "12,00",
        "",
    )
    assert (charlie["Programme"], charlie["UE34 IOM code"], charlie["RT4.Cyber code"]) == ("Cyber", "", "ADM")


def test_the_workbook_has_a_sheet_a_semester_and_parcours(closed):
    _, minutes = closed

    data = results_workbook(Proceedings.of_version(minutes), title="Jury S4", by_group=True)

    book = load_workbook(io.BytesIO(data))
    assert book.sheetnames == [
        *("S3 IOM", "S3 Cyber", "S4 IOM", "S4 Cyber", "BUT2", "Sans groupe", "Années précédentes", "Codes"),
        *("Statistiques IOM", "Statistiques Cyber", "Origines"),
    ]
    year = [[cell.value for cell in row] for row in book["BUT2"].iter_rows(min_row=3, max_row=4)]
    assert dict(zip(*year, strict=True))["RT4.IOM code"] == "ADM"
    assert dict(zip(*year, strict=True))["RT4.Cyber code"] is None


def test_a_file_of_apogee_is_of_the_programme_of_its_students(closed):
    world, _ = closed

    class File:
        rows = [world.student(name) for name in ("CHARLIE", "DELTA", "ALPHA")]

    assert programme_of_file(world.session, File()).parcours.short == "Cyber"  # type: ignore[arg-type]
