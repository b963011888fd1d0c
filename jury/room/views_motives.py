"""The page of a department's usual motives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from butrt.base.forms import refusals_on, success
from butrt.base.meanwhile import Shown, journaled
from curriculum.models import Department
from jury.doors import PREPARING
from jury.models import UsualMotive
from jury.room.forms import MotiveFormSet
from jury.sittings.usual_motives import save_motives

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest


def usual_motives(request: SignedInRequest, department: int) -> HttpResponse:
    """The motives that a department’s juries find under M; the presidency and the secretariat keep them."""
    owner = get_object_or_404(Department, pk__in=request.user.departments_as(*PREPARING), pk=department)
    shown = Shown(
        request,
        lambda data: [MotiveFormSet(data, initial=_rows(owner))],
        last=journaled("motives.save", department=owner),
    )
    (formset,) = shown.forms
    if request.method == "POST" and formset.is_valid():
        lines = [form.cleaned_data for form in formset.forms if form.cleaned_data.get("text")]
        last = len(lines) + 1
        lines.sort(key=lambda line: last if line["position"] is None else line["position"])
        with refusals_on(formset):
            save_motives(
                department=owner,
                motives=[
                    UsualMotive(pk=line["key"], text=line["text"], codes=line["codes"], active=line["active"])
                    for line in lines
                ],
                by=request.user,
                check=shown.check,
            )
            return success(request, "Motifs usuels enregistrés.", "jury:motives", department=owner.pk)
    return render(
        request, "jury/room/motives.html", {"department": owner, "formset": formset, "shown": shown}
    )


def _rows(department: Department) -> list[dict[str, Any]]:
    """A line a motive, with its rank."""
    return [
        {
            "key": motive.pk,
            "text": motive.text,
            "codes": motive.codes,
            "position": place,
            "active": motive.active,
        }
        for place, motive in enumerate(department.usual_motives.all(), 1)
    ]
