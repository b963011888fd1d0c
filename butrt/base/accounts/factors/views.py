"""The second factor: the page that asks for it at sign-in, and those where one chooses one's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING
from urllib.parse import quote

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt, encrypt
from cryptography.fernet import InvalidToken
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from butrt.base.accounts import sessions, trail
from butrt.base.accounts.confirming import confirmed, confirmed_ahead, remember, remember_factor
from butrt.base.accounts.factors import codes as recovery
from butrt.base.accounts.factors import gate, passkeys, services
from butrt.base.accounts.factors.forms import ApplicationForm, FactorForm, KeyForm
from butrt.base.accounts.models import User
from butrt.base.accounts.outside import tickets
from butrt.base.accounts.signedin import SAFE, from_script, signed_out
from butrt.base.forms import refusals_on, refusals_told

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest

View = Callable[..., HttpResponse]
SECRET = "totp_secret"  # of the session, sealed: what the application being added was shown


def _person(request: HttpRequest) -> User | None:
    """Who gave their password in this session, whether or not they gave their second factor."""
    owing = gate.owing(request)
    return owing or (request.user if isinstance(request.user, User) else None)


def _next(request: HttpRequest) -> str:
    """Where one was going: an address of this site, whole."""
    asked = request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    return asked if safe and asked.startswith("/") else resolve_url("home")


def _query(request: HttpRequest) -> str:
    """The end of an address, which keeps where one was going: "?next=/jurys/"."""
    return f"?next={quote(_next(request))}" if "next" in request.GET else ""


def _with_next(request: HttpRequest, name: str) -> str:
    return reverse(name) + _query(request)


def _enter(request: HttpRequest, person: User) -> None:
    """The second factor was given: the session goes on under another key."""
    gate.give(request, person)
    remember_factor(request)
    tickets.keep(request)


# ---------- giving it ----------


@login_not_required
@never_cache
@sensitive_post_parameters()
def ask(request: HttpRequest) -> HttpResponse:
    """The second factor, given after the password, or again to a page's script."""
    person = _person(request)
    if person is None:
        return redirect_to_login(request.get_full_path()) if request.method in SAFE else signed_out(request)
    owing = gate.owing(request)
    if not person.second_factor:
        return redirect(_with_next(request, "factors:mine") if owing else _next(request))
    form = FactorForm(request, person, request.POST if request.method == "POST" else None)
    if form.is_valid():
        with transaction.atomic():
            _enter(request, person)
            if owing:
                trail.tell(request, "factor.given", person)
        if from_script(request):
            return JsonResponse({"account": person.pk, "name": str(person)})
        return redirect(_next(request))
    if from_script(request):
        reasons = [str(error) for errors in form.errors.values() for error in errors]
        return JsonResponse({"reason": " ".join(reasons)}, status=400)
    if not owing:
        return redirect(_next(request))
    return render(request, "base/accounts/factors/ask.html", {"form": form, "person": person})


@login_not_required
@never_cache
@require_POST
def challenge(request: HttpRequest) -> HttpResponse:
    """What the browser needs to have one of the person's keys answer."""
    person = _person(request)
    if person is None:
        return signed_out(request)
    if not gate.has_key(person):
        raise Http404("Aucune clé d’accès n’est enregistrée pour ce compte.")
    return JsonResponse(passkeys.options_to_ask(request, person))


# ---------- choosing one's own ----------


def _choosing(view: View) -> View:
    """Who must have a second factor and has none reaches this page too, and is somebody there only.

    By a sign-in of a moment ago: who finds a session open does not choose in the place of its owner.
    """

    @login_not_required
    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        person = _person(request)
        if person is None:
            safe = request.method in SAFE
            return redirect_to_login(request.get_full_path()) if safe else signed_out(request)
        if gate.owing(request):
            if person.second_factor:
                return redirect(_with_next(request, "factors:ask"))
            if not sessions.began_lately(request.session):
                request.session.flush()
                return redirect_to_login(_next(request))
            remember(request)
        request.user = person
        return view(request, *args, **kwargs)

    return guarded


