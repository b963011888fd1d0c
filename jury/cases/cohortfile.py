"""The cohort file: JSON objects to the values of the rules, and their verdicts back.

Formats `butrt-cohort/1` and `butrt-decisions/1` (fixtures/schemas). Whatever is wrong in a file is refused
by a CohortError that names, in French, the student and the field. No file is opened here.
"""

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeVar

from butrt.base import exactjson
from butrt.base.exactjson import legible, plain
from jury.rules import (
    RULES,
    Code,
    Cohort,
    Earlier,
    Element,
    JuryDecisions,
    Mark,
    Rcue,
    RcueVerdict,
    Regulation,
    Student,
    Unit,
    UnitVerdict,
    Verdict,
    decide,
)
from jury.rules.codes import RCUE_CODES, STATUSES, UNIT_CODES, YEAR_CODES

COHORT = "butrt-cohort/1"
DECISIONS = "butrt-decisions/1"

Object = dict[str, Any]
T = TypeVar("T")

TWENTY = Decimal(20)
NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,40})?")
LARGEST_COUNT = 1000

COHORT_FIELDS = {"format", "regulation", "units", "programmes", "students"}
PROGRAMME_FIELDS = {"units"}
UNIT_FIELDS = {"code", "semester", "competence", "level", "ects", "rcue_weight", "coefficients"}
STUDENT_FIELDS = {
    "id",
    "year",
    "semesters",
    "programme",
    "ends_year",
    "status",
    "elements",
    "averages",
    "bonus",
    "dispensed",
    "earlier",
    "earlier_rcues",
    "repeats",
    "extra_repeats",
    "jury",
}
ELEMENT_FIELDS = {"marks", "second_chance"}
MARK_FIELDS = {"value", "out_of", "coefficient", "code", "weights"}
SECOND_CHANCE_FIELDS = {"value", "out_of", "code"}
ABSENCES = ("ABI", "ABJ", "ATT")
CHOICES = {
    "rcue_weights": ("equal", "ects", "coefficients"),
    "rcue_from": ("exact", "displayed"),
    "unjustified_absence": ("zero", "neutral"),
    "second_chance": ("best", "replace"),
}


class CohortError(ValueError):
    """What is wrong in a cohort file, where, and what was expected; said in French.

    `path` is the way to the field, `who` the student.
    """

    def __init__(self, message: str, path: str = "", who: str = "") -> None:
        super().__init__(message, path, who)
        self.message, self.path, self.who = message, path, who

    def under(self, field: str) -> "CohortError":
        """The same error, seen from the object that holds the field."""
        separator = "" if not self.path or self.path.startswith("[") else "."
        return CohortError(self.message, f"{field}{separator}{self.path}", self.who)

    def of(self, who: str) -> "CohortError":
        return CohortError(self.message, self.path, who)

    def __str__(self) -> str:
        where = ", ".join(legible(part, 120) for part in (self.who, self.path) if part)
        return f"{where} : {self.message}" if where else self.message


# --------------------------------------------------------------------------------------------- reading


def parse(text: str | bytes, decoder: json.JSONDecoder = exactjson.DECODER) -> Any:
    """JSON text to an object. Raises CohortError for what `exactjson` refuses: NaN, a field written twice.

    `decoder` reads other numbers (jury/exchange/scodoc); the same is refused of it.
    """
    try:
        return exactjson.parse(text, decoder)
    except exactjson.NotJson as error:
        raise CohortError(str(error)) from None


def read_cohort(obj: Any, *, rules: int = RULES) -> Cohort:
    """A cohort object to values, with its students if it has any.

    `rules`: by which reading of the texts it is to be judged, that of today but for an older PV.
    Raises CohortError for anything that the format does not allow, and for two students of the same id.
    """
    _fields(obj, COHORT_FIELDS, required=("format",))
    if obj["format"] != COHORT:
        raise CohortError(f"attendu {_quoted(COHORT)}, trouvé {_quoted(obj['format'])}.", "format")
    if "units" not in obj and not obj.get("programmes"):
        raise CohortError("ce champ manque.", "units")
    if rules not in range(1, RULES + 1):
        raise CohortError(
            f"les règles {_quoted(rules)} sont inconnues ici : butrt est à mettre à jour.", "rules"
        )
    regulation = _at("regulation", _regulation, obj.get("regulation", {}))
    programmes = {
        _at("programmes", _text, name): _at(f"programmes.{name}", _programme, programme, regulation)
        for name, programme in _at("programmes", _object, obj.get("programmes", {})).items()
    }
    cohort = replace(_cohort(obj.get("units", []), regulation), programmes=programmes, rules=rules)
    if "students" not in obj:
        return cohort
    return replace(cohort, students=tuple(read_student(each, cohort) for each in list_students(obj)))


