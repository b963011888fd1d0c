"""The documents given out, their codes, and the page where anyone checks one."""

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from butrt.base.documents.qr import mark
from butrt.base.documents.verification_codes import as_written, new_code
from jury.documents.issued import issued_for, issued_for_all, note_printed
from jury.models import Issued, Minutes, Printed, Session
from tests.base.documents.tools import text_of
from tests.jury.world import World, all_at, close_world, make_world

pytestmark = pytest.mark.django_db
TRANSCRIPT = "releve"


def closed(names: tuple[str, ...] = ("DUPONT",)) -> tuple[World, Session, Minutes]:
    world = make_world({name: all_at("12") for name in names})
    minutes = close_world(world)
    return world, world.session, minutes


def numbers(world: World) -> list[str]:
    return [enrolment.student.number for enrolment in world.enrolments.values()]


def test_a_code_reads_as_it_was_written():
    code = new_code()

    assert (len(code), len({new_code() for _ in range(50)})) == (24, 50)
    assert as_written(code.lower().replace("-", " ")) == code
    assert as_written("oil0") == "0110"


def test_the_mark_leads_to_the_public_address(settings):
    settings.BUTRT_PUBLIC_URL = "https://jury.iut.example"
    made = mark("7Q4M-X2KD-9RTF-0HMZ-K3VD")

    assert made.address == "https://jury.iut.example/verifier/7Q4M-X2KD-9RTF-0HMZ-K3VD/"
    assert made.site == "jury.iut.example/verifier"
    assert made.svg.startswith("<svg")
    assert "<title>" in made.svg


def test_the_same_document_keeps_its_code():
    world, session, minutes = closed()
    student = world.student("DUPONT")

    first = issued_for(session, minutes, TRANSCRIPT, student, by=world.president)
    assert issued_for(session, minutes, TRANSCRIPT, student, by=world.president) == first
    others = {
        issued_for(session, None, TRANSCRIPT, student, by=world.president).token,
        issued_for(session, minutes, "notification", student, by=world.president).token,
        minutes.issued.get(kind="pv").token,
    }
    assert len(others | {first.token}) == 4


def test_a_kind_about_a_student_names_one():
    world, session, minutes = closed()

    for wrong in (
        Issued(session=session, minutes=minutes, kind=TRANSCRIPT),
        Issued(session=session, minutes=minutes, kind="pv", student=world.student("DUPONT")),
        Issued(session=session, kind="pv"),
    ):
        wrong.by, wrong.at = world.president, minutes.created_at
        with pytest.raises(ValidationError, match="issued_pv"):
            wrong.full_clean()


@pytest.mark.parametrize("provisional", [False, True])
def test_many_are_made_in_as_many_queries_as_one(django_assert_num_queries, provisional):
    for names in (("DUPONT",), ("ABEL", "BOB", "CARL")):
        world, session, minutes = closed(names)
        version = None if provisional else minutes
        with django_assert_num_queries(4):
            made = issued_for_all(session, version, TRANSCRIPT, numbers(world), by=world.president)
        again = issued_for_all(session, version, TRANSCRIPT, numbers(world), by=world.president)

        assert list(made) == numbers(world)
        assert {number: each.student.number for number, each in made.items()} == {n: n for n in made}
        assert again == made
        one = issued_for(session, version, TRANSCRIPT, world.student(names[0]), by=world.president)
        assert one == made[one.student.number]


def test_a_file_printed_twice_is_noted_once():
    world, session, minutes = closed()
    issued = issued_for(session, minutes, TRANSCRIPT, world.student("DUPONT"), by=world.president)

    note_printed([(issued, b"one"), (issued, b"two")])
    note_printed([(issued, b"one")])
    assert Printed.objects.filter(issued=issued).count() == 2


def test_documents_bear_their_code(client: Client):
    world, session, minutes = closed()
    client.force_login(world.president, backend="django.contrib.auth.backends.ModelBackend")
    pv = client.get(reverse("jury:minutes_pdf", args=[session.pk, 1]))
    transcript = client.get(reverse("jury:student_pdf", args=[session.pk, "releve", numbers(world)[0]]))

    assert minutes.issued.get(kind="pv").token in text_of(pv.content)
    given = minutes.issued.get(kind="releve")
    assert given.token in text_of(transcript.content)
    assert given.printed.count() == 1


def told(client: Client, issued: Issued) -> str:
    answer = client.get(issued.get_absolute_url())
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_tells_what_a_code_is_and_nobody_s_name(client: Client):
    world, session, minutes = closed()
    issued = issued_for(session, minutes, TRANSCRIPT, world.student("DUPONT"), by=world.president)
    page = told(client, issued)

    assert "Relevé de notes" in page
    assert "Jury S4 et année BUT2" in page
    assert "pas encore signé" in page
    assert minutes.fingerprint[:4] in page
    assert "DUPONT" not in page
    assert issued.student.number not in page


def test_a_superseded_document_says_by_which_version(client: Client):
    world, session, minutes = closed()
    issued = minutes.issued.get(kind="pv")
    Minutes.objects.create(
        session=session,
        version=2,
        created_at=minutes.created_at,
        created_by=world.president,
        content=minutes.content,
        fingerprint=minutes.fingerprint,
    )

    assert "remplace la version 1" in told(client, issued)


def test_a_provisional_document_says_so_then_that_it_is_past(client: Client):
    world = make_world({"DUPONT": all_at("12")})
    issued = issued_for(world.session, None, TRANSCRIPT, world.student("DUPONT"), by=world.president)

    assert "Provisoire, sans valeur officielle" in told(client, issued)
    close_world(world)
    assert "Provisoire et dépassé" in told(client, issued)


def test_a_typed_code_finds_its_page_and_an_unknown_one_says_so(client: Client):
    _, _, minutes = closed()
    token = minutes.issued.get(kind="pv").token
    typed = client.get(reverse("verify:document", args=[token.lower().replace("-", "")]))
    unknown = client.get(reverse("verify:document", args=[new_code()]))

    assert (typed.status_code, typed["Location"]) == (302, reverse("verify:document", args=[token]))
    assert unknown.status_code == 404
    assert "Aucun document d’ici ne porte ce code" in unknown.content.decode()
