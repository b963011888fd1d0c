"""From marks to the averages of elements, UE and RCUE: exact, rounded once where shown or compared."""

from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import compress, repeat
from math import lcm
from operator import mul, not_

from .numbers import Exact, Ratio, french, ratio, rounding
from .reasons import ABSENCES, ASSESSMENT, BONUS, NBSP, SECOND_CHANCE, Article, Reason, listed
from .values import (
    Cohort,
    Element,
    ElementAverage,
    ElementAverages,
    Mark,
    Plan,
    Rcue,
    Regulation,
    State,
    Student,
    Unit,
    UnitSum,
)

ABSENCE_WORDS = {"ABJ": "absence justifiée", "ABI": "absence injustifiée"}


def shown(average: Fraction | None, decimals: int) -> Decimal | None:
    """An exact average as it is displayed, rounded half up."""
    return None if average is None else rounding(decimals).display(average.as_integer_ratio()).value


# ------------------------------------------------------------------------------------------- elements


NOTHING = Element()
MISSING = ElementAverage(0, 0, "missing")


def element_averages(student: Student, plan: Plan, regulation: Regulation) -> ElementAverages:
    """Σ coefficient × mark ÷ Σ coefficient for each element of the plan, brought to a common denominator.

    Marks that only add up are added here; the others, and what replaces them, go by `element_average`.
    """
    elements = list(map(student.elements.get, plan.elements, repeat(NOTHING)))
    earned = [element.earned for element in elements]
    common, growth = _common_denominator(tuple([element.weights for element in elements]))
    points = list(map(mul, map(sum, earned), growth))
    averages = ElementAverages(plan, points, common)
    for place in compress(range(len(earned)), map(not_, earned)):
        _add_particular(averages, place, elements[place], regulation)
    return averages


