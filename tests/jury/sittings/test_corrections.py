"""A closed session corrected: the version in force stays, the next one says what changes, why and by whom."""

import datetime
from copy import deepcopy

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from butrt.base.journal.models import Entry
from grades.models import Assessment, Mark
from jury.cases.proceedings import Proceedings
from jury.cases.refusals import Refusal
from jury.documents.minutes import services as minutes_services
from jury.documents.minutes.document import minutes_page
from jury.models import Correction, Decision, Member, Minutes, Result, Session
from jury.sittings import services
from jury.sittings.corrections.answers import answer, difference
from jury.sittings.corrections.services import abandon_correction, later_sessions, open_correction
from tests.factories import make_session, make_user
from tests.jury.life import adopt, close, decide, fresh, open_jury, read
from tests.jury.world import all_at, make_world
from tests.pages import plain

pytestmark = pytest.mark.django_db
WHY = "Note de R41 parvenue après la clôture."


@pytest.fixture(scope="module")
def closed_once(once):
    return once(make_closed)


@pytest.fixture
def closed(db, closed_once):
    return deepcopy(closed_once)


def make_closed():
    world = make_world({"DUPONT": all_at("9"), "MARTIN": all_at("14")})
    open_jury(world)
    decide(world, "DUPONT", "RED", motive="Les bases manquent.")
    adopt(world)
    close(world)
    return world


def correct(world, *, marks=False, motive=WHY):
    return open_correction(session=fresh(world), motive=motive, marks=marks, by=world.president)


def abandon(world):
    abandon_correction(session=fresh(world), by=world.president)


def text_of(version):
    """What a version of the PV prints: its page, that tests of documents lay out."""
    page = minutes_page(version, Proceedings.of_minutes(version.content))
    return plain(render_to_string("jury/documents/minutes/minutes.html", page))


def year_of(world, name):
    return Result.objects.get(student=world.student(name), kind="year", session=world.session).code


def test_decisions_taken_up_again_make_a_version_that_names_what_changes(closed):
    first = Minutes.objects.get()
    correct(closed)
    session = fresh(closed)
    assert (session.state, session.correcting) == ("deliberation", True)
    assert Assessment.objects.filter(locked=False).count() == 0
    decide(closed, "DUPONT", "PAS1NCI", motive="Erreur de lecture du jury.")
    second = close(closed)

    assert (second.version, fresh(closed).state, fresh(closed).correcting) == (2, "closed", False)
    said = second.content["correction"]
    assert (said["version"], said["motive"], said["by"]) == (1, WHY, str(closed.president))
    (student,) = said["changes"]
    assert student["who"].startswith("DUPONT Camille")
    lines = [line.replace("\xa0", " ") for line in student["lines"]]
    assert lines[0] == "Année : RED → PAS1NCI"
    assert lines[-2:] == [
        "décision du jury, l’année : RED → PAS1NCI",
        "motif de PAS1NCI, l’année : « Les bases manquent. » → « Erreur de lecture du jury. »",
    ]
    assert Minutes.objects.get(pk=first.pk).content == first.content
    assert year_of(closed, "DUPONT") == "PAS1NCI"
    correction = Correction.objects.get()
    assert (correction.corrected, correction.minutes, correction.ended_at is None) == (first, second, False)
    assert Entry.objects.filter(act="session.close").last().details["motive"] == WHY


def test_a_mark_taken_up_again_goes_through_preparation_and_answers(closed):
    correct(closed, marks=True)
    assert fresh(closed).state == "preparation"
    assert Assessment.objects.filter(locked=True).count() == 0
    Mark.objects.filter(
        assessment__teaching__element__code__in=["R41", "R42"], enrolment=closed.enrolments["DUPONT"]
    ).update(value=15)
    open_jury(closed)
    with pytest.raises(ValidationError, match="répondre"):
        close(closed)
    (case,) = read(closed).unanswered
    answer(
        session=fresh(closed),
        number=case.id,
        kept=(),
        motive="",
        shown=difference(case).mark,
        by=closed.president,
    )
    second = close(closed)
    lines = [line.replace("\xa0", " ") for line in second.content["correction"]["changes"][0]["lines"]]

    assert lines[:3] == ["R41 : 9,00 → 15,00", "R42 : 9,00 → 15,00", "UE31 : AJ → CMP"]
    assert "UE41 : 9,00 AJ → 15,00 ADM" in lines
    assert "Année : RED → ADM" in lines
    assert lines[-1] == "décision du jury retirée, l’année RED"
    assert year_of(closed, "DUPONT") == "ADM"
    again = Proceedings.of_minutes(Minutes.objects.get(version=1).content)
    assert again.case(case.id).year_code == "RED"


