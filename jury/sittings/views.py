"""The jury's pages. Fetch through the door, read the form, act, answer."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from butrt.base.accounts.confirming import confirmed
from butrt.base.accounts.doors import role_required
from butrt.base.accounts.models import Role
from butrt.base.forms import refusals_on, refusals_told, success
from butrt.base.french import listed, plural, several
from butrt.base.meanwhile import Shown, journaled
from butrt.base.schoolyears import by_year
from butrt.base.tables import arranged, exported
from curriculum.models import Element
from grades.models import Assessment, Reopening, Student
from jury.cases.proceedings import Proceedings
from jury.cases.statistics import WAITING, forecast
from jury.doors import FOLLOWING_PROMOTIONS, PREPARING, follows_juries, session_for
from jury.models import Session
from jury.sittings import services
from jury.sittings.before_closing import closing
from jury.sittings.checklist import blocking, checklist, reachable
from jury.sittings.filters import SessionFilter
from jury.sittings.forms import CatchUpForm, HoursForm, MotiveForm, SessionForm
from jury.sittings.tables import SessionTable

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest


def _state_page(session: Session) -> str:
    return {
        Session.State.PREPARATION: "jury:prepare",
        Session.State.DELIBERATION: "jury:room",
        Session.State.CLOSED: "jury:after",
    }[Session.State(session.state)]


def sessions(request: SignedInRequest) -> HttpResponse:
    """The juries of this person; who follows none has no such page (404)."""
    if not follows_juries(request.user):
        raise Http404
    seen = Session.objects.visible_to(request.user).with_programme()
    filtered = SessionFilter(request.GET, queryset=seen)
    in_order = filtered.qs.order_by(*by_year("cohort__school_year", held="date"), "-date", "-pk")
    table = arranged(request, SessionTable(in_order))
    return exported(request, table, "jurys") or render(
        request,
        "jury/sittings/sessions.html",
        {"table": table, "filter": filtered, "may_schedule": request.user.is_a(*PREPARING)},
    )


def session(request: SignedInRequest, pk: int) -> HttpResponse:
    """The page of a session is that of its state."""
    return redirect(_state_page(sitting := session_for(request, pk)), pk=sitting.pk)


@role_required(*PREPARING)
def schedule(request: SignedInRequest, pk: int | None = None) -> HttpResponse:
    sitting = (
        None
        if pk is None
        else session_for(
            request,
            pk,
            doing="La présidence et le secrétariat fixent la séance.",
            who=Session.objects.documented_for(request.user),
        )
    )
    departments = request.user.departments_as(*PREPARING)
    shown = Shown(
        request,
        lambda data: [
            SessionForm(
                data, instance=sitting and Session.objects.get(pk=sitting.pk), departments=departments
            )
        ],
        last=journaled("session.schedule", details__session=pk),
        new=not pk,
    )
    (form,) = shown.forms
    if form.is_valid():
        with refusals_on(form):
            programmes = list(form.cleaned_data.get("programmes") or ())
            how = {
                "session": form.instance,
                "programmes": programmes,
                "by": request.user,
                "check": shown.check,
            }
            if form.cleaned_data.get("apart"):
                saved, *others = services.schedule_apart(**how)
            else:
                saved, others = services.schedule(**how), []
            for made in (saved, *others):
                services.seat_president(session=made)
            titles = listed([made.title for made in (saved, *others)])
            return success(
                request,
                f"{titles} : {plural(len(others) + 1, 'séance enregistrée', 'séances enregistrées')}.",
                "jury:members",
                pk=saved.pk,
            )
    creates_cohorts = request.user.is_a(Role.Name.SECRETARIAT, Role.Name.DIRECTOR, Role.Name.ADMINISTRATOR)
    context = {"form": form, "session": sitting, "creates_cohorts": creates_cohorts}
    return render(request, "jury/sittings/schedule.html", context)


def catch_up(request: SignedInRequest, pk: int) -> HttpResponse:
    """A catch-up session after a closed one: those who wait for the jury or a resit are chosen already."""
    closed = session_for(
        request,
        pk,
        doing="La présidence et le secrétariat préparent un rattrapage.",
        who=Session.objects.documented_for(request.user),
    )
    if closed.state != Session.State.CLOSED:
        return redirect(closed)
    waiting = Student.objects.filter(results__session=closed, results__code__in=WAITING).distinct()
    form = CatchUpForm(
        request.POST or None,
        closed=closed,
        initial={"president": closed.president_id, "place": closed.place, "students": list(waiting)},
    )
    if form.is_valid():
        with refusals_on(form):
            made = services.catch_up(
                closed=closed,
                session=form.instance,
                students=form.cleaned_data["students"],
                by=request.user,
            )
            return success(
                request,
                f"{made.title} : session créée, ses membres convoqués à nouveau.",
                "jury:prepare",
                pk=made.pk,
            )
    return render(request, "jury/sittings/catch_up.html", {"session": closed, "form": form})


@require_POST
@confirmed
def reopen_marks(request: SignedInRequest, pk: int) -> HttpResponse:
    """Unlock the marks for a catch-up session."""
    sitting = session_for(request, pk, doing="La présidence du jury rouvre les notes.")
    form = MotiveForm(request.POST)
    if form.is_valid():
        with refusals_told(request):
            number = services.reopen_marks(
                session=sitting, motive=form.cleaned_data["motive"], by=request.user
            )
            opened = several(number, "évaluation rouverte", "évaluations rouvertes")
            messages.success(request, f"{opened} pour eux, jusqu’à l’ouverture.")
    return redirect("jury:prepare", pk=pk)


def prepare(request: SignedInRequest, pk: int) -> HttpResponse:
    """The checklist, what the rules give today, and the opening."""
    return _preparation(request, session_for(request, pk), MotiveForm())


def _preparation(request: SignedInRequest, sitting: Session, form: MotiveForm) -> HttpResponse:
    proceedings = Proceedings.of(sitting)
    items = checklist(sitting, proceedings)
    return render(
        request,
        "jury/sittings/prepare.html",
        {
            "session": sitting,
            "proceedings": proceedings,
            "forecast": forecast(proceedings),
            "items": reachable(items, session=sitting, by=request.user),
            "blocked": blocking(items),
            "form": form,
            "presides": sitting.is_presided_by(request.user),
            "follows": request.user.has_role(sitting.department, *FOLLOWING_PROMOTIONS),
            "beside": Session.objects.visible_to(request.user).beside(sitting).select_related("cohort"),
            "locked": (sitting.is_catch_up or sitting.part) and _locked(sitting),
            "reopened": (sitting.is_catch_up or sitting.part) and _reopened(sitting),
            "unanswered": len(proceedings.unanswered),
            "kept_figures": sitting.freezes.exists(),
        },
    )


@require_POST
def open_deliberation(request: SignedInRequest, pk: int) -> HttpResponse:
    sitting = session_for(request, pk, doing="La présidence du jury ouvre la délibération.")
    form = MotiveForm(request.POST)
    if form.is_valid():
        with refusals_told(request):
            services.open_deliberation(session=sitting, by=request.user, motive=form.cleaned_data["motive"])
            return success(
                request, "La délibération est ouverte, les notes sont verrouillées.", "jury:room", pk=pk
            )
    if form.errors:
        return _preparation(request, sitting, form)
    return redirect("jury:prepare", pk=pk)


@require_POST
@confirmed
def back_to_preparation(request: SignedInRequest, pk: int) -> HttpResponse:
    sitting = session_for(request, pk, doing="La présidence du jury déverrouille les notes.")
    form = MotiveForm(request.POST)
    if form.is_valid():
        with refusals_told(request):
            services.back_to_preparation(session=sitting, motive=form.cleaned_data["motive"], by=request.user)
            sentence = "Retour en préparation : les notes sont ouvertes, les décisions gardées."
            return success(request, sentence, "jury:prepare", pk=pk)
        return redirect("jury:room", pk=pk)
    return redirect("jury:prepare", pk=pk)


def _locked(session: Session) -> int:
    """How many évaluations of what it judges are locked."""
    elements = Element.objects.filter(programme__in=session.judged, semester__in=session.semesters)
    return Assessment.objects.filter(
        teaching__cohort=session.cohort_id, teaching__element__code__in=elements.values("code"), locked=True
    ).count()


def _reopened(session: Session) -> list[str]:
    """The students whose marks are open although a session locked them."""
    standing = Reopening.objects.standing().filter(cohort=session.cohort_id, semester__in=session.semesters)
    theirs = session.enrolments().filter(reopenings__in=standing).distinct().select_related("student")
    return [str(their.student) for their in theirs]


def close(request: SignedInRequest, pk: int) -> HttpResponse:
    """What closing would make final, whole on a page; then the closing, with the hours of the meeting."""
    sitting = session_for(request, pk, doing="La présidence clôt le jury.")
    if sitting.state != Session.State.DELIBERATION:
        return redirect(sitting)
    form = HoursForm(request.POST or None, initial=_hours(sitting))
    if form.is_valid():
        with refusals_on(form):
            services.close(session=sitting, by=request.user, **form.cleaned_data)
            return success(request, "Le jury est clos. Le PV attend votre signature.", "jury:after", pk=pk)
    return render(
        request,
        "jury/sittings/close.html",
        {"session": sitting, "form": form, "presides": True, **closing(sitting, Proceedings.of(sitting))},
    )


def _hours(session: Session) -> dict[str, time | None]:
    """The hours to propose: what is stated, else what the clock saw on the day of the meeting."""
    opened, now = session.opened_at and timezone.localtime(session.opened_at), timezone.localtime()
    today = now.date() == session.date
    same_day = opened is not None and opened.date() == session.date
    return {
        "starts": session.starts or (opened.time() if opened and same_day else None),
        "ends": session.ends or (now.time() if today else None),
    }
