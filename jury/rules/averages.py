"""From marks to the averages of elements, UE and RCUE: exact, rounded once where shown or compared."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import gcd
from typing import Literal, NamedTuple

from .reasons import ABSENCES, ASSESSMENT, BONUS, NBSP, SECOND_CHANCE, Article, Reason, french
from .values import Cohort, Element, ElementLine, Exact, Mark, Rcue, Regulation, Student, Unit, ratio_of

ABSENCE_WORDS = {"ABJ": "absence justifiée", "ABI": "absence injustifiée"}


# ------------------------------------------------------------------------------------------- rounding


def shown(average: Fraction | None, decimals: int) -> Decimal | None:
    """Round half up, once: what is displayed is what is decided. Averages are never negative."""
    if average is None:
        return None
    numerator, denominator = average.numerator, average.denominator
    return _decimal((2 * numerator * 10**decimals + denominator) // (2 * denominator), decimals)


@lru_cache(maxsize=8192)
def _decimal(grains: int, decimals: int) -> Decimal:
    return Decimal((0, tuple(map(int, str(grains))), -decimals))


@lru_cache(maxsize=8192)
def fraction(number: Decimal) -> Fraction:
    """The same number, exactly."""
    return Fraction(number)


# ------------------------------------------------------------------------------------------- elements


class ElementAverage(NamedTuple):
    """An element's average as a ratio (denominator 0: none), its state, and what must be told of it."""

    numerator: int
    denominator: int
    state: Literal["", "ABJ", "ABI", "ATT", "missing"] = ""
    remarks: tuple[tuple[Article, str], ...] = ()

    @property
    def value(self) -> Fraction | None:
        return Fraction(self.numerator, self.denominator) if self.denominator else None


MISSING = ElementAverage(0, 0, "missing")


def element_average(element: Element, unit: str, regulation: Regulation) -> ElementAverage:
    """Σ coefficient × mark ÷ Σ coefficient over what counts, as the element counts in `unit`."""
    if element.plain:
        return ElementAverage(*element.plain)
    return _with_codes_and_weights(element, unit, regulation)


def _with_codes_and_weights(element: Element, unit: str, regulation: Regulation) -> ElementAverage:
    """The same, with absences, weights by UE and the second chance."""
    earned: Exact = 0
    weight: Exact = 0
    remarks: list[tuple[Article, str]] = []
    left_out: list[Mark] = []
    for mark in element.marks:
        if mark.code == "ATT":
            continue
        if mark.code == "ABJ" or (mark.code == "ABI" and regulation.unjustified_absence == "neutral"):
            left_out.append(mark)
            continue
        factor = fraction(mark.weights[unit]) if unit in mark.weights else 1
        earned += mark.earned * factor
        weight += mark.weight * factor
        if mark.code == "ABI":
            remarks.append((ABSENCES, "absence injustifiée, comptée 0, le coefficient est gardé."))
    everything_left_out = bool(left_out) and len(left_out) == len(element.marks)
    if not everything_left_out:
        remarks += [(ABSENCES, _left_out(mark)) for mark in left_out]

    average = ElementAverage(*ratio_of(earned, weight))
    if element.second_chance:
        average, remark = _after_second_chance(average, element.second_chance, regulation)
        remarks.append((SECOND_CHANCE, remark))

    state: Literal["", "ABJ", "ABI", "ATT", "missing"] = ""
    if not element.marks:
        state = "missing"
    elif any(mark.code == "ATT" for mark in (*element.marks, element.second_chance) if mark):
        state = "ATT"
    elif everything_left_out and not average.denominator:
        state = "ABJ" if any(mark.code == "ABJ" for mark in left_out) else "ABI"
    return average._replace(state=state, remarks=tuple(remarks))


def _left_out(mark: Mark) -> str:
    coefficient = french(mark.coefficient)
    return f"{ABSENCE_WORDS[mark.code]}, elle sort de la moyenne avec son coefficient {coefficient}."


def _after_second_chance(
    first: ElementAverage, chance: Mark, regulation: Regulation
) -> tuple[ElementAverage, str]:
    """The better of the two, or the second (setting); an absence or a mark awaited changes nothing."""
    if chance.value is None:
        return first, f"{chance.code} à la seconde chance, la moyenne reste."
    second = ElementAverage(*ratio_of(chance.earned, chance.weight))
    before, after = first.value, second.value
    told = french(shown(after, regulation.decimals) or 0)
    if before is None or after is None:
        return second, f"{told} à la seconde chance, seule note."
    known = french(shown(before, regulation.decimals) or 0)
    if after > before:
        return second, f"{told} à la seconde chance, mieux que {known}, la remplace."
    if regulation.second_chance == "replace":
        return second, f"{told} à la seconde chance remplace {known}."
    return first, f"{told} à la seconde chance, pas mieux que {known}, qui reste."


# ---------------------------------------------------------------------------------------------- units


@dataclass(slots=True)
class UnitAverage:
    """What this year's marks say of a judged unit, before any decision.

    `taken` is False when the student does not take the unit: an earlier decision stands.
    """

    unit: Unit
    taken: bool
    average: Fraction | None = None
    blocked: tuple[str, ...] = ()
    elements: tuple[ElementLine, ...] = ()
    reasons: tuple[Reason, ...] = ()


