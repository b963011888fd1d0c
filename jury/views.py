"""The jury's pages. Fetch through the door, read the form, act, answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from butrt.accounts.doors import role_required
from butrt.accounts.models import Role, User
from butrt.tables import arranged, exported
from grades.models import Student
from grades.progress.doors import WATCHERS
from jury import services
from jury.checklist import blocking, checklist
from jury.exports.cohort import cohort_json as cohort_bytes
from jury.exports.workbook import results_workbook
from jury.filters import SessionFilter
from jury.forms import USUAL_MOTIVES, DecisionForm, MemberFormSet, MotiveForm, SessionForm, members_of
from jury.minutes.document import render_minutes
from jury.models import Decision, Member, Minutes, Session
from jury.proceedings import Case, Proceedings
from jury.room import groups
from jury.rules import codes
from jury.tables import OutcomeTable, SessionTable
from jury.transcripts import render_transcript, transcript_name, zip_transcripts

if TYPE_CHECKING:
    from butrt.accounts.models import SignedInRequest

PREPARING = (Role.Name.PRESIDENT, Role.Name.SECRETARIAT)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _session(
    request: SignedInRequest, pk: int, *, doing: str = "", who: QuerySet[Session] | None = None
) -> Session:
    """The session, if this person may see it (404); if `doing` something is theirs to do (403)."""
    found = get_object_or_404(Session.objects.visible_to(request.user).with_programme(), pk=pk)
    if doing:
        allowed = Session.objects.presided_by(request.user) if who is None else who
        if not allowed.filter(pk=pk).exists():
            raise PermissionDenied(doing)
    return found


def _state_page(session: Session) -> str:
    return {
        Session.State.PREPARATION: "jury:prepare",
        Session.State.DELIBERATION: "jury:room",
        Session.State.CLOSED: "jury:after",
    }[Session.State(session.state)]


def _say(request: SignedInRequest, error: ValidationError) -> None:
    for message in error.messages:
        messages.error(request, message)


# ---------- sessions ----------


@role_required(Role.Name.PRESIDENT, Role.Name.MEMBER, Role.Name.DIRECTOR, Role.Name.SECRETARIAT)
def sessions(request: SignedInRequest) -> HttpResponse:
    seen = Session.objects.visible_to(request.user).with_programme()
    found = SessionFilter(request.GET, queryset=seen)
    table = arranged(request, SessionTable(found.qs))
    return exported(request, table, "jurys") or render(
        request,
        "jury/sessions.html",
        {"table": table, "filter": found, "may_schedule": request.user.is_a(*PREPARING)},
    )


def session(request: SignedInRequest, pk: int) -> HttpResponse:
    """The page of a session is that of its state."""
    return redirect(_state_page(found := _session(request, pk)), pk=found.pk)


@role_required(*PREPARING)
def schedule(request: SignedInRequest, pk: int | None = None) -> HttpResponse:
    found = pk and _session(
        request,
        pk,
        doing="La présidence et le secrétariat fixent la séance.",
        who=Session.objects.documented_for(request.user),
    )
    departments = request.user.departments_as(*PREPARING)
    form = SessionForm(request.POST or None, instance=found, departments=departments)
    if form.is_valid():
        try:
            saved = services.schedule(session=form.instance, by=request.user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"{saved.title} : séance enregistrée.")
            return redirect("jury:members", pk=saved.pk)
    return render(request, "jury/schedule.html", {"form": form, "session": found})


def members(request: SignedInRequest, pk: int) -> HttpResponse:
    """Who sits, with what quality, present or excused: the president and the secretariat write it."""
    found = _session(
        request,
        pk,
        doing="La présidence et le secrétariat notent les membres.",
        who=Session.objects.documented_for(request.user),
    )
    people = User.objects.filter(roles__department=found.department, is_active=True).distinct()
    initial = [
        {"user": each.user_id, "name": each.name, "quality": each.quality, "presence": each.presence}
        for each in found.members.all()
    ]
    formset = MemberFormSet(request.POST or None, initial=initial, form_kwargs={"people": people})
    if formset.is_valid():
        try:
            services.convene(session=found, members=members_of(formset), by=request.user)
        except ValidationError as error:
            _say(request, error)
        else:
            messages.success(request, "Membres enregistrés.")
            return redirect(found)
    return render(request, "jury/members.html", {"session": found, "formset": formset})


# ---------- preparation ----------


def prepare(request: SignedInRequest, pk: int) -> HttpResponse:
    """The checklist, what the rules give today, and the opening."""
    found = _session(request, pk)
    proceedings = Proceedings.of(found)
    items = checklist(found, proceedings)
    return render(
        request,
        "jury/prepare.html",
        {
            "session": found,
            "proceedings": proceedings,
            "forecast": _forecast(proceedings),
            "items": items,
            "blocked": blocking(items),
            "form": MotiveForm(),
            "presides": found.president_id == request.user.pk,
            "closed": _closed_pages(request.user, found),
        },
    )


def _closed_pages(user: User, session: Session) -> set[str]:
    """The pages of the checklist that this person cannot open: the president fills no marks."""
    closed = {"grades:sheet"} if session.president_id == user.pk else set()
    return closed if user.has_role(session.department, *WATCHERS) else closed | {"cohorts:progress"}


def _forecast(proceedings: Proceedings) -> list[dict[str, Any]]:
    """How many students the rules give each year code today, then those left to the jury, blocked, gone."""
    tally: dict[str, int] = {}
    for case in proceedings.cases:
        key = case.year_code if case.standing in ("right", "person") else case.standing
        tally[key or "right"] = tally.get(key or "right", 0) + 1
    return [
        {"key": key, "number": number} for key, number in sorted(tally.items(), key=lambda each: -each[1])
    ]


@require_POST
def open_deliberation(request: SignedInRequest, pk: int) -> HttpResponse:
    found = _session(request, pk, doing="La présidence du jury ouvre la délibération.")
    form = MotiveForm(request.POST)
    if form.is_valid():
        try:
            services.open_deliberation(session=found, by=request.user, motive=form.cleaned_data["motive"])
        except ValidationError as error:
            _say(request, error)
        else:
            messages.success(request, "La délibération est ouverte, les notes sont verrouillées.")
            return redirect("jury:room", pk=pk)
    return redirect("jury:prepare", pk=pk)


@require_POST
def back_to_preparation(request: SignedInRequest, pk: int) -> HttpResponse:
    found = _session(request, pk, doing="La présidence du jury déverrouille les notes.")
    form = MotiveForm(request.POST)
    if form.is_valid():
        try:
            services.back_to_preparation(session=found, motive=form.cleaned_data["motive"], by=request.user)
        except ValidationError as error:
            _say(request, error)
            return redirect("jury:room", pk=pk)
        messages.success(request, "Retour en préparation : les notes sont ouvertes, les décisions gardées.")
    return redirect("jury:prepare", pk=pk)


# ---------- deliberation ----------


def room(request: SignedInRequest, pk: int) -> HttpResponse:
    """The table of the jury: students × UE, RCUE, year, grouped by what is left to decide."""
    found = _session(request, pk)
    proceedings = Proceedings.of(found)
    return render(
        request,
        "jury/room.html",
        {
            "session": found,
            "proceedings": proceedings,
            "groups": groups(proceedings),
            "presides": found.president_id == request.user.pk,
            "present": sum(each.presence == Member.Presence.PRESENT for each in found.members.all()),
            "next": next((case for case in proceedings.cases if not case.settled), None),
            "back_form": MotiveForm(),
        },
    )


def card(request: SignedInRequest, pk: int, number: str) -> HttpResponse:
    """One student before the jury: results, reasons, what is missing; and the decision, for the president."""
    found = _session(request, pk)
    proceedings = Proceedings.of(found)
    case = _case(proceedings, number)
    presides = found.president_id == request.user.pk
    form = DecisionForm(request.POST or None, case=case)
    if request.method == "POST":
        if not presides:
            raise PermissionDenied("La présidence du jury enregistre les décisions.")
        if form.is_valid():
            student = get_object_or_404(Student, department=found.department, number=number)
            try:
                services.decide(session=found, student=student, by=request.user, **form.decision)
            except ValidationError as error:
                form.add_error(None, error)
            else:
                messages.success(request, f"{case.name} : décision enregistrée.")
                return redirect("jury:card", pk=pk, number=number)
    return render(
        request,
        "jury/card.html",
        {
            "session": found,
            "proceedings": proceedings,
            "case": case,
            "form": form,
            "decides": presides and found.state == Session.State.DELIBERATION,
            "history": found.decisions.filter(student__number=number)
            .select_related("author")
            .order_by("-at"),
            "usual_motives": USUAL_MOTIVES,
            "unit_options": [code for code in codes.Code if code in codes.UNIT_CODES],
            **_year_options(case),
            **_results(proceedings, case),
            **_neighbours(proceedings, case),
        },
    )


def _year_options(case: Case) -> dict[str, list[str]]:
    """The codes of the year: what the rules propose or leave open; then any other, the jury is sovereign."""
    open_ones = [*case.proposal.options] or [code for code in (case.proposal.year,) if code]
    usual = [codes.Code.PAS1NCI, codes.Code.RED, codes.Code.NAR, codes.Code.ADJ]
    first = list(dict.fromkeys([*open_ones, *(usual if not case.proposal.options else ()), codes.Code.ATJ]))
    rest = [code for code in codes.Code if code in codes.YEAR_CODES and code not in first]
    if case.verdict.year in rest:  # decided already: it is among what is shown
        first.append(codes.Code(case.verdict.year))
        rest.remove(codes.Code(case.verdict.year))
    return {"year_options": [*first], "other_codes": [*rest]}


def _results(proceedings: Proceedings, case: Case) -> dict[str, Any]:
    """The card's blocks: one a competence judged, one for each other level of which something is known."""
    verdict, blocks = case.verdict, []
    for column in proceedings.columns:
        rcue = verdict.rcues.get(column.rcue) if column.rcue else None
        subjects = (*column.units, column.rcue or "")
        blocks.append(
            {
                "column": column,
                "rcue": rcue,
                "units": [
                    (name, verdict.units.get(name), name in verdict.units and case.kept_since(name))
                    for name in column.units
                ],
                "reasons": case.reasons_about(*subjects),
            }
        )
    shown = {name for column in proceedings.columns for name in column.units}
    others = [
        {
            "title": f"{name.partition('/')[0]}, niveau {name.partition('/')[2]}",
            "rcue": rcue,
            "units": [(unit, verdict.units[unit]) for unit in rcue.units if unit in verdict.units],
            "reasons": case.reasons_about(name, *rcue.units),
        }
        for name, rcue in verdict.rcues.items()
        if not shown & set(rcue.units)
    ]
    return {
        "blocks": blocks,
        "other_blocks": others,
        "year_reasons": case.reasons_about("year", "progression", "diplomas"),
    }