def read_student(obj: Any, cohort: Cohort) -> Student:
    """A student object to values. Raises CohortError, naming the student and the field."""
    try:
        return _student(obj, cohort)
    except CohortError as error:
        who = student_id(obj)
        raise error.of("étudiant sans id" if who is None else f"étudiant {who}") from None


def student_id(obj: Any) -> str | None:
    """The id of a student object, if it has one that can be written."""
    found = obj.get("id") if isinstance(obj, dict) else None
    try:
        return _text(found)
    except CohortError:
        return None


def list_students(obj: Object) -> list[Any]:
    """The student objects of a whole cohort. Raises CohortError without ids, or if two are the same."""
    if "students" not in obj:
        raise CohortError("ce champ manque.", "students")
    students = _list(obj["students"], "students")
    seen = set()
    for index, student in enumerate(students):
        who = student_id(student)
        if who is None:
            raise CohortError("un étudiant est un objet {…} avec un texte « id ».", f"students[{index}]")
        if who in seen:
            raise CohortError("deux étudiants ont le même id.", "id", f"étudiant {who}")
        seen.add(who)
    return students


def _programme(found: Any, regulation: Regulation) -> Cohort:
    """One of the programmes that students follow: a cohort of its own."""
    _fields(found, PROGRAMME_FIELDS, required=PROGRAMME_FIELDS)
    return _cohort(found["units"], regulation)


def _cohort(units: Any, regulation: Regulation) -> Cohort:
    read = _at("units", _units, units)
    try:
        return Cohort(units=read, regulation=regulation)
    except ValueError as error:
        raise CohortError(f"{legible(str(error), 300)}.", "units") from None


def _student(obj: Any, cohort: Cohort) -> Student:
    _fields(obj, STUDENT_FIELDS, required=("id", "year", "semesters"))
    year = _at("year", _integer, obj["year"], 1, 3)
    programme = _at("programme", _followed, obj, cohort)
    if programme is not None:
        cohort = cohort.programmes[programme]
    extra, by_semester = _at("extra_repeats", _extra_repeats, obj.get("extra_repeats", 0))
    elements: dict[str, Element] = {}
    for name, found in _at("elements", _object, obj.get("elements", {})).items():
        try:
            if name not in cohort.elements:
                raise CohortError("aucune UE de la cohorte n’a cet élément.")
            elements[name] = _element(found, cohort)
        except CohortError as error:
            raise error.under(f"elements.{name}") from None
    return Student(
        id=_at("id", _text, obj["id"]),
        year=year,
        semesters=_at("semesters", _semesters, obj["semesters"], year),
        status=_at("status", _status, obj.get("status", "")),
        elements=elements,
        averages=_at("averages", _by_unit, obj.get("averages", {}), cohort, _average),
        bonus=_at("bonus", _by_unit, obj.get("bonus", {}), cohort, _number),
        dispensed=frozenset(_at("dispensed", _dispensed, obj.get("dispensed", []), cohort)),
        earlier=_at("earlier", _earlier, obj.get("earlier", []), "unit", cohort.by_code, UNIT_CODES),
        earlier_rcues=_at(
            "earlier_rcues", _earlier, obj.get("earlier_rcues", []), "rcue", _rcues(cohort), RCUE_CODES
        ),
        repeats=_at("repeats", _repeats, obj.get("repeats", {})),
        extra_repeats=extra,
        extra_by_semester=by_semester,
        jury=_at("jury", _jury, obj.get("jury", {}), cohort),
        programme=programme,
        ends_year=_at("ends_year", _boolean, obj.get("ends_year", False)),
    )


def _followed(student: Object, cohort: Cohort) -> str | None:
    """The programme by which the student is judged, if they are not by the units of the cohort."""
    if "programme" in student:
        return _known(student["programme"], cohort.programmes, "n’est pas un programme de la cohorte.")
    if cohort.programmes and not cohort.units:
        raise CohortError(
            "ce champ manque : la cohorte n’a pas d’UE en commun (« units »), "
            "chaque étudiant y nomme son programme."
        )
    return None