def unit_averages(student: Student, cohort: Cohort) -> dict[str, UnitAverage]:
    """The average of each judged unit, with what blocks it."""
    known: dict[str, ElementAverage] = {}
    averages = {}
    for unit in cohort.judged(student):
        if unit.code in student.averages:
            average = UnitAverage(unit, taken=True, average=fraction(student.averages[unit.code]))
        elif _is_taken(unit, student):
            average = _from_elements(unit, student, cohort.regulation, known)
        else:
            average = UnitAverage(unit, taken=False)
        if average.average is not None and unit.code in student.bonus:
            _add_bonus(average, student.bonus[unit.code], cohort.regulation)
        if average.average is None and not average.blocked and _must_have_average(average, student):
            average.blocked = (f"{unit.code}: aucune moyenne",)
        averages[unit.code] = average
    return averages


def _is_taken(unit: Unit, student: Student) -> bool:
    if unit.code in student.dispensed:
        return False
    return unit.code not in student.earlier or not unit.expected.isdisjoint(student.elements)


def _must_have_average(average: UnitAverage, student: Student) -> bool:
    return average.taken or average.unit.code not in student.earlier


def _from_elements(
    unit: Unit, student: Student, regulation: Regulation, known: dict[str, ElementAverage]
) -> UnitAverage:
    """Σ coefficient × element ÷ Σ coefficient over the elements that have an average.

    `known` keeps the averages of the elements that weigh alike in every unit.
    """
    total, common, counted = 0, 1, 0
    lines, blocked, reasons = [], [], []
    code = unit.code
    for name, coefficient, whole in unit.whole_coefficients:
        element = known.get(name)
        if element is None:
            element = _element(name, code, student, regulation, known)
        numerator, denominator, state, remarks = element
        if whole:
            if denominator:
                if common % denominator:
                    growth = denominator // gcd(common, denominator)
                    total *= growth
                    common *= growth
                total += whole * numerator * (common // denominator)
                counted += whole
            if state:
                if state in ("ATT", "missing"):
                    blocked.append(f"{code}: {name} {'ATT' if state == 'ATT' else 'sans note'}")
                reasons.append(_state_reason(unit, name, coefficient, state))
            reasons += [Reason(code, article, f"{name}{NBSP}: {text}") for article, text in remarks]
        elif state == "missing":
            state = ""  # a coefficient of 0 expects nothing
        lines.append(ElementLine(name, coefficient, numerator, denominator, state))
    average = Fraction(total, common * counted) if counted else None
    return UnitAverage(unit, True, average, tuple(blocked), tuple(lines), tuple(reasons))


def _element(
    name: str, unit: str, student: Student, regulation: Regulation, known: dict[str, ElementAverage]
) -> ElementAverage:
    element = student.elements.get(name)
    if element is None:
        known[name] = MISSING
        return MISSING
    average = element_average(element, unit, regulation)
    if not element.weighted:
        known[name] = average
    return average


def _state_reason(unit: Unit, name: str, coefficient: Decimal, state: str) -> Reason:
    told = french(coefficient)
    if state in ABSENCE_WORDS:
        text = f"{ABSENCE_WORDS[state]}, la note et le coefficient {told} sortent de la moyenne."
        return Reason(unit.code, ABSENCES, f"{name}{NBSP}: {text}")
    what = "une note est attendue" if state == "ATT" else "aucune note"
    text = f"{name}{NBSP}: {what} (coefficient {told}), la moyenne de {unit.code} n’est que provisoire."
    return Reason(unit.code, ASSESSMENT, text, False)


def _add_bonus(average: UnitAverage, bonus: Decimal, regulation: Regulation) -> None:
    before = average.average
    assert before is not None  # only called with one
    after = min(Fraction(20), max(Fraction(0), before + fraction(bonus)))
    word, operator = ("Bonus", "+") if bonus >= 0 else ("Malus", "−")
    was, size = french(shown(before, regulation.decimals) or 0), french(bonus.copy_abs())
    becomes = french(shown(after, regulation.decimals) or 0)
    text = f"{word}{NBSP}: {was} {operator} {size} donne {becomes}."
    average.average = after
    average.reasons += (Reason(average.unit.code, BONUS, text),)


# ---------------------------------------------------------------------------------------------- RCUE


def rcue_average(rcue: Rcue, first: Fraction, second: Fraction, regulation: Regulation) -> Fraction | None:
    """The weighted mean of the two units, from their exact averages or the displayed ones (setting).

    None when neither weighs: a programme that gives no coefficients, in a règlement that weighs by them.
    """
    if not any(rcue.weights):
        return None
    if regulation.rcue_from == "displayed":
        first, second = (fraction(shown(unit, regulation.decimals)) for unit in (first, second))
    one, other = rcue.weights
    numerator = one * first.numerator * second.denominator + other * second.numerator * first.denominator
    return Fraction(numerator, (one + other) * first.denominator * second.denominator)
