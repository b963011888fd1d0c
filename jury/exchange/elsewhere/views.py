"""The pages of results from elsewhere: the list, a student's, a file's, ScoDoc's, a withdrawal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe
from django_tables2 import RequestConfig

from butrt.base.accounts.doors import role_required
from butrt.base.accounts.models import Role
from butrt.base.documents.files import as_file
from butrt.base.forms import refusals_on, success
from butrt.base.french import NBSP, several
from butrt.base.previews import GONE, Gone, PlanChanged
from butrt.base.spreadsheets import MOST_BYTES, XLSX
from butrt.base.tables import exported
from curriculum.models import Department
from grades.models import Cohort, Student
from jury.cases.ledger.elsewhere import ResultsError, plan_results, record_results, withdraw_result
from jury.exchange.elsewhere.comparison import shown_comparison
from jury.exchange.elsewhere.doors import (
    COMPARING,
    READING,
    cohort_of,
    departments_compared,
    departments_of,
    recording,
    student_of,
)
from jury.exchange.elsewhere.entry import Section, parcours_of, sections_of
from jury.exchange.elsewhere.filters import ResultFilter
from jury.exchange.elsewhere.forms import (
    EntryForm,
    ResultsFileForm,
    ScodocFileForm,
    WithdrawForm,
)
from jury.exchange.elsewhere.keeping import Sent, given_back, keep, preview_of, record_shown
from jury.exchange.elsewhere.reading import read_results
from jury.exchange.elsewhere.scodoc import compare_decisions, names_of, read_decisions
from jury.exchange.elsewhere.tables import ResultTable
from jury.exchange.scodoc.reading import ScodocError
from jury.models import Result
from jury.rules.codes import Code

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest

MOST_FOUND = 20


@role_required(*READING)
@require_safe
def results(request: SignedInRequest) -> HttpResponse:
    """What comes from elsewhere in my departments; what was withdrawn shows."""
    rows = (
        Result.objects.from_elsewhere()
        .read_by(request.user)
        .select_related("student", "competence", "recorded_by", "withdrawn_by")
    )
    filtered = ResultFilter(request.GET, queryset=rows)
    table = RequestConfig(request, paginate={"per_page": 100}).configure(ResultTable(filtered.qs))
    return exported(request, table, "resultats-ailleurs") or render(
        request,
        "jury/exchange/elsewhere/list.html",
        {
            "table": table,
            "filter": filtered,
            "records": request.user.is_a(Role.Name.SECRETARIAT),
        },
    )


@recording
@require_safe
def find(request: SignedInRequest) -> HttpResponse:
    """Whose results: a student of my departments, by name or number."""
    asked = request.GET.get("q", "").strip()[:100]
    students = Student.objects.filter(department__in=departments_of(request.user))
    matches = list(students.matching(asked).this_year_first()[: MOST_FOUND + 1]) if asked else []
    return render(
        request,
        "jury/exchange/elsewhere/find.html",
        {"asked": asked, "found": matches[:MOST_FOUND], "more": len(matches) > MOST_FOUND},
    )


def student(request: SignedInRequest, pk: int) -> HttpResponse:
    """Several results of one student at once; a helper fills lines, another button records."""
    person = student_of(request.user, pk)
    choices = parcours_of(person)
    asked = request.GET.get("parcours", "")
    parcours = next(
        (choice for choice in choices if str(choice.pk) == asked), choices[0] if choices else None
    )
    sections = sections_of(person, parcours)
    usual = max(
        (cohort.school_year for cohort in Cohort.objects.filter(enrolments__student=person)), default=None
    )
    fill = request.POST.get("fill", "")
    data = _filled(request.POST, sections, fill) if request.method == "POST" else None
    form = EntryForm(data, student=person, sections=sections, usual_year=usual and usual - 1)
    if data is not None and fill:
        form.errors.clear()  # nothing was asked to be recorded yet
    elif form.is_valid():
        plan = plan_results(
            department=person.department, rows=form.rows(), by=request.user, origin=form.origin
        )
        if not form.refuse(plan):
            with refusals_on(form, ResultsError):
                new = record_results(
                    department=person.department, rows=form.rows(), by=request.user, origin=form.origin
                )
                return success(
                    request, f"{person}{NBSP}: {_counted(new)}.", "jury:elsewhere_student", person.pk
                )
    recorded = (
        Result.objects.from_elsewhere()
        .filter(student=person)
        .select_related("student", "competence", "recorded_by", "withdrawn_by")
    )
    table = RequestConfig(request, paginate=False).configure(
        ResultTable(recorded, exclude=("student", "number"))
    )
    context = {
        "student": person,
        "form": form,
        "parcours": parcours,
        "choices": choices,
        "table": table,
        "records": True,
    }
    return render(request, "jury/exchange/elsewhere/student.html", context)


def _filled(posted: QueryDict, sections: list[Section], asked: str) -> QueryDict:
    """What was typed, with the lines that a helper fills acquired where they are empty."""
    data = posted.copy()
    for section in sections if asked else ():
        for line in section.filled_by(asked):
            if not data.get(f"{line.key}-code"):
                data[f"{line.key}-code"] = Code.ADM.value
    return data


def withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a result from elsewhere back, with a motive."""
    result = get_object_or_404(
        Result.objects.from_elsewhere().read_by(request.user).select_related("student", "competence"), pk=pk
    )
    student_of(request.user, result.student_id)
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        with refusals_on(form, ResultsError):
            withdraw_result(result=result, motive=form.cleaned_data["motive"], by=request.user)
            return success(
                request,
                f"{result.student}{NBSP}: {result.subject} est retiré.",
                "jury:elsewhere_student",
                result.student_id,
            )
    return render(request, "jury/exchange/elsewhere/withdraw.html", {"result": result, "form": form})


