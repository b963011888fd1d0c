"""From marks to the averages of elements, UE and RCUE: exact, rounded once where shown or compared."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import gcd

from .reasons import ABSENCES, ASSESSMENT, BONUS, NBSP, SECOND_CHANCE, Article, Reason, french
from .values import Cohort, Element, ElementAverage, Exact, Mark, Rcue, Regulation, Student, Unit

ABSENCE_WORDS = {"ABJ": "absence justifiée", "ABI": "absence injustifiée"}


# ------------------------------------------------------------------------------------------- rounding


def shown(average: Fraction | None, decimals: int) -> Decimal | None:
    """Round half up, once: what is displayed is what is decided. Averages are never negative."""
    return None if average is None else rounded(*average.as_integer_ratio(), decimals)


def rounded(numerator: int, denominator: int, decimals: int) -> Decimal:
    """numerator ÷ denominator, rounded half up."""
    return _decimal((2 * numerator * 10**decimals + denominator) // (2 * denominator), decimals)


@lru_cache(maxsize=8192)
def _decimal(grains: int, decimals: int) -> Decimal:
    return Decimal((0, tuple(map(int, str(grains))), -decimals))


def ratio(earned: Exact, weight: Exact) -> tuple[int, int]:
    """earned ÷ weight as two integers; (0, 0) if nothing weighs."""
    if type(earned) is int and type(weight) is int:
        return earned, weight
    return Fraction(earned, weight).as_integer_ratio() if weight else (0, 0)


@lru_cache(maxsize=8192)
def fraction(number: Decimal) -> Fraction:
    """The same number, exactly."""
    return Fraction(number)


# ------------------------------------------------------------------------------------------- elements


MISSING = ElementAverage(0, 0, "missing")


def element_average(element: Element, unit: str, regulation: Regulation) -> ElementAverage:
    """Σ coefficient × mark ÷ Σ coefficient over what counts, as the element counts in `unit`."""
    if element.average is not None:
        return ElementAverage(*element.average.as_integer_ratio())
    if element.second_chance or not element.marks:
        return _by_the_regulation(element, unit, regulation)
    earned: Exact = 0
    weight: Exact = 0
    for mark in element.marks:
        if not mark.plain:
            return _by_the_regulation(element, unit, regulation)
        earned += mark.earned
        weight += mark.weight
    return ElementAverage(*ratio(earned, weight))


def _by_the_regulation(element: Element, unit: str, regulation: Regulation) -> ElementAverage:
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

    average = ElementAverage(*ratio(earned, weight))
    if element.second_chance:
        average, remark = _after_second_chance(average, element.second_chance, regulation)
        remarks.append((SECOND_CHANCE, remark))

    if not element.marks:
        average.state = "missing"
    elif any(mark.code == "ATT" for mark in (*element.marks, element.second_chance) if mark):
        average.state = "ATT"
    elif everything_left_out and not average.denominator:
        average.state = "ABJ" if any(mark.code == "ABJ" for mark in left_out) else "ABI"
    average.remarks = tuple(remarks)
    average.alike = not any(mark.weights for mark in element.marks)
    return average


def _left_out(mark: Mark) -> str:
    coefficient = french(mark.coefficient)
    return f"{ABSENCE_WORDS[mark.code]}, elle sort de la moyenne avec son coefficient {coefficient}."


def _after_second_chance(
    first: ElementAverage, chance: Mark, regulation: Regulation
) -> tuple[ElementAverage, str]:
    """The better of the two, or the second (setting); an absence or a mark awaited changes nothing."""
    if chance.value is None:
        return first, f"{chance.code} à la seconde chance, la moyenne reste."
    second = ElementAverage(*ratio(chance.earned, chance.weight))
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
    elements: tuple[ElementAverage, ...] = ()
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

    Integers all along, over a common denominator that grows when an element needs it.
    `known` keeps the averages of the elements that count alike in every unit.
    """
    total, common, weight = 0, 1, 0
    averages, told = [], False
    for name, whole in unit.whole_coefficients:
        average = known.get(name) or _element(name, unit, student, regulation, known)
        averages.append(average)
        if not whole:
            continue
        denominator = average.denominator
        if denominator:
            if common % denominator:
                growth = denominator // gcd(common, denominator)
                total *= growth
                common *= growth
            total += whole * average.numerator * (common // denominator)
            weight += whole
        if average.state or average.remarks:
            told = True
    exact = Fraction(total, common * weight) if weight else None
    judged = UnitAverage(unit, True, exact, elements=tuple(averages))
    if told:
        _tell_elements(judged)
    return judged


def _element(
    name: str, unit: Unit, student: Student, regulation: Regulation, known: dict[str, ElementAverage]
) -> ElementAverage:
    element = student.elements.get(name)
    average = MISSING if element is None else element_average(element, unit.code, regulation)
    if average.alike:
        known[name] = average
    return average


def _tell_elements(judged: UnitAverage) -> None:
    """What blocks the unit, and what was done of absences and second chances."""
    unit, code = judged.unit, judged.unit.code
    for (name, coefficient), average in zip(unit.coefficients.items(), judged.elements, strict=True):
        if not coefficient:
            continue
        if average.state in ("ATT", "missing"):
            what = "ATT" if average.state == "ATT" else "sans note"
            judged.blocked += (f"{code}: {name} {what}",)
        if average.state:
            judged.reasons += (_state_reason(unit, name, coefficient, average.state),)
        for article, text in average.remarks:
            judged.reasons += (Reason(code, article, f"{name}{NBSP}: {text}"),)


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
    return Fraction(*weighted_mean(rcue, first.as_integer_ratio(), second.as_integer_ratio()))


def weighted_mean(rcue: Rcue, first: tuple[int, int], second: tuple[int, int]) -> tuple[int, int]:
    """The mean of the two units of a RCUE by its weights, as they are: numerators and denominators."""
    (earned, out_of), (earned_2, out_of_2), (weight, weight_2) = first, second, rcue.weights
    return weight * earned * out_of_2 + weight_2 * earned_2 * out_of, (weight + weight_2) * out_of * out_of_2
