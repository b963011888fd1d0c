"""A promotion of several programmes before a jury: of all of them, or of some."""

from __future__ import annotations

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from grades import people
from grades.models import Assessment, Reopening
from grades.one_sheet import load_sheet
from jury.cases.dossier import cohort_object
from jury.cases.proceedings import Proceedings
from jury.cases.refusals import Refusal
from jury.models import Result, Session
from jury.sittings import services
from tests.factories import make_cohort, make_regulation, make_session, make_user
from tests.jury.several import make_several, make_ways
from tests.jury.world import close_world, reread

pytestmark = pytest.mark.django_db

CLASS = {"IOM": {"ALPHA": "12", "BRAVO": "12/10"}, "Cyber": {"CHARLIE": "14", "DELTA": "11/12"}}


def new_session(world, **fields) -> Session:
    return Session(
        **{
            "cohort": world.session.cohort,
            "semester": 3,
            "president": world.president,
            "date": datetime.date(2025, 1, 30),
            "place": "B204",
        }
        | fields
    )


def schedule_apart(world) -> dict[str, Session]:
    """Two juries of S4, of a programme each, in place of the one of the world."""
    Session.objects.filter(pk=world.session.pk).delete()
    made = services.schedule_apart(session=new_session(world, semester=4), by=world.president)
    for one in made:
        services.seat_president(session=one)
        one.members.update(presence="present", quality="directrice")
    return {one.part_name: Session.objects.with_programme().get(pk=one.pk) for one in made}


def open_it(world, session: Session) -> Session:
    services.open_deliberation(session=session, by=world.president, motive="Un membre seulement.")
    return Session.objects.with_programme().get(pk=session.pk)


# ---------- what is scheduled ----------


def test_a_promotion_with_a_jury_keeps_its_programmes():
    programmes = list(make_ways().values())
    cohort = make_cohort(programmes[0])
    president = make_user("president", "director", department=cohort.department)
    make_session(cohort, president)

    with pytest.raises(ValidationError) as error:
        people.change_cohort(cohort=cohort, programmes=programmes, name="", by=president)

    assert error.value.message_dict["programmes"] == [
        "La promotion a une session de jury : ses programmes ne changent plus."
    ]


def test_a_jury_of_some_programmes_has_their_name_and_their_students():
    world = make_several(CLASS)
    by_name = {programme.parcours.short: programme for programme in world.session.cohort.taught}
    iom, cyber = by_name["IOM"], by_name["Cyber"]

    session = services.schedule(session=new_session(world), programmes=[cyber], by=world.president)

    assert str(session) == "Jury S3 (Cyber), 2024-2025"
    assert session.file_stem("pv") == "pv_R-T_BUT2_S3_2024-2025_Cyber"
    assert {enrolment.student.last_name for enrolment in session.enrolments()} == {"CHARLIE", "DELTA"}
    theirs = world.student("CHARLIE"), world.student("ALPHA")
    assert [session in Session.objects.about(student) for student in theirs] == [True, False]
    assert [session in Session.objects.judging([student.pk]) for student in theirs] == [True, False]

    with pytest.raises(Refusal, match="existe déjà et juge Cyber"):
        services.schedule(session=new_session(world), by=world.president)
    assert services.schedule(session=new_session(world), programmes=[iom], by=world.president).part == 2


def test_one_regulation_judges_them_all():
    world = make_several(CLASS)
    cohort = world.session.cohort
    cyber = next(programme for programme in cohort.taught if programme.parcours.short == "Cyber")
    make_regulation(cohort.department, programme=cyber, pass_mark="11", version=2)

    with pytest.raises(Refusal, match="ces programmes en ont plusieurs"):
        services.schedule(session=new_session(world), by=world.president)

    made = services.schedule_apart(session=new_session(world), by=world.president)
    assert {one.part_name: one.regulation.pass_mark for one in map(reread_one, made)} == {
        "IOM": 10,
        "Cyber": 11,
    }


def reread_one(session: Session) -> Session:
    return Session.objects.with_programme().get(pk=session.pk)


def test_the_page_schedules_a_jury_a_programme(client):
    world = make_several(CLASS)
    client.force_login(world.president)
    address = reverse("jury:new_session")

    page = client.get(address).content.decode()
    answer = client.post(
        address,
        {
            "cohort": world.session.cohort_id,
            "semester": 3,
            "apart": "on",
            "president": world.president.pk,
            "date": "2025-01-30",
            "starts": "14:00",
            "place": "B204",
        },
    )

    assert "Un jury, donc un PV, par programme" in page
    assert answer.status_code == 302, answer.content.decode()
    made = Session.objects.filter(semester=3).order_by("part")
    assert [(one.part, one.part_name) for one in made] == [(1, "IOM"), (2, "Cyber")]
    assert [one.members.get().user for one in made] == [world.president] * 2


