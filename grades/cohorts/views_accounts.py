"""The pages of students' accounts. Passwords are in the answer to the act itself, and nowhere after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from butrt.base.accounts.confirming import confirmed
from butrt.base.accounts.invitations import Outcome, days
from butrt.base.forms import refusals_told, success
from butrt.base.french import NBSP, of, several
from butrt.base.mails import leave
from butrt.base.requested import key_of
from butrt.base.tables import arranged, csv_file, french_csv
from grades.accounts import Opened, Opening, close_account, open_account, open_accounts, renew_password
from grades.cohorts.tables import AccountTable
from grades.doors import cohort_to_keep, enrolment_to_keep

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from butrt.base.accounts.models import SignedInRequest
    from grades.models import Cohort, Enrolment


@require_safe
def accounts(request: SignedInRequest, pk: int) -> HttpResponse:
    """Which students of a promotion have an account."""
    cohort = cohort_to_keep(request.user, pk)
    parcours = key_of(request.GET.get("parcours", ""))
    rows = _present(cohort)
    listed = rows.filter(programme=parcours) if parcours in cohort.labels else rows
    table = arranged(request, AccountTable(listed, empty_text="Personne n’est inscrit."))
    without = sum(not (row.student.account and row.student.account.is_active) for row in rows)
    return render(
        request,
        "grades/cohorts/accounts.html",
        {
            "cohort": cohort,
            "page": "accounts",
            "keeps": True,
            "parcours": parcours,
            "table": table,
            "without": without,
            "mails": leave(),
        },
    )


@require_POST
@confirmed
def open_all(request: SignedInRequest, pk: int) -> HttpResponse:
    """Open every account that is not: links by mail, or passwords given once, to be printed or as a file."""
    cohort = cohort_to_keep(request.user, pk)
    opening = open_accounts(
        students=[row.student for row in _present(cohort)],
        department=cohort.department,
        by=request.user,
        by_mail=request.POST.get("as") == "mail",
    )
    _tell(request, opening)
    if not opening.opened:
        for refusal in opening.refused:
            messages.error(request, refusal.reason)
        if not opening.refused and not opening.invited:
            messages.warning(request, "Tous les comptes sont déjà ouverts.")
        return redirect("cohorts:accounts", pk=pk)
    if request.POST.get("as") == "csv":
        for refusal in opening.refused:
            messages.error(request, refusal.reason)  # told on the next page: the file has no room for it
        return _as_csv(cohort, opening.opened)
    return _passwords(request, cohort, opening.opened, refused=opening.refused)


@require_POST
@confirmed
def account(request: SignedInRequest, pk: int) -> HttpResponse:
    """Open one student's account, give it a new password, or close it."""
    enrolment = enrolment_to_keep(request.user, pk)
    student, act = enrolment.student, request.POST.get("act")
    with refusals_told(request):
        if act == "close":
            close_account(student=student, by=request.user)
            return success(request, f"Compte {of(str(student))} fermé.", "cohorts:enrolment", pk=pk)
        if act == "renew":
            opened = renew_password(student=student, by=request.user)
        else:
            opened = open_account(student=student, by=request.user)
        return _passwords(request, enrolment.cohort, [opened], enrolment=enrolment)
    return redirect("cohorts:enrolment", pk=pk)


def _tell(request: SignedInRequest, opening: Opening) -> None:
    """What became of the links that were sent."""
    sent = sum(outcome == Outcome.SENT for outcome in opening.invited.values())
    if sent:
        links = several(sent, "lien envoyé", "liens envoyés")
        messages.success(request, f"{links}{NBSP}: chacun choisit son mot de passe, sous {days()} jours.")
    for account, outcome in opening.invited.items():
        if outcome != Outcome.SENT:
            messages.error(request, f"{account}{NBSP}: {outcome.value}")


def _present(cohort: Cohort) -> QuerySet[Enrolment]:
    """The students who are still there."""
    return cohort.enrolments.filter(status="").select_related("student__account", "group")


def _passwords(
    request: SignedInRequest, cohort: Cohort, opened: list[Opened], **context: Any
) -> HttpResponse:
    context |= {"cohort": cohort, "opened": opened, "address": request.build_absolute_uri("/")}
    return _once(render(request, "grades/cohorts/passwords.html", context))


def _as_csv(cohort: Cohort, opened: list[Opened]) -> HttpResponse:
    rows = [
        (student.shown_last_name, student.shown_first_name, student.email, row.username, row.password)
        for row in opened
        for student in (row.student,)
    ]
    text = french_csv(["nom", "prénom", "courriel", "identifiant", "mot de passe"], rows)
    return csv_file(text, cohort.file_stem("comptes"))


def _once(response: HttpResponse) -> HttpResponse:
    """Kept by no cache."""
    response["Cache-Control"] = "private, no-store"
    return response
