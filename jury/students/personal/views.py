from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST, require_safe

from butrt.base.accounts.doors import role_required
from butrt.base.accounts.models import Role
from butrt.base.documents.files import as_file, file_stem
from butrt.base.french import several
from grades.models import Student
from jury.students.personal.held import export, readings
from jury.students.personal.retention import CATEGORIES, OTHERS, purge

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest

RESPONSIBLE = (Role.Name.SECRETARIAT, Role.Name.ADMINISTRATOR)


def _student(request: SignedInRequest, pk: int) -> Student:
    rows = Student.objects.filter(department__in=request.user.departments_as(*RESPONSIBLE))
    return get_object_or_404(rows.select_related("department", "account"), pk=pk)


@role_required(Role.Name.ADMINISTRATOR)
@require_safe
def retention(request: SignedInRequest) -> HttpResponse:
    """How long each kind of data is kept, why, and what a purge would erase today."""
    days = several(settings.BUTRT_BATCHES_KEPT.days, "jour")
    others = [(name, days if length == "batches" else length, why) for name, length, why in OTHERS]
    return render(
        request,
        "jury/students/personal/retention.html",
        {"categories": CATEGORIES, "others": others, "due": bool(purge(do=False))},
    )


@require_safe
def student(request: SignedInRequest, pk: int) -> HttpResponse:
    """Who read this student's documents, and the export of all that is held about them."""
    person = _student(request, pk)
    return render(
        request,
        "jury/students/personal/student.html",
        {"student": person, "readings": readings(person)[:200]},
    )


@require_POST
def data(request: SignedInRequest, pk: int) -> HttpResponse:
    person = _student(request, pk)
    name = file_stem("donnees-personnelles", person.last_name, person.first_name, person.number)
    return as_file(export(person, by=request.user), f"{name}.zip", "application/zip")
