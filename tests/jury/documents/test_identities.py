"""Who is named how before a jury and on its documents, and what waits for an identity that is not whole."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.template.loader import render_to_string
from django.urls import reverse

from grades.models import Student
from jury.cases.proceedings import Proceedings
from jury.cases.refusals import Refusal
from jury.documents.batches import services as batches
from jury.documents.kinds import KINDS
from jury.documents.minutes.document import minutes_page
from jury.documents.minutes.rows import row_of
from jury.documents.source import DocumentSource
from jury.documents.transcripts.document import transcript_page
from jury.models import Batch
from jury.sittings import services
from jury.sittings.checklist import blocking, checklist
from tests.factories import make_user
from tests.jury.world import all_at, make_world, reread

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def made(once):
    """LE GOFF is read ABADIE Kim; MARTIN has neither INE nor birthplace, yet the jury is opened."""

    def make():
        world = make_world({"LE GOFF": all_at("12"), "MARTIN": all_at("14"), "BARON": all_at("15")})
        Student.objects.filter(last_name="LE GOFF").update(usual_last_name="ABADIE", usual_first_name="Kim")
        Student.objects.filter(last_name="MARTIN").update(ine="", birth_place="", first_name="Zoé")
        items = checklist(world.session, Proceedings.of(world.session))
        refusal = ""
        try:
            services.open_deliberation(session=world.session, by=world.president)
        except Refusal as refused:
            refusal = refused.messages[0]
        services.open_deliberation(session=reread(world), by=world.president, motive="INE attendu.")
        services.adopt(session=reread(world), by=world.president, expected=3)
        return SimpleNamespace(world=world, items=items, refusal=refusal)

    return once(make)


@pytest.fixture
def world(made, db):
    return made.world


@pytest.fixture
def closed(world):
    minutes = services.close(session=reread(world), by=world.president)
    world.session = minutes.session = reread(world)
    return minutes


def martin(world):
    return Student.objects.get(pk=world.student("MARTIN").pk)


def test_the_checklist_says_who_lacks_what_before_the_opening(made):
    (item,) = [item for item in blocking(made.items) if "identité" in item.title]

    assert (item.title, item.text.split(". ")[0]) == (
        "1 identité à compléter",
        "MARTIN Zoé (INE, lieu de naissance)",
    )
    assert "1 identité à compléter" in made.refusal


def test_pages_read_the_usual_names_and_sort_by_them(client, world):
    client.force_login(world.president)

    room = client.get(reverse("jury:room", args=[world.session.pk])).content.decode()

    assert [case.name for case in Proceedings.of(reread(world)).cases] == [
        *("ABADIE Kim", "BARON Camille", "MARTIN Zoé")
    ]
    assert "ABADIE <span>Kim</span>" in room
    assert "LE GOFF" not in room
    assert (
        "ABADIE"
        in client.get(reverse("jury:room", args=[world.session.pk]), {"cherche": "goff"}).content.decode()
    )
    card = client.get(reverse("jury:card", args=[world.session.pk, world.student("LE GOFF").number]))
    assert "LE GOFF Camille" in card.content.decode()  # the legal one, on the card of who has another


def test_the_pv_prints_the_legal_names_in_their_order(world, closed):
    proceedings = Proceedings.of_minutes(closed.content)
    page = minutes_page(closed, proceedings)

    printed = render_to_string("jury/documents/minutes/minutes.html", page | {"check": None})

    assert [row["person"]["last_name"] for row in page["parts"][0]["rows"]] == ["BARON", "LE GOFF", "MARTIN"]
    assert "ABADIE" not in printed
    assert "INE à compléter" in printed
    transcript = transcript_page(
        proceedings, proceedings.case(world.student("LE GOFF").number), minutes=closed, at=closed.created_at
    )
    assert transcript["name"].endswith("Camille LE GOFF")


def test_what_comes_before_the_closing_is_on_the_pv(world):
    Student.objects.filter(pk=martin(world).pk).update(ine="0000000009Z", birth_place="Lens")

    minutes = services.close(session=reread(world), by=world.president)

    person = minutes.content["context"]["students"][martin(world).number]
    assert (person["ine"], person["birth_place"]) == ("0000000009Z", "Lens")
    assert reread(world).snapshot["context"]["students"][martin(world).number] == person


def test_a_student_of_an_exchange_is_printed_without_ine(world):
    Student.objects.filter(pk=martin(world).pk).update(without_ine=True, birth_place="Turin")

    minutes = services.close(session=reread(world), by=world.president)

    proceedings = Proceedings.of_minutes(minutes.content)
    case = proceedings.case(martin(world).number)
    assert (case.lacks, case.ine) == ([], "sans INE")
    assert row_of(case, proceedings.columns)["ine"] == "sans INE"
    assert "without_ine" not in proceedings.case(world.student("BARON").number).person


def test_documents_that_say_who_a_student_is_wait_for_an_identity(client, world, closed):
    number = martin(world).number
    source = DocumentSource.of(world.session, by=world.president)
    waiting = {key for key, kind in KINDS.items() if kind.concerns and kind.refusal(source, number)}
    assert waiting == {"releve", "reussite", "ue", "dut", "but"}
    with pytest.raises(Refusal, match=r"MARTIN Zoé, n°.* INE et lieu de naissance à compléter"):
        KINDS["releve"].give_out(source, number)

    client.force_login(make_user("secretariat", department=world.session.department))
    answer = client.get(reverse("jury:student_pdf", args=[world.session.pk, "releve", number]), follow=True)

    assert answer.redirect_chain[0][0] == reverse("jury:student_documents", args=[world.session.pk, number])
    assert (
        answer.content.decode().count("INE et lieu de naissance à compléter") >= 2
    )  # the message, the lines


def test_one_completed_since_is_printed_so_and_what_was_frozen_stays(world, closed):
    student = martin(world)
    Student.objects.filter(pk=student.pk).update(ine="0000000009Z", birth_place="Lens", last_name="AUTRE")
    source = DocumentSource.of(world.session, by=world.president)

    assert KINDS["releve"].refusal(source, student.number) == ""
    person = source.case(student.number).person
    assert (person["ine"], person["birth_place"], person["last_name"]) == ("0000000009Z", "Lens", "MARTIN")


def test_a_batch_names_who_waits_and_makes_the_others(world, closed, monkeypatch):
    from tests.jury.documents.test_batches import with_render

    monkeypatch.setitem(KINDS, "releve", with_render(lambda _source, student: f"%PDF {student}".encode()))

    batch = batches.start(session=world.session, kinds=["releve"], form=Batch.Form.ZIP, by=world.president)

    states = dict(batch.pieces.values_list("name", "state"))
    assert (states["ABADIE Kim"], states["MARTIN Zoé"]) == ("done", "failed")
    assert "INE et lieu de naissance à compléter" in batch.pieces.get(state="failed").error