def test_the_document_says_what_it_changes_and_the_old_one_that_it_is_replaced(closed):
    correct(closed)
    decide(closed, "DUPONT", "PAS1NCI", motive="Erreur de lecture.")
    close(closed)
    second, first = Minutes.objects.select_related("session").all()
    told = text_of(second)

    assert "Version 2, remplace la version 1 du" in told
    assert "Année : RED → PAS1NCI" in told
    assert f"Motif : « {WHY} »" in told
    assert "Version remplacée La version 2 du" in text_of(first)
    with pytest.raises(ValidationError, match="version plus récente remplace"):
        minutes_services.sign(version=first, by=closed.president)


def test_a_correction_that_changes_nothing_makes_no_version(closed):
    correct(closed)
    with pytest.raises(ValidationError, match="ne change rien"):
        close(closed)

    assert (Minutes.objects.count(), fresh(closed).correcting) == (1, True)


def test_the_members_and_the_meeting_may_be_what_is_corrected(closed):
    correct(closed, motive="Un membre était excusé.")
    Member.objects.create(session=closed.session, name="Paul Roy", quality="enseignant", presence="excused")
    second = close(closed)

    assert second.changes.replace("\xa0", " ") == (
        "Séance et membres : Paul Roy : absent de la liste → enseignant, excusé."
    )


@pytest.mark.parametrize("marks", [False, True])
def test_a_correction_abandoned_leaves_everything_as_the_version_in_force_says(closed, marks):
    before = read(closed).decisions_object()
    snapshot = fresh(closed).snapshot
    correct(closed, marks=marks)
    if marks:
        Mark.objects.update(value=3)
        open_jury(closed)
    decide(closed, "DUPONT", "PAS1NCI")
    decide(closed, "MARTIN", "RED", confirmed_against_right=True)
    decide(closed, "DUPONT", "NAR", advice="BTS.")
    abandon(closed)

    session = fresh(closed)
    assert (session.state, session.correcting, session.snapshot) == ("closed", False, snapshot)
    assert read(closed).decisions_object() == before
    assert set(Assessment.objects.values_list("locked", flat=True)) == {True}
    assert list(Decision.objects.filter(current=True).values_list("code", flat=True)) == ["RED"]
    assert (Minutes.objects.count(), year_of(closed, "DUPONT")) == (1, "RED")
    assert Correction.objects.get().minutes is None
    correct(closed)  # another may be opened
    assert fresh(closed).correcting


def test_abandoning_in_preparation_too(closed):
    snapshot = fresh(closed).snapshot
    correct(closed, marks=True)
    abandon(closed)

    assert (fresh(closed).state, fresh(closed).snapshot) == ("closed", snapshot)
    assert read(closed).cases[0].year_code == "RED"


def test_what_was_done_before_the_closing_is_not_taken_back_by_the_room(closed):
    correct(closed)
    with pytest.raises(ValidationError, match="plus rien à annuler"):
        services.undo(session=fresh(closed), by=closed.president)


@pytest.mark.parametrize("motive", ["", "   "])
def test_a_correction_has_a_motive(closed, motive):
    with pytest.raises(ValidationError, match="demande un motif"):
        correct(closed, motive=motive)
    assert fresh(closed).state == "closed"


def test_only_a_closed_session_is_corrected_and_once_at_a_time(closed):
    correct(closed)
    with pytest.raises(ValidationError, match="On corrige un jury clos"):
        correct(closed)
    abandon(closed)
    with pytest.raises(ValidationError, match="Aucune correction n’est ouverte"):
        abandon(closed)


