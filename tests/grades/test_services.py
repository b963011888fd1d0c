"""Entering marks, évaluations, the jury's lock: what is written, refused, told and kept."""

from __future__ import annotations

import datetime
import threading
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from butrt.base.journal.models import Entry as JournalEntry
from butrt.base.journal.services import record
from curriculum.models import Unit, Weight
from grades.models import Assessment, Group, Mark, MarkChange
from grades.services import (
    Entry,
    State,
    change_assessment,
    create_assessment,
    delete_assessment,
    lock_marks,
    move_assessment,
    record_marks,
    semester_is_locked,
    unlock_marks,
)
from tests.factories import (
    make_assessment,
    make_cohort,
    make_element,
    make_enrolment,
    make_programme,
    make_teaching,
    make_user,
    programme_of,
)
from tests.journal import first_break


def type_in(assessment, enrolment, text, version=0, *, by, **more):
    """One cell typed by somebody: its outcome."""
    entry = Entry(assessment.pk, enrolment.pk, text, version)
    return record_marks(teaching=assessment.teaching, entries=[entry], by=by, **more).outcomes[0]


def standing(assessment, enrolment):
    mark = Mark.objects.get(assessment=assessment, enrolment=enrolment)
    return mark.value, mark.code, mark.version


@pytest.fixture
def cell(db):
    """An évaluation, a student of its promotion, and somebody who types."""
    cohort = make_cohort()
    return make_assessment(make_teaching(cohort), title="DS 1"), make_enrolment(cohort), make_user()


def test_a_mark_is_saved_with_its_history_and_journal_entry(cell):
    assessment, enrolment, user = cell

    first = type_in(assessment, enrolment, "14,5", by=user)
    second = type_in(
        assessment, enrolment, "abi", first.version, by=user, origin=MarkChange.Origin.CORRECTION
    )
    third = type_in(assessment, enrolment, "", second.version, by=user)

    assert [(each.state, each.text, each.version) for each in (first, second, third)] == [
        (State.SAVED, "14,5", 1),
        (State.SAVED, "ABI", 2),
        (State.SAVED, "", 3),
    ]
    assert standing(assessment, enrolment) == (None, "", 3)
    mark = Mark.objects.get()
    assert [(each.version, each.value, each.code, each.by, each.origin) for each in mark.changes.all()] == [
        (1, Decimal("14.50"), "", user, "screen"),
        (2, None, "ABI", user, "correction"),
        (3, None, "", user, "screen"),
    ]
    entries = list(JournalEntry.objects.all())
    assert [entry.act for entry in entries] == ["marks.record"] * 3
    assert entries[1].details["marks"] == [
        {
            "assessment": assessment.pk,
            "enrolment": enrolment.pk,
            "student": str(enrolment.student),
            "before": "14,5",
            "after": "ABI",
            "version": 2,
        }
    ]
    assert first_break() is None


def test_cells_are_independent_what_is_right_is_saved_and_one_act_is_journaled(cell):
    assessment, enrolment, user = cell
    other = make_enrolment(assessment.teaching.cohort)

    outcomes = record_marks(
        teaching=assessment.teaching,
        entries=[Entry(assessment.pk, enrolment.pk, "25", 0), Entry(assessment.pk, other.pk, "12", 0)],
        by=user,
    ).outcomes

    assert [(each.state, each.reason, each.suggestion) for each in outcomes] == [
        (State.REFUSED, "25 dépasse le maximum, 20.", "2,5"),
        (State.SAVED, "", ""),
    ]
    assert Mark.objects.count() == MarkChange.objects.count() == JournalEntry.objects.count() == 1


def test_nothing_is_written_for_what_does_not_change(cell):
    assessment, enrolment, user = cell
    type_in(assessment, enrolment, "12", by=user)

    assert type_in(assessment, enrolment, "12,00", 1, by=user).version == 1
    assert type_in(assessment, make_enrolment(assessment.teaching.cohort), "", by=user).state == State.SAVED
    assert Mark.objects.count() == MarkChange.objects.count() == JournalEntry.objects.count() == 1


