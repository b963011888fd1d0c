"""Where a member of the jury writes a remark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from butrt.base.forms import refusals_told
from grades.models import Student
from jury.doors import session_for
from jury.room.forms import MemberRemarkForm
from jury.room.remarks import may_remark, write_remark
from jury.room.table import Asked

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest


@require_POST
def remark(request: SignedInRequest, pk: int, number: str) -> HttpResponse:
    """A member's remark on a student, from the card."""
    session = session_for(request, pk)
    if not may_remark(session, request.user):
        raise PermissionDenied("Les membres du jury écrivent une remarque pour sa présidence.")
    student = get_object_or_404(Student, enrolments__cohort=session.cohort_id, number=number)
    form = MemberRemarkForm(request.POST)
    with refusals_told(request):
        if not form.is_valid():
            raise ValidationError([str(error) for error in form.errors["text"]])
        text = form.cleaned_data["text"]
        write_remark(session=session, student=student, text=text, by=request.user)
        sentence = "Remarque enregistrée : la présidence la lit." if text else "Remarque retirée."
        messages.success(request, sentence)
    return redirect(f"{reverse('jury:card', args=[pk, number])}{Asked.read(request.GET).query}")
