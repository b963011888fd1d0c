"""The page that follows a promotion through its years."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from grades.models import Cohort
from jury.doors import FOLLOWING_PROMOTIONS
from jury.reports.promotion.drawing import draw
from jury.reports.promotion.flow import flow_of

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest


def follow(request: SignedInRequest, pk: int) -> HttpResponse:
    """Who passed, repeated, left, year after year: a drawing, and its numbers in tables."""
    cohorts = Cohort.objects.filter(
        specialty__department__in=request.user.departments_as(*FOLLOWING_PROMOTIONS)
    )
    cohort = get_object_or_404(
        cohorts.select_related("specialty__department").prefetch_related("programmes"), pk=pk
    )
    flow = flow_of(cohort)
    return render(
        request, "jury/reports/promotion/follow.html", {"cohort": cohort, "flow": flow, "drawing": draw(flow)}
    )