def test_the_second_of_two_people_is_shown_both_values(cell):
    assessment, enrolment, user = cell
    colleague = make_user(first_name="Karim", last_name="Ouadah")
    type_in(assessment, enrolment, "15,5", by=colleague)

    conflict = type_in(assessment, enrolment, "14,5", by=user)

    assert (conflict.state, conflict.typed, conflict.text) == (State.CONFLICT, "14,5", "15,5")
    assert (conflict.version, conflict.author, conflict.at is None) == (1, "Karim Ouadah", False)
    assert "Karim Ouadah a saisi 15,5 à" in conflict.reason
    assert "Vous avez tapé 14,5." in conflict.reason
    assert standing(assessment, enrolment) == (Decimal("15.50"), "", 1)
    assert type_in(assessment, enrolment, "14,5", conflict.version, by=user).state == State.SAVED


def test_a_cell_that_its_reader_did_not_touch_is_no_conflict(cell):
    assessment, enrolment, user = cell
    type_in(assessment, enrolment, "12", by=user)
    type_in(assessment, enrolment, "13", 1, by=make_user())

    untouched = type_in(assessment, enrolment, "12", 1, by=user)

    assert (untouched.state, untouched.text, untouched.version) == (State.SAVED, "13", 2)
    assert standing(assessment, enrolment) == (Decimal("13.00"), "", 2)


def test_two_people_typing_the_same_mark_agree(cell):
    assessment, enrolment, user = cell
    type_in(assessment, enrolment, "12", by=user)

    assert type_in(assessment, enrolment, "12", by=make_user()).state == State.SAVED


def test_a_locked_assessment_is_closed(cell):
    assessment, enrolment, user = cell
    Assessment.objects.update(locked=True)

    outcome = type_in(assessment, enrolment, "12", by=user)

    assert (outcome.state, outcome.reason) == (
        State.LOCKED,
        "DS 1 est verrouillée, ses notes ne changent plus.",
    )
    assert not Mark.objects.exists()


@pytest.mark.parametrize(
    ("since", "state"),
    [
        (datetime.date(2025, 3, 3), State.REFUSED),
        (datetime.date(2025, 3, 4), State.REFUSED),
        (datetime.date(2025, 3, 5), State.SAVED),
    ],
)
def test_who_left_before_the_assessment_has_no_mark_there(cell, since, state):
    assessment, _, user = cell
    gone = make_enrolment(assessment.teaching.cohort, status="DEM", status_since=since)

    outcome = type_in(assessment, gone, "12", by=user)

    assert outcome.state == state
    assert ("démission le" in outcome.reason) == (state == State.REFUSED)


def test_others_and_the_dispensed_have_no_mark(cell):
    assessment, enrolment, user = cell
    stranger = make_enrolment()
    dispensed = make_enrolment(assessment.teaching.cohort)
    dispensed.dispensed.set(Unit.objects.filter(weights__element=assessment.teaching.element))
    group = Group.objects.create(cohort=assessment.teaching.cohort, name="TD1")
    of_group = make_assessment(assessment.teaching, group=group)
    elsewhere = make_assessment()

    reasons = [
        type_in(assessment, stranger, "12", by=user).reason,
        type_in(assessment, dispensed, "12", by=user).reason,
        type_in(of_group, enrolment, "12", by=user).reason,
        record_marks(
            teaching=assessment.teaching, entries=[Entry(elsewhere.pk, enrolment.pk, "12", 0)], by=user
        )
        .outcomes[0]
        .reason,
    ]

    assert reasons == [
        "Cette personne n’est pas de cette promotion.",
        f"{dispensed.student}\N{NO-BREAK SPACE}: dispense ou acquis dans toutes les UE où l’élément compte, "
        "aucune note attendue.",
        f"{enrolment.student}\N{NO-BREAK SPACE}: autre groupe, aucune note attendue.",
        "Cette évaluation n’est pas de cet élément.",
    ]
    assert not Mark.objects.exists()


def test_a_version_that_never_was_is_refused(cell):
    assessment, enrolment, user = cell

    outcome = type_in(assessment, enrolment, "12", 3, by=user)

    assert (outcome.state, outcome.reason) == (State.REFUSED, "Cette page n’est plus à jour, la recharger.")


