"""Who goes on, repeats, leaves; how each origin succeeded, counts alone for a few; flat and charted files."""

import csv
import io
from decimal import Decimal

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from grades.models import Group
from jury.cases.proceedings import Proceedings
from jury.exchange.flat import results_csv
from jury.exchange.results_workbook import results_workbook
from jury.models import Member, Session
from jury.reports.following import groups
from jury.reports.origins import OriginLine, origins_csv, report
from jury.rules.following import Step
from tests.factories import make_user
from tests.jury import snapshots
from tests.jury.world import all_at, make_world


@pytest.fixture(scope="module")
def proceedings():
    return Proceedings.of_minutes(snapshots.minutes().content)


@pytest.fixture(scope="module")
def odd():
    return Proceedings.of_minutes(snapshots.minutes(odd=True).content)


KINDS = dict(zip([number for number, *_ in snapshots.PEOPLE], "GGGGGTTTT", strict=False))


def read_csv(data):
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=";"))


# ---------- what comes next ----------


def test_each_student_has_one_following(proceedings):
    assert {case.name: case.following.step for case in proceedings.cases} == {
        "ADAMA Inès": Step.OPENS,
        "BRÉHAT Noé": Step.OPENS,
        "CORVAL Maël": Step.REFUSED,
        "DELORME Lise": Step.OPENS,
        "ESTÈVE Paul": Step.OPENS,
        "FARGUES-LŒUF Zoé": Step.WAITS,
        "GUIRAUD Tom": Step.LEFT,  # DEM
        "HERVÉ Léa": Step.OPENS,
        "IMBERT Luc": Step.CLOSED,
        "KIM Sacha": Step.OPENS,
    }


def test_an_odd_semester_opens_the_next_save_for_who_left(odd):
    assert [(each.step, each.students) for each in groups(odd)] == [
        (Step.OPENS, 9),
        (Step.LEFT, 1),
    ]


@pytest.mark.parametrize(
    ("code", "following"),
    [
        ("RED", Step.REPEATS),
        ("ABL", Step.GAP_YEAR),
        ("DEF", Step.DEFAULTS),
        ("ABAN", Step.LEFT),
        ("EXCLU", Step.LEFT),
        ("PAS1NCI", Step.OPENS),
        ("RAT", Step.RESIT),
    ],
)
def test_what_the_jury_decides_is_what_follows(code, following):
    taken = [snapshots.decision("21000003", "year", "", code, "Essai.")]
    found = Proceedings.of_minutes(snapshots.minutes(decisions=taken).content)

    assert found.case("21000003").following.step == following


# ---------- origins ----------


def test_origins_are_counted_and_a_few_people_have_no_share(proceedings):
    whole, kinds, sexes, both = report(proceedings, KINDS)

    assert whole.lines == [OriginLine("Ensemble", 10, whole=6, goes_on=7, repeats=0, leaves=2, pending=1)]
    assert [(each.label, each.students, each.goes_on) for each in kinds.lines] == [
        ("Bac général", 5, 4),
        ("Bac technologique", 4, 2),
        ("Bac non renseigné", 1, 1),
    ]
    assert [each.goes_on_share for each in kinds.lines] == [Decimal(80), None, None]
    assert [(each.label, each.students, each.goes_on_share) for each in sexes.lines] == [
        ("Femmes", 4, None),
        ("Hommes", 5, Decimal(60)),
        ("Sexe non précisé", 1, None),
    ]
    assert [(each.label, each.students) for each in both.lines] == [
        ("Bac général, femmes", 2),
        ("Bac général, hommes", 3),
        ("Bac technologique, femmes", 2),
        ("Bac technologique, hommes", 2),
        ("Bac non renseigné, sexe non précisé", 1),
    ]
    for block in (kinds, sexes, both):
        assert sum(each.students for each in block.lines) == 10


@pytest.mark.parametrize(("students", "share"), [(4, None), (5, Decimal(20)), (8, Decimal(13)), (0, None)])
def test_a_share_is_rounded_half_up_and_hidden_under_five(students, share):
    line = OriginLine("x", students, whole=1, goes_on=0, repeats=0, leaves=0, pending=0)

    assert line.whole_share == share


