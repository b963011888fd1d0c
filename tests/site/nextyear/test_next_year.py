"""The next school year: what the page shows, what it does at once, what undoing takes back."""

from __future__ import annotations

import datetime
import re
from copy import deepcopy

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from butrt.base.accounts.models import User
from butrt.base.journal.models import Entry
from grades import people
from grades.models import Assessment, AssessmentWeight, Cohort, Enrolment, Mark, Student
from jury.documents.checking.assessments import check_assessments
from jury.documents.checking.enrolments import check_enrolments
from jury.documents.checking.journaled import read_journal
from jury.models import Session
from jury.sittings.services import schedule
from tests.factories import make_assessment, make_enrolment, make_user
from tests.jury.years import Years
from tests.pages import form_of, plain

pytestmark = [pytest.mark.django_db]

NEXT = 2025


class Department:
    """2024-2025: a BUT1 common to all, a BUT2 of two parcours; 2025 brings a new version of BUT2 Cyber."""

    def __init__(self) -> None:
        self.years = years = Years()
        self.director: User = make_user("director", department=years.department)
        common = years.programme("", 1)
        self.first = years.cohort(common, 2024)
        iom, cyber = years.programme("IOM", 2), years.programme("Cyber", 2)
        self.second = people.create_cohort(programmes=[iom, cyber], school_year=2024, by=self.director)
        of_one = Session(
            cohort=self.second,
            semester=4,
            president=years.president,
            date=datetime.date(2025, 7, 7),
            place="salle B204",
        )
        schedule(session=of_one, programmes=[iom], by=years.president)
        self.newer = years.programme("Cyber", 2, since=2025)
        for name, marks in {
            "PASSE": {"*": "12"},
            "REDOUBLE": {"RT1": "5", "RT2": "6"},
            "REPRENDUN": {"*": "12", "R22": "2"},
            "ATTEND": {"*": "6"},
            "PART": {"*": "12"},
        }.items():
            enrolment = years.enrol(self.first, years.student(name), marks)
        enrolment.status, enrolment.status_since = "DEM", datetime.date(2025, 1, 15)
        enrolment.save()
        people.set_groups(cohort=self.first, names={}, new=["TD1"], by=self.director)
        Enrolment.objects.filter(cohort=self.first).update(group=self.first.groups.get())
        self.planned = self.first.teachings.get(element__code="R11").assessments.get()
        AssessmentWeight.objects.create(assessment=self.planned, unit=common.units.get(code="UE11"), weight=3)
        self.close(1)
        self.close(2, REDOUBLE="RED", REPRENDUN="RED", ATTEND="ATJ")

    def close(self, semester: int, **decisions: str) -> None:
        session = self.years.session(self.first, semester)
        session.members.create(name="Une membre", quality="enseignante", position=1, presence="present")
        self.years.close(session, **decisions)

    def address(self, name: str = "year", year: int = NEXT) -> str:
        return reverse(f"nextyear:{name}", args=[self.years.department.pk, year])

    def student(self, name: str) -> Student:
        return Student.objects.get(last_name=name)


@pytest.fixture(scope="module")
def department_once(once) -> Department:
    return once(Department)


@pytest.fixture
def there(db, department_once) -> Department:
    return deepcopy(department_once)


@pytest.fixture
def signed_in(client: Client, there: Department) -> Client:
    client.force_login(there.director)
    return client


def findings() -> list[str]:
    """What the journal and the rows do not say alike."""
    journaled = read_journal()
    return check_enrolments(journaled).findings + check_assessments(journaled).findings


def rows(page) -> dict[str, str]:
    """{student: the part of the page and what is said of them there}."""
    lines = {}
    for part in page.content.decode().split('<details class="part"')[1:]:
        title = plain(part.partition("<b>")[2].partition("</b>")[0])
        for row in part.partition("</details>")[0].split("<tr>")[2:]:
            words = plain(re.sub(r"<select.*?</select>", "", row, flags=re.S))
            lines[words.split()[0]] = f"{title} : {words.partition('BUT1 R&T TD1 ')[2]}"
    return lines


