"""From marks to the averages of elements, UE and RCUE: exact, rounded once where shown or compared."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import lcm

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
    Student,
    Unit,
    UnitSum,
)

ABSENCE_WORDS = {"ABJ": "absence justifiée", "ABI": "absence injustifiée"}


def shown(average: Fraction | None, decimals: int) -> Decimal | None:
    """An exact average as it is displayed, rounded half up."""
    return None if average is None else rounding(decimals).display(average.as_integer_ratio()).value


# ------------------------------------------------------------------------------------------- elements


MISSING = ElementAverage(0, 0, "missing")


def element_averages(student: Student, plan: Plan, regulation: Regulation) -> ElementAverages:
    """Σ coefficient × mark ÷ Σ coefficient for each element of the plan, brought to a common denominator.

    Marks that only add up are added here; the others, and what replaces them, go by `element_average`.
    """
    earned: list[int] = []
    weights: list[int] = []
    none: set[int] = set()
    particular: dict[int, ElementAverage] = {}
    apart: dict[str, dict[int, ElementAverage]] = {}
    for element in map(student.elements.get, plan.elements):
        points = weight = 0
        if element is not None and element.second_chance is None:
            for mark in element.marks:
                if mark.plain is None:
                    weight = 0
                    break
                one, its_weight = mark.plain
                points += one
                weight += its_weight
        if not weight:
            place = len(earned)
            average = MISSING if element is None else element_average(element, "", regulation)
            points, weight = average.numerator, average.denominator
            if not weight:
                none.add(place)
            if average.state or average.remarks:
                particular[place] = average
            if element is not None and not average.alike:
                for unit in plan.with_element(plan.elements[place]):
                    own = element_average(element, unit.code, regulation)
                    apart.setdefault(unit.code, {})[place] = own
        earned.append(points)
        weights.append(weight)
    distinct = set(weights)
    distinct.discard(0)
    common = lcm(*distinct)
    if len(distinct) > 1:
        growth = {weight: common // weight for weight in distinct}
        earned = [points and points * growth[weight] for points, weight in zip(earned, weights, strict=True)]
    return ElementAverages(plan, earned, common, none, particular, apart)


def element_average(element: Element, unit: str, regulation: Regulation) -> ElementAverage:
    """The average of one element as it counts in a unit, with absences, weights by UE, the second chance."""
    if element.average is not None:
        return ElementAverage(*element.average.as_integer_ratio())
    earned: Exact = 0
    weight: Exact = 0
    left_out: list[Mark] = []
    alike, awaited, zeros = True, False, 0
    for mark in element.marks:
        if mark.plain is not None:
            earned += mark.plain[0]
            weight += mark.plain[1]
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
    everything_left_out = 0 < len(left_out) == len(element.marks)
    remarks = _absences(zeros, [] if everything_left_out else left_out) if zeros or left_out else []
    average = ElementAverage(*ratio(earned, weight))
    if element.second_chance:
        average, remark = _after_second_chance(average, element.second_chance, regulation)
        remarks.append((SECOND_CHANCE, remark))
        awaited = awaited or element.second_chance.code == "ATT"

    if not element.marks:
        average.state = "missing"
    elif awaited:
        average.state = "ATT"
    elif everything_left_out and not average.denominator:
        average.state = "ABJ" if any(mark.code == "ABJ" for mark in left_out) else "ABI"
    average.remarks = tuple(remarks)
    average.alike = alike
    return average


def _absences(zeros: int, left_out: list[Mark]) -> list[tuple[Article, str]]:
    """What is told of absences that count 0, and of those that leave the average: a line for each code."""
    remarks = []
    if zeros == 1:
        remarks.append("absence injustifiée, comptée 0, le coefficient est gardé.")
    elif zeros:
        remarks.append(f"{zeros} absences injustifiées, comptées 0, leurs coefficients sont gardés.")
    coefficients: dict[str, list[str]] = {}
    for mark in left_out:
        coefficients.setdefault(mark.code, []).append(french(mark.coefficient))
    remarks += [_left_out(code, told) for code, told in coefficients.items()]
    return [(ABSENCES, remark) for remark in remarks]


def _left_out(code: str, coefficients: list[str]) -> str:
    """What left the average for the same absence: one line, however many évaluations."""
    word = ABSENCE_WORDS[code]
    if len(coefficients) == 1:
        return f"{word}, elle sort de la moyenne avec son coefficient {coefficients[0]}."
    words = word.replace(" ", "s ") + "s"
    return (
        f"{len(coefficients)} {words}, elles sortent de la moyenne avec leurs coefficients "
        f"{listed(coefficients)}."
    )


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
    ratio: Ratio | None = None
    blocked: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    elements: ElementAverages | None = None

    @property
    def average(self) -> Fraction | None:
        return self.ratio and Fraction(*self.ratio)


def unit_averages(student: Student, cohort: Cohort) -> dict[str, UnitAverage]:
    """The average of each judged unit, with what blocks it."""
    plan = cohort.plan(student)
    elements = element_averages(student, plan, cohort.regulation)
    left = _units_left(student, plan)
    averages = {}
    for unit_sum in plan.sums:
        unit = unit_sum.unit
        code = unit.code
        if code in student.averages:
            average = UnitAverage(unit, True, student.averages[code].as_integer_ratio())
        elif code not in left:
            average = UnitAverage(unit, True, _add_up(unit_sum, elements), elements=elements)
            if code in elements.apart or not unit_sum.places.isdisjoint(elements.particular):
                _tell_elements(average, unit_sum, elements)
        else:
            average = UnitAverage(unit, False)
        if average.ratio is None:
            if not average.blocked and _must_have_average(average, student):
                average.blocked = (f"{code}: aucune moyenne",)
        elif code in student.bonus:
            _add_bonus(average, student.bonus[code], cohort.regulation)
        averages[code] = average
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


def _must_have_average(average: UnitAverage, student: Student) -> bool:
    return average.taken or average.unit.code not in student.earlier


def _add_up(unit_sum: UnitSum, elements: ElementAverages) -> Ratio | None:
    """Σ coefficient × element ÷ Σ coefficient over the elements that have an average."""
    if elements.apart and unit_sum.unit.code in elements.apart:
        return _add_up_apart(unit_sum, elements)
    points, total, weight = elements.points, 0, unit_sum.weight
    for place, coefficient in unit_sum.terms:
        total += coefficient * points[place]
    if not elements.none.isdisjoint(unit_sum.places):
        weight = sum(coefficient for place, coefficient in unit_sum.terms if place not in elements.none)
    return (total, elements.common * weight) if weight else None


def _add_up_apart(unit_sum: UnitSum, elements: ElementAverages) -> Ratio | None:
    """The same where some elements count in this unit as they don't in others."""
    terms = [(coefficient, elements.at(place, unit_sum.unit.code)) for place, coefficient in unit_sum.terms]
    known = [(coefficient, average) for coefficient, average in terms if average.denominator]
    common = lcm(*(average.denominator for _, average in known))
    total = sum(
        coefficient * average.numerator * (common // average.denominator) for coefficient, average in known
    )
    weight = sum(coefficient for coefficient, _ in known)
    return (total, common * weight) if weight else None


def _tell_elements(judged: UnitAverage, unit_sum: UnitSum, elements: ElementAverages) -> None:
    """What blocks the unit, and what was done of absences and second chances."""
    unit, code = judged.unit, judged.unit.code
    told = {**elements.particular, **elements.apart[code]} if code in elements.apart else elements.particular
    for place in [place for place, _ in unit_sum.terms if place in told]:
        average, name = told[place], elements.plan.elements[place]
        if average.state in ("ATT", "missing"):
            what = "ATT" if average.state == "ATT" else "sans note"
            judged.blocked += (f"{code}: {name} {what}",)
        if average.state:
            judged.reasons += (_state_reason(unit, name, unit.coefficients[name], average.state),)
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
    after = min(Fraction(20), max(Fraction(0), before + Fraction(bonus)))
    word, operator = ("Bonus", "+") if bonus >= 0 else ("Malus", "−")
    was, size = french(shown(before, regulation.decimals) or 0), french(bonus.copy_abs())
    becomes = french(shown(after, regulation.decimals) or 0)
    text = f"{word}{NBSP}: {was} {operator} {size} donne {becomes}."
    average.ratio = after.as_integer_ratio()
    average.reasons += (Reason(average.unit.code, BONUS, text),)


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
