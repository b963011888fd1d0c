"""What a bonus évaluation gives by the rule of the règlement: worked examples, and what it promises."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grades.averages import BonusRule, Mark, in_decimals
from grades.bonus import in_words, rule_of

SPORT = BonusRule(Decimal(10), Decimal(5), Decimal("0.5"))
MARKS = st.decimals(0, 20, places=2).map(Mark)
RULES = st.builds(
    BonusRule,
    st.decimals(0, 20, places=2),
    st.decimals(0, 100, places=2),
    st.decimals(0, 20, places=2),
)


@pytest.mark.parametrize(
    ("marks", "points"),
    [
        ([], 0),
        (["9.99"], 0),
        (["10"], 0),
        (["14"], Fraction(1, 5)),
        (["12.37"], Fraction("0.1185")),
        (["20"], Fraction(1, 2)),
        (["14", "16"], Fraction(1, 2)),  # 0.2 and 0.3: sport and culture
        (["4", "16"], Fraction(3, 10)),  # what is under the floor takes nothing from the other
        (["20", "20"], Fraction(1, 2)),  # capped
    ],
)
def test_five_percent_of_what_exceeds_ten_half_a_point_at_most(marks, points):
    assert SPORT.points([Mark(Decimal(mark)) for mark in marks]) == points


def test_a_mark_out_of_another_maximum_and_its_weight_in_a_unit():
    mark = Mark(Decimal(35), out_of=Decimal(50), weights={"UE31": Decimal("0.5"), "UE32": Decimal(0)})

    assert [SPORT.points([mark], unit) for unit in ("UE31", "UE32", "UE33")] == [
        Fraction(1, 10),
        0,
        Fraction(1, 5),
    ]


def test_where_it_counts():
    some = BonusRule(Decimal(10), Decimal(5), Decimal(1), ("UE31", "RT3"))

    assert [some.counts_in(*unit) for unit in (("UE31", "RT1"), ("UE32", "RT2"), ("UE33", "RT3"))] == [
        *(True, False, True),
    ]
    assert SPORT.counts_in("UE32", "RT2")


@given(RULES, st.lists(MARKS, max_size=4), st.integers(0, 3), st.decimals(0, 20, places=2))
def test_never_against_the_student_capped_and_a_better_mark_never_gives_less(rule, marks, place, value):
    points = rule.points(marks)
    higher = [
        Mark(max(mark.value or Decimal(0), value)) if index == place else mark
        for index, mark in enumerate(marks)
    ]

    assert 0 <= points <= rule.cap
    assert rule.points(higher) >= points
    assert rule.points([*marks, Mark(value)]) >= points


@given(st.fractions(0, 20), st.fractions(0, 20))
def test_written_in_decimals_nobody_loses_and_order_is_kept(one, other):
    written, beside = in_decimals(one), in_decimals(other)

    assert one <= Fraction(written) < one + Fraction(1, 10**12)
    assert (written >= beside) or one < other


def test_what_has_decimals_is_written_exactly():
    assert [str(in_decimals(Fraction(text)).normalize()) for text in ("0.1185", "1/3")] == [
        "0.1185",
        "0.333333333334",
    ]


@pytest.mark.parametrize(
    ("bonus", "words"),
    [
        (
            {"floor": "10", "percent": "5", "cap": "0.5", "units": []},
            "5 % de ce qui dépasse 10 sur 20, dans toutes les UE, 0,5 point au plus par UE",
        ),
        (
            {"floor": "12.5", "percent": "10", "cap": "2", "units": ["UE31", "RT3"]},
            "10 % de ce qui dépasse 12,5 sur 20, dans UE31 et RT3, 2 points au plus par UE",
        ),
    ],
)
def test_in_a_sentence(bonus, words):
    assert in_words(rule_of(bonus)).replace("\N{NO-BREAK SPACE}", " ") == words


def test_no_rule():
    assert rule_of(None) is None
