"""Publication, declaration, a promotion's progress and reminders: services, refusals, pages, mails."""

from __future__ import annotations

import datetime

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from butrt.base.journal.models import Entry as JournalEntry
from curriculum.models import Weight
from grades.models import Assessment, Teaching
from grades.overview import cohort_overview, overview
from grades.progress.completion import declare_complete, reopen
from grades.progress.publication import publish, withdraw
from grades.progress.reminders import plan
from grades.services import Entry, lock_marks, record_marks
from tests.factories import (
    make_assessment,
    make_cohort,
    make_department,
    make_element,
    make_enrolment,
    make_parcours,
    make_programme,
    make_student,
    make_teaching,
    make_user,
    programme_of,
)

pytestmark = pytest.mark.django_db

NBSP = "\N{NO-BREAK SPACE}"


@pytest.fixture
def department():
    return make_department()


@pytest.fixture
def director(department):
    return make_user("director", department=department, last_name="Lenoir", email="lenoir@iut.example")


@pytest.fixture
def head(department):
    return make_user("teacher", department=department, last_name="Marchetti", email="marchetti@iut.example")


@pytest.fixture
def teacher(department):
    return make_user("teacher", department=department, last_name="Ouadah", email="ouadah@iut.example")


@pytest.fixture
def teaching(department, head, teacher):
    """An element with one évaluation, DS, and two students, ABÉLARD and BARTOLI; nothing entered."""
    cohort = make_cohort(make_programme(parcours=make_parcours(department=department)))
    teaching = make_teaching(
        cohort, programme_of(cohort).elements.get(code="R31"), heads=[head], teachers=[teacher]
    )
    make_assessment(teaching, title="DS")
    for name in ("ABÉLARD", "BARTOLI"):
        make_enrolment(cohort, make_student(department, last_name=name))
    return teaching


def enter(teaching, *texts, by=None):
    """These texts for the students in order, at every évaluation of the element."""
    enrolments = teaching.cohort.enrolments.order_by("student__last_name")
    entries = [
        Entry(assessment.pk, enrolment.pk, text, 0)
        for assessment in teaching.assessments.all()
        for enrolment, text in zip(enrolments, texts, strict=False)
    ]
    record_marks(teaching=teaching, entries=entries, by=by or teaching.heads.get())


def last_act():
    entry = JournalEntry.objects.order_by("pk").last()
    return entry.act, entry.details


def told(refusal):
    return " ".join(refusal.value.messages)


# ---------- publication ----------


def test_who_teaches_publishes_and_it_is_journaled(teaching, teacher):
    enter(teaching, "12")
    assessment = publish(assessment=teaching.assessments.get(), by=teacher)

    assert Assessment.objects.get().published
    assert last_act() == ("assessment.publish", {"assessment": assessment.pk, "marks": 1})


def test_nothing_to_show_is_not_published(teaching, head):
    with pytest.raises(ValidationError) as refusal:
        publish(assessment=teaching.assessments.get(), by=head)

    assert told(refusal) == "DS n’a aucune note : rien à publier."
    assert not Assessment.objects.get().published


def test_published_twice_is_refused(teaching, head):
    enter(teaching, "12")
    publish(assessment=teaching.assessments.get(), by=head)

    with pytest.raises(ValidationError, match="DS est déjà publiée"):
        publish(assessment=teaching.assessments.get(), by=head)


def test_a_withdrawal_has_its_motive(teaching, head):
    enter(teaching, "12")
    assessment = publish(assessment=teaching.assessments.get(), by=head)
    with pytest.raises(ValidationError, match="le retrait se motive"):
        withdraw(assessment=assessment, motive="  ", by=head)
    assert Assessment.objects.get().published
    withdraw(assessment=assessment, motive="Erreur de barème.", by=head)

    assert not Assessment.objects.get().published
    assert last_act() == (
        "assessment.withdraw",
        {"assessment": assessment.pk, "motive": "Erreur de barème."},
    )
    with pytest.raises(ValidationError, match="n’est pas publiée"):
        withdraw(assessment=assessment, motive="Encore.", by=head)


def test_the_page_publishes_then_withdraws(client, teaching, teacher):
    enter(teaching, "12")
    client.force_login(teacher)
    address = reverse("grades:publication", args=[teaching.assessments.get().pk])
    assert "<b>1 note</b>\xa0: chaque étudiant verra la sienne" in client.get(address).text
    sheet = client.post(address, {"act": "publish"}, follow=True)

    assert "DS est publiée" in sheet.text
    assert " publiée<span" in sheet.text.split("<tbody")[0]

    refused = client.post(address, {"act": "withdraw", "motive": ""})
    assert refused.status_code == 200
    assert Assessment.objects.get().published
    again = client.post(address, {"act": "publish"}, follow=True)
    assert "DS est déjà publiée" in again.text
    client.post(address, {"act": "withdraw", "motive": "Erreur de barème."})
    assert not Assessment.objects.get().published


