"""The page of one's own account, and what is done there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from butrt.base.accounts.confirming import confirmed
from butrt.base.accounts.lockout import remember_device
from butrt.base.accounts.models import Role
from butrt.base.accounts.own import addresses
from butrt.base.accounts.own.forms import AddressForm, AlertsForm, PasswordForm
from butrt.base.accounts.own.opened import close, close_others, follow, opened_by
from butrt.base.accounts.own.services import change_password, choose_alerts
from butrt.base.forms import refusals_on, refusals_told, success
from butrt.base.french import NBSP, several

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest


@require_safe
def account(request: SignedInRequest) -> HttpResponse:
    """Who one is here, one's password, address, open sessions and alerts."""
    user = request.user
    follow(request)  # this one is in the list, were it the first page that it shows
    return render(
        request,
        "base/accounts/own/account.html",
        {
            "asked": addresses.waiting(user),
            "sessions": opened_by(request),
            "alerts": AlertsForm(instance=user) if user.is_a(*Role.TEACHING) else None,
        },
    )


@sensitive_post_parameters()
def password(request: SignedInRequest) -> HttpResponse:
    """Change one's password, the old one asked; the other sessions end."""
    if not request.user.has_usable_password():
        raise Http404
    form = PasswordForm(request, request.POST or None)
    if not form.is_valid():
        return render(request, "base/accounts/own/password.html", {"form": form})
    here = request.session.session_key or ""
    change_password(user=request.user, password=form.cleaned_data["new_password1"], here=here)
    update_session_auth_hash(request, request.user)
    done = success(request, "Mot de passe changé. Vos autres sessions sont fermées.", "mine:account")
    remember_device(request, done, request.user)
    return done


@confirmed
def address(request: SignedInRequest) -> HttpResponse:
    """Ask for another address: a link leaves for it, and proves it."""
    form = AddressForm(request.POST or None)
    if form.is_valid():
        with refusals_on(form):
            email = form.cleaned_data["email"]
            if addresses.ask(user=request.user, email=email):
                messages.success(request, f"Un lien est envoyé à {email}{NBSP}: l’ouvrir dans la journée.")
            else:
                messages.warning(request, f"Le serveur de courriel n’a pas pris le lien pour {email}.")
            return redirect("mine:account")
    return render(request, "base/accounts/own/address.html", {"form": form})


@require_POST
def keep_address(request: SignedInRequest) -> HttpResponse:
    addresses.give_up(request.user)
    return success(request, "Votre courriel ne change pas.", "mine:account")


def prove(request: SignedInRequest, secret: str) -> HttpResponse:
    """Where the link leads: a button, since programs that read mail open its links."""
    if request.method == "POST":
        with refusals_told(request):
            changed = addresses.prove(user=request.user, secret=secret)
            messages.success(request, f"Votre courriel est maintenant {changed.email}.")
        return redirect("mine:account")
    asked = addresses.proves(request.user, secret)
    return render(request, "base/accounts/own/prove.html", {"asked": asked, "gone": addresses.GONE})


@require_POST
@confirmed
def close_one(request: SignedInRequest, pk: int) -> HttpResponse:
    """End one of one's other sessions."""
    closed = close(user=request.user, key=pk, here=request.session.session_key or "")
    done = f"Session fermée{NBSP}: {closed}." if closed else "Cette session était déjà finie."
    return success(request, done, "mine:account")


@require_POST
@confirmed
def close_all(request: SignedInRequest) -> HttpResponse:
    """End one's other sessions."""
    number = close_others(user=request.user, here=request.session.session_key or "")
    return success(request, f"{several(number, 'session fermée', 'sessions fermées')}.", "mine:account")


@require_POST
def alerts(request: SignedInRequest) -> HttpResponse:
    choose_alerts(user=request.user, told_of_marks="told_of_marks" in request.POST)
    return success(request, "Alertes enregistrées.", "mine:account")
