"""Odd-semester juries and catch-up sessions of one student live the same life, by the pages."""

import datetime
from copy import deepcopy

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from grades.grid import Grid
from grades.models import Assessment, Mark, Reopening, Teaching
from grades.one_sheet import load_sheet
from grades.overview import overview
from grades.services import Entry, create_assessment, record_marks
from jury.cases.dossier import cohort_object
from jury.cases.proceedings import Proceedings
from jury.models import Result, Session
from jury.sittings import services
from jury.sittings.corrections.services import later_sessions, open_correction
from tests.factories import make_enrolment, make_result, make_session, make_student, make_user, programme_of
from tests.jury.life import adopt, close, decide, fresh, open_jury
from tests.jury.world import all_at, make_world
from tests.pages import plain

pytestmark = pytest.mark.django_db
SEPTEMBER = datetime.date(2025, 9, 9)


@pytest.fixture(scope="module")
def closed_once(once):
    return once(make_closed)


@pytest.fixture
def closed(db, closed_once):
    return deepcopy(closed_once)


def make_closed():
    """DUPONT waits for a mark (ATJ), MARTIN is admitted."""
    world = make_world({"DUPONT": all_at("12", R41="ATT"), "MARTIN": all_at("14")})
    open_jury(world, motive="La note arrive en septembre.")
    decide(world, "DUPONT", "ATJ", motive="Note attendue.")
    adopt(world)
    close(world)
    return world


def catch_up(world, *names, **fields):
    made = Session(**({"date": SEPTEMBER, "place": "B204", "president": world.president} | fields))
    return services.catch_up(
        closed=fresh(world),
        session=made,
        students=[world.student(name) for name in names],
        by=world.president,
    )


def test_the_president_keeps_the_quality_that_the_closed_jury_gave_them(closed):
    closed.session.members.filter(user=closed.president).delete()
    closed.session.members.create(user=closed.president, name=str(closed.president), quality="directrice")
    made = catch_up(closed, "DUPONT")

    assert made.members.get(user=closed.president).quality == "directrice"


def post(client, name, session, **posted):
    return client.post(reverse(f"jury:{name}", args=[session.pk]), posted)


def live(client, session, *, year=True):
    """From the opening to the documents, by the pages; the numbers of students seen on each."""
    seen = []
    post(client, "open", session, motive="")
    room = client.get(reverse("jury:room", args=[session.pk]))
    proceedings = Proceedings.of(Session.objects.with_programme().get(pk=session.pk))
    seen.append(len(proceedings.cases))
    card = client.get(reverse("jury:card", args=[session.pk, proceedings.cases[0].id]))
    assert (room.status_code, card.status_code) == (200, 200)
    post(
        client,
        "adopt",
        session,
        expected=str(len(proceedings.awaiting)),
        shown=proceedings.awaiting_mark,
    )
    session.members.update(presence="present")
    assert post(client, "close", session, starts="09:00", ends="09:20").status_code == 302
    after = client.get(reverse("jury:after", args=[session.pk]))
    seen.append(len(after.context["proceedings"].cases))
    pdf = client.get(reverse("jury:minutes_pdf", args=[session.pk, 1]))
    kind = client.get(reverse("jury:student_pdf", args=[session.pk, "releve", proceedings.cases[0].id]))
    assert {pdf.content[:5], kind.content[:5]} == {b"%PDF-"}
    assert client.get(reverse("jury:results_xlsx", args=[session.pk])).status_code == 200
    return seen


def test_a_catch_up_of_one_student_lives_the_whole_life_by_the_pages(client, closed):
    client.force_login(closed.president)
    page = client.get(reverse("jury:catch_up", args=[closed.session.pk]))
    assert page.context["form"].initial["students"] == [closed.student("DUPONT")]
    made = post(
        client,
        "catch_up",
        closed.session,
        students=closed.student("DUPONT").pk,
        president=closed.president.pk,
        date="2025-09-09",
        starts="09:00",
        place="B204",
    )
    session = Session.objects.get(rank=2)
    assert made.url == reverse("jury:prepare", args=[session.pk])
    assert str(session) == "Jury S4 et année BUT2, rattrapage, 2024-2025"
    assert "évaluations verrouillées" in client.get(made.url).text
    post(client, "reopen_marks", session, motive="Note de R41.")
    assert "Notes rouvertes</b> pour DUPONT Camille" in client.get(made.url).text
    Mark.objects.filter(code="ATT").update(code="", value=13)

    assert live(client, session) == [1, 1]
    assert set(Assessment.objects.values_list("locked", flat=True)) == {True}
    codes = Result.objects.filter(student=closed.student("DUPONT"), kind="year").order_by("pk")
    assert list(codes.values_list("code", flat=True)) == ["ATJ", "ADM"]


