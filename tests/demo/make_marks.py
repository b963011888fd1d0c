"""Marks that give wanted averages: `python -m tests.demo.make_marks` writes four promotions of the demo.

`wanted/<promotion>.csv` holds the UE averages that each student must have; this writes their elements, one
évaluation an element and their marks in `fixtures/demo/<promotion>/`. The marks that several UE share are
drawn; those of the elements that only one UE counts are solved, in hundredths, so that its average is exactly
the wanted one. The fifth promotion, 2024-but2, was made by hand. Same wanted averages, same marks.
"""

from __future__ import annotations

import csv
import itertools
import json
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

ROOT = Path(__file__).parents[2]
WANTED = Path(__file__).parent / "wanted"
DEMO = ROOT / "fixtures" / "demo"
Averages = dict[str, Fraction]
"""{UE: average wanted}."""

# Who answers for what, by the first that begins the code of the element.
HEADS = {
    "2023-but1": {
        **dict.fromkeys(("R101", "R102", "R103", "R201", "R203", "SAÉ12", "SAÉ21", "R104"), "y.tregastel"),
        **dict.fromkeys(("R105", "R113", "R114", "R205", "R206", "R213", "R214", "SAÉ13"), "j.wittekind"),
        **dict.fromkeys(("R107", "R109", "R207", "R208", "R209", "SAÉ15", "SAÉ23", "SAÉ14"), "a.rimbault"),
        **dict.fromkeys(("R110", "R210"), "m.cellarier"),
        **dict.fromkeys(("R111", "R112", "R115", "R211", "R212", "SAÉ16", "SAÉ25"), "f.darrigade"),
        "": "j.wittekind",
    },
    "2023-but2": {
        **dict.fromkeys(("R308", "R309", "R310", "Saé302", "R405"), "a.rimbault"),
        **dict.fromkeys(("R311", "R406"), "m.cellarier"),
        **dict.fromkeys(("R312", "R313", "R407", "R408", "Saé3.P", "Saé4.P"), "f.darrigade"),
        **dict.fromkeys(("R315", "Saé4.IOM.stage"), "o.lenoir-passy"),
        **dict.fromkeys(("R3.IOM", "R4.IOM", "Saé3.IOM", "Saé4.IOM"), "j.wittekind"),
        "": "y.tregastel",
    },
    "2024-but3": {
        **dict.fromkeys(("R501", "R601"), "m.cellarier"),
        **dict.fromkeys(("R502", "R602"), "f.darrigade"),
        **dict.fromkeys(("R503", "Saé5.IOM.entreprise", "Saé6.IOM.entreprise"), "o.lenoir-passy"),
        **dict.fromkeys(("R5.IOM.06", "R6.IOM.05", "Saé5.IOM.02"), "a.rimbault"),
        **dict.fromkeys(("R5.IOM.05", "R6.IOM.04"), "y.tregastel"),
        "": "j.wittekind",
    },
}
HEADS["2024-but1"] = HEADS["2023-but1"]
PROGRAMMES = {
    "2023-but1": ROOT / "fixtures/programmes/but1-rt.json",
    "2023-but2": ROOT / "fixtures/programmes/but2-rt-iom-app.json",
    "2024-but1": ROOT / "fixtures/programmes/but1-rt.json",
    "2024-but3": DEMO / "but3-rt-iom.json",
}
# Elements assessed by competence, with a grid for each of their UE.
GRIDS = {
    "2023-but2": ("Saé3.IOM.03", "Saé3.IOM.04", "Saé4.IOM.01", "Saé4.IOM.stage", "Saé4.Portefolio"),
    "2024-but3": ("Saé5.IOM.entreprise", "Saé6.IOM.entreprise"),
}
# Elements of the year under way that are not assessed yet, whose teacher has not declared them complete.
NOT_YET = {"2024-but1": ("R205", "R206", "R212", "R214", "SAÉ22", "SAÉ23", "SAÉ24", "SAÉ25")}
UNDECLARED = {"2024-but1": ("R2", "SAÉ2"), "2024-but3": ("R6.IOM.06",)}
GRID = "Grille"
TRIES = 2000  # draws of a student's marks, closer and closer to the averages
# What stands in the place of a mark: (promotion, student, element).
CODES = {
    ("2024-but3", "21994312", "R6.IOM.06"): "ATT",  # VERNHES
}


