"""The rows of the database that a dossier is made from, read once for a session."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import ClassVar, NamedTuple, TypeAlias

from django.db.models import CharField, QuerySet
from django.db.models.functions import Cast, Coalesce

from butrt.base.exactjson import plain
from butrt.base.gathered import Gathered, gathered
from curriculum.models import Unit, Weight
from grades import attempts, averages
from grades.averages import BonusRule, in_decimals
from grades.bonus import rule_of
from grades.models import (
    Adjustment,
    Assessment,
    AssessmentWeight,
    Enrolment,
    ExtraRepeat,
    Mark,
    Teaching,
)
from jury.cases.cursus import Cursus, Keys
from jury.cases.ledger_lines import Ledger, Names
from jury.cases.taken import Json
from jury.models import Session

# Read from the database as plain text: comparing with the enumeration 15,000 times is not free.
NORMAL, SECOND_CHANCE = Assessment.Kind.NORMAL.value, Assessment.Kind.SECOND_CHANCE.value

STUDENTS_KEPT = 600
"""Of how many students a process keeps the marks written, some 30 kB each: see `_elements_file`."""

Marks: TypeAlias = str
"""A student's, `Gathered`: by évaluation, the value or the code as the database writes it, "" for neither."""
NO_MARKS: Marks = "{}"


class Rows:
    """What the cohort object and the words around it both read, each read once."""

    def __init__(self, session: Session, *, published_only: bool = False, student: int | None = None) -> None:
        """`published_only`: what a student may see. `student`: the rows of that one alone."""
        self.session = session
        self.published_only = published_only
        self.student = student

    @cached_property
    def cursus(self) -> Cursus:
        theirs = {enrolment.student_id: enrolment.programme_id for enrolment in self.enrolments}
        return Cursus(self.session.cohort, self.session.judged, theirs)

    @cached_property
    def other_cursus(self) -> list[Keys]:
        """Those that are not the usual one, each once, in the order of the students."""
        keys = (self.cursus.by_student[enrolment.student_id] for enrolment in self.enrolments)
        return [key for key in dict.fromkeys(keys) if key != self.cursus.usual]

    @cached_property
    def units(self) -> list[Unit]:
        """The UE of every cursus, each programme once."""
        wanted = {key for keys in (self.cursus.usual, *self.other_cursus) for key in keys}
        return [unit for unit in self.cursus.units if unit.programme_id in wanted]

    @cached_property
    def competence_names(self) -> dict[int, str]:
        """What the file calls each competence: its code, its identity where another has the same code.

        A session of several programmes calls them the same whoever is most numerous.
        """
        if len(self.session.judged) > 1:
            return self._names_of_several
        usual = {unit.competence_id for unit in self.units_of(self.cursus.usual)}
        rows = {unit.competence_id: unit.competence for unit in self.units}
        names: dict[int, str] = {}
        for key in sorted(rows, key=lambda key: (key not in usual, key)):
            code = rows[key].code
            names[key] = rows[key].identity if code in names.values() else code
        return names

    @property
    def _names_of_several(self) -> dict[int, str]:
        """ "RT4.IOM" where two parcours have their own RT4; the identity where that would be two."""
        every = {unit.competence_id: unit.competence for unit in self.cursus.units}
        parcours: dict[int, set[str]] = defaultdict(set)
        for unit in self.cursus.units:
            parcours[unit.competence_id].add(unit.programme.parcours.short)
        codes = Counter(competence.code for competence in every.values())
        names = {
            key: competence.code
            if codes[competence.code] == 1
            else f"{competence.code}.{'+'.join(sorted(parcours[key]))}"
            for key, competence in every.items()
        }
        alike = Counter(names.values())
        return {key: name if alike[name] == 1 else every[key].identity for key, name in names.items()}

    @cached_property
    def judged(self) -> dict[int, str]:
        """The UE that this session judges: {key: code}; the same code may be of several programmes."""
        programmes, semesters = self.cursus.judged, self.session.semesters
        return {
            unit.pk: unit.code
            for unit in self.units
            if unit.programme_id in programmes and unit.semester in semesters
        }

    @cached_property
    def competences(self) -> Json:
        """What people read of each competence, by its name in the file."""
        return {
            self.competence_names[unit.competence_id]: {
                "title": unit.competence.title,
                "short": unit.competence.short,
                "identity": unit.competence.identity,
            }
            for unit in self.units
        }

    def units_of(self, keys: Keys) -> list[Unit]:
        return [unit for unit in self.units if unit.programme_id in keys]

    def units_file(self, keys: Keys) -> list[Json]:
        coefficients = self.elements.coefficients
        return [
            _unit_file(unit, self.competence_names[unit.competence_id], coefficients.get(unit.pk, {}))
            for unit in self.units_of(keys)
        ]

    def names(self, student: int) -> Names:
        """What each result is called in the cursus of a student."""
        return self._names[self.cursus.by_student[student]]

    @cached_property
    def _names(self) -> dict[Keys, Names]:
        return {
            keys: Names(self.units_of(keys), self.competence_names)
            for keys in (self.cursus.usual, *self.other_cursus)
        }

    @cached_property
    def weights(self) -> list[Weight]:
        return list(Weight.objects.filter(unit__programme__in=self.session.judged).select_related("element"))

    @cached_property
    def aside(self) -> dict[str, Teaching]:
        """The elements of the judged semesters set aside for the promotion, by code."""
        if not getattr(self.session, "sets_aside", True):  # told by `with_programme`: nearly always
            return {}
        rows = Teaching.objects.aside().filter(
            cohort=self.session.cohort_id, element__semester__in=self.session.semesters
        )
        return {row.element.code: row for row in rows.select_related("element", "aside_by")}

    @cached_property
    def enrolments(self) -> list[Enrolment]:
        everyone = self.session.enrolments().select_related("student", "group")
        return list(everyone if self.student is None else everyone.filter(student=self.student))

    @cached_property
    def granted(self) -> dict[int, list[ExtraRepeat]]:
        """{enrolment: the repeats that the director granted beyond the others (4.5)}."""
        if not any(self._repeats.values()):  # nobody repeats: nothing was granted beyond
            return {enrolment.pk: [] for enrolment in self.enrolments}
        return attempts.granted_to(self.enrolments)

    @cached_property
    def _repeats(self) -> dict[int, attempts.Times]:
        return attempts.repeats_in(self.cursus.attempts, self.enrolments)

    @cached_property
    def not_taken(self) -> dict[int, set[int]]:
        """{enrolment: keys of the UE where no mark is asked of them}."""
        return attempts.not_taken_in([self.session.cohort_id])

    def repeats(self, enrolment: Enrolment) -> Json:
        """{repeats, extra_repeats}, by semester: {"3": 1}; 0 where nothing was granted."""
        granted = attempts.times_of(self.granted[enrolment.pk])
        return {
            "repeats": {str(semester): times for semester, times in self._repeats[enrolment.pk].items()},
            "extra_repeats": {str(semester): times for semester, times in granted.items()} or 0,
        }

    @cached_property
    def elements(self) -> _Elements:
        return _Elements(self.session, self)

    @cached_property
    def ledger(self) -> Ledger:
        students = None if self.student is None else [self.student]
        return Ledger.before(self.session, students, signed_only=self.published_only)


