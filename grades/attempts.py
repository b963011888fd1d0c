"""How often each semester was attempted and repeated, counted from the enrolments (annexe 1, 4.5).

What is repeated is a semester: who retakes S4 alone repeats S4, not S3. An année blanche is no attempt.
Each function reads a fixed number of queries, whatever the number of students.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

from django.db.models import BooleanField, Value

from grades.models import Cohort, Enrolment, ExtraRepeat, Student

Times: TypeAlias = dict[int, int]
"""{semester: how many times}; a semester left out, never."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What an enrolment says of its semesters. `stated`: repeats known from elsewhere, this one included."""

    enrolment: int | None  # None: an enrolment that somebody thinks of making
    cohort: int
    programme: int | None  # None likewise
    school_year: int
    semesters: tuple[int, ...]
    counts: bool
    stated: Mapping[int, int]


def repeats_among(attempts: Iterable[Attempt]) -> dict[int | None, Times]:
    """{enrolment: {semester: times, that attempt included}} of one student in one spécialité.

    Two enrolments of the same school year (a change of parcours in mid-year) attempt a semester once.
    """
    attempted: set[int] = set()
    done: Counter[int] = Counter()
    repeats: dict[int | None, Times] = {}
    for _, year in groupby(
        sorted(attempts, key=lambda attempt: attempt.school_year), lambda attempt: attempt.school_year
    ):
        same_year = list(year)
        taken = {semester for attempt in same_year if attempt.counts for semester in attempt.semesters}
        done.update(taken & attempted)
        attempted |= taken
        for attempt in same_year:
            for semester, times in attempt.stated.items():
                done[semester] = max(done[semester], times)
                attempted |= {semester} if times else set()
        for attempt in same_year:
            repeats[attempt.enrolment] = {
                semester: done[semester] for semester in sorted(done) if done[semester]
            }
    return repeats


def repeats_of(enrolments: Iterable[Enrolment]) -> dict[int, Times]:
    """{enrolment's key: {semester: times repeated, this attempt included}}. One query."""
    rows = list(enrolments)
    return repeats_in(attempts_of({row.student_id for row in rows}), rows)


def repeats_in(
    known: Mapping[tuple[int, int], Iterable[Attempt]], enrolments: Iterable[Enrolment]
) -> dict[int, Times]:
    """The same from attempts already read (`attempts_of` of these students)."""
    wanted = {enrolment.pk for enrolment in enrolments}
    repeats: dict[int, Times] = {}
    for attempts in known.values():
        repeats |= {key: times for key, times in repeats_among(attempts).items() if key and key in wanted}
    return repeats


def repeats_if_enrolled(cohort: Cohort, taking: Mapping[Student, Collection[int]]) -> dict[int, Times]:
    """{student's key: {semester: times}} if they took these semesters of a promotion. One query.

    An enrolment that they already have there is read as taking these.
    """
    known = attempts_of({student.pk for student in taking})
    specialty = cohort.specialty_id
    repeats = {}
    for student, semesters in taking.items():
        theirs = known[student.pk, specialty]
        stated = next((their.stated for their in theirs if their.cohort == cohort.pk), {})
        thought = Attempt(None, cohort.pk, None, cohort.school_year, tuple(semesters), True, stated)
        others = [their for their in theirs if their.cohort != cohort.pk]
        repeats[student.pk] = repeats_among([*others, thought])[None]
    return repeats


def attempts_of(students: Collection[int]) -> dict[tuple[int, int], list[Attempt]]:
    """Every attempt of these students, by student and spécialité, whose semesters 1 to 6 number.

    The oldest first. One query.
    """
    rows = Enrolment.objects.filter(student__in=students).values_list(
        *("pk", "student", "cohort__specialty", "cohort", "programme"),
        *("cohort__school_year", "cohort__year", "takes_odd", "takes_even", "status", "repeats"),
    )
    attempts: dict[tuple[int, int], list[Attempt]] = defaultdict(list)
    for (
        key,
        student,
        specialty,
        cohort,
        programme,
        school_year,
        year,
        odd,
        even,
        status,
        stated,
    ) in rows.order_by("cohort__school_year", "pk"):
        semesters = (2 * year - 1,) * odd + (2 * year,) * even
        counts = status != Enrolment.Status.GAP_YEAR
        repeats = {int(semester): times for semester, times in stated.items()}
        attempts[student, specialty].append(
            Attempt(key, cohort, programme, school_year, semesters, counts, repeats)
        )
    return attempts


def granted_to(enrolments: Iterable[Enrolment]) -> dict[int, list[ExtraRepeat]]:
    """{enrolment's key: the director's acts that stand that year}, withdrawn ones left out. One query.

    Needs `cohort` selected.
    """
    rows = list(enrolments)
    acts: dict[int, list[ExtraRepeat]] = defaultdict(list)
    for act in ExtraRepeat.objects.standing().filter(student__in={row.student_id for row in rows}):
        acts[act.student_id].append(act)
    return {
        row.pk: [act for act in acts[row.student_id] if act.school_year <= row.cohort.school_year]
        for row in rows
    }


def granted_if_enrolled(cohort: Cohort, students: Collection[int]) -> dict[int, Times]:
    """{student's key: {semester: repeats that the director added}} as a promotion's year counts them."""
    acts: dict[int, list[ExtraRepeat]] = {student: [] for student in students}
    rows = ExtraRepeat.objects.standing().filter(student__in=students, school_year__lte=cohort.school_year)
    for act in rows:
        acts[act.student_id].append(act)
    return {student: times_of(theirs) for student, theirs in acts.items()}


def extra_repeats_of(enrolments: Iterable[Enrolment]) -> dict[int, Times]:
    """{enrolment's key: {semester: repeats that the director added}}. One query; needs `cohort` selected."""
    return {key: times_of(acts) for key, acts in granted_to(enrolments).items()}


def times_of(acts: Iterable[ExtraRepeat]) -> Times:
    """{semester: how many of these acts}."""
    return dict(sorted(Counter(act.semester for act in acts).items()))


def times_in_words(times: Mapping[int, int]) -> str:
    """ "S3 × 1, S4 × 2", "" for someone who repeated nothing."""
    return ", ".join(f"S{semester} ×\u202f{number}" for semester, number in sorted(times.items()) if number)


# ---------- the UE where no mark is asked ----------


def not_taken_in(cohorts: Collection[int]) -> dict[int, set[int]]:
    """{enrolment: keys of its UE where no mark is asked}: exempted, or acquired, not retaken. One query."""
    dispensed, acquired, retaken = (
        field.through.objects.filter(enrolment__cohort__in=cohorts).values_list(
            "enrolment", "unit", Value(chosen, output_field=BooleanField())
        )
        for field, chosen in (
            (Enrolment.dispensed, False),
            (Enrolment.acquired, False),
            (Enrolment.retaken, True),
        )
    )
    apart: dict[int, set[int]] = defaultdict(set)
    chosen: dict[int, set[int]] = defaultdict(set)
    for key, unit, retakes in dispensed.union(acquired, retaken):
        (chosen if retakes else apart)[key].add(unit)
    for key, units in chosen.items():
        apart[key] -= units
    return apart
