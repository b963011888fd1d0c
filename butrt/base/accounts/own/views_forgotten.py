"""Where who forgot their password asks for a link; nobody signed in."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from butrt.base.accounts.own.forgotten import ask
from butrt.base.accounts.own.forms import ForgottenForm
from butrt.base.addresses import address_of
from butrt.base.forms import success
from butrt.base.mails import leave

ASKED = (
    "Si un compte a ce nom ou ce courriel, un message lui est envoyé : il porte un lien, ou dit pourquoi il "
    "n’y en a pas. Rien dans quelques minutes ? Regarder dans les indésirables, puis demander à "
    "l’administration du département."
)
TOO_MANY = "Trop de demandes depuis cette connexion à Internet : attendre une heure au plus."


@login_not_required
@never_cache
def forgotten(request: HttpRequest) -> HttpResponse:
    """Ask for a link; the answer is the same whether there is such an account or not."""
    form = ForgottenForm(request.POST or None)
    status = 200
    if leave() and form.is_valid():
        if ask(text=form.cleaned_data["account"], machine=address_of(request)):
            return success(request, ASKED, "login")
        form.add_error(None, TOO_MANY)
        status = 429
    context = {"form": form, "mails": leave()}
    return render(request, "base/accounts/own/forgotten.html", context, status=status)
