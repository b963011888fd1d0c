"""What the API reads, each through the door of the page that shows the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db.models import Count, Exists, OuterRef, Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.csrf import csrf_exempt

from butrt.base.documents.files import as_file
from butrt.base.requested import whole_number
from butrt.site.api import objects
from butrt.site.api.description import openapi
from butrt.site.api.doors import BadRequest, Reader, answering, as_json, method_refused, not_found
from curriculum.models import Programme, Weight
from jury.documents.delivery import hand_over
from jury.documents.kinds import MINUTES, TRANSCRIPT, WHOLE_SESSION, Source
from jury.models import Minutes, MinutesRevision, Session

PER_PAGE = 50
MOST_PER_PAGE = 200
LAST_PAGE = 1_000_000
PDF = "application/pdf"


def _whole(request: HttpRequest, name: str, default: int, most: int) -> int:
    """A whole number of the address, from 1 to `most`. Raises BadRequest."""
    given = request.GET.getlist(name) or [str(default)]
    text = given[-1]
    number = whole_number(text)
    if number is None or not 1 <= number <= most:
        raise BadRequest(f"{name} : un nombre entier de 1 à {most}.")
    return number


def _page(
    request: HttpRequest, rows: QuerySet[Any], write: Callable[[Any], dict[str, Any]]
) -> dict[str, Any]:
    """{items, number, page, pages}: a page of `rows`; one past the last is empty."""
    if unknown := sorted(set(request.GET) - {"page", "per_page"}):
        raise BadRequest(f"{unknown[0]} : argument inconnu. Il y a page et per_page.")
    page = _whole(request, "page", 1, LAST_PAGE)
    per_page = _whole(request, "per_page", PER_PAGE, MOST_PER_PAGE)
    number = rows.count()
    start = (page - 1) * per_page
    return {
        "items": [write(row) for row in rows[start : start + per_page]] if start < number else [],
        "number": number,
        "page": page,
        "pages": max(1, -(-number // per_page)),
    }


@csrf_exempt
@login_not_required
def description(request: HttpRequest) -> HttpResponse:
    """The OpenAPI description: open, nothing in it is about anybody."""
    return as_json(openapi()) if request.method in ("GET", "HEAD") else method_refused()


@csrf_exempt
@login_not_required
def unknown(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Whatever else is asked of the API is refused in JSON too."""
    return not_found()


def _programmes(reader: Reader) -> QuerySet[Programme]:
    return (
        Programme.objects.visible_to(reader.user)
        .filter(parcours__department=reader.token.department_id)
        .select_related("parcours")
        .order_by("parcours", "year", "-in_force_from", "pk")
    )


@answering
def programmes(request: HttpRequest, reader: Reader) -> dict[str, Any]:
    return _page(request, _programmes(reader), objects.programme)


@answering
def programme(request: HttpRequest, reader: Reader, pk: int) -> dict[str, Any]:
    """A programme with its UE, their coefficients, and its elements."""
    found = get_object_or_404(_programmes(reader), pk=pk)
    units = found.units.select_related("competence").order_by("semester", "code")
    units = units.prefetch_related(Prefetch("weights", Weight.objects.select_related("element")))
    return {
        **objects.programme(found),
        "units": [objects.unit(each) for each in units],
        "elements": [objects.element(each) for each in found.elements.order_by("semester", "code")],
    }


@answering
def cohorts(request: HttpRequest, reader: Reader) -> dict[str, Any]:
    rows = reader.cohorts().annotate(students=Count("enrolments")).order_by("-school_year", "pk")
    return _page(request, rows, objects.cohort)


@answering
def students(request: HttpRequest, reader: Reader, pk: int) -> dict[str, Any]:
    """The students of a promotion."""
    found = get_object_or_404(reader.cohorts(), pk=pk)
    page = _page(
        request,
        found.enrolments.select_related("student", "group"),
        objects.student,
    )
    reader.journal(f"Étudiants, {found}", cohort=found.pk, students=len(page["items"]), page=page["page"])
    return page


@answering
def sessions(request: HttpRequest, reader: Reader) -> dict[str, Any]:
    """The juries that were closed, the last first."""
    return _page(request, reader.sessions().order_by("-date", "-pk"), objects.session)


@answering
def session(request: HttpRequest, reader: Reader, pk: int) -> dict[str, Any]:
    return objects.session(get_object_or_404(reader.sessions(), pk=pk))


@answering
def decisions(request: HttpRequest, reader: Reader, pk: int) -> Any:
    """The decisions of the PV in force, as `butrt-decisions/1`."""
    found = get_object_or_404(reader.sessions(), pk=pk)
    content = _in_force(found).content["decisions"]
    reader.journal(f"Décisions, {found}", session=found.pk, students=len(content["students"]))
    return content


@answering
def following(request: HttpRequest, reader: Reader, pk: int) -> dict[str, Any]:
    """What the PV in force entails for each student: what opens, is repeated, waits; credits, diplomas."""
    found = get_object_or_404(reader.sessions(), pk=pk)
    cases = Source.of_minutes(found, _in_force(found)).proceedings.cases
    reader.journal(f"Suites, {found}", session=found.pk, students=len(cases))
    return {"students": [objects.following(case) for case in cases]}


@answering
def cohort_file(request: HttpRequest, reader: Reader, pk: int) -> Any:
    """What the PV in force was computed from, as `butrt-cohort/1`."""
    found = reader.documented_session(pk)
    content = Source.of_minutes(found, _in_force(found)).proceedings.cohort_file
    reader.journal(f"Fichier de cohorte, {found}", session=found.pk, students=len(content["students"]))
    return content


def _in_force(session: Session) -> Minutes:
    minutes = session.minutes.order_by("-version").first()
    if minutes is None:
        raise Http404
    return minutes


@answering
def documents(request: HttpRequest, reader: Reader, pk: int) -> dict[str, Any]:
    """The versions of the PV and the students' documents given out, page by page."""
    found = reader.documented_session(pk)
    given = found.issued.filter(student__isnull=False).select_related("student", "minutes")
    rows = given.defer("minutes__content").order_by("student__number", "kind", "pk")
    page = _page(request, rows, objects.issued)
    signed = Exists(MinutesRevision.objects.filter(minutes=OuterRef("pk")))
    versions = found.minutes.annotate(signed=signed).defer("content")
    reader.journal(f"Liste des documents, {found}", session=found.pk, documents=len(page["items"]))
    return {"minutes": [objects.minutes(each, signed=each.signed) for each in versions], **page}


@answering
def minutes_pdf(request: HttpRequest, reader: Reader, pk: int, version: int) -> HttpResponse:
    """A version of the PV: signed if it is, else as it will be signed."""
    found = reader.documented_session(pk)
    source = Source.of_minutes(
        found, get_object_or_404(Minutes, session=found, version=version), by=reader.user
    )
    content = MINUTES.give_out(source, WHOLE_SESSION)
    reader.journal(f"PV, {found}, version {version}", session=found.pk, version=version)
    return as_file(content, MINUTES.file_name(source, WHOLE_SESSION), PDF)


@answering
def transcript(request: HttpRequest, reader: Reader, pk: int, number: str) -> HttpResponse:
    """The transcript of a student, of the PV in force."""
    found = reader.documented_session(pk)
    source = Source.of_minutes(found, _in_force(found), by=reader.user)
    if number not in {case.id for case in TRANSCRIPT.students(source)}:
        raise Http404
    return hand_over(TRANSCRIPT, source, number, by=reader.user, through=f"api, {reader.token.name}")
