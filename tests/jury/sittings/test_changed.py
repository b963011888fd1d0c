"""What a jury judged is locked with it; what changes all the same has a motive, read by the next jury."""

import datetime
from copy import deepcopy
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from grades import people
from grades import services as marks
from grades.models import Assessment, Mark, Reopening
from grades.people import Points
from jury.cases.proceedings import Proceedings
from jury.models import Session
from jury.sittings import services
from jury.sittings.checklist import checklist
from jury.sittings.judged_semesters import judging
from tests.factories import make_student, make_user, programme_of
from tests.grades.cohorts.reading import as_shown
from tests.grades.people.values import enrolment_values
from tests.jury.sittings.test_corrections import correct
from tests.jury.world import all_at, close_world, make_world, reread
from tests.pages import form_of

MOTIVE = "Attestation reçue après le jury"


@pytest.fixture(scope="module")
def closed_once(once):
    return once(make_closed)


@pytest.fixture
def closed(db, closed_once):
    return deepcopy(closed_once)


def make_closed():
    """S3 is closed: Léa has 6 in UE32, Zoé 12 everywhere. `closed.year` is the jury of S4, to be held."""
    world = make_world({"Léa": all_at("12", R32="6"), "Zoé": all_at("12")}, semester=3)
    close_world(world)
    made = Session.objects.create(
        cohort=world.session.cohort,
        semester=4,
        president=world.president,
        regulation=world.session.regulation,
        date=datetime.date(2025, 7, 8),
        place="B204",
    )
    world.year = Session.objects.with_programme().get(pk=made.pk)
    return world


@pytest.fixture
def secretary(closed):
    return make_user("secretariat", department=closed.session.department)


def unit(world, code):
    return programme_of(world.session.cohort).units.get(code=code)


def give(world, code, points, by, **how):
    enrolment = world.enrolments["Léa"]
    bonus = {unit(world, code): Points(Decimal(points), "sport")}
    people.set_adjustments(enrolment=enrolment, adjustments=bonus, by=by, **how)


def change(world, by, unlocking="", **fields):
    values = enrolment_values(world.enrolments["Léa"], **fields)
    return people.change_enrolment(**values, unlocking=unlocking, by=by)


def said(session):
    """The line of the checklist on what changed, "" without one."""
    items = checklist(session, Proceedings.of(session))
    return next((item.text for item in items if "depuis qu’un jury a jugé" in item.title), "")


def test_a_bonus_after_the_closing_asks_a_motive_and_nothing_is_written(closed, secretary):
    with pytest.raises(ValidationError) as refused:
        give(closed, "UE32", "9", secretary)

    (told,) = refused.value.message_dict["unlocking"]
    assert told.startswith("Léa ")
    assert "UE32\xa0: rien → 9, sport" in told
    assert not closed.enrolments["Léa"].adjustments.exists()


def test_with_its_motive_the_next_jury_reads_it_with_both_averages(closed, secretary):
    assert said(closed.year) == ""
    give(closed, "UE32", "9", secretary, unlocking=MOTIVE)

    told = said(closed.year)
    assert "UE32 6,00 → 15,00." in told
    assert "UE32\xa0: rien → 9, sport" in told
    assert MOTIVE in told
    assert str(secretary) in told


def test_the_pages_of_the_jury_that_had_judged_say_it(closed, secretary, client):
    give(closed, "UE32", "9", secretary, unlocking=MOTIVE)
    client.force_login(closed.president)

    page = client.get(reverse("jury:after", args=[closed.session.pk])).content.decode()
    assert "Changé depuis que ce jury a jugé" in page
    assert MOTIVE in page


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"unjustified_absences": 40}, "absences injustifiées\xa0: 0 → 40"),
        ({"justified_absences": 2}, "absences justifiées\xa0: 0 → 2"),
        (
            {"status": "DEM", "status_since": datetime.date(2025, 2, 1)},
            "situation\xa0: rien → démission ; depuis le\xa0: rien → 1er février 2025",
        ),
        ({"repeats": {3: 1}}, "redoublements d’avant ou d’ailleurs\xa0: rien → S3 1"),
    ],
    ids=["unjustified", "justified", "departure", "repeats"],
)
def test_so_do_absences_and_the_enrolment(closed, secretary, fields, told):
    with pytest.raises(ValidationError) as refused:
        change(closed, secretary, **fields)
    assert told in refused.value.message_dict["unlocking"][0]

    changed = change(closed, secretary, MOTIVE, **fields)
    assert told in said(closed.year) or changed.status  # one who left is told of elsewhere
    assert [each.changes for each in Reopening.objects.unjudged()] == [told]


