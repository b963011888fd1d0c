"""A student's own pages: everything is fetched from the account's student, nobody else's can be asked for."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render

from butrt.accounts.doors import role_required
from butrt.accounts.models import Role
from grades.models import Enrolment, Mark, Student
from jury.documents.issued import issued_for, note_printed
from jury.documents.kinds import TRANSCRIPT
from jury.dossier import freeze
from jury.figures import Figures
from jury.models import Minutes, Session
from jury.proceedings import Proceedings
from jury.transcripts import render_transcript

if TYPE_CHECKING:
    from butrt.accounts.models import SignedInRequest

STUDENT = Role.Name.STUDENT


def _self(request: SignedInRequest) -> Student:
    """The student whose account this is; an account without one sees nothing (404)."""
    return get_object_or_404(Student, account=request.user)


@role_required(STUDENT)
def marks(request: SignedInRequest) -> HttpResponse:
    """Every year's published marks, element by element, and the transcript of each jury."""
    student = _self(request)
    enrolments = (
        student.enrolments.select_related("cohort__programme__parcours", "group")
        .prefetch_related(
            Prefetch(
                "marks",
                Mark.objects.filter(assessment__published=True)
                .select_related("assessment__teaching__element")
                .order_by(
                    "assessment__teaching__element__semester",
                    "assessment__teaching__element__code",
                    "assessment__position",
                ),
            ),
            Prefetch(
                "cohort__sessions",
                Session.objects.about(student)
                .with_signature()
                .defer("snapshot")
                .order_by("semester", "rank"),
            ),
        )
        .order_by("-cohort__school_year")
    )
    years = [
        {"enrolment": enrolment, "elements": _by_element(enrolment), "sessions": _sessions(enrolment)}
        for enrolment in enrolments
    ]
    return render(request, "own/marks.html", {"student": student, "years": years})


def _by_element(enrolment: Enrolment) -> list[dict[str, Any]]:
    given = [mark for mark in enrolment.marks.all() if mark.value is not None or mark.code]
    return [
        {"element": element, "marks": list(found)}
        for element, found in groupby(given, key=lambda mark: mark.assessment.teaching.element)
    ]


def _sessions(enrolment: Enrolment) -> list[Session]:
    """The juries with a transcript to give: provisional before the closing, the PV's once it is signed."""
    return [
        session
        for session in enrolment.cohort.sessions.all()
        if session.state != Session.State.CLOSED or session.signed
    ]


def _signed(session: Session) -> Minutes | None:
    """The last version of the PV, if it is signed."""
    last = session.minutes.order_by("-version").first()
    return last if last and last.revisions.exists() else None


@role_required(STUDENT)
def transcript(request: SignedInRequest, pk: int) -> HttpResponse:
    """One's own transcript: provisional, on published marks only, until the PV is signed; then the PV's."""
    student = _self(request)
    session = get_object_or_404(Session.objects.about(student).with_programme(), pk=pk)
    minutes = _signed(session)
    if session.state == Session.State.CLOSED and minutes is None:
        raise Http404
    figures = (
        Proceedings.of_minutes(minutes.content)
        if minutes
        else Proceedings(Figures(freeze(session, published_only=True)), [])
    )
    issued = issued_for(session, minutes, TRANSCRIPT.key, student, by=request.user)
    pdf = render_transcript(figures, student.number, minutes=minutes, code=issued.token).content
    note_printed([(issued, pdf)])
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="releve.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response
