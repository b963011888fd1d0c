import pytest
from django.core.management import CommandError, call_command

from jury.cases.ledger.elsewhere import ResultRow, ResultsError, record_results
from jury.models import Result
from tests.factories import make_programme, programme_of
from tests.jury.world import make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    world = make_world({"DUPONT": {}})
    make_programme({"UE11": "30", "UE21": "30"}, parcours=programme_of(world.session.cohort).parcours, year=1)
    return world


def row(world, **changes):
    values = {"number": world.student("DUPONT").number, "school_year": "2023", "subject": "UE11"}
    return ResultRow(**{"line": 2, **values, "average": "9.995", "code": "ADM", **changes})


def kept():
    return list(Result.objects.values_list("kind", "subject", "average", "code"))


def test_earlier_results_are_recorded_once(world):
    rows = [row(world), row(world, subject="RT1/1"), row(world, subject="BUT1", average="", code="PASD")]

    assert record_results(department=world.session.department, rows=rows, by=None) == 3
    assert record_results(department=world.session.department, rows=rows, by=None) == 0
    assert sorted(kept()) == [
        ("rcue", "RT1/1", "9.995", "ADM"),
        ("unit", "UE11", "9.995", "ADM"),
        ("year", "BUT1", "", "PASD"),
    ]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"number": "999"}, "aucun étudiant de ce numéro"),
        ({"school_year": "23"}, "n’est pas une année"),
        ({"subject": "R301"}, "ni une UE"),
        ({"code": "PASD"}, "ne se donne pas à UE"),
        ({"average": "20.5"}, "de 0 à 20"),
        ({"average": "12,5"}, "de 0 à 20"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_kept(world, changes, why):
    with pytest.raises(ResultsError, match=why) as refusal:
        record_results(
            department=world.session.department, rows=[row(world), row(world, line=3, **changes)], by=None
        )
    assert str(refusal.value).startswith("Ligne 3, étudiant")
    assert kept() == []


def test_a_result_recorded_otherwise_is_not_overwritten(world):
    record_results(department=world.session.department, rows=[row(world)], by=None)

    with pytest.raises(ResultsError, match="déjà enregistré ADM"):
        record_results(department=world.session.department, rows=[row(world, code="AJ")], by=None)


def test_the_command_reads_a_file(world, tmp_path, capsys):
    file = tmp_path / "results.csv"
    number = world.student("DUPONT").number
    file.write_text(f"number,school_year,subject,average,code\n{number},2023,UE11,12.5,ADM\n")
    call_command("import_results", str(file), department=world.session.department.code)

    assert kept() == [("unit", "UE11", "12.5", "ADM")]
    file.write_text("number;school_year\n")
    with pytest.raises(CommandError, match="Colonne absente"):
        call_command("import_results", str(file), department=world.session.department.code)
