"""The photo that the jury's card shows beside the figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from butrt.base.forms import refusals_on, success
from grades.cohorts.forms import PhotoForm
from grades.doors import enrolment_to_keep
from grades.models import Photo
from grades.photos import photo_response, remove_photo, set_photo

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest


@require_safe
def photo(request: SignedInRequest, pk: int) -> HttpResponse:
    """The photo, to those who keep the promotion."""
    enrolment = enrolment_to_keep(request.user, pk)
    return photo_response(get_object_or_404(Photo, student=enrolment.student))


@require_POST
def change_photo(request: SignedInRequest, pk: int) -> HttpResponse:
    """Put a photo, or take it away."""
    enrolment = enrolment_to_keep(request.user, pk)
    student = enrolment.student
    if "remove" in request.POST:
        remove_photo(student=student, by=request.user)
        return success(request, f"{student} : photo retirée.", "cohorts:enrolment", pk=pk)
    form = PhotoForm(request.POST, request.FILES)
    if form.is_valid():
        with refusals_on(form):
            set_photo(student=student, data=form.cleaned_data["photo"].read(), by=request.user)
            messages.success(request, f"{student} : photo enregistrée.")
    _say(request, form)
    return redirect("cohorts:enrolment", pk=pk)


def _say(request: SignedInRequest, form: forms.Form) -> None:
    for errors in form.errors.values():
        for error in errors:
            messages.error(request, str(error))
