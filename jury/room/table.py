"""The table of the jury: one row a student, arranged as the reader asked; HTML in jury/room/rows.py."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal
from urllib.parse import urlencode

from butrt.base.french import several
from butrt.base.words import holds
from jury.cases import outlook
from jury.cases.case import STANDING_WORDS, Case
from jury.cases.past import other_parcours
from jury.cases.proceedings import Proceedings
from jury.cases.statistics import acquired
from jury.room.means import Ranked, standings
from jury.rules import Code

By = Literal["standing", "acquired", "programme", "regime", "group", "none"]
BY: tuple[By, ...] = ("standing", "acquired", "programme", "regime", "group", "none")
NO_GROUP = "sans groupe"

FAMILIES = {
    "todo": "gold",
    "blocked": "slate",
    "right": "green",
    "adopted": "green",
    "person": "violet",
    "gone": "slate",
}

# What the filters after the standings look for, and how they read.
SIGNALS = {
    "changed": ("Changés", "violet", "✎"),
    "cmp": ("Compensés", "blue", "↔"),
    "gate": ("S5 fermé", "rust", "■"),
}
STANDING_SIGNS = {"todo": "?", "blocked": "…", "right": "→", "adopted": "✓", "person": "◆", "gone": "⇥"}
# Shorter than STANDING_WORDS where ten of them stand in a line.
STANDING_CHIPS = STANDING_WORDS | {"adopted": "Acceptés"}

# The columns that a person may hide, with their words.
COLUMNS = {
    "acq": "Compétences acquises",
    "ue": "UE",
    "rcue": "Compétences (RCUE)",
    "ects": "ECTS",
    "next": "Suite",
    "mean": "Moyenne et rang, indicatifs",
    "near": "Au plus près d’un seuil",
    "abs": "Absences",
    "path": "Années antérieures",
}


@dataclass(frozen=True)
class CaseRow:
    """A student in the table: their place by name, who decided last."""

    case: Case
    place: int
    acquired: int
    # None for who left, or has no average.
    mean: Ranked | None = None
    # Who decided last since the opening, and at what time; "" when nobody did.
    decided: str = ""

    @property
    def standing(self) -> str:
        return self.case.standing

    @cached_property
    def signals(self) -> frozenset[str]:
        """What the filters after the standings look for (see `SIGNALS`)."""
        case, verdict = self.case, self.case.verdict
        judged = (verdict.units.get(unit.code) for unit in case.cohort.judged(case.student))
        signals = {
            "changed": bool(self.decided) or bool(case.changed),
            "cmp": not case.gone and any(unit is not None and unit.code == Code.CMP for unit in judged),
            "gate": not case.gone and bool(case.following.gate),
        }
        return frozenset(name for name, holds in signals.items() if holds)

    @property
    def group(self) -> str:
        """The group of TD or TP, as it was when the marks were locked."""
        return str(self.case.person.get("group") or "")


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under one heading."""

    key: str
    words: str
    rows: tuple[CaseRow, ...]
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """A column: its name in an address, its place in a row, the family it is shown or hidden with."""

    key: str
    place: int
    family: str
    title: str
    words: str
    value: Callable[[CaseRow], Any] = field(repr=False, compare=False)
    sort: Literal["ascending", "descending", ""] = ""


@dataclass(frozen=True)
class Asked:
    """How the reader wants the table: read from an address, so that it works without JavaScript."""

    keep: str = "all"
    search: str = ""
    by: By = "standing"
    sort: str = ""
    descending: bool = False
    # A group of students (TD, TP), "" for all of them.
    group: str = ""
    # One of the programmes judged, by what tells it from the others; "" for all of them.
    programme: str = ""
    # One of their regimes ("apprentissage"), "" for all of them.
    regime: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Asked:
        """From `filtre`, `cherche`, `groupe`, `td`, `parcours`, `regime` and `tri`.

        `tri`: "UE31", or "-UE31" from the highest down.
        """
        keep, by = query.get("filtre", "all"), query.get("groupe", "standing")
        column = query.get("tri", "")
        return cls(
            keep if keep in STANDING_WORDS or keep in SIGNALS else "all",
            query.get("cherche", "").strip(),
            next((known for known in BY if known == by), "standing"),
            column.removeprefix("-"),
            column.startswith("-"),
            query.get("td", ""),
            query.get("parcours", ""),
            query.get("regime", ""),
        )

    @property
    def query(self) -> str:
        """The address that asks for the same: "?tri=-UE31&groupe=none", "" for the table as it opens."""
        parameters = {
            "filtre": "" if self.keep == "all" else self.keep,
            "cherche": self.search,
            "groupe": "" if self.by == "standing" else self.by,
            "td": self.group,
            "parcours": self.programme,
            "regime": self.regime,
            "tri": f"{'-' if self.descending else ''}{self.sort}",
        }
        given = {name: value for name, value in parameters.items() if value.strip("-")}
        return f"?{urlencode(given)}" if given else ""

    def keeps(self, row: CaseRow) -> bool:
        """Whether a row passes the filter and the search."""
        kept = self.keep in ("all", row.standing) or self.keep in row.signals
        kept = kept and self.group in ("", row.group) and self.regime in ("", row.case.regime)
        return kept and holds(self.search, *row.case.searched)


def rows(
    proceedings: Proceedings, decided: Mapping[str, str], means: Mapping[str, Ranked] | None = None
) -> list[CaseRow]:
    """Every student, by name. `decided`: {student's number: who decided since the opening, and when}.

    `means`: those of `standings`, worked out if not given.
    """
    means = standings(proceedings) if means is None else means
    return [
        CaseRow(
            case,
            place,
            acquired(case, proceedings),
            means.get(case.id),
            decided.get(case.id, ""),
        )
        for place, case in enumerate(proceedings.cases, 1)
    ]


