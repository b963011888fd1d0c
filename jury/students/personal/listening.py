"""What the erasing of personal data listens to; imported lazily, as `jury/documents/batches/listening.py`."""

from __future__ import annotations

from django.dispatch import receiver

from butrt.base.workers.services import housekeeping


@receiver(housekeeping, dispatch_uid="jury.students.personal.forget_elsewhere")
def forget(**_: object) -> None:
    from jury.students.personal.retention import forget_elsewhere

    forget_elsewhere()
