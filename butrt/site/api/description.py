"""The OpenAPI 3.1 description of the API, written by hand; tests/site/api tries every answer against it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from django.conf import settings

from jury.rules import codes
from jury.rules.following import Step

SCHEMAS = settings.BASE_DIR / "fixtures" / "schemas"
TEXT = {"type": "string"}
WHOLE = {"type": "integer"}
FLAG = {"type": "boolean"}
DAY = {"type": "string", "format": "date"}
MOMENT = {"type": "string", "format": "date-time"}
EXACT = {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$", "description": "nombre décimal exact, en texte"}
MOST = 2_147_483_647


def _or_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def _object(**fields: Any) -> dict[str, Any]:
    """An object with these fields, no more and no less."""
    return {
        "type": "object",
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }


def _list(of: str) -> dict[str, Any]:
    return {"type": "array", "items": _ref(of)}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _paged(of: str, **more: Any) -> dict[str, Any]:
    return _object(**more, items=_list(of), number=WHOLE, page=WHOLE, pages=WHOLE)


PROGRAMME = {
    "id": WHOLE,
    "name": TEXT,
    "year": {"type": "integer", "minimum": 1, "maximum": 3},
    "specialty": TEXT,
    "parcours": TEXT,
    "parcours_code": TEXT,
    "modality": {"enum": ["initiale", "apprentissage"]},
    "in_force_from": WHOLE,
    "illustrative": FLAG,
}
OBJECTS = {
    "Error": _object(error=TEXT),
    "Programme": _object(**PROGRAMME),
    "Unit": _object(
        code=TEXT,
        semester=WHOLE,
        competence=TEXT,
        title=TEXT,
        level=WHOLE,
        ects=EXACT,
        coefficients={"type": "object", "additionalProperties": EXACT},
    ),
    "Element": _object(
        code=TEXT, display=TEXT, title=TEXT, kind={"enum": ["ressource", "sae"]}, semester=WHOLE
    ),
    "WholeProgramme": _object(**PROGRAMME, units=_list("Unit"), elements=_list("Element")),
    "Cohort": _object(id=WHOLE, programme=WHOLE, name=TEXT, school_year=WHOLE, students=WHOLE),
    "Student": _object(
        number=TEXT,
        ine=TEXT,
        last_name=TEXT,
        first_name=TEXT,
        group=_or_null(TEXT),
        semesters={"type": "array", "items": WHOLE},
        status=_or_null({"enum": ["DEM", "DEF", "ABAN", "ABL", "EXCLU"]}),
        status_since=_or_null(DAY),
    ),
    "Session": _object(
        id=WHOLE,
        title=TEXT,
        cohort=WHOLE,
        programme=WHOLE,
        school_year=WHOLE,
        semester=WHOLE,
        judges_year=FLAG,
        catch_up=FLAG,
        date=DAY,
        closed_at=MOMENT,
        correcting=FLAG,
    ),
    "Following": _object(
        student=TEXT,
        year=_or_null({"enum": sorted(codes.YEAR_CODES)}),
        step={"enum": sorted(Step)},
        words=TEXT,
        semester=_or_null(WHOLE),
        repeats={"type": "array", "items": WHOLE},
        again={"type": "array", "items": TEXT},
        diplomas={"type": "array", "items": {"enum": ["DUT", "BUT"]}},
        ects=_object(year=TEXT, of_the_year=TEXT, total=TEXT, of_all=TEXT),
    ),
    "Followings": _object(students=_list("Following")),
    "Minutes": _object(version=WHOLE, created_at=MOMENT, fingerprint=TEXT, signed=FLAG, pdf=TEXT),
    "Document": _object(
        kind=TEXT, student=TEXT, version=_or_null(WHOLE), code=TEXT, at=MOMENT, pdf=_or_null(TEXT)
    ),
    "Programmes": _paged("Programme"),
    "Cohorts": _paged("Cohort"),
    "Students": _paged("Student"),
    "Sessions": _paged("Session"),
    "Documents": _paged("Document", minutes=_list("Minutes")),
}

PAGE = [
    {
        "name": "page",
        "in": "query",
        "description": "la page, à partir de 1",
        "schema": {"type": "integer", "minimum": 1, "maximum": 1_000_000, "default": 1},
    },
    {
        "name": "per_page",
        "in": "query",
        "description": "combien par page",
        "schema": {"type": "integer", "minimum": 1, "maximum": 200, "default": 50},
    },
]


def _in_path(name: str, words: str, schema: Mapping[str, Any] | None = None) -> dict[str, Any]:
    whole = {"type": "integer", "minimum": 0, "maximum": MOST}
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": words,
        "schema": schema or whole,
    }


ID = _in_path("id", "la clé donnée par la liste")
VERSION = _in_path("version", "la version du PV, à partir de 1")
NUMBER = _in_path("number", "le numéro d’étudiant", {"type": "string", "pattern": "^[0-9A-Za-z]{1,20}$"})


def _refusals(*statuses: str) -> dict[str, Any]:
    words = {
        "400": "un argument ne veut rien dire",
        "401": "sans jeton valable",
        "403": "se voit, mais n’est pas donné à ce rôle",
        "404": "n’existe pas, ou pas pour ce jeton",
        "405": "se lit seulement",
        "409": "ne peut pas être imprimé, et pourquoi",
    }
    return {
        status: {"description": words[status], "content": {"application/json": {"schema": _ref("Error")}}}
        for status in statuses
    }


def _get(
    name: str,
    words: str,
    answer: str,
    *parameters: Mapping[str, Any],
    documents: bool = False,
    media: str = "application/json",
) -> dict[str, Any]:
    """One address. `answer`: the name of its object, "" for a file. `documents`: not given to every role."""
    statuses = ["401", "405"]
    if any(each["in"] == "query" for each in parameters):
        statuses.append("400")
    if any(each["in"] == "path" for each in parameters):
        statuses.append("404")
    if documents:
        statuses.append("403")
    if not answer:  # a PDF
        statuses.append("409")
    content = {"schema": _ref(answer)} if answer else {}
    return {
        "get": {
            "operationId": name,
            "summary": words,
            "parameters": list(parameters),
            "responses": {
                "200": {
                    "description": words,
                    "headers": {"ETag": {"schema": TEXT}},
                    "content": {media: content},
                },
                "304": {"description": "inchangé depuis l’ETag donné par If-None-Match"},
                **_refusals(*sorted(statuses)),
            },
        }
    }


PATHS = {
    "/api/v1/programmes": _get("programmes", "Les programmes du département", "Programmes", *PAGE),
    "/api/v1/programmes/{id}": _get(
        "programme", "Un programme, ses UE et leurs coefficients, ses éléments", "WholeProgramme", ID
    ),
    "/api/v1/cohorts": _get("cohorts", "Les promotions", "Cohorts", *PAGE),
    "/api/v1/cohorts/{id}/students": _get(
        "students", "Les étudiants d’une promotion (journalisé)", "Students", ID, *PAGE
    ),
    "/api/v1/sessions": _get("sessions", "Les jurys clos", "Sessions", *PAGE),
    "/api/v1/sessions/{id}": _get("session", "Un jury clos", "Session", ID),
    "/api/v1/sessions/{id}/decisions": _get(
        "decisions", "Les décisions du PV en vigueur, butrt-decisions/1 (journalisé)", "decisions", ID
    ),
    "/api/v1/sessions/{id}/following": _get(
        "following", "Ce qu’entraîne le PV en vigueur pour chaque étudiant (journalisé)", "Followings", ID
    ),
    "/api/v1/sessions/{id}/cohort": _get(
        "cohort",
        "Ce dont le PV en vigueur est calculé, butrt-cohort/1 (journalisé)",
        "cohort",
        ID,
        documents=True,
    ),
    "/api/v1/sessions/{id}/documents": _get(
        "documents", "Les PV et les documents délivrés (journalisé)", "Documents", ID, *PAGE, documents=True
    ),
    "/api/v1/sessions/{id}/documents/pv/{version}": _get(
        "pv", "Une version du PV (journalisé)", "", ID, VERSION, documents=True, media="application/pdf"
    ),
    "/api/v1/sessions/{id}/documents/releve/{number}": _get(
        "releve",
        "Le relevé de notes d’un étudiant (journalisé)",
        "",
        ID,
        NUMBER,
        documents=True,
        media="application/pdf",
    ),
}


def _file_schema(name: str) -> dict[str, Any]:
    """A published schema (fixtures/schemas), its definitions beside our own objects."""
    text = (SCHEMAS / f"butrt-{name}-1.schema.json").read_text()
    schema = json.loads(text.replace('"#/$defs/', f'"#/components/schemas/{name}.'))
    definitions = schema.pop("$defs", {})
    for key in ("$schema", "$id"):
        schema.pop(key, None)
    return {name: schema} | {f"{name}.{key}": each for key, each in definitions.items()}


@cache
def openapi() -> dict[str, Any]:
    """The whole description, as /api/v1/openapi.json gives it."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "butrt",
            "version": "1",
            "description": "Lecture seule des programmes, promotions, décisions et documents des jurys. "
            "Les nombres décimaux sont des textes exacts.",
        },
        "security": [{"token": []}],
        "paths": PATHS,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": OBJECTS | _file_schema("decisions") | _file_schema("cohort"),
        },
    }
