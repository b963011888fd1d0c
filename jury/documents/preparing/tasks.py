"""What the workers do ahead, after all that people wait for. Done twice, a task finds what is kept."""

from __future__ import annotations

from functools import lru_cache

from django_tasks import TaskContext, task

from jury.documents.issued import note_printed
from jury.documents.kinds import KINDS, MINUTES, WHOLE_SESSION
from jury.documents.source import DocumentSource
from jury.models import Minutes, Session

# Below what people ask for (0): the PV, which the president signs first; what every student is sent;
# then attestations, asked for one by one: those of a jury after what is sent of another closed meanwhile.
PV, SENT, ATTESTATIONS = -10, -20, -30
# Documents of a task: what somebody asks for meanwhile waits for two seconds, and two workers share a jury.
TOGETHER = 10
MOST_ATTEMPTS = 2  # workers that die on the same documents: these are made when they are asked for


@task(priority=PV, takes_context=True)
def prepare_version(context: TaskContext, pk: int) -> None:
    """Print the PV that the first signature needs, and queue the documents of the students."""
    minutes = Minutes.objects.defer("content").get(pk=pk)
    if not _in_force(minutes):
        return
    source = source_of(pk)
    if context.attempt == 1:
        for kind in KINDS.values():
            some = prepare_some.using(priority=SENT if kind.sent else ATTESTATIONS)
            students = [case.id for case in kind.replaced(source)]
            for first in range(0, len(students), TOGETHER):
                some.enqueue(pk, kind.key, students[first : first + TOGETHER])
    if context.attempt <= MOST_ATTEMPTS and not minutes.revisions.exists():
        MINUTES.give_out(source, WHOLE_SESSION)


@task(priority=SENT, takes_context=True)
def prepare_some(context: TaskContext, pk: int, key: str, students: list[str]) -> None:
    """Print a few documents of a kind; those that wait for an identity will be when they are asked for."""
    minutes = Minutes.objects.defer("content").get(pk=pk)
    if context.attempt > MOST_ATTEMPTS or not _in_force(minutes):
        return
    kind, source = KINDS[key], source_of(pk)
    ready = [student for student in students if not kind.refusal(source, student)]
    source.prepare_all(key, ready)
    note_printed([kind.printed(source, student) for student in ready])


def _in_force(minutes: Minutes) -> bool:
    """Whether no later version replaces it."""
    return not Minutes.objects.filter(session=minutes.session_id, version__gt=minutes.version).exists()


@lru_cache(maxsize=2)
def source_of(pk: int) -> DocumentSource:
    """What the documents of a version are printed from, read once per process."""
    minutes = Minutes.objects.get(pk=pk)
    return DocumentSource.of_minutes(Session.objects.with_programme().get(pk=minutes.session_id), minutes)
