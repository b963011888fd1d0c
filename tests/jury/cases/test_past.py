"""Domain 3.8: what is told of the past is told as it was, in every document and screen."""

import io
import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from butrt.base.french import typeset
from jury.cases import past
from jury.cases.outlook import few_words
from jury.cases.proceedings import Proceedings
from jury.documents.kinds import KINDS
from jury.documents.letters.grounds import refusal
from jury.documents.letters.sentences import acquired_units
from jury.documents.source import DocumentSource
from jury.documents.transcripts import render_transcript
from jury.documents.transcripts.document import transcript_page
from jury.exchange.results_workbook import results_workbook
from jury.models import Result, Session
from jury.reports.promotion.flow import flow_of
from jury.room.path import path
from jury.room.table import earlier
from jury.students.personal.held import held
from tests.factories import make_result, programme_of
from tests.jury.documents.test_minutes_document import text_of
from tests.jury.years import Years, case, read

pytestmark = pytest.mark.django_db


@pytest.fixture
def years():
    return Years()


@pytest.fixture(scope="module")
def repeating_once(once: Callable[[Callable], Any]):
    return once(make_repeating)


@pytest.fixture
def repeating(db, repeating_once):
    return deepcopy(repeating_once)


def make_repeating():
    """LEA repeats BUT2, NOE does not; S3 is closed before S4. LEA's UE32 was 6.00, it is 6.10 this year."""
    years = Years()
    lea, noe = years.student("LEA"), years.student("NOE")
    first = years.cohort(years.programme("IOM", 2), 2023)
    years.enrol(first, lea, {"R31": "12", "R32": "6", "R42": "13.9", "R34": "8.1", "R44": "7", "*": "12"})
    years.hold(first, 3)
    years.hold(first, 4, LEA="RED")
    again = years.cohort(years.programme("IOM", 2), 2024)
    years.enrol(again, lea, {"R32": "6.1", "R34": "10.72", "R44": "12"})
    years.enrol(again, noe, {"*": "14"})
    years.hold(again, 3)
    years.hold(again, 4)
    return again.sessions.get(semester=4), lea, noe


def printed(session, student):
    """The context of the transcript of the last PV of a session."""
    minutes = session.minutes.latest("version")
    minutes.session = session
    proceedings = Proceedings.of_minutes(minutes.content)
    found = proceedings.case(student.number)
    return transcript_page(proceedings, found, minutes=minutes, at=minutes.created_at)


def units(session, student):
    """The rows of the attestation of UE: {UE: who gave it}."""
    minutes = session.minutes.latest("version")
    found = Proceedings.of_minutes(minutes.content).case(student.number)
    rows = acquired_units(found, minutes.content["session"]["date"])
    return {row["name"]: row["since"].replace("\N{NO-BREAK SPACE}", " ") for row in rows}


def test_a_repeater_s_transcript_tells_last_year_as_it_was(repeating):
    session, lea, _noe = repeating
    (year,) = printed(read(session), lea)["history"]

    assert (year["year"], year["sentence"]) == ("BUT2", "2023-2024 : RED, ajourné·e, peut redoubler")
    cells = {row["competence"]: (*row["units"], row["rcue"]) for row in year["rows"]}
    assert cells["RT2"] == ("UE32 6,00 AJ, 0 ECTS", "UE42 13,90 ADM, 10 ECTS", "9,95 AJ")
    assert cells["RT4"] == ("UE34 8,10 AJ, 0 ECTS", "UE44 7,00 AJ, 0 ECTS", "7,55 AJ")


def test_who_does_not_repeat_has_no_earlier_year_of_this_one(repeating):
    session, _lea, noe = repeating

    assert printed(read(session), noe)["history"] == []


def test_a_kept_ue_says_the_jury_that_gave_it(repeating):
    session, lea, _noe = repeating
    minutes = session.minutes.latest("version")
    minutes.session = read(session)
    proceedings = Proceedings.of_minutes(minutes.content)
    told = text_of(render_transcript(proceedings, lea.number, minutes=minutes).content)

    assert "Acquise en 2023-2024 (jury S4 et année BUT2), gardée définitivement (4.3)." in told
    assert "Acquise en 2023-2024 (jury S3), gardée définitivement (4.3)." in told
    assert "UE32 6,00 AJ, 0 ECTS" in told
    assert "8,10 AJ" in told