def test_the_database_holds_the_same(closed):
    correct(closed)
    one = Correction.objects.get()
    for change in ({"motive": ""}, {"minutes": one.corrected}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Correction.objects.update(**change)
    one.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        one.save(force_insert=True)
    with pytest.raises(IntegrityError, match="session_corrected_was_closed"), transaction.atomic():
        Session.objects.update(state="closed")


def test_the_sessions_that_used_its_results_are_listed():
    world = make_world({"DUPONT": all_at("12")}, semester=3)
    open_jury(world)
    adopt(world)
    close(world)
    later = make_session(
        world.session.cohort, world.president, semester=4, regulation=world.session.regulation
    )
    assert list(later_sessions(fresh(world))) == []
    services.open_deliberation(
        session=Session.objects.with_programme().get(pk=later.pk), by=world.president, motive="Essai."
    )

    assert list(later_sessions(fresh(world))) == [later]
    assert list(later_sessions(Session.objects.with_programme().get(pk=later.pk))) == []


# ---------- the pages ----------


@pytest.mark.usefixtures("unprinted")
def test_the_whole_correction_by_the_pages(client, closed):
    client.force_login(closed.president)
    pk = closed.session.pk
    after = reverse("jury:after", args=[pk])
    assert "Corriger le jury clos" in client.get(after).text
    page = client.get(reverse("jury:correct", args=[pk]))
    assert page.status_code == 200
    assert client.post(reverse("jury:correct", args=[pk]), {"what": "decisions"}).status_code == 200
    client.post(reverse("jury:correct", args=[pk]), {"what": "decisions", "motive": WHY})
    assert "Correction d’un jury clos" in client.get(reverse("jury:room", args=[pk])).text
    assert "Correction d’un jury clos" in client.get(after).text  # version 1 stays available
    assert client.get(reverse("jury:minutes_pdf", args=[pk, 1])).status_code == 200
    assert "Rien ne change encore" in client.get(reverse("jury:close", args=[pk])).text
    decide(closed, "DUPONT", "PAS1NCI")
    assert "RED → PAS1NCI" in client.get(reverse("jury:close", args=[pk])).text
    client.post(reverse("jury:close", args=[pk]), {"starts": "14:00", "ends": "14:30"})
    text = client.get(after).text
    assert [each in text for each in ("Version 2", "Version 1", WHY)] == [True, True, True]


def test_abandoning_by_the_page(client, closed):
    client.force_login(closed.president)
    correct(closed)
    client.post(reverse("jury:abandon", args=[closed.session.pk]))

    assert fresh(closed).state == "closed"


def test_only_the_president_corrects(client, closed):
    secretariat = make_user("secretariat", department=closed.session.department)
    client.force_login(secretariat)
    pk = closed.session.pk

    assert client.get(reverse("jury:correct", args=[pk])).status_code == 403
    assert client.post(reverse("jury:abandon", args=[pk])).status_code == 403
    assert "Corriger le jury clos" not in client.get(reverse("jury:after", args=[pk])).text


# ---------- the clock is put back an hour during a correction ----------


def an_hour_back(monkeypatch):
    real = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() - datetime.timedelta(hours=1))


def test_the_clock_put_back_undoes_no_act_of_before_and_gives_up_those_of_the_correction(closed, monkeypatch):
    before = list(closed.session.decisions.filter(current=True).values_list("pk", flat=True))
    correct(closed)
    an_hour_back(monkeypatch)
    decide(closed, "DUPONT", "PAS1NCI", motive="Revu.")

    services.undo(session=fresh(closed), by=closed.president)
    with pytest.raises(Refusal, match="plus rien à annuler"):
        services.undo(session=fresh(closed), by=closed.president)
    decide(closed, "DUPONT", "PAS1NCI", motive="Revu.")
    abandon(closed)
    assert list(closed.session.decisions.filter(current=True).values_list("pk", flat=True)) == before
