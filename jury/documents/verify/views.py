"""Checking a document without signing in: the file itself, or what its code is. Nothing is kept of a file."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from butrt.base.addresses import address_of
from butrt.base.documents.verification_codes import as_written
from butrt.base.outside import STRANGERS, Busy, waiting_with
from jury.documents.verify.forms import FileForm
from jury.documents.verify.standing import standing_of

FILES, PERIOD = 30, 600  # files from one address, in ten minutes, for each server process


@login_not_required
@never_cache
def verify(request: HttpRequest) -> HttpResponse:
    """Examine a PDF, or go to the page of a code."""

    from jury.documents.verify.report import examine

    if code := request.GET.get("code", "").strip():
        return redirect("verify:document", as_written(code) or "0")
    form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
    report, status = None, 200
    if form.is_bound and form.is_valid():
        if _too_many(request):
            form.add_error(None, "Trop de fichiers à la fois : réessayer dans quelques minutes.")
            status = 429
        else:
            try:
                with waiting_with(STRANGERS):
                    report = examine(form.cleaned_data["file"])
            except Busy as busy:
                form.add_error(None, str(busy))
                status = 503
    return render(
        request, "jury/documents/verify/verify.html", {"form": form, "report": report}, status=status
    )


def _too_many(request: HttpRequest) -> bool:
    key = f"verify:{address_of(request)}"
    cache.add(key, 0, PERIOD)
    return bool(cache.incr(key) > FILES)


@login_not_required
@never_cache
def document(request: HttpRequest, token: str) -> HttpResponse:
    """What the document that bears this code is, and whether it is in force."""
    code = as_written(token)
    if code and code != token:
        return redirect("verify:document", code)
    standing = standing_of(code)
    return render(
        request,
        "jury/documents/verify/document.html",
        {"standing": standing, "code": code, "form": FileForm()},
        status=200 if standing else 404,
    )
