"""The documents of a session: whom each concerns, what its file is called, and its page."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from butrt.base.documents.files import file_stem
from curriculum.models import Parcours, Programme
from grades.models import Cohort, Student
from jury.cases.proceedings import Proceedings
from jury.documents.kinds import KINDS, MINUTES, TRANSCRIPT, WHOLE_SESSION
from jury.documents.source import DocumentSource
from jury.models import Session
from tests.jury import snapshots
from tests.jury.world import all_at, make_world

AT = datetime(2025, 7, 1, 10, tzinfo=UTC)


def source(*, provisional: bool = False, rank: int = 1) -> DocumentSource:
    minutes = snapshots.minutes()
    programme = Programme(parcours=Parcours(code="RT-Cyber"), year=2, modality="initiale")
    cohort = Cohort(year=2, school_year=2024)
    cohort.taught = [programme]
    session = Session(cohort=cohort, semester=4, rank=rank)
    if provisional:
        return DocumentSource(session, Proceedings.of_minutes(minutes.content), None, AT)
    return DocumentSource.of_minutes(session, minutes)


def test_each_kind_is_known_by_its_key():
    assert [kind.key for kind in KINDS.values()] == list(KINDS)


def test_a_transcript_for_each_student_before_and_after_the_closing():
    everyone = [number for number, *_ in snapshots.PEOPLE]

    assert [case.id for case in TRANSCRIPT.students(source())] == everyone
    assert [case.id for case in TRANSCRIPT.students(source(provisional=True))] == everyone


def test_one_pv_for_the_session():
    assert MINUTES.students(source()) == []
    assert not MINUTES.provisional


def test_names_of_files_are_plain():
    named = TRANSCRIPT.file_name(source(), "21000006"), TRANSCRIPT.file_name(source(), "21000002")

    assert named == (
        "RELEVE_RT-Cyber_BUT2_S4_2024-2025_FARGUES-LOEUF_Zoe_21000006.pdf",
        "RELEVE_RT-Cyber_BUT2_S4_2024-2025_BREHAT_Noe_21000002.pdf",
    )


def test_a_file_says_its_formation_its_session_and_its_year():
    catch_up = source(rank=3)

    assert source().file_stem("resultats") == "resultats_RT-Cyber_BUT2_S4_2024-2025"
    assert source(provisional=True).file_stem("suites") == "suites_RT-Cyber_BUT2_S4_2024-2025_provisoire"
    assert catch_up.file_stem("PV", "v1") == "PV_RT-Cyber_BUT2_S4_2024-2025_rattrapage-2_v1"
    assert source(rank=2).file_stem("PV") == "PV_RT-Cyber_BUT2_S4_2024-2025_rattrapage"
    catch_up.session.judged[0].modality = "apprentissage"
    assert catch_up.file_stem("PV").startswith("PV_RT-Cyber-FA_BUT2_S4_")


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_file_of_several_is_called_by_their_plural(kind):
    assert kind.files in {
        *("PV", "releves", "notifications", "attestations-reussite", "attestations-ue"),
        *("attestations-dut", "attestations-but"),
    }


def test_a_name_is_ascii_and_of_a_length_that_a_disk_takes():
    long = file_stem("RELEVE", "É" * 90, "李", "Œuvre & Cie", "2024-2025")

    assert long == f"RELEVE_{'E' * 40}_OEuvre-Cie_2024-2025"


@pytest.mark.django_db
def test_the_page_of_a_document(client):
    world = make_world({"ABEL": all_at("12")})
    client.force_login(world.president)
    number = world.student("ABEL").number

    def ask(kind: str, student: str):
        return client.get(reverse("jury:student_pdf", args=[world.session.pk, kind, student]))

    given = ask("releve", number)

    assert (given.status_code, given["Content-Type"]) == (200, "application/pdf")
    assert given["Content-Disposition"] == (
        f'inline; filename="{world.session.file_stem("RELEVE", "provisoire", "ABEL", "Camille", number)}.pdf"'
    )
    assert given.content.startswith(b"%PDF-1.7")
    assert [ask("releve", "0").status_code, ask("pv", number).status_code] == [404, 404]
    assert ask("diplome", number).status_code == 404


@pytest.mark.django_db
def test_a_pv_says_in_its_name_that_it_is_not_signed():
    world = make_world({"ABEL": all_at("12")})
    minutes = snapshots.minutes()
    minutes.session, minutes.created_by = world.session, world.president
    minutes.save()
    read = DocumentSource.of(world.session)

    assert MINUTES.file_name(read, WHOLE_SESSION) == f"{world.session.file_stem('PV')}_v1_non-signe.pdf"
    assert MINUTES.render(read, WHOLE_SESSION).startswith(b"%PDF-1.7")


@pytest.mark.django_db
def test_a_name_of_before_that_the_fonts_lack_is_named_on_the_page(client):
    world = make_world({"LI": all_at("12")})
    Student.objects.update(first_name="李")
    client.force_login(world.president)
    address = reverse(
        "jury:student_pdf",
        kwargs={"pk": world.session.pk, "kind": "releve", "number": world.student("LI").number},
    )

    assert client.get(address)["Content-Type"] == "application/pdf"
