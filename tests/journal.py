"""The journal, looked at from end to end."""

from butrt.base.journal.models import Entry
from butrt.base.journal.services import chains


def first_break() -> Entry | None:
    """The first entry whose hash no longer fits (changed, or the one before removed); None if all is well."""
    return next((link.entry for link in chains() if not (link.follows and link.unchanged)), None)