def posted(page, there: Department, **changes: str) -> dict[str, str]:
    """What the page would send, but for `changes`: {student: place}, or fields by their names."""
    keys = {student.last_name: f"s{student.pk}-place" for student in Student.objects.all()}
    fields = {name: values[-1] for name, values in form_of(page).items()}
    return fields | {"prepare": "1"} | {keys.get(name, name): value for name, value in changes.items()}


def place(there: Department, year: int, parcours: str) -> str:
    source = there.first if year == 1 else there.second
    return f"c{source.pk}:{there.years.parcours[parcours].pk}-initiale"


def test_it_shows_each_student_by_what_the_jury_decided(signed_in, there):
    page = signed_in.get(there.address())

    assert rows(page) == {
        "PASSE": "Passent en BUT2 : → S3",
        "REDOUBLE": "Redoublent, ou reprennent des UE : ↺ redouble S1, S2",
        "REPRENDUN": "Redoublent, ou reprennent des UE : ↺ redouble S2 UE21",
        "ATTEND": "À regarder un par un : … en attente du jury",
        "PART": "Quittent la formation, diplômés ou partis : … démission",
    }
    chosen = posted(page, there)
    student = {name: there.student(name).pk for name in rows(page)}
    again = place(there, 1, "TC")
    assert [chosen[f"s{student[name]}-place"] for name in student] == ["", again, again, "", ""]
    assert chosen[f"s{student['REPRENDUN']}-semesters"] == "even"
    assert chosen[f"c{there.second.pk}-{there.years.parcours['Cyber'].pk}-initiale"] == str(there.newer.pk)


def test_it_does_all_of_it_and_undoes_it_as_one_act(signed_in, there):
    before = findings()
    page = signed_in.get(there.address())
    first = f"c{there.first.pk}"
    changes = {f"{first}-groups": "kept", f"{first}-assessments": "on"}
    answer = signed_in.post(
        there.address(), posted(page, there, PASSE=place(there, 2, "Cyber"), **changes), follow=True
    )

    assert "2 promotions créées, 3 étudiants inscrits, 3 jurys fixés" in plain(answer.content.decode())
    one, two = Cohort.objects.filter(school_year=NEXT).order_by("year")
    assert two.taught == [there.years.programme("IOM", 2), there.newer]
    assert Enrolment.objects.get(student__last_name="PASSE", cohort=two).programme == there.newer
    again = Enrolment.objects.get(student__last_name="REPRENDUN", cohort=one)
    assert (again.semesters, again.group.name) == ([2], "TD1")
    assert sorted(unit.code for unit in again.acquired.all()) == ["UE11", "UE12", "UE21"]
    teaching = one.teachings.get(element__code="R11")
    assert [*teaching.heads.all()] == [there.years.teacher]
    copied = Assessment.objects.get(teaching=teaching)
    assert copied.title == there.planned.title
    assert copied.date == there.planned.date + datetime.timedelta(weeks=52)
    assert [(row.unit.code, row.weight) for row in copied.weights.all()] == [("UE11", 3)]
    jury = Session.objects.get(cohort=one, semester=2)
    assert jury.date == datetime.date(2026, 7, 4)
    assert [member.name for member in jury.members.all()] == [str(there.years.president), "Une membre"]
    assert jury.members.get(name="Une membre").presence == "convened"

    of_one = Session.objects.with_programme().get(cohort=two)
    assert (of_one.title, of_one.judged) == ("Jury S4 et année BUT2 (IOM)", two.taught[:1])

    # Used again: what exists is recognised, nobody is enrolled twice.
    assert set(rows(answer)) == {"ATTEND", "PART"}
    again = signed_in.post(there.address(), posted(answer, there), follow=True)
    assert "Rien à faire" in again.content.decode()

    entry = Entry.objects.get(act="year.prepare")
    undone = signed_in.post(there.address("cancel"), {"entry": entry.pk}, follow=True)
    assert set(rows(undone)) == {"PASSE", "REDOUBLE", "REPRENDUN", "ATTEND", "PART"}
    assert not Cohort.objects.filter(school_year=NEXT).exists()
    assert not Session.objects.filter(cohort__school_year=NEXT).exists()
    assert findings() == before


