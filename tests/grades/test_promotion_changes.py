"""Until a mark is entered, a promotion follows a newer version of its maquette, or is deleted."""

from __future__ import annotations

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from butrt.base.french import NBSP
from butrt.base.journal.models import Entry
from grades import people
from grades.models import Adjustment, AssessmentWeight, Cohort, Enrolment, Mark, StudentImport, Teaching
from jury.documents.checking.enrolments import check_enrolments
from jury.documents.checking.journaled import read_journal
from jury.models import Session
from jury.sittings import services
from tests.factories import (
    make_assessment,
    make_cohort,
    make_department,
    make_element,
    make_enrolment,
    make_parcours,
    make_programme,
    make_regulation,
    make_session,
    make_student,
    make_teaching,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def cohort() -> Cohort:
    programme = make_programme(parcours=make_parcours(department=make_department()))
    return people.create_cohort(programmes=[programme], school_year=2024, by=make_user())


def newer_of(cohort: Cohort, **fields):
    """A version of 2024 of the promotion's programme: same UE and elements."""
    before = cohort.taught[0]
    return make_programme(parcours=before.parcours, in_force_from=2024, modality=before.modality, **fields)


def mark_in(cohort: Cohort) -> Mark:
    teaching = cohort.teachings.first()
    return Mark.objects.create(
        assessment=make_assessment(teaching),
        enrolment=make_enrolment(cohort),
        value=12,
        entered_by=make_user(),
        entered_at=datetime.datetime(2025, 1, 6, tzinfo=datetime.UTC),
    )


def test_a_newer_version_is_pointed_out_and_followed_with_all_that_is_there(client, cohort):
    (before,) = cohort.taught
    secretary = make_user("secretariat", department=cohort.department)
    teaching = cohort.teachings.get(element__code="R31")
    unit = before.units.get(code="UE31")
    AssessmentWeight.objects.create(assessment=make_assessment(teaching), unit=unit, weight=2)
    enrolment = people.enrol(cohort=cohort, student=make_student(cohort.department), by=secretary)
    enrolment.dispensed.add(unit)
    Adjustment.objects.create(enrolment=enrolment, unit=unit, points=1, reason="sport")
    after = newer_of(cohort)
    make_element(programme=after, code="R39")
    client.force_login(secretary)

    assert "version plus récente" in client.get(cohort.get_absolute_url()).content.decode()
    assert "R39" in client.get(reverse("cohorts:version", args=[cohort.pk])).content.decode()
    client.post(reverse("cohorts:version", args=[cohort.pk]), {"programme": after.pk})

    now = Cohort.objects.get(pk=cohort.pk)
    there = after.units.get(code="UE31")
    assert now.taught == [after]
    assert sorted(now.teachings.values_list("element__programme", "element__code")) == [
        (after.pk, "R31"),
        (after.pk, "R39"),
        (after.pk, "R41"),
    ]
    assert Teaching.objects.get(pk=teaching.pk).element.programme == after
    assert [row.unit for row in AssessmentWeight.objects.all()] == [there]
    enrolment = Enrolment.objects.get(pk=enrolment.pk)
    assert (enrolment.programme, [*enrolment.dispensed.all()]) == (after, [there])
    assert enrolment.adjustments.get().unit == there
    assert "version plus récente" not in client.get(cohort.get_absolute_url()).content.decode()


def test_prepared_juries_follow_the_new_version_and_its_regulation(cohort):
    president = make_user("president", department=cohort.department)
    (before,) = cohort.taught
    other = make_programme(parcours=make_parcours(specialty=cohort.specialty, department=cohort.department))
    people.change_cohort(cohort=cohort, programmes=[before, other], name="", by=president)
    whole, own = make_regulation(cohort.department), newer_of(cohort)
    adopted = make_regulation(cohort.department, programme=own)
    session = Session(
        cohort=Cohort.objects.get(pk=cohort.pk),
        semester=4,
        president=president,
        date=datetime.date(2025, 7, 7),
        place="B204",
    )
    session = services.schedule(session=session, programmes=[before], by=president)
    judged_by = session.regulation

    people.change_version(cohort=cohort, before=before, after=own, by=president)

    now = Session.objects.with_programme().get(pk=session.pk)
    assert (judged_by, now.regulation, now.judged) == (whole, adopted, [own])


def test_a_version_that_would_lose_something_or_comes_after_a_mark_is_refused(cohort):
    (before,) = cohort.taught
    lost = make_teaching(cohort, make_element(programme=before, code="R38"))
    assessment = make_assessment(lost)
    after = newer_of(cohort)
    change = {"cohort": cohort, "before": before, "after": after, "by": make_user()}

    with pytest.raises(ValidationError, match="R38 : la nouvelle version ne l’a plus"):
        people.change_version(**change)
    assessment.delete()
    mark_in(cohort)
    with pytest.raises(ValidationError, match=r"1.note saisie en R31 : sa maquette ne change plus"):
        people.change_version(**change)

    assert Cohort.objects.get(pk=cohort.pk).taught == [before]


def test_a_promotion_is_deleted_with_all_that_was_prepared_in_it(client, cohort):
    secretary = make_user("secretariat", department=cohort.department)
    president = make_user("president", department=cohort.department)
    people.set_groups(cohort=cohort, names={}, new=["TD1"], by=secretary)
    kept = people.enrol(
        cohort=cohort, student=make_student(cohort.department), group=cohort.groups.get(), by=secretary
    ).student
    make_assessment(cohort.teachings.first(), group=cohort.groups.get())
    StudentImport.objects.create(
        cohort=cohort, name="liste.csv", by=secretary, at=datetime.datetime.now(datetime.UTC), done={}
    )
    make_session(cohort, president)
    client.force_login(secretary)
    page = client.get(reverse("cohorts:remove_cohort", args=[cohort.pk])).content.decode()

    answer = client.post(reverse("cohorts:remove_cohort", args=[cohort.pk]))

    assert "1 inscription, 1 groupe, 1 évaluation et Jury S4 et année BUT2" in page.replace(NBSP, " ")
    assert answer.url == reverse("cohorts:cohorts")
    assert not Cohort.objects.exists()
    assert not Session.objects.exists()
    assert not kept.enrolments.exists()
    assert Entry.objects.filter(act="cohort.remove").get().details["sessions"] == ["Jury S4 et année BUT2"]
    assert check_enrolments(read_journal()).findings == []


def test_what_holds_a_promotion_is_named(cohort):
    president = make_user("president", department=cohort.department)
    make_regulation(cohort.department)
    enrolment = make_enrolment(cohort)
    line = enrolment.appreciations.create(
        semester=3, text="Sérieux.", by=president, at=datetime.datetime.now(datetime.UTC)
    )
    assert people.held_by(cohort) == "1 appréciation écrite"
    line.delete()
    session = make_session(cohort, president, regulation=cohort.department.regulations.get())
    session = Session.objects.with_programme().get(pk=session.pk)
    services.open_deliberation(session=session, by=president, motive="essai")

    assert people.held_by(cohort) == "Jury S4 et année BUT2"
    with pytest.raises(ValidationError, match="Jury S4 et année BUT2 : elle reste"):
        people.remove_cohort(cohort=cohort, by=president)
    other = make_cohort(make_programme(parcours=cohort.taught[0].parcours, in_force_from=2023))
    mark_in(other)
    with pytest.raises(ValidationError, match=r"1.note saisie en R31 : elle reste"):
        people.remove_cohort(cohort=other, by=president)
