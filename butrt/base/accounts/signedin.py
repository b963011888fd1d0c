"""Who is signed in, told to the page: a session that ends, or changes hands, never costs what was typed.

A page's script is answered 401 or 409, never a login page: static/signin.js then signs in over the page.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm, SetPasswordForm
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import LoginView, LogoutView, PasswordResetConfirmView
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from butrt.base.accounts import sessions, trail
from butrt.base.accounts.lockout import remember_device
from butrt.base.accounts.models import User
from butrt.base.accounts.services import password_chosen

SIGNED_OUT = "Votre session est finie : rien n’est enregistré, votre saisie reste."
SAFE = ("GET", "HEAD", "OPTIONS")
UNATTENDED = ("jury:live",)  # asked by a page left open, not by its reader
LONGEST_NAME = 150
View = Callable[..., HttpResponseBase]


def from_script(request: HttpRequest) -> bool:
    """Whether a page's script asks, by static/signin.js, and not the browser for a page to show."""
    return request.headers.get("X-Requested-With") == "fetch"


def _kept_on_its_page(request: HttpRequest) -> bool:
    """Whether sending to the login page would lose what was typed, or draw it in a part of another."""
    return from_script(request) or request.method not in SAFE


class SignedIn(LoginRequiredMiddleware):
    """Every page asks for a sign-in, save those that say otherwise; a script tells whose page it is.

    What a signed-in page shows is kept by no browser: nobody reads it with "Back" once its reader has left.
    """

    def process_view(
        self, request: HttpRequest, view_func: View, view_args: tuple[Any, ...], view_kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        if request.user.is_authenticated:
            if sessions.is_over(request.session):
                request.session.flush()
                request.user = AnonymousUser()
            elif request.resolver_match is None or request.resolver_match.view_name not in UNATTENDED:
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
        if request.user.is_authenticated:
            response["Cache-Control"] = "private, no-store"
        return response


def signed_out(request: HttpRequest) -> HttpResponse:
    """401: to the script that signs in, else a page that tells how to get back to what was typed."""
    get_token(request)  # the cookie that signing in will ask for
    if from_script(request):
        return JsonResponse({"reason": SIGNED_OUT}, status=401)
    return render(request, "base/accounts/signed_out.html", status=401)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token: whose session ended, or a page kept from before the last sign-in."""
    if not request.user.is_authenticated:
        return signed_out(request)
    return render(request, "base/accounts/stale.html", status=403)


class SignInForm(AuthenticationForm):
    def clean_username(self) -> str:
        name = str(self.cleaned_data["username"])
        if len(name) > LONGEST_NAME:
            raise ValidationError(f"Un nom d’utilisateur a {LONGEST_NAME} caractères au plus.")
        return name


class SignIn(LoginView):
    """The sign-in page; to a script, who is now signed in, or why nobody is. Journaled: trail.py."""

    template_name = "base/accounts/login.html"
    authentication_form = SignInForm

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        with transaction.atomic():
            answer = super().form_valid(form)
            trail.tell(self.request, "account.sign_in", form.get_user())
        if from_script(self.request):
            answer = _told(self.request)
        remember_device(self.request, answer, form.get_user())
        return answer

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        if not from_script(self.request):
            return super().form_invalid(form)
        reasons = [str(each) for errors in form.errors.values() for each in errors]
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
        password_chosen(form.user)
        messages.success(self.request, "Mot de passe choisi : se connecter avec lui.")
        return answer


class SignOut(LogoutView):
    """Signing out has the browser forget the pages that it kept."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = request.user
        with transaction.atomic():
            answer = super().post(request, *args, **kwargs)
            if isinstance(user, User):
                trail.tell(request, "account.sign_out", user)
        answer["Clear-Site-Data"] = '"cache"'
        answer["Cache-Control"] = "private, no-store"
        return answer


@login_not_required
@never_cache
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Who is signed in now: what a page asks before it sends what was typed in it."""
    return _told(request)


def _told(request: HttpRequest) -> HttpResponse:
    """{"account": its key, None for nobody, "name"}; the token of the page's forms comes as a cookie."""
    get_token(request)
    user = request.user
    return JsonResponse({"account": user.pk, "name": str(user) if user.is_authenticated else ""})
