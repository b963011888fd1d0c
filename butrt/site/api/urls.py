"""The addresses of the API: ninja's, that a token alone opens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import conditional_page
from django.views.decorators.vary import vary_on_headers

from butrt.site.api.views import api, refused

View = Callable[..., Any]


def read_only(view: View) -> View:
    """GET, or HEAD, without a cookie; 304 for who has it already; kept by no shared cache."""

    @conditional_page
    @vary_on_headers("Authorization")
    def page(request: HttpRequest, **named: str) -> HttpResponse:
        response = view(request, **named)
        response["Cache-Control"] = "private, no-cache"
        return response

    @csrf_exempt
    @login_not_required
    def answer(request: HttpRequest, **named: str) -> HttpResponse:
        method = request.method
        if method not in ("GET", "HEAD"):
            refusal = refused(request, 405, "Cette interface se lit seulement : GET ou HEAD.")
            refusal["Allow"] = "GET, HEAD"
            return refusal
        request.method = "GET"  # of HEAD, the server drops the body
        response = page(request, **named)
        request.method = method
        return response

    return answer


app_name = "api"
urlpatterns, _, _ = api.urls
for pattern in urlpatterns:
    assert pattern.callback is not None
    pattern.callback = read_only(pattern.callback)