def test_a_locked_assessment_is_still_published(teaching, head):
    enter(teaching, "12", "13")
    lock_marks(cohort=teaching.cohort, semesters=[3], by=head)

    assert publish(assessment=teaching.assessments.get(), by=head).published


# ---------- the declaration ----------


def test_an_element_is_not_complete_while_marks_are_missing(teaching, head):
    make_assessment(teaching, title="TP")
    first = teaching.cohort.enrolments.order_by("student__last_name").first()
    ds, tp = teaching.assessments.order_by("title")
    record_marks(
        teaching=teaching,
        entries=[Entry(ds.pk, first.pk, "ABI", 0), Entry(tp.pk, first.pk, "ATT", 0)],
        by=head,
    )
    with pytest.raises(ValidationError) as refusal:
        declare_complete(teaching=teaching, by=head)

    assert told(refusal) == (
        f"3{NBSP}notes manquent. DS{NBSP}: 1, BARTOLI Camille. "
        f"TP{NBSP}: 2, dont 1 attendue (ATT), ABÉLARD Camille et BARTOLI Camille."
    )
    assert Teaching.objects.get(pk=teaching.pk).completed_at is None


def test_the_first_names_are_told_the_others_counted(teaching, head, department):
    for number in range(4):
        make_enrolment(teaching.cohort, make_student(department, last_name=f"CARRÉ{number}"))
    with pytest.raises(ValidationError) as refusal:
        declare_complete(teaching=teaching, by=head)

    assert told(refusal).endswith(": 6, ABÉLARD Camille, BARTOLI Camille, CARRÉ0 Camille et 3 autres.")


def test_without_assessment_there_is_nothing_to_declare(teaching, head):
    teaching.assessments.all().delete()

    with pytest.raises(ValidationError, match="Aucune évaluation"):
        declare_complete(teaching=teaching, by=head)


def test_who_left_keeps_nothing_waiting(teaching, head):
    enter(teaching, "12")
    left = teaching.cohort.enrolments.get(student__last_name="BARTOLI")
    left.status, left.status_since = "DEM", datetime.date(2024, 12, 1)
    left.save()

    assert declare_complete(teaching=teaching, by=head).completed_by == head


def test_it_is_declared_then_reopened_with_a_motive(teaching, head, director):
    enter(teaching, "12", "ABJ")
    declared = declare_complete(teaching=teaching, by=head)

    assert (declared.completed_by, last_act()[0]) == (head, "teaching.complete")
    with pytest.raises(ValidationError, match=r"est déjà déclaré complet, le .* par Camille Marchetti"):
        declare_complete(teaching=teaching, by=director)
    with pytest.raises(ValidationError, match="se motive"):
        reopen(teaching=teaching, motive=" ", by=director)
    reopen(teaching=teaching, motive="Copie retrouvée.", by=director)

    assert Teaching.objects.get(pk=teaching.pk).completed_at is None
    assert last_act()[0] == "teaching.reopen"
    assert last_act()[1]["motive"] == "Copie retrouvée."
    with pytest.raises(ValidationError, match="n’est pas déclaré complet"):
        reopen(teaching=teaching, motive="Encore.", by=director)


def test_a_mark_changed_later_keeps_the_declaration(teaching, head):
    enter(teaching, "12", "13")
    declare_complete(teaching=teaching, by=head)
    ds = teaching.assessments.get()
    first = teaching.cohort.enrolments.order_by("student__last_name").first()
    record_marks(teaching=teaching, entries=[Entry(ds.pk, first.pk, "14", 1)], by=head)

    assert Teaching.objects.get(pk=teaching.pk).completed_at
    assert last_act()[0] == "marks.record"


def test_nothing_is_declared_nor_reopened_while_the_jury_sits(teaching, head):
    enter(teaching, "12", "13")
    lock_marks(cohort=teaching.cohort, semesters=[3], by=head)
    with pytest.raises(ValidationError, match="verrouillées par le jury"):
        declare_complete(teaching=teaching, by=head)
    Teaching.objects.filter(pk=teaching.pk).update(completed_at=timezone.now(), completed_by=head)

    with pytest.raises(ValidationError, match="verrouillées par le jury"):
        reopen(teaching=teaching, motive="Copie retrouvée.", by=head)


