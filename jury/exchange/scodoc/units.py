"""Which of our UE each `ue_id` of ScoDoc is, student by student: by a mapping, by its acronym, or by order.

A file may hold several parcours, and decide UE of another year: each student is read by the programmes of
their own parcours, as enrolled here; one who is not enrolled, by the only ones that have all their UE, or by
the programme or the parcours asked for.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from butrt.base.french import NBSP
from butrt.base.spreadsheets import Table, Unreadable, read_tables
from curriculum.models import Department, Parcours, Programme, Unit
from grades.models import Enrolment
from jury.cases.ledger.elsewhere import bare
from jury.cases.versions import fits, in_force, own_parcours
from jury.exchange.scodoc.reading import ScodocError, Student


@dataclass(frozen=True)
class Asked:
    """What is said beside a file: what it does not say itself."""

    units: Mapping[str, str] = field(default_factory=dict)  # {ue_id: our code}
    by_order: bool = False
    year: int | None = None
    school_year: int | None = None
    # Of those who are not enrolled here: the key of a programme, the code or short name of a parcours.
    programme: int | None = None
    parcours: str = ""


@dataclass(frozen=True)
class Year:
    """What a student's decisions are about: a year of a programme, its school year, our UE of each id."""

    programme: Programme
    school_year: int
    units: Mapping[str, Unit]

    @property
    def name(self) -> str:
        return f"BUT{self.programme.year}"


@dataclass(frozen=True)
class Left:
    """A student of a file who cannot be taken, and why."""

    student: Student
    why: str

    def __str__(self) -> str:
        return f"{self.student.place}{NBSP}: {self.why}"


class _Cannot(ValueError):
    """Why one student cannot be read; the others may be."""


def read_pairs(path: Path, first: str, second: str) -> dict[str, str]:
    """A file of two columns, {first: second}. Raises ScodocError."""
    try:
        return pairs_of(path.read_bytes(), path.name, first, second)
    except OSError as error:
        raise ScodocError(f"{path.name}{NBSP}: {error.strerror}.") from None


def pairs_of(data: bytes, name: str, first: str, second: str) -> dict[str, str]:
    """The same, of the bytes of a file called `name`."""
    try:
        tables = [table for table in read_tables(data) if table.rows]
    except Unreadable as error:
        raise ScodocError(f"{name}{NBSP}: {error}") from None
    titled = [({table.text(1, place): place for place in table.rows.get(1, ())}, table) for table in tables]
    columns, table = max(titled, key=lambda one: len({first, second} & {*one[0]}), default=({}, Table("")))
    if absent := [column for column in (first, second) if column not in columns]:
        raise ScodocError(f"{name}{NBSP}: colonne absente, {', '.join(absent)}.")
    pairs: dict[str, str] = {}
    for row in table.rows:
        key, value = table.text(row, columns[first]), table.text(row, columns[second])
        if row > 1 and key and pairs.setdefault(key, value) != value:
            raise ScodocError(f"{name}, ligne {row}{NBSP}: {key[:40]} y est deux fois.")
    return pairs


def years_of(
    students: Sequence[Student], department: Department, numbers: Mapping[str, str], asked: Asked
) -> tuple[dict[str, Year], list[Left]]:
    """({etudid: what their decisions are about}, those who cannot be read). `numbers`: {etudid: ours}.

    Raises ScodocError for what is wrong of the whole file: a year that nobody says, a programme unknown.
    """
    usual = asked.year or _most([student.year for student in students], "l’année du BUT", "--year")
    school_year = asked.school_year or _most(
        [student.school_year for student in students], "l’année scolaire", "--school-year"
    )
    programmes = _Programmes(department, asked, usual)
    years: dict[str, Year] = {}
    left = []
    for student in students:
        year = asked.year or student.year or usual
        try:
            possible = programmes.possible(numbers.get(student.etudid, ""), year, school_year)
            cursus, units = _only(student, possible, programmes, asked)
        except _Cannot as refusal:
            left.append(Left(student, str(refusal)))
        else:
            years[student.etudid] = Year(cursus[0], school_year, units)
    return years, left


def _most(values: Sequence[int | None], what: str, option: str) -> int:
    counted = Counter(value for value in values if value is not None)
    if not counted:
        raise ScodocError(f"aucun étudiant ne dit {what}{NBSP}: la donner ({option}).")
    return counted.most_common(1)[0][0]


# ---------- the programmes of a student ----------


