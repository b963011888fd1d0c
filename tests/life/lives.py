"""The lives of the students, as lives/*.toml tell them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "lives"

Table = Mapping[str, Any]


@dataclass(frozen=True)
class Year:
    """What happens to a student in a promotion: one enrolment."""

    school_year: int
    promotion: str  # "BUT2 IOM alternance"
    # By element, competence, semester, or "*" for the others: the first that is said.
    marks: Table = field(default_factory=dict)
    takes: tuple[str, ...] = ()
    motive: str = ""
    # What the site opposes to the enrolment when no motive is given.
    refused: tuple[str, ...] = ()
    company: str = ""
    retakes: tuple[str, ...] = ()
    dispensed: tuple[str, ...] = ()
    bonus: Table = field(default_factory=dict)
    # {"DEM": date}
    leaves: Table = field(default_factory=dict)
    grant: Table | None = None
    elsewhere: tuple[Table, ...] = ()
    # {"S4": {"year": "ADJ", "RT3/2": "ADJ", "motive": …, "hearing": …, "advice": …}}
    decide: Table = field(default_factory=dict)
    # {"S4": {element: mark}}: the second session, in September.
    catch_up: Table = field(default_factory=dict)
    # What each jury says: {"S3": …, "S4": …, "S4 rattrapage": …, "S4 version 2": …}.
    says: Table = field(default_factory=dict)

    @classmethod
    def read(cls, table: Table) -> Year:
        renamed = {"from": "school_year", "in": "promotion"}
        return cls(**{renamed.get(name, name): _frozen(value) for name, value in table.items()})

    @property
    def year(self) -> int:
        return int(self.promotion[3])

    @property
    def semesters(self) -> tuple[int, ...]:
        """Those taken; both when the life does not say."""
        return tuple(int(name[1:]) for name in self.takes) or (2 * self.year - 1, 2 * self.year)

    def mark(self, element: str) -> str | None:
        """The mark of an element, "R31" being that of S3 and RT1; None when there is none."""
        for key in (element, f"RT{element[2:]}", f"S{element[1]}", "*"):
            if key in self.marks:
                return str(self.marks[key])
        return None


@dataclass(frozen=True)
class Then:
    """What happens on a day outside the juries: a correction, a result that comes late or is withdrawn."""

    on: date
    # The jury corrected, "S2", and its school year.
    corrects: str = ""
    school_year: int = 0
    marks: Table = field(default_factory=dict)
    decide: Table = field(default_factory=dict)
    records: Table | None = None
    withdraws: str = ""
    motive: str = ""
    # The later juries that are told, and what they would say otherwise: {"S4 2022": ["UE12 : ADM → AJ"]}.
    tells: Table = field(default_factory=dict)

    @classmethod
    def read(cls, table: Table) -> Then:
        renamed = {"from": "school_year"}
        return cls(**{renamed.get(name, name): _frozen(value) for name, value in table.items()})


@dataclass(frozen=True)
class Life:
    """A student, from their arrival to their departure."""

    name: str
    story: str
    years: tuple[Year, ...]
    then: tuple[Then, ...] = ()
    # {"DUT": date}: as the ledger has them.
    diplomas: Table = field(default_factory=dict)
    # What documents of a jury print: see test_documents.py.
    prints: tuple[Table, ...] = ()

    @property
    def last_name(self) -> str:
        return self.name.rpartition(" ")[0]

    @property
    def first_name(self) -> str:
        return self.name.rpartition(" ")[2]


def read_lives() -> list[Life]:
    """Every life, in the order of the files."""
    return [
        Life(
            name=table["name"],
            story=table["story"],
            years=tuple(Year.read(each) for each in table["year"]),
            then=tuple(Then.read(each) for each in table.get("then", ())),
            diplomas=table.get("diplomas", {}),
            prints=tuple(table.get("prints", ())),
        )
        for path in sorted(FOLDER.glob("*.toml"))
        for table in tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)["student"]
    ]


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