def test_an_attestation_dates_each_ue_by_the_jury_that_gave_it(repeating):
    session, lea, noe = repeating

    assert units(read(session), lea) == {
        "UE31": "5 février 2024, jury S3",
        "UE32": "5 juillet 2025, jury S4 et année BUT2",
        "UE34": "5 février 2025, jury S3",
        "UE41": "5 juillet 2024, jury S4 et année BUT2",
        "UE42": "5 juillet 2024, jury S4 et année BUT2",
        "UE44": "5 juillet 2025, jury S4 et année BUT2",
    }
    assert units(read(session), noe)["UE31"] == "5 février 2025, jury S3"


def test_an_acquired_ue_taken_again_for_less_stays_the_earlier_jury_s(years):
    lea = years.student("LEA")
    first = years.cohort(years.programme("IOM", 2), 2023)
    years.enrol(first, lea, {"R31": "12", "R41": "11", "*": "7"})
    years.hold(first, 4, LEA="RED")
    again = years.cohort(years.programme("IOM", 2), 2024)
    years.enrol(again, lea, {"R31": "10.5", "R41": "15", "*": "12"})
    years.hold(again, 4)
    told = units(again.sessions.get(), lea)

    assert told["UE31"] == "5 juillet 2024, jury S4 et année BUT2"
    assert told["UE41"] == (
        "5 juillet 2025, jury S4 et année BUT2 ; déjà acquise : 5 juillet 2024, jury S4 et année BUT2"
    )
    given = Result.objects.filter(student=lea, school_year=2024, kind="unit").values_list(
        "subject", flat=True
    )
    assert "UE31" not in given
    assert "UE41" in given


def test_a_ue_from_elsewhere_says_its_document(years):
    mia = years.student("MIA")
    cohort = years.cohort(years.programme("IOM", 2), 2024)
    years.enrol(cohort, mia, {"R41": "12", "R42": "12", "R44": "12"})
    for unit in programme_of(cohort).units.filter(semester=3):
        make_result(mia, unit, source="mobility", school_year=2024, average="", document="relevé de Gand")
    years.hold(cohort, 4)

    assert units(cohort.sessions.get(), mia)["UE31"] == "2024-2025, semestre à l’étranger, relevé de Gand"


@pytest.fixture(scope="module")
def moved_once(once: Callable[[Callable], Any]):
    return once(make_moved)


@pytest.fixture
def moved(db, moved_once):
    return deepcopy(moved_once)


def make_moved():
    """INES acquired RT4 of Cyber, then repeats in IOM, where RT4 is another competence."""
    years = Years()
    ines = years.student("INES")
    cyber = years.cohort(years.programme("Cyber", 2), 2023)
    years.enrol(cyber, ines, {"RT4": "15", "*": "7"})
    years.hold(cyber, 4, INES="RED")
    iom = years.cohort(years.programme("IOM", 2), 2024)
    years.enrol(iom, ines, {"*": "12"})
    years.hold(iom, 4)
    return iom.sessions.get(), ines


APART = (
    "Compétence de Cyber, niveau 1 : UE34 15,00 ADM, UE44 15,00 ADM, compétence 15,00 ADM "
    "(parcours Cyber, 2023-2024)"
)


def test_what_the_present_parcours_does_not_have_is_told_apart(client, moved):
    session, ines = moved
    page = printed(read(session), ines)
    client.force_login(session.president)
    card = client.get(reverse("jury:card", args=[session.pk, ines.number])).text

    assert page["apart"] == [APART]
    (year,) = page["history"]
    assert year["sentence"] == "2023-2024 : RED, ajourné·e, peut redoubler, parcours Cyber"
    assert [row["competence"] for row in year["rows"]] == ["RT1", "RT2"]
    assert "Résultats d’un autre parcours, sans effet ici" in card
    assert typeset(APART) in typeset(card)


def test_the_room_names_another_parcours(moved):
    session, ines = moved
    found = case(session, ines)

    assert path(found)[0][1].results[0] == ("2023-2024", "RED", "parcours Cyber")
    assert earlier(found)[0] == "BUT2 RED 2023 parcours Cyber"


def test_the_workbook_tells_earlier_years_only(repeating):
    session, lea, noe = repeating
    book = load_workbook(io.BytesIO(results_workbook(Proceedings.of(read(session)), title="Jury")))
    head, *rows = list(book["Années précédentes"].iter_rows(min_row=3, values_only=True))
    by_number = {row[head.index("N° étudiant")]: dict(zip(head, row, strict=True)) for row in rows}

    assert by_number[lea.number]["UE32 moyenne"] == 6
    assert by_number[lea.number]["UE32 depuis"] == "2023-2024"
    assert by_number[lea.number]["ECTS acquis avant"] == 30
    assert by_number[noe.number]["UE32 moyenne"] is None
    assert by_number[noe.number]["ECTS acquis avant"] == 0


# ---------- a diploma is granted once ----------