# ---------- files ----------


@require_safe
def model(request: SignedInRequest, pk: int) -> HttpResponse:
    """The workbook of a promotion, to be filled."""

    from jury.exchange.elsewhere.to_fill import workbook_to_fill

    cohort = cohort_of(request.user, pk)
    return as_file(workbook_to_fill(cohort), f"{cohort.file_stem('resultats-a-saisir')}.xlsx", XLSX)


@recording
def send(request: SignedInRequest) -> HttpResponse:
    """Send a workbook or a text; what it would do is shown before anything is recorded."""
    form = _form(request, ResultsFileForm)
    refused = ""
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            read = read_results(file.read(MOST_BYTES + 1), otherwise=form.origin)
            sent = Sent(form.department_chosen(), file.name or "", read.rows, read.refusals)
            return _preview(request, sent)
        except ResultsError as error:
            refused = str(error)
    cohorts = (
        Cohort.objects.filter(specialty__department__in=departments_of(request.user))
        .select_related("specialty__department")
        .prefetch_related("programmes")
    )
    return render(
        request,
        "jury/exchange/elsewhere/send.html",
        {"form": form, "refused": refused, "cohorts": cohorts[:30]},
    )


@recording
def scodoc(request: SignedInRequest) -> HttpResponse:
    """Send ScoDoc's decisions of a semester, whatever the parcours in it."""
    form = _form(request, ScodocFileForm)
    refused = ""
    if form.is_valid():
        try:
            sent = read_decisions(form.sent(), form.department_chosen(), form.asked(), form.numbers())
            return _preview(request, sent)
        except (ScodocError, ResultsError) as error:
            refused = str(error)
    return render(request, "jury/exchange/elsewhere/scodoc.html", {"form": form, "refused": refused})


@role_required(*COMPARING)
def compare(request: SignedInRequest) -> HttpResponse:
    """Replay our rules on ScoDoc's decisions, their averages taken as they are: nothing is recorded."""
    form = _form(request, ScodocFileForm, departments_compared(request.user))
    context: dict[str, Any] = {"form": form, "refused": "", "reads": request.user.is_a(*READING)}
    if form.is_valid():
        department, files = form.department_chosen(), form.sent()
        try:
            replayed, students = compare_decisions(files, department, form.asked(), form.numbers())
        except ScodocError as error:
            context["refused"] = str(error)
        else:
            context |= {
                "name": names_of(files),
                "comparison": shown_comparison(replayed, students, department),
                "records": request.user.has_role(department, Role.Name.SECRETARIAT),
            }
    return render(request, "jury/exchange/elsewhere/compare.html", context)


@recording
@require_POST
def confirm(request: SignedInRequest) -> HttpResponse:
    """Record what was previewed: all of it, or the students of whom nothing is refused if that is asked."""
    try:
        sent = given_back(
            request.POST.get("kept", ""), by=request.user, departments=departments_of(request.user)
        )
    except Gone:
        messages.warning(request, GONE)
        return redirect("jury:elsewhere")
    shown, partly = request.POST.get("shown", ""), "going" in request.POST
    try:
        preview, new = record_shown(sent, shown=shown, partly=partly, by=request.user)
    except (PlanChanged, ResultsError) as error:
        return _preview(request, sent, again=str(error))
    messages.success(request, f"{sent.name}{NBSP}: {_counted(new)}.")
    if preview.left:
        messages.warning(
            request, f"Laissés de côté{NBSP}: {', '.join(sorted(filter(None, preview.left)))[:1000]}."
        )
    return redirect("jury:elsewhere")


def _form(request: SignedInRequest, kind: type[Any], departments: QuerySet[Department] | None = None) -> Any:
    departments = departments_of(request.user) if departments is None else departments
    if request.method == "POST":
        return kind(request.POST, request.FILES, departments=departments)
    return kind(departments=departments)


def _preview(request: SignedInRequest, sent: Sent, *, again: str = "") -> HttpResponse:
    preview = preview_of(sent, request.user)
    return render(
        request,
        "jury/exchange/elsewhere/preview.html",
        {"preview": preview, "kept": keep(sent, by=request.user), "again": again},
    )


def _counted(new: int) -> str:
    if not new:
        return "rien de nouveau, tout était enregistré"
    return several(new, "résultat enregistré", "résultats enregistrés")