def _case(proceedings: Proceedings, number: str) -> Case:
    try:
        return proceedings.case(number)
    except KeyError as error:
        raise Http404 from error


def _neighbours(proceedings: Proceedings, case: Case) -> dict[str, Any]:
    """The cases before and after this one, in the order of the names."""
    cases = proceedings.cases
    place = cases.index(case)
    return {
        "previous": cases[place - 1] if place > 0 else None,
        "following": cases[place + 1] if place + 1 < len(cases) else None,
        "place": place + 1,
        "undecided": [each for each in cases if not each.settled],
    }


@require_POST
def withdraw(request: SignedInRequest, pk: int, number: str) -> HttpResponse:
    """Take a decision back: the proposal of the rules stands again."""
    found = _session(request, pk, doing="La présidence du jury retire une décision.")
    decision = get_object_or_404(
        Decision.objects.select_related("student"),
        session=found,
        student__number=number,
        current=True,
        pk=int(given) if (given := request.POST.get("decision", "")).isdecimal() else 0,
    )
    try:
        services.decide(
            session=found,
            student=decision.student,
            kind=decision.kind,
            subject=decision.subject,
            code="",
            motive=f"Décision {decision.code} retirée.",
            by=request.user,
        )
    except ValidationError as error:
        _say(request, error)
    else:
        messages.success(request, "Décision retirée : la proposition des règles vaut à nouveau.")
    return redirect("jury:card", pk=pk, number=number)


