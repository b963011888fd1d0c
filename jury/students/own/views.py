"""A student's own pages: everything is fetched from the account's student, nobody else's can be asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Prefetch, Subquery
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from butrt.base.accounts.doors import role_required
from butrt.base.accounts.models import Role
from curriculum.models import Regulation
from grades.models import Enrolment, Mark, Student
from jury.cases.case import Case
from jury.cases.dossier import freeze
from jury.cases.figures import Figures
from jury.cases.proceedings import Proceedings
from jury.documents.delivery import hand_over
from jury.documents.kinds import KINDS
from jury.documents.source import DocumentSource
from jury.models import Minutes, MinutesRevision, Session

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest, User

STUDENT = Role.Name.STUDENT


def _self(request: SignedInRequest) -> Student:
    """The student whose account this is; an account without one sees nothing (404)."""
    studies = request.user.departments_as(STUDENT)
    return get_object_or_404(Student, account=request.user, department__in=studies)


@role_required(STUDENT)
def marks(request: SignedInRequest) -> HttpResponse:
    """Every year's published marks, element by element, and the transcript of each jury."""
    student = _self(request)
    rules = Regulation.objects.in_force(
        department=OuterRef("cohort__programme__parcours__department"),
        programme=OuterRef("cohort__programme"),
        school_year=OuterRef("cohort__school_year"),
    )
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
        .annotate(absence_rule=Subquery(rules.values("unjustified_absence")[:1]))
        .order_by("-cohort__school_year")
    )
    versions = _versions(
        student, [session for enrolment in enrolments for session in enrolment.cohort.sessions.all()]
    )
    cases = _decided(student, versions.values())
    years = [
        {
            "enrolment": enrolment,
            "elements": _by_element(enrolment),
            "sessions": _sessions(enrolment, versions),
            "decided": [
                cases[session.pk] for session in enrolment.cohort.sessions.all() if session.pk in cases
            ],
        }
        for enrolment in enrolments
    ]
    return render(request, "jury/students/own/marks.html", {"student": student, "years": years})


def _by_element(enrolment: Enrolment) -> list[dict[str, Any]]:
    given = [mark for mark in enrolment.marks.all() if mark.value is not None or mark.code]
    return [
        {"element": element, "marks": list(of_element)}
        for element, of_element in groupby(given, key=lambda mark: mark.assessment.teaching.element)
    ]


def _sessions(enrolment: Enrolment, versions: Mapping[int, Minutes]) -> list[Session]:
    """The juries with a transcript to give: provisional before the closing, the PV's once it is signed."""
    return [
        session
        for session in enrolment.cohort.sessions.all()
        if session.closed_at is None or session.pk in versions
    ]


def _versions(student: Student, sessions: Iterable[Session]) -> dict[int, Minutes]:
    """{session: the version of the PV from which this student's documents are, if it is signed}.

    While a closed session is corrected, and until the version that follows is signed, it is the one before
    for who is not touched. One query.
    """
    signed = Exists(MinutesRevision.objects.filter(minutes=OuterRef("pk")))
    latest: dict[int, Minutes] = {}
    for minutes in (
        Minutes.objects.filter(session__in=sessions, session__closed_at__isnull=False)
        .annotate(signed=signed)
        .order_by("version")
    ):
        if minutes.touches(student.number):
            latest[minutes.session_id] = minutes
    return {session: version for session, version in latest.items() if version.signed}  # type: ignore[attr-defined]


def _decided(student: Student, versions: Iterable[Minutes]) -> dict[int, Case]:
    """{session: what its PV says of the student}, in one query."""
    cases = {}
    for minutes in Minutes.objects.whole().filter(pk__in=[version.pk for version in versions]):
        (cases[minutes.session_id],) = Proceedings.of_one(minutes.content, student.number).cases
    return cases


@role_required(STUDENT)
def document(request: SignedInRequest, pk: int, kind: str) -> HttpResponse:
    """One's own transcript or notification: the PV's, once it is signed.

    Until the closing, a provisional transcript on published marks only; between the two, nothing.
    """
    student = _self(request)
    session = get_object_or_404(Session.objects.about(student).with_programme(), pk=pk)
    asked = KINDS.get(kind)
    source = _source(session, student, request.user)
    if asked is None or not asked.sent or source is None:
        raise Http404
    if student.number not in {case.id for case in asked.students(source)}:
        raise Http404
    return hand_over(asked, source, student.number, by=request.user)


def _source(session: Session, student: Student, by: User) -> DocumentSource | None:
    """What a student's documents are made from; None between the closing and the signature."""
    if session.closed_at is None:
        figures = Proceedings(Figures(freeze(session, published_only=True)), [])
        return DocumentSource(session, figures, None, timezone.now(), by)
    version = _versions(student, [session]).get(session.pk)
    return DocumentSource.of_minutes(session, version, by=by) if version else None
