"""The workbook of a programme: one that is not there yet, the pages, the command."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from butrt.base.journal.models import Entry
from curriculum.differences import differences
from curriculum.models import Programme, Weight
from curriculum.proposals import propose
from curriculum.reading import programme_data
from curriculum.services import load_programme
from curriculum.workbook.reading import read_workbook
from tests.curriculum.test_programme_pages import text_of
from tests.curriculum.test_services import programme_data as fixture
from tests.curriculum.test_versions import freeze
from tests.curriculum.workbook.files import S3, edited, put, written
from tests.factories import make_department, make_programme, make_user

pytestmark = pytest.mark.django_db


def test_another_year_is_a_new_programme(programme, department):
    content = edited(programme, put("Programme", B14=2026), put(S3, K3=12))
    reading = read_workbook(content, department=department)
    proposal = propose(department=department, data=reading.data)
    assert (proposal.programme, proposal.applicable) == (None, True)
    assert proposal.changes == 5 + 10 + 36 + 78
    made = load_programme(department=department, data=reading.data, by=None)
    assert [
        (change.about, change.kind)
        for section in differences(programme_data(programme), programme_data(made))
        for change in section.changes
    ] == [("R301 en UE31", "changed")]
    # What the fiche printed stays with the fiche.
    assert made.source["printed_totals"] == []
    assert set(Weight.objects.filter(unit__programme=made).values_list("line", "label")) == {(None, "")}


def test_a_workbook_carries_a_programme_from_one_site_to_another(programme):
    elsewhere = make_department()
    reading = read_workbook(written(programme), department=elsewhere)
    assert differences(programme_data(programme), reading.data) == ()
    made = load_programme(department=elsewhere, data=reading.data, by=None)
    assert differences(programme_data(programme), programme_data(made)) == ()


def test_a_new_programme_does_not_rename_its_parcours(programme, department):
    content = edited(programme, put("Programme", B14=2026, B10="Autre"), put("Compétences", B2="Administrer"))
    reading = read_workbook(content, department=department)
    assert [each.reason.replace("\N{NO-BREAK SPACE}", " ") for each in reading.refusals] == [
        "« Parcours » du parcours RT-IOM est ici « Internet des objets et mobilité » : l’écrire ainsi, ou "
        "donner son code à un autre parcours."
    ]
    content = edited(programme, put("Programme", B14=2026), put("Compétences", B2="Administrer"))
    assert "RT1 s’appelle ici" in read_workbook(content, department=department).notes[0]


def send(client, content: bytes, programme: Programme | None = None, **fields):
    address = (
        reverse("curriculum:send_workbook", args=[programme.pk])
        if programme
        else reverse("curriculum:bring_workbook")
    )
    return client.post(address, {"file": SimpleUploadedFile("but2.xlsx", content), **fields}, follow=True)


def test_an_administrator_sends_reads_and_confirms(office, programme):
    assert "Envoyer un classeur" in text_of(office.get(programme.get_absolute_url()))
    assert "Lire ce classeur" in text_of(office.get(reverse("curriculum:send_workbook", args=[programme.pk])))
    shown = send(office, edited(programme, put(S3, K3=12)), programme)
    said = text_of(shown)
    assert "Ce qui changerait but2.xlsx. Rien n’est encore enregistré." in said
    assert "R301 en UE31 ▲ changé coefficient 11 → 12" in said
    assert Weight.objects.get(unit__code="UE31", element__code="R301").coefficient == 11

    done = office.post(reverse("curriculum:confirm"), {"proposal": shown.context["tokens"][0]}, follow=True)
    assert "enregistré" in text_of(done)
    assert Weight.objects.get(unit__code="UE31", element__code="R301").coefficient == 12
    assert Entry.objects.filter(act="programme.load").latest("pk").details["file"] == "but2.xlsx"


def test_the_same_workbook_is_nothing_to_change(office, programme):
    answer = send(office, written(programme), programme)
    assert "Rien à changer : le classeur dit ce qui est enregistré." in text_of(answer).replace(
        "\N{NO-BREAK SPACE}", " "
    )
    assert answer.context["tokens"] == []


def test_the_page_lists_the_refusals_and_changes_nothing(office, programme):
    said = text_of(send(office, edited(programme, put(S3, K3=-1, C4="R999")), programme))
    said = said.replace("\N{NO-BREAK SPACE}", " ")
    assert "2 refus ✗ Tant qu’une case est refusée, rien n’est enregistré." in said
    why = "−1 ne convient pas : écrire un nombre de 0 à 9999,99, deux décimales au plus."
    assert f"Semestre 3 K3 Coefficient de R301 : {why}" in said
    assert "Semestre 3 C4 Code : R999 n’est pas dans « Éléments »" in said
    assert differences(fixture(), programme_data(programme)) == ()

    many = edited(
        programme,
        put("Semestre 4", **{f"K{row}": "x" for row in range(2, 68)}),
        put(S3, **{f"{letter}{row}": "x" for letter in "EFGK" for row in range(2, 76)}),
    )
    answer = send(office, many, programme)
    assert len(answer.context["refusals"]) == 200
    assert f"{200 + answer.context['untold']} refus" in text_of(answer)
    assert f"Et {answer.context['untold']} autres." in text_of(answer)


def test_the_page_says_why_a_file_is_not_read(office, programme):
    said = text_of(send(office, b"x", programme))
    assert "Rien n’est lu, rien n’est enregistré. Ce fichier n’est pas un classeur .xlsx." in said
    assert "Choisir le fichier à envoyer." in text_of(
        office.post(reverse("curriculum:send_workbook", args=[programme.pk]), {"file": ""})
    )


def test_a_programme_that_a_jury_judged_on_is_shown_and_kept(office, programme):
    freeze(programme)
    answer = send(office, edited(programme, put(S3, K3=12)), programme)
    assert "elle ne change plus" in text_of(answer)
    assert answer.context["tokens"] == []


def test_a_new_programme_is_brought_from_the_list(office, programme):
    assert "Importer un classeur" in text_of(office.get(reverse("curriculum:programmes")))
    shown = send(office, edited(programme, put("Programme", B14=2026)))
    assert "BUT2 IOM, apprentissage, depuis 2026 + nouveau" in text_of(shown)
    office.post(reverse("curriculum:confirm"), {"proposal": shown.context["tokens"][0]})
    assert Programme.objects.filter(in_force_from=2026, parcours=programme.parcours).count() == 1


def test_who_administers_several_departments_chooses(office, programme, administrator):
    other = make_department(name="Génie électrique")
    administrator.roles.create(department=other, role="administrator")
    assert "Génie électrique" in text_of(office.get(reverse("curriculum:bring_workbook")))
    assert "Choisir le département." in text_of(send(office, written(programme)))
    shown = send(office, written(programme), department=other.pk)
    office.post(reverse("curriculum:confirm"), {"proposal": shown.context["tokens"][0]})
    assert Programme.objects.get(parcours__department=other).year == 2
    theirs = make_department()
    assert "Choisir le département." in text_of(send(office, written(programme), department=theirs.pk))


def test_only_its_administration_sends_a_workbook(client, department, programme):
    address = reverse("curriculum:send_workbook", args=[programme.pk])
    client.force_login(make_user("director", department=department))
    assert client.get(address).status_code == 403
    assert client.get(reverse("curriculum:bring_workbook")).status_code == 404
    assert "Importer" not in text_of(client.get(reverse("curriculum:programmes")))
    client.force_login(make_user("administrator"))
    assert client.get(address).status_code == 404
    assert client.get(reverse("curriculum:workbook", args=[programme.pk])).status_code == 404


def test_queries_do_not_grow_with_the_programme(office, department, programme, django_assert_num_queries):
    small = make_programme(parcours=programme.parcours, in_force_from=2030)
    for each in (small, programme):
        with django_assert_num_queries(3 + 1 + 2 + 1 + 3):  # who, the programme, its rows
            content = office.get(reverse("curriculum:workbook", args=[each.pk])).content
        with django_assert_num_queries(READING):
            assert send(office, content, each).status_code == 200


# Who, the programme; read: the stored one; proposed: it again, its maquette, and the juries that judged.
READING = 3 + 1 + 4 + (4 + 2 + 1)


def test_the_command_loads_a_workbook(programme, department, tmp_path):
    file = tmp_path / "but2.xlsx"
    file.write_bytes(edited(programme, put(S3, K3=12)))
    with pytest.raises(CommandError, match="est déjà chargé et diffère"):
        call_command("load_programme", file, department=department.code)
    call_command("load_programme", file, department=department.code, update=True, stdout=io.StringIO())
    assert Weight.objects.get(unit__code="UE31", element__code="R301").coefficient == 12

    file.write_bytes(edited(programme, put(S3, K3=-1, C4="R999")))
    with pytest.raises(CommandError) as refused:
        call_command("load_programme", file, department=department.code)
    assert "\nSemestre 3, K3, Coefficient de R301 : −1 ne convient pas" in str(refused.value).replace(
        "\N{NO-BREAK SPACE}", " "
    )
    assert "\nSemestre 3, C4, Code : R999" in str(refused.value).replace("\N{NO-BREAK SPACE}", " ")
    file.write_bytes(b"")
    with pytest.raises(CommandError, match="Ce fichier est vide"):
        call_command("load_programme", file, department=department.code)
