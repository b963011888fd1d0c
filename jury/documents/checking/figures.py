"""The frozen figures: those of a session are the ones that were frozen and, once closed, those of its PV."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jury.cases.dossier import figures_digest
from jury.documents.checking.checked import Checked
from jury.documents.checking.journaled import Journaled, Kind, Value
from jury.models import Freeze, Minutes, Session


def told_by_the_rows() -> dict[str, Value]:
    """{session: the SHA-256 of its figures}, and those set aside by their own key."""
    rows = Session.objects.exclude(snapshot=None).values_list("pk", "snapshot").iterator(chunk_size=1)
    there: dict[str, Value] = {str(key): {"digest": figures_digest(snapshot)} for key, snapshot in rows}
    freezes = Freeze.objects.values_list("pk", "snapshot").iterator(chunk_size=1)
    return there | {f"freeze/{key}": {"digest": figures_digest(snapshot)} for key, snapshot in freezes}


def check_figures(journaled: Journaled) -> Checked:
    """Sessions in deliberation or closed, then the figures set aside; one query each, and one for the PV."""
    checked = Checked("Photographies")
    recorded = journaled.values[Kind.FIGURES]
    untold: dict[str, str] = {}
    printed = _last_cohorts()
    sessions = (
        Session.objects.whole()
        .exclude(snapshot=None)
        .select_related("cohort__specialty__department")
        .prefetch_related("cohort__programmes")
    )
    for session in sessions.order_by("pk").iterator(chunk_size=1):
        checked.seen += 1
        key = str(session.pk)
        if key not in recorded:
            untold[key] = f"{session}, chiffres figés"
        elif recorded[key]["digest"] != figures_digest(session.snapshot):
            checked.finds(f"{session} : les chiffres figés ne sont plus ceux que dit le journal.")
        if session.state == Session.State.CLOSED and session.pk in printed and session.snapshot:
            for name in _differing(session.snapshot, printed[session.pk]):
                checked.finds(f"{name}, {session} : les chiffres figés ne sont pas ceux du PV.")
    freezes = (
        Freeze.objects.whole()
        .select_related("session__cohort__specialty__department")
        .prefetch_related("session__cohort__programmes")
    )
    for freeze in freezes.defer("session__snapshot").order_by("pk").iterator(chunk_size=1):
        checked.seen += 1
        if figures_digest(freeze.snapshot) not in journaled.figures:
            untold[f"freeze/{freeze.pk}"] = str(freeze)
    checked.untold(journaled, Kind.FIGURES, untold, untold.__getitem__)
    return checked


def _last_cohorts() -> dict[int, dict[str, str]]:
    """{session: {student: the SHA-256 of their figures in the last PV, "": that of the rest}}."""
    rows = Minutes.objects.order_by("version").values_list("session", "content__cohort", "content__context")
    return {
        session: _parts({"cohort": cohort, "context": context})
        for session, cohort, context in rows.iterator(chunk_size=1)
    }


def _parts(figures: Mapping[str, Any]) -> dict[str, str]:
    cohort, context = figures["cohort"], figures["context"]
    people = context["students"]
    parts = {
        file["id"]: figures_digest({"file": file, "person": people.get(file["id"])})
        for file in cohort["students"]
    }
    rest = {
        "cohort": {**cohort, "students": []},
        "context": {**context, "students": {}},
    }
    return parts | {"": figures_digest(rest)}


def _differing(snapshot: Mapping[str, Any], printed: Mapping[str, str]) -> Iterator[str]:
    """Whose figures differ, by name; "Programme, règlement ou séance" for what is everybody's."""
    mine = _parts(snapshot)
    people = snapshot["context"]["students"]
    for key in mine.keys() | printed.keys():
        if mine.get(key) != printed.get(key):
            person = people.get(key)
            name = f"{person['last_name']} {person['first_name']}" if person else key
            yield name or "Programme, règlement ou textes"
