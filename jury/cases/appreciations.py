"""What teachers and the director of studies say of a student: frozen with the figures, for a transcript."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from grades.models import Appreciation
from jury.cases.taken import Json
from jury.models import Session


class AppreciationLine(NamedTuple):
    """A line about a student; `about`: "Semestre 3", "R303 Télécoms"."""

    about: str
    text: str


def appreciations_of(session: Session, *, published_only: bool = False) -> dict[int, Json]:
    """{enrolment: what the figures keep of them}, where the department wants it on transcripts; one query.

    Nothing for who has none: what a jury froze without any reads the same. `published_only`: none of them, a
    student reads theirs on a transcript.
    """
    if published_only or not getattr(session, "appreciated", True):  # told by `with_programme`: nearly always
        return {}
    rows = Appreciation.objects.filter(
        enrolment__cohort=session.cohort_id,
        enrolment__cohort__specialty__department__document_choices__appreciations=True,
        semester__in=session.semesters,
        teaching__aside_at__isnull=True,
    ).values_list(*("enrolment", "semester", "teaching__element__kind", "teaching__element__code", "text"))
    frozen: dict[int, Json] = {}
    # Of a semester what is said of it, then its ressources, then its SAÉ.
    for enrolment, semester, _, element, text in sorted(
        (key, semester, kind or "", element or "", text) for key, semester, kind, element, text in rows
    ):
        person = frozen.setdefault(enrolment, {"appreciations": []})
        person["appreciations"].append({"semester": semester, "element": element, "text": text})
    return frozen


def appreciations_in(context: Mapping[str, Any], person: Mapping[str, Any]) -> list[AppreciationLine]:
    """Those of a person, as documents print them, in the order that was frozen."""
    elements = context["elements"]
    return [
        AppreciationLine(
            _name(line["element"], elements) if line["element"] else f"Semestre {line['semester']}",
            line["text"],
        )
        for line in person.get("appreciations", ())
    ]


def _name(element: str, elements: Mapping[str, Any]) -> str:
    """ "R303 Télécoms", "Portfolio"; its code, of one that counts in no UE."""
    if element not in elements:
        return element
    display, title = elements[element]["display"], elements[element]["title"]
    return display if display.startswith(title) else f"{display} {title}"
