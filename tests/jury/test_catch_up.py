"""Odd-semester juries and catch-up sessions of one student live the same life, by the pages."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from grades.models import Assessment, Mark
from jury import services
from jury.dossier import cohort_object
from jury.models import Result, Session
from jury.proceedings import Proceedings
from tests.factories import make_result, make_session, make_student, make_user
from tests.jury.life import adopt, close, decide, fresh, open_jury
from tests.jury.world import all_at, make_world

pytestmark = pytest.mark.django_db
SEPTEMBER = datetime.date(2025, 9, 9)


@pytest.fixture
def closed():
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
    assert not Assessment.objects.filter(locked=True).exists()
    Mark.objects.filter(code="ATT").update(code="", value=13)

    assert live(client, session) == [1, 1]
    assert set(Assessment.objects.values_list("locked", flat=True)) == {True}
    codes = Result.objects.filter(student=closed.student("DUPONT"), kind="year").order_by("pk")
    assert list(codes.values_list("code", flat=True)) == ["ATJ", "ADM"]


def test_an_odd_semester_jury_lives_the_whole_life_by_the_pages(client):
    world = make_world({"DUPONT": {"R31": "12", "R32": "9"}, "MARTIN": all_at("14")}, semester=3)
    client.force_login(world.president)

    assert live(client, world.session) == [2, 2]
    assert not Result.objects.filter(kind__in=["year", "rcue"]).exists()
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
    unit = august.cohort.programme.units.get(code="UE31")
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
