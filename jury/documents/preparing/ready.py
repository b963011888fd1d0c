"""Which documents of a version of the PV are ready to be given at once."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.db.models import Count, Q
from django.utils import timezone

from jury.models import Minutes, Printed


def ready(versions: Sequence[Minutes]) -> dict[str, int]:
    """{kind: how many students' are}, of the first of a session's versions, the last first; one query.

    Those of whom a correction said nothing are ready in the version before. Told by what was printed, not
    by the files: a machine that has not them, or is of another edition (`known.edition`), prints them again.
    """
    about, seen = Q(issued__minutes=versions[0], issued__student=None), set[str]()
    for version in versions:
        others = ~Q(issued__student__number__in=seen)
        if version.touched is None:
            about |= Q(issued__minutes=version) & others
            break
        about |= Q(issued__minutes=version, issued__student__number__in=set(version.touched) - seen)
        seen |= set(version.touched)
    kept_since = timezone.now() - settings.BUTRT_BATCHES_KEPT
    rows = Printed.objects.filter(about, at__gt=kept_since).order_by()
    return dict(rows.values_list("issued__kind").annotate(Count("issued", distinct=True)))
