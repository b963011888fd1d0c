"""What must be looked at before opening a session (domain 4): numbers, who answers, where it is mended."""

from jury.sittings.checklist.whole import blocking, checklist, reachable

__all__ = [
    "blocking",
    "checklist",
    "reachable",
]
