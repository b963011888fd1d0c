"""What elements of Apogée were said to be for other versions of a programme, or by its sister parcours."""

from __future__ import annotations

from collections.abc import Iterable

from curriculum.models import Element, Programme, Unit
from jury.exchange.apogee.elements import Learnt
from jury.exchange.apogee.file import Reference
from jury.exchange.apogee.filling import Subject, Target
from jury.models import ApogeeElement

Identity = tuple[object, ...]


def learnt(programme: Programme) -> Learnt:
    """Of the same year of the spécialité; what was said to be two things of ours is left. Six queries.

    A UE is the same by its competence, its niveau and its semester, whatever its code; a ressource or a SAÉ
    by its code, its semester and its title; a semester and a year within the parcours only.
    """
    rows = list(
        ApogeeElement.objects.filter(
            programme__parcours__specialty=programme.parcours.specialty_id, programme__year=programme.year
        )
        .exclude(programme=programme)
        .select_related("programme__parcours")
        .order_by("-programme__in_force_from", "pk")
    )
    if not rows:
        return {}
    theirs = _identities({row.programme.pk: row.programme for row in rows}.values())
    ours = {identity: subject for (_, subject), identity in _identities([programme]).items()}
    subjects: dict[Reference, dict[Subject, str]] = {}
    for row in rows:
        identity = theirs.get((row.programme_id, Subject(Target(row.target), row.subject)))
        if identity is None or (subject := ours.get(identity)) is None:
            continue
        for code in row.codes.split(","):
            where = f"{row.programme} ({row.programme.in_force_from})"
            subjects.setdefault(Reference.read(code), {}).setdefault(subject, where)
    return {
        reference: next(iter(meanings.items()))
        for reference, meanings in subjects.items()
        if len(meanings) == 1
    }


def _identities(programmes: Iterable[Programme]) -> dict[tuple[int, Subject], Identity]:
    """What each thing of each programme is, whatever it is called there. Two queries."""
    programmes = list(programmes)
    identities: dict[tuple[int, Subject], Identity] = {}
    for programme in programmes:
        own = ("parcours", programme.parcours_id)
        for number in programme.semesters:
            identities[programme.pk, Subject(Target.SEMESTER, f"S{number}")] = (*own, "S", number)
        identities[programme.pk, Subject(Target.YEAR, f"BUT{programme.year}")] = (*own, "BUT", programme.year)
    for unit in Unit.objects.filter(programme__in=programmes).select_related("competence"):
        rcue: Identity = ("competence", unit.competence_id, unit.level)
        identities[unit.programme_id, Subject(Target.RCUE, unit.rcue)] = rcue
        identities[unit.programme_id, Subject(Target.UNIT, unit.code)] = (*rcue, unit.semester)
    for element in Element.objects.filter(programme__in=programmes):
        identity = ("element", element.code, element.semester, element.title)
        identities[element.programme_id, Subject(Target.ELEMENT, element.code)] = identity
    return identities
