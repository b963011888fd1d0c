"""Results from elsewhere: what is recorded, what is refused, what the pages do."""

from __future__ import annotations

import datetime
import io
import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from butrt.base.journal.models import Entry
from jury.cases.ledger.elsewhere import (
    Origin,
    ResultRow,
    ResultsError,
    plan_results,
    record_results,
    withdraw_result,
    without_refused,
)
from jury.cases.proceedings import Proceedings
from jury.exchange.elsewhere.keeping import Sent, keep
from jury.exchange.elsewhere.reading import read_results
from jury.exchange.elsewhere.to_fill import workbook_to_fill
from jury.models import Result
from jury.sittings import services
from tests.factories import (
    make_enrolment,
    make_parcours,
    make_programme,
    make_student,
    make_user,
    programme_of,
)
from tests.jury.world import all_at, make_world, reread

pytestmark = pytest.mark.django_db

ABROAD = Origin(Result.Source.MOBILITY, "Relevé de Trondheim", datetime.date(2024, 1, 20))


@pytest.fixture(scope="module")
def world_once(once: Callable[[Callable], Any]):
    return once(make_two)


@pytest.fixture
def world(db, world_once):
    return deepcopy(world_once)


def make_two():
    world = make_world({"DUPONT": all_at("12"), "MARTIN": all_at("11")})
    world.first = make_programme(
        {"UE11": "30", "UE21": "30"}, parcours=programme_of(world.session.cohort).parcours, year=1
    )
    world.office = make_user("secretariat", department=world.session.department, last_name="Bureau")
    world.number = world.student("DUPONT").number
    return world


def row(world, **changes):
    values = {"number": world.number, "school_year": "2023", "subject": "UE11", "average": "", "code": "ADM"}
    return ResultRow(**{"line": 2, **values, **changes})


def plan(world, *rows, origin=None):
    return plan_results(department=world.session.department, rows=rows, by=world.office, origin=origin)


def said(**fields):
    return list(Result.objects.filter(**fields).order_by("subject").values_list("subject", "average", "code"))


# ---------- recording ----------


def test_a_result_keeps_where_it_comes_from_and_who_wrote_it_down(world):
    record_results(department=world.session.department, rows=[row(world)], by=world.office, origin=ABROAD)

    result = Result.objects.get()
    assert (result.source, result.document, result.decided_on) == (
        "mobility",
        "Relevé de Trondheim",
        datetime.date(2024, 1, 20),
    )
    assert (result.recorded_by, result.level, result.semester, result.credits) == (world.office, 1, 1, 30)
    entry = Entry.objects.get(act="results.record")
    assert entry.details["students"] == [world.number]


@pytest.mark.parametrize(
    ("changes", "origin", "why"),
    [
        ({}, Origin(Result.Source.BRIDGE), "demande la pièce"),
        ({}, Origin(Result.Source.JURY, "PV"), "ce jury se clôt"),
        ({"school_year": "2090"}, Origin(), "n’a pas commencé"),
        ({}, Origin(decided_on=datetime.date(2022, 7, 1)), "avant l’année 2023-2024"),
        ({}, Origin(decided_on=datetime.date(2090, 7, 1)), "pas encore passé"),
        ({"subject": "UE9.9"}, Origin(), "ni une UE"),
        ({"subject": "RT1/1", "code": "ADJR"}, Origin(), "ne se donne pas à RCUE"),
    ],
)
def test_what_cannot_be_recorded_is_told_with_its_reason(world, changes, origin, why):
    (planned,) = plan(world, row(world, **changes), origin=origin)

    assert planned.state == "refused"
    assert why in planned.why
    assert planned.why.startswith(f"Ligne 2, étudiant {world.number}, ")


def test_the_same_average_with_more_zeros_is_known(world):
    record_results(department=world.session.department, rows=[row(world, average="12.50")], by=None)

    assert [each.state for each in plan(world, row(world, average="12.5"))] == ["known"]
    assert said() == [("UE11", "12.5", "ADM")]


def test_a_code_means_the_competence_of_the_programme_that_is_named(world):
    other = make_programme({"UE31": "60"}, parcours=make_parcours(department=world.session.department))
    (own, theirs) = plan(
        world,
        row(world, subject="UE31"),
        row(world, subject="UE31", programme=other.pk, school_year="2022"),
    )

    assert own.result.competence == programme_of(world.session.cohort).units.get(code="UE31").competence
    assert theirs.result.competence == other.units.get(code="UE31").competence


