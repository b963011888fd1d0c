"""Seconds for each import and export of a promotion, as the secretariat waits for them."""

from __future__ import annotations

import io
import time
from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook

from butrt.base.accounts.models import User
from grades.models import Cohort, Enrolment, Mark, Student, StudentImport
from jury.models import Session
from tests.benchmarks import MEASURED
from tests.factories import make_cohort, programme_of
from tests.grades.test_workbook import saved

pytestmark = [pytest.mark.django_db, pytest.mark.benchmark]
STUDENTS = 150 if MEASURED else 8


def test_imports_and_exports_of_a_promotion(settings, tmp_path, capsys):
    settings.BUTRT_CERTIFICATES_DIR = tmp_path / "certificates"
    call_command("load_demo", stdout=io.StringIO())
    cohort = Cohort.objects.get(year=2, school_year=2024, programmes__modality="apprentissage")
    crowd(cohort)
    client = Client()
    client.force_login(
        User.objects.get(username="c.pichavant"), backend="django.contrib.auth.backends.ModelBackend"
    )
    client.get("/")  # what a process loads once
    spent: dict[str, tuple[float, float]] = {}

    def timed(name: str, act: Callable) -> object:
        start, cpu = time.perf_counter(), time.process_time()
        answer = act()
        spent[name] = time.perf_counter() - start, time.process_time() - cpu
        assert answer.status_code in (200, 302), name
        return answer

    empty = make_cohort(programme_of(cohort), school_year=2025)
    for kind, data in (("CSV", as_text()), ("xlsx", as_workbook())):
        steps(client, empty, kind, data, timed)
    session = Session.objects.get(semester=4, cohort=cohort)
    for name, page, query in (
        ("résultats .xlsx", "results_xlsx", {}),
        ("résultats .xlsx par groupe", "results_xlsx", {"groupes": "1"}),
        ("résultats .csv", "results_csv", {}),
        ("suites, page", "following", {}),
        ("suites .xlsx", "following", {"_export": "xlsx"}),
        ("suites .csv", "following", {"_export": "csv"}),
        ("statistiques, page", "figures", {}),
        ("statistiques .csv", "figures", {"_export": "csv"}),
        ("cohorte .json", "cohort_json", {}),
    ):
        timed(
            name, lambda page=page, query=query: client.get(reverse(f"jury:{page}", args=[session.pk]), query)
        )
    timed("promotion .csv", lambda: client.get(cohort.get_absolute_url(), {"_export": "csv"}))
    timed("promotion .xlsx", lambda: client.get(cohort.get_absolute_url(), {"_export": "xlsx"}))

    with capsys.disabled():
        print(f"\n{STUDENTS} students")
        for name, (seconds, cpu) in spent.items():
            print(f"  {name:34} {seconds:6.2f} s, of which {cpu:6.2f} s computing")


def steps(client: Client, cohort: Cohort, kind: str, data: bytes, timed: Callable) -> None:
    """An import from the file to the undoing."""

    def page(name: str, *more: object) -> str:
        return reverse(f"cohorts:import_{name}", args=[cohort.pk, *more])

    file = io.BytesIO(data)
    file.name = "apogee"
    timed(f"{kind} : envoi", lambda: client.post(page("students"), {"file": file}))
    form = timed(f"{kind} : colonnes", lambda: client.get(page("columns"))).context["form"]
    client.post(page("columns"), {bound.html_name: bound.value() for _, bound in form.lines()})
    plan = timed(f"{kind} : aperçu", lambda: client.get(page("preview"))).context["plan"]
    assert len(plan.new) == STUDENTS
    timed(f"{kind} : import", lambda: client.post(page("preview"), {"shown": plan.digest}))
    assert cohort.enrolments.count() == STUDENTS
    made = StudentImport.objects.latest("pk")
    timed(f"{kind} : annulation", lambda: client.post(page("done", made.pk)))
    assert cohort.enrolments.count() == 0


HEADERS = (
    "NUMETU",
    "INE",
    "Nom",
    "Prénom",
    "Sexe",
    "Né(e) le",
    "Lieu de naissance",
    "Groupe",
    "Série du bac",
)


def rows(number: int = STUDENTS) -> list[tuple[str, ...]]:
    return [
        (
            *(f"29{n:06}", f"09{n:07}ZZ", f"NOM{chr(65 + n % 26)}{chr(65 + n // 26)}", "Zoé", "F"),
            *("03/09/2005", "Brest", f"TP {n % 6}", "STI2D"),
        )
        for n in range(number)
    ]


def as_text(number: int = STUDENTS) -> bytes:
    return "\r\n".join(";".join(row) for row in (HEADERS, *rows(number))).encode("cp1252")


def as_workbook() -> bytes:
    book = Workbook()
    for row in (HEADERS, *rows()):
        book.active.append(row)
    return saved(book)


def crowd(cohort: Cohort) -> None:
    """As many students as asked, each with the marks of one of the demonstration."""
    known = list(cohort.enrolments.select_related("student").prefetch_related("marks"))
    for n in range(STUDENTS - len(known)):
        model = known[n % len(known)]
        student = Student.objects.get(pk=model.student_id)
        student.pk, student.account = None, None
        student.number, student.ine, student.last_name = f"28{n:06}", f"08{n:07}ZZ", f"FOULE{n}"
        student._state.adding = True
        student.save()
        enrolment = Enrolment.objects.create(
            cohort=cohort, programme=model.programme, student=student, group=model.group
        )
        Mark.objects.bulk_create(
            Mark(
                assessment_id=mark.assessment_id,
                enrolment=enrolment,
                value=mark.value,
                code=mark.code,
                entered_by_id=mark.entered_by_id,
                entered_at=mark.entered_at,
            )
            for mark in model.marks.all()
        )