@dataclass
class Programme:
    """The elements of a year, and what each of their marks weighs in each UE: {UE: {column: coefficient}}.

    A column is an element, "R101", or one of its grids, "Saé4.IOM.stage Grille UE41".
    """

    elements: list[dict[str, str]]
    coefficients: dict[str, dict[str, int]]

    @classmethod
    def read(cls, promotion: str) -> Programme:
        data = json.loads(PROGRAMMES[promotion].read_text("utf-8"))
        programme = cls(data["elements"], {unit["code"]: {} for unit in data["units"]})
        for weight in data["weights"]:
            unit, column = weight["unit"], weight["element"]
            if column in GRIDS.get(promotion, ()):
                column = f"{column} {GRID} {unit}"
            if weight["coefficient"]:
                programme.coefficients[unit][column] = weight["coefficient"]
        return programme

    def columns_of(self, element: str) -> list[str]:
        """Those of an element: itself, its grids, none when it has no coefficient."""
        columns = dict.fromkeys(itertools.chain.from_iterable(self.coefficients.values()))
        return [column for column in columns if column.split(" ")[0] == element]

    def units_of(self, column: str) -> list[str]:
        return [unit for unit, coefficients in self.coefficients.items() if column in coefficients]

    def own(self, unit: str) -> dict[str, int]:
        """The columns that count in this UE alone, the heaviest first."""
        found = {
            column: c for column, c in self.coefficients[unit].items() if self.units_of(column) == [unit]
        }
        return dict(sorted(found.items(), key=lambda item: -item[1]))


def marks_of(
    programme: Programme, wanted: Averages, dice: random.Random, *, spread: float, exact: bool
) -> dict[str, int]:
    """{element: mark in hundredths} of a student; {} when these dice do not give every UE its average.

    Marks are drawn within `spread` quarters of a point. Without `exact`, the displayed average is enough.
    """
    marks = {}
    for column in dict.fromkeys(itertools.chain.from_iterable(programme.coefficients.values())):
        levels = [float(wanted[unit]) for unit in programme.units_of(column) if unit in wanted]
        if levels:
            level = dice.uniform(min(levels), max(levels))
            marks[column] = _kept(round(4 * level + dice.triangular(-spread, spread)) * 25)
    for unit, average in wanted.items():
        coefficients, own = programme.coefficients[unit], programme.own(unit)
        missing = 100 * average * sum(coefficients.values()) - sum(
            coefficient * marks[code] for code, coefficient in coefficients.items()
        )
        steps = _shared_out(own, missing, exact=exact, within=sum(coefficients.values()))
        if steps is None:
            return {}
        for code, step in steps.items():
            marks[code] += step
        if not all(0 <= marks[code] <= 2000 for code in own):
            return {}
    return marks


def _kept(mark: int) -> int:
    return max(0, min(2000, mark))


def _shared_out(
    own: Mapping[str, int], missing: Fraction, *, exact: bool, within: int
) -> dict[str, int] | None:
    """Hundredths to add to each element of a UE's own: about the same everywhere, the two first adjust."""
    even = int(missing / sum(own.values()))
    steps = dict.fromkeys(own, even)
    left = missing - even * sum(own.values())
    heaviest, *others = own
    if not others:
        steps[heaviest] += round(left / own[heaviest])
    else:
        second = others[0]
        for nudge in sorted(range(-40, 41), key=abs):
            if (left - nudge * own[second]) % own[heaviest] == 0:
                steps[second] += nudge
                steps[heaviest] += int((left - nudge * own[second]) / own[heaviest])
                break
    error = missing - sum(own[code] * step for code, step in steps.items())
    allowed = Fraction(0) if exact else Fraction(within, 2)
    return steps if -allowed < error <= allowed or error == 0 else None