def test_a_code_is_known_without_its_points(world):
    (planned,) = plan(world, row(world, subject="ue 1.1"))

    assert planned.result.subject == "UE11"


def test_students_with_a_refused_line_are_left_whole(world):
    other = world.student("MARTIN").number
    rows, why = without_refused(plan(world, row(world), row(world, subject="UE99"), row(world, number=other)))

    assert [each.number for each in rows] == [other]
    assert len(why) == 1


def test_a_whole_semester_without_average_is_acquired_and_no_average_is_invented():
    world = make_world({"DUPONT": {"R41": "12", "R42": "11"}})
    number = world.student("DUPONT").number
    rows = [ResultRow(1, number, "2024", subject, "", "ADM") for subject in ("UE31", "UE32")]
    origin = Origin(Result.Source.MOBILITY, "Relevé", datetime.date(2025, 2, 1))
    record_results(department=world.session.department, rows=rows, by=None, origin=origin)

    (case,) = Proceedings.of(reread(world)).cases
    assert (case.verdict.units["UE31"].code, case.verdict.units["UE31"].average) == ("ADM", None)
    assert (case.verdict.rcues["RT1/2"].code, case.verdict.rcues["RT1/2"].average) == ("ADM", None)
    assert (case.verdict.year, case.verdict.ects_year) == ("ADM", 60)


def test_a_withdrawn_result_may_be_recorded_anew_and_no_jury_reads_it(world):
    record_results(department=world.session.department, rows=[row(world, code="AJ")], by=None)
    withdraw_result(result=Result.objects.get(), motive="Erreur de saisie.", by=world.office)
    record_results(department=world.session.department, rows=[row(world)], by=None)

    services.open_deliberation(session=reread(world), by=world.president, motive="Essai.")
    student = next(
        each for each in reread(world).snapshot["cohort"]["students"] if each["id"] == world.number
    )
    assert [(each["unit"], each["code"]) for each in student["earlier"]] == [("UE11", "ADM")]


def test_a_jury_that_rests_on_it_is_told(world):
    services.open_deliberation(session=reread(world), by=world.president, motive="Essai.")
    record_results(department=world.session.department, rows=[row(world)], by=world.office, origin=ABROAD)

    (recheck,) = reread(world).rechecks.all()
    assert recheck.student == world.student("DUPONT")
    assert "semestre à l’étranger" in recheck.cause


# ---------- files ----------

HEAD = "number,school_year,subject,average,code"


