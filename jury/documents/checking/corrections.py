"""Sessions in correction that have none under way, or the contrary."""

from __future__ import annotations

from jury.documents.checking.checked import Checked
from jury.documents.checking.journaled import Journaled
from jury.models import Correction, Session


def check_corrections(_: Journaled) -> Checked:
    checked = Checked("Corrections", seen=Correction.objects.count())
    for session in Session.objects.with_programme().broken():
        state = (
            "se dit en correction sans en avoir" if session.correcting else "a une correction sans le dire"
        )
        checked.finds(f"{session} {state} : « repair_sessions --repair » la remet en ordre.")
    return checked
