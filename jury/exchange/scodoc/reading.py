"""The JSON that ScoDoc's API gives for the jury of a semester (`…/formsemestre/<id>/decisions_jury`). Pure.

A list of students: etudid, code_nip, code_ine, etat (I enrolled, D resigned, DEF défaillant), rcues (ue_1,
ue_2, moy, code), ues (ue_id, code, ects), annee (code, ordre, annee_scolaire; [] for none), autorisations
(semestre_id). Fields that are not read here are let through: the API grows. Numbers are read as their decimal
text, never as floats; null, NaN, "" and "~" are missing values.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from butrt.base.exactjson import NotJson, without_doubles
from butrt.base.french import NBSP, quoted
from butrt.base.outside import opened_apart
from jury.cases.cohortfile import parse
from jury.cases.cohortvalues import CohortError

MISSING: Final = (None, "", "~", "-")
STATES: Final = {"I": "", "D": "DEM", "DEF": "DEF"}
LONGEST: Final = 34  # digits of an average, as jury.models.Result keeps it


class ScodocError(ValueError):
    """A file of ScoDoc that cannot be taken; says the student, the field and why."""


@dataclass(frozen=True)
class Unit:
    """A UE as ScoDoc says it: its identifier, its acronym if given, its average and code ("" for none)."""

    id: str
    acronym: str
    average: str
    code: str


@dataclass(frozen=True)
class Rcue:
    """A RCUE: its two UE, the odd semester's first."""

    units: tuple[Unit, Unit]
    average: str
    code: str


@dataclass(frozen=True)
class Student:
    """One student of the list."""

    place: str  # "étudiant 3 de la liste"
    etudid: str
    nip: str
    ine: str
    status: str  # "", "DEM" or "DEF"
    rcues: tuple[Rcue, ...]
    units: tuple[Unit, ...]  # of the semester, without averages
    year_code: str
    year: int | None  # 1 to 3
    school_year: int | None
    next_semesters: tuple[int, ...]

    def all_units(self) -> Iterator[Unit]:
        """Each UE once: with its average where a RCUE gives one."""
        seen = set()
        for unit in (*(unit for rcue in self.rcues for unit in rcue.units), *self.units):
            if unit.id not in seen:
                seen.add(unit.id)
                yield unit


def _constant(name: str) -> None:
    if name == "NaN":  # how ScoDoc writes an average that is not
        return
    raise NotJson(f"{name} n’est pas un nombre.")


_DECODER = json.JSONDecoder(object_pairs_hook=without_doubles, parse_float=Decimal, parse_constant=_constant)


@opened_apart(ScodocError)
def read_scodoc(data: bytes) -> list[Student]:
    """The students of a file. Raises ScodocError for anything else than that list."""
    try:
        value = parse(data, _DECODER)
    except CohortError as error:
        raise ScodocError(str(error)) from None
    if type(value) is not list:
        raise ScodocError(f"une liste d’étudiants est attendue{NBSP}: c’est ce que donne decisions_jury.")
    students: dict[str, Student] = {}
    for position, obj in enumerate(value, 1):
        place = f"étudiant {position} de la liste"
        student = _student(_object(obj, place), place)
        if student.etudid in students:
            raise ScodocError(f"{place}{NBSP}: etudid {student.etudid} y est déjà.")
        students[student.etudid] = student
    return list(students.values())


def _student(obj: dict[str, Any], place: str) -> Student:
    etudid = _text(obj.get("etudid"), f"{place}, etudid")
    if not etudid:
        raise ScodocError(f"{place}{NBSP}: etudid manque.")
    place = f"{place} (etudid {etudid[:16]})"
    state = _text(obj.get("etat"), f"{place}, etat")
    if state and state not in STATES:
        raise ScodocError(f"{place}, etat{NBSP}: {quoted(state[:20])} n’est ni I, ni D, ni DEF.")
    rcues = tuple(
        _rcue(_object(item, f"{place}, rcues[{n}]"), f"{place}, rcues[{n}]")
        for n, item in enumerate(_list(obj.get("rcues"), f"{place}, rcues"))
    )
    units = tuple(
        _unit(_object(item, f"{place}, ues[{n}]"), f"{place}, ues[{n}]")
        for n, item in enumerate(_list(obj.get("ues"), f"{place}, ues"))
    )
    ids = [unit.id for rcue in rcues for unit in rcue.units]
    for several, where in ((ids, "rcues"), ([unit.id for unit in units], "ues")):
        if double := next((key for key in several if several.count(key) > 1), None):
            raise ScodocError(f"{place}, {where}{NBSP}: l’UE {double} y est deux fois.")
    year = obj.get("annee")
    year = {} if year in (None, []) else _object(year, f"{place}, annee")
    return Student(
        place=place,
        etudid=etudid,
        nip=_text(obj.get("code_nip"), f"{place}, code_nip"),
        ine=_text(obj.get("code_ine"), f"{place}, code_ine"),
        status=STATES.get(state, ""),
        rcues=rcues,
        units=units,
        year_code=_code(year.get("code"), f"{place}, annee.code"),
        year=_integer(year.get("ordre"), 1, 3, f"{place}, annee.ordre"),
        school_year=_integer(year.get("annee_scolaire"), 2000, 2099, f"{place}, annee.annee_scolaire"),
        next_semesters=_authorised(obj.get("autorisations"), place),
    )


