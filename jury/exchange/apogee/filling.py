"""What goes in the cells of an Apogée file: our results, said in the site's codes. Nothing is kept here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from typing import Final, NamedTuple

from butrt.base import french
from butrt.base.canonical import digest_of
from butrt.base.french import NBSP
from butrt.base.words import folded
from jury.exchange.apogee.file import ApogeeFile, Column, Reference, StudentLine, key

SCALE: Final = "20"
FILLED_TYPES: Final = ("VET", "ELP")


class Target(StrEnum):
    """What of ours an element of Apogée may be."""

    UNIT = "unit"
    RCUE = "rcue"
    SEMESTER = "semester"
    YEAR = "year"
    ELEMENT = "element"


class Subject(NamedTuple):
    """One of ours: (Target.UNIT, "UE31"), (RCUE, "RT1/2"), (SEMESTER, "S3"), (YEAR, "BUT2"), (ELEMENT…)."""

    target: Target
    name: str


class Given(NamedTuple):
    """What the jury says of a subject: the displayed average with a point ("" for none), the code or ""."""

    average: str
    code: str
    # Why a subject that has averages has not one to write.
    why: str = ""


@dataclass(frozen=True)
class Ours:
    """One of our students: who, and what the jury says of each subject."""

    number: str
    name: str
    given: Mapping[Subject, Given]


@dataclass(frozen=True)
class Settings:
    """How ours becomes Apogée's: elements, codes, and which columns this jury may fill."""

    elements: Mapping[Subject, Sequence[Reference]]
    codes: Mapping[tuple[Target, str], str]
    school_year: int
    catch_up: bool = False

    @property
    def sessions(self) -> tuple[str, ...]:
        """The sessions of Apogée that are this jury's: single, and first or second."""
        return ("", "0", "2") if self.catch_up else ("", "0", "1")


class State(StrEnum):
    NEW = "new"  # empty, filled
    SAME = "same"  # it holds that already
    CONFLICT = "conflict"  # it holds something else: kept, or replaced if confirmed
    REFUSED = "refused"  # kept, and why


class Cell(NamedTuple):
    """A cell that is spoken of: what it holds, what we would write, and what becomes of it."""

    row: StudentLine
    column: Column
    subject: Subject
    old: str
    new: str
    state: State
    why: str = ""


class Group(NamedTuple):
    """The columns of an element for a session, with what they are of ours; `scale` is its B."""

    subject: Subject
    columns: Sequence[Column]
    scale: Column | None


@dataclass(frozen=True)
class Aside:
    """Something left as it is: what, and why."""

    what: str
    why: str


@dataclass
class FillingPlan:
    """All that would be written, and all that is left as it is, with the reason."""

    file: ApogeeFile
    cells: list[Cell] = field(default_factory=list)
    # Students of the file that are not ours, of ours that are not in the file.
    strangers: list[StudentLine] = field(default_factory=list)
    absent: list[Ours] = field(default_factory=list)
    # Those of both, under another name.
    renamed: list[tuple[StudentLine, Ours]] = field(default_factory=list)
    # Elements of the file that nothing of ours fills; ours that are nowhere in the file; columns left aside.
    unknown: list[Aside] = field(default_factory=list)
    unplaced: list[Aside] = field(default_factory=list)
    columns: list[Aside] = field(default_factory=list)
    # The columns filled, in the file's order, with their subject.
    filled: list[tuple[Column, Subject]] = field(default_factory=list)
    # The codes written, with how the file says them: {(type, code): words}.
    words: dict[tuple[str, str], str] = field(default_factory=dict)

    def of(self, *states: State) -> list[Cell]:
        return [cell for cell in self.cells if cell.state in states]

    @cached_property
    def counts(self) -> Counter[State]:
        return Counter(cell.state for cell in self.cells)

    @property
    def new(self) -> int:
        return self.counts[State.NEW]

    @property
    def same(self) -> int:
        return self.counts[State.SAME]

    @cached_property
    def conflicts(self) -> list[Cell]:
        return self.of(State.CONFLICT)

    @cached_property
    def refused(self) -> list[Cell]:
        return self.of(State.REFUSED)

    @property
    def digest(self) -> str:
        """What tells this plan from any other: sent back by who was shown it."""
        shown = (
            f"{cell.row.line} {cell.column.place} {cell.state}\t{cell.old}\t{cell.new}" for cell in self.cells
        )
        return digest_of("\n".join(shown))

    def written(self, *, overwrite: bool) -> bytes:
        """The file to give back; cells filled otherwise are replaced only with `overwrite`."""
        states = (State.NEW, State.CONFLICT) if overwrite else (State.NEW,)
        cells = {(cell.row.line, cell.column.place): cell.new for cell in self.of(*states)}
        return self.file.filled(cells)

    def by_student(self) -> Iterator[tuple[StudentLine, list[Cell | None]]]:
        """A line a student, a cell for each of `filled` (None: nothing to say there)."""
        places = [column.place for column, _ in self.filled]
        for row, cells in groupby(self.cells, key=attrgetter("row")):
            by_place = {cell.column.place: cell for cell in cells}
            yield row, [by_place.get(place) for place in places]


