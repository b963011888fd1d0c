"""Writing appreciations: one act for a whole element, a whole semester, or one student."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from butrt.base.accounts.models import Role
from butrt.base.french import NBSP
from butrt.base.journal.services import record
from butrt.base.meanwhile import ChangedMeanwhile, Check, unchecked
from grades.judged import locked_semesters
from grades.models import Appreciation, Cohort, Enrolment, Reopening, Teaching
from grades.people.holding import hold, tidy

if TYPE_CHECKING:
    from butrt.base.accounts.models import User

DIRECTOR_ONLY = "La direction des études écrit l’appréciation du semestre."
FROZEN = "un jury juge ou a jugé ce semestre, ses appréciations ne changent plus"


def written_in(cohort: Cohort, semester: int, teaching: Teaching | None = None) -> dict[int, str]:
    """{enrolment: the line}, in an element or, without it, for the semester; one query."""
    rows = Appreciation.objects.filter(enrolment__cohort=cohort, semester=semester, teaching=teaching)
    return dict(rows.order_by().values_list("enrolment", "text"))


def may_still_write(cohort: Cohort, semester: int, enrolments: Collection[int]) -> set[int]:
    """Those of these enrolments whose semester no jury froze, or that a catch-up opened again."""
    if not locked_semesters(cohort.pk, [semester]):
        return {*enrolments}
    reopened = Reopening.objects.standing().filter(cohort=cohort, semester=semester)
    return {*enrolments} & {*reopened.values_list("enrolments", flat=True)}


@transaction.atomic
def write_appreciations(
    *,
    cohort: Cohort,
    semester: int,
    texts: Mapping[int, str],
    by: User,
    teaching: Teaching | None = None,
    check: Check = unchecked,
) -> int:
    """Write what is said of these students, {enrolment: text}; emptied, nothing is. How many changed.

    In an element or, without it, for the semester: the director of studies alone. Raises ValidationError, by
    enrolment ("a<key>"), for what is too long or cannot be printed, or once a jury froze the semester.
    """
    department = hold(cohort)
    check()
    if teaching and teaching.is_aside:
        raise ValidationError(f"{teaching.element.display} est mis de côté, il n’a pas d’appréciation.")
    if teaching is None and not by.has_role(department, Role.Name.DIRECTOR):
        raise ValidationError(DIRECTOR_ONLY)
    taking = cohort.enrolments.taking(semester).select_related("student")
    enrolments = {row.pk: row for row in taking.filter(pk__in=texts)}
    there = Appreciation.objects.filter(enrolment__in=enrolments, semester=semester, teaching=teaching)
    held = {row.enrolment_id: row for row in there}
    before = {key: row.text for key, row in held.items()}
    after = {key: tidy(texts[key]) for key in enrolments}
    changed = [key for key in enrolments if after[key] != before.get(key, "")]
    if not changed:
        return 0
    allowed = may_still_write(cohort, semester, changed)
    errors: dict[str, list[str]] = {}
    rows = []
    for key in changed:
        who = enrolments[key].student
        if key not in allowed:
            errors[f"a{key}"] = [f"{who}{NBSP}: {FROZEN}."]
        elif after[key]:
            row = held.get(key) or Appreciation(
                enrolment=enrolments[key], semester=semester, teaching=teaching
            )
            row.text, row.by, row.at = after[key], by, timezone.now()
            if refusals := _refusals(row):
                errors[f"a{key}"] = [f"{who}{NBSP}: {refusal}" for refusal in refusals]
            rows.append(row)
    if errors:
        raise ValidationError(errors)
    there.filter(enrolment__in=[key for key in changed if not after[key]]).delete()
    Appreciation.objects.bulk_create([row for row in rows if row.pk is None])
    Appreciation.objects.bulk_update([row for row in rows if row.pk], ["text", "by", "at"])
    record(
        act="appreciations.write",
        about=str(teaching) if teaching else f"{cohort}, S{semester}",
        by=by,
        department=department,
        details={
            "cohort": cohort.pk,
            "teaching": teaching.pk if teaching else None,
            "semesters": [f"S{semester}"],
            "appreciations": [
                {
                    "enrolment": key,
                    "student": str(enrolments[key].student),
                    "before": before.get(key, ""),
                    "after": after[key],
                }
                for key in changed
            ],
        },
    )
    return len(changed)


@transaction.atomic
def write_semesters(
    *, enrolment: Enrolment, texts: Mapping[int, str], by: User, check: Check = unchecked
) -> int:
    """What is said of one student, {semester: text}: all of it, or none. How many changed."""
    check()
    return sum(
        write_appreciations(cohort=enrolment.cohort, semester=semester, texts={enrolment.pk: text}, by=by)
        for semester, text in texts.items()
    )


def _refusals(row: Appreciation) -> list[str]:
    try:
        row.clean_fields(exclude=["enrolment", "teaching", "by"])  # fetched above, no query each
    except ValidationError as error:
        return error.messages
    return []


def seen_as(*, enrolment: Enrolment, teaching: Teaching, seen: str, typed: str) -> Check:
    """The `Check` of who saw one line beside the marks: it still stands, or is what they type."""

    def check() -> None:
        stands = Appreciation.objects.filter(enrolment=enrolment, teaching=teaching).first()
        if (stands.text if stands else "") not in (seen, tidy(typed)):
            who = f"{stands.by} a écrit «{NBSP}{stands.text}{NBSP}»" if stands else "quelqu’un l’a effacée"
            raise ChangedMeanwhile(
                f"Rien n’est enregistré{NBSP}: entre-temps, {who}. Recharger la page pour repartir de là."
            )

    return check
