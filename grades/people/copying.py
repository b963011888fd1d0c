"""Who teaches, taken up from another promotion: most elements keep their people from one year to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from butrt.base.french import NBSP, listed
from grades.people.cohorts import people_for_elements, set_teachers
from grades.people.holding import lock

if TYPE_CHECKING:
    from butrt.base.accounts.models import User
    from grades.models import Cohort


@transaction.atomic
def copy_teachers(*, source: Cohort, cohort: Cohort, by: User) -> list[str]:
    """Name on each element of `cohort` where nobody is yet those whom `source` has on that of the same code.

    Returns what is not taken up and why, in French: who may no longer be named (an account closed since).
    """
    department = lock(cohort.department)
    may = set(people_for_elements(department))
    before = {
        teaching.element.code: teaching
        for teaching in source.teachings.select_related("element").prefetch_related("teachers", "heads")
    }
    left = []
    for teaching in cohort.teachings.select_related("element").filter(teachers=None, heads=None):
        known = before.get(teaching.element.code)
        if known is None:
            continue
        teachers, heads = set(known.teachers.all()), set(known.heads.all())
        if gone := (teachers | heads) - may:
            names = listed([str(person) for person in sorted(gone, key=lambda person: person.sort_key)])
            left.append(
                f"{teaching.element.display}, {names}{NBSP}: pas de compte ouvert avec le rôle Enseignement."
            )
        if (teachers | heads) & may:
            set_teachers(
                cohort=cohort, element=teaching.element, teachers=teachers & may, heads=heads & may, by=by
            )
    return left