class _Programmes:
    """The programmes of a department, their UE, who followed which."""

    def __init__(self, department: Department, asked: Asked, year: int) -> None:
        self.all = list(
            Programme.objects.filter(parcours__department=department)
            .select_related("parcours", "parcours__specialty")
            .order_by("pk")
        )
        self.asked = asked
        self.units: dict[int, list[Unit]] = defaultdict(list)
        for unit in Unit.objects.filter(programme__in=self.all).select_related("competence", "programme"):
            self.units[unit.programme_id].append(unit)
        by_key = {programme.pk: programme for programme in self.all}
        if asked.programme is not None and asked.programme not in by_key:
            raise ScodocError(f"aucun programme de BUT{year} n’a ici la clé {asked.programme}.")
        self.followed: dict[str, list[tuple[int, Programme]]] = defaultdict(list)
        for number, school_year, programme in (
            Enrolment.objects.filter(student__department=department, programme__in=by_key)
            .order_by("cohort__school_year", "pk")
            .values_list("student__number", "cohort__school_year", "programme")
        ):
            self.followed[number].append((school_year, by_key[programme]))
        # By programme: what `--by-order` said of each ue_id.
        self.ordered: dict[int, dict[str, Unit]] = defaultdict(dict)

    def possible(self, number: str, year: int, school_year: int) -> list[list[Programme]]:
        """The programmes by which a student may be read, that of `year` first in each. Raises `_Cannot`."""
        followed = self.followed.get(number, [])
        main = self._followed(followed, year, school_year)
        mains = [main] if main else self._mains(followed, year, school_year)
        return [self._cursus(main, followed, year, school_year) for main in mains]

    def _cursus(
        self, main: Programme, followed: list[tuple[int, Programme]], year: int, school_year: int
    ) -> list[Programme]:
        """The programme of `year` and those of the other years, by the parcours of a student."""
        parcours = main.parcours
        if parcours.common:
            parcours = own_parcours((programme for _, programme in followed), parcours)
        others = [
            self._followed([pair for pair in followed if fits(pair[1], parcours)], other, school_year)
            or self._in_force(other, parcours, school_year + other - year, main.modality)
            for other in (1, 2, 3)
            if other != year
        ]
        return [main, *(other for other in others if other is not None)]

    @staticmethod
    def _followed(followed: list[tuple[int, Programme]], year: int, school_year: int) -> Programme | None:
        """Of that year of the BUT: as enrolled then, else the last before, else the first after."""
        of_year = [pair for pair in followed if pair[1].year == year]
        before = [programme for begun, programme in of_year if begun <= school_year]
        return before[-1] if before else of_year[0][1] if of_year else None

    def _mains(self, followed: list[tuple[int, Programme]], year: int, school_year: int) -> list[Programme]:
        """Of one who was never enrolled here in that year: of their parcours, else those that may be."""
        if not followed:
            if candidates := self._candidates(year, school_year):
                return candidates
            raise _Cannot(f"aucun programme de BUT{year} dans le département ne lui convient.")
        last = followed[-1][1]
        parcours = own_parcours((programme for _, programme in followed), last.parcours)
        if programme := self._in_force(year, parcours, school_year, last.modality):
            return [programme]
        if parcours.common:  # not chosen yet: one of the spécialité
            candidates = self._candidates(year, school_year)
            if own := [
                candidate
                for candidate in candidates
                if candidate.parcours.specialty_id == parcours.specialty_id
            ]:
                return own
        raise _Cannot(f"le parcours {parcours.short} n’a pas ici de programme de BUT{year}.")

    def _candidates(self, year: int, school_year: int) -> list[Programme]:
        programmes = [programme for programme in self.all if programme.year == year]
        if self.asked.programme is not None:
            programmes = [programme for programme in programmes if programme.pk == self.asked.programme]
        if self.asked.parcours:
            names = (self.asked.parcours,)
            programmes = [
                programme
                for programme in programmes
                if programme.parcours.code in names
                or programme.parcours.short in names
                or programme.parcours.common
            ]
        if in_force := [programme for programme in programmes if programme.in_force_from <= school_year]:
            newest = max(programme.in_force_from for programme in in_force)
            return [programme for programme in in_force if programme.in_force_from == newest]
        return programmes

    def _in_force(self, year: int, parcours: Parcours, school_year: int, modality: str) -> Programme | None:
        return in_force(self.all, year=year, parcours=parcours, met=school_year, modality=modality)


# ---------- the UE of a student ----------


