"""An element that nobody is assessed in this year: set aside, put back in the averages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from butrt.base.accounts.models import Role
from butrt.base.forms import refusals_on, success
from butrt.base.meanwhile import Shown, journaled
from curriculum.models import Weight
from grades import people
from grades.cohorts.forms_aside import AsideForm
from grades.doors import cohort_to_keep
from grades.models import Cohort, Mark

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest
    from curriculum.models import Element


def aside(request: SignedInRequest, pk: int, element: int) -> HttpResponse:
    """An element not assessed this year, set aside for the promotion by its director of studies, or back."""
    cohort = cohort_to_keep(request.user, pk)
    if not request.user.has_role(cohort.department, Role.Name.DIRECTOR):
        raise PermissionDenied(people.DIRECTOR_ONLY)
    chosen = get_object_or_404(cohort.elements, pk=element)
    shown = Shown(
        request,
        lambda data: [AsideForm(data, cohort=cohort, element=chosen)],
        last=journaled(
            "teaching.set_aside", "teaching.take_back", details__teaching__in=_keys(cohort, chosen)
        ),
        gone=journaled("programme.load", about=str(chosen.programme)),
    )
    (form,) = shown.forms
    about: Any = {"cohort": cohort, "element": chosen, "by": request.user, "check": shown.check}
    if "back" in request.POST:
        with refusals_on(form):
            people.take_back(**about)
            message = f"{chosen.display} est remis dans les moyennes, avec les notes qu’il avait."
            return success(request, message, "cohorts:elements", pk=cohort.pk)
    elif form.is_valid():
        with refusals_on(form):
            people.set_aside(**about, motive=form.cleaned_data["motive"])
            message = f"{chosen.display} est mis de côté, hors de toutes les moyennes."
            return success(request, message, "cohorts:elements", pk=cohort.pk)
    context = {"cohort": cohort, "element": chosen, "form": form, "shown": shown}
    return render(request, "grades/cohorts/aside.html", context | _what_leaves(cohort, chosen))


def _what_leaves(cohort: Cohort, element: Element) -> dict[str, Any]:
    """What setting an element aside takes out of the averages: its UE, those left bare, marks entered."""
    others = Weight.objects.filter(unit=OuterRef("unit"), coefficient__gt=0).exclude(element=element)
    standing = others.exclude(element__code__in=cohort.teachings.aside().values("element__code"))
    units = element.weights.filter(coefficient__gt=0).select_related("unit").order_by("unit__code")
    marks = Mark.objects.filter(
        assessment__teaching__cohort=cohort, assessment__teaching__element__code=element.code
    )
    return {
        "units": units.annotate(bare=~Exists(standing)),
        "marks": marks.exclude(value=None, code="").count(),
    }


def _keys(cohort: Cohort, element: Element) -> list[int]:
    return list(cohort.teachings.filter(element__code=element.code).values_list("pk", flat=True))