def headings(proceedings: Proceedings, asked: Asked) -> dict[str, Heading]:
    """The columns in their order, each knowing how it sorts."""
    columns: dict[str, Heading] = {}

    def add(key: str, family: str, title: str, words: str, value: Callable[[CaseRow], Any]) -> None:
        sort = ("descending" if asked.descending else "ascending") if asked.sort == key else ""
        columns[key] = Heading(key, len(columns), family, title, words, value, sort)  # type: ignore[arg-type]

    add("nom", "who", "Étudiant", "nom", lambda row: row.place)
    if proceedings.tells_year:
        add("annee", "year", "Année", "code de l’année", lambda row: year_rank(row.case))
    add(
        "acquis",
        "acq",
        "Acq.",
        f"{'compétences' if proceedings.judges_year else 'UE'} acquises",
        lambda row: row.acquired,
    )
    for column in proceedings.columns:
        for key, unit in zip(column.keys, column.units, strict=True):
            add(key, "ue", unit, f"moyenne de {key}", _average("units", unit, column.name))
        if column.rcue:
            add(column.key, "rcue", "RCUE", f"moyenne de {column.key}", _average("rcues", column.rcue))
    add(
        "ects",
        "ects",
        "ECTS",
        f"crédits de BUT{proceedings.context['year']}, ses deux semestres",
        lambda row: row.case.verdict.ects_year,
    )
    add("suite", "next", "Suite", "suite", lambda row: outlook.few_words(row.case.following))
    add("moyenne", "mean", "Moy.", "moyenne des UE, indicative", lambda row: row.mean and row.mean.mean)
    add("rang", "mean", "Rang", "rang, indicatif", lambda row: row.mean and row.mean.rank)
    add("distance", "near", "Au plus près", "distance au seuil le plus proche", _distance)
    add(
        "absences",
        "abs",
        "Abs.",
        "absences injustifiées",
        lambda row: row.case.person["absences"]["unjustified"],
    )
    add("avant", "path", "Avant", "années antérieures", lambda row: " ".join(earlier(row.case)) or None)
    return columns


def _average(
    group: Literal["units", "rcues"], name: str, rcue: str = ""
) -> Callable[[CaseRow], Decimal | None]:
    """Of a UE or a RCUE. `rcue`: whose UE, when another programme judged may have one of that code."""

    def value(row: CaseRow) -> Decimal | None:
        verdict = getattr(row.case.verdict, group).get(name)
        if verdict is None or (rcue and verdict.of.rcue != rcue):
            return None
        average: Decimal | None = verdict.average
        return average

    return value


def _distance(row: CaseRow) -> Decimal | None:
    return row.case.distance.points if row.case.distance else None


def year_rank(case: Case) -> int:
    """The year's codes in the order of a reading: to decide, blocked, then as the rules list them."""
    if case.verdict.year is None:
        return {"todo": 0, "blocked": 1}.get(case.standing, 2)
    return 3 + list(Code).index(case.verdict.year)


def earlier(case: Case) -> list[str]:
    """The codes of the years before: ["BUT1 PASD 2023"], the year when it was taken, another parcours."""
    return [
        " ".join(
            filter(
                None,
                (result["subject"], result["code"], result["school_year"][:4], other_parcours(case, result)),
            )
        )
        for result in case.person["path"]
    ]


def groups(
    cases: Iterable[CaseRow], asked: Asked, columns: Mapping[str, Heading], counted: str
) -> list[Group]:
    """The rows under their headings, sorted; those that the filter leaves out stay, to be shown again.

    `counted`: "compétence sur 5", of how many what `acquired` counts.
    """
    kept = list(cases)
    if (heading := columns.get(asked.sort)) is not None:
        kept = _sorted(kept, heading.value, asked.descending)
    if asked.by == "none":
        return [Group("none", "Tous", tuple(kept))]
    if asked.by == "acquired":
        numbers = sorted({row.acquired for row in kept}, reverse=True)
        return [
            Group(
                f"n{number}",
                several(number, counted, counted.replace("compétence", "compétences")),
                tuple(row for row in kept if row.acquired == number),
            )
            for number in numbers
        ]
    if asked.by == "programme":
        labels = dict.fromkeys(sorted(row.case.programme_label for row in kept))
        return [
            Group(f"parcours-{label}", label, tuple(row for row in kept if row.case.programme_label == label))
            for label in labels
        ]
    if asked.by == "regime":
        regimes = sorted({row.case.regime for row in kept})
        return [
            Group(f"regime-{regime}", regime, tuple(row for row in kept if row.case.regime == regime))
            for regime in regimes
        ]
    if asked.by == "group":
        names = sorted({row.group for row in kept}, key=lambda name: (not name, name))
        return [
            Group(f"td-{name}", name or NO_GROUP, tuple(row for row in kept if row.group == name))
            for name in names
        ]
    listed = []
    for standing, words in STANDING_WORDS.items():
        members = [row for row in kept if row.standing == standing]
        if standing == "todo" and heading is None:
            members = _sorted(members, _distance, False)
        if members:
            hint = "pas de passage de droit : le jury choisit" if standing == "todo" else ""
            listed.append(Group(standing, words, tuple(members), hint))
    return listed


def _sorted(cases: list[CaseRow], value: Callable[[CaseRow], Any], descending: bool) -> list[CaseRow]:
    """By value, those without one last whatever the direction; equal ones by name."""
    with_value = [row for row in cases if value(row) is not None]
    without = [row for row in cases if value(row) is None]
    with_value.sort(key=lambda row: row.place)
    with_value.sort(key=value, reverse=descending)
    return with_value + without
