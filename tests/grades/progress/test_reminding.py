"""Who is reminded of what is missing."""

from __future__ import annotations

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.urls import reverse

from butrt.base.journal.models import Entry as JournalEntry
from grades.overview import cohort_overview
from grades.progress.completion import declare_complete
from grades.progress.reminders import plan
from tests.factories import (
    make_assessment,
    make_teaching,
    programme_of,
)
from tests.grades.progress.marks import NBSP, enter, last_act, progress_page

pytestmark = pytest.mark.django_db


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
