from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count, OuterRef, Subquery, Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django_tables2 import RequestConfig

from butrt.accounts.doors import role_required
from butrt.accounts.models import Role
from curriculum.findings import findings_of, shares
from curriculum.maquette import maquette
from curriculum.models import Element, Programme, Unit
from curriculum.tables import ProgrammeTable
from curriculum.workbook import XLSX, workbook

if TYPE_CHECKING:
    from butrt.accounts.models import SignedInRequest

STAFF = tuple(role for role in Role.Name if role != Role.Name.STUDENT)


@role_required(*STAFF)
def programme_list(request: SignedInRequest) -> HttpResponse:
    units = Unit.objects.filter(programme=OuterRef("pk")).order_by().values("programme")
    elements = Element.objects.filter(programme=OuterRef("pk")).order_by().values("programme")
    programmes = (
        Programme.objects.visible_to(request.user)
        .select_related("parcours")
        .annotate(
            unit_count=Subquery(units.annotate(number=Count("pk")).values("number")),
            ects=Subquery(units.annotate(number=Sum("ects")).values("number")),
            element_count=Subquery(elements.annotate(number=Count("pk")).values("number")),
        )
    )
    table = RequestConfig(request, paginate=False).configure(ProgrammeTable(programmes))
    return render(request, "curriculum/programme_list.html", {"table": table})


def programme_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    table = maquette(_programme(request, pk))
    return render(
        request,
        "curriculum/programme_detail.html",
        {
            "programme": table.programme,
            "maquette": table,
            "findings": findings_of(table),
            "shares": shares(table),
        },
    )


def programme_workbook(request: SignedInRequest, pk: int) -> HttpResponse:
    table = maquette(_programme(request, pk))
    name = (
        f"programme-but{table.programme.year}-{table.programme.parcours.code}-{table.programme.in_force_from}"
    )
    return HttpResponse(
        workbook(table),
        content_type=XLSX,
        headers={"Content-Disposition": f'attachment; filename="{name}.xlsx"'},
    )


def _programme(request: SignedInRequest, pk: int) -> Programme:
    visible = Programme.objects.visible_to(request.user).select_related("parcours__department")
    return get_object_or_404(visible, pk=pk)