@require_POST
def close(request: SignedInRequest, pk: int) -> HttpResponse:
    found = _session(request, pk, doing="La présidence clôt le jury.")
    try:
        services.close(session=found, by=request.user)
    except ValidationError as error:
        _say(request, error)
        return redirect("jury:room", pk=pk)
    messages.success(request, "Le jury est clos. Le PV attend votre signature.")
    return redirect("jury:after", pk=pk)


# ---------- after ----------


def after(request: SignedInRequest, pk: int) -> HttpResponse:
    """The PV and its signatures, the documents, one line a student."""
    found = _session(request, pk)
    if found.state != Session.State.CLOSED:
        return redirect(found)
    versions = list(found.minutes.defer("content").prefetch_related("revisions__signer"))
    proceedings = Proceedings.of_minutes(found.minutes.order_by("-version")[:1].get().content)
    query = request.GET.get("q", "").strip()
    cases = [case for case in proceedings.cases if query.casefold() in f"{case.name} {case.id}".casefold()]
    table = OutcomeTable(cases, session=found)
    arranged(request, table)
    may_document = Session.objects.documented_for(request.user).filter(pk=pk).exists()
    name = f"decisions_BUT{found.year}_S{found.semester}"
    if may_document and (file := exported(request, table, name, exclude=("transcript",))):
        return file
    return render(
        request,
        "jury/after.html",
        {
            "session": found,
            "proceedings": proceedings,
            "versions": versions,
            "forecast": _forecast(proceedings),
            "table": table,
            "presides": found.president_id == request.user.pk,
            "query": query,
            "may_document": may_document,
        },
    )


