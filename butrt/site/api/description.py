"""What ninja's OpenAPI description lacks: the published schemas, what every address refuses, in French."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from django.conf import settings
from ninja import NinjaAPI

from butrt.site.api import objects

SCHEMAS = settings.BASE_DIR / "fixtures" / "schemas"
REFUSED = {
    400: "un argument ne veut rien dire",
    401: "sans jeton valable",
    403: "se voit, mais n’est pas donné à ce rôle",
    404: "n’existe pas, ou pas pour ce jeton",
    405: "se lit seulement",
    409: "ne peut pas être imprimé, et pourquoi",
}
VIEWS = "butrt_site_api_views"  # what ninja puts before the name of a view
ERROR = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
JURY_ONLY: dict[str, Any] = {"responses": {403: {}}}
"""A document of the jury is not given to every role."""
PDF: dict[str, Any] = {"responses": {200: {"content": {"application/pdf": {}}}, 403: {}, 409: {}}}


def published(name: str, *refused: int) -> dict[str, Any]:
    """An answer that is written as one of fixtures/schemas says."""
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
    return {"responses": {200: {"content": content}} | {status: {} for status in refused}}


def _file_schema(name: str) -> dict[str, Any]:
    """A published schema, its definitions beside our own objects."""
    text = (SCHEMAS / f"butrt-{name}-1.schema.json").read_text()
    schema = json.loads(text.replace('"#/$defs/', f'"#/components/schemas/{name}.'))
    definitions = schema.pop("$defs", {})
    for key in ("$schema", "$id"):
        schema.pop(key, None)
    return {name: schema} | {f"{name}.{key}": definition for key, definition in definitions.items()}


def _complete(operation: dict[str, Any]) -> None:
    """What every address says and refuses: for its arguments; and what it refuses itself."""
    places = {argument["in"] for argument in operation["parameters"]}
    answers = operation["responses"]
    refused = set(answers) - {200} | {401, 405} | {{"query": 400, "path": 404}[place] for place in places}
    answers[200] |= {"description": operation["summary"], "headers": {"ETag": {"schema": {"type": "string"}}}}
    answers[304] = {"description": "inchangé depuis l’ETag donné par If-None-Match"}
    answers |= {status: {"description": REFUSED[status], "content": ERROR} for status in sorted(refused)}
    operation["operationId"] = operation["operationId"].rpartition(f"{VIEWS}_")[2]
    for parameter in operation["parameters"]:
        if parameter["name"] == "pk":
            parameter["name"] = "id"


@cache
def of(api: NinjaAPI) -> dict[str, Any]:
    """The whole description, as /api/v1/openapi.json gives it."""
    whole = api.get_openapi_schema(path_prefix="/api/v1/")
    for path in whole["paths"].values():
        _complete(path["get"])
    paths = {path.replace("{pk}", "{id}"): operations for path, operations in whole["paths"].items()}
    schemas = {"Error": objects.Error.json_schema(), **_file_schema("decisions"), **_file_schema("cohort")}
    whole["components"]["schemas"] |= schemas
    return {**whole, "paths": paths}
