"""A character that no document prints is refused by every way in, and a jury closed with one still prints."""

import io
import subprocess
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.urls import reverse

from butrt.base.accounts.models import User
from butrt.base.spreadsheets import Unreadable
from curriculum.models import Programme
from curriculum.programmefile import ProgrammeError, dump_programme, parse_programme
from curriculum.reading import programme_data
from curriculum.referential.file import check_referential
from curriculum.services import load_programme
from grades.models import Enrolment, Group, Student
from jury.cases.ledger.elsewhere import Origin, ResultRow, ResultsError, record_results
from jury.documents.letters.versions import HEAD_FIELDS, Texts
from jury.documents.minutes.document import render_minutes
from jury.models import Correction, Decision, Letterhead, Member, Minutes, Result, Session
from jury.sittings import services
from jury.sittings.before_closing import closing
from jury.sittings.corrections.services import open_correction
from tests.factories import make_user, programme_of
from tests.jury.life import adopt, close, decide, fresh, open_jury, read
from tests.jury.world import all_at, close_world, make_world
from tests.pages import shown

pytestmark = pytest.mark.django_db
BAD = "Avis \U0001f600 de l’équipe \u2610"
TOLD = "emoji \U0001f600 (U+1F600), après «\xa0Avis\xa0» (le retirer)"
PROPOSED = "Avis de l’équipe [ ]"


@pytest.fixture(scope="module")
def world_once(once: Callable[[Callable], Any]):
    return once(lambda: make_world({"DUPONT": all_at("7"), "MARTIN": all_at("14")}))


@pytest.fixture
def world(db, world_once):
    return deepcopy(world_once)


@pytest.fixture
def opened(world):
    open_jury(world)
    return world


def refused(answer, typed=BAD):
    """The page says the character, the proposal, and keeps what was typed."""
    page = answer.content.decode()
    assert answer.status_code == 200
    assert TOLD in page
    assert "Texte proposé" in page
    assert typed in page
    return True


def text_of(pdf):
    said = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True)
    return " ".join(said.stdout.decode().split())


# ---------- the jury ----------


@pytest.mark.parametrize("field", ["motive", "advice", "hearing"])
def test_a_decision(client, opened, field):
    client.force_login(opened.president)
    address = reverse("jury:card", args=[opened.session.pk, opened.student("DUPONT").number])
    typed = {"target": "year:", "code": "NAR", "motive": "Bases.", "advice": "Un BTS.", "seen": 0}
    typed |= {"confirmed": "year:=NAR", field: BAD}

    assert refused(client.post(address, typed))
    assert not Decision.objects.exists()
    with pytest.raises(ValidationError, match="U\\+1F600"):
        decide(opened, "DUPONT", "NAR", **({"motive": "Bases.", "advice": "Un BTS."} | {field: BAD}))


def test_the_members(client, world):
    client.force_login(world.president)
    sent = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 0, "form-0-kind": "other"}
    sent |= {"form-0-presence": "present", "form-0-name": "Jean", "form-0-quality": BAD}
    address = reverse("jury:members", args=[world.session.pk])

    assert refused(client.post(address, sent))
    assert refused(client.post(address, sent | {"form-0-name": BAD, "form-0-quality": "invité"}))
    assert not Member.objects.filter(kind="other").exists()


def test_the_place_of_the_session(client, world):
    client.force_login(world.president)
    sent = {"president": world.president.pk, "date": "2025-07-08", "starts": "14:00", "place": BAD}

    assert refused(client.post(reverse("jury:schedule", args=[world.session.pk]), sent))
    assert not Session.objects.filter(place=BAD).exists()


def test_the_motive_of_an_opening(client, world):
    client.force_login(world.president)
    world.session.cohort.teachings.first().assessments.first().marks.first().delete()

    answer = client.post(reverse("jury:open", args=[world.session.pk]), {"motive": BAD})
    assert TOLD in answer.content.decode()
    with pytest.raises(ValidationError, match="Motif d’ouverture"):
        open_jury(world, motive=BAD)
    assert fresh(world).state == "preparation"


