"""Each jury's own marks: what a correction finds when another jury has judged the same students since.

A catch-up of September, the jury of S4 after that of S3: marks have changed for them since the jury corrected
sat. Its figures stay those of its version in force, save where a mark was changed during the correction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from django.db.models import Q

from grades.models import MarkChange
from jury.models import Correction, Minutes, Session

Json = dict[str, Any]


def judged_since(session: Session) -> set[str]:
    """The numbers of the students that another jury, held later, judged on marks of these semesters."""
    later = Q(date__gt=session.date) | Q(date=session.date, semester__gt=session.semester)
    later |= Q(date=session.date, semester=session.semester, rank__gt=session.rank)
    others = (
        Session.objects.filter(later, cohort=session.cohort_id, semester__in=_sharing(session))
        .exclude(pk=session.pk)
        .exclude(state=Session.State.PREPARATION, correcting=False)
    )
    return {
        number
        for other in others.defer("snapshot")
        for number in other.enrolments().values_list("student__number", flat=True)
    }


def _sharing(session: Session) -> list[int]:
    """The semesters whose juries judge some of the same marks: S3 and S4 of the same year."""
    return [2 * session.year - 1, 2 * session.year] if not session.judges_year else [session.semester]


def touched(session: Session, correction: Correction) -> set[tuple[str, str]]:
    """(student's number, element) of the marks changed since a correction of a session began."""
    rows = MarkChange.objects.filter(
        pk__gt=correction.after_change,
        mark__enrolment__cohort=session.cohort_id,
        mark__assessment__teaching__element__semester__in=session.semesters,
    )
    return set(
        rows.values_list("mark__enrolment__student__number", "mark__assessment__teaching__element__code")
    )


def corrected_since(session: Session, frozen: Collection[Json]) -> dict[str, Json]:
    """{student's number: {element: marks}}: what the odd semester's jury corrected since these were frozen.

    The jury that judges the year has both semesters in its figures: S1 corrected, that of S2 rests on it.
    `frozen`: its students' files. Where they say what a version said, they now say what the next one does.
    """
    now = {file["id"]: dict(file["elements"]) for file in frozen}
    corrected: dict[str, Json] = {}
    corrections = Correction.objects.filter(
        session__cohort=session.cohort_id,
        session__semester=session.semester - 1,
        marks=True,
        minutes__isnull=False,
    )
    for correction in corrections.select_related("corrected", "minutes").order_by("minutes"):
        assert correction.minutes is not None  # filtered above
        before, after = _elements(correction.corrected), _elements(correction.minutes)
        for number in before.keys() & after.keys() & now.keys():
            for element, marks in after[number].items():
                was = before[number].get(element)
                if was != marks and now[number].get(element) == was:
                    now[number][element] = corrected.setdefault(number, {})[element] = marks
    return corrected


def _elements(version: Minutes) -> dict[str, Json]:
    """{student's number: {element: marks}} as a version of the PV has them."""
    return {file["id"]: file["elements"] for file in version.content["cohort"]["students"]}


def with_own_marks(session: Session, fresh: Json) -> Json:
    """The cohort object of a session, as its open correction of marks must find it."""
    correction = (
        Correction.objects.filter(session=session.pk, ended_at__isnull=True, marks=True)
        .select_related("corrected")
        .first()
        if session.correcting
        else None
    )
    if correction is None or not (numbers := judged_since(session)):
        return fresh
    before = correction.corrected.content["cohort"]
    return fresh | {"students": [*_mixed(fresh, before, numbers, touched(session, correction))]}


def _mixed(
    fresh: Json, before: Json, numbers: Collection[str], changed: Collection[tuple[str, str]]
) -> Iterator[Json]:
    """Each student's file, with the marks of the version in force where nothing was corrected."""
    known = {file["id"]: file for file in before["students"]}
    for file in fresh["students"]:
        number = file["id"]
        if number not in numbers or number not in known:
            yield file
            continue
        own = known[number]
        elements = {
            element: marks if (number, element) in changed else own["elements"][element]
            for element, marks in file["elements"].items()
            if (number, element) in changed or element in own["elements"]
        }
        kept = {name: value for name, value in file.items() if name != "bonus"}
        yield kept | {"elements": elements} | ({"bonus": own["bonus"]} if "bonus" in own else {})