def test_a_csv_of_a_french_spreadsheet_is_read():
    data = (
        "N° étudiant;Nom;Année universitaire;UE;Moyenne;Code;Origine;Pièce;Décidé le\r\n"
        "22400001;É;2023-2024;UE3.1;12,50;adm;Autre IUT;Relevé;08/07/2024\r\n"
        "22400002;É;2023-2024;UE3.1;;;;;\r\n"
    ).encode("cp1252")
    read = read_results(data)

    (found,) = read.rows
    assert (found.number, found.school_year, found.subject, found.average, found.code) == (
        *("22400001", "2023", "UE3.1", "12.50", "ADM"),
    )
    assert found.origin == Origin(Result.Source.TRANSFER, "Relevé", datetime.date(2024, 7, 8))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("1,2023,UE11,12,ADM,ailleurs,,", "n’est pas une origine connue"),
        ("1,2023,UE11,12,ADM,,,31/02/2024", "n’est pas une date"),
        ("1,2023-2026,UE11,12,ADM,,,", "n’est pas une année universitaire"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named(line, why):
    read = read_results(f"{HEAD},source,document,decided_on\n{line}\n".encode())

    assert read.rows == []
    assert read.refusals[0].place.startswith("Ligne 2, colonne ")
    assert why in read.refusals[0].why


HOSTILE = {
    "empty": b"",
    "binary": bytes(range(256)) * 20,
    "null byte": HEAD.encode() + b"\n1,2023,\0,12,ADM\n",
    "no columns": b"a;b;c\n1;2;3\n",
    "a web page": b"<html><body>erreur</body></html>",
    "a zip": b"PK\x03\x04" + b"\0" * 64,
    "a PDF": b"%PDF-1.7",
    "too large": b"x" * (3 * 2**20),
    "a quote left open": f'{HEAD}\n1,2023,"UE11,12,ADM\n'.encode() + b"x" * 6000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_french(name):
    with pytest.raises(ResultsError) as refusal:
        read_results(HOSTILE[name])

    assert str(refusal.value).endswith((".", "code."))


def filled(data: bytes, **cells: object) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(data))
    for cell, value in cells.items():
        book["Résultats"][cell] = value
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def test_the_model_of_a_promotion_asks_for_what_is_not_known_and_comes_back(world):
    record_results(department=world.session.department, rows=[row(world)], by=None)
    data = workbook_to_fill(world.session.cohort)
    tab = openpyxl.load_workbook(io.BytesIO(data))["Résultats"]
    rows = [[cell.value for cell in row[:4]] for row in tab.iter_rows(min_row=3) if row[0].value]

    assert rows == [
        [world.number, "DUPONT Camille", "2023-2024", "UE21"],
        *([world.student("MARTIN").number, "MARTIN Camille", "2023-2024", code] for code in ("UE11", "UE21")),
    ]
    assert len(tab.data_validations.dataValidation) == 2
    (read,) = read_results(filled(data, F3=12.345, G3="ADM", H3="passerelle", I3="Arrêté 12")).rows
    assert (read.number, read.subject, read.average, read.cells["code"]) == (
        *(world.number, "UE21", "12.345", "G3"),
    )
    assert read.origin == Origin(Result.Source.BRIDGE, "Arrêté 12")


def test_a_formula_is_refused_with_its_cell(world):
    read = read_results(filled(workbook_to_fill(world.session.cohort), F3="=6+6", G3="ADM"))

    assert [(each.place, each.why) for each in read.refusals] == [
        ("Ligne 3, case F3", "une formule n’est pas lue ; coller la valeur.")
    ]


def test_the_command_says_where_results_come_from(world, tmp_path, capsys):
    file = tmp_path / "results.csv"
    file.write_text(f"{HEAD}\n{world.number},2023,UE11,12.5,ADM\n")
    call_command(
        "import_results",
        str(file),
        department=world.session.department.code,
        source="transfer",
        document="Relevé de Lannion",
        date=datetime.date(2024, 7, 5),
    )
    result = Result.objects.get()
    assert (result.source, result.document, result.decided_on) == (
        *("transfer", "Relevé de Lannion", datetime.date(2024, 7, 5)),
    )
    file.write_text(f"{HEAD}\n{world.number},2023,UE9.9,12.5,ADM\n")
    with pytest.raises(CommandError, match=rf"Ligne 2, étudiant {world.number}, UE9\.9 : ni une UE"):
        call_command("import_results", str(file), department=world.session.department.code)


# ---------- pages ----------


@pytest.fixture
def page(client, world):
    client.force_login(world.office)
    return client


def entry(world, **more):
    data = {"source": "mobility", "document": "Relevé", "decided_on": "2024-02-01", "school_year": "2023"}
    return data | more


def key(world, code):
    return f"u{world.first.units.get(code=code).pk}"


def test_several_lines_are_recorded_at_once(page, world):
    address = reverse("jury:elsewhere_student", args=[world.student("DUPONT").pk])
    answer = page.post(
        address,
        entry(
            world,
            **{f"{key(world, 'UE11')}-average": "12,5", f"{key(world, 'UE11')}-code": "ADM"},
            **{f"{key(world, 'UE21')}-code": "ADM", f"y{world.first.pk}-code": "PASD"},
        ),
    )

    assert answer.status_code == 302
    assert said() == [("BUT1", "", "PASD"), ("UE11", "12.5", "ADM"), ("UE21", "", "ADM")]
    assert "12,5" in page.get(address).content.decode()


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"document": "", "code": "ADM"}, "demande la pièce"),
        ({"average": "12"}, "a une moyenne et pas de décision"),
        ({"average": "25", "code": "ADM"}, "de 0 à 20"),
        ({"code": "PASD"}, "PASD"),
        ({}, "Aucune ligne n’est remplie"),
        ({"decided_on": "2020-01-01", "code": "ADM"}, "avant l’année"),
        ({"source": "", "code": "ADM"}, "Dire d’où viennent"),
        ({"source": "jury", "code": "ADM"}, "jury"),
    ],
)
def test_what_is_wrong_is_told_and_what_was_typed_stays(page, world, typed, why):
    names = {"average": f"{key(world, 'UE11')}-average", "code": f"{key(world, 'UE11')}-code"}
    data = entry(world) | {names.get(name, name): value for name, value in typed.items()}
    answer = page.post(reverse("jury:elsewhere_student", args=[world.student("DUPONT").pk]), data)

    text = answer.content.decode()
    assert answer.status_code == 200
    assert why in text
    assert ('value="Relevé"' in text) == (data["document"] != "")
    assert not Result.objects.exists()


