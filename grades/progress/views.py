"""The pages of what marks have come to. Fetch through the door, read what was typed, act, answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from butrt.base.accounts.models import Role
from butrt.base.forms import refusals_told, success
from butrt.base.french import NBSP, plural
from butrt.base.requested import key_of
from butrt.base.tables import arranged, exported
from grades.doors import keeps_cohort, teaching_to_head
from grades.models import Assessment, Teaching
from grades.one_sheet import load_sheet
from grades.overview import cohort_overview
from grades.progress.completion import declare_complete, reopen
from grades.progress.doors import cohort_to_remind, cohort_to_watch, may_remind
from grades.progress.filters import ProgressFilter
from grades.progress.forms import WithdrawForm
from grades.progress.publication import publish, withdraw
from grades.progress.reminders import ReminderPlan, Sent, last_reminders, plan, remind
from grades.progress.tables import NOT_EXPORTED, ProgressTable
from grades.progress.together import ACTS

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest

HEADS_DECLARE = "Les responsables de l’élément le déclarent complet."


# ---------- publication ----------


def publication(request: SignedInRequest, pk: int) -> HttpResponse:
    """Whether students see an évaluation, and what it would show; posted, it is published or withdrawn."""
    assessment = get_object_or_404(
        Assessment.objects.filter(teaching__in=Teaching.objects.fillable_by(request.user)).select_related(
            "teaching__element", "teaching__cohort__specialty__department"
        ),
        pk=pk,
    )
    withdrawing = request.method == "POST" and request.POST.get("act") == "withdraw"
    form = WithdrawForm(request.POST if withdrawing else None)
    if request.method == "POST" and not withdrawing:
        with refusals_told(request):
            publish(assessment=assessment, by=request.user)
            message = f"{assessment.title} est publiée{NBSP}: chaque étudiant voit sa note."
            return success(request, message, assessment.teaching)
        return redirect("grades:publication", pk=pk)
    if form.is_valid():
        with refusals_told(request):
            withdraw(assessment=assessment, motive=form.cleaned_data["motive"], by=request.user)
            return success(request, f"{assessment.title} n’est plus publiée.", assessment.teaching)
        return redirect("grades:publication", pk=pk)
    sheet = load_sheet(assessment.teaching)
    gap = next((gap for gap in sheet.gaps() if gap.assessment == assessment), None)
    marks = [mark for (key, _), mark in sheet.marks.items() if key == assessment.pk]
    return render(
        request,
        "grades/progress/publication.html",
        {
            "assessment": assessment,
            "teaching": assessment.teaching,
            "shown": sum(mark.value is not None or bool(mark.code) for mark in marks),
            "gap": gap,
            "form": form,
        },
    )


# ---------- the declaration ----------


@require_POST
def complete(request: SignedInRequest, pk: int) -> HttpResponse:
    teaching = teaching_to_head(request.user, pk, HEADS_DECLARE)
    with refusals_told(request):
        declare_complete(teaching=teaching, by=request.user)
        messages.success(request, f"{teaching.element.display} est déclaré complet.")
    return redirect(teaching)


@require_POST
def reopen_element(request: SignedInRequest, pk: int) -> HttpResponse:
    teaching = teaching_to_head(request.user, pk, HEADS_DECLARE)
    with refusals_told(request):
        reopen(teaching=teaching, motive=request.POST.get("motive", "")[:300], by=request.user)
        messages.success(request, f"{teaching.element.display} est rouvert{NBSP}: à déclarer de nouveau.")
    return redirect(teaching)


# ---------- a whole promotion ----------


@require_safe
def progress(request: SignedInRequest, pk: int) -> HttpResponse:
    """Every element of a promotion: entered, awaited, declared; sorted, filtered, given as a file."""
    cohort = cohort_to_watch(request.user, pk)
    chosen = ProgressFilter(request.GET, cohort=cohort)
    everything = cohort_overview(cohort, request.user)
    keys = set(chosen.qs.values_list("pk", flat=True))
    lines = chosen.kept(line for line in everything if line.teaching.pk in keys)
    reminds = may_remind(request.user, cohort)
    directs = request.user.has_role(cohort.department, Role.Name.DIRECTOR)
    table = arranged(
        request,
        ProgressTable(
            lines,
            reminders=last_reminders(cohort),
            reminds=reminds,
            directs=directs,
            parcours=key_of(request.GET.get("parcours", "")),
            empty_text="Aucun élément ne correspond.",
        ),
    )
    name = cohort.file_stem("avancement")
    return exported(request, table, name, exclude=NOT_EXPORTED) or render(
        request,
        "grades/progress/progress.html",
        {
            "cohort": cohort,
            "page": "progress",
            "keeps": keeps_cohort(request.user, cohort),
            "reminds": reminds,
            "filter": chosen,
            "table": table,
            "unfinished": [line.teaching.pk for line in lines if line.unfinished],
            "directs": directs,
            "acts": [act for act in ACTS.values() if not act.motive],
            "declared": sum(line.teaching.completed_at is not None for line in everything),
            "missing": sum(line.progress.missing for line in everything if line.expected),
            "total": sum(line.expected for line in everything),
        },
    )


@require_POST
def send_reminders(request: SignedInRequest, pk: int) -> HttpResponse:
    """Whom a reminder would reach, to be confirmed; confirmed, the mails leave."""
    cohort = cohort_to_remind(request.user, pk)
    chosen = request.POST.getlist("shown" if "all" in request.POST else "teachings")
    asked = {key_of(key) for key in chosen}
    lines = [
        line
        for line in cohort_overview(cohort, request.user)
        if line.unfinished and line.teaching.pk in asked
    ]
    if not lines:
        messages.error(request, "Aucun élément choisi n’attend quelque chose : rien à relancer.")
        return redirect("cohorts:progress", pk=pk)
    planned = plan(lines)
    if "confirmed" not in request.POST:
        context = {"cohort": cohort, "plan": planned, "lines": lines}
        return render(request, "grades/progress/remind.html", context)
    sent = remind(
        cohort=cohort,
        plan=planned,
        by=request.user,
        address=lambda teaching: request.build_absolute_uri(teaching.get_absolute_url()),
    )
    _tell(request, sent, planned)
    return redirect("cohorts:progress", pk=pk)


def _tell(request: HttpRequest, sent: Sent, planned: ReminderPlan) -> None:
    if number := len(sent.sent):
        messages.success(request, f"{number}{NBSP}courriel{plural(number)} envoyé{plural(number)}.")
    if sent.failed:
        who = ", ".join(str(letter.person) for letter in sent.failed)
        messages.error(request, f"Le serveur de courriel a refusé{NBSP}: {who}. Rien ne leur est parvenu.")
    if planned.unreached:
        who = ", ".join(str(letter.person) for letter in planned.unreached)
        messages.warning(request, f"Sans adresse ou compte fermé, à prévenir autrement{NBSP}: {who}.")