def test_the_origins_as_a_text(proceedings):
    rows = read_csv(origins_csv(report(proceedings, KINDS)))

    assert rows[1] == ["Promotion", "Ensemble", "10", "6", "7", "0", "2", "1", "60", "70"]
    assert rows[3] == ["Par type de baccalauréat", "Bac technologique", "4", "1", "2", "0", "1", "1", "", ""]


# ---------- files ----------


def test_the_flat_results_have_a_line_a_student(proceedings):
    rows = read_csv(results_csv(proceedings))
    adama = dict(zip(rows[0], rows[1], strict=True))

    assert len(rows) == 11
    assert {
        name: adama[name] for name in ("N° étudiant", "Nom", "UE31 moyenne", "RT1 code", "Année", "Suite")
    } == {
        "N° étudiant": "21000001",
        "Nom": "ADAMA",
        "UE31 moyenne": "12,65",
        "RT1 code": "ADM",
        "Année": "ADM",
        "Suite": "S5, DUT",
    }


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_the_flat_results_hold_no_formula(start):
    version = snapshots.minutes()
    version.content["context"]["students"]["21000001"]["last_name"] = start

    assert read_csv(results_csv(Proceedings.of_minutes(version.content)))[1][2] == f"'{start}"


def workbook(proceedings, **options):
    return load_workbook(io.BytesIO(results_workbook(proceedings, title="Jury", **options)))


def test_the_years_before_are_a_sheet(proceedings):
    sheet = workbook(proceedings)["Années précédentes"]
    headers = [cell.value for cell in sheet[3]]
    rows = {
        row[0]: dict(zip(headers, row, strict=True)) for row in sheet.iter_rows(min_row=4, values_only=True)
    }

    assert {
        name: rows["21000008"][name] for name in headers[8:] if name.startswith(("ECTS", "RT2/1", "UE12"))
    } == {
        "ECTS acquis avant": 30,
        "RT2/1 moyenne": 8.9,
        "RT2/1 code": "AJ",
        "RT2/1 depuis": None,
        "UE12 moyenne": 8.9,
        "UE12 code": "AJ",
        "UE12 depuis": None,
    }
    assert rows["21000005"]["UE31 moyenne"] == 10.85


def test_figures_have_native_charts_that_read_their_cells(proceedings):
    book = workbook(proceedings, baccalaureates=KINDS)

    charts = {name: len(book[name]._charts) for name in book.sheetnames}
    assert charts == dict.fromkeys(book.sheetnames, 0) | {"Statistiques": 4, "Origines": 2}
    counted = {row[0].value: row[1] for row in book["Statistiques"].iter_rows(min_row=4) if row[0].value}
    assert (counted["3 sur 3"].value, counted["3 sur 3"].number_format) == (6, "General")
    mean = book["Statistiques"]._charts[0].series[0]
    assert (mean.val.numRef.f, mean.cat.numRef.f) == ("'Statistiques'!$B$4:$B$9", "'Statistiques'!$A$4:$A$9")
    origins = [row[:9] for row in book["Origines"].iter_rows(min_row=4, values_only=True)]
    assert ("Bac général", 5, 4, 4, 0, 1, 0, 80, 80) in origins
    assert ("Bac technologique", 4, 1, 2, 0, 1, 1, None, None) in origins


def test_each_group_has_its_sheet_if_wanted(proceedings):
    version = snapshots.minutes()
    names = ["TP A", "=TP/B?", "tp a", "", "G" * 40]
    for place, person in enumerate(version.content["context"]["students"].values()):
        person["group"] = names[place % 5]

    book = workbook(Proceedings.of_minutes(version.content), by_group=True)

    assert book.sheetnames[3:8] == ["=TP B", "G" * 31, "TP A", "tp a (2)", "Sans groupe"]
    assert [row[1] for row in book["TP A"].iter_rows(min_row=4, values_only=True)] == [
        "ADAMA",
        "FARGUES-LŒUF",
    ]