@pytest.fixture(scope="module")
def graduated_once(once: Callable[[Callable], Any]):
    return once(make_graduated)


@pytest.fixture
def graduated(db, graduated_once):
    return deepcopy(graduated_once)


def make_graduated():
    """TOM has his DUT in July 2024, ZOE too; at S6 TOM has the BUT, ZOE is NAR."""
    years = Years()
    tom, zoe = years.student("TOM"), years.student("ZOE")
    for parcours, year, school_year in (("TC", 1, 2022), ("IOM", 2, 2023), ("IOM", 3, 2024)):
        cohort = years.cohort(years.programme(parcours, year), school_year)
        years.enrol(cohort, tom, {"*": "12"})
        years.enrol(cohort, zoe, {"*": "12" if year < 3 else "5"})
        years.hold(cohort, 2 * year - 1)
        years.hold(cohort, 2 * year, **({"ZOE": "NAR"} if year == 3 else {}))
    sessions = Session.objects.with_programme().filter(cohort__enrolments__student=tom)
    return {session.semester: session for session in sessions.order_by("date")}, tom, zoe


def test_only_the_jury_that_grants_a_diploma_attests_it(graduated):
    sessions, tom, zoe = graduated
    attested = {
        semester: [found.name.split()[0] for found in KINDS["dut"].students(DocumentSource.of(session))]
        for semester, session in sessions.items()
    }

    assert attested == {1: [], 2: [], 3: [], 4: ["TOM", "ZOE"], 5: [], 6: []}
    assert [found.id for found in KINDS["but"].students(DocumentSource.of(sessions[6]))] == [tom.number]
    last = DocumentSource.of(sessions[6]).proceedings.case(zoe.number)
    assert refusal("dut", last).replace("\N{NO-BREAK SPACE}", " ") == (
        "DUT obtenu le 5 juillet 2024 (jury S4 et année BUT2) : ce jury-là l’atteste, une fois pour toutes."
    )
    assert few_words(last.following) == "orientation"


def test_a_later_jury_s_page_leads_to_the_attestation(client, graduated):
    sessions, tom, _zoe = graduated
    client.force_login(sessions[6].president)
    page = client.get(reverse("jury:student_documents", args=[sessions[6].pk, tom.number])).text
    attested = reverse("jury:student_documents", args=[sessions[4].pk, tom.number])

    assert "DUT obtenu le 5\N{NO-BREAK SPACE}juillet\N{NO-BREAK SPACE}2024 (jury S4 et année BUT2)" in page
    assert f'href="{attested}"' in page
    refused = client.get(reverse("jury:student_pdf", args=[sessions[6].pk, "dut", tom.number]))
    assert refused.status_code == 404


def test_the_card_says_the_diploma_already_granted(graduated):
    sessions, tom, _zoe = graduated
    found = case(sessions[6], tom)

    assert past.diplomas_granted(found)[0].startswith("DUT obtenu le 5")


# ---------- where results are listed ----------


def test_personal_data_have_every_line_of_the_ledger_withdrawn_too(years):
    mia = years.student("MIA")
    cohort = years.cohort(years.programme("IOM", 2), 2024)
    unit = programme_of(cohort).units.get(code="UE31")
    make_result(
        mia,
        unit,
        source="transfer",
        document="relevé de Lens",
        withdrawn_at="2025-01-01T00:00Z",
        withdrawn_by=years.president,
        withdrawal_motive="Erreur de dossier.",
    )
    (part,) = [part for part in held(mia) if part.key == "resultats"]
    (line,) = [dict(zip(part.header, row, strict=True)) for row in part.rows]

    assert len(set(part.header)) == len(part.header)
    assert (line["année"], line["origine"], line["pièce"]) == ("2023-2024", "autre IUT", "relevé de Lens")
    assert (line["compétence"], line["motif du retrait"]) == ("Compétence RT1", "Erreur de dossier.")
    assert json.dumps(line)


def test_the_flow_follows_what_stands(years, repeating):
    session, lea, noe = repeating
    make_result(
        noe, "BUT1", "NAR", school_year=2023, withdrawn_at="2025-01-01T00:00Z", withdrawal_motive="Non."
    )
    make_result(lea, "BUT1", "ADM", school_year=2024)  # beside her own year
    passages = {
        (student.last_name, each.start.school_year): (each.start.label, each.code)
        for each in flow_of(session.cohort).passages
        for student in each.students
    }

    assert passages == {
        ("LEA", 2023): ("BUT2", "RED"),
        ("LEA", 2024): ("BUT2", "ADM"),
        ("NOE", 2024): ("BUT2", "ADM"),
    }
