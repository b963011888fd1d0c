"""The sheet's running average, and that the jury's engine gives the same."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grades.averages import Figures, Given, element_average, figures, is_provisional, rounded
from jury.rules import averages as rules
from jury.rules import values as engine


def mark(text: str, coefficient: int = 1, *, second: bool = False) -> Given:
    """A mark on 20 as domain.md writes them: "12", "ABI", "" for not entered."""
    value = None if text in ("ABI", "ABJ", "ATT", "") else Decimal(text)
    code = text if value is None else ""
    return Given(Decimal(coefficient), Decimal(20), value, code, second)


@pytest.mark.parametrize(
    ("marks", "average", "provisional"),
    [
        ([mark("12"), mark("13", 2)], "12.67", False),
        ([mark("ABI"), mark("13", 2)], "8.67", False),
        ([mark("12"), mark("ABJ", 2)], "12.00", False),
        ([mark("12"), mark("ATT", 2)], "12.00", True),
        ([mark("12"), mark("", 2)], "12.00", True),
        ([mark("12"), mark("11", second=True)], "12.00", False),
        ([mark("12"), mark("18", second=True)], "18.00", False),
        ([mark("ABI"), mark("17", second=True)], "17.00", False),
        ([mark("10"), mark("ABI", second=True)], "10.00", False),
        ([mark("10"), mark("", second=True)], "10.00", False),
        ([mark("10"), mark("ATT", second=True)], "10.00", True),
        ([mark("ABJ"), mark("ABJ", 2)], None, False),
        ([], None, False),
    ],
)
def test_the_worked_cases_of_the_domain(marks, average, provisional):
    exact = element_average(marks)

    assert (None if exact is None else str(rounded(exact)), is_provisional(marks)) == (average, provisional)


def test_the_settings_of_the_regulation():
    assert element_average([mark("ABI"), mark("13", 2)], unjustified_absence="neutral") == 13
    assert element_average([mark("12"), mark("11", second=True)], second_chance="replace") == 11


def test_a_maximum_other_than_20_counts_in_proportion():
    marks = [Given(Decimal(1), Decimal(10), Decimal("6.5")), Given(Decimal(2), Decimal(30), Decimal(20))]

    assert element_average(marks) == Fraction(13 + 2 * Fraction(40, 3), 3)


@pytest.mark.parametrize(
    ("exact", "shown"), [("9.995", "10.00"), ("7.995", "8.00"), ("9.9949", "9.99"), ("0", "0.00")]
)
def test_rounding_is_half_up(exact, shown):
    assert str(rounded(Fraction(exact))) == shown


def test_figures_of_a_class():
    values = [Fraction(value) for value in (8, 12, 20, 12)]

    assert figures(values) == Figures(
        size=4,
        mean=Decimal("13.00"),
        deviation=Decimal("4.36"),
        lowest=Decimal("8.00"),
        highest=Decimal("20.00"),
        bars=(0, 0, 0, 0, 1, 0, 2, 0, 0, 1),
    )
    assert figures([]) is None


hundredths = st.integers(0, 2000).map(lambda number: Decimal(number).scaleb(-2))
coefficients = st.integers(1, 500).map(lambda number: Decimal(number).scaleb(-2))
maxima = st.sampled_from([Decimal(20), Decimal(10), Decimal(30), Decimal(100), Decimal("7.5")])


@st.composite
def given_marks(draw: st.DrawFn, *, second: bool = False) -> Given:
    maximum = draw(maxima)
    code = draw(st.sampled_from(["", "", "", "ABI", "ABJ", "ATT"]))
    value = None if code else (draw(hundredths) * maximum / 20).quantize(Decimal("0.01"))
    return Given(draw(coefficients), maximum, value, code, second)


@given(
    marks=st.lists(given_marks(), min_size=1, max_size=6),
    chance=st.none() | given_marks(second=True),
    absence=st.sampled_from(["zero", "neutral"]),
    setting=st.sampled_from(["best", "replace"]),
)
def test_the_sheet_and_the_jury_give_the_same_average(marks, chance, absence, setting):
    regulation = engine.Regulation(unjustified_absence=absence, second_chance=setting)
    element = engine.Element(
        marks=tuple(
            engine.Mark(value=each.value, out_of=each.maximum, coefficient=each.coefficient, code=each.code)
            for each in marks
        ),
        second_chance=chance and engine.Mark(value=chance.value, out_of=chance.maximum, code=chance.code),
    )
    judged = rules.element_average(element, "UE31", regulation)
    everything = [*marks, *([chance] if chance else [])]
    shown = element_average(everything, unjustified_absence=absence, second_chance=setting)

    assert shown == judged.value
    assert is_provisional(everything) == (judged.state == "ATT")
    if shown is not None:
        assert rounded(shown) == rules.shown(judged.value, 2)