# ---------- pages ----------


@pytest.fixture
def world(db):
    world = make_world(
        {
            "BON": all_at("15"),
            "JUSTE": all_at("10"),
            "FAIBLE": all_at("5"),
        }
    )
    for name, kind in (("BON", "G"), ("JUSTE", "T")):
        student = world.student(name)
        student.baccalaureate = kind
        student.save()
    return world


def address(name, world):
    return reverse(f"jury:{name}", args=[world.session.pk])


@pytest.mark.django_db
def test_the_list_is_filtered_and_given_as_files(client, world):
    client.force_login(make_user("secretariat", department=world.session.department))
    page = address("following", world)

    whole = client.get(page).content.decode()
    assert ("Provisoire." in whole, "FAIBLE" in whole, "à décider" in whole) == (True, True, True)
    passing = client.get(page, {"suite": "opens"})
    assert [row.record.person["last_name"] for row in passing.context["table"].rows] == ["BON", "JUSTE"]
    assert client.get(page, {"suite": "n’importe quoi"}).context["chosen"] is None
    text = client.get(page, {"suite": "opens", "_export": "csv"})
    assert (
        text["Content-Disposition"]
        == f'attachment; filename="{world.session.file_stem("suites", "provisoire")}.csv"'
    )
    rows = list(csv.DictReader(io.StringIO(text.content.decode("utf-8-sig")), delimiter=";"))
    assert [(row["Étudiant"], row["Décision"], row["Suite"], row["Bilan"]) for row in rows] == [
        ("BON Camille", "ADM admis·e", "S5", "passe"),
        ("JUSTE Camille", "ADM admis·e", "S5", "passe"),
    ]
    book = load_workbook(io.BytesIO(client.get(page, {"_export": "xlsx"}).content))
    assert book.active.max_row == 4


@pytest.mark.django_db
def test_the_figures_read_the_baccalaureates_of_today_and_keep_a_few_people_quiet(client, world):
    client.force_login(make_user("director", department=world.session.department))
    page = address("figures", world)

    answer = client.get(page)

    labels = [line.label for line in answer.context["blocks"][1].lines]
    assert labels == ["Bac général", "Bac technologique", "Bac non renseigné"]
    text = answer.content.decode()
    assert ("Sous 5 étudiants, le nombre seul est donné" in text, " %)" in text) == (True, False)
    rows = read_csv(client.get(page, {"_export": "csv"}).content)
    assert rows[2][:3] == ["Par type de baccalauréat", "Bac général", "1"]


@pytest.mark.django_db
def test_a_member_reads_and_takes_nothing_away(client, world):
    member = make_user("member", department=world.session.department)
    Member.objects.create(session=world.session, user=member, name="Membre", quality="x", presence="present")
    client.force_login(member)

    for name in ("following", "figures"):
        answer = client.get(address(name, world), {"_export": "csv"})
        assert answer["Content-Type"].startswith("text/html")
        assert ("Classeur Excel" in answer.content.decode(), "CSV" in answer.content.decode()) == (
            False,
            False,
        )


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["following", "figures"])
def test_the_number_of_queries_does_not_grow(client, django_assert_max_num_queries, name):
    client.force_login(make_user())
    counts = []
    for size in (2, 6):
        world = make_world({f"NOM{number}": all_at("12") for number in range(size)})
        client.force_login(world.president)
        with django_assert_max_num_queries(60) as queries:
            assert client.get(address(name, world)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.django_db
def test_a_sheet_a_group_is_asked_by_the_address(client, world):
    client.force_login(world.president)
    enrolment = world.enrolments["BON"]
    enrolment.group = Group.objects.create(cohort=enrolment.cohort, name="TP A")
    enrolment.save()

    book = load_workbook(io.BytesIO(client.get(address("results_xlsx", world), {"groupes": "1"}).content))

    assert [name for name in book.sheetnames if name in ("TP A", "Sans groupe")] == ["TP A", "Sans groupe"]
    assert Session.objects.count() == 1