def test_a_dispensation_too(closed, secretary):
    with pytest.raises(ValidationError):
        change(closed, secretary, dispensed=[unit(closed, "UE32")])

    change(closed, secretary, MOTIVE, dispensed=[unit(closed, "UE32")])
    assert "UE dispensées\xa0: rien → UE32" in said(closed.year)


def test_what_no_jury_judged_yet_asks_nothing(closed, secretary):
    give(closed, "UE42", "0.5", secretary)
    change(closed, secretary, company="")

    assert not Reopening.objects.exists()


def test_no_mark_opens_with_such_a_change(closed, secretary, client):
    give(closed, "UE32", "9", secretary, unlocking=MOTIVE)

    assert not Reopening.objects.standing().exists()
    teacher = make_user("director", department=closed.session.department)
    client.force_login(teacher)
    teaching = closed.session.cohort.teachings.get(element__code="R32")
    assert "Notes rouvertes" not in client.get(reverse("grades:sheet", args=[teaching.pk])).content.decode()


def test_the_jury_that_judges_again_has_it_in_its_figures(closed, secretary):
    give(closed, "UE32", "9", secretary, unlocking=MOTIVE)
    correct(closed, marks=True)
    services.open_deliberation(session=closed.session, by=closed.president)

    assert not Reopening.objects.unjudged().exists()


def test_a_correction_of_the_marks_frees_it_all(closed, secretary):
    correct(closed, marks=True)

    give(closed, "UE32", "9", secretary)
    assert not Reopening.objects.exists()


def test_the_pages_ask_the_motive_and_keep_what_was_typed(closed, secretary, client):
    client.force_login(secretary)
    enrolment = closed.enrolments["Léa"]
    page = reverse("cohorts:enrolment", args=[enrolment.pk])
    typed = as_shown(client.get(page)) | {"unjustified_absences": "40"}
    refused = client.post(page, typed).content.decode()
    assert "dire le motif du changement" in refused
    assert 'value="40"' in refused

    answer = client.post(page, typed | {"unlocking": MOTIVE})
    enrolment.refresh_from_db()
    assert (answer.status_code, enrolment.unjustified_absences) == (302, 40)
    points = client.get(reverse("cohorts:adjustments", args=[enrolment.pk])).content.decode()
    assert 'name="unlocking"' in points
    assert "Un jury a jugé S3" in points


# ---------- who arrives after the jury ----------


def newcomer(world):
    return make_student(world.session.department, last_name="TARD")


def enter(world, by, student=None, **how):
    return people.enrol(cohort=world.session.cohort, student=student or newcomer(world), by=by, **how)


def test_an_enrolment_in_a_semester_already_judged_asks_a_motive(closed, secretary):
    student = newcomer(closed)
    with pytest.raises(ValidationError) as refused:
        enter(closed, secretary, student)
    assert "inscription\xa0: rien → S3, S4" in refused.value.message_dict["unlocking"][0]
    assert not student.enrolments.exists()

    enter(closed, secretary, student, unlocking=MOTIVE)
    assert "inscription\xa0: rien → S3, S4" in said(closed.year)
    assert MOTIVE in said(closed.year)
    assert [each.names for each in reread(closed).changed_since] == [[str(student)]]


def test_in_the_semester_that_no_jury_has_judged_it_asks_none(closed, secretary):
    enter(closed, secretary, semesters=[4])

    assert not Reopening.objects.exists()


def test_taking_the_judged_semester_too_asks_a_motive(closed, secretary):
    made = enter(closed, secretary, semesters=[4])
    values = enrolment_values(made, semesters=[3, 4])
    with pytest.raises(ValidationError, match="dire le motif du changement"):
        people.change_enrolment(**values, by=secretary)

    people.change_enrolment(**values, unlocking=MOTIVE, by=secretary)
    assert "semestres suivis\xa0: S4 → S3, S4" in said(closed.year)


def test_so_does_an_enrolment_while_the_jury_deliberates(db):
    world = make_world({"Léa": all_at("12")}, semester=3)
    services.open_deliberation(session=world.session, by=world.president)
    secretary = make_user("secretariat", department=world.session.department)

    with pytest.raises(ValidationError, match="dire le motif du changement"):
        enter(world, secretary)


