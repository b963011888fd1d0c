"""What the API reads, each through the door of the page that shows the same; ninja reads and writes it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef, Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Field, NinjaAPI, Query, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.renderers import JSONRenderer
from pydantic import BeforeValidator, WithJsonSchema

from butrt.base.documents.files import as_file
from butrt.base.requested import whole_number
from butrt.site.api import description, objects
from butrt.site.api.doors import Token, TokenRequest
from curriculum.models import Element, Unit, Weight
from grades.models import Teaching
from jury.cases.refusals import Refusal
from jury.documents.delivery import hand_over
from jury.documents.kinds import MINUTES, TRANSCRIPT, WHOLE_SESSION
from jury.documents.source import DocumentSource
from jury.models import Minutes, MinutesRevision, Session

NO_TOKEN = "Donnez un jeton valable : Authorization: Bearer butrt_… (page Comptes, Jetons d’accès)."
NOTHING_HERE = "Rien à cette adresse, ou rien que ce jeton puisse lire."
MOST = {"page": 1_000_000, "per_page": 200}


class Legible(JSONRenderer):
    """Accents as they are."""

    json_dumps_params = {"ensure_ascii": False}


api = NinjaAPI(
    title="butrt",
    version="1",
    description="Lecture seule des programmes, promotions, décisions et documents des jurys. "
    "Les nombres décimaux sont des textes exacts.",
    urls_namespace="api",
    openapi_url=None,  # ours: see `openapi`
    auth=Token(),
    renderer=Legible(),
)


# ---------- what is asked ----------


def _described(kind: str, words: str, **limits: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": kind, "description": words, **limits})


def _key(words: str) -> WithJsonSchema:
    return _described("integer", words, minimum=0, maximum=2_147_483_647)


Key = Annotated[int, _key("la clé donnée par la liste")]
Version = Annotated[int, _key("la version du PV, à partir de 1")]
Number = Annotated[str, _described("string", "le numéro d’étudiant", pattern="^[0-9A-Za-z]{1,20}$")]
Whole = Annotated[int, BeforeValidator(whole_number)]


class Paging(Schema):
    page: Whole = Field(1, ge=1, le=MOST["page"], description="la page, à partir de 1")
    per_page: Whole = Field(50, ge=1, le=MOST["per_page"], description="combien par page")


def _page(request: HttpRequest, paging: Paging, rows: QuerySet[Any]) -> dict[str, Any]:
    """{items, number, page, pages}: a page of `rows`; one past the last is empty."""
    if unknown := sorted(set(request.GET) - set(MOST)):
        raise HttpError(400, f"{unknown[0]} : argument inconnu. Il y a page et per_page.")
    pages = Paginator(rows, paging.per_page)
    items = list(pages.page(paging.page)) if paging.page <= pages.num_pages else []
    return {"items": items, "number": pages.count, "page": paging.page, "pages": pages.num_pages}


# ---------- what is refused ----------


def refused(request: HttpRequest, status: int, why: str) -> HttpResponse:
    return api.create_response(request, {"error": why}, status=status)


@api.exception_handler(AuthenticationError)
def no_token(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    refusal = refused(request, 401, NO_TOKEN)
    refusal["WWW-Authenticate"] = "Bearer"
    return refusal


@api.exception_handler(HttpError)
def refused_in_words(request: HttpRequest, error: HttpError) -> HttpResponse:
    return refused(request, error.status_code, str(error))


@api.exception_handler(ValidationError)
def not_understood(request: HttpRequest, error: ValidationError) -> HttpResponse:
    name = error.errors[0]["loc"][-1]
    return refused(request, 400, f"{name} : un nombre entier de 1 à {MOST[name]}.")


@api.exception_handler(PermissionDenied)
def forbidden(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
    return refused(request, 403, str(error))


@api.exception_handler(Http404)
def not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return refused(request, 404, NOTHING_HERE)


# ---------- what is read ----------


@api.get("openapi.json", url_name="description", auth=None, include_in_schema=False)
def openapi(request: HttpRequest) -> dict[str, Any]:
    """Open: nothing in it is about anybody."""
    return description.of(api)


@api.get("programmes", summary="Les programmes du département", response=objects.Programmes)
def programmes(request: TokenRequest, paging: Query[Paging]) -> Any:
    return _page(request, paging, request.auth.programmes())


@api.get(
    "programmes/{int:pk}",
    summary="Un programme, ses UE et leurs coefficients, ses éléments",
    response=objects.WholeProgramme,
)
def programme(request: TokenRequest, pk: Key) -> Any:
    weights = Prefetch("weights", Weight.objects.select_related("element"))
    units = Unit.objects.select_related("competence").prefetch_related(weights).order_by("semester", "code")
    elements = Element.objects.order_by("semester", "code")
    rows = request.auth.programmes().prefetch_related(
        Prefetch("units", units), Prefetch("elements", elements)
    )
    return get_object_or_404(rows, pk=pk)


@api.get("cohorts", summary="Les promotions", response=objects.Cohorts)
def cohorts(request: TokenRequest, paging: Query[Paging]) -> Any:
    aside = Prefetch("teachings", Teaching.objects.aside().select_related("element"), to_attr="set_aside")
    rows = request.auth.cohorts().annotate(students=Count("enrolments")).prefetch_related(aside)
    rows = rows.order_by("-school_year", "pk")
    return _page(request, paging, rows)


@api.get(
    "cohorts/{int:pk}/students",
    summary="Les étudiants d’une promotion (journalisé)",
    response=objects.Students,
)
def students(request: TokenRequest, pk: Key, paging: Query[Paging]) -> Any:
    cohort = get_object_or_404(request.auth.cohorts(), pk=pk)
    page = _page(request, paging, cohort.enrolments.select_related("student", "group"))
    request.auth.journal(
        f"Étudiants, {cohort}", cohort=cohort.pk, students=len(page["items"]), page=page["page"]
    )
    return page


@api.get("sessions", summary="Les jurys clos", response=objects.Sessions)
def sessions(request: TokenRequest, paging: Query[Paging]) -> Any:
    """The last first."""
    rows = request.auth.sessions().prefetch_related("programmes").order_by("-date", "-pk")
    return _page(request, paging, rows)


@api.get("sessions/{int:pk}", summary="Un jury clos", response=objects.Session)
def session(request: TokenRequest, pk: Key) -> Any:
    return get_object_or_404(request.auth.sessions(), pk=pk)


@api.get(
    "sessions/{int:pk}/decisions",
    summary="Les décisions du PV en vigueur, butrt-decisions/1 (journalisé)",
    openapi_extra=description.published("decisions"),
)
def decisions(request: TokenRequest, pk: Key) -> Any:
    session = get_object_or_404(request.auth.sessions(), pk=pk)
    content = _in_force(session).content["decisions"]
    request.auth.journal(f"Décisions, {session}", session=session.pk, students=len(content["students"]))
    return content


@api.get(
    "sessions/{int:pk}/following",
    summary="Ce qu’entraîne le PV en vigueur pour chaque étudiant (journalisé)",
    response=objects.Followings,
)
def following(request: TokenRequest, pk: Key) -> Any:
    """What opens, is repeated, waits; credits, diplomas."""
    session = get_object_or_404(request.auth.sessions(), pk=pk)
    cases = DocumentSource.of_minutes(session, _in_force(session)).proceedings.cases
    request.auth.journal(f"Suites, {session}", session=session.pk, students=len(cases))
    return {"students": cases}


@api.get(
    "sessions/{int:pk}/cohort",
    summary="Ce dont le PV en vigueur est calculé, butrt-cohort/1 (journalisé)",
    openapi_extra=description.published("cohort", 403),
)
def cohort(request: TokenRequest, pk: Key) -> Any:
    session = request.auth.documented_session(pk)
    content = DocumentSource.of_minutes(session, _in_force(session)).proceedings.cohort_file
    request.auth.journal(
        f"Fichier de cohorte, {session}", session=session.pk, students=len(content["students"])
    )
    return content


def _in_force(session: Session) -> Minutes:
    minutes = session.minutes.order_by("-version").first()
    if minutes is None:
        raise Http404
    return minutes


@api.get(
    "sessions/{int:pk}/documents",
    summary="Les PV et les documents délivrés (journalisé)",
    openapi_extra=description.JURY_ONLY,
    response=objects.Documents,
)
def documents(request: TokenRequest, pk: Key, paging: Query[Paging]) -> Any:
    """The versions of the PV, and the students' documents given out, page by page."""
    session = request.auth.documented_session(pk)
    given = session.issued.filter(student__isnull=False).select_related("student", "minutes")
    rows = given.defer("minutes__content").order_by("student__number", "kind", "pk")
    page = _page(request, paging, rows)
    signed = Exists(MinutesRevision.objects.filter(minutes=OuterRef("pk")))
    versions = session.minutes.annotate(signed=signed).defer("content")
    request.auth.journal(f"Liste des documents, {session}", session=session.pk, documents=len(page["items"]))
    return {"minutes": versions, **page}