@pytest.mark.parametrize(("fill", "codes"), [("S1", ["UE11"]), ("BUT1", ["UE11", "UE21"])])
def test_a_helper_fills_the_lines_and_records_nothing(page, world, fill, codes):
    answer = page.post(
        reverse("jury:elsewhere_student", args=[world.student("DUPONT").pk]), entry(world, fill=fill)
    )

    form = answer.context["form"]
    chosen = [line.subject for line in form.lines if (form.data.get(f"{line.key}-code") or "") == "ADM"]
    assert chosen == codes
    assert not Result.objects.exists()
    assert "Rien n’est enregistré" not in answer.content.decode()


def test_a_helper_leaves_what_is_acquired_already(page, world):
    record_results(department=world.session.department, rows=[row(world)], by=None)
    address = reverse("jury:elsewhere_student", args=[world.student("DUPONT").pk])
    form = page.post(address, entry(world, fill="BUT1")).context["form"]

    assert [line.subject for line in form.lines if form.data.get(f"{line.key}-code")] == ["UE21"]


def test_who_only_reads_is_offered_nothing_to_do(client, world):
    record_results(department=world.session.department, rows=[row(world)], by=None)
    client.force_login(make_user("director", department=world.session.department))
    text = client.get(reverse("jury:elsewhere")).content.decode()

    assert "DUPONT" in text
    assert "Retirer" not in text
    assert "Envoyer un fichier" not in text


def test_a_result_is_withdrawn_with_a_motive_and_shows_struck_through(page, world):
    record_results(department=world.session.department, rows=[row(world)], by=world.office, origin=ABROAD)
    result = Result.objects.get()
    address = reverse("jury:elsewhere_withdraw", args=[result.pk])
    assert "demande un motif" in page.post(address, {"motive": " "}).content.decode()
    page.post(address, {"motive": "Relevé d’un autre étudiant."})

    text = page.get(reverse("jury:elsewhere")).content.decode()
    assert 'class="withdrawn' in text
    assert "Relevé d’un autre étudiant." in text
    assert "Exemple" not in text or "Bureau" in text
    assert "déjà retiré" in page.post(address, {"motive": "Encore."}).content.decode()
    assert Entry.objects.filter(act="results.withdraw").count() == 1


def test_the_list_is_found_by_student_and_origin(page, world):
    record_results(department=world.session.department, rows=[row(world)], by=None, origin=ABROAD)
    other = row(world, number=world.student("MARTIN").number)
    record_results(department=world.session.department, rows=[other], by=None)

    def found(**asked):
        table = page.get(reverse("jury:elsewhere"), asked).context["table"]
        return [each.record.student.last_name for each in table.rows]

    assert found() == ["DUPONT", "MARTIN"]
    assert found(q="mart") == ["MARTIN"]
    assert found(source="mobility") == ["DUPONT"]
    assert found(withdrawn="yes") == []


def test_the_list_asks_as_many_queries_for_one_row_and_for_many(page, world, django_assert_max_num_queries):
    record_results(department=world.session.department, rows=[row(world)], by=world.office)
    address = reverse("jury:elsewhere")
    page.get(address)
    with django_assert_max_num_queries(10):
        page.get(address)
    rows = [row(world, subject=subject) for subject in ("UE21", "UE31", "UE32", "UE41", "UE42", "RT1/1")]
    record_results(department=world.session.department, rows=rows, by=world.office)
    with django_assert_max_num_queries(10):
        page.get(address)


def sent(page, name, text, **more):
    data = text if isinstance(text, bytes) else text.encode()
    return page.post(reverse(name), {"file": SimpleUploadedFile("resultats.csv", data)} | more)


def confirmed(page, answer, **more):
    preview = answer.context["preview"]
    return page.post(
        reverse("jury:elsewhere_confirm"),
        {"kept": answer.context["kept"], "shown": preview.digest} | more,
    )


def test_a_file_is_previewed_then_recorded(page, world):
    text = f"{HEAD}\n{world.number},2023,UE11,12.5,ADM\n{world.number},2023,UE21,,ADM\n"
    answer = sent(page, "jury:elsewhere_send", text)
    assert not Result.objects.exists()
    assert len(answer.context["preview"].new) == 2
    confirmed(page, answer)

    assert said() == [("UE11", "12.5", "ADM"), ("UE21", "", "ADM")]
    assert Result.objects.first().recorded_by == world.office
    again = sent(page, "jury:elsewhere_send", text).context["preview"]
    assert (len(again.new), len(again.known)) == (0, 2)