@lru_cache(maxsize=256)
def _common_denominator(weights: tuple[tuple[Exact, ...], ...]) -> tuple[int, tuple[int, ...]]:
    """The denominator of all elements together, from the weights of their marks, and how each grows to it.

    A class has the same évaluations: it is found once for all of it. Weights that are no integers do not
    simply add up.
    """
    totals = [sum(of_an_element) for of_an_element in weights]
    denominators = [total if isinstance(total, int) else 0 for total in totals]
    common = lcm(*(denominator for denominator in denominators if denominator))
    return common, tuple(denominator and common // denominator for denominator in denominators)


def _add_particular(averages: ElementAverages, place: int, element: Element, regulation: Regulation) -> None:
    """An element whose marks do not only add up: among the others if it can be, else apart in its units."""
    average = averages.particular[place] = element_average(element, "", regulation)
    common, denominator = averages.common, average.denominator
    if not average.alike:
        for unit in averages.plan.with_element(place):
            averages.apart.setdefault(unit.code, {})[place] = element_average(element, unit.code, regulation)
    elif denominator and not common % denominator:
        averages.points[place] = average.numerator * (common // denominator)
    else:
        for unit in averages.plan.counting[place]:
            averages.apart.setdefault(unit.code, {})[place] = average


def element_average(element: Element, unit: str, regulation: Regulation) -> ElementAverage:
    """The average of one element as it counts in a unit, with absences, weights by UE, the second chance."""
    if element is NOTHING:
        return MISSING
    earned: Exact = 0
    weight: Exact = 0
    left_out: list[Mark] = []
    alike, awaited, zeros = True, False, 0
    for mark in element.marks:
        if mark.plain is not None:
            earned += mark.plain
            weight += mark.weight
            continue
        code = mark.code
        alike = alike and not mark.weights
        if code == "ATT":
            awaited = True
        elif code == "ABJ" or (code == "ABI" and regulation.unjustified_absence == "neutral"):
            left_out.append(mark)
        else:
            factor = Fraction(mark.weights[unit]) if unit in mark.weights else 1
            earned += mark.earned * factor
            weight += mark.weight * factor
            zeros += code == "ABI"
    remarks = [_counted_zero(zeros)] if zeros else []
    if 0 < len(left_out) < len(element.marks):
        for code in dict.fromkeys([mark.code for mark in left_out]):
            remarks.append(_left_out(code, *[mark.told for mark in left_out if mark.code == code]))
    average = ElementAverage(*ratio(earned, weight))
    if element.second_chance:
        average, remark = _after_second_chance(average, element.second_chance, regulation)
        remarks.append((SECOND_CHANCE, remark))
        awaited = awaited or element.second_chance.code == "ATT"
    if awaited or not average.denominator or not element.marks:
        average.state = _state(element, awaited, left_out)
    average.remarks = tuple(remarks)
    average.alike = alike
    return average


def _state(element: Element, awaited: bool, left_out: list[Mark]) -> State:
    """Why it has no average, or a provisional one."""
    if not element.marks:
        return "missing"
    if awaited:
        return "ATT"
    if len(left_out) == len(element.marks):
        return "ABJ" if any(mark.code == "ABJ" for mark in left_out) else "ABI"
    return ""


@lru_cache
def _counted_zero(absences: int) -> tuple[Article, str]:
    if absences == 1:
        return ABSENCES, "absence injustifiée, comptée 0, le coefficient est gardé."
    return ABSENCES, f"{absences} absences injustifiées, comptées 0, leurs coefficients sont gardés."


@lru_cache(maxsize=1024)
def _left_out(code: str, *coefficients: str) -> tuple[Article, str]:
    word = ABSENCE_WORDS[code]
    if len(coefficients) == 1:
        return ABSENCES, f"{word}, elle sort de la moyenne avec son coefficient {coefficients[0]}."
    words = word.replace(" ", "s ") + "s"
    told = f"{len(coefficients)} {words}, elles sortent de la moyenne avec leurs coefficients"
    return ABSENCES, f"{told} {listed(coefficients)}."


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
class Averages:
    """What this year's marks say of the judged units, before any decision; each table is by unit.

    `ratios` has them all, None for one without an average; `known` are those that do not come from the
    elements: an average known as such, or a unit that the student does not take.
    """

    elements: ElementAverages
    known: frozenset[str]
    ratios: dict[str, Ratio | None] = field(default_factory=dict)
    blocked: dict[str, list[str]] = field(default_factory=dict)
    reasons: dict[str, list[Reason]] = field(default_factory=dict)

    def raised(self, unit: str, points: Decimal) -> "Averages":
        """The same with the average of one unit so many points higher."""
        average = Fraction(*(self.ratios[unit] or (0, 1))) + Fraction(points)
        return replace(self, ratios=self.ratios | {unit: average.as_integer_ratio()})


def unit_averages(student: Student, cohort: Cohort) -> Averages:
    """The average of each judged unit, with what blocks it."""
    plan = cohort.plan(student)
    left = _units_left(student, plan)
    elements = element_averages(student, plan, cohort.regulation)
    averages = Averages(elements, left.union(student.averages))
    for place, element in elements.particular.items():
        _tell_element(averages, place, element)
    for unit_sum in plan.sums:
        code = unit_sum.unit.code
        if code not in averages.known:
            ratio = _add_up(unit_sum, elements)
        elif code in student.averages:
            ratio = student.averages[code].as_integer_ratio()
        else:
            ratio = None
        averages.ratios[code] = ratio
        if ratio is None:
            stands = code in left and code in student.earlier
            if not stands and code not in averages.blocked:
                averages.blocked[code] = [f"{code}: aucune moyenne"]
        elif code in student.bonus:
            _add_bonus(averages, code, student.bonus[code], cohort.regulation)
    return averages


def _units_left(student: Student, plan: Plan) -> frozenset[str]:
    """The judged units that the student does not take: dispensed, or decided earlier and without a mark."""
    if not student.earlier:
        return student.dispensed
    without_marks = {
        unit_sum.unit.code
        for unit_sum in plan.sums
        if unit_sum.unit.code in student.earlier and unit_sum.unit.expected.isdisjoint(student.elements)
    }
    return student.dispensed | without_marks


def _add_up(unit_sum: UnitSum, elements: ElementAverages) -> Ratio | None:
    """Σ coefficient × element ÷ Σ coefficient over the elements that have an average."""
    points, total, weight = elements.points, 0, unit_sum.weight
    for place, coefficient in unit_sum.terms:
        total += coefficient * points[place]
    if unit_sum.unit.code in elements.apart:
        return _add_apart(total, unit_sum, elements)
    return (total, elements.common * weight) if weight else None


def _add_apart(total: int, unit_sum: UnitSum, elements: ElementAverages) -> Ratio | None:
    """The same sum with the elements that have another denominator, and without those that have none."""
    out_of, weight = elements.common, unit_sum.weight
    for place, average in elements.apart[unit_sum.unit.code].items():
        coefficient = unit_sum.coefficients.get(place, 0)
        if average.denominator:
            before, out_of = out_of, lcm(out_of, average.denominator)
            total *= out_of // before
            total += coefficient * average.numerator * (out_of // average.denominator)
        else:
            weight -= coefficient
    return (total, out_of * weight) if weight else None


def _tell_element(averages: Averages, place: int, element: ElementAverage) -> None:
    """What an element blocks, and what was done of its absences and second chance, in each of its units."""
    name = averages.elements.plan.elements[place]
    for unit in averages.elements.plan.counting[place]:
        code = unit.code
        if code in averages.known:
            continue
        average = element if element.alike else averages.elements.at(place, code)
        if average.state in ("ATT", "missing"):
            what = "ATT" if average.state == "ATT" else "sans note"
            averages.blocked.setdefault(code, []).append(f"{code}: {name} {what}")
        reasons = averages.reasons.setdefault(code, [])
        if average.state:
            reasons.append(_state_reason(unit, name, average.state))
        for article, text in average.remarks:
            reasons.append(Reason(code, article, f"{name}{NBSP}: {text}"))


def _state_reason(unit: Unit, name: str, state: str) -> Reason:
    told = french(unit.coefficients[name])
    if state in ABSENCE_WORDS:
        text = f"{ABSENCE_WORDS[state]}, la note et le coefficient {told} sortent de la moyenne."
        return Reason(unit.code, ABSENCES, f"{name}{NBSP}: {text}")
    what = "une note est attendue" if state == "ATT" else "aucune note"
    text = f"{name}{NBSP}: {what} (coefficient {told}), la moyenne de {unit.code} n’est que provisoire."
    return Reason(unit.code, ASSESSMENT, text, False)


def _add_bonus(averages: Averages, unit: str, bonus: Decimal, regulation: Regulation) -> None:
    before = Fraction(*(averages.ratios[unit] or (0, 1)))
    after = min(Fraction(20), max(Fraction(0), before + Fraction(bonus)))
    word, operator = ("Bonus", "+") if bonus >= 0 else ("Malus", "−")
    was, size = french(shown(before, regulation.decimals) or 0), french(bonus.copy_abs())
    becomes = french(shown(after, regulation.decimals) or 0)
    text = f"{word}{NBSP}: {was} {operator} {size} donne {becomes}."
    averages.ratios[unit] = after.as_integer_ratio()
    averages.reasons.setdefault(unit, []).append(Reason(unit, BONUS, text))


# ---------------------------------------------------------------------------------------------- RCUE


def rcue_average(rcue: Rcue, first: Fraction, second: Fraction, regulation: Regulation) -> Fraction | None:
    """The weighted mean of the two units, from their exact averages or the displayed ones (setting).

    None when neither weighs: a programme that gives no coefficients, in a règlement that weighs by them.
    """
    one, other = first.as_integer_ratio(), second.as_integer_ratio()
    if regulation.rcue_from == "displayed":
        display = rounding(regulation.decimals).display
        one, other = display(one).ratio, display(other).ratio
    mean = weighted_mean(rcue, one, other)
    return mean and Fraction(*mean)


def weighted_mean(rcue: Rcue, first: Ratio, second: Ratio) -> Ratio | None:
    """The mean of the two units of a RCUE by its weights; None if neither weighs."""
    (earned, out_of), (earned_2, out_of_2), (weight, weight_2) = first, second, rcue.weights
    total = weight * earned * out_of_2 + weight_2 * earned_2 * out_of
    return (total, (weight + weight_2) * out_of * out_of_2) if weight or weight_2 else None