@pytest.mark.usefixtures("unprinted")
def test_an_odd_semester_jury_lives_the_whole_life_by_the_pages(client):
    world = make_world({"DUPONT": {"R31": "12", "R32": "9"}, "MARTIN": all_at("14")}, semester=3)
    client.force_login(world.president)

    assert live(client, world.session) == [2, 2]
    assert not Result.objects.filter(session=world.session, kind__in=["year", "rcue"]).exists()
    odd = catch_up(world, "DUPONT")
    assert str(odd) == "Jury S3, rattrapage, 2024-2025"
    services.reopen_marks(session=odd, motive="Rattrapage de R32.", by=world.president)
    Mark.objects.filter(assessment__teaching__element__code="R32", value=9).update(value=11)
    assert live(client, odd) == [1, 1]
    year = make_session(
        world.session.cohort,
        world.president,
        regulation=world.session.regulation,
        date=datetime.date(2025, 10, 1),
    )
    students = cohort_object(Session.objects.with_programme().get(pk=year.pk))["students"]
    earlier = {each["unit"]: (each["average"], each["code"]) for each in students[0]["earlier"]}
    assert earlier == {"UE31": ("12", "ADM"), "UE32": ("11", "ADM")}


def test_the_results_of_the_catch_up_replace_what_waited_for_later_juries(closed):
    session = catch_up(closed, "DUPONT")
    services.reopen_marks(session=session, motive="Note.", by=closed.president)
    Mark.objects.filter(code="ATT").update(code="", value=13)
    closed.session = session
    open_jury(closed)
    adopt(closed)
    session.members.update(presence="present")
    close(closed)
    other = catch_up_after(closed)
    students = {each["id"]: each for each in cohort_object(other)["students"]}
    earlier = students[closed.student("DUPONT").number]["earlier"]
    path = Proceedings.of(other).case(closed.student("DUPONT").number).person["path"]

    assert {each["unit"]: each["code"] for each in earlier}["UE41"] == "ADM"
    assert [(each["subject"], each["code"]) for each in path] == [("BUT2", "ADM")]


def catch_up_after(world):
    """Another session of the whole promotion's first, held later: it reads every result before it."""
    main = Session.objects.with_programme().get(rank=1)
    later = services.catch_up(
        closed=main,
        session=Session(date=datetime.date(2025, 10, 1), place="B204", president=world.president),
        students=[world.student("DUPONT"), world.student("MARTIN")],
        by=world.president,
    )
    return Session.objects.with_programme().get(pk=later.pk)


def test_what_is_acquired_is_not_lost_to_a_later_word_that_waits(closed):
    """Annexe 1, 4.3: acquired in July, a session of August that waits for a mark takes nothing back."""
    august = catch_up(closed, "MARTIN", date=datetime.date(2025, 8, 20))
    student = closed.student("MARTIN")
    unit = programme_of(august.cohort).units.get(code="UE31")
    make_result(student, unit, "ATJ", session=august, school_year=2024, decided_on=august.date)
    Session.objects.filter(pk=august.pk).update(state="closed", snapshot={}, closed_at=timezone.now())
    session = Session.objects.with_programme().get(pk=catch_up(closed, "MARTIN").pk)
    (found,) = cohort_object(session)["students"]

    assert {each["unit"]: each["code"] for each in found["earlier"]}["UE31"] == "ADM"


def test_the_members_are_convened_again(closed):
    closed.session.members.update(presence="present", kind="professional")

    said = [(each.name, each.kind, each.presence) for each in catch_up(closed, "DUPONT").members.all()]
    assert said == [
        (str(closed.president), "teacher", "convened"),
        ("Une membre", "professional", "convened"),
    ]


@pytest.mark.parametrize(
    ("names", "fields", "message"),
    [
        ((), {}, "au moins un étudiant"),
        (("DUPONT",), {"date": datetime.date(2025, 7, 1)}, "se tient après"),
    ],
)
def test_a_catch_up_refused_says_why(closed, names, fields, message):
    with pytest.raises(ValidationError, match=message):
        catch_up(closed, *names, **fields)
    assert Session.objects.count() == 1


def test_a_stranger_or_a_student_awaited_elsewhere_is_refused(closed):
    closed.enrolments["ROY"] = type("", (), {"student": make_student(closed.session.department)})
    with pytest.raises(ValidationError, match="que la session close a examinés"):
        catch_up(closed, "ROY")
    catch_up(closed, "DUPONT")
    with pytest.raises(ValidationError, match="attend déjà un de ces étudiants"):
        catch_up(closed, "DUPONT", date=datetime.date(2025, 9, 20))
    assert catch_up(closed, "MARTIN", date=datetime.date(2025, 9, 20)).title.endswith("rattrapage 2")


