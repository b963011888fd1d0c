"""One page for many: publish évaluations, declare elements complete, and the acts that take it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render

from butrt.base.accounts.doors import role_required
from butrt.base.accounts.models import Role
from butrt.base.forms import success
from butrt.base.requested import key_of
from grades.models import Cohort, Teaching
from grades.overview import lines_of, school_years
from grades.progress.filters import ProgressFilter
from grades.progress.together import ACTS, PUBLISH, act_on

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest
    from grades.overview import ElementProgress

MOST_MOTIVE = 300


@role_required(Role.Name.TEACHER, Role.Name.DIRECTOR)
def together(request: SignedInRequest) -> HttpResponse:
    """What ?acte= may be about among one's elements, of ?promotion= or of ?annee=; posted, done."""
    chosen_act = ACTS.get(request.GET.get("acte", PUBLISH))
    if chosen_act is None:
        raise Http404
    cohort = _cohort(request)
    directs = cohort is not None and request.user.has_role(cohort.department, Role.Name.DIRECTOR)
    lines = _lines(request, cohort)
    candidates = chosen_act.of(lines)
    chosen = {key_of(key) for key in request.POST.getlist("chosen")}
    motive = request.POST.get("motive", "")[:MOST_MOTIVE]
    refusals: list[str] = []
    if request.method == "POST":
        try:
            if not chosen:
                raise ValidationError("Cocher au moins une ligne.")
            if chosen_act.motive and not motive.strip():
                raise ValidationError("Dire le motif : il va au journal.")
            number = act_on(chosen_act, lines=lines, chosen=chosen, motive=motive, by=request.user)
        except ValidationError as refusal:
            refusals = list(dict.fromkeys(refusal.messages))
        else:
            message = chosen_act.done(number)
            if cohort and directs:
                return success(request, message, "cohorts:progress", pk=cohort.pk)
            return success(request, message, "grades:teachings")
    else:
        everything = request.GET.get("cocher") == "tout"
        chosen = {candidate.key for candidate in candidates if candidate.ready or everything}
    context = {
        "act": chosen_act,
        "acts": ACTS.values(),
        "cohort": cohort,
        "directs": directs,
        "able": [candidate for candidate in candidates if not candidate.why],
        "unable": [candidate for candidate in candidates if candidate.why],
        "chosen": chosen,
        "motive": motive,
        "refusals": refusals,
        "asked": _asked(request),
    }
    return render(request, "grades/progress/together.html", context)


def _cohort(request: SignedInRequest) -> Cohort | None:
    """The promotion asked for, where this person has elements; None: all of theirs, of a year."""
    asked = request.GET.get("promotion", "")
    if not asked:
        return None
    theirs = Teaching.objects.fillable_by(request.user).values("cohort")
    return get_object_or_404(Cohort.objects.named().filter(pk__in=theirs), pk=key_of(asked))


def _lines(request: SignedInRequest, cohort: Cohort | None) -> list[ElementProgress]:
    """The elements of this person there, as filtered on the page that they come from."""
    rows = Teaching.objects.fillable_by(request.user)
    if cohort is None:
        years = school_years(request.user)
        asked = key_of(request.GET.get("annee", ""))
        year = asked if asked in years else next(iter(years), 0)
        return lines_of(rows.filter(cohort__school_year=year), request.user)
    filtered = ProgressFilter(request.GET, cohort=cohort)
    kept = rows.filter(pk__in=filtered.qs.order_by().values("pk"))
    return filtered.kept(lines_of(kept, request.user))


def _asked(request: SignedInRequest) -> str:
    """The part of the address that says which elements, to go on with."""
    fields = request.GET.copy()
    for name in ("acte", "cocher"):
        fields.pop(name, None)
    return fields.urlencode()