@_choosing
def mine(request: SignedInRequest) -> HttpResponse:
    """The person's own second factors."""
    kept = Authenticator.objects.filter(user=request.user).exclude(type=services.RECOVERY).order_by("pk")
    return render(
        request,
        "base/accounts/factors/mine.html",
        {
            "kept": [(authenticator, services.name_of(authenticator)) for authenticator in kept],
            "has_application": any(factor.type == Authenticator.Type.TOTP for factor in kept),
            "left": recovery.recovery_codes_left(request.user),
            "required": gate.is_required_of(request.user),
            "keys_possible": passkeys.are_possible(request),
            "query": _query(request),
        },
    )


@_choosing
@sensitive_post_parameters()
@confirmed_ahead
def application(request: SignedInRequest) -> HttpResponse:
    """An application of codes: its square to photograph, its first code."""
    secret = _shown_secret(request)
    form = ApplicationForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        with refusals_on(form):
            new = services.add_application(user=request.user, secret=secret, code=form.cleaned_data["code"])
            del request.session[SECRET]
            return _chosen(request, "Application ajoutée.", new)
    adapter = get_adapter()
    square = adapter.build_totp_svg(adapter.build_totp_url(request.user, secret))
    groups = [secret[place : place + 4] for place in range(0, len(secret), 4)]
    return render(
        request,
        "base/accounts/factors/application.html",
        {
            "form": form,
            "square": mark_safe(square),
            "secret": " ".join(groups),
            "query": _query(request),
        },
    )


def _shown_secret(request: HttpRequest) -> str:
    """The secret that the page shows until a code of it is given."""
    try:
        return str(decrypt(request.session[SECRET]))
    except (KeyError, InvalidToken):
        secret = recovery.new_secret()
        request.session[SECRET] = encrypt(secret)
        return secret


@_choosing
@confirmed_ahead
def key(request: SignedInRequest) -> HttpResponse:
    """A passkey or a security key: its name, then the browser makes it (static/passkey.js)."""
    form = KeyForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        with refusals_on(form):
            new = services.add_key(
                request,
                user=request.user,
                name=form.cleaned_data["name"],
                answer=form.cleaned_data["credential"],
            )
            return _chosen(request, "Clé d’accès ajoutée.", new)
    return render(
        request,
        "base/accounts/factors/key.html",
        {
            "form": form,
            "options": json.dumps(passkeys.options_to_add(request, request.user)),
            "query": _query(request),
        },
    )


@require_POST
@confirmed
def codes(request: SignedInRequest) -> HttpResponse:
    """New recovery codes, in the place of those before."""
    if not request.user.second_factor:
        raise Http404
    return _shown_codes(request, services.renew_recovery_codes(user=request.user))


@require_POST
@confirmed
def remove(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take one of one's own away."""
    own = Authenticator.objects.filter(user=request.user).exclude(type=services.RECOVERY)
    authenticator = get_object_or_404(own, pk=pk)
    with refusals_told(request):
        services.remove(user=request.user, authenticator=authenticator)
        gate.give(request, request.user)
        messages.success(request, "Second facteur retiré.")
    return redirect("factors:mine")


def _chosen(request: SignedInRequest, done: str, new: list[str]) -> HttpResponse:
    """A factor just added is given too; the recovery codes are shown when they are the first."""
    _enter(request, request.user)
    messages.success(request, done)
    return _shown_codes(request, new) if new else redirect("factors:mine")


def _shown_codes(request: HttpRequest, new: list[str]) -> HttpResponse:
    context = {"codes": [f"{code[:5]} {code[5:]}" for code in new], "next": _next(request)}
    response = render(request, "base/accounts/factors/codes.html", context)
    response["Cache-Control"] = "private, no-store"
    return response