def test_a_session_that_is_not_closed_has_no_catch_up():
    world = make_world({"DUPONT": all_at("12")})
    with pytest.raises(ValidationError, match="suit une session close"):
        catch_up(world, "DUPONT")


def test_marks_are_reopened_for_a_catch_up_in_preparation_only_with_a_motive(closed):
    with pytest.raises(ValidationError, match="pendant la préparation d’un rattrapage"):
        services.reopen_marks(session=fresh(closed), motive="Essai.", by=closed.president)
    with pytest.raises(ValidationError, match="demande un motif"):
        services.reopen_marks(session=catch_up(closed, "DUPONT"), motive=" ", by=closed.president)


def test_two_main_sessions_of_a_semester_are_refused_by_the_form_and_the_database(client, closed):
    client.force_login(closed.president)
    answer = client.post(
        reverse("jury:new_session"),
        {
            "cohort": closed.session.cohort_id,
            "semester": "4",
            "president": closed.president.pk,
            "date": "2025-09-09",
            "place": "B204",
        },
    )
    assert "un rattrapage se crée depuis la session close" in answer.text
    with pytest.raises(IntegrityError), transaction.atomic():
        make_session(closed.session.cohort, closed.president, regulation=closed.session.regulation)


@pytest.mark.usefixtures("unprinted")
def test_a_student_sees_the_sessions_that_judge_them(client, closed):
    session = catch_up(closed, "DUPONT")
    for name, seen in (("DUPONT", True), ("MARTIN", False)):
        account = make_user("student", department=closed.session.department)
        student = closed.student(name)
        student.account = account
        student.save()
        client.force_login(account)
        assert ("rattrapage" in client.get(reverse("own:marks")).text) is seen
        answer = client.get(reverse("own:document", args=[session.pk, "releve"]))
        assert answer.status_code == (200 if seen else 404)


def test_who_may_prepare_a_catch_up(client, closed):
    address = reverse("jury:catch_up", args=[closed.session.pk])
    secretariat, director = (
        make_user(role, department=closed.session.department) for role in ("secretariat", "director")
    )
    answers = {}
    for person in (secretariat, director):
        client.force_login(person)
        answers[person] = client.get(address).status_code

    assert answers == {secretariat: 200, director: 403}


# ---------- its students' marks, and theirs alone ----------


def enter(world, name, text, *, element="R41"):
    """What becomes of a mark typed for a student."""
    teaching = Teaching.objects.get(element__code=element)
    assessment = teaching.assessments.get(kind="normal")
    mark = Mark.objects.filter(assessment=assessment, enrolment=world.enrolments[name]).first()
    typed = Entry(assessment.pk, world.enrolments[name].pk, text, mark.version if mark else 0)
    (outcome,) = record_marks(teaching=teaching, entries=[typed], by=world.president).outcomes
    return str(outcome.state)


def test_a_catch_up_opens_its_students_marks_and_no_other_s(closed):
    session = catch_up(closed, "DUPONT")
    assert {name: enter(closed, name, "8") for name in closed.enrolments} == {
        "DUPONT": "locked",
        "MARTIN": "locked",
    }
    services.reopen_marks(session=session, motive="Note.", by=closed.president)
    assert {name: enter(closed, name, "13") for name in closed.enrolments} == {
        "DUPONT": "saved",
        "MARTIN": "locked",
    }
    closed.session = session
    open_jury(closed)

    assert enter(closed, "DUPONT", "15") == "locked"
    assert not Reopening.objects.standing().exists()


def test_the_jury_of_one_catch_up_leaves_the_marks_of_another_open(closed):
    first, second = catch_up(closed, "DUPONT"), catch_up(closed, "MARTIN")
    for session in (first, second):
        services.reopen_marks(session=session, motive="Note.", by=closed.president)
    closed.session = first
    open_jury(closed, motive="Essai.")

    assert {name: enter(closed, name, "13") for name in closed.enrolments} == {
        "DUPONT": "locked",
        "MARTIN": "saved",
    }


