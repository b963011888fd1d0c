"""One box: what it finds, for whom, where it leads, and never through a closed door."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from butrt.site.search.finding import SHOWN, find
from jury.documents.kinds import TRANSCRIPT
from jury.documents.source import DocumentSource
from jury.models import Member, Session
from jury.sittings import services
from tests.factories import (
    make_cohort,
    make_department,
    make_enrolment,
    make_session,
    make_student,
    make_teaching,
    make_user,
    programme_of,
)
from tests.jury.world import all_at, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    world = make_world({"LE GUENNIC": all_at("14"), "BÉRANGER": all_at("12")})
    student = world.student("BÉRANGER")
    student.first_name = "Zoé-Lou"
    student.save()
    return world


def found(user, query: str) -> dict[str, list[str]]:
    return {group.name: [hit.title for hit in group.hits] for group in find(user, query)}


def students(user, query: str) -> list[str]:
    return found(user, query).get("Étudiants", [])


def leads(user, query: str) -> list[str]:
    """The addresses of the first student found, the main one first."""
    hit = find(user, query)[0].hits[0]
    return [hit.address, *(address for _, address in hit.also)]


def test_by_name_number_and_ine_without_case_accents_nor_order(world):
    student = world.student("BÉRANGER")
    asked = [
        "beranger",
        "BÉRANG",
        "zoe lou ber",
        "lou-zoé",
        student.number,
        student.number[2:],
        student.ine.lower(),
    ]

    assert [students(world.president, query) for query in asked] == [["BÉRANGER Zoé-Lou"]] * len(asked)
    assert students(world.president, "béranger le") == []
    assert find(world.president, "b") == find(world.president, " - ") == []


def test_where_a_student_leads_each_role(world):
    department, student = world.session.department, world.student("BÉRANGER")
    enrolment = student.enrolments.get()
    card = reverse("jury:card", args=[world.session.pk, student.number])
    kept = reverse("cohorts:enrolment", args=[enrolment.pk])
    teacher = make_user("teacher", department=department)
    teaching = make_teaching(
        enrolment.cohort, programme_of(enrolment.cohort).elements.get(code="R31"), teachers=[teacher]
    )
    member = make_user("member", department=department)
    Member.objects.create(session=world.session, user=member, name="Membre", quality="enseignant")
    promotion = reverse("cohorts:cohort", args=[enrolment.cohort_id])

    assert leads(make_user("secretariat", department=department), "beranger") == [card, kept]
    assert leads(make_user("director", department=department), "beranger") == [card, kept]
    assert leads(member, "beranger") == [card]
    assert leads(teacher, "beranger") == [f"{teaching.get_absolute_url()}#s-{enrolment.pk}"]
    assert leads(make_user("administrator", department=department), "beranger") == [
        f"{promotion}?q={student.number}",
        reverse("personal:student", args=[student.pk]),
    ]
    assert leads(make_user("president", department=department), "beranger") == [
        reverse("jury:follow", args=[enrolment.cohort_id])
    ]


def test_what_one_may_not_open_does_not_exist(world):
    department, cohort = world.session.department, world.session.cohort
    idle = make_user("teacher", department=department)
    other = make_user("secretariat", "director", "president", department=make_department())
    absent = make_user("member", department=department)

    assert [students(user, "beranger") for user in (idle, other, absent)] == [[], [], []]
    assert found(other, "jury s4") == found(other, "R31") == {}
    assert found(idle, "jury s4") == {}
    # An element where they are not named: its page of the programme, which all may read, not its marks.
    assert [hit.address for group in find(idle, "R31") for hit in group.hits] == [
        f"{programme_of(cohort).get_absolute_url()}#s3"
    ]


def test_a_catch_up_member_finds_its_students_only(world):
    cohort, department = world.session.cohort, world.session.department
    again = make_session(cohort, world.president, rank=2, regulation=world.session.regulation)
    again.students.add(world.student("LE GUENNIC"))
    member = make_user("member", department=department)
    Member.objects.create(session=again, user=member, name="Membre", quality="enseignante")

    assert students(member, "le guennic") == ["LE GUENNIC " + world.student("LE GUENNIC").first_name]
    assert students(member, "beranger") == []
    assert found(member, "rattrapage") == {"Jurys": [str(again)]}


def test_documents_by_code_kind_and_student(world):
    services.open_deliberation(session=world.session, by=world.president)
    services.adopt(session=world.session, by=world.president, expected=2)
    minutes = services.close(session=world.session, by=world.president)
    session = Session.objects.with_programme().get(pk=world.session.pk)
    student = world.student("BÉRANGER")
    code = DocumentSource.of(session).issued(TRANSCRIPT.key, student.number).token
    office = make_user("secretariat", department=session.department)
    director = make_user("director", department=session.department)
    page = reverse("jury:student_documents", args=[session.pk, student.number])
    by_code = find(office, code.lower().replace("-", ""))

    assert [(group.name, [hit.address for hit in group.hits]) for group in by_code] == [("Documents", [page])]
    assert found(office, code[:9])["Documents"] == ["Relevé de notes de BÉRANGER Zoé-Lou"]
    assert found(office, "relevé beranger")["Documents"] == ["Documents de BÉRANGER Zoé-Lou"]
    assert found(office, "pv s4") == {"Documents": [f"PV, version {minutes.version}"]}
    assert found(director, code) == {}  # the documents are the secretariat's and the president's
    assert "Documents" not in found(director, "beranger")


def test_few_are_shown_and_the_queries_do_not_grow(world, django_assert_max_num_queries, client: Client):
    cohort, department = world.session.cohort, world.session.department
    for _ in range(SHOWN + 3):
        make_enrolment(cohort, make_student(department, last_name="DURAND"))
    office = make_user("secretariat", department=department)
    client.force_login(office)
    client.get(reverse("search"), {"q": "durand"})
    with django_assert_max_num_queries(22):
        page = client.get(reverse("search"), {"q": "durand"}).content.decode()
    group = find(office, "durand")[0]

    assert (len(group.hits), group.number) == (SHOWN, SHOWN + 3)
    assert f"{SHOWN} montrés sur {SHOWN + 3}" in page
    for year in range(2010, 2020):  # more promotions and juries: as many queries
        make_session(
            make_cohort(programme_of(cohort), school_year=year),
            world.president,
            regulation=world.session.regulation,
        )
    with django_assert_max_num_queries(22):
        client.get(reverse("search"), {"q": "durand"})


def test_the_page_says_what_to_do(world, client: Client):
    client.force_login(world.president)

    def page(query: str) -> str:
        return client.get(reverse("search"), {"q": query}).content.decode()

    assert "Écrivez au moins 2 lettres" in page("b")
    assert "&lt;b&gt;introuvable" in page("<b>introuvable")
    assert page("x" * 5000).count("x" * 101) == 0
    assert 'id="find-all"' in page("")
