"""Reminding by e-mail those of whom marks, or the declaration, are still expected: one mail a person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import prefetch_related_objects
from django.template.loader import render_to_string

from butrt.base.french import shortened, typeset
from butrt.base.journal.models import Entry
from butrt.base.journal.services import record
from butrt.base.mails import deliver

if TYPE_CHECKING:
    from butrt.base.accounts.models import User
    from grades.models import Cohort, Teaching
    from grades.overview import ElementProgress

ACT = "teachings.remind"
MOST_IN_SUBJECT = 4


@dataclass(frozen=True)
class Letter:
    """A person and the elements about which they are reminded."""

    person: User
    lines: list[ElementProgress] = field(default_factory=list)


@dataclass(frozen=True)
class ReminderPlan:
    """Who would be written to; `unreached`: without an address, or closed; `nobody`: elements nobody has."""

    letters: list[Letter]
    unreached: list[Letter]
    nobody: list[ElementProgress]


@dataclass(frozen=True)
class Sent:
    """Whose mail left, and whose did not (the mail server refused it)."""

    sent: list[Letter]
    failed: list[Letter]


def plan(lines: Sequence[ElementProgress]) -> ReminderPlan:
    """One letter a person for these elements, those that are finished left out."""
    prefetch_related_objects([line.teaching for line in lines], "heads", "teachers")
    letters: dict[User, Letter] = {}
    nobody = []
    for line in lines:
        if not line.unfinished:
            continue
        people = concerned(line)
        if not people:
            nobody.append(line)
        for person in people:
            letters.setdefault(person, Letter(person)).lines.append(line)
    ordered = sorted(letters.values(), key=lambda letter: letter.person.sort_key)
    reached = [letter for letter in ordered if letter.person.email and letter.person.is_active]
    return ReminderPlan(reached, [letter for letter in ordered if letter not in reached], nobody)


def concerned(line: ElementProgress) -> list[User]:
    """Who can do what is missing: heads, and those who teach while marks are; needs both prefetched."""
    heads, teachers = list(line.teaching.heads.all()), list(line.teaching.teachers.all())
    if line.to_declare and heads:
        return heads
    return list(dict.fromkeys([*heads, *teachers]))


def remind(*, cohort: Cohort, plan: ReminderPlan, by: User, address: Callable[[Teaching], str]) -> Sent:
    """Send the letters of a plan and journal who was written to. `address`: where an element is filled.

    Mails leave before the transaction of the journal: none can be called back, and a slow mail server
    must not keep those who save marks waiting. Which students are missing stays behind the sign-in.
    """
    sent, failed = deliver((letter, _message(letter, cohort, by, address)) for letter in plan.letters)
    if sent:
        teachings = {line.teaching.pk for letter in sent for line in letter.lines}
        with transaction.atomic():
            record(
                act=ACT,
                about=str(cohort),
                by=by,
                department=cohort.department,
                details={
                    "cohort": cohort.pk,
                    "teachings": sorted(teachings),
                    "people": [letter.person.username for letter in sent],
                    "failed": [letter.person.username for letter in failed],
                },
            )
    return Sent(sent, failed)


def last_reminders(cohort: Cohort) -> dict[int, datetime]:
    """{element: when its people were last reminded}, as the journal tells, in one query."""
    entries = Entry.objects.filter(department=cohort.department, act=ACT, details__cohort=cohort.pk).order_by(
        "pk"
    )
    return {key: at for at, details in entries.values_list("at", "details") for key in details["teachings"]}


def _message(letter: Letter, cohort: Cohort, by: User, address: Callable[[Teaching], str]) -> EmailMessage:
    codes = [line.teaching.element.display for line in letter.lines]
    text = render_to_string(
        "grades/progress/reminder.txt",
        {
            "letter": letter,
            "cohort": cohort,
            "by": by,
            "elements": [(line, address(line.teaching)) for line in letter.lines],
        },
    )
    return EmailMessage(
        subject=" ".join(f"Notes à compléter : {shortened(codes, MOST_IN_SUBJECT)}".split()),
        body=typeset(text),
        to=[letter.person.email],
        reply_to=[by.email] if by.email else None,
    )
