"""The queue of tasks in the database, as in production, and a worker in the process of the test."""

from __future__ import annotations

from itertools import count

from django_tasks import TaskContext
from django_tasks_db.models import DBTaskResult

IN_DATABASE = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}


def work(most: int | None = None) -> None:
    """Do what is queued, in its order: all, or so many tasks at most. They are those that take a context."""
    for done in count():
        row = DBTaskResult.objects.ready().first()
        if row is None or done == most:
            return
        row.claim("here")
        row.task.call(TaskContext(task_result=row.task_result), *row.task_result.args)
        row.set_successful(None)
