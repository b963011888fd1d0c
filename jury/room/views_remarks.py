"""What a member writes for the presidency about a student: they read, and say; they decide nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from butrt.base.accounts.models import Role, User
from butrt.base.forms import refusals_told
from grades.models import Student
from jury.models import MemberRemark, Session
from jury.room.table import Asked
from jury.sittings.doors import session_for
from jury.sittings.services import deliberating, hold, journal

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest


class RemarkForm(forms.ModelForm):
    """A remark; emptied, it goes."""

    text = forms.CharField(
        label="Remarque pour la présidence",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2, "class": "form-control"}),
    )

    class Meta:
        model = MemberRemark
        fields = ("text",)


def may_remark(session: Session, user: User) -> bool:
    """Whether this person sits in the jury, and does not preside it."""
    if session.president_id == user.pk or session.department.pk not in user.named_in(*Role.SITTING):
        return False
    return session.members.filter(user=user).exists()


def remarks_for(session: Session, student: str, user: User) -> QuerySet[MemberRemark]:
    """The remarks on a student that this person reads: all of them for the presidency, else their own."""
    found = session.remarks.filter(student__number=student).select_related("author")
    return found if session.is_presided_by(user) else found.filter(author=user)


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


@require_POST
def remark(request: SignedInRequest, pk: int, number: str) -> HttpResponse:
    """A member's remark on a student, from the card."""
    found = session_for(request, pk)
    if not may_remark(found, request.user):
        raise PermissionDenied("Les membres du jury écrivent une remarque pour sa présidence.")
    student = get_object_or_404(Student, enrolments__cohort=found.cohort_id, number=number)
    form = RemarkForm(request.POST)
    with refusals_told(request):
        if not form.is_valid():
            raise ValidationError([str(each) for each in form.errors["text"]])
        text = form.cleaned_data["text"]
        write_remark(session=found, student=student, text=text, by=request.user)
        told = "Remarque enregistrée : la présidence la lit." if text else "Remarque retirée."
        messages.success(request, told)
    return redirect(f"{reverse('jury:card', args=[pk, number])}{Asked.read(request.GET).query}")
