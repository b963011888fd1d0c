"""What a promotion may become as long as nothing was marked in it: of a newer maquette, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import redirect, render

from butrt.base.forms import refusals_told, success
from butrt.base.requested import key_of
from curriculum.differences import differences
from curriculum.reading import programme_data
from grades import people
from grades.doors import cohort_to_keep

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest


def version(request: SignedInRequest, pk: int) -> HttpResponse:
    """What a newer maquette would change; posted, the promotion follows it."""
    cohort = cohort_to_keep(request.user, pk)
    newer = people.newer_versions(cohort)
    if request.method == "POST":
        asked = key_of(request.POST.get("programme", ""))
        pair = next(((was, now) for was, now in newer.items() if now.pk == asked), None)
        if pair is None:
            return redirect("cohorts:version", pk=pk)
        with refusals_told(request):
            people.change_version(cohort=cohort, before=pair[0], after=pair[1], by=request.user)
            message = f"{cohort} suit la version {pair[1].in_force_from} de {pair[1]}."
            return success(request, message, "cohorts:cohort", pk=pk)
        return redirect("cohorts:version", pk=pk)
    versions = [
        (before, after, differences(programme_data(before), programme_data(after)))
        for before, after in newer.items()
    ]
    context = {"cohort": cohort, "versions": versions, "held": people.held_by(cohort)}
    return render(request, "grades/cohorts/version.html", context)


def remove(request: SignedInRequest, pk: int) -> HttpResponse:
    """What goes with a promotion; posted, it is deleted."""
    cohort = cohort_to_keep(request.user, pk)
    if request.method == "POST":
        with refusals_told(request):
            people.remove_cohort(cohort=cohort, by=request.user)
            return success(request, f"{cohort} : promotion supprimée.", "cohorts:cohorts")
        return redirect("cohorts:remove_cohort", pk=pk)
    context = {"cohort": cohort, "held": people.held_by(cohort), "gone": people.belongings(cohort)}
    return render(request, "grades/cohorts/remove_cohort.html", context)
