"""Invented students on the fiche's own programme: its 78 lines, its UE weights, as many marks as asked."""

import json
import random
from pathlib import Path

PROGRAMME = Path(__file__).parents[2] / "fixtures" / "programmes" / "but2-rt-iom-app.json"
COEFFICIENTS = (1, 1, 2)  # of an element's évaluations, in turn


def cohort_head():
    """The cohort of BUT2, without its students."""
    programme = json.loads(PROGRAMME.read_text())
    units = []
    for unit in programme["units"]:
        known = {field: unit[field] for field in ("code", "semester", "competence", "level")}
        lines = [line for line in programme["weights"] if line["unit"] == unit["code"]]
        coefficients = {line["element"]: str(line["coefficient"]) for line in lines}
        units.append(known | {"ects": str(unit["ects"]), "coefficients": coefficients})
    return {"format": "butrt-cohort/1", "units": units}


def make_students(number, marks=3, seed=1):
    """Student objects, both semesters judged, `marks` évaluations an element; one mark in 70 is an absence.

    The elements of coefficient 0 (the portfolio) have none. Always the same students for a seed.
    """
    chance = random.Random(seed)
    names = sorted(
        {n for unit in cohort_head()["units"] for n, c in unit["coefficients"].items() if c != "0"}
    )
    for place in range(number):
        level = chance.gauss(10.5, 1.5)
        elements = {
            name: {"marks": [make_mark(chance, level, COEFFICIENTS[i % 3]) for i in range(marks)]}
            for name in names
        }
        yield {"id": f"s{place}", "year": 2, "semesters": [3, 4], "elements": elements}


def make_mark(chance, level, coefficient):
    draw = chance.random()
    if draw < 0.01:
        mark = {"code": "ABJ"}
    elif draw < 0.015:
        mark = {"code": "ABI"}
    else:
        mark = {"value": f"{min(20, max(0, chance.gauss(level, 3))):.2f}"}
    return mark if coefficient == 1 else mark | {"coefficient": str(coefficient)}


def as_lines(students):
    """The students as a file of lines has them."""
    for student in students:
        yield json.dumps(student, ensure_ascii=False).encode() + b"\n"
