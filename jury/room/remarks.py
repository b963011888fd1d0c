"""What a member writes for the presidency about a student: they read, and say; they decide nothing."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from butrt.base.accounts.models import Role, User
from grades.models import Student
from jury.models import MemberRemark, Session
from jury.sittings.services import deliberating, hold, journal


def may_remark(session: Session, user: User) -> bool:
    """Whether this person sits in the jury, and does not preside it."""
    if session.president_id == user.pk or session.department.pk not in user.named_in(*Role.SITTING):
        return False
    return session.members.filter(user=user).exists()


def remarks_for(session: Session, student: str, user: User) -> QuerySet[MemberRemark]:
    """The remarks on a student that this person reads: all of them for the presidency, else their own."""
    remarks = session.remarks.filter(student__number=student).select_related("author")
    return remarks if session.is_presided_by(user) else remarks.filter(author=user)


@transaction.atomic
def write_remark(*, session: Session, student: Student, text: str, by: User) -> None:
    """Write, replace or (empty) take back one's own remark on a student.

    Raises `Refusal` outside the deliberation, `PermissionDenied` for who is no member.
    """
    session = hold(session)
    deliberating(session, "Un membre écrit une remarque")
    if not may_remark(session, by):
        raise PermissionDenied("Les membres du jury écrivent une remarque pour sa présidence.")
    text = text.strip()
    known = session.remarks.filter(student=student, author=by).first()
    if text == (known.text if known else ""):
        return
    if not text:
        session.remarks.filter(student=student, author=by).delete()
    else:
        remark = known or MemberRemark(session=session, student=student, author=by)
        remark.text, remark.at = text, timezone.now()
        remark.full_clean()
        remark.save()
    journal("jury.remark", session, by, student=str(student), text=text)
