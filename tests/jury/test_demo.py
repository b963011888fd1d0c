"""The demonstration: its marks give the averages that they were made for, and each hard case is there."""

import json
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace

import pytest
from django.conf import settings

from butrt.base.accounts.models import Role, User
from butrt.base.journal.models import Entry
from curriculum.models import Department
from grades.models import Enrolment, Mark, MarkChange, Student, Teaching
from jury.cases.cohortdecisions import decide_object
from jury.cases.cohortfile import read_cohort
from jury.cases.dossier import cohort_object
from jury.documents.checking import check_all
from jury.management.demo import PASSWORD, demo_accounts, load_demo
from jury.models import Member, Result, Session
from jury.rules import Code, decide

# django_db: what asks for no database would come after all that does, and load it a second time.
pytestmark = pytest.mark.django_db
EXPECTED = json.loads((settings.BASE_DIR / "tests/jury/demo_averages.json").read_text("utf-8"))
STUDENTS = {student["name"]: student for student in EXPECTED["students"]}
UNITS = EXPECTED["units"]

# What the rules give before the jury decides anything: year, its credits, credits in all, S5 of right.
YEARS = {
    "ABÉLARD Noé": ("ADM", 60, 120, True),
    "AMRANI Inès": ("ADM", 60, 120, True),
    "BARTOLI Lucas": ("ADM", 60, 120, True),
    "BENSALEM Yanis": ("PASD", 50, 110, True),
    "CARRÉ-DUPIN Maëlys": ("ADM", 60, 120, True),
    "CHASSAGNE Théo": ("ADM", 60, 120, True),
    "DA ROCHA Diogo": (None, 51, 111, False),
    "DIALLO Aminata": ("ADM", 60, 120, True),
    "EL FASSI Nabil": ("PASD", 32, 92, True),
    "FERRANDIER Louane": ("ADM", 60, 120, True),
    "GAUCHER Matteo": (None, 13, 73, False),
    "GUÉRIDEL Sacha": ("ADM", 60, 120, True),
    "HOARAU Kévin": ("PASD", 41, 101, True),
    "JOUBERTIN Emma": ("ADM", 60, 120, True),
    "KERBRAT Malo": ("PASD", 41, 101, True),
    "LACOMBE-NGUYEN Linh": ("ADM", 60, 120, True),
    "LE GUENNIC Erwan": (None, 31, 91, False),
    "MARCHADIER Jules": (None, 23, 83, False),
    "MOREL-ARNAUD Clara": ("ADM", 60, 120, True),
    "NDONGO Steve": ("PASD", 50, 110, True),
    "OLIVARES Hugo": ("DEM", 9, 69, False),
    "PETITBOIS Camille": ("ADM", 60, 120, True),
    "QUENTRIC Ewen": ("PASD", 50, 90, False),
    "RAKOTOBE Tiana": (None, 32, 92, False),
    "SAUVIGNET Manon": ("ADM", 60, 120, True),
    "TCHOUMI Arnold": (None, 0, 40, False),
    "VASSEUR-LAMY Élise": ("ADM", 60, 120, True),
    "ZIELIŃSKI Adam": (None, 55, 115, False),
}


def judge(session):
    """The cohort object of a session, its verdicts by name, and its students as the rules read them."""
    cohort = cohort_object(session)
    values = read_cohort(cohort)
    names = {student.number: str(student) for student in Student.objects.all()}
    return SimpleNamespace(
        cohort=cohort,
        values=values,
        verdicts={names[student.id]: decide(student, values) for student in values.students},
        students={names[student["id"]]: student for student in cohort["students"]},
        numbers={name: number for number, name in names.items()},
    )


@pytest.fixture(scope="module")
def loaded(once):
    """The demonstration is in the database, for every test that says so."""
    once(load_demo)


