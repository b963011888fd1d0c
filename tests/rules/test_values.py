"""What a verdict keeps for those who print it: elements, states, exact averages."""

from decimal import Decimal
from fractions import Fraction

import pytest

from jury.rules import (
    Code,
    Cohort,
    Earlier,
    Element,
    JuryDecisions,
    Mark,
    Regulation,
    Student,
    Unit,
    decide,
)

TWELVE, EXEMPTED, ABSENT, AWAITED = Mark(Decimal(12)), Mark(code="ABJ"), Mark(code="ABI"), Mark(code="ATT")
EIGHT = Decimal(8)


def judged(element=None, regulation=None, **fields):
    """UE11, of an element E of coefficient 3 at 12 over F of coefficient 1 at 8."""
    unit = Unit(
        "UE11", 1, "RT1", 1, Decimal(30), coefficients={"E": Decimal(3), "F": Decimal(1), "P": Decimal(0)}
    )
    elements = {"F": Element(average=EIGHT)} | ({"E": element} if element else {})
    student = Student("s", 1, (1,), elements=elements, **fields)
    return decide(student, Cohort((unit,), regulation or Regulation())).units["UE11"]


@pytest.mark.parametrize(
    ("element", "average", "state", "provisional", "of_the_unit"),
    [
        (Element((TWELVE,)), 12, "", False, "11.00"),
        (Element((EXEMPTED,)), None, "ABJ", False, "8.00"),
        (Element((EXEMPTED,), second_chance=TWELVE), 12, "", False, "11.00"),
        (Element((EXEMPTED, TWELVE)), 12, "", False, "11.00"),
        (Element((ABSENT,)), 0, "", False, "2.00"),
        (Element((AWAITED, TWELVE)), 12, "ATT", True, "11.00"),
        (Element((TWELVE,), second_chance=AWAITED), 12, "ATT", True, "11.00"),
        (Element(()), None, "missing", True, "8.00"),
        (Element((), second_chance=TWELVE), 12, "missing", True, "11.00"),
        (None, None, "missing", True, "8.00"),
    ],
)
def test_an_element_in_a_unit(element, average, state, provisional, of_the_unit):
    unit = judged(element)
    line, other, portfolio = unit.elements

    assert (line.coefficient, line.average, line.state) == (3, average, state)
    assert (other.coefficient, other.average, other.state) == (1, 8, "")
    assert (portfolio.coefficient, portfolio.average, portfolio.state) == (0, None, "")
    assert (unit.average, unit.provisional) == (Decimal(of_the_unit), provisional)


def test_absences_neutralised_by_the_regulation():
    line = judged(Element((ABSENT,)), Regulation(unjustified_absence="neutral")).elements[0]

    assert (line.average, line.state) == (None, "ABI")


def test_the_exact_average_is_kept():
    unit = judged(Element((Mark(Decimal(5), out_of=Decimal(7)),)))

    assert (unit.exact, unit.average) == (Fraction(3 * Fraction(100, 7) + 8, 4), Decimal("12.71"))


def test_an_acquired_unit_keeps_its_elements_and_is_not_provisional():
    unit = judged(earlier={"UE11": Earlier(Decimal("10.5"), "ADM")})

    assert (unit.average, unit.code, unit.provisional) == (Decimal("10.50"), "ADM", False)


def test_units_that_cannot_make_a_rcue_are_refused():
    units = [Unit(f"UE{i}", semester, "RT1", 1, Decimal(10)) for i, semester in enumerate((1, 2, 2))]

    with pytest.raises(ValueError, match="UE0, UE1, UE2 : plus de deux UE pour le RCUE RT1/1"):
        Cohort(tuple(units))