def _authorised(value: Any, place: str) -> tuple[int, ...]:
    semesters = []
    for n, obj in enumerate(_list(value, f"{place}, autorisations")):
        where = f"{place}, autorisations[{n}]"
        semester = _integer(_object(obj, where).get("semestre_id"), 1, 6, f"{where}.semestre_id")
        if semester is not None:
            semesters.append(semester)
    return tuple(semesters)


def _rcue(obj: dict[str, Any], place: str) -> Rcue:
    one, other = (
        _unit(_object(obj.get(name), f"{place}.{name}"), f"{place}.{name}") for name in ("ue_1", "ue_2")
    )
    return Rcue(
        (one, other), _average(obj.get("moy"), f"{place}.moy"), _code(obj.get("code"), f"{place}.code")
    )


def _unit(obj: dict[str, Any], place: str) -> Unit:
    identity = obj.get("ue_id")
    if type(identity) is not int and not (type(identity) is str and identity):
        raise ScodocError(f"{place}.ue_id{NBSP}: un identifiant est attendu.")
    acronym = next((obj[name] for name in ("acronyme", "ue_acronyme", "acronym") if obj.get(name)), "")
    return Unit(
        id=str(identity),
        acronym=_text(acronym, f"{place}.acronyme"),
        average=_average(obj.get("moy"), f"{place}.moy"),
        code=_code(obj.get("code"), f"{place}.code"),
    )


def _average(value: Any, place: str) -> str:
    """An average as its decimal text, "9.99"; "" for a missing one."""
    if type(value) in (type(None), str) and value in MISSING:
        return ""
    if type(value) is str:
        try:
            value = Decimal(value)
        except ArithmeticError:
            raise ScodocError(f"{place}{NBSP}: {quoted(value[:20])} n’est pas une moyenne.") from None
    if type(value) not in (int, Decimal) or not Decimal(value).is_finite() or not 0 <= value <= 20:
        raise ScodocError(f"{place}{NBSP}: {str(value)[:20]} n’est pas une moyenne de 0 à 20.")
    exact = Decimal(value)
    if exact.is_zero():
        return "0"
    if len(exact.as_tuple().digits) > LONGEST - 4 or exact.adjusted() < -LONGEST + 4:
        raise ScodocError(f"{place}{NBSP}: cette moyenne a trop de décimales.")
    return f"{exact:f}"


def _code(value: Any, place: str) -> str:
    return "" if type(value) in (type(None), str) and value in MISSING else _text(value, place)


def _text(value: Any, place: str) -> str:
    if value is None:
        return ""
    if type(value) is int:
        return str(value)
    if type(value) is not str or len(value) > 128 or not value.isprintable():
        raise ScodocError(f"{place}{NBSP}: un texte court est attendu.")
    return value.strip()


def _integer(value: Any, lowest: int, highest: int, place: str) -> int | None:
    if value is None:
        return None
    if type(value) is not int or not lowest <= value <= highest:
        raise ScodocError(f"{place}{NBSP}: un entier de {lowest} à {highest} est attendu.")
    return value


def _object(value: Any, place: str) -> dict[str, Any]:
    if type(value) is not dict:
        raise ScodocError(f"{place}{NBSP}: un objet {{…}} est attendu.")
    return value


def _list(value: Any, place: str) -> list[Any]:
    if value is None:
        return []
    if type(value) is not list:
        raise ScodocError(f"{place}{NBSP}: une liste […] est attendue.")
    return value
