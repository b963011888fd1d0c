"""A document that finds no place to be examined or printed in: a page that says so, at once."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from butrt.base.outside.places import Busy

_serving = ContextVar("serving", default="")


class SayBusy:
    """`Busy`, from any page, is a 503."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = _serving.set(request.method or "?")
        try:
            return self.get_response(request)
        finally:
            _serving.reset(token)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return busy(request, exception.page, exception.again) if isinstance(exception, Busy) else None


def serving() -> bool:
    """Whether a page is being answered, which others wait behind: not in a worker, nor in a command."""
    return bool(_serving.get())


def acting() -> bool:
    """Whether that page does something, and does not only show it."""
    return _serving.get() not in ("", "GET", "HEAD")


def busy(request: HttpRequest, page: str, again: int) -> HttpResponse:
    """The page 503; what was only asked for is asked again by the page itself, in `again` seconds."""
    context = {"again": again if request.method == "GET" else None}
    answer = render(request, page, context, status=503)
    answer["Retry-After"] = str(again)
    return answer
