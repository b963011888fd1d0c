"""The average of an element, for the mark sheet and for the jury."""

from decimal import Decimal
from fractions import Fraction

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grades import sheet
from grades.averages import Element, Figures, Mark, element_average, figures, rounded, shown
from grades.mark_reasons import SheetMark, element_of, reasons_of
from grades.sheet import Settings
from jury import rules
from jury.rules import ue_averages


def mark(text: str, coefficient: int = 1, *, second: bool = False) -> SheetMark:
    """A mark on 20 as domain.md writes them: "12", "ABI", "" for not entered."""
    value = None if text in ("ABI", "ABJ", "ATT", "") else Decimal(text)
    code = text if value is None else ""
    return SheetMark(value, Decimal(20), Decimal(coefficient), code, second_chance=second)


def weighed(marks, settings):
    """(Σ coefficient × points, Σ coefficient) of what is said to count, added up by hand."""
    told = reasons_of(marks, average_of(marks, settings), settings)
    kept = [(Fraction(reason.given.coefficient), reason.points) for reason in told if reason.counts]
    return sum(weight * points for weight, points in kept), sum(weight for weight, _ in kept)


def average_of(marks, settings=None):
    return element_average(element_of(marks), settings or Settings())


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
    found = average_of(marks)

    assert (found.value and str(rounded(found.value)), found.awaited) == (average, provisional)


def test_the_settings_of_the_regulation():
    neutral, replace = Settings(unjustified_absence="neutral"), Settings(second_chance="replace")

    assert average_of([mark("ABI"), mark("13", 2)], neutral).value == 13
    assert average_of([mark("12"), mark("11", second=True)], replace).value == 11


def test_a_maximum_other_than_20_counts_in_proportion():
    marks = [Mark(Decimal("6.5"), Decimal(10)), Mark(Decimal(20), Decimal(30), Decimal(2))]

    assert element_average(Element(tuple(marks)), Settings()).value == Fraction(13 + 2 * Fraction(40, 3), 3)


@pytest.mark.parametrize(
    ("exact", "displayed"), [("9.995", "10.00"), ("7.995", "8.00"), ("9.9949", "9.99"), ("0", "0.00")]
)
def test_rounding_is_half_up(exact, displayed):
    assert str(rounded(Fraction(exact))) == displayed


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


def test_the_sheet_and_the_jury_ask_the_same_engine():
    """One function: what the sheet shows is what the jury decides from."""
    assert sheet.element_average is ue_averages.element_average is element_average
    assert (rules.Mark, rules.Element) == (Mark, Element)
    assert sheet.shown is shown


hundredths = st.integers(0, 2000).map(lambda number: Decimal(number).scaleb(-2))
coefficients = st.integers(1, 500).map(lambda number: Decimal(number).scaleb(-2))
maxima = st.sampled_from([Decimal(20), Decimal(10), Decimal(30), Decimal(100), Decimal("7.5")])


@st.composite
def marks_of_a_sheet(draw: st.DrawFn, *, second: bool = False) -> SheetMark:
    maximum = draw(maxima)
    code = draw(st.sampled_from(["", "", "", "ABI", "ABJ", "ATT"]))
    value = None if code else (draw(hundredths) * maximum / 20).quantize(Decimal("0.01"))
    return SheetMark(value, maximum, draw(coefficients), code, second_chance=second)


@hypothesis.settings(deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
@given(
    marks=st.lists(marks_of_a_sheet(), min_size=1, max_size=6),
    chance=st.none() | marks_of_a_sheet(second=True),
    absence=st.sampled_from(["zero", "neutral"]),
    setting=st.sampled_from(["best", "replace"]),
)
def test_what_the_sheet_says_of_each_mark_adds_up_to_the_average(marks, chance, absence, setting):
    everything = [*marks, *([chance] if chance else [])]
    settings = Settings(absence, setting)
    average = average_of(everything, settings)
    points, weight = weighed(everything, settings)

    assert (points / weight if weight else None) == average.value
    if not (average.second_chance and average.second_chance.replaces):
        assert (points, weight) == (average.points, average.coefficient)