def test_the_number_of_queries_does_not_grow_with_the_cells(cell, django_assert_num_queries):
    assessment, _, user = cell
    enrolments = [make_enrolment(assessment.teaching.cohort) for _ in range(30)]
    with transaction.atomic():  # the department's first entry begins its chain
        record(act="x", about="y", by=None, department=assessment.teaching.cohort.department)
    postgres = 2 * (connection.vendor == "postgresql")  # the locks of the semester and of the journal
    for chosen, text in ((enrolments[:1], "12"), (enrolments, "13")):
        entries = [
            Entry(assessment.pk, each.pk, text, int(text == "13" and each in enrolments[:1]))
            for each in chosen
        ]
        # savepoint, sheet (5), marks, history, journal (3), release
        with django_assert_num_queries(12 + postgres):
            recorded = record_marks(teaching=assessment.teaching, entries=entries, by=user)
        assert {each.state for each in recorded.outcomes} == {State.SAVED}
        assert recorded.sheet.enrolments.keys() == {each.pk for each in chosen}  # the others are not read


# ---------- évaluations ----------


def test_an_assessment_is_created_at_the_end_with_its_poids(db):
    teaching, user = make_teaching(), make_user()
    other = Unit.objects.exclude(weights__element=teaching.element).get()
    Weight.objects.create(unit=other, element=teaching.element, coefficient=3)
    make_assessment(teaching, position=4)

    assessment = create_assessment(teaching=teaching, by=user, title=" DS 2 ", weights={other: Decimal(2)})

    assert (assessment.title, assessment.position) == ("DS 2", 5)
    assert [(each.unit, each.weight) for each in assessment.weights.all()] == [(other, Decimal(2))]
    entry = JournalEntry.objects.get()
    assert (entry.act, entry.by, entry.details["weights"]) == ("assessment.create", user, {other.code: "2"})


@pytest.mark.parametrize(
    ("fields", "about"),
    [
        ({"title": "DS 1"}, "title"),
        ({"title": ""}, "title"),
        ({"coefficient": Decimal(0)}, "coefficient"),
        ({"maximum": Decimal(0)}, "maximum"),
        ({"kind": "autre"}, "kind"),
    ],
)
def test_an_impossible_assessment_is_refused(cell, fields, about):
    assessment, _, user = cell

    with pytest.raises(ValidationError) as refusal:
        create_assessment(teaching=assessment.teaching, by=user, **{"title": "DS 2"} | fields)

    assert about in refusal.value.message_dict
    assert Assessment.objects.count() == 1
    assert not JournalEntry.objects.exists()


def test_a_poids_where_the_element_does_not_count_leaves_nothing_behind(cell):
    assessment, _, user = cell
    foreign = make_programme().units.first()

    with pytest.raises(ValidationError, match="ne compte pas"):
        create_assessment(teaching=assessment.teaching, by=user, title="DS 2", weights={foreign: Decimal(2)})

    assert Assessment.objects.count() == 1


def test_an_element_has_one_second_chance(cell):
    assessment, _, user = cell
    create_assessment(teaching=assessment.teaching, by=user, title="Rattrapage", kind="second")

    with pytest.raises(ValidationError, match="Une seconde chance existe déjà"):
        create_assessment(teaching=assessment.teaching, by=user, title="Rattrapage 2", kind="second")


def change(assessment, by, **fields):
    same = {
        name: getattr(assessment, name)
        for name in ("title", "kind", "date", "coefficient", "maximum", "group")
    }
    return change_assessment(assessment=assessment, by=by, **same | fields)


def test_an_assessment_changes_and_the_journal_tells_both(cell):
    assessment, _, user = cell

    changed = change(assessment, user, coefficient=Decimal("2.5"), title="DS final")

    assert (changed.coefficient, changed.title) == (Decimal("2.5"), "DS final")
    details = JournalEntry.objects.get().details
    assert (details["before"]["coefficient"], details["after"]["coefficient"]) == ("1", "2.5")


def test_a_maximum_holds_the_marks_already_entered(cell):
    assessment, enrolment, user = cell
    type_in(assessment, enrolment, "15", by=user)

    with pytest.raises(ValidationError, match="Une note de 15 est déjà saisie"):
        change(assessment, user, maximum=Decimal(10))

    assessment.refresh_from_db()
    assert assessment.maximum == 20


def test_a_locked_assessment_does_not_change(cell):
    assessment, _, user = cell
    Assessment.objects.update(locked=True)

    with pytest.raises(ValidationError, match="est verrouillée"):
        change(assessment, user, title="Autre")


# ---------- the jury's lock ----------


