"""Every list that we give and that names students comes back by the import of students, without retouch."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import reverse
from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell

from butrt.base.spreadsheets.writing import FORMULA_STARTS, as_typed, harmless, put
from butrt.base.tables import french_csv
from grades.accounts import Opened
from grades.cohorts.views_accounts import _as_csv
from grades.intake.columns import read_extract
from grades.intake.importing import plan_import
from grades.models import Enrolment, Student
from jury.exchange.elsewhere.to_fill import workbook_to_fill
from jury.models import Result, Session
from jury.students.personal.held import export
from tests.factories import make_cohort, make_enrolment, make_programme, make_student, make_user, programme_of
from tests.jury.world import World, all_at, close_world, make_world

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[3]
GIVERS = re.compile(r"\b(?:exported|french_csv|results_workbook|workbook_to_fill|mark_workbook)\(")
# Modules that give a list: what of students it names.
LISTS = {
    "butrt/base/accounts/views.py": "people with an account",
    "butrt/base/journal/views.py": "nobody: acts",
    "butrt/base/tables.py": "the writer itself",
    "butrt/site/proof/exports.py": "nobody: compares what is given with the PV",
    "grades/cohorts/views.py": "the promotion; promotions and elements name no student",
    "grades/cohorts/views_accounts.py": "accounts",
    "grades/progress/views.py": "nobody: elements",
    "grades/workbook/views.py": "marks",
    "grades/workbook/writing.py": "marks",
    "jury/documents/archive.py": "the results workbook",
    "jury/documents/checking/attached.py": "nobody: compares the results workbook",
    "jury/documents/views.py": "decisions, results",
    "jury/exchange/elsewhere/to_fill.py": "the model to fill",
    "jury/exchange/elsewhere/views.py": "results from elsewhere, the model to fill",
    "jury/exchange/flat.py": "results",
    "jury/exchange/results_workbook/whole.py": "results",
    "jury/reports/origins.py": "nobody: counts",
    "jury/reports/views.py": "what follows",
    "jury/sittings/views.py": "nobody: juries",
    "jury/students/personal/held.py": "one person, for themselves",
    "grades/bulk/views.py": "groups and absences: they come back in tests/grades/test_bulk.py",
}


def bring_results(world: World, name: str) -> None:
    unit = programme_of(world.session.cohort).units.select_related("competence").first()
    for place in (1, 2):
        Result.objects.create(
            student=world.student(name),
            kind=Result.Kind.UNIT,
            competence=unit.competence,
            level=1,
            semester=place,
            subject=f"UE1{place}",
            code="ADM",
            school_year=2022,
            source=Result.Source.TRANSFER,
        )


@pytest.fixture(scope="module")
def made(once):
    def make():
        world = make_world({"D’ALMEIDA": all_at("12"), "LE GOFF": all_at("14"), "N’GUESSAN": all_at("11")})
        Student.objects.filter(last_name="LE GOFF").update(
            usual_last_name="ŁUKASZEWICZ", usual_first_name="Kim", address="1 rue Haute\nBât. B", city="Brest"
        )
        close_world(world)
        bring_results(world, "LE GOFF")
        return world.session.pk, make_user("secretariat", "director", department=world.session.department)

    return once(make)


def addresses(session: Session) -> dict[str, str]:
    cohort, teaching = session.cohort, session.cohort.teachings.first()
    return {
        "the promotion, text": f"{cohort.get_absolute_url()}?_export=csv",
        "the promotion, workbook": f"{cohort.get_absolute_url()}?_export=xlsx",
        "decisions": f"{reverse('jury:after', args=[session.pk])}?_export=xlsx",
        "what follows": f"{reverse('jury:following', args=[session.pk])}?_export=csv",
        "results, text": reverse("jury:results_csv", args=[session.pk]),
        "results, workbook": f"{reverse('jury:results_xlsx', args=[session.pk])}?groupes=1",
        "marks": reverse("grades:workbook", args=[teaching.pk]),
        "results from elsewhere": f"{reverse('jury:elsewhere')}?_export=xlsx",
    }


@pytest.mark.parametrize(
    "name",
    [
        *("the promotion, text", "the promotion, workbook", "decisions", "what follows", "results, text"),
        *("results, workbook", "marks", "results from elsewhere"),
    ],
)
def test_a_list_comes_back_as_it_was(client, made, name):
    pk, user = made
    session = Session.objects.with_programme().get(pk=pk)
    client.force_login(user)

    extract = read_extract(client.get(addresses(session)[name]).content)
    plan = plan_import(cohort=session.cohort, extract=extract, columns=extract.proposed)

    assert (plan.refusals, plan.new, plan.changed, plan.groups) == ([], [], [], [])
    assert plan.unchanged


def test_the_list_of_accounts_comes_back(made):
    pk, _ = made
    session = Session.objects.with_programme().get(pk=pk)
    rows = Enrolment.objects.filter(cohort=session.cohort).select_related("student")
    opened = [Opened(row.student, row.student.number, "secret-mot") for row in rows]

    extract = read_extract(_as_csv(session.cohort, opened).content)
    plan = plan_import(cohort=session.cohort, extract=extract, columns=extract.proposed)

    assert (plan.refusals, plan.changed, len(plan.unchanged)) == ([], [], 3)


def test_the_model_to_fill_comes_back():
    cohort = make_cohort(make_programme({"UE11": "30", "UE21": "30"}, year=1))
    for name in ("LE GOFF", "N’GUESSAN"):
        make_enrolment(cohort, make_student(cohort.department, last_name=name))

    extract = read_extract(workbook_to_fill(cohort))
    plan = plan_import(cohort=cohort, extract=extract, columns=extract.proposed)

    assert (plan.refusals, plan.changed, len(plan.unchanged)) == ([], [], 2)


@pytest.fixture(scope="module")
def hostile(once):
    """A jury of people called as formulas are."""

    def make():
        world = make_world(
            {f"{start}HYPERLINK(1)": all_at("12") for start in FORMULA_STARTS if start.strip()}
        )
        close_world(world)
        bring_results(world, "=HYPERLINK(1)")
        return world.session.pk, make_user("secretariat", "director", department=world.session.department)

    return once(make)


def test_a_name_is_never_a_formula_in_what_we_give(client, hostile):
    pk, user = hostile
    session = Session.objects.with_programme().get(pk=pk)
    client.force_login(user)
    files = {name: client.get(address).content for name, address in addresses(session).items()}
    files["accounts"] = _as_csv(
        session.cohort,
        [Opened(row.student, "1", "secret") for row in Enrolment.objects.select_related("student")],
    ).content
    first_year = make_cohort(make_programme({"UE11": "30", "UE21": "30"}, year=1))
    make_enrolment(first_year, make_student(first_year.department, last_name="=HYPERLINK(1)"))
    files["the model to fill"] = workbook_to_fill(first_year)
    files["their own data"] = export(
        Student.objects.filter(last_name__startswith="=").earliest("pk"), by=user
    )

    hidden = {name for name, file in files.items() if "HYPERLINK(1)" not in "".join(texts_of(file))}
    computed = {name: texts for name, file in files.items() if (texts := [*formulas_of(file)])}

    assert (hidden, computed) == (set(), {})


def texts_of(file: bytes) -> list[str]:
    if zipfile.is_zipfile(io.BytesIO(file)) and not is_workbook(file):
        with zipfile.ZipFile(io.BytesIO(file)) as bundle:
            return [bundle.read(name).decode() for name in bundle.namelist() if name.endswith(".csv")]
    return [str(cell.value) for cell in cells_of(file)] if is_workbook(file) else [file.decode("utf-8-sig")]


def is_workbook(file: bytes) -> bool:
    return zipfile.is_zipfile(io.BytesIO(file)) and b"xl/workbook.xml" in file


def cells_of(book: bytes) -> Iterator[Cell]:
    for sheet in load_workbook(io.BytesIO(book)):
        yield from (cell for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str))


def formulas_of(file: bytes) -> Iterator[str]:
    """What a spreadsheet would compute of a file, or might when its cell is edited."""
    if is_workbook(file):
        for cell in cells_of(file):
            if cell.data_type != "s" or (cell.value.startswith(FORMULA_STARTS) and not cell.quotePrefix):
                yield cell.value
        return
    for text in texts_of(file):
        for row in csv.reader(io.StringIO(text), delimiter=";"):
            yield from (value for value in row if value.startswith(FORMULA_STARTS))


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_a_text_that_begins_as_a_formula_stays_one(start):
    cell = Workbook().active.cell(1, 1)

    put(cell, f"{start}1+1")

    assert (cell.value, cell.data_type, cell.quotePrefix) == (f"{start}1+1", "s", True)
    assert french_csv([f"{start}1"], []).decode("utf-8-sig").strip('"')[:2] == f"'{start}"
    assert as_typed(str(harmless(f"{start}1"))) == f"{start}1"


def test_every_list_is_known_here():
    """A new list says here what it names, and is read back above if it names students."""
    givers = {
        str(path.relative_to(ROOT))
        for folder in ("butrt", "grades", "jury")
        for path in (ROOT / folder).rglob("*.py")
        if GIVERS.search(path.read_text())
    }

    assert givers == set(LISTS)
