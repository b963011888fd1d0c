"""The pages of the site's administrator. None shows a mark, a student or a jury."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from butrt.base.accounts.confirming import confirmed
from butrt.base.accounts.doors import site_administrator_required
from butrt.base.accounts.factors.views_administrator import take_away
from butrt.base.accounts.invitations import Outcome, invite, lifetime
from butrt.base.accounts.models import Role, User
from butrt.base.forms import refusals_on
from butrt.base.meanwhile import Shown, journaled
from butrt.site.care import site_cares
from butrt.site.departments.forms import AdministratorForm, DepartmentForm
from butrt.site.departments.services import appoint, open_department
from curriculum.departments import change_department
from curriculum.models import Department
from jury.models import Minutes

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest


def _administered() -> QuerySet[Department]:
    """Every department, each with who administers it (`administrators`)."""
    roles = (
        Role.objects.filter(role=Role.Name.ADMINISTRATOR).select_related("user").order_by("user__sort_key")
    )
    return Department.objects.prefetch_related(Prefetch("roles", roles, to_attr="administrators"))


@site_administrator_required
def departments(request: SignedInRequest) -> HttpResponse:
    context = {"departments": _administered(), "cares": site_cares()}
    return render(request, "site/departments/departments.html", context)


@site_administrator_required
@confirmed
def new(request: SignedInRequest) -> HttpResponse:
    """Open a department; what it shares with the last one opened (the IUT, the city) is proposed."""
    posted = request.POST if request.method == "POST" else None
    last = Department.objects.order_by("-pk").values("institute", "university", "city").first()
    department_form = DepartmentForm(posted, initial=last or {})
    administrator_form = AdministratorForm(posted)
    if department_form.is_valid() and administrator_form.is_valid():
        with refusals_on(administrator_form):
            department, person = department_form.instance, administrator_form.instance
            outcome = open_department(department=department, administrator=person, by=request.user)
            _say(request, f"Département créé : {department}.", person, outcome)
            return redirect("departments:departments")
    return render(
        request,
        "site/departments/new.html",
        {
            "department_form": department_form,
            "administrator_form": administrator_form,
            "lifetime": lifetime(),
        },
    )


@site_administrator_required
@confirmed
def department(request: SignedInRequest, pk: int) -> HttpResponse:
    """What a department is called, until a PV carries it; who administers it."""
    shown_department = get_object_or_404(_administered(), pk=pk)
    return _page(request, shown_department, AdministratorForm())


@site_administrator_required
@require_POST
@confirmed
def administrator(request: SignedInRequest, pk: int) -> HttpResponse:
    """Name one more administrator."""
    named_in = get_object_or_404(_administered(), pk=pk)
    form = AdministratorForm(request.POST)
    if form.is_valid():
        with refusals_on(form):
            outcome = appoint(department=named_in, administrator=form.instance, by=request.user)
            _say(request, f"{form.instance} administre {named_in}.", form.instance, outcome)
            return redirect("departments:department", pk)
    return _page(request, named_in, form, beside=True)


@site_administrator_required
@require_POST
@confirmed
def send_link(request: SignedInRequest, pk: int, account: int) -> HttpResponse:
    """Send an administrator of the department their link again."""
    named_in = get_object_or_404(Department, pk=pk)
    administrators = User.objects.filter(roles__department=pk, roles__role=Role.Name.ADMINISTRATOR)
    person = get_object_or_404(administrators, pk=account)
    _say(request, f"{person} :", person, invite(user=person, department=named_in, by=request.user))
    return redirect("departments:department", pk)


@site_administrator_required
@require_POST
@confirmed
def remove_factor(request: SignedInRequest, pk: int, account: int) -> HttpResponse:
    """Take away the second factor that an administrator of the department lost."""
    administrators = User.objects.filter(roles__department=pk, roles__role=Role.Name.ADMINISTRATOR)
    take_away(request, get_object_or_404(administrators, pk=account), by=request.user)
    return redirect("departments:department", pk)


def _page(
    request: SignedInRequest, shown_department: Department, form: AdministratorForm, *, beside: bool = False
) -> HttpResponse:
    pk = shown_department.pk
    fixed = Minutes.objects.filter(session__cohort__specialty__department=pk).exists()

    def made(data: QueryDict | None) -> list[DepartmentForm]:
        return [DepartmentForm(data, instance=Department.objects.get(pk=pk), fixed=fixed)]

    last = journaled("department.change", "department.create", department=pk)
    shown = Shown(request, made, last=last, beside=beside)
    (department_form,) = shown.forms
    if department_form.is_valid():
        with refusals_on(department_form):
            change_department(department=department_form.instance, by=request.user, check=shown.check)
            messages.success(request, f"{department_form.instance} : enregistré.")
            return redirect("departments:departments")
    return render(
        request,
        "site/departments/department.html",
        {
            "department": shown_department,
            "department_form": department_form,
            "administrator_form": form,
            "shown": shown,
            "fixed": fixed,
            "lifetime": lifetime(),
        },
    )


def _say(request: HttpRequest, done: str, person: User, outcome: Outcome | None) -> None:
    """What was done, and what became of the link."""
    if outcome is None:
        messages.success(request, f"{done} {person} a déjà un mot de passe, et reçoit un avis.")
    else:
        say = messages.success if outcome is Outcome.SENT else messages.warning
        say(request, f"{done} {outcome.value}")
