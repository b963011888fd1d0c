"""What the scale benchmark is judged by sees a lost mark, a doubled one, one that nobody asked for."""

from __future__ import annotations

import pytest

from grades.models import MarkChange
from grades.services import Entry, record_marks
from tests.benchmarks.scale.proof import Marks, compare_marks
from tests.factories import make_assessment, make_cohort, make_enrolment, make_teaching, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def played():
    """Two marks that a teacher was told saved: (what the client noted, the évaluation)."""
    cohort = make_cohort()
    teacher = make_user("teacher", department=cohort.department)
    teaching = make_teaching(cohort, teachers=[teacher])
    assessment = make_assessment(teaching)
    facts = []
    for _ in range(2):
        enrolment = make_enrolment(cohort)
        cell = {"a": assessment.pk, "e": enrolment.pk, "v": 0, "t": "12"}
        record_marks(teaching=teaching, entries=[Entry(cell["a"], cell["e"], "12", 0)], by=teacher)
        saved = {"a": cell["a"], "e": cell["e"], "state": "saved", "version": 1, "text": "12"}
        facts += [{"asked": cell, "by": teacher.pk}, {"told": saved, "asked_for": cell, "by": teacher.pk}]
    return facts, assessment.pk


def test_what_was_told_is_found_whole(played):
    facts, assessment = played

    assert compare_marks(facts, [assessment]) == Marks(told=2, right=2)
    assert compare_marks(facts[:3], [assessment]) == Marks(told=1, right=1, unheard_done=1)


def test_a_mark_without_its_history_one_nobody_asked_for_and_one_told_otherwise_are_seen(played):
    facts, assessment = played
    assert compare_marks(facts[:2], [assessment]).wrong  # the second: nobody asked for it
    facts[1]["told"]["text"] = "13"
    assert compare_marks(facts, [assessment]).wrong
    facts[1]["told"]["text"] = "12"

    MarkChange.objects.first().delete()

    assert compare_marks(facts, [assessment]).wrong
