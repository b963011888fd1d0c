"""Loading a programme: whole, once, and never silently changed."""

import copy
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from butrt.base.journal.models import Entry
from curriculum.models import Competence, Element, Programme, Weight
from curriculum.programmefile import ProgrammeError, dump_programme, parse_programme
from curriculum.services import load_programme
from tests.factories import make_cohort, make_department, make_teaching

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
REFERENTIAL = FIXTURES / "referentials" / "rt.json"
WORDING = FIXTURES / "reference" / "but2-rt-iom-app.toml"
FICHE = FIXTURES / "reference" / "fiche-filiere-but2-rt-iom-app-2022-2023.txt"

pytestmark = pytest.mark.django_db


def programme_data(name: str = "but2-rt-iom-app") -> dict:
    return parse_programme((FIXTURES / "programmes" / f"{name}.json").read_text(encoding="utf-8"))


def test_the_programme_is_loaded_whole():
    department = make_department()
    programme = load_programme(department=department, data=programme_data(), by=None)

    assert (programme.units.count(), programme.elements.count()) == (10, 36)
    assert Weight.objects.filter(unit__programme=programme).count() == 78
    weight = Weight.objects.get(unit__code="UE33", element__code="R310")
    assert (weight.coefficient, weight.cm, weight.td, weight.tp, weight.total) == (Decimal(4), 0, 2, 2, 4)
    assert (weight.evaluation_type, weight.line) == ("", 323)
    assert {unit.code: (unit.rcue, unit.ects) for unit in programme.units.select_related("competence")}[
        "UE34"
    ] == ("RT4/1", Decimal(4))
    assert Entry.objects.get(act="programme.load").department == department


def test_the_three_years_share_their_competences():
    department = make_department()
    for name in ("but1-rt", "but2-rt-iom-app", "but3-rt-iom"):
        load_programme(department=department, data=programme_data(name), by=None)

    assert Competence.objects.count() == 5
    assert [programme.year for programme in Programme.objects.order_by("year")] == [1, 2, 3]
    levels = Competence.objects.get(code="RT1").units.values_list("level", flat=True).order_by("semester")
    assert list(levels) == [1, 1, 2, 2, 3, 3]


def test_loading_the_same_again_changes_nothing(django_assert_max_num_queries):
    department = make_department()
    first = load_programme(department=department, data=programme_data(), by=None)
    keys = set(Weight.objects.values_list("pk", flat=True))

    with django_assert_max_num_queries(12):
        again = load_programme(department=department, data=programme_data(), by=None)

    assert again == first
    assert set(Weight.objects.values_list("pk", flat=True)) == keys
    assert Entry.objects.count() == 1


def test_the_same_programme_in_another_department_is_another():
    first = load_programme(department=make_department(), data=programme_data(), by=None)
    other = load_programme(department=make_department(), data=programme_data(), by=None)

    assert first != other
    assert Entry.objects.count() == 2


def test_a_programme_that_differs_is_refused_then_updated_explicitly():
    department = make_department()
    load_programme(department=department, data=programme_data(), by=None)
    data = programme_data()
    data["weights"][0]["coefficient"] = Decimal("11.5")
    key = Weight.objects.get(unit__code="UE31", element__code="R301").pk

    with pytest.raises(ProgrammeError, match=r"R301 en UE31 : 11(\.00)?, coefficient : 11(\.00)? → 11\.5"):
        load_programme(department=department, data=data, by=None)
    assert Weight.objects.get(pk=key).coefficient == 11

    load_programme(department=department, data=data, by=None, update=True)
    assert Weight.objects.get(pk=key).coefficient == Decimal("11.5")
    assert len(Entry.objects.last().details["changes"]) == 1


def test_what_the_file_no_longer_has_is_removed_unless_it_is_taught():
    department = make_department()
    programme = load_programme(department=department, data=programme_data(), by=None)
    data = programme_data()
    data["elements"] = [row for row in data["elements"] if row["code"] != "R314"]
    data["weights"] = [row for row in data["weights"] if row["element"] != "R314"]

    with pytest.raises(ProgrammeError, match="R314 Analyse de Fourier : retiré"):
        load_programme(department=department, data=data, by=None)
    teaching = make_teaching(make_cohort(programme), programme.elements.get(code="R314"))
    with pytest.raises(ProgrammeError, match="R314 Analyse de Fourier a des évaluations"):
        load_programme(department=department, data=data, by=None, update=True)
    assert Element.objects.filter(code="R314").exists()

    teaching.delete()
    load_programme(department=department, data=data, by=None, update=True)
    assert not Element.objects.filter(code="R314").exists()
    assert Weight.objects.count() == 77


