"""The same decisions in other manners: pandas, pandas as ScoDoc uses it, NumPy on integers as the limit.

They know marks, ABI, ABJ, UE, RCUE and the year, on whole classes of the same programme; no second chance,
no earlier decision, no jury, no reason. Needs the dependency group `perf`.
"""

from math import lcm

import numpy as np
import pandas as pd

from .crowd import COEFFICIENTS

PASS_MARK, MINIMUM = 10.0, 8.0


def pairs_of(units):
    """{competence: (its S3 unit, its S4 unit)}."""
    pairs = {}
    for unit in units:
        pairs.setdefault(unit["competence"], []).append(unit["code"])
    return pairs


# ---------------------------------------------------------------------------------------------- pandas


def marks_frame(students):
    """A line a mark: student, element, coefficient, mark (on 20; 0 for ABI, NaN for ABJ)."""
    values = {"ABI": 0.0, "ABJ": float("nan")}
    lines = [
        (
            student["id"],
            name,
            float(mark.get("coefficient", "1")),
            values[mark["code"]] if "code" in mark else float(mark["value"]),
        )
        for student in students
        for name, element in student["elements"].items()
        for mark in element["marks"]
    ]
    return pd.DataFrame(lines, columns=["student", "element", "coefficient", "mark"])


def decide_with_pandas(marks, units):
    """{student: {UE or competence or "year": code}}: weighted sums by groups, then a loop on the students."""
    counted = marks.dropna(subset=["mark"])
    counted = counted.assign(earned=counted["mark"] * counted["coefficient"])
    sums = counted.groupby(["student", "element"], sort=False)[["earned", "coefficient"]].sum()
    return codes_from((sums["earned"] / sums["coefficient"]).unstack(), units)


def decide_by_element(marks, units):
    """The same an element at a time, as ScoDoc has its modules: a groupby and weighted sums for each."""
    averages = {}
    for element, lines in marks.groupby("element", sort=False):
        counted = lines.dropna(subset=["mark"])
        earned = (counted["mark"] * counted["coefficient"]).groupby(counted["student"], sort=False).sum()
        averages[element] = earned / counted.groupby("student", sort=False)["coefficient"].sum()
    return codes_from(pd.DataFrame(averages), units)


def marks_columns(students):
    """{element: [(coefficient, the évaluation's marks by student)]}: what ScoDoc reads from its database."""
    frame = marks_frame(students)
    frame["place"] = frame.groupby(["student", "element"], sort=False).cumcount()
    columns = {}
    for (element, _), lines in frame.groupby(["element", "place"]):
        marks = lines.set_index("student")[["mark"]]
        columns.setdefault(element, []).append((lines["coefficient"].iloc[0], marks))
    return columns


def decide_like_scodoc(columns, units):
    """The same from a table an element, to which each of its évaluations is joined."""
    averages = {}
    for element, evaluations in columns.items():
        table = pd.DataFrame(index=evaluations[0][1].index)
        for place, (_, marks) in enumerate(evaluations):
            joined = marks.rename(columns={"mark": str(place)})
            table = table.merge(joined, how="left", left_index=True, right_index=True)
        weights = table.notna().to_numpy() * np.array([coefficient for coefficient, _ in evaluations])
        with np.errstate(invalid="ignore"):
            averages[element] = (table.fillna(0).to_numpy() * weights).sum(axis=1) / weights.sum(axis=1)
    return codes_from(pd.DataFrame(averages, index=table.index), units)


def codes_from(elements, units):
    """UE, RCUE and year from the averages of the elements (a column each), student by student."""
    averages = pd.DataFrame({unit["code"]: unit_average(elements, unit) for unit in units})
    pairs = pairs_of(units)
    levels = pd.DataFrame({name: averages[codes].mean(axis=1) for name, codes in pairs.items()})
    averages, levels = averages.round(2), levels.round(2)
    return {student: codes_of(student, averages, levels, pairs) for student in averages.index}


def unit_average(elements, unit):
    coefficients = pd.Series(unit["coefficients"]).astype(float)
    known = elements.reindex(columns=coefficients.index)
    return (known * coefficients).sum(axis=1) / (known.notna() * coefficients).sum(axis=1)


def codes_of(student, averages, levels, pairs):
    codes = {}
    for name, units in pairs.items():
        passes = levels[name][student] >= PASS_MARK
        own = {unit: averages[unit][student] >= PASS_MARK for unit in units}
        for unit in units:
            codes[unit] = "ADM" if own[unit] else "CMP" if passes else "AJ"
        codes[name] = "ADM" if all(own.values()) else "CMP" if passes else "AJ"
    acquired = sum(codes[name] != "AJ" for name in pairs)
    lowest = min(levels[name][student] for name in pairs)
    reaching = sum(levels[name][student] >= PASS_MARK for name in pairs)
    codes["year"] = None
    if acquired == len(pairs):
        codes["year"] = "ADM"
    elif reaching > len(pairs) / 2 and lowest >= MINIMUM:
        codes["year"] = "PASD"
    return codes


# ----------------------------------------------------------------------------------------------- NumPy


def marks_arrays(students, units):
    """(coefficient × mark in hundredths, coefficient), [student, element, évaluation], and the elements."""
    names = sorted({name for unit in units for name in unit["coefficients"]})
    evaluations = max(len(element["marks"]) for element in students[0]["elements"].values())
    earned = np.zeros((len(students), len(names), evaluations), dtype=np.int64)
    weight = np.zeros_like(earned)
    for i, student in enumerate(students):
        for j, name in enumerate(names):
            for k, mark in enumerate(student["elements"].get(name, {"marks": []})["marks"]):
                if mark.get("code") != "ABJ":
                    coefficient = int(mark.get("coefficient", "1"))
                    weight[i, j, k] = coefficient
                    earned[i, j, k] = coefficient * round(float(mark.get("value", "0")) * 100)
    return earned, weight, names


def decide_with_numpy(arrays, units):
    """(UE at the pass mark, RCUE at the pass mark, year: 2 ADM, 1 PASD, 0 none), exact, by whole columns."""
    earned, weight, names = arrays
    total, weight = earned.sum(axis=2), weight.sum(axis=2)
    common = lcm(*range(1, sum(COEFFICIENTS[i % 3] for i in range(earned.shape[2])) + 1))
    total = total * (common // np.maximum(weight, 1))
    known = (weight > 0).astype(np.int64)
    coefficients = np.array([[int(unit["coefficients"].get(n, "0")) for unit in units] for n in names])
    above, below = total @ coefficients, known @ coefficients * common  # a UE is above ÷ below hundredths
    passes = reaches(above, below, 1000)
    columns = {unit["code"]: place for place, unit in enumerate(units)}
    one, other = np.array([[columns[code] for code in pair] for pair in pairs_of(units).values()]).T
    above_2 = above[:, one] * below[:, other] + above[:, other] * below[:, one]
    below_2 = 2 * below[:, one] * below[:, other]
    compensates, floor = reaches(above_2, below_2, 1000), reaches(above_2, below_2, 800)
    acquired = (compensates | (passes[:, one] & passes[:, other])).all(axis=1)
    of_right = (2 * compensates.sum(axis=1) > len(one)) & floor.all(axis=1)
    return passes, compensates, np.where(acquired, 2, np.where(of_right, 1, 0))


def reaches(above, below, hundredths):
    """Whether above ÷ below, rounded half up to a whole hundredth, reaches so many of them."""
    return 2 * above >= (2 * hundredths - 1) * below
