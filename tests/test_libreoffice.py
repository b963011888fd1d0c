"""Every file that the site gives to a spreadsheet, opened by LibreOffice: its values, and no formula."""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from butrt.base.accounts.models import User
from grades.models import Student, Teaching
from jury.models import Session
from tests.factories import programme_of

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed"),
]

NASTY = ("=1+1", "+1+1", "-1+1", "@SUM(A1:A9)", "\t=1+1", "\r=1+1")
XLSX = "xlsx:Calc MS Excel 2007 XML"


def through_libreoffice(folder: Path, files: dict[str, bytes], *options: str) -> dict[str, object]:
    """The workbooks as LibreOffice reads them, by name; it is started once for all."""
    for name, content in files.items():
        (folder / name).write_bytes(content)
    subprocess.run(
        [
            *("soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", *options),
            *("--convert-to", XLSX, "--outdir", str(folder / "out"), *(str(folder / name) for name in files)),
        ],
        check=True,
        capture_output=True,
        timeout=180,
    )
    return {name: load_workbook(folder / "out" / f"{Path(name).stem}.xlsx") for name in files}


def texts(book) -> set[object]:
    return {
        cell.value for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None
    }


def formulas(book) -> list[tuple[str, str]]:
    return [
        (sheet.title, cell.coordinate)
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type in ("f", "e")
    ]


def test_every_export_opens_with_its_values_and_no_formula(settings, tmp_path):
    settings.BUTRT_CERTIFICATES_DIR = tmp_path / "certificates"
    call_command("load_demo", stdout=io.StringIO())
    session = Session.objects.get(
        semester=4, cohort__school_year=2024, cohort__programmes__modality="apprentissage"
    )
    students = list(Student.objects.filter(enrolments__cohort=session.cohort).order_by("last_name"))
    for student, name in zip(students, NASTY, strict=False):
        Student.objects.filter(pk=student.pk).update(last_name=name, birth_place=name)
    last = students[-1]
    client = Client()

    def get(username: str, name: str, *arguments: object, **query: str) -> bytes:
        client.force_login(
            User.objects.get(username=username), backend="django.contrib.auth.backends.ModelBackend"
        )
        answer = client.get(reverse(name, args=arguments), query)
        assert (answer.status_code, answer["Content-Type"].startswith("text/html")) == (200, False), name
        return answer.content

    office, cohort = "c.pichavant", session.cohort_id
    teaching = Teaching.objects.filter(heads__username="h.marchetti").first()
    books = {
        "promotion.xlsx": get(office, "cohorts:cohort", cohort, _export="xlsx"),
        "promotions.xlsx": get(office, "cohorts:cohorts", _export="xlsx"),
        "elements.xlsx": get(office, "cohorts:elements", cohort, _export="xlsx"),
        "jurys.xlsx": get(office, "jury:sessions", _export="xlsx"),
        "resultats.xlsx": get(office, "jury:results_xlsx", session.pk),
        "groupes.xlsx": get(office, "jury:results_xlsx", session.pk, groupes="1"),
        "suites.xlsx": get(office, "jury:following", session.pk, _export="xlsx"),
        "programme.xlsx": get(office, "curriculum:workbook", programme_of(session.cohort).pk),
        "notes.xlsx": get("h.marchetti", "grades:workbook", teaching.pk),
    }
    semicolons = {
        "promotion_csv.csv": get(office, "cohorts:cohort", cohort, _export="csv"),
        "suites_csv.csv": get(office, "jury:following", session.pk, _export="csv"),
        "resultats_csv.csv": get(office, "jury:results_csv", session.pk),
        "origines_csv.csv": get(office, "jury:figures", session.pk, _export="csv"),
    }

    # 76: UTF-8; 1: from the first line; the last one asks to run whatever looks like a formula.
    text = "--infilter=Text - txt - csv (StarCalc):{},34,76,1,,0,false,true,false,false,false,0,true"
    found = through_libreoffice(tmp_path, books)
    found |= through_libreoffice(tmp_path, semicolons, text.format(59))

    witness = through_libreoffice(tmp_path, {"temoin.csv": b"nom;=1+1\n"}, text.format(59))["temoin.csv"]
    assert formulas(witness) == [("temoin", "B1")]  # else the next check would see nothing
    # The programme has its own, which follow what is typed (tests/curriculum/workbook/test_out.py).
    for name, book in found.items():
        assert name == "programme.xlsx" or formulas(book) == [], name
    for name in (
        "promotion.xlsx",
        "resultats.xlsx",
        "groupes.xlsx",
        "promotion_csv.csv",
        "resultats_csv.csv",
    ):
        assert {last.last_name, last.first_name} <= texts(found[name]), name
        # As typed, or with the apostrophe that keeps a text a text.
        assert {"=1+1", "'=1+1"} & texts(found[name]), name
    results = found["resultats.xlsx"]
    assert [len(results[name]._charts) for name in ("Statistiques", "Origines")] == [4, 2]
    assert ("TP A" in found["groupes.xlsx"].sheetnames, "TP A" in results.sheetnames) == (True, False)
    averages = [row[7] for row in results[results.sheetnames[0]].iter_rows(min_row=4, values_only=True)]
    given = load_workbook(io.BytesIO(books["resultats.xlsx"]))
    assert averages == [row[7] for row in given[given.sheetnames[0]].iter_rows(min_row=4, values_only=True)]
    assert any(isinstance(each, float) for each in averages)
    assert "Ensemble" in texts(found["origines_csv.csv"])
