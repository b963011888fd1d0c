"""How far the next decision is: the smallest rise of one UE average, tried by deciding again."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from math import ceil

from .codes import FACTS
from .judging import decide_from
from .programme import Cohort, Rcue
from .student import Student
from .ue_averages import UnitAverages, unit_averages
from .verdict import Distance, Verdict


def nearest(student: Student, cohort: Cohort, verdict: Verdict) -> Distance | None:
    """The smallest rise of ONE judged UE average that gives the year its next code or acquires a level.

    `points` is exact to the last decimal shown (0.03 with two decimals); `gives` is the year's code
    (PASD, ADM), a competence (RT2) or, at an odd-semester jury, the UE. At equal points the year wins.
    None when everything is acquired, when a person set the year, or when no single UE is enough.
    """
    if student.status in FACTS or student.jury.year:
        return None
    cohort = cohort.of(student)
    averages = unit_averages(student, cohort)
    nearest: Distance | None = None
    for steps, unit in sorted(set(_rises_to_try(averages, cohort, verdict))):
        points = Decimal(steps).scaleb(-cohort.regulation.decimals)
        if nearest and points > nearest.points:
            break
        then = decide_from(_raised(averages, unit, points), student, cohort)
        if then.year and then.year != verdict.year:
            return Distance(unit, points, then.year.value)
        gives = _acquired_with(unit, before=verdict, then=then)
        if gives and not nearest:
            nearest = Distance(unit, points, gives)
    return nearest


def reached(student: Student, cohort: Cohort, distance: Distance) -> Verdict:
    """What is decided once that UE average has risen by those points."""
    averages = unit_averages(student, cohort)
    return decide_from(_raised(averages, distance.unit, distance.points), student, cohort)


def _raised(averages: UnitAverages, unit: str, points: Decimal) -> UnitAverages:
    return averages | {unit: averages[unit].raised(points)}


def _rises_to_try(averages: UnitAverages, cohort: Cohort, verdict: Verdict) -> Iterator[tuple[int, str]]:
    """Each unit with the rises, in hundredths, that bring it or its RCUE to a mark that decides."""
    regulation = cohort.regulation
    pass_mark, minimum = Fraction(regulation.pass_mark), Fraction(regulation.rcue_minimum)
    for code, average in averages.items():
        decided = verdict.units[code]
        if average.exact is None or average.blocked or decided.exact is None:
            continue
        now = average.exact
        rises = [] if decided.acquired else [_rise(pass_mark, now, regulation.decimals)]
        behind = decided.exact - now  # an earlier, better average counts until this one passes it
        for rcue in verdict.rcues.values():
            share = _share(rcue.of, code)
            if rcue.exact is None or not share:
                continue
            for target in (minimum, pass_mark):  # acquired (ADJ) or not: more than half must reach 10
                rise = _rise(target, rcue.exact, regulation.decimals)
                rises.append(rise and behind + rise / share)
        for rise in rises:
            if rise > 0 and now + rise <= 20:
                yield ceil(rise * 10**regulation.decimals), code


def _share(rcue: Rcue, code: str) -> Fraction:
    """What one point of the unit is worth in a RCUE; 0 outside of its own."""
    weights = dict(zip((unit.code for unit in rcue.units), rcue.weights, strict=True))
    return Fraction(weights.get(code, 0), sum(rcue.weights) or 1)


def _rise(target: Fraction, now: Fraction, decimals: int) -> Fraction:
    """What is missing for the average to be displayed at the target; 0 if it is there."""
    scale = 10**decimals
    lowest = Fraction(ceil(target * scale), scale) - Fraction(1, 2 * scale)  # it rounds half up
    return max(lowest - now, Fraction(0))


def _acquired_with(code: str, *, before: Verdict, then: Verdict) -> str | None:
    """The competence, or the UE at an odd-semester jury, that is acquired then and was not before.

    At the level of the UE or, where that one was acquired already, at one below.
    """
    acquired = {name for name, rcue in before.rcues.items() if rcue.acquired}
    for name, rcue in then.rcues.items():
        if rcue.acquired and name not in acquired:
            return rcue.of.competence
    odd = not before.year_judged
    return code if odd and then.units[code].acquired and not before.units[code].acquired else None
