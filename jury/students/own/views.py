"""A student's own pages: everything is fetched from the account's student, nobody else's can be asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Prefetch, Subquery
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from butrt.base.accounts.doors import role_required
from butrt.base.accounts.models import Role
from butrt.base.forms import refusals_told
from butrt.base.requested import key_of
from butrt.base.schoolyears import by_year
from curriculum.models import Regulation
from grades.models import Enrolment, Student
from jury.cases.aside import set_aside
from jury.cases.case import Case
from jury.cases.dossier import freeze
from jury.cases.figures import Figures
from jury.cases.proceedings import Proceedings
from jury.documents.delivery import hand_over
from jury.documents.kinds import KINDS
from jury.documents.source import DocumentSource
from jury.models import Minutes, MinutesRevision, Session
from jury.students.own.forms import NextMarkForm
from jury.students.own.marks import by_semester, published_marks
from jury.students.own.standing import Standing, session_to_come

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest, User

STUDENT = Role.Name.STUDENT
AT_ONCE = 2
"""How many years a student may be in at once, one of them to retake semesters of."""


def _self(request: SignedInRequest) -> Student:
    """The student whose account this is; an account without one sees nothing (404)."""
    studies = request.user.departments_as(STUDENT)
    return get_object_or_404(Student, account=request.user, department__in=studies)


@role_required(STUDENT)
def marks(request: SignedInRequest) -> HttpResponse:
    """Every year's published marks; the one under way as it stands, and "et si"; each jury's documents.

    The page asks for the answer of "et si" alone as a part (static/what_if.js).
    """
    student = _self(request)
    enrolments = _enrolments(student)
    sessions = [session for enrolment in enrolments for session in enrolment.cohort.sessions.all()]
    standings = _standings(student, enrolments)
    if request.headers.get("X-Part") == "what-if":
        tried = key_of(request.GET.get("year", ""))
        if tried not in standings:
            raise Http404
        asked = _what_if(standings[tried], tried, request.GET)
        return render(request, "jury/students/own/_what_if.html", asked)
    versions = versions_given(student, sessions)
    cases = _decided(student, versions.values())
    given = published_marks(student)
    years = [
        {
            "enrolment": enrolment,
            "semesters": by_semester(
                given[enrolment.pk],
                standings[enrolment.pk].averages if enrolment.pk in standings else {},
                enrolment.absence_rule,  # type: ignore[attr-defined]  # annotated
            ),
            "aside": _not_assessed(
                [
                    *(
                        cases[session.pk]
                        for session in enrolment.cohort.sessions.all()
                        if session.pk in cases
                    ),
                    *([standings[enrolment.pk].case] if enrolment.pk in standings else []),
                ]
            ),
            "sessions": _sessions(enrolment, versions),
            "decided": [
                cases[session.pk] for session in enrolment.cohort.sessions.all() if session.pk in cases
            ],
            "standing": standings.get(enrolment.pk),
            "asked": _what_if(standings[enrolment.pk], enrolment.pk, request.GET)
            if enrolment.pk in standings
            else {},
        }
        for enrolment in enrolments
    ]
    return render(request, "jury/students/own/marks.html", {"student": student, "years": years})


def _not_assessed(cases: Iterable[Case]) -> list[str]:
    """The elements set aside for the whole promotion, as these juries read them; not the motive."""
    return [*dict.fromkeys(element.name for case in cases for element in set_aside(case.figures.context))]


def _enrolments(student: Student) -> list[Enrolment]:
    """Their years, the one in course first, each with the juries about them."""
    rules = Regulation.objects.in_force(
        department=OuterRef("cohort__specialty__department"),
        programme=OuterRef("programme"),
        school_year=OuterRef("cohort__school_year"),
    )
    return list(
        student.enrolments.select_related("group", "programme__parcours", "cohort__specialty__department")
        .prefetch_related("cohort__programmes")
        .prefetch_related(
            Prefetch(
                "cohort__sessions",
                Session.objects.about(student)
                .select_related("regulation")
                .defer("snapshot")
                .order_by("semester", "rank"),
            ),
        )
        .annotate(absence_rule=Subquery(rules.values("unjustified_absence")[:1]))
        .order_by(*by_year("cohort__school_year"), "-cohort__year")
    )


def _standings(student: Student, enrolments: Sequence[Enrolment]) -> dict[int, Standing]:
    """{enrolment: its year as it stands}, of those that a jury will judge: the last two at most."""
    newest = max((enrolment.cohort.school_year for enrolment in enrolments), default=0)
    to_come = [(enrolment.pk, session_to_come(enrolment, newest=newest)) for enrolment in enrolments]
    awaiting = [(key, session) for key, session in to_come if session is not None][:AT_ONCE]
    standings = {key: Standing.of(session, student) for key, session in awaiting}
    return {key: standing for key, standing in standings.items() if standing is not None}


def _what_if(standing: Standing, key: int, asked: Mapping[str, str]) -> dict[str, Any]:
    """ "Et si" of a year: its form, bound when this one is asked, and what a valid one would change."""
    bound = asked if key_of(asked.get("year", "")) == key else None
    form = NextMarkForm(bound, choices=standing.awaited)
    answer = standing.if_marked(form.chosen, form.cleaned_data["value"]) if form.is_valid() else None
    return {"form": form, "standing": standing, "key": key, "answer": answer}


def _sessions(enrolment: Enrolment, versions: Mapping[int, Minutes]) -> list[Session]:
    """The juries with a transcript to give: provisional before the closing, the PV's once it is signed."""
    return [
        session
        for session in enrolment.cohort.sessions.all()
        if session.closed_at is None or session.pk in versions
    ]


def versions_given(student: Student, sessions: Iterable[Session]) -> dict[int, Minutes]:
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
    with refusals_told(request):
        return hand_over(asked, source, student.number, by=request.user)
    return redirect("own:marks")


def _source(session: Session, student: Student, by: User) -> DocumentSource | None:
    """What a student's documents are made from; None between the closing and the signature."""
    if session.closed_at is None:
        figures = Proceedings(Figures(freeze(session, published_only=True)), [])
        return DocumentSource(session, figures, None, timezone.now(), by)
    version = versions_given(student, [session]).get(session.pk)
    return DocumentSource.of_minutes(session, version, by=by) if version else None
