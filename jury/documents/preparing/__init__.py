"""Documents made before anybody asks for them: by the workers, as soon as a version of the PV is established.

They are kept where those printed for pages are (`butrt/base/documents/kept.py`): who asks finds them there.
"""

from __future__ import annotations

from django.conf import settings

from jury.models import Minutes


def prepare(minutes: Minutes) -> None:
    """Queue the PV of a version and the documents that it replaces; within the transaction that makes it."""
    if settings.BUTRT_PREPARE:
        # What prints is imported by who does it: closing from the console needs none of it.
        from jury.documents.preparing.tasks import prepare_version

        prepare_version.enqueue(minutes.pk)