def test_a_second_chance_alone_is_added_for_a_catch_up(client, closed):
    teaching = Teaching.objects.get(element__code="R41")
    services.reopen_marks(session=catch_up(closed, "DUPONT"), motive="Note.", by=closed.president)
    with pytest.raises(ValidationError, match="seule une seconde chance"):
        create_assessment(teaching=teaching, by=closed.president, title="DS 9")
    made = create_assessment(teaching=teaching, by=closed.president, title="Rattrapage", kind="second")
    keys = {name: enrolment.pk for name, enrolment in closed.enrolments.items()}
    typed = [Entry(made.pk, key, "16", 0) for key in keys.values()]
    recorded = record_marks(teaching=teaching, entries=typed, by=closed.president)
    head = teaching.heads.get()
    client.force_login(head)
    page = client.get(reverse("grades:sheet", args=[teaching.pk])).text

    assert [str(each.state) for each in recorded.outcomes] == ["saved", "locked"]
    assert "Notes rouvertes pour un rattrapage</b>\xa0: DUPONT Camille" in page
    cells = {row.enrolment.pk: row.cells[-1].closed for row in Grid(load_sheet(teaching)).rows}
    assert cells == {keys["DUPONT"]: "", keys["MARTIN"]: "verrouillée"}
    assert reverse("grades:assessment_edit", args=[made.pk]) in page
    assert [each.expected for each in overview(head, 2024) if each.code == "R41"] == [True]
    assert [each.expected for each in overview(head, 2024) if each.code == "R31"] == [True]


def test_a_catch_up_sent_back_or_corrected_opens_no_more(closed):
    session = catch_up(closed, "DUPONT")
    closed.session = session
    open_jury(closed, motive="Essai.")
    services.back_to_preparation(session=fresh(closed), motive="Note.", by=closed.president)
    assert {name: enter(closed, name, "13") for name in closed.enrolments} == {
        "DUPONT": "saved",
        "MARTIN": "locked",
    }
    open_jury(closed)
    adopt(closed)
    session.members.update(presence="present")
    close(closed)
    open_correction(session=fresh(closed), motive="Erreur.", marks=True, by=closed.president)
    assert {name: enter(closed, name, "15") for name in closed.enrolments} == {
        "DUPONT": "saved",
        "MARTIN": "locked",
    }
    assert [case.name for case in Proceedings.of(fresh(closed)).cases] == ["DUPONT Camille"]


# ---------- named so ----------


@pytest.mark.usefixtures("unprinted")
def test_a_catch_up_is_named_so_on_its_pv_its_file_and_the_pages(client, closed):
    main = closed.session
    session = catch_up(closed, "DUPONT")
    services.reopen_marks(session=session, motive="Note.", by=closed.president)
    enter(closed, "DUPONT", "13")
    closed.session = session
    open_jury(closed)
    adopt(closed)
    session.members.update(presence="present")
    version = close(closed)
    client.force_login(closed.president)
    pdf = client.get(reverse("jury:minutes_pdf", args=[session.pk, 1]))
    text = plain(pdf.content.decode())

    assert f'filename="{session.file_stem("PV", "v1", "non-signe")}.pdf"' in pdf["Content-Disposition"]
    assert "délibération du jury de rattrapage" in text
    assert "Session de rattrapage, après le jury du 8 juillet 2025" in text
    assert version.content["session"]["completes"] == {
        "title": "Jury S4 et année BUT2",
        "date": "2025-07-08",
    }
    assert "Jury S4 et année BUT2, rattrapage" in client.get(reverse("jury:sessions")).text
    for one, other, words in ((main, session, "Rattrapage"), (session, main, "Session principale")):
        page = client.get(reverse("jury:after", args=[one.pk])).text
        assert f'{words}\xa0: <a href="{other.get_absolute_url()}">' in page
    assert session.file_stem("PV").endswith("_rattrapage")


@pytest.mark.usefixtures("unprinted")
def test_the_main_session_s_pv_and_file_are_not_named_so(client, closed):
    client.force_login(closed.president)
    pdf = client.get(reverse("jury:minutes_pdf", args=[closed.session.pk, 1]))

    assert "rattrapage" not in pdf["Content-Disposition"]
    assert "jury de rattrapage" not in plain(pdf.content.decode())


# ---------- a correction's own students ----------


def test_a_correction_asks_only_about_those_that_its_pv_examined(closed):
    """ROY enrolled after the jury: correcting it asks nothing about him."""
    department = closed.session.department
    late = make_enrolment(closed.session.cohort, make_student(department, last_name="ROY"))
    open_correction(session=fresh(closed), motive="Erreur.", marks=True, by=closed.president)
    names = [case.person["last_name"] for case in Proceedings.of(fresh(closed)).cases]

    assert names == ["DUPONT", "MARTIN"]
    assert late in Session.objects.get().cohort.enrolments.all()


def test_the_sessions_that_used_results_are_those_of_the_same_students(closed):
    first = catch_up(closed, "DUPONT")
    other = catch_up(closed, "MARTIN", date=datetime.date(2025, 9, 20))
    services.open_deliberation(
        session=Session.objects.with_programme().get(pk=other.pk), by=closed.president, motive="Essai."
    )

    assert list(later_sessions(Session.objects.with_programme().get(pk=first.pk))) == []
    assert list(later_sessions(fresh(closed))) == [other]
