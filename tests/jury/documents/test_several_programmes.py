"""What comes out of a jury of two parcours: a PV in parts that its own data confirm, each one's documents."""

from __future__ import annotations

import csv
import io

import pytest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from curriculum.models import Programme
from grades.models import Mark, MarkChange
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
from jury.sittings import services
from jury.sittings.corrections.services import open_correction
from tests.jury.several import make_several
from tests.jury.world import close_world, reread

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


def test_pages_show_one_parcours_or_all(closed, client):
    world, _ = closed
    client.force_login(world.president)

    for name in ("room", "spread", "figures"):
        address = reverse(f"jury:{name}", args=[world.session.pk])
        everyone, cyber = (client.get(address + query).content.decode() for query in ("", "?parcours=Cyber"))
        assert all(way in everyone for way in ("IOM", "Cyber", "Tous les parcours"))
        assert len(cyber) < len(everyone)
    table = client.get(
        reverse("jury:room", args=[world.session.pk]), {"parcours": "Cyber", "groupe": "programme"}
    )
    rows = table.context["room"].rows
    assert [row.case.last_name for row in rows] == ["CHARLIE", "DELTA"]
    assert list(table.context["room"].headings)[2:10] == [
        *("acquis", "UE31", "UE41", "RT1", "UE34", "UE44", "RT4.Cyber", "ects"),
    ]
    grouped = client.get(reverse("jury:room", args=[world.session.pk]), {"groupe": "programme"}).context[
        "room"
    ]
    assert [(group.words, len(group.rows)) for group in grouped.groups] == [("Cyber", 2), ("IOM", 2)]


def test_the_jury_of_an_odd_semester_and_its_correction():
    world = make_several({"IOM": {"ALPHA": "12"}, "Cyber": {"CHARLIE": "14"}}, semester=3)
    close_world(world)

    open_correction(session=world.session, motive="Une note.", marks=True, by=world.president)
    mark = Mark.objects.get(
        enrolment=world.enrolments["CHARLIE"], assessment__teaching__element__code="R34.Cyber"
    )
    Mark.objects.filter(pk=mark.pk).update(value="15")
    MarkChange.objects.create(
        mark=mark,
        version=mark.version,
        value="15",
        code="",
        by=world.president,
        at=timezone.now(),
        origin="screen",
    )
    services.open_deliberation(session=reread(world), by=world.president, motive="Corrigée.")
    second = services.close(session=reread(world), by=world.president)

    assert second.version == 2
    assert [second.touches(world.student(name).number) for name in ("ALPHA", "CHARLIE")] == [False, True]
    page = minutes_page(second, Proceedings.of_version(second))
    assert [(part["label"], part["columns"][1].units) for part in page["parts"]] == [
        ("IOM", ("UE34",)),
        ("Cyber", ("UE34",)),
    ]


def test_the_room_filters_and_groups_by_regime(client):
    world = make_several(CLASS)
    Programme.objects.filter(parcours__short="Cyber").update(modality="apprentissage")
    client.force_login(world.president)
    address = reverse("jury:room", args=[world.session.pk])

    grouped = client.get(address, {"groupe": "regime"})
    alone = client.get(address, {"regime": "apprentissage"}).context["room"]

    assert "Tous les régimes" in grouped.content.decode()
    assert [(group.words, len(group.rows)) for group in grouped.context["room"].groups] == [
        ("apprentissage", 2),
        ("formation initiale", 2),
    ]
    assert [row.case.last_name for row in alone.rows if alone.asked.keeps(row)] == ["CHARLIE", "DELTA"]
    # Reduced to a parcours that has not this regime, the table is empty, and what empties it is still there.
    nobody = client.get(address, {"regime": "apprentissage", "parcours": "IOM, formation initiale"})
    assert "Tous les régimes" in nobody.content.decode()
    assert not [row for row in nobody.context["room"].rows if nobody.context["room"].asked.keeps(row)]
    assert [case.programme_label for case in alone.proceedings.cases[::2]] == [
        "IOM, formation initiale",
        "Cyber, apprentissage",
    ]
