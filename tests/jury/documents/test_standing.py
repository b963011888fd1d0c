"""After a correction: whose documents it replaces, and that those of the others stand."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from django.core import mail
from django.urls import reverse

from grades.models import Assessment, Mark
from jury.documents.batches import mailing, services
from jury.documents.batches.forms import BatchForm
from jury.documents.fingerprints import fingerprint
from jury.documents.kinds import KINDS, TRANSCRIPT
from jury.documents.source import DocumentSource
from jury.documents.verify.report import examine
from jury.documents.verify.standing import standing_of
from jury.models import Batch, Minutes, MinutesRevision
from jury.sittings import services as sessions
from jury.sittings.corrections.services import open_correction
from tests.factories import make_user
from tests.jury.life import adopt, close, decide, fresh, open_jury
from tests.jury.world import World, all_at, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def closed_once(once: Callable[[Callable], Any]) -> World:
    return once(make_closed)


@pytest.fixture
def closed(db: None, closed_once: World) -> World:
    return deepcopy(closed_once)


def make_closed() -> World:
    """DUPONT repeats, MARTIN is admitted; a PV said signed."""
    world = make_world({"DUPONT": all_at("9"), "MARTIN": all_at("14")})
    for name in ("DUPONT", "MARTIN"):
        student = world.student(name)
        student.email = f"{name.lower()}@etu.example"
        student.save()
    open_jury(world)
    decide(world, "DUPONT", "RED", motive="Les bases manquent.")
    adopt(world)
    close(world)
    sign(world)
    return world


def sign(world: World) -> None:
    version = world.session.minutes.order_by("-version")[0]
    MinutesRevision.objects.create(
        minutes=version,
        step=1,
        field="sig-president",
        label="Présidence",
        at=version.created_at,
        pdf=b"",
        sha256="0" * 64,
    )


def corrected(world: World, **decision: str) -> Minutes:
    """DUPONT decided anew."""
    open_correction(session=fresh(world), motive="Erreur.", marks=False, by=world.president)
    decide(world, "DUPONT", **({"code": "PAS1NCI"} | decision))
    return close(world)


def source(world: World) -> DocumentSource:
    return DocumentSource.of(fresh(world), by=world.president)


def number(world: World, name: str) -> str:
    return world.student(name).number


def code(world: World, name: str) -> str:
    return source(world).issued("releve", number(world, name)).token


def state(token: str) -> str:
    standing = standing_of(token)
    assert standing is not None
    return standing.state


def test_a_correction_replaces_the_documents_of_the_student_it_touches(closed):
    before = {name: code(closed, name) for name in closed.enrolments}
    second = corrected(closed)

    assert second.touched == [number(closed, "DUPONT")]
    assert {name: state(token) for name, token in before.items()} == {
        "DUPONT": "superseded",
        "MARTIN": "in_force",
    }
    assert code(closed, "MARTIN") == before["MARTIN"]
    assert code(closed, "DUPONT") != before["DUPONT"]
    assert state(code(closed, "DUPONT")) == "unsigned"


def test_the_file_of_the_others_is_the_same_and_verifies(closed):
    martin, dupont = number(closed, "MARTIN"), number(closed, "DUPONT")
    files = {each: TRANSCRIPT.give_out(source(closed), each) for each in (martin, dupont)}
    corrected(closed)
    report = examine(files[martin])

    assert TRANSCRIPT.give_out(source(closed), martin) == files[martin]
    assert report.verdict == "in_force"
    assert "La version 2 du procès-verbal n’y change rien" in report.findings[-1].text
    assert examine(files[dupont]).verdict == "superseded"


def test_the_page_of_a_code_says_that_it_still_holds(client, closed):
    token = code(closed, "MARTIN")
    corrected(closed)

    page = client.get(reverse("verify:document", args=[token])).text
    assert "n’y change rien\xa0: il reste valable" in page
    assert "Délivré ici, en vigueur" in page


def test_two_versions_that_differ_by_a_motive_alone_have_two_fingerprints(closed):
    first = Minutes.objects.whole().get()
    second = corrected(closed, code="RED", motive="Les bases de RT2 manquent.")

    assert second.fingerprint != first.fingerprint
    (said,) = second.content["correction"]["changes"]
    assert [line.replace("\xa0", " ") for line in said["lines"]] == [
        "motif de RED, l’année : « Les bases manquent. » → « Les bases de RT2 manquent. »"
    ]
    assert second.touched == [number(closed, "DUPONT")]
    stored = Minutes.objects.whole().get(version=2)
    assert fingerprint(stored.content) == stored.fingerprint


def test_a_mark_that_changes_no_code_is_told_with_both_averages(closed):
    open_correction(session=fresh(closed), motive="Erreur.", marks=True, by=closed.president)
    Mark.objects.filter(
        enrolment=closed.enrolments["MARTIN"],
        assessment=Assessment.objects.get(teaching__element__code="R41"),
    ).update(value=15)
    open_jury(closed)
    second = close(closed)
    (said,) = second.content["correction"]["changes"]

    assert [line.replace("\xa0", " ") for line in said["lines"]] == [
        "R41 : 14,00 → 15,00",
        "UE41 : 14,00 ADM → 15,00 ADM",
        "RT1 niveau 2 : 14,00 ADM → 14,50 ADM",
    ]
    assert second.touched == [number(closed, "MARTIN")]


def test_another_date_replaces_everybody_s(closed):
    open_correction(session=fresh(closed), motive="Erreur.", marks=False, by=closed.president)
    session = fresh(closed)
    session.place, session.date = "B205", session.date.replace(day=9)
    sessions.schedule(session=session, by=closed.president)
    second = close(closed)
    (said,) = second.content["correction"]["changes"]

    assert (second.touched, said["who"]) == (None, "Séance et membres")
    assert [line.replace("\xa0", " ") for line in said["lines"]] == [
        "date : 8 juillet 2025 → 9 juillet 2025",
        "lieu : salle B204 → B205",
    ]
    assert source(closed).about(number(closed, "MARTIN")).minutes.version == 2


def test_a_member_s_presence_replaces_nobody_s(closed):
    token = code(closed, "DUPONT")
    open_correction(session=fresh(closed), motive="Erreur.", marks=False, by=closed.president)
    closed.session.members.filter(name="Une membre").update(presence="excused")
    second = close(closed)

    assert (second.touched, state(token)) == ([], "in_force")
    assert "présent → enseignante, excusé" in second.changes


def test_only_what_is_replaced_is_made_and_sent_again(closed):
    services.send(session=fresh(closed), kinds=["releve"], by=closed.president)
    corrected(closed)
    sign(closed)
    batch = services.start(
        session=fresh(closed), kinds=["releve"], form=Batch.Form.ZIP, replaced=True, by=closed.president
    )
    planned = mailing.plan(fresh(closed), [KINDS["releve"]])
    services.send(session=fresh(closed), kinds=["releve"], by=closed.president)

    assert [piece.number for piece in batch.pieces.all()] == [number(closed, "DUPONT")]
    assert [letter.case.id for letter in planned.letters] == [number(closed, "DUPONT")]
    assert [letter.case.id for letter in planned.received] == [number(closed, "MARTIN")]
    assert [each.to for each in mail.outbox] == [
        ["dupont@etu.example"],
        ["martin@etu.example"],
        ["dupont@etu.example"],
    ]
    assert (
        BatchForm(source=source(closed), ready={}).fields["replaced"].choices[0][1].endswith("(1 étudiant)")
    )


def test_the_pages_name_whose_documents_are_replaced(client, closed):
    corrected(closed)
    client.force_login(closed.president)
    after = client.get(reverse("jury:after", args=[closed.session.pk])).text
    martin = reverse("jury:student_documents", args=[closed.session.pk, number(closed, "MARTIN")])

    assert "remplace les documents de <b>DUPONT Camille</b>" in after
    assert "viennent de la version 1 et restent en vigueur" in client.get(martin).text


def test_a_student_untouched_keeps_theirs_while_the_next_version_is_signed(client, closed):
    answers = {}
    open_correction(session=fresh(closed), motive="Erreur.", marks=False, by=closed.president)
    for step in ("corrected", "closed"):
        if step == "closed":
            decide(closed, "DUPONT", code="PAS1NCI")
            close(closed)
        for name in closed.enrolments:
            student = closed.student(name)
            student.refresh_from_db()
            if student.account is None:
                student.account = make_user("student", department=closed.session.department)
                student.save()
            client.force_login(student.account)
            address = reverse("own:document", args=[closed.session.pk, "releve"])
            answers[step, name] = (
                client.get(address).status_code,
                address in client.get(reverse("own:marks")).text,
            )

    assert answers == {
        ("corrected", "DUPONT"): (200, True),
        ("corrected", "MARTIN"): (200, True),
        ("closed", "DUPONT"): (404, False),
        ("closed", "MARTIN"): (200, True),
    }