@contextmanager
def _printing() -> Iterator[None]:
    """A document that cannot be printed says why: see Kind."""
    try:
        yield
    except Refusal as refusal:
        raise HttpError(409, " ".join(refusal.messages)) from refusal
    except ValueError as error:
        raise HttpError(409, str(error)) from error


@api.get(
    "sessions/{int:pk}/documents/pv/{int:version}",
    operation_id="pv",
    summary="Une version du PV (journalisé)",
    openapi_extra=description.PDF,
)
def minutes_pdf(request: TokenRequest, pk: Key, version: Version) -> HttpResponse:
    """Signed if it is, else as it will be signed."""
    session, reader = request.auth.documented_session(pk), request.auth
    minutes = get_object_or_404(Minutes, session=session, version=version)
    with _printing():
        source = DocumentSource.of_minutes(session, minutes, by=reader.user)
        content = MINUTES.give_out(source, WHOLE_SESSION)
    reader.journal(f"PV, {session}, version {version}", session=session.pk, version=version)
    return as_file(content, MINUTES.file_name(source, WHOLE_SESSION), "application/pdf")


@api.get(
    "sessions/{int:pk}/documents/releve/{number}",
    operation_id="releve",
    summary="Le relevé de notes d’un étudiant (journalisé)",
    openapi_extra=description.PDF,
)
def transcript(request: TokenRequest, pk: Key, number: Number) -> HttpResponse:
    """Of the PV in force."""
    session, reader = request.auth.documented_session(pk), request.auth
    with _printing():
        source = DocumentSource.of_minutes(session, _in_force(session), by=reader.user)
        if number not in {case.id for case in TRANSCRIPT.students(source)}:
            raise Http404
        return hand_over(TRANSCRIPT, source, number, by=reader.user, through=f"api, {reader.token.name}")


@api.get("{path:rest}", auth=None, include_in_schema=False)
def unknown(request: HttpRequest, rest: str) -> HttpResponse:
    """Whatever else is asked of the API is refused in JSON too."""
    raise Http404
