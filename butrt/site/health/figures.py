"""Figures for Prometheus: those of django-prometheus, of every web process, and what only we can count.

Ours are read from the database when they are asked for, so they are the same whichever process answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from butrt.base.workers.models import Worker
from butrt.site.health.checks import Check, State, backup_age
from grades.models import MarkChange
from jury.models import Batch, Piece, Session

LEVELS = {State.OK: 0, State.WARN: 1, State.FAIL: 2}


def exposed(looked: Iterable[Check]) -> bytes:
    """All the figures, in the text that Prometheus reads. Six queries."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # in PROMETHEUS_MULTIPROC_DIR: see the settings
    registry.register(_Ours(looked))
    text: bytes = generate_latest(registry)
    return text


class _Ours(Collector):
    def __init__(self, looked: Iterable[Check]) -> None:
        self.looked = looked

    def collect(self) -> Iterator[Metric]:
        states = GaugeMetricFamily("butrt_check", "0 ok, 1 warn, 2 fail", labels=["check"])
        for check in self.looked:
            states.add_metric([check.name], LEVELS[check.state])
        yield states
        yield CounterMetricFamily(
            "butrt_marks_saved", "Marks saved, corrections included", value=MarkChange.objects.count()
        )
        waiting = Piece.objects.filter(state=Piece.State.WAITING, batch__cancelled_at=None)
        yield GaugeMetricFamily("butrt_documents_waiting", "Documents to make or send", value=waiting.count())
        failing = Batch.objects.filter(pieces__state=Piece.State.FAILED).distinct().count()
        yield GaugeMetricFamily("butrt_batches_failing", "Batches with a failed document", value=failing)
        ready = DBTaskResult.objects.ready()
        oldest = ready.order_by("enqueued_at").values_list("enqueued_at", flat=True).first()
        age = (timezone.now() - oldest).total_seconds() if oldest else 0
        yield GaugeMetricFamily("butrt_oldest_task_seconds", "Age of the oldest task waiting", value=age)
        yield GaugeMetricFamily(
            "butrt_workers_alive", "Workers heard of lately", value=Worker.objects.alive().count()
        )
        deliberating = Session.objects.filter(state=Session.State.DELIBERATION).count()
        yield GaugeMetricFamily("butrt_juries_open", "Juries in deliberation", value=deliberating)
        if (last := backup_age()) is not None:
            yield GaugeMetricFamily(
                "butrt_last_backup_seconds", "Age of the last backup", value=last.total_seconds()
            )