def _regulation(found: Any) -> Regulation:
    known = Regulation()
    names = {field: getattr(known, field) for field in Regulation.__dataclass_fields__}
    _fields(found, names)
    values: Object = {}
    for field, value in found.items():
        if field in CHOICES:
            values[field] = _at(field, _choice, value, CHOICES[field])
        elif field == "decimals":
            values[field] = _at(field, _integer, value, 0, 6)
        elif field in ("repeats_per_semester", "repeats_total"):
            values[field] = _at(field, _integer, value, 0, LARGEST_COUNT)
        else:
            values[field] = _at(field, _average, value)
    return Regulation(**values)


def _units(found: Any) -> tuple[Unit, ...]:
    units: dict[str, Unit] = {}
    for index, obj in enumerate(_list(found)):
        unit = _at(f"[{index}]", _unit, obj)
        if unit.code in units:
            raise CohortError(f"deux UE ont le code {_quoted(unit.code)}.", f"[{index}].code")
        units[unit.code] = unit
    return tuple(units.values())


def _unit(obj: Any) -> Unit:
    _fields(obj, UNIT_FIELDS, required=("code", "semester", "competence", "level", "ects"))
    coefficients = _at("coefficients", _object, obj.get("coefficients", {}))
    return Unit(
        code=_at("code", _text, obj["code"]),
        semester=_at("semester", _integer, obj["semester"], 1, 6),
        competence=_at("competence", _text, obj["competence"]),
        level=_at("level", _integer, obj["level"], 1, 3),
        ects=_at("ects", _ects, obj["ects"]),
        rcue_weight=_at("rcue_weight", _positive, obj.get("rcue_weight", "1")),
        coefficients={
            _at("coefficients", _text, name): _at(f"coefficients.{name}", _positive, value)
            for name, value in coefficients.items()
        },
    )


def _semesters(found: Any, year: int) -> tuple[int, ...]:
    allowed = (2 * year - 1, 2 * year)
    for semester in _list(found):
        _integer(semester, 1, 6)
        if semester not in allowed:
            raise CohortError(f"S{semester} n’est pas un semestre de l’année {year} du BUT.")
    if not found or len(set(found)) != len(found):
        raise CohortError(f"attendu {list(allowed)}, ou [{allowed[0]}] pour un jury de semestre impair.")
    return tuple(sorted(found))


def _status(found: Any) -> Code | None:
    return None if found == "" else _code(found, STATUSES)


def _element(found: Any, cohort: Cohort) -> Element:
    if isinstance(found, str):
        return Element(average=_average(found))
    if type(found) is not dict or not found.keys() <= ELEMENT_FIELDS:
        _fields(found, ELEMENT_FIELDS)
    marks = _list(found.get("marks", []), "marks")
    chance = None
    if "second_chance" in found:
        _at("second_chance", _fields, found["second_chance"], SECOND_CHANCE_FIELDS)
        chance = _at("second_chance", _mark, found["second_chance"], cohort)
    try:
        read = [_known_mark(*mark.items()) for mark in marks]
    except (AttributeError, TypeError, CohortError):  # weights, or something wrong: one by one, to say where
        read = [_at(f"marks[{index}]", _mark, mark, cohort) for index, mark in enumerate(marks)]
    return Element(tuple(read), chance)


def _mark(obj: Any, cohort: Cohort) -> Mark:
    _fields(obj, MARK_FIELDS)
    plain = {field: value for field, value in obj.items() if field != "weights"}
    for field, value in plain.items():
        _at(field, _text, value)
    mark = _plain_mark(**plain)
    if "weights" not in obj:
        return mark
    weights = _at("weights", _by_unit, obj["weights"], cohort, _positive)
    return Mark(mark.value, mark.out_of, mark.coefficient, mark.code, weights)


@lru_cache(maxsize=65536)
def _known_mark(*fields: tuple[str, Any]) -> Mark:
    """Marks are values: the same text gives the same mark, read once."""
    for _, value in fields:
        _text(value)
    return _plain_mark(**dict(fields))


def _plain_mark(
    value: str | None = None, out_of: str = "20", coefficient: str = "1", code: str | None = None
) -> Mark:
    """A mark that weighs the same in every unit."""
    weight = _at("coefficient", _positive, coefficient)
    maximum = _at("out_of", _positive, out_of)
    if not maximum:
        raise CohortError("le maximum doit dépasser 0.", "out_of")
    if (value is None) == (code is None):
        raise CohortError("une note a soit « value », soit « code ».", "value")
    if code is not None:
        return Mark(None, maximum, weight, _at("code", _choice, code, ABSENCES))
    mark = _at("value", _positive, value)
    if mark > maximum:
        raise CohortError(f"{legible(str(value))} dépasse le maximum, {legible(out_of)}.", "value")
    return Mark(mark, maximum, weight)