def test_the_page_of_somebody_known_asks_it(closed, secretary, client):
    student = newcomer(closed)
    client.force_login(secretary)
    page = reverse("cohorts:enrol", args=[closed.session.cohort_id])
    refused = client.post(page, {"student": student.pk, "semesters": "3 4"})
    assert 'name="motive"' in refused.content.decode()

    client.post(page, {"student": student.pk, "semesters": "3 4", "motive": MOTIVE})
    assert MOTIVE in said(closed.year)


def test_the_page_of_somebody_new_asks_it_and_keeps_what_was_typed(closed, secretary, client):
    client.force_login(secretary)
    page = reverse("cohorts:new_student", args=[closed.session.cohort_id])
    typed = {
        **{"number": "22990001", "ine": "0700000419Z", "last_name": "TARD", "first_name": "Ève"},
        **{"gender": "F", "birth_date": "2005-02-01", "birth_place": "Tours"},
    }
    refused = client.post(page, typed | {"semesters": "3 4"}).content.decode()
    assert "dire le motif du changement" in refused
    assert 'value="TARD"' in refused

    assert client.post(page, typed | {"semesters": "3 4", "unlocking": MOTIVE}).status_code == 302
    assert MOTIVE in said(closed.year)


def test_a_file_asks_one_motive_for_all_and_says_for_which_lines(closed, secretary, client):
    client.force_login(secretary)
    key = closed.session.cohort_id
    text = "N° étudiant;INE;Nom;Prénom;Né(e) le;Lieu de naissance\n"
    text += "22990001;0700000419Z;TARD;Ève;01/02/2005;Tours\n"
    file = SimpleUploadedFile("liste.csv", text.encode())
    client.post(reverse("cohorts:import_students", args=[key]), {"file": file})
    columns = reverse("cohorts:import_columns", args=[key])
    client.post(columns, form_of(client.get(columns)))
    page = reverse("cohorts:import_preview", args=[key])
    shown = client.get(page)
    assert "1\xa0ligne change ce qu’un jury a jugé" in shown.content.decode()
    assert "inscription\xa0: un jury a jugé S3" in shown.content.decode()

    posted = {"shown": shown.context["plan"].digest}
    refused = client.post(page, posted)
    assert "dire le motif du changement" in refused.content.decode()
    assert client.post(page, posted | {"motive": MOTIVE}).status_code == 302
    assert MOTIVE in said(closed.year)


# ---------- a semester without any évaluation ----------


@pytest.fixture
def bare(db):
    """The jury of S3 deliberates on a promotion that has no évaluation in S3."""
    world = make_world({"Léa": all_at("12")}, semester=3)
    Mark.objects.filter(assessment__teaching__element__semester=3).delete()
    Assessment.objects.filter(teaching__element__semester=3).delete()
    services.open_deliberation(session=world.session, by=world.president, motive="Aucune note en S3.")
    return world


def create(world, element="R31"):
    teaching = world.session.cohort.teachings.get(element__code=element)
    return marks.create_assessment(teaching=teaching, by=world.president, title="DS tardif")


def test_no_first_assessment_is_created_while_its_jury_sits(bare, client):
    with pytest.raises(ValidationError, match="verrouillées par le jury"):
        create(bare)
    director = make_user("director", department=bare.session.department)
    client.force_login(director)
    teaching = bare.session.cohort.teachings.get(element__code="R31")
    assert client.get(reverse("grades:assessment_new", args=[teaching.pk])).status_code == 403

    create(bare, "R41")  # no jury sits on S4
    services.back_to_preparation(session=reread(bare), by=bare.president, motive="Saisir les notes.")
    assert not create(bare).locked


def test_who_arrives_in_it_meanwhile_asks_a_motive(bare):
    with pytest.raises(ValidationError, match="dire le motif du changement"):
        enter(bare, make_user("secretariat", department=bare.session.department))


@pytest.mark.parametrize(
    ("state", "correcting", "judged"),
    [
        ("closed", False, {3}),
        ("deliberation", True, {3}),
        ("preparation", True, set()),
        ("preparation", False, set()),
    ],
)
def test_a_correction_of_its_marks_frees_it(bare, state, correcting, judged):
    sat = {} if state == "preparation" else {"snapshot": {}}
    Session.objects.filter(pk=bare.session.pk).update(
        **{"snapshot": None} | sat, state=state, correcting=correcting, closed_at=timezone.now()
    )

    assert judging(bare.session.cohort_id, [3, 4]) == judged