def _only(
    student: Student, possible: Sequence[list[Programme]], programmes: _Programmes, asked: Asked
) -> tuple[list[Programme], dict[str, Unit]]:
    """The only programmes that have all the UE of a student, and which they are. Raises `_Cannot`.

    Their order tells no parcours from another: only named UE choose between several.
    """
    if len(possible) == 1:
        return possible[0], _units_of(student, possible[0], programmes, asked)
    readings = []
    for cursus in possible:
        with suppress(_Cannot):
            readings.append((cursus, _units_of(student, cursus, programmes, replace(asked, by_order=False))))
    if len(readings) == 1:
        return readings[0]
    fitting = [cursus[0] for cursus, _ in readings] or [cursus[0] for cursus in possible]
    listed = ", ".join(f"{programme.pk} ({programme})" for programme in fitting)
    why = "ont toutes ses UE" if readings else "sont possibles, aucun n’a toutes ses UE"
    raise _Cannot(
        f"plusieurs programmes de BUT{fitting[0].year} {why}, et aucune inscription ici ne dit le "
        f"sien{NBSP}: l’inscrire, ou choisir son parcours (--parcours ou --programme), parmi {listed}."
    )


def _units_of(
    student: Student, cursus: Sequence[Programme], programmes: _Programmes, asked: Asked
) -> dict[str, Unit]:
    """Our UE of each of a student's `ue_id`. Raises `_Cannot`."""
    ours = [programmes.units[programme.pk] for programme in cursus]
    known: dict[str, Unit] = {}
    for theirs in student.all_units():
        if code := asked.units.get(theirs.id):
            unit = _named(code, ours)
            if unit is None:
                raise _Cannot(
                    f"l’UE {theirs.id} serait {code[:40]}, qui n’est d’aucun programme de son parcours "
                    f"({cursus[0].parcours.short})."
                )
            known[theirs.id] = unit
        elif theirs.acronym and (unit := _named(theirs.acronym, ours)):
            known[theirs.id] = unit
    if asked.by_order:
        ordered = _by_order(student, ours[0], programmes.ordered[cursus[0].pk])
        known |= {name: unit for name, unit in ordered.items() if name not in known}
    for theirs in student.all_units():
        if theirs.id not in known:
            raise _Cannot(
                f"on ne sait quelle UE est {theirs.id}{NBSP}: la dire dans le fichier des UE (colonnes "
                "ue_id, unit), ou demander l’ordre des compétences (--by-order)."
            )
    for rcue in student.rcues:
        one, other = (known[unit.id] for unit in rcue.units)
        if (one.competence_id, one.level) != (other.competence_id, other.level) or (
            one.semester >= other.semester
        ):
            raise _Cannot(
                f"{one} et {other} ne sont pas les deux UE d’un RCUE, la première du semestre impair."
            )
    doubles = Counter(unit.pk for unit in known.values())
    if double := next((unit for unit in known.values() if doubles[unit.pk] > 1), None):
        ids = ", ".join(sorted(name for name, unit in known.items() if unit.pk == double.pk))
        raise _Cannot(f"{double} est donné à plusieurs ue_id{NBSP}: {ids}.")
    return known


def _named(code: str, ours: Iterable[Sequence[Unit]]) -> Unit | None:
    """The UE of that code, in the year judged first; UE3.1, UE 31 and ue31 are one."""
    for units in ours:
        exact = [unit for unit in units if unit.code == code]
        alike = exact or [unit for unit in units if bare(unit.code) == bare(code)]
        if len(alike) == 1:
            return alike[0]
    return None


def _by_order(student: Student, units: Sequence[Unit], by_id: dict[str, Unit]) -> dict[str, Unit]:
    """The first RCUE of ScoDoc is our first competence, and so on: only if there are as many.

    `by_id`: our UE of each `ue_id` by the students before, kept up. Raises `_Cannot`.
    """
    pairs: dict[str, list[Unit]] = {}
    for unit in sorted(units, key=lambda unit: (unit.competence.code, unit.semester)):
        pairs.setdefault(unit.rcue, []).append(unit)
    if student.rcues and len(student.rcues) != len(pairs):
        raise _Cannot(
            f"{len(student.rcues)} RCUE, le programme en a {len(pairs)}{NBSP}: l’ordre ne suffit pas, dire "
            "les UE dans le fichier des UE."
        )
    for rcue, pair in zip(student.rcues, pairs.values(), strict=False):
        if len(pair) != 2:
            raise _Cannot(f"{pair[0].rcue} n’a pas deux UE{NBSP}: dire les UE dans le fichier des UE.")
        for theirs, unit in zip(rcue.units, pair, strict=True):
            if by_id.setdefault(theirs.id, unit) != unit:
                raise _Cannot(
                    f"l’UE {theirs.id} change de rang d’un étudiant à l’autre{NBSP}: dire les UE dans le "
                    "fichier des UE."
                )
    return {theirs.id: by_id[theirs.id] for theirs in student.all_units() if theirs.id in by_id}