def _unit_file(unit: Unit, competence: str, coefficients: dict[str, Decimal]) -> Json:
    return {
        "code": unit.code,
        "semester": unit.semester,
        "competence": competence,
        "level": unit.level,
        "ects": plain(unit.ects),
        "rcue_weight": plain(unit.rcue_weight),
        "coefficients": {code: plain(coefficient) for code, coefficient in coefficients.items()},
    }


def status_at(enrolment: Enrolment, session: Session) -> str:
    """The student's situation on the day of the jury: one who resigned in March was there in February."""
    left = enrolment.status_since is not None and enrolment.status_since <= session.date
    return enrolment.status if left else ""


@dataclass(frozen=True, slots=True)
class _Assessment:
    """An évaluation as the database has it: a promotion has hundreds."""

    COLUMNS: ClassVar[tuple[str, ...]] = (
        *("pk", "teaching__element__code", "title", "kind", "date", "coefficient", "maximum"),
        *("group_id", "group__name", "teaching__element__semester"),
    )

    key: int
    element: str
    title: str
    kind: str
    date: date | None
    coefficient: Decimal
    maximum: Decimal
    group: int | None
    group_name: str | None
    semester: int


class _Column(NamedTuple):
    """An évaluation as its marks are written: its group (None: everyone), what is said beside each mark."""

    key: int
    group: int | None
    kind: str
    maximum: str
    beside: Json


@dataclass(frozen=True)
class _Asked:
    """What is asked of some students: the évaluations of each element."""

    elements: dict[str, list[_Column]] = field(compare=False)
    # The same written down: what tells it from another.
    text: str


