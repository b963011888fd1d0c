"""Which documents of a version of the PV are ready to be given at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from django.db.models import Q

from butrt.base.documents.kept import kept_among
from jury.models import Minutes, Printed


def ready(versions: Sequence[Minutes]) -> Counter[str]:
    """{kind: how many students' are}, of the first of a session's versions, the last first; one query.

    Those of whom a correction said nothing are ready in the version before. Of what was printed, what is
    kept on this machine and by this edition of the site: it prints the rest again.
    """
    about, seen = Q(issued__minutes=versions[0], issued__student=None), set[str]()
    for version in versions:
        others = ~Q(issued__student__number__in=seen)
        if version.touched is None:
            about |= Q(issued__minutes=version) & others
            break
        about |= Q(issued__minutes=version, issued__student__number__in=set(version.touched) - seen)
        seen |= set(version.touched)
    rows = Printed.objects.filter(about).order_by().values_list("issued__kind", "issued", "sha256")
    printed = {sha256: (kind, issued) for kind, issued, sha256 in rows}
    return Counter(kind for kind, _ in {printed[sha256] for sha256 in kept_among(printed)})
