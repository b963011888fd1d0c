"""Signing the PV, from one's own page, and sealing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.debug import sensitive_post_parameters

from butrt.base.accounts.confirming import confirmed, confirmed_ahead
from butrt.base.forms import refusals_on, refusals_told, tell_refusal
from jury.cases.refusals import Refusal
from jury.documents.kinds import MINUTES, WHOLE_SESSION
from jury.documents.minutes import services
from jury.documents.minutes.signatories import Progress
from jury.documents.signatures.forms import SealForm, SignForm
from jury.documents.signatures.waiting import waiting_for
from jury.documents.source import DocumentSource
from jury.doors import session_for
from jury.models import Minutes, Session

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest

SIGNATORIES = "La présidence signe le PV, puis les membres présents qui ont un compte."


def to_sign(request: SignedInRequest) -> HttpResponse:
    """The PV that await this person's signature."""
    return render(request, "jury/documents/signatures/to_sign.html", {"awaited": waiting_for(request.user)})


@csrf_exempt  # _sign is protected; how files are received must be told before the form is read
def sign(request: SignedInRequest, pk: int, version: int) -> HttpResponse:
    """Read what one signs, then sign it."""
    # A certificate stays in memory: Django would write a large upload to the disk.
    request.upload_handlers = [MemoryFileUploadHandler(request)]
    return _sign(request, pk, version)


@csrf_protect
@never_cache
@sensitive_post_parameters("passphrase")
@confirmed_ahead
def _sign(request: SignedInRequest, pk: int, version: int) -> HttpResponse:
    session = session_for(request, pk)
    minutes = _minutes(session, version)
    progress = Progress(minutes)
    if (place := progress.of(request.user)) is None:
        raise PermissionDenied(SIGNATORIES)
    try:
        kept = services.signer_kept_for(version=minutes, by=request.user)
    except Refusal as refusal:
        tell_refusal(request, refusal)
        return redirect("jury:after", pk=pk)
    except ValidationError as error:
        kept, missing = None, " ".join(error.messages)
    else:
        missing = ""
    last = progress.waiting == [place]
    form = SignForm(request.POST or None, request.FILES or None, kept=kept, last=last)
    if form.is_valid():
        with refusals_on(form):
            progress = services.sign(version=minutes, by=request.user, own=form.own)
            _signed(request, minutes, progress, seals=form.seals)
            return redirect("jury:after", pk=pk)
    return render(
        request,
        "jury/documents/signatures/sign.html",
        {
            "session": session,
            "version": minutes,
            "progress": progress,
            "place": place,
            "form": form,
            "missing": missing,
        },
    )


@never_cache
def minutes_to_sign(request: SignedInRequest, pk: int, version: int) -> HttpResponse:
    """The PV as it stands, for who signs it."""
    session = session_for(request, pk)
    minutes = _minutes(session, version)
    if Progress(minutes).of(request.user) is None:
        raise PermissionDenied(SIGNATORIES)
    pdf = MINUTES.give_out(DocumentSource.of_minutes(session, minutes, by=request.user), WHOLE_SESSION)
    return HttpResponse(pdf, content_type="application/pdf")


def _signed(request: SignedInRequest, minutes: Minutes, progress: Progress, *, seals: bool) -> None:
    """Tell what was signed and who is awaited; after the last signature, seal if its author `seals`."""
    if progress.waiting:
        names = ", ".join(place.name for place in progress.waiting)
        messages.success(request, f"PV version {minutes.version} signé. Signatures attendues : {names}.")
        return
    if not seals:
        messages.success(request, f"PV version {minutes.version} signé par tous. Reste à apposer le cachet.")
        return
    try:
        services.seal(version=minutes, by=request.user)
    except ValidationError as error:
        messages.success(request, f"PV version {minutes.version} signé.")
        tell_refusal(request, error)
    else:
        messages.success(request, f"PV version {minutes.version} signé et scellé.")


@confirmed
def seal(request: SignedInRequest, pk: int, version: int) -> HttpResponse:
    """Put the establishment's seal, once told what it ends: nobody signs after it."""
    session = session_for(
        request,
        pk,
        doing="La présidence du jury ou le secrétariat appose le cachet.",
        who=Session.objects.documented_for(request.user),
    )
    minutes = _minutes(session, version)
    form = SealForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        with refusals_told(request):
            services.seal(version=minutes, by=request.user)
            messages.success(request, f"PV version {version} scellé : plus personne ne le signe.")
        return redirect("jury:after", pk=pk)
    context = {"session": session, "version": minutes, "progress": Progress(minutes), "form": form}
    return render(request, "jury/documents/signatures/seal.html", context)


def _minutes(session: Session, version: int) -> Minutes:
    minutes = get_object_or_404(Minutes, session=session, version=version)
    minutes.session = session
    return minutes