def test_one_refused_line_keeps_all_unless_its_student_is_left(page, world):
    other = world.student("MARTIN").number
    text = (
        f"{HEAD}\n{world.number},2023,UE11,12.5,ADM\n{world.number},2023,UE99,12,ADM\n"
        f"{other},2023,UE11,10,ADM\n"
    )
    answer = sent(page, "jury:elsewhere_send", text)
    assert "Ligne 3" in answer.content.decode()
    confirmed(page, answer)
    assert not Result.objects.exists()
    confirmed(page, answer, going="1")

    assert [each.student.number for each in Result.objects.all()] == [other]


def test_what_changed_since_the_preview_is_shown_again(page, world):
    answer = sent(page, "jury:elsewhere_send", f"{HEAD}\n{world.number},2023,UE11,12.5,ADM\n")
    record_results(department=world.session.department, rows=[row(world, average="9", code="AJ")], by=None)
    again = confirmed(page, answer)

    assert "a changé entre-temps" in again.content.decode()
    assert said() == [("UE11", "9", "AJ")]


def test_another_person_s_file_is_gone(page, world):
    kept = keep(Sent(world.session.department, "x.csv", [row(world)]), by=make_user())
    answer = page.post(reverse("jury:elsewhere_confirm"), {"kept": kept}, follow=True)

    assert "n’est plus gardé" in answer.content.decode()
    assert not Result.objects.exists()


def test_another_department_s_student_is_not_there(page):
    stranger = make_enrolment().student

    assert page.get(reverse("jury:elsewhere_student", args=[stranger.pk])).status_code == 404


def test_someone_is_found_by_name_or_number(page, world):
    text = page.get(reverse("jury:elsewhere_find"), {"q": "dupont"}).content.decode()

    assert world.number in text
    assert world.student("MARTIN").number not in text


def test_a_student_never_enrolled_may_have_results(page, world):
    student = make_student(world.session.department)

    assert page.get(reverse("jury:elsewhere_student", args=[student.pk])).status_code == 200


def test_the_checklist_leads_there(page, world):
    text = page.get(reverse("jury:prepare", args=[world.session.pk])).content.decode()

    assert reverse("jury:elsewhere_student", args=[world.student("DUPONT").pk]) in text
    assert "import_results" not in text


# ---------- ScoDoc's decisions, by the page ----------


def decisions(*numbers):
    def unit(identity, average):
        return {"ue_id": identity, "moy": average, "code": "ADM"}

    return json.dumps(
        [
            {
                "etudid": f"e{number}",
                "code_nip": number,
                "etat": "I",
                "rcues": [{"ue_1": unit(1, 12), "ue_2": unit(2, 11), "moy": 11.5, "code": "ADM"}],
                "ues": [],
                "annee": {"code": "ADM", "ordre": 2, "annee_scolaire": 2023},
            }
            for number in numbers
        ]
    )


def test_decisions_of_scodoc_are_previewed_then_recorded(page, world):
    units = SimpleUploadedFile("ue.csv", b"ue_id;unit\n1;UE31\n2;UE41\n")
    answer = sent(page, "jury:elsewhere_scodoc", decisions(world.number, "999"), units=units)
    text = answer.content.decode()
    assert "1 = UE31, 2 = UE41" in text
    assert "aucun étudiant du département n’a ce n°" in text
    confirmed(page, answer, going="1")

    assert said() == [
        *(("BUT2", "", "ADM"), ("RT1/2", "11.5", "ADM"), ("UE31", "12", "ADM"), ("UE41", "11", "ADM")),
    ]
    assert Result.objects.first().document == "ScoDoc, resultats.csv"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "ce n’est pas du JSON"),
        ("{}", "une liste d’étudiants est attendue"),
        ("[]", "Rien à enregistrer"),
        (b"\xff\xfe\x00", "JSON"),
    ],
)
def test_a_file_that_is_no_decisions_is_refused(page, text, why):
    answer = sent(page, "jury:elsewhere_scodoc", text)

    assert answer.status_code == 200
    assert why in answer.content.decode()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_by_the_page(page, name):
    answer = sent(page, "jury:elsewhere_send", HOSTILE[name])

    assert answer.status_code == 200
    assert "rien n’est enregistré" in answer.content.decode()


