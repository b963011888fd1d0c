"""What batches listen to. What prints is imported when something happens: `decide` needs none of it."""

from __future__ import annotations

from django.dispatch import receiver
from django_tasks import TaskResult
from django_tasks.signals import task_finished

from butrt.base.workers.services import housekeeping


@receiver(housekeeping, dispatch_uid="jury.documents.batches.purge")
def clean(**_: object) -> None:
    from jury.documents.batches.services import purge

    purge()


@receiver(task_finished, dispatch_uid="jury.documents.batches.failed")
def failed(task_result: TaskResult, **_: object) -> None:
    from jury.documents.batches.tasks import note_failure

    note_failure(task_result)
