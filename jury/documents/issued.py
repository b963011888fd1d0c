"""The documents given out: each bears a code, by which anyone asks the site what it is (see verify/)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from butrt.base.accounts.models import User
from grades.models import Student
from jury.models import Issued, Minutes, Printed, Session

# The PV, the only kind that is nobody's.
PV = "pv"


def issued_for(
    session: Session,
    minutes: Minutes | None,
    kind: str,
    student: Student | None = None,
    *,
    by: User | None = None,
) -> Issued:
    """The document of this kind, made now if it never was: the same code however often it is printed.

    `kind` is a key of `jury.documents.kinds.KINDS`. `minutes` None: provisional. `student` None: the PV.
    """
    number = student.number if student else ""
    known = {number: student} if student else {}
    return _issued(session, minutes, kind, [number], known, by)[number]


def issued_for_all(
    session: Session,
    minutes: Minutes | None,
    kind: str,
    numbers: Iterable[str],
    *,
    by: User | None = None,
    at: datetime | None = None,
) -> dict[str, Issued]:
    """The same for many students, by student number ("": the PV); as many queries however many they are.

    `at`: the moment that those made now bear, now by default. `session` is fetched `with_programme()`.
    Raises KeyError for a number that the department does not know.
    """
    wanted = list(numbers)
    students = Student.objects.filter(department=session.department, number__in=wanted)
    known = {student.number: student for student in students} if any(wanted) else {}
    return _issued(session, minutes, kind, wanted, known, by, at)


def _issued(
    session: Session,
    minutes: Minutes | None,
    kind: str,
    numbers: Sequence[str],
    students: Mapping[str, Student],
    by: User | None,
    at: datetime | None = None,
) -> dict[str, Issued]:
    wanted = {number: students[number].pk if number else None for number in numbers}
    about = Q(student__in=list(students.values())) | Q(student__isnull=True)
    rows = Issued.objects.filter(about, session=session, minutes=minutes, kind=kind)
    existing = {issued.student_id: issued for issued in rows}
    now = at or timezone.now()
    missing = [
        Issued(session=session, minutes=minutes, kind=kind, student_id=student, by=by, at=now)
        for student in wanted.values()
        if student not in existing
    ]
    if missing:
        # Another worker may have made the same ones meanwhile: theirs stay.
        Issued.objects.bulk_create(missing, ignore_conflicts=True)
        existing = {issued.student_id: issued for issued in rows.all()}
    return {number: existing[student] for number, student in wanted.items()}


def note_printed(pdfs: Iterable[tuple[Issued, bytes]]) -> None:
    """Remember the SHA-256 of files about to be given out, so that they are recognised; one query."""
    now = timezone.now()
    Printed.objects.bulk_create(
        [Printed(issued=issued, sha256=hashlib.sha256(pdf).hexdigest(), at=now) for issued, pdf in pdfs],
        ignore_conflicts=True,  # printed before, and the same
    )


def printed_before(documents: Iterable[Issued]) -> set[int]:
    """The keys of those of which a file was noted."""
    rows = Printed.objects.filter(issued__in=list(documents)).order_by()
    return set(rows.values_list("issued", flat=True))


def is_ahead(issued: Issued, minutes: Minutes | None) -> bool:
    """Whether it was prepared when its PV was established (see preparing/), and given to nobody since."""
    return minutes is not None and issued.by_id is None and issued.at == minutes.created_at


def give(issued: Sequence[Issued], *, by: User, again: Sequence[Issued] = ()) -> None:
    """Say who gives out what was prepared. `again`: those of them that were prepared in words of before.

    These are dated today, and what was printed of them is no document of ours. At most three queries.
    """
    now = timezone.now()
    for document in issued:
        document.by = by
    for document in again:
        document.at = now
    Issued.objects.bulk_update(issued, ["by", "at"], batch_size=200)
    if again:
        Printed.objects.filter(issued__in=again).delete()