def test_the_motive_of_a_correction(client):
    decided = make_world({"NOËL": all_at("14")})
    close_world(decided)
    client.force_login(decided.president)
    sent = {"what": "decisions", "motive": BAD}

    assert refused(client.post(reverse("jury:correct", args=[decided.session.pk]), sent))
    with pytest.raises(ValidationError, match="U\\+1F600"):
        open_correction(session=fresh(decided), motive=BAD, marks=False, by=decided.president)
    assert not Correction.objects.exists()


def test_the_usual_motives(client, world):
    client.force_login(world.president)
    sent = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 0, "form-0-text": BAD, "form-0-active": "on"}
    address = reverse("jury:motives", args=[world.session.department.pk])

    assert refused(client.post(address, sent))


def test_the_letterhead_and_the_words_of_a_letter(client, world):
    client.force_login(make_user("secretariat", department=world.session.department))
    pages = {
        name: reverse("letters:text", args=[world.session.department.pk, name])
        for name in ("en-tete", "notification")
    }
    kept = Texts.of(world.session.department).head()
    head = {name: getattr(kept, name) for name in HEAD_FIELDS}

    assert refused(client.post(pages["en-tete"], head | {"unit": BAD}))
    assert refused(client.post(pages["notification"], {"title": "Titre", "body": BAD}))
    assert not Letterhead.objects.filter(unit=BAD).exists()


# ---------- people ----------


def test_who_a_student_is(client, world):
    client.force_login(make_user("secretariat", department=world.session.department))
    enrolment = world.enrolments["DUPONT"]
    address = reverse("cohorts:identity", args=[enrolment.pk])
    form = client.get(address).context["form"]
    typed = {name: form[name].value() or "" for name in form.fields}
    typed |= {"birth_date": "2005-03-12", "gender": "F"} | shown(client, address)

    for name in ("last_name", "first_name", "birth_place"):
        assert TOLD.lower() in client.post(address, typed | {name: BAD}).content.decode().lower(), name
    assert Student.objects.get(pk=enrolment.student_id).last_name == "DUPONT"


def test_the_remark_of_the_director(client, world):
    client.force_login(make_user("director", department=world.session.department))
    address = reverse("cohorts:remark", args=[world.enrolments["DUPONT"].pk])

    assert refused(client.post(address, {"remark": BAD}))
    assert not Enrolment.objects.exclude(remark="").exists()


def test_the_groups(client, world):
    client.force_login(make_user("secretariat", department=world.session.department))
    sent = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 0, "form-0-name": "TP \U0001f600"}
    address = reverse("cohorts:groups", args=[world.session.cohort_id])
    page = client.post(address, sent | shown(client, address)).content.decode()

    assert "(U+1F600), après «\xa0TP\xa0»" in page
    assert not Group.objects.exists()


def test_a_file_of_students_by_the_page_and_by_the_command(world, tmp_path):
    office = make_user("secretariat", department=world.session.department)
    file = tmp_path / "extrait.csv"
    file.write_text(
        "N° étudiant;Code INE;Nom;Prénom;Sexe;Né(e) le;Lieu de naissance\r\n"
        "22000001;070000001AA;DURAND;محمد;F;03/09/2005;Roubaix\r\n"
        "22000002;070000002BB;MARTIN;Lea;F;03/09/2005;Lille \uf0b7 Nord\r\n",
        encoding="utf-8",
    )
    before = Student.objects.count()
    said = io.StringIO()
    with pytest.raises(CommandError, match="rien n’est enregistré"):
        call_command(
            *("import_students", str(file), f"--cohort={world.session.cohort_id}", f"--by={office.username}"),
            stdout=said,
            stderr=said,
        )

    assert "lettre arabe محمد" in said.getvalue()
    assert "puce de Word (U+F0B7), après «\xa0Lille\xa0» (écrire «\xa0-\xa0» à la" in said.getvalue()
    assert Student.objects.count() == before


def test_an_account(client, world):
    client.force_login(make_user("administrator", department=world.session.department))
    sent = {"username": "lea", "first_name": "Léa", "last_name": "Roy", "quality": BAD, "is_active": "on"}

    assert refused(client.post(reverse("accounts:new_person"), sent | {"roles": ["teacher"]}))
    assert not User.objects.filter(username="lea").exists()