# ---------- what is locked ----------


def test_what_is_common_stays_open_to_those_whose_jury_is_to_come():
    world = make_several(CLASS)
    juries = schedule_apart(world)
    sheets = {
        teaching.element.code: teaching
        for teaching in world.session.cohort.teachings.select_related("element")
    }

    iom = open_it(world, juries["IOM"])

    locked = set(Assessment.objects.filter(locked=True).values_list("teaching__element__code", flat=True))
    assert locked == {"R31", "R41", "R34.IOM", "R44.IOM"}
    sheet = load_sheet(sheets["R31"])
    (assessment,) = sheet.assessments.values()
    still_open = {
        enrolment.student.last_name
        for enrolment in sheet.enrolments.values()
        if not sheet.is_locked(assessment, enrolment)
    }
    assert still_open == {"CHARLIE", "DELTA"}

    open_it(world, juries["Cyber"])
    assert not Reopening.objects.standing().exists()
    assert not Assessment.objects.filter(locked=False).exists()

    # Sent back, the first one opens what is its own; what the other judges too, to its students alone.
    services.back_to_preparation(session=iom, motive="Une note oubliée.", by=world.president)
    locked = set(Assessment.objects.filter(locked=True).values_list("teaching__element__code", flat=True))
    assert locked == {"R31", "R41", "R34.Cyber", "R44.Cyber"}
    sheet = load_sheet(sheets["R41"])
    assert sheet.reopened == {world.enrolments[name].pk for name in ("ALPHA", "BRAVO")}


# ---------- what is judged ----------


def test_each_student_is_judged_by_their_own_programme():
    world = make_several(CLASS)

    file = cohort_object(world.session)
    proceedings = Proceedings.of(world.session)

    (cyber,) = file["programmes"].values()
    assert {unit["competence"] for unit in file["units"]} == {"RT1", "RT4.IOM"}
    assert {unit["competence"] for unit in cyber["units"]} == {"RT1", "RT4.Cyber"}
    assert [(column.key, column.keys, column.whose) for column in proceedings.columns] == [
        ("RT1", ("UE31", "UE41"), ""),
        ("RT4.IOM", ("UE34 IOM", "UE44 IOM"), "IOM"),
        ("RT4.Cyber", ("UE34 Cyber", "UE44 Cyber"), "Cyber"),
    ]
    assert {part.label: [case.last_name for case in part.cases] for part in proceedings.parts} == {
        "Cyber": ["CHARLIE", "DELTA"],
        "IOM": ["ALPHA", "BRAVO"],
    }
    assert [case.programme["parcours"] for case in proceedings.cases[::2]] == [
        "Internet des objets et mobilité",
        "Cybersécurité",
    ]


def test_names_of_competences_do_not_turn_with_the_numbers():
    """A decision kept while the marks are open is about the same competence, whoever leaves meanwhile."""
    few = make_several({"IOM": {"ALPHA": "12"}, "Cyber": {"CHARLIE": "14", "DELTA": "11"}})
    names = [column.key for column in Proceedings.of(few.session).columns]

    assert sorted(names) == ["RT1", "RT4.Cyber", "RT4.IOM"]


def test_the_ledger_says_the_programme_of_each():
    world = make_several(CLASS)

    close_world(world)

    lines = Result.objects.filter(session=world.session, kind="year").select_related("programme__parcours")
    assert {line.student.last_name: line.programme.parcours.short for line in lines} == {
        "ALPHA": "IOM",
        "BRAVO": "IOM",
        "CHARLIE": "Cyber",
        "DELTA": "Cyber",
    }
    theirs = Result.objects.filter(session=world.session, kind="rcue").exclude(competence__identity="RT1")
    assert set(theirs.values_list("competence__identity", "programme__parcours__short")) == {
        ("RT4.IOM", "IOM"),
        ("RT4.Cyber", "Cyber"),
    }


def test_a_catch_up_keeps_the_part():
    world = make_several(CLASS)
    cyber = schedule_apart(world)["Cyber"]
    world.session = cyber
    world.enrolments = {name: world.enrolments[name] for name in ("CHARLIE", "DELTA")}
    close_world(world)

    made = services.catch_up(
        closed=reread(world),
        session=Session(date=datetime.date(2025, 9, 9), place="B204", president=world.president),
        students=[world.student("DELTA")],
        by=world.president,
    )

    made = reread_one(made)
    assert (made.title, made.part, made.main) == (
        "Jury S4 et année BUT2 (Cyber), rattrapage",
        cyber.part,
        cyber,
    )
    assert [programme.parcours.short for programme in made.judged] == ["Cyber"]
