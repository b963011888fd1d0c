"""A proof asked again before what binds a person or opens doors: signing, sealing, unlocking, accounts.

    @confirmed          what is sent waits for the proof, unless it was given a moment ago
    @confirmed_ahead    so does the page itself: what it sends (a file, a passphrase) cannot be kept meanwhile

Signing in counts, for `settings.BUTRT_CONFIRMED_FOR`. The proof is the second factor of who has one (the
password opened the session, and a session left open has given it already), the password of who has none.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

from butrt.base.accounts.factors import gate
from butrt.base.accounts.factors.forms import FactorForm
from butrt.base.accounts.forms import Proof
from butrt.base.accounts.models import User
from butrt.base.accounts.outside import prove_again_address
from butrt.base.accounts.signedin import SAFE, from_script

View = Callable[..., HttpResponse]
# Of the session, seconds since 1970: a proof, whichever; the second factor, alone to count for who has one.
CONFIRMED_AT, FACTOR_AT = "confirmed_at", "factor_at"
PROOFS, GO_BACK = {"confirm-password", "confirm-code", "confirm-credential"}, "confirm-go_back"
NEVER_CARRIED = {"csrfmiddlewaretoken", "passphrase", *PROOFS, GO_BACK}
ASKED = "Par sécurité, {} est redemandé : rien n’est fait, votre saisie reste."


@receiver(user_logged_in)
def remember(request: HttpRequest, **_: Any) -> None:
    """The person is there: nothing is asked of them again for a while."""
    request.session[CONFIRMED_AT] = int(timezone.now().timestamp())


def remember_factor(request: HttpRequest) -> None:
    """The same, by the second factor."""
    request.session[FACTOR_AT] = int(timezone.now().timestamp())


def recently(request: HttpRequest) -> bool:
    """Whether the person proved a moment ago that they are there; never when the clock went back."""
    at = request.session.get(FACTOR_AT if getattr(request.user, "second_factor", "") else CONFIRMED_AT)
    if at is None:
        return False
    return 0 <= timezone.now().timestamp() - at <= settings.BUTRT_CONFIRMED_FOR.total_seconds()


def confirmed(view: View) -> View:
    """Ask for the proof before what is sent to a view; put it under `role_required` and `require_POST`."""
    return _guard(view, ahead=False)


def confirmed_ahead(view: View) -> View:
    """Ask for the proof before the page itself is shown, and before what is sent to it."""
    return _guard(view, ahead=True)


def _guard(view: View, *, ahead: bool) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if recently(request) or (request.method in SAFE and not ahead):
            return view(request, *args, **kwargs)
        return _asked(request) or view(request, *args, **kwargs)

    guarded.confirmed = True  # type: ignore[attr-defined]
    return guarded


def _asked(request: HttpRequest) -> HttpResponse | None:
    """The page that asks; None once the proof is right and what was sent can go on."""
    request.sensitive_post_parameters = "__ALL__"  # type: ignore[attr-defined]
    assert isinstance(request.user, User)  # the guard stands behind the sign-in
    by_factor = bool(request.user.second_factor)
    if from_script(request):
        get_token(request)
        if by_factor:
            step = gate.next_step(request.user)
            return JsonResponse({"reason": ASKED.format("votre second facteur")} | step, status=401)
        return JsonResponse({"reason": ASKED.format("votre mot de passe")}, status=401)
    data = request.POST if PROOFS & {*request.POST} else None
    form = FactorForm(request, request.user, data, prefix="confirm") if by_factor else Proof(request, data)
    if form.is_valid():
        (remember_factor if by_factor else remember)(request)
        return redirect(request.get_full_path()) if GO_BACK in request.POST else None
    go_back = request.method in SAFE or bool(request.FILES) or GO_BACK in request.POST
    sent = [] if go_back else [pair for pair in _pairs(request) if pair[0] not in NEVER_CARRIED]
    here = request.get_full_path() if go_back else ""
    context = {
        "form": form,
        "by_factor": by_factor,
        "sent": sent,
        "go_back": go_back,
        "lost": bool(request.FILES),
        "prove_again_address": None if by_factor else prove_again_address(request, here),
        "minutes": int(settings.BUTRT_CONFIRMED_FOR.total_seconds() // 60),
    }
    response = render(request, "base/accounts/confirm.html", context, status=403)
    add_never_cache_headers(response)
    return response


def _pairs(request: HttpRequest) -> list[tuple[str, str]]:
    """What was sent, in its order, a name as often as it came."""
    return [(name, value) for name, values in request.POST.lists() for value in values]