def test_a_unit_takes_the_place_of_another_of_its_competence_and_semester():
    department = make_department()
    programme = load_programme(department=department, data=programme_data(), by=None)
    data = programme_data()
    data["units"][0]["code"] = "UE31bis"
    for row in data["weights"]:
        row["unit"] = row["unit"].replace("UE31", "UE31bis")

    load_programme(department=department, data=data, by=None, update=True)
    assert programme.units.count() == 10
    assert set(programme.units.filter(semester=3, competence__code="RT1").values_list("code", flat=True)) == {
        "UE31bis"
    }


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda data: data.update(format="butrt-programme/2"), "« format » n’est pas"),
        (lambda data: data.pop("weights"), "« weights » manque"),
        (lambda data: data["weights"][0].pop("coefficient"), "weights : « coefficient » manque dans .*R301"),
        (
            lambda data: data["weights"][0].update(coefficient="onze"),
            '« coefficient » ne peut pas être "onze"',
        ),
        (lambda data: data["weights"][0].update(coefficient=-1), "« coefficient » ne peut pas être -1"),
        (lambda data: data["weights"][0].update(cm=True), "« cm » ne peut pas être true"),
        (lambda data: data["weights"][0].update(element="R999"), "« R999 » n’est pas dans elements"),
        (lambda data: data["units"][0].update(competence="RT9"), "« RT9 » n’est pas dans competences"),
        (lambda data: data["units"][0].update(semester=7), "« semester » ne peut pas être 7"),
        (lambda data: data["units"].append(data["units"][0]), "units : UE31 y est deux fois"),
        (lambda data: data["units"][0].update(ects=0), "« ects » ne peut pas être 0"),
        (lambda data: data["units"][0].update(rcue_weight=0), "« rcue_weight » ne peut pas être 0"),
        (lambda data: data["units"][0].update(semester=5), "UE31 : S5 n’est pas un semestre de BUT2"),
        (
            lambda data: data["units"][1].update(competence="RT1"),
            "UE31 et UE32 sont deux UE de RT1 au semestre 3",
        ),
        (lambda data: data["elements"][0].update(title="x" * 201), "au plus 200 caractères"),
    ],
)
def test_a_file_that_is_not_whole_is_refused_and_nothing_is_loaded(spoil, message):
    data = copy.deepcopy(programme_data())
    spoil(data)

    with pytest.raises(ProgrammeError, match=message):
        load_programme(department=make_department(), data=data, by=None)
    assert not Programme.objects.exists()


def test_the_file_keeps_exact_decimals():
    text = dump_programme(programme_data()).replace('"coefficient": 11,', '"coefficient": 7.1,', 1)

    assert parse_programme(text)["weights"][0]["coefficient"] == Decimal("7.1")
    with pytest.raises(ProgrammeError, match="pas du JSON"):
        parse_programme("{")


# The command


def test_import_fiche_tells_what_it_read_and_loads_it(capsys):
    department = make_department(code="rt")
    call_command("load_referential", str(REFERENTIAL), department="rt")
    call_command("import_fiche", str(FICHE), department="rt")

    told = capsys.readouterr().out
    assert "78 lignes, 36 éléments, 10 UE, 5 compétences" in told
    assert "Totaux imprimés : 34 sur 34 égaux à leur somme" in told
    assert "« Saé4.IOMr.stage » lu comme « Saé4.IOM.stage » (ligne 559)" in told
    assert "7 UE sur 10 hors du rapport 40–60\u00a0%" in told
    assert Programme.objects.get().parcours.department == department


def test_import_fiche_writes_the_fixture(tmp_path):
    output = tmp_path / "programme.json"
    call_command(
        "import_fiche", str(FICHE), output=str(output), referential=str(REFERENTIAL), wording=str(WORDING)
    )

    kept = FIXTURES / "programmes" / "but2-rt-iom-app.json"
    assert output.read_text(encoding="utf-8") == kept.read_text(encoding="utf-8")
    assert not Programme.objects.exists()


def test_import_fiche_names_the_line_it_cannot_read(tmp_path):
    broken = tmp_path / "fiche.txt"
    broken.write_text(FICHE.read_text(encoding="utf-8").replace("1 4 12 17 CC 11", "1 4 17 CC 11"), "utf-8")

    with pytest.raises(CommandError, match="Ligne 237 de la fiche") as refused:
        call_command("import_fiche", str(broken))
    assert refused.value.returncode == 2
    with pytest.raises(CommandError, match="absente") as refused:
        call_command("import_fiche", str(tmp_path / "absente.txt"))
    assert refused.value.returncode == 2


def test_import_fiche_refuses_an_unknown_department():
    with pytest.raises(CommandError, match="« nulle-part » n’existe pas"):
        call_command("import_fiche", str(FICHE), department="nulle-part")
