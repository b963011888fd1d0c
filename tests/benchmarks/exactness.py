"""Averages with ties on purpose, and who decides them wrongly: a UE is acquired at 10, rounded half up."""

import random
from collections import Counter
from decimal import Decimal

from jury.rules import Cohort, Element, Student, Unit, decide

KINDS = ("exactement 10", "exactement 9,995", "juste au-dessous de 9,995", "au hasard")
UNITS, ELEMENTS = 10, 7
TOLERANCE = 0.00499999999999  # what ScoDoc grants below a threshold


def random_coefficients(chance):
    """An even sum, so that 9.995 can be reached by marks in hundredths; the last is 1."""
    coefficients = [chance.randint(2, 17) for _ in range(ELEMENTS - 2)]
    return [*coefficients, 3 - sum(coefficients) % 2, 1]


def random_marks(chance, coefficients, kind):
    """Marks in hundredths whose weighted sum is where the kind says."""
    weight = sum(coefficients)
    marks = [min(2000, max(0, round(chance.gauss(1000, 250)))) for _ in coefficients]
    target = {KINDS[0]: 1000 * weight, KINDS[1]: 1999 * weight // 2, KINDS[2]: 1999 * weight // 2 - 1}.get(
        kind
    )
    if target is not None:
        for place, coefficient in enumerate(coefficients):  # the last, of coefficient 1, takes what remains
            missing = target - total_of(coefficients, marks)
            marks[place] = min(2000, max(0, marks[place] + missing // coefficient))
    return marks


def total_of(coefficients, marks):
    return sum(coefficient * mark for coefficient, mark in zip(coefficients, marks, strict=True))


def count_wrong(number, pandas_too=True, seed=5):
    """({manner: Counter of kinds wrongly decided}, Counter of kinds), over at least `number` averages."""
    chance = random.Random(seed)
    wrong = {
        name: Counter() for name in ("butrt", "float", "float, round(x, 2)", "float, tolérance de ScoDoc")
    }
    if pandas_too:
        wrong["pandas, .round(2)"] = Counter()
    seen = Counter()
    classes = max(1, number // (UNITS * 1000))
    students = max(1, -(-number // (UNITS * classes)))
    for _ in range(classes):
        columns = {}
        for unit in range(UNITS):
            coefficients = random_coefficients(chance)
            kinds = [chance.choice(KINDS) for _ in range(students)]
            columns[unit] = coefficients, [(kind, random_marks(chance, coefficients, kind)) for kind in kinds]
        seen.update(kind for _, lines in columns.values() for kind, _ in lines)
        expected = {
            unit: [2 * total_of(coefficients, marks) >= 1999 * sum(coefficients) for _, marks in lines]
            for unit, (coefficients, lines) in columns.items()
        }
        answers = {"butrt": with_the_rules(columns, students)} | with_floats(columns)
        if pandas_too:
            answers["pandas, .round(2)"] = with_pandas(columns)
        for name, answer in answers.items():
            for unit, (_, lines) in columns.items():
                found = zip(lines, answer[unit], expected[unit], strict=True)
                wrong[name].update(kind for (kind, _), said, true in found if bool(said) != true)
    return wrong, seen


def with_the_rules(columns, students):
    """{unit: [acquired]} by the engine itself, as a jury of S1: each UE by its own average."""
    units = tuple(
        Unit(
            f"UE1{unit}",
            1,
            f"RT{unit}",
            1,
            Decimal(3),
            coefficients={f"R{unit}.{place}": Decimal(c) for place, c in enumerate(coefficients)},
        )
        for unit, (coefficients, _) in columns.items()
    )
    cohort = Cohort(units)
    answers = {unit: [] for unit in columns}
    for place in range(students):
        elements = {
            f"R{unit}.{i}": Element(average=Decimal(mark).scaleb(-2))
            for unit, (_, lines) in columns.items()
            for i, mark in enumerate(lines[place][1])
        }
        verdict = decide(Student("s", 1, (1,), elements=elements), cohort)
        for unit in columns:
            answers[unit].append(verdict.units[f"UE1{unit}"].code == "ADM")
    return answers


def with_floats(columns):
    averages = {
        unit: [
            sum(c * (mark / 100) for c, mark in zip(coefficients, marks, strict=True)) / sum(coefficients)
            for _, marks in lines
        ]
        for unit, (coefficients, lines) in columns.items()
    }
    manners = {
        "float": lambda average: average >= 9.995,
        "float, round(x, 2)": lambda average: round(average, 2) >= 10,
        "float, tolérance de ScoDoc": lambda average: average >= 10 - TOLERANCE,
    }
    return {
        name: {unit: [passes(average) for average in found] for unit, found in averages.items()}
        for name, passes in manners.items()
    }


def with_pandas(columns):
    import pandas as pd

    answers = {}
    for unit, (coefficients, lines) in columns.items():
        marks = pd.DataFrame([marks for _, marks in lines]) / 100
        averages = (marks * coefficients).sum(axis=1) / sum(coefficients)
        answers[unit] = (averages.round(2) >= 10).tolist()
    return answers
