"""Which of the programmes judged is a student's, as a session froze it: their parcours, their regime.

A session of one programme says it once (`programme`). One of several says there what they have in common,
each in `programmes`, and beside each student the key of theirs.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from butrt.base.french import listed
from curriculum.models import Programme
from jury.cases.taken import Json
from jury.models import Session


def as_frozen(session: Session) -> Json:
    """What a session says of the programmes that it judges."""
    programmes = session.judged
    if len(programmes) == 1:
        return {"programme": _object(session, programmes)}
    labels = session.cohort.labels
    return {
        "programme": _object(session, programmes),
        "programmes": {
            str(programme.pk): _object(session, [programme]) | {"label": labels[programme.pk]}
            for programme in programmes
        },
    }


def _object(session: Session, programmes: Collection[Programme]) -> Json:
    parcours = [*dict.fromkeys(programme.parcours for programme in programmes)]
    return {
        "year": session.year,
        "specialty": session.cohort.specialty.name,
        "parcours": listed([one.name for one in parcours]),
        "short": ", ".join(one.short for one in parcours),
        "modality": listed([*dict.fromkeys(programme.get_modality_display() for programme in programmes)]),
    }


def programme_of(context: Mapping[str, Any], person: Mapping[str, Any]) -> Mapping[str, Any]:
    """The programme of one of the students of a context: year, specialty, parcours, short, modality."""
    programme: Mapping[str, Any] = (
        context["programmes"][person["programme"]] if "programmes" in context else context["programme"]
    )
    return programme


def label_of(context: Mapping[str, Any], person: Mapping[str, Any]) -> str:
    """What tells it from the others of the session: "IOM", "IOM, apprentissage"; "" where it is alone."""
    return str(programme_of(context, person).get("label", ""))
