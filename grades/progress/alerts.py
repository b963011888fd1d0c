"""Marks changed by somebody else: who teaches the element is written to, once for what was done in a row.

The workers read the journal now and then. What a person does on an element, each act less than half an hour
after the one before, is told together once they stopped. No mark and no student is in the mail.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.dispatch import receiver
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django_tasks import task

from butrt.base import french
from butrt.base.accounts.models import ReadUpTo, Role, User
from butrt.base.journal.models import Entry
from butrt.base.mails import deliver, leave
from butrt.base.workers.services import housekeeping
from grades.models import Assessment, Teaching

ALERT = "marks"
QUIET = timedelta(minutes=30)  # without an act, and what was done in a row is over
LONGEST = timedelta(hours=12)  # of what is told together


@dataclass(frozen=True)
class Run:
    """What one person did in a row on an element: `entries` of the journal, in their order."""

    teaching: int
    entries: Sequence[Entry]

    @property
    def by(self) -> User | None:
        return self.entries[0].by

    @property
    def over_at(self) -> datetime.datetime:
        return self.entries[-1].at + QUIET

    def counts(self, *, filled: bool) -> Mapping[int, int]:
        """{assessment: how many marks were changed}; `filled`: those that were empty before count too."""
        before: dict[tuple[int, int], str] = {}
        for entry in self.entries:
            for line in entry.details["marks"]:
                before.setdefault((line["assessment"], line["enrolment"]), line["before"])
        return Counter(assessment for (assessment, _), text in before.items() if filled or text)


def runs(entries: Iterable[Entry]) -> list[Run]:
    """What was done in a row, by person and element."""
    open_runs: dict[tuple[int, int | None], list[Entry]] = {}
    closed: list[Run] = []
    for entry in entries:
        key = (entry.details["teaching"], entry.by_id)
        row = open_runs.setdefault(key, [])
        if row and entry.at - row[-1].at > QUIET:
            closed.append(Run(key[0], row))
            row = open_runs[key] = []
        row.append(entry)
    return closed + [Run(teaching, row) for (teaching, _), row in open_runs.items()]


@receiver(housekeeping, dispatch_uid="grades.alerts.look")
def look(**_: Any) -> None:
    """Have a mail sent for what is over since the last look; of two workers, one looks."""
    now = timezone.now()
    with transaction.atomic():
        rows = ReadUpTo.objects.select_for_update(no_key=True)
        read, first = rows.get_or_create(pk=ALERT, defaults={"at": now, "entry": 0})
        if first or read.at >= now:
            return
        since = read.at - QUIET - LONGEST
        entries = Entry.objects.filter(pk__gt=read.entry, act="marks.record", at__gt=since)
        known = list(entries.select_related("by").order_by("pk"))
        over = [run for run in runs(known) if read.at < run.over_at <= now]
        for person, changes in _told(over if leave() else ()).items():
            tell.enqueue(person, changes)
        past = Entry.objects.filter(pk__gt=read.entry, at__lte=now - QUIET - LONGEST).order_by("-pk")
        read.at, read.entry = now, past.values_list("pk", flat=True).first() or read.entry
        read.save()


def _told(over: Sequence[Run]) -> dict[int, list[dict[str, Any]]]:
    """{account: what they are written, a dict for each run}. A fixed number of queries, but by department."""
    teachings = _teachings(over)
    keys = {key for run in over for key in run.counts(filled=True)}
    titles = dict(Assessment.objects.filter(pk__in=keys).values_list("pk", "title"))
    departments = {teaching.cohort.department.pk for teaching in teachings.values()}
    willing = {key: _willing(key) for key in departments}
    letters: dict[int, list[dict[str, Any]]] = {}
    for run in over:
        if teaching := teachings.get(run.teaching):
            for person, change in _changes(run, teaching, willing[teaching.cohort.department.pk], titles):
                letters.setdefault(person, []).append(change)
    return letters


def _teachings(over: Sequence[Run]) -> dict[int, Teaching]:
    rows = Teaching.objects.select_related("element", "cohort__specialty__department")
    return rows.prefetch_related("teachers", "heads", "cohort__programmes").in_bulk(
        [run.teaching for run in over]
    )


def _willing(department: int) -> set[int]:
    """Who teaches in a department, has an address, and wants to be told."""
    people = User.objects.named_in(department, roles=Role.TEACHING).filter(told_of_marks=True)
    return {*people.exclude(email="").values_list("pk", flat=True)}


def _changes(
    run: Run, teaching: Teaching, willing: set[int], titles: Mapping[int, str]
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each one to tell, and what: of a colleague on the element, filling what was empty is no news."""
    named = {person.pk for person in (*teaching.teachers.all(), *teaching.heads.all())}
    by = run.by.pk if run.by else None
    counts = run.counts(filled=by not in named)
    if not counts:
        return
    change = {
        "element": f"{teaching.element.display} {teaching.element.title}, {teaching.cohort}",
        "by": str(run.by) if run.by else "le serveur du site",
        "when": _when(run),
        "assessments": [[titles.get(key, "évaluation supprimée"), number] for key, number in counts.items()],
        "address": settings.BUTRT_PUBLIC_URL + reverse("grades:sheet", args=[teaching.pk]),
    }
    for person in sorted(named & willing - {by}):
        yield person, change


def _when(run: Run) -> str:
    """ "le 8 juillet 2025 à 14 h 06", "le 8 juillet 2025, de 14 h 06 à 14 h 40"."""
    began, ended = run.entries[0].at, run.entries[-1].at
    if french.hour(began) == french.hour(ended):
        return f"le {french.moment(began)}"
    return f"le {french.day(began)}, de {french.hour(began)} à {french.hour(ended)}"


@task
def tell(person: int, changes: list[dict[str, Any]]) -> None:
    """Write to one person what others did of their marks."""
    user = User.objects.filter(pk=person, is_active=True).exclude(email="").first()
    if user is None:
        return
    context = {
        "user": user,
        "changes": changes,
        "page": settings.BUTRT_PUBLIC_URL + reverse("mine:account"),
    }
    body = render_to_string("grades/progress/changed_by_others.txt", context)
    deliver([(user, EmailMessage("Des notes de vos éléments ont changé", body, to=[user.email]))])
