"""Marks changed by somebody else are told by mail: gathered, without a mark nor a name."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.db.models import F
from django.utils import timezone

from butrt.base.accounts.models import ReadUpTo, User
from butrt.base.journal.models import Entry
from butrt.base.workers.services import clean
from grades.models import Mark
from grades.progress import alerts
from grades.services.recording import Entry as Cell
from grades.services.recording import record_marks
from tests.factories import (
    make_assessment,
    make_cohort,
    make_enrolment,
    make_programme,
    make_teaching,
    make_user,
)

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


class World:
    """An element of three marks given by its teacher, before anyone looked."""

    def __init__(self) -> None:
        programme = make_programme()
        self.cohort = make_cohort(programme)
        department = self.cohort.department
        self.teacher, self.colleague, self.director = (
            make_user(role, department=department, email=f"{name}@iut.example", last_name=name.title())
            for role, name in (("teacher", "titulaire"), ("teacher", "collegue"), ("director", "direction"))
        )
        self.teaching = make_teaching(self.cohort, teachers=[self.teacher, self.colleague])
        self.assessment = make_assessment(self.teaching, title="DS de mars")
        self.enrolments = [make_enrolment(self.cohort) for _ in range(4)]
        for enrolment in self.enrolments[:3]:
            self.write(enrolment, "10", self.teacher)
        alerts.look()  # the first look of all tells nothing of before

    def write(self, enrolment, text: str, by: User) -> None:
        mark = Mark.objects.filter(assessment=self.assessment, enrolment=enrolment).first()
        cell = Cell(self.assessment.pk, enrolment.pk, text, mark.version if mark else 0)
        record_marks(teaching=self.teaching, entries=[cell], by=by)

    @property
    def told(self) -> list[str]:
        return sorted(to for message in mail.outbox for to in message.to)


def wait(minutes: int) -> None:
    """As if all that is written were so much older."""
    Entry.objects.update(at=F("at") - minutes * MINUTE)
    ReadUpTo.objects.update(at=F("at") - minutes * MINUTE)


@pytest.fixture
def world() -> World:
    return World()


def test_a_sheet_saved_cell_by_cell_is_one_mail_without_a_mark_nor_a_name(world: World):
    for enrolment in world.enrolments:
        world.write(enrolment, "17,25", world.director)
        wait(20)
        clean()
    still_at_it = world.told
    wait(20)
    clean()
    clean()
    body = mail.outbox[0].body

    assert still_at_it == []
    assert world.told == ["collegue@iut.example", "titulaire@iut.example"]
    assert f"Par {world.director}, le " in body
    assert "DS de mars\N{NO-BREAK SPACE}: 4 notes" in body
    assert f"/elements/{world.teaching.pk}/" in body
    assert "17,25" not in body
    assert not any(enrolment.student.last_name in body for enrolment in world.enrolments)


def test_a_colleague_who_fills_what_was_empty_is_no_news_who_changes_is(world: World):
    world.write(world.enrolments[3], "12", world.colleague)
    wait(90)
    clean()
    filled = world.told
    world.write(world.enrolments[0], "12", world.colleague)
    wait(40)
    clean()

    assert filled == []
    assert world.told == ["titulaire@iut.example"]
    assert "DS de mars\N{NO-BREAK SPACE}: 1 note\n" in mail.outbox[0].body


def test_who_does_not_want_to_be_told_or_teaches_no_more_is_not(world: World):
    User.objects.filter(pk=world.teacher.pk).update(told_of_marks=False)
    world.colleague.roles.all().delete()
    world.write(world.enrolments[0], "12", world.director)
    wait(40)
    clean()

    assert world.told == []


def test_what_was_done_in_two_times_is_two_runs():
    at = datetime(2025, 3, 4, 8, tzinfo=timezone.get_current_timezone())

    def entry(minutes: int, by: int, teaching: int = 1) -> Entry:
        return Entry(at=at + minutes * MINUTE, by_id=by, details={"teaching": teaching, "marks": []})

    entries = [entry(0, 1), entry(10, 2), entry(29, 1), entry(59, 1), entry(60, 1, 2), entry(90, 1)]
    made = [(run.teaching, run.entries[0].by_id, len(run.entries)) for run in alerts.runs(entries)]

    assert sorted(made) == [(1, 1, 1), (1, 1, 3), (1, 2, 1), (2, 1, 1)]


def test_looking_costs_the_same_for_one_mark_and_for_many(world: World, django_assert_max_num_queries):
    for enrolment in world.enrolments:
        world.write(enrolment, "15", world.director)
    wait(40)
    with django_assert_max_num_queries(16):
        alerts.look()
