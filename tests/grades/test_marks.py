"""Reading what a person types in a cell."""

from decimal import Decimal

import pytest

from butrt.base import french
from grades.marks import MarkError, Typed, read_mark

TWENTY = Decimal(20)


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("14,5", Typed(Decimal("14.50"))),
        ("14.5", Typed(Decimal("14.50"))),
        (" 12,25\N{NO-BREAK SPACE}", Typed(Decimal("12.25"))),
        ("12,500", Typed(Decimal("12.50"))),
        ("0", Typed(Decimal("0.00"))),
        ("20", Typed(Decimal("20.00"))),
        ("ABI", Typed(code="ABI")),
        ("abj", Typed(code="ABJ")),
        ("Att", Typed(code="ATT")),
        ("", Typed()),
        ("   ", Typed()),
    ],
)
def test_a_mark_is_read(text, typed):
    assert read_mark(text, TWENTY) == typed


@pytest.mark.parametrize(
    ("text", "reason", "suggestion"),
    [
        ("125", "125 dépasse le maximum, 20.", "12,5"),
        ("1225", "1225 dépasse le maximum, 20.", "12,25"),
        ("20,01", "20,01 dépasse le maximum, 20.", ""),
        ("25", "25 dépasse le maximum, 20.", "2,5"),
        ("-3", "-3 est négatif, une note va de 0 à 20.", ""),
        ("−0,5", "−0,5 est négatif, une note va de 0 à 20.", ""),
        ("12,345", "12,345 a plus de deux décimales.", ""),
        ("AIB", "AIB\N{NO-BREAK SPACE}? Vouliez-vous ABI\N{NO-BREAK SPACE}?", "ABI"),
        ("at", "at\N{NO-BREAK SPACE}? Vouliez-vous ATT\N{NO-BREAK SPACE}?", "ATT"),
        ("AB", "AB\N{NO-BREAK SPACE}? Vouliez-vous ABI ou ABJ\N{NO-BREAK SPACE}?", ""),
        (
            "absent",
            "«\N{NO-BREAK SPACE}absent\N{NO-BREAK SPACE}» n’est ni une note ni un code (ABI, ABJ, ATT).",
            "",
        ),
        (
            "12/20",
            "«\N{NO-BREAK SPACE}12/20\N{NO-BREAK SPACE}» n’est ni une note ni un code (ABI, ABJ, ATT).",
            "",
        ),
        (
            "1e1",
            "«\N{NO-BREAK SPACE}1e1\N{NO-BREAK SPACE}» n’est ni une note ni un code (ABI, ABJ, ATT).",
            "",
        ),
        (
            "NaN",
            "«\N{NO-BREAK SPACE}NaN\N{NO-BREAK SPACE}» n’est ni une note ni un code (ABI, ABJ, ATT).",
            "",
        ),
        ("١٢", "«\N{NO-BREAK SPACE}١٢\N{NO-BREAK SPACE}» n’est ni une note ni un code (ABI, ABJ, ATT).", ""),
    ],
)
def test_what_is_no_mark_is_refused_with_its_reason(text, reason, suggestion):
    with pytest.raises(MarkError) as refusal:
        read_mark(text, TWENTY)

    assert (str(refusal.value), refusal.value.suggestion) == (reason, suggestion)


def test_the_maximum_is_that_of_the_assessment():
    assert read_mark("25", Decimal(30)) == Typed(Decimal("25.00"))
    with pytest.raises(MarkError, match=r"10,5 dépasse le maximum, 10\."):
        read_mark("10,5", Decimal(10))


@pytest.mark.parametrize(
    ("value", "text"), [("14.50", "14,5"), ("12.00", "12"), ("0.00", "0"), ("10.05", "10,05")]
)
def test_a_mark_is_shown_as_a_teacher_types_it(value, text):
    assert french.short(Decimal(value)) == text