@pytest.fixture(scope="module")
def juries(loaded, django_db_blocker):
    """The present juries of BUT2 and BUT3 in apprenticeship, judged by the rules."""
    with django_db_blocker.unblock():
        sessions = Session.objects.with_programme().filter(
            cohort__school_year=2024, semester__gte=3, cohort__programmes__modality="apprentissage"
        )
        return {session.semester: judge(session) for session in sessions}


@pytest.fixture
def july(juries):
    return juries[4]


def rcue(jury, name, subject):
    verdict = jury.verdicts[name].rcues[subject]
    return verdict.exact, str(verdict.average), verdict.code


def unit(jury, name, code):
    verdict = jury.verdicts[name].units[code]
    return str(verdict.average), verdict.code


def with_jury(jury, name, **decided):
    """The decisions about one student once the jury has decided `units`, `rcues` or `year`."""
    student = jury.students[name] | {"jury": decided}
    return decide_object(jury.cohort | {"students": [student]})["students"][0]


def with_mark(jury, name, element, position, mark):
    """The decisions about one student with another mark at one évaluation."""
    student = json.loads(json.dumps(jury.students[name]))
    before = student["elements"][element]["marks"][position]
    after = {field: before[field] for field in before.keys() & {"coefficient", "weights"}} | mark
    student["elements"][element]["marks"][position] = after
    return decide_object(jury.cohort | {"students": [student]})["students"][0]


# ---------- the averages ----------


PUBLIC = {
    "SAÉ 301": "Saé301",
    "SAÉ 302": "Saé302",
    "SAÉ 3.IOM.03": "Saé3.IOM.03",
    "SAÉ 3.IOM.04": "Saé3.IOM.04",
    "SAÉ 4.IOM.01": "Saé4.IOM.01",
    "Stage S4": "Saé4.IOM.stage",
    "Portfolio S4": "Saé4.Portefolio",
}


def test_programme_has_the_coefficients_and_credits_of_the_expected_cohort(july):
    loaded = {
        unit["code"]: (
            Decimal(unit["ects"]),
            {element: int(c) for element, c in unit["coefficients"].items() if int(c)},
        )
        for unit in july.cohort["units"]
        if unit["semester"] in (3, 4)
    }
    assert loaded == {
        code: (
            unit["ects"],
            {PUBLIC.get(element, element): c for element, c in unit["coefficients"].items()},
        )
        for code, unit in UNITS.items()
    }


@pytest.mark.parametrize("name", STUDENTS)
def test_marks_give_exactly_the_expected_average_of_each_element(july, name):
    student = STUDENTS[name]
    expected, found = {}, {}
    for code, unit in UNITS.items():
        if code in student["kept"] or (student["status"] and code.startswith("UE4")):
            continue
        averages = {element: student["elements"][element] for element in unit["coefficients"]}
        for element, average in averages.items():
            here = average[code] if isinstance(average, dict) else average
            expected[code, PUBLIC.get(element, element)] = here if here in ("ABJ", "ATT") else Fraction(here)
        found |= {
            (code, line.element): line.state or line.average
            for line in july.verdicts[name].units[code].elements
            if line.coefficient
        }
    assert found == expected


