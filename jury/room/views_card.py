"""The card: one student before the jury, and the decision."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from butrt.base.forms import refusals_told, refuse
from butrt.base.requested import key_of
from grades.models import Enrolment, Photo, Student
from grades.photos import photo_response
from jury.cases import past, trials
from jury.cases.case import Case
from jury.cases.consequences import changes, competence
from jury.cases.equality import alike, points_about, situation
from jury.cases.proceedings import Proceedings
from jury.cases.refusals import Meanwhile
from jury.cases.rights import ANNULLABLE, rights_denied
from jury.doors import case_of, session_for
from jury.models import Decision, Session
from jury.room.card_results import blocks
from jury.room.departures import departures
from jury.room.forms import DecisionForm, WhatIfForm
from jury.room.missing import missing
from jury.room.options import closest_rcue, rcues_left, unit_options, year_options
from jury.room.page import Room
from jury.room.path import path
from jury.room.remarks import may_remark, remarks_for
from jury.room.table import Asked
from jury.room.views_live import Version
from jury.rules import Code
from jury.sittings import services
from jury.sittings.services import Choice
from jury.sittings.usual_motives import motives_for

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest, User


def card(request: SignedInRequest, pk: int, number: str) -> HttpResponse:
    """One student before the jury: results, reasons, what is missing; and the decision, for the president.

    A decision is told with its consequences before it is confirmed; the page asks for them as `preview`.
    The table asks for the form alone (static/here.js), and is answered 204 once the decision is recorded.
    """
    version = Version.of(request, pk)
    room = Room(session_for(request, pk), request.user, request.GET)
    case = case_of(room.proceedings, number)
    form = DecisionForm(request.POST or None, case=case, initial=_prefilled(request))
    in_table = request.headers.get("X-Part") == "here"
    plan: dict[str, Any] = {}
    outdated = False  # somebody else acted since the page was made
    if request.method == "POST":
        if not room.session.is_presided_by(request.user):
            raise PermissionDenied("La présidence du jury enregistre les décisions.")
        valid = form.is_valid()
        plan = _plan(room.proceedings, case, form)
        if "preview" in request.POST:
            return render(request, "jury/room/_consequences.html", {"plan": plan, "case": case})
        if valid and form.cleaned_data["confirmed"] == form.plan:
            try:
                _decide(room.session, number, form, by=request.user)
            except ValidationError as error:
                outdated = isinstance(error, Meanwhile)
                refuse(form, error)
            else:
                if in_table:
                    return HttpResponse(status=204)
                messages.success(request, f"{case.name} : décision enregistrée.")
                return _onwards(room, number)
    context = _card_context(room, case, request.user) | {
        "version": version,
        "form": form,
        "plan": plan,
        "seen": form.data.get("seen") if form.is_bound and not outdated else _last_act(room.session, number),
    }
    return render(request, "jury/room/_decide_here.html" if in_table else "jury/room/card.html", context)


def _decide(session: Session, number: str, form: DecisionForm, *, by: User) -> None:
    student = get_object_or_404(Student, department=session.department, number=number)
    services.decide(session=session, student=student, by=by, **form.decision)


def _card_context(room: Room, case: Case, reader: User) -> dict[str, Any]:
    """What the card shows of a student, whoever reads it: results, history, remarks, what may be decided."""
    session, proceedings = room.session, room.proceedings
    deliberating = session.state == Session.State.DELIBERATION
    first, rest = year_options(case)
    return {
        "session": session,
        "proceedings": proceedings,
        "case": case,
        "decides": deliberating and session.is_presided_by(reader),
        "history": session.decisions.filter(student__number=case.id)
        .select_related("author", "act__undone_by")
        .order_by("-at", "-pk"),
        "usual_motives": motives_for(session.department) if deliberating else [],
        "enrolment": _enrolment(session, case.id),
        "remarks": remarks_for(session, case.id, reader),
        "may_remark": may_remark(session, reader) and deliberating,
        "year_options": first,
        "other_options": rest,
        "unit_options": unit_options(),
        "closest": closest_rcue(case),
        "rcues_left": rcues_left(case),
        "missing": (lacks := missing(case)),
        "tried": f"unit:{lacks.distance.unit}" if lacks else "",
        "path": path(case),
        "apart": past.apart(case),
        "granted": past.diplomas_granted(case),
        "trials": trials.choices(case),
        "situation": situation(case),
        "alike": alike(case, proceedings.cases),
        "unequal": points_about(case, proceedings.cases),
        **blocks(proceedings, case),
        **_neighbours(room, case),
    }


def _plan(proceedings: Proceedings, case: Case, form: DecisionForm) -> dict[str, Any]:
    """What the chosen decision brings: {text, changes, against, rights…}; empty while nothing is chosen."""
    choices = form.choices
    if not choices:
        return {}
    after = proceedings.if_decided(case, choices)
    against = [
        reason for kind, subject, code in choices for reason in departures(case, kind, subject, Code(code))
    ]
    return {
        "text": form.plan,
        "choices": choices,
        "changes": changes(case.outcome, case.outcome_of(after)),
        "left": [name for name, unit in after.units.items() if not unit.acquired],
        "against": list(dict.fromkeys(against)),
        "with_year": [competence(name) for name, _ in rcues_left(case)] if _acquires_year(choices) else [],
        "rights": rights_denied(case, choices),
        "annullable": ANNULLABLE,
    }


def _acquires_year(choices: Iterable[Choice]) -> bool:
    """Whether the jury would acquire the year: with it, each competence left."""
    return any(kind == Decision.Kind.YEAR and code == Code.ADJ for kind, _, code in choices)


def _prefilled(request: SignedInRequest) -> dict[str, str]:
    """A decision proposed by a link ("et si" offers ADJ): ?decider=rcue:RT2/2&code=ADJ."""
    return {"target": request.GET.get("decider", ""), "code": request.GET.get("code", "")}


def _onwards(room: Room, number: str) -> HttpResponse:
    """After a decision: the student again while something is left, else the next one, else the table.

    The next one is that of the table as it was read, before the decision moved the student in it.
    """
    now = Proceedings.of(room.session)
    following = number
    if not now.case(number).undecided:
        before, _, after = _around(room, number)
        left = (case.id for case in [*after, *before] if now.case(case.id).undecided)
        following = next(left, "")
    page = reverse("jury:card", args=[room.session.pk, following]) if following else room.address
    return redirect(f"{page}{room.asked.query}")


def _around(room: Room, number: str) -> tuple[list[Case], Case, list[Case]]:
    """The cases before one and after it: as the table shows them, by name for one that it leaves out."""
    listed = room.order
    if all(case.id != number for case in listed):
        listed = room.proceedings.cases
    place = next(place for place, case in enumerate(listed) if case.id == number)
    return listed[:place], listed[place], listed[place + 1 :]


def _enrolment(session: Session, number: str) -> Enrolment | None:
    """The remark of the director of studies, and whether there is a photo: live, not frozen."""
    return (
        session.cohort.enrolments.filter(student__number=number)
        .select_related("remark_by")
        .annotate(has_photo=Exists(Photo.objects.filter(student=OuterRef("student"))))
        .first()
    )


@require_safe
def photo(request: SignedInRequest, pk: int, number: str) -> HttpResponse:
    """The photo of a student, to whom may read the card."""
    session = session_for(request, pk)
    photos = Photo.objects.filter(student__enrolments__cohort=session.cohort_id)
    return photo_response(get_object_or_404(photos, student__number=number))


def _last_act(session: Session, number: str) -> int:
    last = services.last_act(session, number)
    return last.pk if last else 0


def _neighbours(room: Room, case: Case) -> dict[str, Any]:
    """The cases before and after this one, in the order of the table; how it was asked for."""
    before, _, after = _around(room, case.id)
    return {
        "previous": before[-1] if before else None,
        "following": after[0] if after else None,
        "place": len(before) + 1,
        "among": len(before) + 1 + len(after),
        "arranged": room.asked.query,
        "undecided": [other for other in [*before, case, *after] if other.undecided],
    }


@require_safe
def what_if(request: SignedInRequest, pk: int, number: str) -> HttpResponse:
    """What would change had a mark, an element or a UE another value. Nothing is stored."""
    session = session_for(request, pk)
    proceedings = Proceedings.of(session)
    case = case_of(proceedings, number)
    offered = trials.choices(case)
    form = WhatIfForm(request.GET or None, choices=offered)
    context: dict[str, Any] = {
        "session": session,
        "case": case,
        "form": form,
        "trials": offered,
        "tried": form["on"].value(),
    }
    if form.is_valid():
        trial = trials.Trial(form.cleaned_data["on"], form.cleaned_data["value"])
        context |= {
            "trial": trial,
            "choice": form.chosen,
            "differences": trials.differences(case, trial),
            "teachers": _teachers(session, trial),
            "rcue": _rcue_of(case, trial),
            "presides": session.is_presided_by(request.user) and session.state == Session.State.DELIBERATION,
        }
    part = request.headers.get("X-Part") == "what-if"
    return render(request, "jury/room/_what_if.html" if part else "jury/room/what_if.html", context)


def _teachers(session: Session, trial: trials.Trial) -> list[str]:
    """Who answers for the element tried: the one to ask for a correction."""
    if trial.kind == "unit":
        return []
    teaching = session.cohort.teachings.filter(element__code=trial.name).first()
    return [str(head) for head in teaching.heads.all()] if teaching else []


def _rcue_of(case: Case, trial: trials.Trial) -> str:
    """The competence that the jury would acquire instead (ADJ): that of the UE or the element tried."""
    for name in case.year_rcues:
        rcue = case.verdict.rcues.get(name)
        if rcue is None or rcue.acquired:
            continue
        units = [case.cohort.by_code[unit] for unit in rcue.units]
        if any(trial.name in (unit.code, *unit.weights) for unit in units):
            return name
    return ""


@require_POST
def withdraw(request: SignedInRequest, pk: int, number: str) -> HttpResponse:
    """Take a decision back: the proposal of the rules stands again."""
    session = session_for(request, pk, doing="La présidence du jury retire une décision.")
    decision = get_object_or_404(
        Decision.objects.select_related("student"),
        session=session,
        student__number=number,
        current=True,
        pk=key_of(request.POST.get("decision", "")),
    )
    with refusals_told(request):
        services.decide(
            session=session,
            student=decision.student,
            kind=decision.kind,
            subject=decision.subject,
            code="",
            motive=f"Décision {decision.code} retirée.",
            by=request.user,
        )
        messages.success(request, "Décision retirée : la proposition des règles vaut à nouveau.")
    return redirect(f"{reverse('jury:card', args=[pk, number])}{Asked.read(request.GET).query}")
