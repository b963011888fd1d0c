"""Seconds for each step of an import of students, as the secretariat waits for them."""

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
from grades.models import Cohort, StudentImport
from tests.benchmarks import MEASURED
from tests.factories import make_cohort, programme_of
from tests.grades.workbook.files import saved

pytestmark = [pytest.mark.django_db, pytest.mark.benchmark]
STUDENTS = 150 if MEASURED else 8


def test_an_import_from_the_file_to_its_undoing(settings, tmp_path, capsys):
    settings.BUTRT_CERTIFICATES_DIR = tmp_path / "certificates"
    call_command("load_demo", stdout=io.StringIO())
    cohort = Cohort.objects.get(year=2, school_year=2024, programmes__modality="apprentissage")
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
