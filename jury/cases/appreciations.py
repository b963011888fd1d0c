"""What teachers and the director of studies say of a student: frozen with the figures, for a transcript."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from grades.models import Appreciation
from jury.cases.taken import Json
from jury.models import Session


class Said(NamedTuple):
    """A line about a student; `about`: "Semestre 3", "R303 Télécoms"."""

    about: str
    text: str


def appreciations_of(session: Session, *, published_only: bool = False) -> dict[int, Json]:
    """{enrolment: what the figures keep of them}, where the department wants it on transcripts; one query.

    Nothing for who has none: what a jury froze without any reads the same. `published_only`: none of them, a
    student reads theirs on a transcript.
    """
    if published_only:
        return {}
    rows = Appreciation.objects.filter(
        enrolment__cohort=session.cohort_id,
        enrolment__cohort__specialty__department__document_choices__appreciations=True,
        semester__in=session.semesters,
    ).order_by("semester", "teaching__element__code")
    frozen: dict[int, Json] = {}
    for enrolment, semester, element, text in rows.values_list(
        "enrolment", "semester", "teaching__element__code", "text"
    ):
        person = frozen.setdefault(enrolment, {"appreciations": {}})
        person["appreciations"][element or f"S{semester}"] = text
    return frozen


def appreciations_in(context: Mapping[str, Any], person: Mapping[str, Any]) -> list[Said]:
    """Those of a person, as documents print them: of each semester, then of its elements in their order."""
    frozen: Mapping[str, str] = person.get("appreciations", {})
    said = [
        Said(f"Semestre {semester}", frozen[f"S{semester}"])
        for semester in range(1, 7)
        if f"S{semester}" in frozen
    ]
    for element, words in context["elements"].items():
        if element in frozen:
            same = words["display"].startswith(words["title"])
            name = words["display"] if same else f"{words['display']} {words['title']}"
            said.append(Said(name, frozen[element]))
    return said
