"""What each act on people begins and ends with: what is held, refused, written down."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model

from butrt.base.accounts.models import User
from butrt.base.journal.services import record
from curriculum.models import Department
from grades import locks
from grades.judged import locked_semesters
from grades.models import Cohort, Enrolment, Student

Errors = dict[str, Any]

POSTAL = ("address", "postal_code", "city", "country")
"""Where somebody lives: the journal, kept for ever, says that it changed, never what it is."""


def jury_sits(cohort: Cohort) -> bool:
    """Whether a jury has locked marks of this promotion: its figures are frozen since it opened."""
    return bool(locked_semesters(cohort.pk, cohort.semesters))


def lock(department: Department) -> Department:
    """One at a time in a department: what was checked stays true until it is written."""
    return Department.objects.select_for_update(no_key=True).get(pk=department.pk)


def hold(cohort: Cohort) -> Department:
    """The same, and no jury opens or closes on the promotion until this is written."""
    department = lock(cohort.department)
    locks.share(cohort, cohort.semesters)
    return department


class OneRefused(ValidationError):
    """What is wrong about one of several: `place` is its rank among them, from 0."""

    def __init__(self, error: ValidationError, place: int) -> None:
        super().__init__(getattr(error, "error_dict", error))
        self.place = place


@contextmanager
def naming(place: int) -> Iterator[None]:
    """Say which of several is refused, when one is."""
    try:
        yield
    except ValidationError as error:
        raise OneRefused(error, place) from error


def refuse(errors: Errors) -> None:
    """Raise ValidationError for errors, if there are any."""
    if errors:
        raise ValidationError(errors)


def refuse_errors(row: Model, errors: Errors, *, constraints: bool = True) -> None:
    """Raise ValidationError for what the fields refuse and for `errors`; in our words where both speak.

    Without `constraints`, the database alone holds them, and its references: who writes many has looked for
    what breaks them, and asks no query a row.
    """
    references = {field.name for field in row._meta.fields if field.is_relation}
    try:
        row.clean_fields(exclude=None if constraints else references)
    except ValidationError as error:
        errors = error.update_error_dict({}) | errors
    refuse(errors)
    if constraints:
        row.full_clean()
    else:
        row.clean()


def tidy(text: str) -> str:
    """Without the spaces that a copy brings along."""
    return " ".join(text.split())


def tidy_lines(text: str) -> str:
    """The same of each line, empty ones left out."""
    return "\n".join(filter(None, map(tidy, text.splitlines())))


def record_change(
    act: str,
    row: Student | Enrolment,
    before: dict[str, Any],
    after: dict[str, Any],
    department: Department,
    by: User,
) -> None:
    """Journal the fields that changed; nothing when none did."""
    changed = [name for name in after if before[name] != after[name]]
    if changed:
        record(
            act=act,
            about=str(row),
            by=by,
            department=department,
            details={
                "key": row.pk,
                "before": {name: unsaid(name, before[name]) for name in changed},
                "after": {name: unsaid(name, after[name]) for name in changed},
            },
        )


def unsaid(name: str, value: Any) -> Any:
    """A value as the journal keeps it: of an address, whether there is one."""
    return ("renseigné" if value else "") if name in POSTAL else value