def test_the_sheet_says_why_it_cannot_be_declared(client, teaching, head, teacher):
    enter(teaching, "12")
    client.force_login(head)
    text = client.get(teaching.get_absolute_url()).text

    assert 'aria-disabled="true" aria-describedby="why-declare">Déclarer complet' in text
    assert f"1{NBSP}note manque. DS{NBSP}: 1, BARTOLI Camille." in text
    refused = client.post(reverse("grades:complete", args=[teaching.pk]), follow=True).text
    assert refused.count(f"1{NBSP}note manque.") == 2  # the refusal, and beside the grid
    client.force_login(teacher)
    assert "Déclarer complet</button>" not in client.get(teaching.get_absolute_url()).text


def test_the_browser_is_told_that_the_element_can_be_declared(client, teaching, head):
    enter(teaching, "12", "9")
    client.force_login(head)

    said = client.get(reverse("grades:figures", args=[teaching.pk])).json()["completion"]

    assert said["why"] == ""
    assert 'type="submit"' in said["declare"]


def test_the_pages_declare_and_reopen(client, teaching, head):
    enter(teaching, "12", "13")
    client.force_login(head)
    text = client.post(reverse("grades:complete", args=[teaching.pk]), follow=True).text

    assert "R31 est déclaré complet." in text
    assert ">Rouvrir</summary>" in text
    home = client.get("/").text
    assert f"complet le {timezone.localdate().day}" in home
    text = client.post(
        reverse("grades:reopen", args=[teaching.pk]), {"motive": "Copie retrouvée."}, follow=True
    ).text
    assert "est rouvert" in text
    assert "il reste à déclarer l’élément complet" in client.get("/").text


def test_states_of_an_element(teaching, head, teacher, director):
    def state(person):
        return overview(person, 2024)[0].state[2]

    assert state(head) == "à commencer"
    enter(teaching, "12")
    assert state(head) == "en saisie"
    enter(teaching, "12", "13")
    assert [state(each) for each in (head, director)] == ["à déclarer complet"] * 2
    declare_complete(teaching=teaching, by=head)
    assert state(teacher).startswith("complet le ")
    make_enrolment(teaching.cohort)
    assert state(head).endswith(f"1{NBSP}à saisir depuis")


# ---------- a promotion's progress ----------


def progress_page(client, teaching, query=""):
    return client.get(reverse("cohorts:progress", args=[teaching.cohort_id]) + query)


def test_the_director_sees_every_element(client, teaching, director):
    make_teaching(teaching.cohort, programme_of(teaching.cohort).elements.get(code="R41"))
    enter(teaching, "12", "ATT")
    client.force_login(director)
    rows = list(progress_page(client, teaching).context["table"].as_values(exclude_columns=("pick",)))

    assert rows[0] == [
        "Élément",
        "Responsables",
        "Notes",
        "Attendues (ATT)",
        "État",
        "Déclaré le",
        "Relancé le",
    ]
    assert [row[:5] for row in rows[1:]] == [
        ["R31 Élément R31", "Camille Marchetti", "1/2", 1, "en saisie"],
        ["R41 Élément R41", "personne", "0/0", 0, "aucune évaluation"],
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?semester=4", ["R41"]),
        ("?q=marchetti", ["R31"]),
        ("?q=R4", ["R41"]),
        ("?state=to_declare", ["R31"]),
        ("?state=declared", []),
        ("?state=unfinished&sort=-code", ["R41", "R31"]),
    ],
)
def test_it_is_filtered_and_sorted(client, teaching, director, query, found):
    make_teaching(teaching.cohort, programme_of(teaching.cohort).elements.get(code="R41"))
    enter(teaching, "12", "13")
    client.force_login(director)

    rows = progress_page(client, teaching, query).context["table"].rows
    assert [row.record.code for row in rows] == found


def test_it_is_exported(client, teaching, director):
    client.force_login(director)
    answer = progress_page(client, teaching, "?_export=csv")

    assert answer["Content-Type"].startswith("text/csv")
    assert "R31 Élément R31;Camille Marchetti;0/2;0;à commencer;;" in answer.content.decode("utf-8-sig")
    assert "Choisir" not in answer.content.decode("utf-8-sig")


def test_its_queries_do_not_grow(client, teaching, director):
    def queries():
        with CaptureQueriesContext(connection) as caught:
            progress_page(client, teaching)
        return len(caught)

    client.force_login(director)
    before = queries()
    unit = programme_of(teaching.cohort).units.first()
    for number in range(6):
        element = make_element(programme_of(teaching.cohort), code=f"R9{number}")
        Weight.objects.create(unit=unit, element=element, coefficient=1)
        more = make_teaching(teaching.cohort, element, heads=[make_user()], teachers=[make_user()])
        make_assessment(more)
        make_enrolment(teaching.cohort)

    assert queries() == before
    assert before <= 20


# ---------- reminders ----------