def test_a_file_of_results_may_say_once_where_they_come_from(page, world):
    origin = {"source": "dispensation", "document": "Arrêté 12", "decided_on": "2024-07-03"}
    text = f"{HEAD}\n{world.number},2023,UE11,12.5,ADM\n"
    confirmed(page, sent(page, "jury:elsewhere_send", text, **origin))

    result = Result.objects.get()
    assert (result.source, result.document, str(result.decided_on)) == tuple(origin.values())


def test_students_of_scodoc_are_known_by_a_list(page, world):
    units = SimpleUploadedFile("ue.csv", b"ue_id;unit\n1;UE31\n2;UE41\n")
    students = SimpleUploadedFile("etu.csv", f"etudid;number\ne999;{world.number}\n".encode())
    answer = sent(page, "jury:elsewhere_scodoc", decisions("999"), units=units, students=students)
    confirmed(page, answer)

    assert Result.objects.count() == 4


def several(number):
    """Two semesters of the same student, the second without the number that tells who it is."""
    second = decisions("999").replace('"etudid": "e999"', '"etudid": "autre"')
    return [
        SimpleUploadedFile(name, text.encode())
        for name, text in (("s3.json", decisions(number)), ("s4.json", second))
    ]


def test_several_files_of_scodoc_are_read_at_once(page, world):
    units = SimpleUploadedFile("ue.csv", b"ue_id;unit\n1;UE31\n2;UE41\n")
    address = reverse("jury:elsewhere_scodoc")
    answer = page.post(address, {"file": several(world.number), "units": units})
    text = answer.content.decode()

    assert "s3.json, s4.json" in text
    assert "s4.json, étudiant 1 de la liste" in text
    confirmed(page, answer, going="1")
    assert {result.document for result in Result.objects.all()} == {"ScoDoc, s3.json"}
    broken = [*several(world.number), SimpleUploadedFile("s5.json", b"{")]
    assert "s5.json, ce n’est pas du JSON" in page.post(address, {"file": broken}).content.decode()
    many = [SimpleUploadedFile("s1.json", b"[]") for _ in range(21)]
    assert "20 fichiers au plus" in page.post(address, {"file": many}).content.decode()


# ---------- ScoDoc's decisions compared with ours, by the page ----------


def compared(page, text, **fields):
    units = SimpleUploadedFile("ue.csv", b"ue_id;unit\n1;UE31\n2;UE41\n")
    return sent(page, "jury:elsewhere_compare", text, units=units, **fields).content.decode()


def test_what_agrees_is_said_and_nothing_is_recorded(page, world):
    text = compared(page, decisions(world.number))

    assert "BUT2 IOM, apprentissage, 2023" in text
    assert "1 moyenne de RCUE" in text
    assert not Result.objects.exists()
    assert not Entry.objects.filter(act__startswith="result").exists()


def test_several_files_are_compared_as_one(page, world):
    units = SimpleUploadedFile("ue.csv", b"ue_id;unit\n1;UE31\n2;UE41\n")
    fields = {"file": several(world.number), "units": units}
    text = page.post(reverse("jury:elsewhere_compare"), fields).content.decode()

    assert "s3.json, s4.json" in text
    assert "2 moyennes de RCUE" in text


def test_each_difference_names_the_student_and_gives_our_reason(page, world):
    disagreeing = decisions(world.number, "999").replace('11.5, "code": "ADM"', '11.5, "code": "AJ"')
    text = compared(page, disagreeing)

    assert f"{world.student('DUPONT')}, n° {world.number}" in text
    assert "etudid e999" in text  # not known here: judged all the same
    assert "Décisions différentes" in text
    assert "UE31 et UE41 sont acquises par leur moyenne" in text


def test_a_comparison_that_cannot_be_read_is_refused(page, world):
    assert "ce n’est pas du JSON" in compared(page, "{")
    assert "Laissés de côté" in compared(page, decisions(world.number).replace('"ue_id": 1', '"ue_id": 7'))


@pytest.mark.parametrize("role", ["director", "president"])
def test_who_reads_or_presides_may_compare(client, world, role):
    user = make_user(role, department=world.session.department)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")

    assert "1 moyenne de RCUE" in compared(client, decisions(world.number))


def test_a_comparison_asks_as_many_queries_for_one_student_and_for_many(
    page, world, django_assert_max_num_queries
):
    with django_assert_max_num_queries(25) as first:
        compared(page, decisions(world.number))
    with django_assert_max_num_queries(len(first)):
        compared(page, decisions(world.number, *map(str, range(900, 930))))
