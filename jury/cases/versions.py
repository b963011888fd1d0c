"""Which version of a programme is a student's in a year of the BUT: their own parcours', in force then."""

from __future__ import annotations

from collections.abc import Iterable

from curriculum.models import Parcours, Programme


def fits(programme: Programme, parcours: Parcours) -> bool:
    """Whether a programme is of that parcours, or common to its spécialité."""
    if programme.parcours.common:
        return programme.parcours.specialty_id == parcours.specialty_id
    return programme.parcours_id == parcours.pk


def own_parcours(followed: Iterable[Programme], otherwise: Parcours) -> Parcours:
    """The last parcours that a student chose, by the programmes followed in their order; else `otherwise`."""
    chosen = [programme.parcours for programme in followed if not programme.parcours.common]
    return chosen[-1] if chosen else otherwise


def in_force(
    programmes: Iterable[Programme], *, year: int, parcours: Parcours, met: int, modality: str
) -> Programme | None:
    """The version of that year of a parcours that who was in it in the school year `met` followed.

    In force by then first, then of their own modality, then the latest; failing that, the first to come.
    """
    return max(
        (programme for programme in programmes if programme.year == year and fits(programme, parcours)),
        key=lambda programme: (
            programme.in_force_from <= met,
            programme.modality == modality,
            programme.in_force_from if programme.in_force_from <= met else -programme.in_force_from,
        ),
        default=None,
    )
