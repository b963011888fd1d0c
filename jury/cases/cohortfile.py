"""The cohort file: JSON objects to the values of the rules, and their verdicts back.

Formats `butrt-cohort/1` and `butrt-decisions/1` (fixtures/schemas). Whatever is wrong in a file is refused
by a CohortError that names, in French, the student and the field. No file is opened here.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from typing import Any

from butrt.base import exactjson
from butrt.base.exactjson import legible
from jury.cases import cohortvalues as checked
from jury.cases.cohortvalues import LARGEST_COUNT, CohortError, Object, at, fields, quoted
from jury.rules import (
    RULES,
    Code,
    Cohort,
    Earlier,
    Element,
    JuryDecisions,
    Mark,
    Rcue,
    Regulation,
    Student,
    Unit,
)
from jury.rules.codes import RCUE_CODES, STATUSES, UNIT_CODES, YEAR_CODES

COHORT = "butrt-cohort/1"
DECISIONS = "butrt-decisions/1"


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
    fields(obj, COHORT_FIELDS, required=("format",))
    if obj["format"] != COHORT:
        raise CohortError(f"attendu {quoted(COHORT)}, trouvé {quoted(obj['format'])}.", "format")
    if "units" not in obj and not obj.get("programmes"):
        raise CohortError("ce champ manque.", "units")
    if rules not in range(1, RULES + 1):
        raise CohortError(
            f"les règles {quoted(rules)} sont inconnues ici : butrt est à mettre à jour.", "rules"
        )
    regulation = at("regulation", _regulation, obj.get("regulation", {}))
    programmes = {
        at("programmes", checked.text, name): at(f"programmes.{name}", _programme, programme, regulation)
        for name, programme in at("programmes", checked.object_of, obj.get("programmes", {})).items()
    }
    cohort = replace(_cohort(obj.get("units", []), regulation), programmes=programmes, rules=rules)
    if "students" not in obj:
        return cohort
    return replace(cohort, students=tuple(read_student(student, cohort) for student in list_students(obj)))


def read_student(obj: Any, cohort: Cohort) -> Student:
    """A student object to values. Raises CohortError, naming the student and the field."""
    try:
        return _student(obj, cohort)
    except CohortError as error:
        who = student_id(obj)
        raise error.of("étudiant sans id" if who is None else f"étudiant {who}") from None


def student_id(obj: Any) -> str | None:
    """The id of a student object, if it has one that can be written."""
    identity = obj.get("id") if isinstance(obj, dict) else None
    try:
        return checked.text(identity)
    except CohortError:
        return None


def list_students(obj: Object) -> list[Any]:
    """The student objects of a whole cohort. Raises CohortError without ids, or if two are the same."""
    if "students" not in obj:
        raise CohortError("ce champ manque.", "students")
    students = checked.list_of(obj["students"], "students")
    seen = set()
    for index, student in enumerate(students):
        who = student_id(student)
        if who is None:
            raise CohortError("un étudiant est un objet {…} avec un texte « id ».", f"students[{index}]")
        if who in seen:
            raise CohortError("deux étudiants ont le même id.", "id", f"étudiant {who}")
        seen.add(who)
    return students


def _programme(obj: Any, regulation: Regulation) -> Cohort:
    """One of the programmes that students follow: a cohort of its own."""
    fields(obj, PROGRAMME_FIELDS, required=PROGRAMME_FIELDS)
    return _cohort(obj["units"], regulation)


def _cohort(units: Any, regulation: Regulation) -> Cohort:
    read = at("units", _units, units)
    try:
        return Cohort(units=read, regulation=regulation)
    except ValueError as error:
        raise CohortError(f"{legible(str(error), 300)}.", "units") from None


def _student(obj: Any, cohort: Cohort) -> Student:
    fields(obj, STUDENT_FIELDS, required=("id", "year", "semesters"))
    year = at("year", checked.integer, obj["year"], 1, 3)
    programme = at("programme", _followed, obj, cohort)
    if programme is not None:
        cohort = cohort.programmes[programme]
    elements: dict[str, Element] = {}
    for name, element in at("elements", checked.object_of, obj.get("elements", {})).items():
        try:
            if name not in cohort.elements:
                raise CohortError("aucune UE de la cohorte n’a cet élément.")
            elements[name] = _element(element, cohort)
        except CohortError as error:
            raise error.under(f"elements.{name}") from None
    return Student(
        id=at("id", checked.text, obj["id"]),
        year=year,
        semesters=at("semesters", _semesters, obj["semesters"], year),
        status=at("status", _status, obj.get("status", "")),
        elements=elements,
        averages=at("averages", _by_unit, obj.get("averages", {}), cohort, checked.average),
        bonus=at("bonus", _by_unit, obj.get("bonus", {}), cohort, checked.number),
        dispensed=frozenset(at("dispensed", _dispensed, obj.get("dispensed", []), cohort)),
        earlier=at("earlier", _earlier, obj.get("earlier", []), "unit", cohort.by_code, UNIT_CODES),
        earlier_rcues=at(
            "earlier_rcues", _earlier, obj.get("earlier_rcues", []), "rcue", _rcues(cohort), RCUE_CODES
        ),
        repeats=at("repeats", _repeats, obj.get("repeats", {})),
        extra_repeats=at("extra_repeats", _extra_repeats, obj.get("extra_repeats", 0)),
        jury=at("jury", _jury, obj.get("jury", {}), cohort),
        programme=programme,
        ends_year=at("ends_year", checked.boolean, obj.get("ends_year", False)),
    )


def _followed(student: Object, cohort: Cohort) -> str | None:
    """The programme by which the student is judged, if they are not by the units of the cohort."""
    if "programme" in student:
        return checked.known(student["programme"], cohort.programmes, "n’est pas un programme de la cohorte.")
    if cohort.programmes and not cohort.units:
        raise CohortError(
            "ce champ manque : la cohorte n’a pas d’UE en commun (« units »), "
            "chaque étudiant y nomme son programme."
        )
    return None


def _regulation(obj: Any) -> Regulation:
    known = Regulation()
    names = {field: getattr(known, field) for field in Regulation.__dataclass_fields__}
    fields(obj, names)
    values: Object = {}
    for field, value in obj.items():
        if field in CHOICES:
            values[field] = at(field, checked.choice, value, CHOICES[field])
        elif field == "decimals":
            values[field] = at(field, checked.integer, value, 0, 6)
        elif field in ("repeats_per_semester", "repeats_total"):
            values[field] = at(field, checked.integer, value, 0, LARGEST_COUNT)
        else:
            values[field] = at(field, checked.average, value)
    return Regulation(**values)


def _units(value: Any) -> tuple[Unit, ...]:
    units: dict[str, Unit] = {}
    for index, obj in enumerate(checked.list_of(value)):
        unit = at(f"[{index}]", _unit, obj)
        if unit.code in units:
            raise CohortError(f"deux UE ont le code {quoted(unit.code)}.", f"[{index}].code")
        units[unit.code] = unit
    return tuple(units.values())


def _unit(obj: Any) -> Unit:
    fields(obj, UNIT_FIELDS, required=("code", "semester", "competence", "level", "ects"))
    coefficients = at("coefficients", checked.object_of, obj.get("coefficients", {}))
    return Unit(
        code=at("code", checked.text, obj["code"]),
        semester=at("semester", checked.integer, obj["semester"], 1, 6),
        competence=at("competence", checked.text, obj["competence"]),
        level=at("level", checked.integer, obj["level"], 1, 3),
        ects=at("ects", checked.ects, obj["ects"]),
        rcue_weight=at("rcue_weight", checked.positive, obj.get("rcue_weight", "1")),
        coefficients={
            at("coefficients", checked.text, name): at(f"coefficients.{name}", checked.positive, value)
            for name, value in coefficients.items()
        },
    )


def _semesters(value: Any, year: int) -> tuple[int, ...]:
    allowed = (2 * year - 1, 2 * year)
    for semester in checked.list_of(value):
        checked.integer(semester, 1, 6)
        if semester not in allowed:
            raise CohortError(f"S{semester} n’est pas un semestre de l’année {year} du BUT.")
    if not value or len(set(value)) != len(value):
        raise CohortError(f"attendu {list(allowed)}, ou [{allowed[0]}] pour un jury de semestre impair.")
    return tuple(sorted(value))


def _status(value: Any) -> Code | None:
    return None if value == "" else checked.code(value, STATUSES)


def _element(value: Any, cohort: Cohort) -> Element:
    if isinstance(value, str):
        return Element(average=checked.average(value))
    if type(value) is not dict or not value.keys() <= ELEMENT_FIELDS:
        fields(value, ELEMENT_FIELDS)
    marks = checked.list_of(value.get("marks", []), "marks")
    chance = None
    if "second_chance" in value:
        at("second_chance", fields, value["second_chance"], SECOND_CHANCE_FIELDS)
        chance = at("second_chance", _mark, value["second_chance"], cohort)
    try:
        read = [_known_mark(*mark.items()) for mark in marks]
    except (AttributeError, TypeError, CohortError):  # weights, or something wrong: one by one, to say where
        read = [at(f"marks[{index}]", _mark, mark, cohort) for index, mark in enumerate(marks)]
    return Element(tuple(read), chance)


def _mark(obj: Any, cohort: Cohort) -> Mark:
    fields(obj, MARK_FIELDS)
    plain = {field: value for field, value in obj.items() if field != "weights"}
    for field, value in plain.items():
        at(field, checked.text, value)
    mark = _plain_mark(**plain)
    if "weights" not in obj:
        return mark
    weights = at("weights", _by_unit, obj["weights"], cohort, checked.positive)
    return Mark(mark.value, mark.out_of, mark.coefficient, mark.code, weights)


@lru_cache(maxsize=65536)
def _known_mark(*fields: tuple[str, Any]) -> Mark:
    """Marks are values: the same text gives the same mark, read once."""
    for _, value in fields:
        checked.text(value)
    return _plain_mark(**dict(fields))


def _plain_mark(
    value: str | None = None, out_of: str = "20", coefficient: str = "1", code: str | None = None
) -> Mark:
    """A mark that weighs the same in every unit."""
    weight = at("coefficient", checked.positive, coefficient)
    maximum = at("out_of", checked.positive, out_of)
    if not maximum:
        raise CohortError("le maximum doit dépasser 0.", "out_of")
    if (value is None) == (code is None):
        raise CohortError("une note a soit « value », soit « code ».", "value")
    if code is not None:
        return Mark(None, maximum, weight, at("code", checked.choice, code, ABSENCES))
    mark = at("value", checked.positive, value)
    if mark > maximum:
        raise CohortError(f"{legible(str(value))} dépasse le maximum, {legible(out_of)}.", "value")
    return Mark(mark, maximum, weight)


def _earlier(
    value: Any, key: str, known: Mapping[str, Unit] | Mapping[str, Rcue], codes: Collection[Code]
) -> dict[str, Earlier]:
    decisions: dict[str, Earlier] = {}
    for index, obj in enumerate(checked.list_of(value)):
        try:
            fields(obj, {key, "average", "code"}, required=(key, "average", "code"))
            name = at(key, checked.known, obj[key], known)
            if name in decisions:
                raise CohortError(
                    f"{legible(name)} y est deux fois : seule la dernière décision compte.", key
                )
            average = None if obj["average"] is None else at("average", checked.average, obj["average"])
            decisions[name] = Earlier(average, at("code", checked.code, obj["code"], codes))
        except CohortError as error:
            raise error.under(f"[{index}]") from None
    return decisions


def _repeats(value: Any) -> dict[int, int]:
    repeats = {}
    for semester, times in checked.object_of(value).items():
        if semester not in {"1", "2", "3", "4", "5", "6"}:
            raise CohortError(f"{quoted(semester)} n’est pas un semestre de 1 à 6.")
        repeats[int(semester)] = at(semester, checked.integer, times, 0, LARGEST_COUNT)
    return repeats


def _extra_repeats(value: Any) -> int | dict[int, int]:
    """What the director granted: so many in all, or by semester (our extension of the contract)."""
    return _repeats(value) if type(value) is dict else checked.integer(value, 0, LARGEST_COUNT)


def _dispensed(value: Any, cohort: Cohort) -> Iterable[str]:
    return [
        at(f"[{index}]", checked.known, code, cohort.by_code)
        for index, code in enumerate(checked.list_of(value))
    ]


def _jury(obj: Any, cohort: Cohort) -> JuryDecisions:
    if obj == {}:
        return JuryDecisions()
    fields(obj, {"units", "rcues", "year"})
    return JuryDecisions(
        units=at("units", _decided, obj.get("units", {}), cohort.by_code, UNIT_CODES),
        rcues=at("rcues", _decided, obj.get("rcues", {}), _rcues(cohort), RCUE_CODES),
        year=at("year", checked.code, obj["year"], YEAR_CODES) if "year" in obj else None,
    )


def _decided(
    obj: Any, known: Mapping[str, Unit] | Mapping[str, Rcue], codes: Collection[Code]
) -> dict[str, Code]:
    decided = {}
    for name, code in checked.object_of(obj).items():
        decided[checked.known(name, known)] = at(name, checked.code, code, codes)
    return decided


def _by_unit(obj: Any, cohort: Cohort, read: Callable[[Any], Decimal]) -> dict[str, Decimal]:
    values = {}
    for code, value in checked.object_of(obj).items():
        values[checked.known(code, cohort.by_code)] = at(code, read, value)
    return values


def _rcues(cohort: Cohort) -> dict[str, Rcue]:
    return {rcue.name: rcue for rcue in cohort.rcues}


# ---------------------------------------------------------------------------------- the smallest things


# --------------------------------------------------------------------------------------------- writing