@require_POST
def sign(request: SignedInRequest, pk: int, version: int) -> HttpResponse:
    found = _session(request, pk, doing="La présidence signe le PV.")
    minutes = get_object_or_404(Minutes.objects.select_related("session"), session=found, version=version)
    try:
        services.sign(version=minutes, by=request.user)
    except ValidationError as error:
        _say(request, error)
    else:
        messages.success(request, f"PV version {version} signé et scellé.")
    return redirect("jury:after", pk=pk)


def _documented(request: SignedInRequest, pk: int) -> Session:
    return _session(
        request,
        pk,
        doing="Les documents du jury sont ceux de la présidence et du secrétariat.",
        who=Session.objects.documented_for(request.user),
    )


def _download(content: bytes, name: str, kind: str, *, inline: bool = False) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'{"inline" if inline else "attachment"}; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response


def minutes_pdf(request: SignedInRequest, pk: int, version: int) -> HttpResponse:
    """A version of the PV: signed if it is, else as it will be signed."""
    found = _documented(request, pk)
    minutes = get_object_or_404(Minutes.objects.select_related("session"), session=found, version=version)
    last = minutes.revisions.order_by("-step").first()
    content = bytes(last.pdf) if last else render_minutes(minutes).content
    name = f"PV_BUT{found.year}_S{found.semester}_v{version}{'' if last else '_non-signe'}.pdf"
    return _download(content, name, "application/pdf", inline=True)


def _figures(found: Session) -> tuple[Proceedings, Minutes | None]:
    """What documents are made from: the last PV of a closed session, else the provisional figures."""
    minutes = found.minutes.order_by("-version").first()
    if minutes is not None:
        return Proceedings.of_minutes(minutes.content), minutes
    return Proceedings.of(found), None


def transcript_pdf(request: SignedInRequest, pk: int, number: str) -> HttpResponse:
    proceedings, minutes = _figures(_documented(request, pk))
    case = _case(proceedings, number)
    return _download(
        render_transcript(proceedings, case.id, minutes=minutes).content,
        transcript_name(case),
        "application/pdf",
        inline=True,
    )


def transcripts_zip(request: SignedInRequest, pk: int) -> HttpResponse:
    found = _documented(request, pk)
    proceedings, minutes = _figures(found)
    provisional = "" if minutes else "_provisoires"
    return _download(
        zip_transcripts(proceedings, minutes),
        f"releves_BUT{found.year}_S{found.semester}{provisional}.zip",
        "application/zip",
    )


def results_xlsx(request: SignedInRequest, pk: int) -> HttpResponse:
    found = _documented(request, pk)
    proceedings, minutes = _figures(found)
    title = str(found) if minutes else f"{found} (provisoire)"
    provisional = "" if minutes else "_provisoires"
    return _download(
        results_workbook(proceedings, title=title),
        f"resultats_BUT{found.year}_S{found.semester}{provisional}.xlsx",
        XLSX,
    )


def cohort_json(request: SignedInRequest, pk: int) -> HttpResponse:
    """The cohort file of the session, with the jury's decisions: anyone can recompute them with `decide`."""
    found = _documented(request, pk)
    proceedings, _ = _figures(found)
    return _download(
        cohort_bytes(proceedings), f"cohorte_BUT{found.year}_S{found.semester}.json", "application/json"
    )
