"""Who may read the results from elsewhere (the secretariat, the director of studies), who records them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from butrt.base.accounts.models import Role
from curriculum.models import Department
from grades.models import Cohort, Student

if TYPE_CHECKING:
    from butrt.base.accounts.models import User

READING = (Role.Name.SECRETARIAT, Role.Name.DIRECTOR)
COMPARING = (*READING, Role.Name.PRESIDENT)
"""Who may replay our rules on ScoDoc's decisions, which writes nothing."""
DOING = "Le secrétariat enregistre et retire les résultats venus d’ailleurs."

View = Callable[..., HttpResponse]


def recording(view: View) -> View:
    """Pages that record: for the secretariat; who only reads is told so (403), for others they are not."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user: User = request.user  # type: ignore[assignment]
        if not user.is_a(*READING):
            raise Http404
        if not user.is_a(Role.Name.SECRETARIAT):
            raise PermissionDenied(DOING)
        return view(request, *args, **kwargs)

    return guarded


def departments_of(user: User) -> QuerySet[Department]:
    """Those where this person records."""
    return Department.objects.filter(pk__in=user.departments_as(Role.Name.SECRETARIAT)).order_by("name")


def departments_compared(user: User) -> QuerySet[Department]:
    """Those of which this person may compare ScoDoc's decisions with ours."""
    return Department.objects.filter(pk__in=user.departments_as(*COMPARING)).order_by("name")


def student_of(user: User, pk: int) -> Student:
    """A student whose results this person records; 404, or 403 for who only reads."""
    student = get_object_or_404(
        Student.objects.select_related("department").filter(department__in=user.departments_as(*READING)),
        pk=pk,
    )
    if not user.has_role(student.department, Role.Name.SECRETARIAT):
        raise PermissionDenied(DOING)
    return student


def cohort_of(user: User, pk: int) -> Cohort:
    """A promotion whose results this person records; 404, or 403 for who only reads."""
    cohorts = Cohort.objects.select_related("specialty__department").prefetch_related("programmes")
    readable = cohorts.filter(specialty__department__in=user.departments_as(*READING))
    cohort = get_object_or_404(readable, pk=pk)
    if not user.has_role(cohort.department, Role.Name.SECRETARIAT):
        raise PermissionDenied(DOING)
    return cohort
