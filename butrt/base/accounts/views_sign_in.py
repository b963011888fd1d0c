"""Signing in and out: to a person, a page; to a page’s script, an answer."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm, SetPasswordForm
from django.contrib.auth.views import LoginView, LogoutView, PasswordResetConfirmView
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from butrt.base.accounts import trail
from butrt.base.accounts.forms import SignInForm
from butrt.base.accounts.lockout import remember_device
from butrt.base.accounts.models import User
from butrt.base.accounts.outside.leaving import way_out
from butrt.base.accounts.services import password_chosen
from butrt.base.accounts.signedin import from_script, next_step


class SignIn(LoginView):
    """The sign-in page; to a script, who is now signed in, or why nobody is. Journaled: trail.py."""

    template_name = "base/accounts/login.html"
    authentication_form = SignInForm

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        with transaction.atomic():
            answer = super().form_valid(form)
            trail.tell(self.request, "account.sign_in", form.get_user())
        if from_script(self.request):
            answer = _account(self.request)
        return answer

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        if not from_script(self.request):
            return super().form_invalid(form)
        reasons = [str(error) for errors in form.errors.values() for error in errors]
        return JsonResponse({"reason": " ".join(reasons)}, status=400)


class ChoosePassword(PasswordResetConfirmView):
    """Where the link of an invitation leads: its person chooses their password, once."""

    template_name = "base/accounts/choose_password.html"
    success_url = reverse_lazy("login")

    def get_user(self, uidb64: str) -> User | None:
        """The link's person; nobody once their account is closed."""
        user: User | None = super().get_user(uidb64)
        return user if user and user.is_active else None

    @transaction.atomic
    def form_valid(self, form: SetPasswordForm[User]) -> HttpResponse:
        answer = super().form_valid(form)
        password_chosen(user=form.user)
        remember_device(self.request, answer, form.user)
        messages.success(self.request, "Mot de passe choisi : se connecter avec lui.")
        return answer


class SignOut(LogoutView):
    """Signing out has the browser forget the pages that it kept; who came by a provider leaves it too.

    By a page that goes there by itself: a form may not lead to another site (Content Security Policy).
    """

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user, leaving = request.user, way_out(request)
        with transaction.atomic():
            answer = super().post(request, *args, **kwargs)
            if isinstance(user, User):
                trail.tell(request, "account.sign_out", user)
        if leaving:
            way, address = leaving
            answer = render(request, "base/accounts/outside/leaving.html", {"way": way, "address": address})
            answer["Refresh"] = f"0;url={address}"
        answer["Clear-Site-Data"] = '"cache"'
        answer["Cache-Control"] = "private, no-store"
        return answer


@login_not_required
@never_cache
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Who is signed in now: what a page asks before it sends what was typed in it."""
    return _account(request)


def _account(request: HttpRequest) -> HttpResponse:
    """{"account": its key, None for nobody, "name"}; the token of the page's forms comes as a cookie.

    Nobody, with the "step" that is next, before the second factor.
    """
    get_token(request)
    if step := next_step(request):
        return JsonResponse({"account": None, "name": ""} | step)
    user = request.user
    return JsonResponse({"account": user.pk, "name": str(user) if user.is_authenticated else ""})
