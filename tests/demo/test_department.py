"""The demonstration is a department: three promotions now, two of a closed past whose juries are read now."""

import csv
from collections import Counter
from decimal import Decimal
from types import SimpleNamespace

import pytest

from butrt.base.accounts.models import User
from curriculum.models import Programme
from grades.models import Cohort, Enrolment
from jury.cases.proceedings import Proceedings
from jury.management.demo import load_demo
from jury.models import Result, Session
from jury.rules import Code

from . import make_marks

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def loaded(once):
    """The demonstration is in the database, for every test that says so."""
    once(load_demo)


@pytest.fixture(scope="module")
def department(loaded, django_db_blocker):
    """What the demonstration is once loaded, read whole."""
    with django_db_blocker.unblock():
        sessions = {
            (session.cohort.school_year, session.semester): session
            for session in Session.objects.with_programme()
            if not session.cohort.is_plural
        }
        of_the_parcours = Session.objects.with_programme().get(
            semester=4, part=0, cohort__programmes__parcours__short="Cyber"
        )
        return SimpleNamespace(
            cohorts={
                (cohort.school_year, cohort.formation): cohort.enrolments.count()
                for cohort in Cohort.objects.named()
            },
            states={key: session.state for key, session in sessions.items()},
            present={
                key: {case.name: case for case in Proceedings.of(session).cases}
                for key, session in sessions.items()
            },
            parcours=Proceedings.of(of_the_parcours),
            results=list(
                Result.objects.standing()
                .exclude(student__enrolments__cohort=of_the_parcours.cohort)
                .select_related("student", "session__cohort")
            ),
            acquired={
                (enrolment.cohort.year, enrolment.student.last_name): sorted(
                    unit.code for unit in enrolment.acquired.all()
                )
                for enrolment in Enrolment.objects.filter(cohort__school_year=2024).select_related(
                    "cohort", "student"
                )
                if enrolment.acquired.exists()
            },
            illustrative={
                (year, modality): illustrative
                for year, modality, illustrative in Programme.objects.values_list(
                    "year", "modality", "illustrative"
                )
            },
        )


def years(department, *key):
    """How many of each year code the jury of (school year, semester) gives."""
    return Counter(case.year_code or case.verdict.year for case in department.present[key].values())


def test_three_promotions_now_and_two_of_the_year_before(department):
    assert department.cohorts == {
        (2023, "BUT1 R&T, formation initiale"): 30,
        (2023, "BUT2 IOM, apprentissage"): 14,
        (2024, "BUT1 R&T, formation initiale"): 16,
        (2024, "BUT2 IOM, apprentissage"): 28,
        (2024, "BUT2 IOM, Cyber, DevCloud, PilPro, ROM, formation initiale"): 40,
        (2024, "BUT3 IOM, apprentissage"): 11,
    }
    assert department.illustrative == {
        (1, "initiale"): False,
        (2, "apprentissage"): False,
        (2, "initiale"): True,
        (3, "apprentissage"): True,
    }


def test_four_juries_are_closed_and_six_to_prepare(department):
    closed = dict.fromkeys([(2023, semester) for semester in (1, 2, 3, 4)], Session.State.CLOSED)
    to_prepare = dict.fromkeys([(2024, semester) for semester in range(1, 7)], Session.State.PREPARATION)

    assert department.states == closed | to_prepare


def test_what_the_past_juries_decided(department):
    assert years(department, 2023, 2) == {"ADM": 23, "PASD": 4, "RED": 1, "NAR": 1, "DEM": 1}
    assert years(department, 2023, 4) == {"ADM": 10, "PASD": 1, "PAS1NCI": 1, "RED": 2}
    assert department.present[2023, 2]["CORVAISIER Enzo"].year_decision.advice