def test_a_mark_keeps_it_and_what_came_since_is_counted(signed_in, there):
    signed_in.post(there.address(), posted(signed_in.get(there.address()), there))
    one = Cohort.objects.get(school_year=NEXT, year=1)
    late = make_enrolment(one)
    since = plain(signed_in.get(there.address()).content.decode())
    Mark.objects.create(
        assessment=make_assessment(one.teachings.first()),
        enrolment=late,
        value=12,
        entered_by=there.years.teacher,
        entered_at=datetime.datetime(2025, 9, 9, tzinfo=datetime.UTC),
    )

    entry = Entry.objects.get(act="year.prepare").pk
    answer = signed_in.post(there.address("cancel"), {"entry": entry}, follow=True)

    assert "dont 1 inscription faite depuis" in since
    assert "1 note saisie en R11 : la préparation reste" in plain(answer.content.decode())
    assert Cohort.objects.filter(school_year=NEXT).count() == 2

    # What is added after it is undone alone.
    page = signed_in.get(there.address())
    motive = f"s{there.student('PART').pk}-motive"
    added = posted(page, there, PART=f"c{there.first.pk}:{there.years.parcours['TC'].pk}-initiale")
    signed_in.post(there.address(), added | {motive: "Revient."})
    last = Entry.objects.filter(act="year.prepare").latest("pk")
    assert (last.pk > entry, Enrolment.objects.filter(cohort=one).count()) == (True, 4)
    signed_in.post(there.address("cancel"), {"entry": last.pk})
    assert Enrolment.objects.filter(cohort=one).count() == 3


def test_an_exception_against_the_jury_asks_its_motive_and_nothing_is_half_done(signed_in, there):
    page = signed_in.get(there.address())
    typed = posted(page, there, ATTEND=place(there, 2, "IOM"))

    refused = signed_in.post(there.address(), typed)
    nothing = Cohort.objects.filter(school_year=NEXT).count()
    motive = f"s{there.student('ATTEND').pk}-motive"
    signed_in.post(there.address(), posted(refused, there, **{motive: "Accord du président."}))

    assert "en dire le motif" in refused.content.decode()
    assert "le passage en BUT2 n’est pas ouvert (4.5)" in refused.content.decode()
    assert nothing == 0
    assert Enrolment.objects.get(student__last_name="ATTEND", cohort__year=2).motive == "Accord du président."


def test_what_changed_meanwhile_is_told_and_what_was_typed_stays(signed_in, there):
    typed = posted(signed_in.get(there.address()), there, PASSE=place(there, 2, "IOM"))
    people.create_cohort(programmes=[there.years.programme("", 1)], school_year=NEXT, by=there.director)

    answer = signed_in.post(there.address(), typed)

    assert "Ce que cette page montrait a changé entre-temps" in answer.content.decode()
    assert Cohort.objects.filter(school_year=NEXT).count() == 1
    assert posted(answer, there)[f"s{there.student('PASSE').pk}-place"] == place(there, 2, "IOM")


def test_parcours_are_chosen_at_once_or_from_a_pasted_list(signed_in, there):
    page = signed_in.get(there.address())
    number = there.student("PASSE").number
    field = f"s{there.student('PASSE').pk}-place"
    asked = posted(page, there)
    del asked["prepare"]

    filled = signed_in.post(
        there.address(), asked | {"fill": "passes-2", "all-passes-2": place(there, 2, "Cyber")}
    )
    pasted = signed_in.post(
        there.address(), asked | {"paste": "1", "list": f"{number} ; iom\n2099;Cyber\n{number}"}
    )

    assert posted(filled, there)[field] == place(there, 2, "Cyber")
    assert posted(pasted, there)[field] == place(there, 2, "IOM")
    assert f"Lignes non reconnues : 2099;Cyber · {number}" in plain(pasted.content.decode())
    assert not Cohort.objects.filter(school_year=NEXT).exists()


def test_as_many_queries_for_more_students(signed_in, there):
    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            signed_in.get(there.address())
        return len(counted)

    queries()
    before = queries()
    for _ in range(10):
        make_enrolment(there.first)

    assert queries() == before


def test_the_years_that_may_be_prepared(signed_in, there):
    assert signed_in.get(reverse("nextyear:years")).url == there.address()
    assert signed_in.get(there.address(year=2030)).status_code == 404