def solved(programme: Programme, wanted: Averages, name: str) -> dict[str, int]:
    """The marks of a student, the first draw that gives what is wanted, exactly if any draw does."""
    for exact, tries in itertools.product((True, False), range(TRIES)):
        dice, spread = random.Random(f"{name} {tries}"), 6 * (1 - tries / TRIES)
        if marks := marks_of(programme, wanted, dice, spread=spread, exact=exact):
            return marks
    raise ValueError(f"{name}: no marks give {wanted}")


# ---------- the files ----------


def head_of(promotion: str, element: str) -> str:
    return next(who for start, who in HEADS[promotion].items() if element.startswith(start))


def written(mark: int) -> str:
    """1250 → "12.5"."""
    return f"{mark // 100}.{mark % 100:02}".rstrip("0").rstrip(".")


def teachings(promotion: str, programme: Programme) -> Iterator[dict[str, str]]:
    year = int(promotion[:4]) + 1
    for place, each in enumerate(programme.elements):
        day = f"{year}-01-{22 + place % 5}" if int(each["semester"]) % 2 else f"{year}-06-{22 + place % 5}"
        undeclared = each["code"].startswith(UNDECLARED.get(promotion, ("-",)))
        complete = "" if undeclared or not programme.columns_of(each["code"]) else day
        yield {"element": each["code"], "heads": head_of(promotion, each["code"]), "complete": complete}


def assessments(promotion: str, programme: Programme) -> Iterator[dict[str, str]]:
    year = int(promotion[:4])
    for place, each in enumerate(programme.elements):
        if each["code"] in NOT_YET.get(promotion, ()):
            continue
        odd = int(each["semester"]) % 2
        day = f"{year}-12-{2 + place % 17:02}" if odd else f"{year + 1}-05-{13 + place % 17:02}"
        title = "Contrôle continu" if each["kind"] == "ressource" else "Livrables et soutenance"
        columns = programme.columns_of(each["code"])
        for column in columns:
            grid = column.partition(" ")[2]
            unit = column.split(" ")[-1]
            others = [other.split(" ")[-1] for other in columns if other != column]
            yield {
                "element": each["code"],
                "title": grid or title,
                "kind": "normal",
                "date": day,
                "coefficient": "1",
                "maximum": "20",
                "weights": " ".join([f"{unit}=1", *(f"{other}=0" for other in others)]) if grid else "",
            }


def marks(promotion: str, programme: Programme) -> Iterator[dict[str, str]]:
    held = {row["element"] for row in assessments(promotion, programme)}
    for row in _rows(WANTED / f"{promotion}.csv"):
        wanted = {unit: Fraction(row[unit]) for unit in programme.coefficients if row[unit]}
        values = solved(programme, wanted, f"{promotion} {row['number']}")
        cells = {column: written(mark) for column, mark in values.items() if column.split(" ")[0] in held}
        codes = {
            element: code
            for (where, number, element), code in CODES.items()
            if (where, number) == (promotion, row["number"])
        }
        yield {"number": row["number"], "student": row["student"]} | cells | codes


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _write(path: Path, columns: list[str], rows: Iterable[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def make(promotion: str) -> None:
    programme, folder = Programme.read(promotion), DEMO / promotion
    _write(
        folder / "teachings.csv",
        ["element", "heads", "teachers", "complete"],
        teachings(promotion, programme),
    )
    held = list(assessments(promotion, programme))
    _write(folder / "assessments.csv", list(held[0]), held)
    columns = [f"{row['element']} {row['title']}" if row["weights"] else row["element"] for row in held]
    _write(folder / "marks.csv", ["number", "student", *columns], marks(promotion, programme))


if __name__ == "__main__":
    for promotion in PROGRAMMES:
        make(promotion)
