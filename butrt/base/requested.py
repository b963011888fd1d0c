"""What a request gives, read without trust: anybody may send anything, and no answer to it is a 500.

What a form reads, the form refuses in words; this is for the few values that a page reads by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import BadRequest, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from butrt.base import exactjson

MOST_DIGITS = 18  # what every database holds in a key
MOST_LINES = 200  # of a form's table, however many the request announces
NUL = "\0"


def whole_number(text: str) -> int | None:
    """A whole number of ASCII digits that a database holds; None for any other text."""
    known = text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS
    return int(text) if known else None


def key_of(text: str) -> int:
    """A key; 0, which no row has, when the text is none."""
    return whole_number(text) or 0


class SeveralField(forms.ModelMultipleChoiceField):
    """Rows chosen among others, by their keys; what no database holds is refused as any unknown key."""

    def clean(self, value: Any) -> Any:
        for key in value if isinstance(value, list | tuple) else ():
            if whole_number(str(key)) is None:
                raise ValidationError(self.error_messages["invalid_pk_value"], params={"pk": str(key)[:20]})
        return super().clean(value)


def text_of(fields: Mapping[str, str], name: str) -> str:
    """A text to look for; without NUL, which PostgreSQL holds nowhere."""
    return fields.get(name, "").replace(NUL, "")


def json_of(body: bytes) -> dict[str, Any]:
    """The object of a JSON body. Raises exactjson.NotJson: not JSON, nested too deep, a number too long."""
    parsed = exactjson.parse(body, exactjson.EXACT)
    if not isinstance(parsed, dict):
        raise exactjson.NotJson("un objet est attendu.")
    return parsed


class WithoutNul:
    """Middleware: an address that holds NUL names nothing (400)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked = [
            request.path,
            *(value for values in request.GET.lists() for value in [values[0], *values[1]]),
        ]
        if any(NUL in text for text in asked):
            raise BadRequest("L’adresse contient un caractère nul.")
        return self.get_response(request)


class KnownMethods:
    """Middleware: a page is read (GET, HEAD) or sent to (POST); any other method stops here, 405.

    A function view that looks for POST alone would else answer OPTIONS or TRACE as it answers GET.
    """

    METHODS = ("GET", "HEAD", "POST")

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in self.METHODS:
            return HttpResponseNotAllowed(self.METHODS)
        return self.get_response(request)