def test_a_unit_that_the_jury_made_adm_is_not_said_to_be_by_its_average():
    units = [Unit(f"UE{s}1", s, "RT1", 2, Decimal(6)) for s in (3, 4)]
    averages = {"UE31": Decimal(5), "UE41": TWELVE.value}
    student = Student("s", 2, (3, 4), averages=averages, jury=JuryDecisions(units={"UE31": Code.ADM}))
    verdict = decide(student, Cohort(tuple(units)))

    assert verdict.rcues["RT1/2"].code == "ADM"
    assert [reason.text for reason in verdict.reasons if reason.about == "RT1/2"] == [
        "Les deux UE sont acquises\N{NO-BREAK SPACE}: RT1 est acquise au niveau 2 (ADM)."
    ]


def test_a_competence_acquired_without_an_average_is_said_to_be_so():
    units = [Unit(f"UE{s}{c}", s, f"RT{c}", 2, Decimal(6)) for s in (3, 4) for c in (1, 2, 3)]
    averages = {
        unit.code: {"RT1": TWELVE.value, "RT2": EIGHT}[unit.competence] for unit in units[:2] + units[3:5]
    }
    acquired = {f"UE{s}3": Earlier(None, Code.ADJR) for s in (3, 4)}
    student = Student("s", 2, (3, 4), averages=averages, earlier=acquired, dispensed=frozenset(acquired))
    verdict = decide(student, Cohort(tuple(units)))

    assert verdict.year == "PASD"
    [more] = [reason.text for reason in verdict.reasons if "plus de la moitié" in reason.text]
    assert more == (
        "2 compétences sur 3 à 10 ou plus, dont 1 acquise sans moyenne"
        "\N{NO-BREAK SPACE}: il en faut 2, plus de la moitié."
    )


def test_each_student_is_judged_by_their_own_programme():
    iom, cyber = (
        Cohort((Unit(f"UE11 {name}", 1, f"RT4.{name}", 1, Decimal(ects)),))
        for name, ects in (("IOM", 12), ("Cyber", 10))
    )
    cohort = Cohort((), programmes={"IOM": iom, "Cyber": cyber})
    averages = {"UE11 IOM": TWELVE.value, "UE11 Cyber": EIGHT}
    in_iom, in_cyber = (Student("s", 1, (1,), averages=averages, programme=name) for name in ("IOM", "Cyber"))

    assert (cohort.of(in_iom), cohort.of(in_cyber), iom.of(in_iom)) == (iom, cyber, iom)
    assert cohort.judged(in_cyber) == list(cyber.units)
    assert decide(in_iom, cohort) == decide(in_iom, iom)
    assert [decide(student, cohort).ects_total for student in (in_iom, in_cyber)] == [12, 0]


def test_a_student_without_a_programme_is_judged_by_the_units_of_the_cohort():
    cohort = Cohort((Unit("UE11", 1, "RT1", 1, Decimal(12)),), programmes={"IOM": Cohort(())})
    student = Student("s", 1, (1,), averages={"UE11": TWELVE.value})

    assert cohort.of(student) is cohort
    assert decide(student, cohort).ects_total == 12


@pytest.mark.parametrize(
    ("fields", "last"),
    [
        ({"semesters": (3,)}, 3),
        ({"semesters": (3, 4)}, 4),
        ({"semesters": (3,), "ends_year": True}, 4),
        ({"semesters": (4,), "ends_year": True}, 4),
    ],
)
def test_the_semester_that_the_next_one_follows(fields, last):
    student = Student("s", 2, **fields)

    assert (student.last_semester, student.year_ends) == (last, last == 4)


def test_extra_repeats_are_for_any_semester_or_for_those_said():
    unsaid = Student("s", 2, (3, 4), extra_repeats=2)
    by_semester = Student("s", 2, (3, 4), extra_repeats={3: 2, 4: 0})

    for student, of_s3, of_s4 in ((unsaid, 1, 1), (by_semester, 2, 0)):
        assert student.extra_repeats_in_all == 2
        assert (student.extra_repeats_of(3), student.extra_repeats_of(4)) == (of_s3, of_s4)