def plan_filling(file: ApogeeFile, students: Iterable[Ours], settings: Settings) -> FillingPlan:
    """What each cell would become, without writing anything."""
    plan = FillingPlan(file)
    ours = {key(student.number): student for student in students}
    inside = {key(row.number) for row in file.rows}
    plan.strangers = [row for row in file.rows if key(row.number) not in ours]
    plan.absent = [student for number, student in ours.items() if number not in inside]
    plan.renamed = [
        (row, ours[key(row.number)])
        for row in file.rows
        if key(row.number) in ours and not _same_name(row.name, ours[key(row.number)].name)
    ]
    spoken_of = {subject for student in ours.values() for subject in student.given}
    groups = list(_groups(file, settings, spoken_of, plan))
    _unplaced(file, settings, plan)
    for row in file.rows:
        student = ours.get(key(row.number))
        if student is None:
            continue
        for group in groups:
            if given := student.given.get(group.subject):
                plan.cells += _cells(row, group, given, settings, file)
    _columns(groups, plan)
    for cell in plan.cells:
        if cell.column.result == "R" and cell.state is not State.REFUSED:
            plan.words[cell.column.type, cell.new] = file.allowed(cell.column.type)[cell.new]
    return plan


def _columns(groups: Iterable[Group], plan: FillingPlan) -> None:
    """Which columns have something, in the file's order; the others are left aside."""
    spoken = {cell.column.place for cell in plan.cells}
    by_place = {column.place: group.subject for group in groups for column in group.columns}
    for column in plan.file.columns:
        subject = by_place.get(column.place)
        if subject is None:
            continue
        if column.place in spoken:
            plan.filled.append((column, subject))
            continue
        why = "ce jury n’y donne rien"
        if column.result != "R" and subject.target in (Target.SEMESTER, Target.YEAR):
            why = "un semestre et une année n’ont pas de moyenne en BUT"
        elif column.result == "R" and subject.target is Target.ELEMENT:
            why = "une ressource et une SAÉ n’ont pas de décision, seulement une moyenne"
        plan.columns.append(Aside(f"{column.name}, {subject.name} {column.about} {column.result}", why))


def _groups(
    file: ApogeeFile, settings: Settings, spoken_of: set[Subject], plan: FillingPlan
) -> Iterator[Group]:
    """The columns to fill, element by element and session by session, with our subject."""
    for (type_, about), columns in file.elements.items():
        what = f"{type_} {about} {file.label((type_, about))}".strip()
        subjects = [
            subject
            for subject, references in settings.elements.items()
            if any(reference.means(about) for reference in references)
        ]
        if type_ not in FILLED_TYPES:
            plan.unknown.append(Aside(what, f"type {type_}{NBSP}: seuls VET et ELP sont remplis"))
            continue
        if not subjects:
            plan.unknown.append(Aside(what, "aucune correspondance"))
            continue
        if len(subjects) > 1:
            names = ", ".join(subject.name for subject in subjects)
            plan.unknown.append(Aside(what, f"plusieurs correspondances ({names}){NBSP}: n’en garder qu’une"))
            continue
        (subject,) = subjects
        if subject not in spoken_of:
            plan.unknown.append(Aside(what, f"{subject.name}{NBSP}: ce jury n’en dit rien"))
            continue
        kept: dict[str, dict[str, Column]] = {}
        for column in columns:
            if why := _not_ours(column, settings):
                plan.columns.append(Aside(f"{column.name}, {what}, type {column.result}", why))
            elif column.result in kept.setdefault(column.session, {}):
                other = kept[column.session][column.result].name
                plan.columns.append(
                    Aside(f"{column.name}, {what}, type {column.result}", f"répète {other}, qui est remplie")
                )
            else:
                kept[column.session][column.result] = column
        for group in kept.values():
            if group:
                yield Group(subject, list(group.values()), group.get("B"))