def test_the_jury_locks_its_semesters_and_unlocks_with_a_motive(db):
    cohort, user = make_cohort(), make_user()
    third = make_assessment(make_teaching(cohort, programme_of(cohort).elements.get(semester=3)))
    fourth = make_assessment(make_teaching(cohort, programme_of(cohort).elements.get(semester=4)))
    elsewhere = make_assessment()

    assert lock_marks(cohort=cohort, semesters=[3], by=user) == 1
    assert [Assessment.objects.get(pk=each.pk).locked for each in (third, fourth, elsewhere)] == [
        True,
        False,
        False,
    ]
    assert (semester_is_locked(third.teaching), semester_is_locked(fourth.teaching)) == (True, False)
    assert lock_marks(cohort=cohort, semesters=[3, 4], by=user) == 1
    with pytest.raises(ValidationError, match="se motive"):
        unlock_marks(cohort=cohort, semesters=[3, 4], motive="  ", by=user)
    assert unlock_marks(cohort=cohort, semesters=[3, 4], motive="Note oubliée en R401", by=user) == 2

    assert not Assessment.objects.filter(locked=True).exists()
    acts = JournalEntry.objects.values_list("act", "details__assessments", "details__motive")
    assert list(acts) == [
        ("marks.lock", [third.pk], None),
        ("marks.lock", [fourth.pk], None),
        ("marks.unlock", [third.pk, fourth.pk], "Note oubliée en R401"),
    ]


def test_one_deleted_meanwhile_is_not_moved(cell):
    assessment, _, user = cell
    gone = make_assessment(assessment.teaching, title="DS 2")
    delete_assessment(assessment=Assessment.objects.get(pk=gone.pk), by=user)

    with pytest.raises(ValidationError, match="DS 2 vient d’être supprimée"):
        move_assessment(assessment=gone, step=-1, by=user)


def test_no_assessment_is_added_while_the_jury_sits(cell):
    assessment, _, user = cell
    lock_marks(cohort=assessment.teaching.cohort, semesters=[3, 4], by=user)

    with pytest.raises(ValidationError, match="verrouillées par le jury"):
        create_assessment(teaching=assessment.teaching, by=user, title="DS 9")


# ---------- together ----------


@pytest.mark.django_db(transaction=True)
def test_eight_people_saving_at_once_lose_nothing_and_wait_for_each_other():
    cohort = make_cohort()
    shared = make_assessment(make_teaching(cohort))
    own = [make_assessment(make_teaching(cohort, make_element(programme_of(cohort)))) for _ in range(8)]
    enrolments = [make_enrolment(cohort) for _ in range(12)]
    people = [make_user() for _ in range(8)]
    failures: list[BaseException] = []
    conflicts: list[int] = []

    def teach(number: int) -> None:
        try:
            for turn, enrolment in enumerate(enrolments):
                assert type_in(own[number], enrolment, str(turn), by=people[number]).state == State.SAVED
                outcome = type_in(shared, enrolment, str(number), by=people[number])
                if outcome.state == State.CONFLICT:
                    conflicts.append(number)
        except BaseException as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=teach, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    # In their own évaluation everything is there. In the shared one the first wins, the others are told.
    assert Mark.objects.filter(assessment__in=own).count() == 8 * 12
    assert Mark.objects.filter(assessment=shared, version=1).count() == 12
    assert len(conflicts) == 7 * 12
    assert MarkChange.objects.count() == Mark.objects.count() == JournalEntry.objects.count() == 9 * 12
    assert first_break() is None


@pytest.mark.django_db(transaction=True)
def test_a_mark_is_either_before_the_lock_or_refused():
    cohort, user = make_cohort(), make_user()
    assessment = make_assessment(make_teaching(cohort))
    enrolments = [make_enrolment(cohort) for _ in range(20)]
    outcomes, at_lock = [], []

    def teach() -> None:
        outcomes.extend(type_in(assessment, enrolment, "12", by=user) for enrolment in enrolments)
        connection.close()

    thread = threading.Thread(target=teach)
    thread.start()
    lock_marks(cohort=cohort, semesters=[3, 4], by=user)
    at_lock.append(Mark.objects.count())
    thread.join()

    assert Mark.objects.count() == at_lock[0]
    assert [each.state for each in outcomes].count(State.SAVED) == at_lock[0]
    assert {each.state for each in outcomes} <= {State.SAVED, State.LOCKED}
