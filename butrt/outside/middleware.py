"""A document that finds no place to be examined in: a page that says so, at once."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from butrt.outside.places import Busy

RETRY_AFTER = 10  # seconds


class SayBusy:
    """`Busy`, from any page, is a 503."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return busy(request) if isinstance(exception, Busy) else None


def busy(request: HttpRequest) -> HttpResponse:
    """The page 503."""
    answer = render(request, "busy.html", status=503)
    answer["Retry-After"] = str(RETRY_AFTER)
    return answer
