"""The pages of the report, for who sees the jury: who goes on, repeats, leaves; how each origin succeeded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from butrt.base.accounts.models import Role
from butrt.base.tables import arranged, csv_file, exported
from jury.cases import statistics
from jury.cases.source import Source
from jury.doors import session_for
from jury.models import Session
from jury.reports.following import groups
from jury.reports.origins import SMALLEST, baccalaureates, origins_csv, report
from jury.reports.tables import FollowingTable
from jury.rules.following import Step

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest, User


def reports_for(user: User, session: Session) -> bool:
    """Whether a person takes lists and figures away: president, secretariat, director of studies."""
    return session.is_presided_by(user) or user.has_role(
        session.department, Role.Name.SECRETARIAT, Role.Name.DIRECTOR
    )


@require_safe
def following(request: SignedInRequest, pk: int) -> HttpResponse:
    """Who goes on, who repeats, who leaves."""
    session = session_for(request, pk)
    source = Source.of(session)
    counts = groups(source.proceedings)
    asked = request.GET.get("suite", "")
    chosen = Step(asked) if asked in set(Step) else None
    cases = [case for case in source.proceedings.cases if chosen in (None, case.following.step)]
    alone = len(source.proceedings.parts) == 1
    table = arranged(
        request, FollowingTable(cases, empty_text="Personne.", exclude=["programme_label"] if alone else [])
    )
    may_export = reports_for(request.user, session)
    if may_export and (file := exported(request, table, source.file_stem("suites"))):
        return file
    context = {
        "session": session,
        "provisional": source.provisional,
        "counts": counts,
        "chosen": chosen,
        "table": table,
        "may_export": may_export,
        "number": len(source.proceedings.cases),
    }
    return render(request, "jury/reports/following.html", context)


@require_safe
def figures(request: SignedInRequest, pk: int) -> HttpResponse:
    """Each UE, the spread, the year codes, and the origins with their counts and careful shares."""
    session = session_for(request, pk)
    source = Source.of(session)
    whole = source.proceedings
    proceedings = whole.of_programme(request.GET.get("parcours", ""))
    may_export = reports_for(request.user, session)
    blocks = report(proceedings, baccalaureates(session))
    if may_export and request.GET.get("_export") == "csv":
        return csv_file(origins_csv(blocks), source.file_stem("origines"))
    context = {
        "session": session,
        "provisional": source.provisional,
        "parts": whole.parts,
        "chosen": proceedings.label,
        "units": statistics.by_unit(proceedings),
        "spread": statistics.spread(proceedings),
        "codes": statistics.by_code(proceedings),
        "blocks": blocks,
        "smallest": SMALLEST,
        "may_export": may_export,
        "number": len(proceedings.cases),
    }
    return render(request, "jury/reports/figures.html", context)