@pytest.mark.parametrize("promotion", make_marks.PROGRAMMES)
def test_marks_give_the_wanted_averages(department, promotion):
    """Each UE that has all its marks shows the average of wanted/<promotion>.csv."""
    school_year, year = int(promotion[:4]), int(promotion[-1])
    present = {
        case.id: case.verdict.units
        for semester in (2 * year - 1, 2 * year)
        for case in department.present[school_year, semester].values()
    }
    with (make_marks.WANTED / f"{promotion}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    wanted = {
        (row["number"], code): Decimal(average)
        for row in rows
        for code, average in row.items()
        if code.startswith("UE") and average and not present[row["number"]][code].provisional
    }
    assert {key: present[key[0]][key[1]].average for key in wanted} == wanted


def test_present_juries_read_what_the_past_ones_gave(department):
    """Results of 2023-2024 come from the juries held here, earlier ones alone from an earlier system."""
    origins = Counter((result.school_year, result.source) for result in department.results)
    assert set(origins) == {(2021, "import"), (2022, "import"), (2023, "jury")}

    morel = {
        result.subject: (result.average, result.code, str(result.session))
        for result in department.results
        if result.student.last_name == "MOREL-ARNAUD"
    }
    assert morel["UE12"] == ("8.9", "AJ", "Jury S1, 2023-2024")
    assert morel["RT2/1"] == ("9.2", "AJ", "Jury S2 et année BUT1, 2023-2024")
    assert department.present[2024, 4]["MOREL-ARNAUD Clara"].verdict.rcues["RT2/1"].code == Code.ADSUP


def test_five_parcours_are_judged_together(department):
    jury = department.parcours

    assert {part.label: len(part.cases) for part in jury.parts} == {
        "IOM": 8,
        "Cyber": 8,
        "DevCloud": 8,
        "PilPro": 8,
        "ROM": 8,
    }
    assert [column.key for column in jury.columns][:5] == ["RT1", "RT2", "RT3", "RT4.IOM", "RT5.IOM"]
    assert len(jury.columns) == 3 + 2 * 5
    codes = Counter(case.year_code for case in jury.cases)
    assert min(codes["ADM"], codes["PASD"], codes[None]) > 0  # of right, passing, and some to decide


def test_repeaters_keep_what_was_acquired(department):
    assert department.acquired == {
        (1, "BASTIDE-ROCHE"): ["UE12", "UE22"],
        (2, "CARRÉ-DUPIN"): ["UE31", "UE35", "UE41", "UE42", "UE45"],
    }


def test_stories_of_but3(department):
    cases = department.present[2024, 6]

    assert years(department, 2024, 6) == {"ADM": 9, None: 2}
    # 3 of 5 at 10 and none below 8: of right in BUT2, for the jury in BUT3, which has no year to pass into.
    assert cases["LE BIHAN Tangi"].verdict.options == (Code.RED, Code.NAR, Code.ADJ)
    assert cases["VERNHES Paul"].verdict.blocked == ("UE64: R6.IOM.06 ATT",)
    # RT4 at 9,36 in BUT2, acquired by its level 2: the DUT comes with the BUT.
    fofana = cases["FOFANA Ibrahim"].verdict
    assert (str(fofana.rcues["RT4/1"].average), fofana.rcues["RT4/1"].code) == ("9.36", Code.ADSUP)
    assert fofana.diplomas == ("DUT", "BUT")
    assert str(cases["PRIGENT Océane"].verdict.units["UE52"].code) == "CMP"


def test_marks_are_made_again_the_same():
    """2023-but1, whose results the stories of BUT2 rest on."""
    made = list(make_marks.marks("2023-but1", make_marks.Programme.read("2023-but1")))

    with (make_marks.DEMO / "2023-but1" / "marks.csv").open(encoding="utf-8", newline="") as file:
        read = [{column: cell for column, cell in row.items() if cell} for row in csv.DictReader(file)]
    assert made == read


def test_the_page_of_but3_says_that_its_elements_are_examples(client, loaded):
    programme = Programme.objects.get(year=3)
    client.force_login(User.objects.get(username="e.roussalet"))

    page = client.get(programme.get_absolute_url()).content.decode()

    assert "Structure illustrative." in page
    assert "les éléments et les coefficients sont des exemples" in page
