"""A site of one page that breaks on a person's data, to see what is told of it. Run by test_errors.py."""

from __future__ import annotations

import logging
import sys

import sentry_sdk
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path

PERSON, NUMBER, EMAIL = "LE GUENNIC Erwan", "22996066", "e.leguennic@valbrume.example"
logger = logging.getLogger("butrt.essai")


@login_not_required
def broken(request: HttpRequest, number: str) -> HttpResponse:
    """Personal data in each place from which an error takes some."""
    student = {"name": PERSON, "mark": request.POST.get("mark"), "email": request.POST.get("email")}
    logger.error("The mail of %s did not leave.", student["email"])
    try:
        raise IntegrityError(f"Key (email)=({student['email']}) already exists.")
    except IntegrityError as problem:
        raise ValueError(f"{student} and {number}") from problem


urlpatterns = [path("jurys/<str:number>/", broken, name="broken"), path("", include("butrt.urls"))]


def run() -> None:
    """Ask for the page as somebody would, from a site that is set up."""
    settings.ROOT_URLCONF = "tests.base.broken_site"
    client = Client(raise_request_exception=False, headers={"User-Agent": PERSON, "Referer": f"/?q={EMAIL}"})
    client.cookies["autre"] = "un jeton"
    answer = client.post(f"/jurys/{NUMBER}/?q={EMAIL}", {"email": EMAIL, "mark": "07,25"})
    sentry_sdk.flush(timeout=20)
    sys.exit(answer.status_code != 500)