class _Elements:
    """Every mark of the judged semesters, as the cohort file writes them, student by student."""

    def __init__(self, session: Session, rows: Rows) -> None:
        self.session = session
        self.judged = rows.judged
        self.not_taken = rows.not_taken
        self.units = {unit.pk: unit for unit in rows.units if unit.pk in self.judged}
        # By UE's key: what its elements count there.
        self.coefficients: dict[int, dict[str, Decimal]] = defaultdict(dict)
        for weight in rows.weights:
            if weight.unit_id in self.judged and weight.element.code not in rows.aside:
                self.coefficients[weight.unit_id][weight.element.code] = weight.coefficient
        self._columns: dict[int, dict[str, list[_Column]]] = {}
        self._asked_of: dict[tuple[object, ...], _Asked] = {}
        self.assessments: dict[str, list[_Assessment]] = defaultdict(list)
        shown = {"published": True} if rows.published_only else {}
        theirs = {} if rows.student is None else {"enrolment__student": rows.student}
        of_the_session = Assessment.objects.filter(
            teaching__cohort=session.cohort_id, teaching__element__semester__in=session.semesters, **shown
        ).filter(teaching__aside_at=None)
        # By évaluation's key, then UE's: how much it weighs there, when it is not 1.
        self.factors: dict[int, dict[int, Decimal]] = defaultdict(dict)
        every = AssessmentWeight.objects.filter(assessment__in=of_the_session)
        for key, unit_pk, factor in every.values_list("assessment_id", "unit_id", "weight"):
            self.factors[key][unit_pk] = factor
        in_order = of_the_session.order_by("teaching__element__code", "position", "pk")
        for row in in_order.values_list(*_Assessment.COLUMNS):
            assessment = _Assessment(*row)
            self.assessments[assessment.element].append(assessment)
        self.marks = _marks_of(Mark.objects.filter(assessment__in=of_the_session, **theirs))
        self.bonus_rule = rule_of(session.regulation.bonus)
        self.competences = {unit.pk: unit.competence.code for unit in rows.units if unit.pk in self.judged}
        self.adjustments: dict[int, list[Adjustment]] = defaultdict(list)
        for adjustment in Adjustment.objects.filter(enrolment__cohort=session.cohort_id, **theirs):
            self.adjustments[adjustment.enrolment_id].append(adjustment)

    def columns(self, programme: int) -> dict[str, list[_Column]]:
        """The évaluations of each element as the files of a programme's students write them."""
        if programme not in self._columns:
            self._columns[programme] = {
                element: [self._column(assessment, programme) for assessment in group]
                for element, group in self.assessments.items()
            }
        return self._columns[programme]

    def _column(self, assessment: _Assessment, programme: int) -> _Column:
        beside: Json = {"coefficient": plain(assessment.coefficient)}
        weights = {
            self.judged[unit]: plain(weight)
            for unit, weight in self.factors[assessment.key].items()
            if unit in self.judged and self.units[unit].programme_id == programme
        }
        if weights:
            beside["weights"] = weights
        return _Column(assessment.key, assessment.group, assessment.kind, plain(assessment.maximum), beside)

    def of(self, enrolment: Enrolment) -> Json:
        """{element: {marks, second_chance}} of the UE that the student takes."""
        gone = bool(status_at(enrolment, self.session))
        return _elements_file(self._asked(enrolment), self.marks.get(enrolment.pk, NO_MARKS), gone=gone)

    def _asked(self, enrolment: Enrolment) -> _Asked:
        """What is asked of a student: the same of nearly all of them."""
        apart = frozenset(self.not_taken.get(enrolment.pk, ()))
        about = enrolment.programme_id, enrolment.group_id, tuple(enrolment.semesters), apart
        if about not in self._asked_of:
            counting: dict[str, bool] = {}
            for unit, coefficients in self.coefficients.items():
                if unit in apart or not self._takes(enrolment, unit):
                    continue  # who retakes S4 alone is not awaited in S3
                for element, coefficient in coefficients.items():
                    counting[element] = counting.get(element, False) or coefficient > 0
            columns = self.columns(enrolment.programme_id)
            elements = {
                element: [
                    column
                    for column in columns.get(element, ())
                    if column.group in (None, enrolment.group_id)
                ]
                for element, counts in sorted(counting.items())
                if counts or element in self.assessments
            }
            self._asked_of[about] = _Asked(elements, repr(elements))
        return self._asked_of[about]

    def _takes(self, enrolment: Enrolment, unit: int) -> bool:
        of = self.units[unit]
        return of.programme_id == enrolment.programme_id and of.semester in enrolment.semesters

    @cached_property
    def bonuses(self) -> list[_Assessment]:
        """The bonus évaluations."""
        return [
            assessment
            for group in self.assessments.values()
            for assessment in group
            if assessment.kind == Assessment.Kind.BONUS
        ]

    def bonus_of(self, enrolment: Enrolment) -> Json:
        """{UE: points}: adjustments, and bonus évaluations, by the rule of the règlement if it has one.

        Without a rule, their points × their weight in the UE, where their element counts.
        """
        points: dict[str, Decimal] = defaultdict(Decimal)
        for adjustment in self.adjustments[enrolment.pk]:
            if adjustment.unit_id in self.judged:
                points[self.judged[adjustment.unit_id]] += adjustment.points
        if self.bonus_rule:
            for unit, earned in self._ruled(self.bonus_rule, enrolment).items():
                points[unit] += earned
        for assessment, value in () if self.bonus_rule else self._bonus_marks(enrolment):
            for unit_pk, unit in self.judged.items():
                if (
                    self.units[unit_pk].programme_id == enrolment.programme_id
                    and self.coefficients[unit_pk].get(assessment.element, 0) > 0
                ):
                    points[unit] += value * self.factors[assessment.key].get(unit_pk, Decimal(1))
        return {unit: plain(value) for unit, value in points.items() if value}

    def _ruled(self, rule: BonusRule, enrolment: Enrolment) -> dict[str, Decimal]:
        """{UE: points} of the bonus évaluations of its semester, whatever their element counts there."""
        given = [
            (
                assessment.semester,
                averages.Mark(
                    value=value,
                    out_of=assessment.maximum,
                    weights={
                        self.judged[unit]: weight
                        for unit, weight in self.factors[assessment.key].items()
                        if unit in self.judged and self.units[unit].programme_id == enrolment.programme_id
                    },
                ),
            )
            for assessment, value in self._bonus_marks(enrolment)
        ]
        return {
            unit: in_decimals(rule.points(marks, unit))
            for pk, unit in self.judged.items()
            if self.units[pk].programme_id == enrolment.programme_id
            and rule.counts_in(unit, self.competences[pk])
            and (marks := [mark for semester, mark in given if semester == self.units[pk].semester])
        }

    def ruled_bonus(self, enrolment: Enrolment) -> Json:
        """{bonus: {marks, points}}: what the rule gives in each UE, and of which marks; {} without."""
        given = [
            {"title": assessment.title, "value": plain(value), "out_of": plain(assessment.maximum)}
            for assessment, value in self._bonus_marks(enrolment)
        ]
        if self.bonus_rule is None or not given:
            return {}
        points = {unit: plain(earned) for unit, earned in self._ruled(self.bonus_rule, enrolment).items()}
        return {"bonus": {"marks": given, "points": points}}

    def _bonus_marks(self, enrolment: Enrolment) -> list[tuple[_Assessment, Decimal]]:
        written = gathered(self.marks.get(enrolment.pk, NO_MARKS)) if self.bonuses else {}
        return [
            (assessment, Decimal(got))
            for assessment in self.bonuses
            if not _is_code(got := written.get(assessment.key, ""))
        ]