def half_up(average):
    return Decimal(int(average * 200 + 1) // 2) / 100


@pytest.mark.parametrize(
    "name", [name for name in STUDENTS if name not in ("OLIVARES Hugo", "ZIELIŃSKI Adam")]
)
def test_unit_and_rcue_averages_are_those_of_a_plain_calculation(july, name):
    student = STUDENTS[name]
    exact = {}
    for code, unit in UNITS.items():
        total = weight = Fraction(0)
        for element, coefficient in unit["coefficients"].items():
            average = student["elements"].get(element)
            average = average.get(code) if isinstance(average, dict) else average
            if code not in student["kept"] and average != "ABJ":
                total += coefficient * Fraction(average)
                weight += coefficient
        exact[code] = Fraction(student["kept"][code]) if code in student["kept"] else total / weight
    verdict = july.verdicts[name]
    assert {code: verdict.units[code].average for code in UNITS} == {
        code: half_up(average) for code, average in exact.items()
    }
    rcues = {"RT1/2": "1", "RT2/2": "2", "RT3/2": "3", "RT4/1": "4", "RT5/1": "5"}
    assert {subject: verdict.rcues[subject].average for subject in rcues} == {
        subject: half_up((exact[f"UE3{c}"] + exact[f"UE4{c}"]) / 2) for subject, c in rcues.items()
    }


def test_year_credits_and_progression_of_each_student(july):
    assert {
        name: (verdict.year, verdict.ects_year, verdict.ects_total, verdict.progression.right)
        for name, verdict in july.verdicts.items()
    } == YEARS


def test_years_tell_what_the_president_reads_before_opening(july):
    assert Counter(verdict.year for verdict in july.verdicts.values()) == {
        "ADM": 14,
        "PASD": 6,
        None: 7,  # six to decide, and the one that a mark blocks
        "DEM": 1,
    }


def test_only_the_awaited_mark_and_the_resignation_block(july):
    assert [name for name, verdict in july.verdicts.items() if verdict.blocked] == [
        "OLIVARES Hugo",
        "ZIELIŃSKI Adam",
    ]
    assert july.verdicts["ZIELIŃSKI Adam"].blocked == ("UE43: R405 ATT",)


def test_jury_of_s3_decides_units_only(juries):
    february = juries[3]
    verdict = february.verdicts["LE GUENNIC Erwan"]
    assert (verdict.year_judged, verdict.year, verdict.progression.semester) == (False, None, 4)
    assert {code: str(verdict.units[code].code) for code in UNITS if code.startswith("UE3")} == {
        "UE31": "ADM",
        "UE32": "AJ",
        "UE33": "AJ",
        "UE34": "ADM",
        "UE35": "AJ",
    }
    assert {name for name, verdict in february.verdicts.items() if verdict.blocked} == set()


# ---------- the hard cases, by name (fixtures/demo/README.md) ----------


def test_compensated_units(july):
    compensated = {
        name: [code for code in UNITS if verdict.units[code].code == Code.CMP]
        for name, verdict in july.verdicts.items()
    }
    assert {name: codes for name, codes in compensated.items() if codes} == {
        "BARTOLI Lucas": ["UE32"],
        "CARRÉ-DUPIN Maëlys": ["UE32"],
        "CHASSAGNE Théo": ["UE31", "UE34"],
        "FERRANDIER Louane": ["UE32"],
        "HOARAU Kévin": ["UE31"],
        "MOREL-ARNAUD Clara": ["UE32"],
        "VASSEUR-LAMY Élise": ["UE32"],
    }
    assert unit(july, "VASSEUR-LAMY Élise", "UE32") == ("6.80", Code.CMP)


def test_exactly_eight_passes(july):
    assert rcue(july, "BENSALEM Yanis", "RT3/2") == (8, "8.00", Code.AJ)
    assert july.verdicts["BENSALEM Yanis"].year == Code.PASD


def test_just_below_eight_is_for_the_jury_whose_decision_acquires_the_units(july):
    _, shown, code = rcue(july, "DA ROCHA Diogo", "RT4/1")
    assert (shown, code, july.verdicts["DA ROCHA Diogo"].year) == ("7.99", Code.AJ, None)

    decided = with_jury(july, "DA ROCHA Diogo", rcues={"RT4/1": "ADJ"})
    assert [decided["units"][code]["code"] for code in ("UE34", "UE44")] == ["ADJR", "ADJR"]
    assert decided["year"]["code"] == "ADJ"
    assert decided["ects"] == {"year": "60", "total": "120"}
    assert decided["diplomas"] == ["DUT"]


def test_9_995_is_10_00_and_passes(july):
    assert rcue(july, "FERRANDIER Louane", "RT2/2") == (Fraction("9.995"), "10.00", Code.CMP)
    assert unit(july, "FERRANDIER Louane", "UE32") == ("9.38", Code.CMP)
    assert july.verdicts["FERRANDIER Louane"].units["UE42"].exact == Fraction("10.61")


def test_two_of_five_is_for_the_jury_and_three_of_five_passes(july):
    def at_ten(name):
        verdicts = july.verdicts[name].rcues
        return sum(
            verdicts[subject].average >= 10 for subject in ("RT1/2", "RT2/2", "RT3/2", "RT4/1", "RT5/1")
        )

    assert (at_ten("LE GUENNIC Erwan"), july.verdicts["LE GUENNIC Erwan"].year) == (2, None)
    assert (at_ten("MARCHADIER Jules"), july.verdicts["MARCHADIER Jules"].year) == (2, None)
    assert (at_ten("EL FASSI Nabil"), july.verdicts["EL FASSI Nabil"].year) == (3, Code.PASD)
    assert (at_ten("RAKOTOBE Tiana"), july.verdicts["RAKOTOBE Tiana"].year) == (3, None)  # RT2 at 7.42


def test_three_hundredths_would_change_le_guennic(july):
    assert rcue(july, "LE GUENNIC Erwan", "RT2/2")[1:] == ("9.98", Code.AJ)
    decided = with_jury(july, "LE GUENNIC Erwan", rcues={"RT2/2": "ADJ"}, year="PAS1NCI")
    assert (decided["year"]["code"], decided["ects"]) == ("PAS1NCI", {"year": "41", "total": "101"})
    assert decided["progression"] == {"semester": 5, "right": True, "missing": []}


def test_repeater_keeps_what_she_acquired(july):
    verdict = july.verdicts["CARRÉ-DUPIN Maëlys"]
    kept = {code: str(verdict.units[code].average) for code in ("UE31", "UE35", "UE41", "UE42", "UE45")}
    assert kept == {"UE31": "10.85", "UE35": "11.20", "UE41": "10.35", "UE42": "13.90", "UE45": "10.88"}
    # 6.00 in UE32 last year gave 9.95; 6.10 this year gives 10.00 with the UE42 of 2024.
    assert unit(july, "CARRÉ-DUPIN Maëlys", "UE32") == ("6.10", Code.CMP)
    assert rcue(july, "CARRÉ-DUPIN Maëlys", "RT2/2")[1:] == ("10.00", Code.CMP)
    assert "R401" not in july.students["CARRÉ-DUPIN Maëlys"]["elements"]


def test_level_above_opens_s5(july):
    for name, level, units in (
        ("MOREL-ARNAUD Clara", "RT2/1", ("UE12", "UE22")),
        ("NDONGO Steve", "RT1/1", ("UE11", "UE21")),
    ):
        verdict = july.verdicts[name]
        assert {verdict.units[code].code for code in units} == {Code.ADSUP}
        assert verdict.rcues[level].code == Code.ADSUP
        assert verdict.progression.right


def test_right_to_pass_with_s5_closed(july):
    verdict = july.verdicts["QUENTRIC Ewen"]
    assert (verdict.year, verdict.progression) == (Code.PASD, (5, False, ("UE13", "UE23")))


def test_resignation_keeps_what_was_acquired(july):
    verdict = july.verdicts["OLIVARES Hugo"]
    assert verdict.year == Code.DEM
    assert {code for code in UNITS if verdict.units[code].acquired} == {"UE33", "UE35"}


def test_justified_absence_lowers_a_unit(july):
    assert unit(july, "HOARAU Kévin", "UE31") == ("9.99", Code.CMP)
    assert july.verdicts["HOARAU Kévin"].units["UE31"].exact == Fraction("659.5") / 66
    # 14 there would have given 715.5/70: the worked case of the rules.
    fourteen = json.loads(json.dumps(july.students["HOARAU Kévin"]))
    fourteen["elements"]["R304"] = "14"
    decided = decide_object(july.cohort | {"students": [fourteen]})["students"][0]
    assert decided["units"]["UE31"] == {"average": "10.22", "code": "ADM", "ects": "7"}


def test_missing_mark_blocks_until_it_comes(july):
    assert july.verdicts["ZIELIŃSKI Adam"].units["UE43"].code is None
    decided = with_mark(july, "ZIELIŃSKI Adam", "R405", 2, {"value": "14.78"})
    assert decided["units"]["UE43"]["average"] == "11.38"
    assert decided["rcues"]["RT3/2"] == {"average": "11.12", "code": "ADM"}
    assert decided["year"] == {"code": "ADM", "options": []}
    assert (decided["blocked"], decided["diplomas"]) == ([], ["DUT"])


def test_repeats_exhausted_close_red(july):
    assert july.verdicts["GAUCHER Matteo"].options == (Code.NAR, Code.PAS1NCI, Code.ADJ)
    assert july.verdicts["TCHOUMI Arnold"].options == (Code.RED, Code.NAR, Code.PAS1NCI, Code.ADJ)


def test_second_chance_improves_or_changes_nothing(july):
    bartoli = july.students["BARTOLI Lucas"]["elements"]["R307"]
    assert bartoli["second_chance"] == {"value": "8.75", "out_of": "20"}
    assert july.students["TCHOUMI Arnold"]["elements"]["R307"]["second_chance"] == {"code": "ABI"}


def test_same_element_weighs_differently_in_ue44_and_ue45(july):
    units = july.verdicts["ABÉLARD Noé"].units
    average = {
        code: next(line.average for line in units[code].elements if line.element == "Saé4.IOM.01")
        for code in ("UE44", "UE45")
    }
    assert average == {"UE44": 14, "UE45": Fraction("13.44")}


def test_exactly_half_is_not_more_than_half():
    cohort = json.loads((settings.BASE_DIR / "fixtures/cohorts/exactly-half.json").read_text("utf-8"))
    half, more, low = decide_object(cohort)["students"]
    assert [half["rcues"][f"C{c}/{2 if c < 4 else 1}"]["average"] for c in (1, 2, 3, 4)] == [
        "11.50",
        "10.00",
        "9.25",
        "8.50",
    ]
    assert half["year"] == {"code": None, "options": ["RED", "NAR", "PAS1NCI", "ADJ"]}
    assert more["year"] == {"code": "PASD", "options": []}
    assert low["rcues"]["C4/1"] == {"average": "7.99", "code": "AJ"}
    assert low["year"]["code"] is None


# ---------- the loading ----------


def rows():
    models = (
        Department,
        User,
        Role,
        Student,
        Enrolment,
        Teaching,
        Mark,
        MarkChange,
        Result,
        Session,
        Member,
        Entry,
    )
    return {model.__name__: model.objects.count() for model in models}


def test_loaded_rows(db, loaded):
    assert rows() == {
        "Department": 1,
        "User": 13,
        "Role": 13,
        "Student": 99,
        "Enrolment": 139,
        "Teaching": 245,
        "Mark": 7036,
        "MarkChange": 7036,
        "Result": 1082,
        "Session": 12,
        "Member": 84,
        "Entry": 58,
    }
    assert [sentence for checked in check_all() for sentence in checked.findings] == []
    for model in (Student, Enrolment, Result, Session, Member):
        for row in model.objects.all():
            # What is unique or constrained, the database has held already: it took the row.
            row.full_clean(validate_unique=False, validate_constraints=False)
    assert Department.objects.get().demonstration
    assert {ine[-2:] for ine in Student.objects.values_list("ine", flat=True)} == {"ZZ"}


def test_each_role_has_an_account_that_signs_in(db, loaded, client):
    assert {role for role, _, _ in demo_accounts()} == set(Role.Name.labels)
    for _, username, person in demo_accounts():
        user = User.objects.get(username=username)
        assert (str(user), user.check_password(PASSWORD)) == (person, True)