def test_a_department_begun_by_the_command(monkeypatch):
    monkeypatch.setenv("BUTRT_PASSWORD", "brume-sur-le-val-9")
    with pytest.raises(CommandError, match="IUT\xa0: un caractère"):
        call_command(
            *("create_department", "rt"),
            stdout=io.StringIO(),
            name="RT",
            institute="IUT \U0001f600",
            university="Université",
            city="Valbrume",
            administrator="e.roussalet",
        )


# ---------- results from elsewhere ----------


def test_the_paper_of_a_result_from_elsewhere(client, world):
    office = make_user("secretariat", department=world.session.department)
    student = world.student("DUPONT")
    client.force_login(office)
    sent = {"source": "mobility", "document": BAD, "decided_on": "2024-02-01", "school_year": "2023"}

    assert refused(client.post(reverse("jury:elsewhere_student", args=[student.pk]), sent))
    row = ResultRow(2, student.number, "2023", "UE31", "12", "ADM")
    with pytest.raises(ResultsError, match="Pièce\xa0: des caractères"):
        record_results(
            department=world.session.department,
            rows=[row],
            by=office,
            origin=Origin(Result.Source.MOBILITY, BAD),
        )
    assert not Result.objects.exists()


# ---------- programmes ----------


def test_a_programme_from_its_file(world):
    programme = programme_of(world.session.cohort)
    data = parse_programme(dump_programme(programme_data(programme)))
    data["elements"][0]["title"] = BAD
    data["in_force_from"] = 2026

    with pytest.raises(ProgrammeError, match="Intitulé\xa0: des caractères"):
        load_programme(department=world.session.department, data=data, by=None)
    assert Programme.objects.count() == 1


def test_the_identity_of_a_programme_and_a_referential(world):
    data = parse_programme(dump_programme(programme_data(programme_of(world.session.cohort))))
    with pytest.raises(ProgrammeError, match=r"identity, «.mention.»"):
        parse_programme(dump_programme(data | {"identity": {"mention": BAD}}))
    with pytest.raises(Unreadable, match=r"Spécialité, «.name.».: un caractère"):
        check_referential({"format": "butrt-referential/1", "specialty": {"name": "R\U0001f600T"}})


# ---------- before such characters were refused ----------


def test_before_closing_the_page_says_what_the_pv_would_not_print(client, opened):
    decide(opened, "DUPONT", "RED")
    adopt(opened)
    Decision.objects.update(motive=BAD)
    Session.objects.filter(pk=opened.session.pk).update(place="Salle \U0001f600")
    client.force_login(opened.president)
    page = client.get(reverse("jury:close", args=[opened.session.pk])).content.decode()

    assert "Des caractères que le PV ne sait pas imprimer" in page
    assert f"DUPONT Camille\xa0: des caractères ne s’impriment pas dans les documents, {TOLD}" in page
    assert "Lieu\xa0: un caractère" in page
    assert closing(fresh(opened), read(opened))["may_close"]
    close(opened)
    text = text_of(render_minutes(Minutes.objects.get()).content)
    assert "Avis [emoji U+1F600] de l’équipe [case à cocher U+2610]" in text
    assert "Salle [emoji U+1F600]" in text
    assert "que ses polices ne savent pas imprimer" in text


def test_a_closing_without_such_a_character_says_nothing_of_it(client, opened):
    decide(opened, "DUPONT", "RED")
    adopt(opened)
    client.force_login(opened.president)

    page = client.get(reverse("jury:close", args=[opened.session.pk])).content.decode()
    assert "ne sait pas imprimer" not in page
    close(opened)
    assert "polices" not in text_of(render_minutes(Minutes.objects.get()).content)


def test_the_documents_of_a_student_closed_with_one_are_given(client, opened):
    Student.objects.filter(pk=opened.student("MARTIN").pk).update(first_name="محمد")
    services.back_to_preparation(session=fresh(opened), motive="Nom.", by=opened.president)
    open_jury(opened)
    decide(opened, "DUPONT", "RED", motive="Bases.")
    adopt(opened)
    close(opened)
    client.force_login(opened.president)
    number = opened.student("MARTIN").number
    answer = client.get(reverse("jury:student_pdf", args=[opened.session.pk, "releve", number]))

    assert answer["Content-Type"] == "application/pdf"
    assert "MARTIN [lettre arabe" in text_of(answer.content)