def _earlier(
    found: Any, key: str, known: Mapping[str, Unit] | Mapping[str, Rcue], codes: Collection[Code]
) -> dict[str, Earlier]:
    decisions: dict[str, Earlier] = {}
    for index, obj in enumerate(_list(found)):
        try:
            _fields(obj, {key, "average", "code"}, required=(key, "average", "code"))
            name = _at(key, _known, obj[key], known)
            if name in decisions:
                raise CohortError(
                    f"{legible(name)} y est deux fois : seule la dernière décision compte.", key
                )
            average = None if obj["average"] is None else _at("average", _average, obj["average"])
            decisions[name] = Earlier(average, _at("code", _code, obj["code"], codes))
        except CohortError as error:
            raise error.under(f"[{index}]") from None
    return decisions


def _repeats(found: Any) -> dict[int, int]:
    repeats = {}
    for semester, times in _object(found).items():
        if semester not in {"1", "2", "3", "4", "5", "6"}:
            raise CohortError(f"{_quoted(semester)} n’est pas un semestre de 1 à 6.")
        repeats[int(semester)] = _at(semester, _integer, times, 0, LARGEST_COUNT)
    return repeats


def _extra_repeats(found: Any) -> tuple[int, dict[int, int] | None]:
    """What the director granted: so many in all, or by semester (our extension of the contract)."""
    if type(found) is dict:
        by_semester = _repeats(found)
        return sum(by_semester.values()), by_semester
    return _integer(found, 0, LARGEST_COUNT), None


def _dispensed(found: Any, cohort: Cohort) -> Iterable[str]:
    return [_at(f"[{index}]", _known, code, cohort.by_code) for index, code in enumerate(_list(found))]


def _jury(found: Any, cohort: Cohort) -> JuryDecisions:
    if found == {}:
        return JuryDecisions()
    _fields(found, {"units", "rcues", "year"})
    return JuryDecisions(
        units=_at("units", _decided, found.get("units", {}), cohort.by_code, UNIT_CODES),
        rcues=_at("rcues", _decided, found.get("rcues", {}), _rcues(cohort), RCUE_CODES),
        year=_at("year", _code, found["year"], YEAR_CODES) if "year" in found else None,
    )


def _decided(
    found: Any, known: Mapping[str, Unit] | Mapping[str, Rcue], codes: Collection[Code]
) -> dict[str, Code]:
    decided = {}
    for name, code in _object(found).items():
        decided[_known(name, known)] = _at(name, _code, code, codes)
    return decided


def _by_unit(found: Any, cohort: Cohort, read: Callable[[Any], Decimal]) -> dict[str, Decimal]:
    values = {}
    for code, value in _object(found).items():
        values[_known(code, cohort.by_code)] = _at(code, read, value)
    return values


def _rcues(cohort: Cohort) -> dict[str, Rcue]:
    return {rcue.name: rcue for rcue in cohort.rcues}


# ---------------------------------------------------------------------------------- the smallest things


def _at(field: str, read: Callable[..., T], *arguments: Any) -> T:
    """Read a field; what is wrong in it is said to be there."""
    try:
        return read(*arguments)
    except CohortError as error:
        raise error.under(field) from None


def _fields(obj: Any, known: Collection[str], required: Collection[str] = ()) -> None:
    for field in _object(obj):
        if field not in known:
            raise CohortError(f"champ inconnu ; possibles : {', '.join(sorted(known))}.", field)
    for field in required:
        if field not in obj:
            raise CohortError("ce champ manque.", field)


def _object(found: Any) -> Object:
    if type(found) is not dict:
        raise CohortError(f"un objet {{…}} est attendu, trouvé {_quoted(found)}.")
    return found


def _list(found: Any, field: str = "") -> list[Any]:
    if type(found) is not list:
        raise CohortError(f"une liste […] est attendue, trouvé {_quoted(found)}.", field)
    return found


def _text(found: Any) -> str:
    if type(found) is not str:
        raise CohortError(f"un texte entre guillemets est attendu, trouvé {_quoted(found)}.")
    try:
        found.encode()
    except UnicodeEncodeError:
        raise CohortError("ce texte contient un caractère impossible à écrire en UTF-8.") from None
    return found


