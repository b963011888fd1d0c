"""The home of each role, and what the site says when it refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Case, Count, DateField, F, IntegerField, QuerySet, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from butrt.base.accounts.models import Role
from butrt.base.schoolyears import by_year
from butrt.site.care import cares
from butrt.site.setup.steps import set_ups
from curriculum.models import Programme
from grades.models import Cohort
from grades.overview import ElementProgress, overview, school_years
from jury.documents.signatures.waiting import waiting_for
from jury.doors import PREPARING, follows_juries
from jury.models import Session

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest, User

NAMES = Role.Name


def home(request: SignedInRequest) -> HttpResponse:
    """What is mine to do now: elements to fill, juries to hold, documents to send, programmes to read."""
    user = request.user
    if user.is_a(NAMES.STUDENT) and not user.works_in:
        return redirect("own:marks")
    if user.is_superuser and not user.works_in:
        return redirect("departments:departments")
    context: dict[str, Any] = {"today": timezone.localdate(), "role_names": _roles(request)}
    context["awaited"] = waiting_for(user)
    context["set_ups"] = ups = set_ups(user)
    context["cares"] = cares(user, setting_up=[up.department.pk for up in ups if not up.put_away])
    if user.is_a(NAMES.TEACHER, NAMES.DIRECTOR):
        years = school_years(user)
        context["teachings"] = _first_to_fill(user, years)
        context["no_teaching"], context["directs"] = not years, user.is_a(NAMES.DIRECTOR)
    if follows_juries(user):
        context["sessions"] = _sessions(user)
        context["serves"] = user.is_a(NAMES.SECRETARIAT)
        context["schedules"] = user.is_a(*PREPARING)
    if user.is_a(NAMES.DIRECTOR, NAMES.SECRETARIAT):
        context["cohorts"] = _last_cohorts(user)
    if user.is_a(NAMES.ADMINISTRATOR):
        context["programmes"] = Programme.objects.visible_to(user).select_related("parcours__specialty")
    return render(request, "site/home.html", context)


def _sessions(user: User) -> QuerySet[Session]:
    """The juries that this person follows: this year's first, those to hold before those that are closed."""
    closed = When(state=Session.State.CLOSED, then=1)
    seen = Session.objects.visible_to(user).named()
    by_state = seen.annotate(over=Case(closed, default=0, output_field=IntegerField()))
    days = Case(When(state=Session.State.CLOSED, then=None), default=F("date"), output_field=DateField())
    past_last, *_ = by_year("cohort__school_year", held="date")
    return by_state.order_by(past_last, "over", days, "-date", "semester")


def _first_to_fill(user: User, years: list[int]) -> list[ElementProgress]:
    """The elements of this year: those with marks missing, then to be declared complete; eight at most."""
    lines = overview(user, years[0]) if years else []
    mine = [line for line in lines if line.progress.expected]
    return sorted(mine, key=lambda line: (not line.progress.missing, not line.to_declare))[:8]


def _last_cohorts(user: User) -> list[Cohort]:
    """The promotions of the school year in course that this person keeps, with `students`."""
    kept = Cohort.objects.kept_by(user).prefetch_related("programmes")
    rows = list(kept.annotate(students=Count("enrolments")).order_by(*by_year(), "year", "pk")[:20])
    return [row for row in rows if row.school_year == rows[0].school_year]


def _roles(request: SignedInRequest) -> list[str]:
    labels = dict(NAMES.choices)
    return sorted({str(labels[role]) for _, role in request.user.role_set})


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: what may be seen but not changed, and why."""
    return render(request, "403.html", {"reason": str(exception)}, status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: what no page of the site asks."""
    return render(request, "400.html", status=400)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", status=404)


def broken(request: HttpRequest) -> HttpResponse:
    return render(request, "500.html", status=500)
