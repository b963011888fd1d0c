"""The documents of one student of a closed session: what is given, what is not and why, made again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from butrt.base.forms import success
from butrt.base.french import of
from butrt.base.journal.services import record
from jury.cases import past
from jury.cases.case import Case
from jury.documents.issued import is_ahead
from jury.documents.kinds import KINDS, Kind
from jury.documents.letters.grounds import GROUNDS, refusal
from jury.documents.letters.signatory import text_kind
from jury.documents.source import DocumentSource
from jury.doors import case_of, documented_session
from jury.models import Issued, Result, Session

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest, User


def student_documents(request: SignedInRequest, pk: int, number: str) -> HttpResponse:
    """Every document of a student of a closed session: given, with its words' version, or why not."""
    session = documented_session(request, pk)
    if session.state != Session.State.CLOSED:
        return redirect(session)
    source = DocumentSource.of(session, by=request.user).about(number)
    case = case_of(source.proceedings, number)
    made = {
        issued.kind: issued
        for issued in session.issued.filter(minutes=source.minutes, student__number=number).select_related(
            "by"
        )
    }
    return render(
        request,
        "jury/documents/student.html",
        {
            "session": session,
            "case": case,
            "version": source.minutes,
            "last": session.minutes.order_by("-version").first(),
            "granted": _granted_before(request.user, session, case),
            "lines": [
                _line(kind, source, case, made.get(kind.key)) for kind in KINDS.values() if kind.concerns
            ],
        },
    )


def _granted_before(user: User, session: Session, case: Case) -> list[tuple[str, str]]:
    """The diplomas that earlier juries granted, in words; where each is attested, if one may go there."""
    lines = Result.objects.standing().filter(
        kind=Result.Kind.DIPLOMA,
        student__number=case.id,
        student__department=session.department,
        session__in=Session.objects.documented_for(user).filter(state=Session.State.CLOSED),
    )
    held = dict(lines.values_list("subject", "session"))
    return [
        (
            past.diploma_granted(case, diploma),
            reverse("jury:student_documents", args=[held[diploma], case.id]) if diploma in held else "",
        )
        for diploma in case.person.get("diplomas", {})
    ]


def _line(kind: Kind, source: DocumentSource, case: Case, issued: Issued | None) -> dict[str, Any]:
    """A kind of document of a student; the version of its text, and whether another is in force since."""
    refused = refusal(kind.key, case) if kind.key in GROUNDS else ""
    refused = refused or kind.refusal(source, case.id)
    text = text_kind(kind.key, case)
    # What was prepared and given to nobody will be in the words of the day when it is.
    ahead = issued is not None and is_ahead(issued, source.minutes)
    since = None if ahead or issued is None else issued.at
    words = source.texts.worded(text, since) if issued and kind.key in GROUNDS else None
    return {
        "ahead": ahead,
        "kind": kind,
        "refused": refused,
        "issued": issued,
        "words": words,
        "outdated": words is not None and words != source.texts.worded(text),
    }


@require_POST
def renew(request: SignedInRequest, pk: int, kind: str, number: str) -> HttpResponse:
    """Make a letter again, dated today, in the words in force today; its code stays."""
    source = DocumentSource.of(documented_session(request, pk), by=request.user).about(number)
    case = case_of(source.proceedings, number)
    if source.provisional or kind not in GROUNDS or refusal(kind, case):
        raise Http404
    with transaction.atomic():
        made = source.issued(kind, number)
        before, made.at, made.by = made.at, timezone.now(), request.user
        made.save(update_fields=["at", "by"])
        record(
            act="document.renew",
            about=f"{KINDS[kind].name}, {case.name}, {source.session}",
            by=request.user,
            department=source.session.department,
            details={"student": number, "document": made.token, "before": before.isoformat()},
        )
    return success(
        request,
        f"{KINDS[kind].name} {of(case.name)} : refaite avec les textes en vigueur.",
        "jury:student_documents",
        pk=pk,
        number=number,
    )
