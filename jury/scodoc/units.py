"""Which of our UE each `ue_id` of ScoDoc is: as a mapping says, by its acronym, or by order if asked."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from curriculum.models import Department, Programme, Unit
from jury.rules.reasons import NBSP
from jury.scodoc.reading import ScodocError, Student


@dataclass(frozen=True)
class Year:
    """What a file is about: a year of a programme, its school year, and our UE of each `ue_id`."""

    programme: Programme
    school_year: int
    units: Mapping[str, Unit]

    @property
    def name(self) -> str:
        return f"BUT{self.programme.year}"


def read_pairs(path: Path, first: str, second: str) -> dict[str, str]:
    """A CSV file of two columns, {first: second}. Raises ScodocError."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, delimiter=_separator(path))
            if absent := [name for name in (first, second) if name not in (reader.fieldnames or ())]:
                raise ScodocError(f"{path.name}{NBSP}: colonne absente, {', '.join(absent)}.")
            pairs: dict[str, str] = {}
            for row in reader:
                name, value = (row[first] or "").strip(), (row[second] or "").strip()
                if name and pairs.setdefault(name, value) != value:
                    raise ScodocError(f"{path.name}, ligne {reader.line_num}{NBSP}: {name} y est deux fois.")
            return pairs
    except UnicodeDecodeError:
        raise ScodocError(f"{path.name} n’est pas en UTF-8.") from None
    except OSError as error:
        raise ScodocError(f"{path.name}{NBSP}: {error.strerror}.") from None


def _separator(path: Path) -> str:
    with path.open(encoding="utf-8-sig") as file:
        return ";" if ";" in file.readline(10_000) else ","


def year_of(
    students: Sequence[Student],
    department: Department,
    *,
    given: Mapping[str, str],
    by_order: bool = False,
    year: int | None = None,
    school_year: int | None = None,
    programme: int | None = None,
) -> Year:
    """What a file is about; what is not given is what most of its students say. Raises ScodocError."""
    year = year or _most([student.year for student in students], "l’année du BUT", "--year")
    school_year = school_year or _most(
        [student.school_year for student in students], "l’année scolaire", "--school-year"
    )
    found = _programme(department, year, school_year, programme)
    units = list(found.units.select_related("competence"))
    known = _by_id(students, units, given)
    if by_order:
        known |= {name: unit for name, unit in _by_order(students, units).items() if name not in known}
    for student in students:
        for each in student.all_units():
            if each.id not in known:
                raise ScodocError(
                    f"{student.place}{NBSP}: on ne sait quelle UE est {each.id}{NBSP}: la dire dans --units "
                    "(colonnes ue_id, unit), ou demander --by-order."
                )
        for rcue in student.rcues:
            one, other = (known[unit.id] for unit in rcue.units)
            if one.rcue != other.rcue or one.semester >= other.semester:
                raise ScodocError(
                    f"{student.place}{NBSP}: {one} et {other} ne sont pas les deux UE d’un RCUE, la première "
                    "du semestre impair."
                )
    doubles = Counter(unit.code for unit in known.values())
    if double := next((code for code, times in doubles.items() if times > 1), None):
        ids = ", ".join(sorted(name for name, unit in known.items() if unit.code == double))
        raise ScodocError(f"{double} est donné à plusieurs ue_id{NBSP}: {ids}.")
    return Year(found, school_year, known)


def _most(said: Sequence[int | None], what: str, option: str) -> int:
    counted = Counter(value for value in said if value is not None)
    if not counted:
        raise ScodocError(f"aucun étudiant ne dit {what}{NBSP}: la donner par {option}.")
    return counted.most_common(1)[0][0]


def _programme(department: Department, year: int, school_year: int, programme: int | None) -> Programme:
    programmes = list(
        Programme.objects.filter(parcours__department=department, year=year)
        .select_related("parcours")
        .order_by("pk")
    )
    if programme is not None:
        programmes = [each for each in programmes if each.pk == programme]
    elif in_force := [each for each in programmes if each.in_force_from <= school_year]:
        newest = max(each.in_force_from for each in in_force)
        programmes = [each for each in in_force if each.in_force_from == newest]
    if len(programmes) == 1:
        return programmes[0]
    if not programmes:
        raise ScodocError(f"aucun programme de BUT{year} dans le département.")
    listed = ", ".join(f"{each.pk} ({each})" for each in programmes)
    raise ScodocError(
        f"plusieurs programmes de BUT{year}{NBSP}: en choisir un par --programme, parmi {listed}."
    )


def _by_id(students: Sequence[Student], units: Sequence[Unit], given: Mapping[str, str]) -> dict[str, Unit]:
    by_code = {unit.code: unit for unit in units}
    bare = {_bare(unit.code): unit for unit in units}
    known: dict[str, Unit] = {}
    for each in (unit for student in students for unit in student.all_units()):
        if code := given.get(each.id):
            if code not in by_code:
                raise ScodocError(f"--units{NBSP}: {each.id} serait {code}, qui n’est pas de ce programme.")
            known[each.id] = by_code[code]
        elif each.acronym and _bare(each.acronym) in bare:
            known.setdefault(each.id, bare[_bare(each.acronym)])
    return known


def _bare(code: str) -> str:
    """UE3.1, UE 31 and ue31 are one."""
    return "".join(filter(str.isalnum, code)).upper()


def _by_order(students: Sequence[Student], units: Sequence[Unit]) -> dict[str, Unit]:
    """The first RCUE of ScoDoc is our first competence, and so on: only if there are as many."""
    pairs: dict[str, list[Unit]] = {}
    for unit in sorted(units, key=lambda unit: (unit.competence.code, unit.semester)):
        pairs.setdefault(unit.rcue, []).append(unit)
    known: dict[str, Unit] = {}
    for student in students:
        if student.rcues and len(student.rcues) != len(pairs):
            raise ScodocError(
                f"{student.place}{NBSP}: {len(student.rcues)} RCUE, le programme en a {len(pairs)}{NBSP}: "
                "l’ordre ne suffit pas, dire les UE par --units."
            )
        for rcue, pair in zip(student.rcues, pairs.values(), strict=False):
            for theirs, ours in zip(rcue.units, pair, strict=True):
                if known.setdefault(theirs.id, ours) != ours:
                    raise ScodocError(
                        f"{student.place}{NBSP}: l’UE {theirs.id} change de rang d’un étudiant à l’autre"
                        f"{NBSP}: dire les UE par --units."
                    )
    return known
