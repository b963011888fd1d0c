"""Who is at work: one row a worker process, that it dates again every few seconds."""

from __future__ import annotations

from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

# A worker that has not been heard of for so long is dead: its task goes to another.
DEAD_AFTER: timedelta = settings.BUTRT_WORKER_DEAD_AFTER


class WorkerQuerySet(models.QuerySet["Worker"]):
    def alive(self) -> Self:
        """Those heard of lately, by the database's clock: each machine has its own."""
        return self.filter(seen_at__gte=Now() - DEAD_AFTER)


class Worker(models.Model):
    """A process of `manage.py db_worker`; it removes its row when it stops, a killed one leaves it."""

    id = models.CharField(primary_key=True, max_length=64)  # of the tasks it takes: DBTaskResult.worker_ids
    host = models.CharField("machine", max_length=255)
    pid = models.PositiveIntegerField("processus")
    started_at = models.DateTimeField("démarré le", db_default=Now())
    seen_at = models.DateTimeField("vu le", db_default=Now())

    objects = WorkerQuerySet.as_manager()

    class Meta:
        verbose_name = "exécutant"
        ordering = ["started_at"]

    def __str__(self) -> str:
        return f"{self.host}, processus {self.pid}"
