"""Checking a document by its code, without signing in: what it is, never whom it is about."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from butrt.documents.codes import as_written
from jury.verify.standing import standing_of


@login_not_required
@never_cache
def document(request: HttpRequest, token: str) -> HttpResponse:
    """What the document that bears this code is, and whether it is in force."""
    code = as_written(token)
    if code != token:
        return redirect("verify:document", code)
    standing = standing_of(code)
    return render(
        request, "verify/document.html", {"standing": standing, "code": code}, status=200 if standing else 404
    )