def _not_ours(column: Column, settings: Settings) -> str:
    if column.year not in ("", str(settings.school_year)):
        return f"année {column.year}, ce jury est de {settings.school_year}"
    if column.session not in settings.sessions:
        return f"session {column.session}, ce jury n’est pas celui de cette session"
    if column.result not in ("N", "B", "R"):
        return f"type de résultat {column.result}{NBSP}: seuls N, B et R sont remplis"
    return ""


def _unplaced(file: ApogeeFile, settings: Settings, plan: FillingPlan) -> None:
    for subject, references in settings.elements.items():
        if not references and subject.target is not Target.ELEMENT:
            plan.unplaced.append(Aside(subject.name, "aucun code Apogée"))
        for reference in references:
            if not any(reference.means(about) for _, about in file.elements):
                plan.unplaced.append(Aside(subject.name, f"{reference} n’est pas dans ce fichier"))


def _cells(
    row: StudentLine, group: Group, given: Given, settings: Settings, file: ApogeeFile
) -> Iterator[Cell]:
    """The cells of an element of a student: its average beside the scale it is on, and its result."""
    subject, columns, scale = group
    held = row.cell(scale.place) if scale else ""
    for column in columns:
        if column.result == "R":
            if cell := _result(row, column, subject, given.code, settings, file):
                yield cell
        elif given.average:
            yield _average(row, column, subject, given.average, held)
        elif given.why and column.result == "N":
            yield Cell(row, column, subject, row.cell(column.place), "", State.REFUSED, given.why)


def _average(row: StudentLine, column: Column, subject: Subject, average: str, scale: str) -> Cell:
    """An average, or the scale that it is on, where the file may have another `scale`."""
    old = row.cell(column.place)
    new = SCALE if column.result == "B" else french.number(average)
    other_scale = scale != "" and not french.alike(scale, SCALE)
    if old and french.alike(old, new):
        return Cell(row, column, subject, old, new, State.SAME)
    if old or (other_scale and column.result == "N"):
        why = f"barème {scale} dans le fichier, nos moyennes sont sur 20" if other_scale else ""
        return Cell(row, column, subject, old, new, State.CONFLICT, why)
    return Cell(row, column, subject, old, new, State.NEW)


def _result(
    row: StudentLine, column: Column, subject: Subject, code: str, settings: Settings, file: ApogeeFile
) -> Cell | None:
    if not code:
        return None
    old = row.cell(column.place)
    new = settings.codes.get((subject.target, code), "")
    if not new:
        why = f"aucun code du site pour {code}"
        return Cell(row, column, subject, old, "", State.REFUSED, why)
    if new not in file.allowed(column.type):
        why = f"{new} n’est pas permis pour {column.type} par ce fichier"
        return Cell(row, column, subject, old, new, State.REFUSED, why)
    if old == new:
        return Cell(row, column, subject, old, new, State.SAME)
    return Cell(row, column, subject, old, new, State.CONFLICT if old else State.NEW)


def _same_name(one: str, other: str) -> bool:
    """Whether two names are a person's, however written: "D'ALMEIDA Anne-Lise", "DALMEIDA ANNE LISE".

    One may have fewer first names than the other; a file without names says nothing.
    """
    first, second = folded(one), folded(other)
    if first.replace(" ", "") == second.replace(" ", ""):
        return True
    words, others = set(first.split()), set(second.split())
    return words <= others or others <= words
