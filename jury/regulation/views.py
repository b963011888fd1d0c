from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from butrt.base import french
from butrt.base.accounts.choosing import choice, chosen
from butrt.base.accounts.confirming import confirmed
from butrt.base.accounts.doors import role_required
from butrt.base.accounts.models import Role
from butrt.base.forms import refusals_on, success
from butrt.base.french import several
from butrt.base.meanwhile import Shown, journaled
from butrt.base.requested import key_of
from curriculum.models import Department, Regulation
from grades.bonus import in_words, rule_of
from jury.regulation.forms import BONUS, SETTINGS, RegulationForm
from jury.regulation.services import adopt, differences

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest

ADMINISTRATOR = Role.Name.ADMINISTRATOR


@role_required(ADMINISTRATOR)
def regulation_list(request: SignedInRequest) -> HttpResponse:
    """Every version of the règlement, the last first, each value with its source."""
    versions = (
        Regulation.objects.filter(department__in=request.user.departments_as(ADMINISTRATOR))
        .select_related("department", "programme__parcours")
        .prefetch_related("sessions__cohort__programmes")
    )
    return render(
        request,
        "jury/regulation/list.html",
        {
            "versions": [(version, _settings(version)) for version in versions],
            "departments": Department.objects.filter(pk__in=request.user.departments_as(ADMINISTRATOR)),
        },
    )


def _settings(version: Regulation) -> list[dict[str, Any]]:
    """Each setting in words: name, value, source."""
    labels = {field.name: field.verbose_name for field in version._meta.fields}
    rule = rule_of(version.bonus)
    bonus = {
        "name": "règle de bonus",
        "value": in_words(rule) if rule else "aucune : les points d’un bonus s’ajoutent à l’UE",
        "source": version.sources.get("bonus", ""),
    }
    settings = [
        {
            "name": labels[name],
            "value": getattr(version, f"get_{name}_display", lambda name=name: getattr(version, name))(),
            "source": version.sources.get(name, ""),
        }
        for name in SETTINGS
    ]
    return [*settings, bonus]


@role_required(ADMINISTRATOR)
@confirmed
def regulation_new(request: SignedInRequest) -> HttpResponse:
    """Write the next version from an earlier one, see whose proposal it would change, then adopt it."""
    before = _start(request)
    department = before.department
    shown = Shown(
        request,
        lambda data: [RegulationForm(data, instance=_next_version(_start(request)), department=department)],
        facts=lambda: _adopted_so_far(department),
        last=journaled("regulation.adopt", department=department),
    )
    (form,) = shown.forms
    preview = None
    if form.is_valid():
        if "preview" in request.POST and (session := form.cleaned_data["session"]):
            preview = differences(session, form.instance)
        elif "adopt" in request.POST:
            with refusals_on(form):
                moved = adopt(regulation=form.instance, by=request.user, check=shown.check)
                return success(request, _adopted(form.instance, len(moved)), "jury:regulations")
    return render(
        request,
        "jury/regulation/new.html",
        {
            "form": form,
            "before": before,
            "shown": shown,
            "differences": preview,
            "derogations": form.instance.derogations if form.is_bound and form.is_valid() else [],
        }
        | choice(request, department),
    )


def _start(request: SignedInRequest) -> Regulation:
    """The version that the address asks for (`?de=`), else the last one of a department."""
    mine = Regulation.objects.filter(department__in=request.user.departments_as(ADMINISTRATOR))
    if asked := request.GET.get("de"):
        return get_object_or_404(mine.select_related("department"), pk=key_of(asked))
    department = chosen(request)
    return mine.filter(department=department.pk).first() or Regulation(department_id=department.pk)


def _adopted_so_far(department: Department) -> dict[str, str]:
    """What the new version comes after."""
    return {
        ", ".join(
            map(str, filter(None, [regulation, regulation.programme]))
        ): f"adopté le {french.date(regulation.adopted_on)}"
        for regulation in department.regulations.select_related("programme__parcours")
    }


def _next_version(before: Regulation) -> Regulation:
    """A copy to change: the next version of the same règlement, adopted today unless said otherwise."""
    return Regulation(
        **{name: getattr(before, name) for name in ("school_year", "programme", *SETTINGS, *BONUS)},
        department=before.department,
        sources=before.sources,
        adopted_on=timezone.localdate(),
    )


def _adopted(regulation: Regulation, sessions: int) -> str:
    followed = "aucune session en préparation ne change de règlement"
    if sessions:
        followed = several(
            sessions, "session en préparation l’applique", "sessions en préparation l’appliquent"
        )
    return f"{regulation} adopté : {followed}."
