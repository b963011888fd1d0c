"""Appreciations: what teachers say of a student in an element, the director of studies of a semester."""

from grades.appreciations.services import (
    DIRECTOR_ONLY,
    may_still_write,
    write_appreciations,
    write_semesters,
    written_in,
)

__all__ = ["DIRECTOR_ONLY", "may_still_write", "write_appreciations", "write_semesters", "written_in"]
