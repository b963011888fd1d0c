"""What the database counts and adds up of many elements is what each sheet finds: on classes at random."""

import datetime
import random
from decimal import Decimal

import pytest

from curriculum.models import Weight
from grades.class_means import ClassMeans
from grades.counting import counted, written_in
from grades.many_sheets import many_sheets
from grades.models import Assessment, Enrolment, Group, Mark, Teaching
from grades.one_sheet import load_sheet
from tests.factories import (
    make_assessment,
    make_cohort,
    make_element,
    make_enrolment,
    make_regulation,
    make_teaching,
    make_user,
    programme_of,
)

pytestmark = pytest.mark.django_db
ENTERED = datetime.datetime(2025, 3, 5, tzinfo=datetime.UTC)
NORMAL, SECOND, BONUS = Assessment.Kind.NORMAL, Assessment.Kind.SECOND_CHANCE, Assessment.Kind.BONUS
ELEMENTS, STUDENTS = 12, 7


def random_class(chance: random.Random) -> list[Teaching]:
    """A class under a règlement: who left, who is dispensed, groups; and its elements with their marks."""
    cohort = make_cohort()
    make_regulation(
        cohort.department,
        unjustified_absence=chance.choice(["zero", "neutral"]),
        second_chance=chance.choice(["best", "replace"]),
        decimals=chance.choice([2, 3, 4]),
    )
    unit = programme_of(cohort).units.get(code="UE31")
    group = Group.objects.create(cohort=cohort, name="TP A")
    class_ = [make_enrolment(cohort, group=chance.choice([None, group])) for _ in range(STUDENTS)]
    if chance.random() < 0.5:
        class_[0].dispensed.add(unit)
    if chance.random() < 0.5:
        left = {"status": "DEM", "status_since": datetime.date(2025, 1, 6)}
        Enrolment.objects.filter(pk=class_[1].pk).update(**left)
    teachings = []
    for number in range(ELEMENTS):
        element = make_element(programme_of(cohort), code=f"R3.{number}")
        if chance.random() < 0.5:
            Weight.objects.create(unit=unit, element=element, coefficient=1)
        teachings.append(make_teaching(cohort, element))
        random_marks(chance, teachings[-1], class_, group)
    return teachings


def random_marks(chance: random.Random, teaching: Teaching, class_: list[Enrolment], group: Group) -> None:
    """Most have a number everywhere in half of the elements; in the others, anything."""
    by = make_user()
    codes = chance.choice([["", ""], ["", "", "", "ABI", "ABJ", "ATT", None]])
    for kind in chance.choice([[NORMAL], [NORMAL] * 3, [NORMAL, NORMAL, SECOND], [NORMAL, BONUS], [SECOND]]):
        assessment = make_assessment(
            teaching,
            kind=kind,
            maximum=chance.choice(["20", "10", "30", "7.5"]),
            coefficient=chance.choice(["1", "2", "0.75"]) if kind == NORMAL else "1",
            group=chance.choice([None, None, None, group]) if kind == NORMAL else None,
        )
        hundredths = int(Decimal(assessment.maximum) * 100)
        for enrolment in class_:
            code = chance.choice(codes)
            if code is None or (kind != NORMAL and chance.random() < 0.6):
                continue
            emptied = chance.random() < 0.03
            value = None if code or emptied else Decimal(chance.randint(0, hundredths)).scaleb(-2)
            Mark.objects.create(
                assessment=assessment,
                enrolment=enrolment,
                value=value,
                code=code,
                entered_by=by,
                entered_at=ENTERED,
            )


@pytest.mark.parametrize("seed", range(6))
def test_means_and_counts_are_those_of_the_sheets(seed):
    teachings = random_class(random.Random(seed))
    sheets = many_sheets(list(Teaching.objects.order_by("pk")))
    written = written_in(sheets)
    means = ClassMeans(sheets, written).by_teaching

    for sheet, one in zip(sheets, map(load_sheet, teachings), strict=True):
        [(_, figures)] = one.average_figures()
        assert means[one.teaching.pk] == (figures and figures.mean)
        assert counted(sheet, written) == (one.progress(), sum(gap.awaited for gap in one.gaps()))