def _number(found: Any) -> Decimal:
    if type(found) is not str:
        raise CohortError(f'un nombre entre guillemets est attendu, comme "9.5", trouvé {_quoted(found)}.')
    return _decimal(found)


@lru_cache(maxsize=8192)
def _decimal(text: str) -> Decimal:
    if not NUMBER.fullmatch(text):
        hint = ", avec un point et non une virgule" if "," in text else ""
        raise CohortError(f'{_quoted(text)} n’est pas un nombre comme "9.5"{hint}.')
    return Decimal(text)


def _positive(found: Any) -> Decimal:
    number = _number(found)
    if number < 0:
        raise CohortError(f"{legible(found)} est au-dessous de 0.")
    return number


def _ects(found: Any) -> Decimal:
    ects = _positive(found)
    if len(found.partition(".")[2]) > 6:  # credits are added as decimals: few digits keep the sum exact
        raise CohortError(f"{legible(found)} a plus de 6 décimales.")
    return ects


def _average(found: Any) -> Decimal:
    average = _positive(found)
    if average > TWENTY:
        raise CohortError(f"{legible(found)} dépasse le maximum, 20.")
    return average


def _integer(found: Any, lowest: int, highest: int) -> int:
    if type(found) is not int or not lowest <= found <= highest:
        raise CohortError(f"un entier de {lowest} à {highest} est attendu, trouvé {_quoted(found)}.")
    return found


def _choice(found: Any, choices: Collection[str]) -> Any:
    if type(found) is not str or found not in choices:
        raise CohortError(f"{_quoted(found)} n’est pas possible ; au choix : {', '.join(choices)}.")
    return found


def _code(found: Any, codes: Collection[Code]) -> Code:
    if type(found) is not str or found not in codes:
        known = _listed_codes(codes)
        raise CohortError(f"le code {_quoted(found)} n’est pas possible ici ; au choix : {known}.")
    return Code(found)


def _listed_codes(codes: Collection[Code]) -> str:
    return ", ".join(code for code in Code if code in codes)


def _boolean(found: Any) -> bool:
    if type(found) is not bool:
        raise CohortError(f"true ou false est attendu, trouvé {_quoted(found)}.")
    return found


def _known(found: Any, known: Mapping[str, object], otherwise: str = "n’est pas dans la cohorte.") -> str:
    if type(found) is not str or found not in known:
        raise CohortError(f"{_quoted(found)} {otherwise}")
    return found


def _quoted(found: Any) -> str:
    """What was found, as the file writes it, cut if it is long, without what it holds."""
    if type(found) in (dict, list):
        return "{…}" if type(found) is dict else "[…]"
    return legible(json.dumps(found, ensure_ascii=False, default=str))


# --------------------------------------------------------------------------------------------- writing


def verdict_to_json(verdict: Verdict) -> Object:
    """A verdict to the decisions of one student."""
    return {
        "id": verdict.id,
        "units": {
            code: {"average": _written(unit), "code": unit.code, "ects": plain(unit.ects)}
            for code, unit in verdict.units.items()
        },
        "rcues": {
            name: {"average": _written(rcue), "code": rcue.code} for name, rcue in verdict.rcues.items()
        },
        "year": {"code": verdict.year, "options": list(verdict.options)} if verdict.year_judged else None,
        "progression": {
            "semester": verdict.progression.semester,
            "right": verdict.progression.right,
            "missing": list(verdict.progression.missing),
        },
        "ects": {"year": plain(verdict.ects_year), "total": plain(verdict.ects_total)},
        "diplomas": list(verdict.diplomas),
        "blocked": list(verdict.blocked),
        "reasons": [
            {"about": reason.about, "article": reason.article.number, "text": reason.text}
            for reason in verdict.reasons
        ],
    }


def decide_object(obj: Any, *, rules: int = RULES) -> Object:
    """A whole cohort object to the whole decisions object (`rules`: see `read_cohort`)."""
    _fields(obj, COHORT_FIELDS, required=("format", "students"))
    cohort = read_cohort(obj, rules=rules)
    students = [verdict_to_json(decide(student, cohort)) for student in cohort.students]
    return {"format": DECISIONS, "students": students}


def _written(decided: UnitVerdict | RcueVerdict) -> str | None:
    return decided.displayed.digits if decided.displayed else None