def _marks_of(rows: QuerySet[Mark]) -> dict[int, Marks]:
    """Of each student, by their enrolment's key."""
    written = Coalesce(Cast("value", CharField()), "code")
    by_enrolment = rows.order_by().values_list("enrolment_id")
    return dict(by_enrolment.annotate(marks=Gathered("assessment_id", written)))


def _is_code(written: str) -> bool:
    return not written[:1].isdecimal()


@lru_cache(maxsize=STUDENTS_KEPT)
def _elements_file(asked: _Asked, marks: Marks, *, gone: bool) -> Json:
    """The elements of a student's file, from what is asked of them and their marks alone. Never changed.

    An element whose every mark is unentered still awaits them, and one that counts and has no évaluation
    is missing: of who repeats too, whose last result would pass for this year's.
    """
    written, file = gathered(marks), {}
    for element, columns in asked.elements.items():
        # Gone before the first évaluation: nothing to write.
        if not gone or any(written.get(column.key) for column in columns):
            file[element] = _element_file([(column, written.get(column.key, "")) for column in columns])
    return file


def _element_file(entries: list[tuple[_Column, str]]) -> Json:
    file: Json = {"marks": []}
    for column, written in entries:
        if column.kind == NORMAL:
            file["marks"].append(_result(column.maximum, written) | column.beside)
        elif column.kind == SECOND_CHANCE and written:
            file["second_chance"] = _result(column.maximum, written)
    return file


def _result(maximum: str, written: str) -> Json:
    """A mark of the cohort file; one that nobody entered is awaited (domain 2)."""
    if _is_code(written):
        return {"code": written or Mark.Code.AWAITED.value}
    return {"value": plain(Decimal(written)), "out_of": maximum}