def remind(client, teaching, *teachings, **posted):
    data = {"teachings": [each.pk for each in teachings], **posted}
    return client.post(reverse("cohorts:remind", args=[teaching.cohort_id]), data, follow=True)


def lines_of(teaching, person):
    return cohort_overview(teaching.cohort, person)


@pytest.fixture
def other(teaching, head):
    """A second element of the same head, everything entered, nothing declared."""
    element = programme_of(teaching.cohort).elements.get(code="R41")
    other = make_teaching(teaching.cohort, element, heads=[head])
    make_assessment(other, title="TP")
    enter(other, "10", "11")
    return other


def test_who_is_written_to(teaching, other, head, teacher, director):
    planned = plan(lines_of(teaching, director))

    assert [(letter.person, len(letter.lines)) for letter in planned.letters] == [(head, 2), (teacher, 1)]
    assert (planned.unreached, planned.nobody) == ([], [])


def test_without_address_closed_or_unnamed_is_told(teaching, other, head, teacher, director):
    head.email = ""
    head.save()
    teacher.is_active = False
    teacher.save()
    other.heads.clear()
    planned = plan(lines_of(teaching, director))

    assert planned.letters == []
    assert [letter.person for letter in planned.unreached] == [head, teacher]
    assert [line.teaching for line in planned.nobody] == [other]


def test_the_confirmation_counts_and_sends_nothing(client, teaching, other, director):
    client.force_login(director)
    text = remind(client, teaching, teaching, other).text

    assert "Envoyer 2 courriels" in text
    assert mail.outbox == []
    assert not JournalEntry.objects.filter(act="teachings.remind").exists()


def test_one_mail_a_person_journaled_and_dated(client, teaching, other, director, settings):
    settings.DEFAULT_FROM_EMAIL = "jury@iut.example"
    client.force_login(director)
    text = remind(client, teaching, teaching, other, confirmed="1").text

    assert f"2{NBSP}courriels envoyés" in text
    assert [message.to for message in mail.outbox] == [["marchetti@iut.example"], ["ouadah@iut.example"]]
    first, second = mail.outbox
    assert first.subject == "Notes à compléter : R31 et R41"
    assert (first.from_email, first.reply_to) == ("jury@iut.example", ["lenoir@iut.example"])
    assert "2 éléments qui vous sont confiés" in first.body
    assert "DS : 2 notes à saisir" in first.body.replace("\xa0", " ")
    assert "Tout est saisi. Il reste à déclarer l’élément complet." in first.body
    assert f"http://testserver{teaching.get_absolute_url()}" in first.body
    assert ("R41" in second.body, "ABÉLARD" in first.body) == (False, False)
    act, details = last_act()
    assert act == "teachings.remind"
    assert details["teachings"] == sorted([teaching.pk, other.pk])
    assert len(details["people"]) == 2
    table = progress_page(client, teaching).context["table"]
    assert table.reminders.keys() == {teaching.pk, other.pk}


def test_all_those_shown(client, teaching, other, director):
    client.force_login(director)
    text = remind(client, teaching, shown=[teaching.pk], all="1").text

    assert "Envoyer 2 courriels" in text  # head and teacher of the first; the second was not shown


def test_nothing_expected_nothing_sent(client, teaching, director, head):
    enter(teaching, "12", "13")
    declare_complete(teaching=teaching, by=head)
    client.force_login(director)

    text = remind(client, teaching, teaching, confirmed="1").text
    assert "rien à relancer" in text
    assert mail.outbox == []


def test_a_foreign_element_is_not_reminded(client, teaching, director):
    client.force_login(director)

    assert "rien à relancer" in remind(client, teaching, make_teaching(), confirmed="1").text


def test_a_mail_server_that_refuses_is_told(client, teaching, director, monkeypatch):
    sent = EmailBackend.send_messages

    def refuse(backend, messages):
        if messages[0].to == ["marchetti@iut.example"]:
            raise OSError("refusé")
        return sent(backend, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    client.force_login(director)
    text = remind(client, teaching, teaching, confirmed="1").text

    assert f"Le serveur de courriel a refusé{NBSP}: Camille Marchetti" in text
    assert last_act()[1]["failed"] == [teaching.heads.get().username]
    assert len(mail.outbox) == 1


def test_a_mail_server_that_does_not_answer_sends_and_journals_nothing(
    client, teaching, director, monkeypatch
):
    def silent(backend):
        raise OSError("injoignable")

    monkeypatch.setattr(EmailBackend, "open", silent)
    client.force_login(director)
    text = remind(client, teaching, teaching, confirmed="1").text

    assert "Rien ne leur est parvenu" in text
    assert not JournalEntry.objects.filter(act="teachings.remind").exists()
