"""Who is signed in, told to the page: a session that ends, or changes hands, never costs what was typed.

A page's script is answered 401 or 409, never a login page: static/signin.js then signs in over the page.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse

from butrt.base.accounts import sessions
from butrt.base.accounts.factors import gate
from butrt.base.accounts.own.devices import meet
from butrt.base.accounts.own.opened import follow

SIGNED_OUT = "Votre session est finie : rien n’est enregistré, votre saisie reste."
FACTOR_FIRST = "Votre second facteur est demandé d’abord : rien n’est enregistré, votre saisie reste."
SAFE = ("GET", "HEAD", "OPTIONS")
LEAVING = ("logout",)  # what one may do before the second factor, besides giving it
View = Callable[..., HttpResponseBase]


def from_script(request: HttpRequest) -> bool:
    """Whether a page's script asks, by static/signin.js, and not the browser for a page to show."""
    return request.headers.get("X-Requested-With") == "fetch"


def unattended(view: View) -> View:
    """What a page left open asks for, and not its reader: it does not make the session last."""
    view.unattended = True  # type: ignore[attr-defined]
    return view


def _kept_on_its_page(request: HttpRequest) -> bool:
    """Whether sending to the login page would lose what was typed, or draw it in a part of another."""
    return from_script(request) or request.method not in SAFE


class SignedIn(LoginRequiredMiddleware):
    """Every page asks for a sign-in, save those that say otherwise; a script tells whose page it is.

    Before the second factor that they owe, people are nobody, here and everywhere: `request.owing` tells who
    they will be, to the pages that ask for it alone (butrt/base/accounts/factors).
    What a signed-in page shows is kept by no browser: nobody reads it with "Back" once its reader has left.
    """

    def process_request(self, request: HttpRequest) -> None:
        request.owing = None  # type: ignore[attr-defined]
        if not request.user.is_authenticated:
            return
        if sessions.is_over(request.session) or gate.is_over(request.user, request.session):
            request.session.flush()
            request.user = AnonymousUser()
        elif gate.owes(request.user, request.session):
            request.owing = request.user  # type: ignore[attr-defined]
            request.user = AnonymousUser()

    def process_view(
        self, request: HttpRequest, view_func: View, view_args: tuple[Any, ...], view_kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        name = request.resolver_match.view_name if request.resolver_match else ""
        if (owing := gate.owing(request)) and getattr(view_func, "login_required", True):
            if name not in LEAVING:
                return factor_first(request)
            request.user = owing
        if request.user.is_authenticated and not getattr(view_func, "unattended", False):
            sessions.use(request.session)
        page_of = request.headers.get("X-Account", "")
        if request.user.is_authenticated:
            if page_of and page_of != str(request.user.pk):
                other = {"other": str(request.user)}
                return JsonResponse(other, status=409, headers={"X-Other-Account": "1"})
        elif getattr(view_func, "login_required", True) and _kept_on_its_page(request):
            return signed_out(request)
        return super().process_view(request, view_func, view_args, view_kwargs)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if newcomer := getattr(request, "just_signed_in", None):
            meet(request, response, newcomer)
        if request.user.is_authenticated:
            follow(request)
        if request.user.is_authenticated or getattr(request, "owing", None):
            response["Cache-Control"] = "private, no-store"
        return response


def signed_out(request: HttpRequest) -> HttpResponse:
    """401: to the script that signs in, else a page that tells how to get back to what was typed."""
    get_token(request)  # the cookie that signing in will ask for
    if from_script(request):
        return JsonResponse({"reason": SIGNED_OUT}, status=401)
    return render(request, "base/accounts/signed_out.html", status=401)


def factor_first(request: HttpRequest) -> HttpResponse:
    """To the page that asks for the second factor; 401 where that would lose what was typed."""
    if not _kept_on_its_page(request):
        return redirect_to_login(request.get_full_path(), reverse("factors:ask"))
    get_token(request)
    if from_script(request):
        return JsonResponse({"reason": FACTOR_FIRST} | next_step(request), status=401)
    return render(request, "base/accounts/factors/first.html", status=401)


def next_step(request: HttpRequest) -> dict[str, Any]:
    """What static/signin.js asks for after the password; nothing when that is all."""
    person = gate.owing(request)
    return dict(gate.next_step(person)) if person else {}


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token: whose session ended, or a page kept from before the last sign-in."""
    if gate.owing(request):
        return factor_first(request)
    if not request.user.is_authenticated:
        return signed_out(request)
    return render(request, "base/accounts/stale.html", status=403)
