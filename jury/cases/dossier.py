"""From the database's rows to the engine's input: the cohort file of a session, in a fixed number of queries.

`cohort_object` gives the marks as the rules read them (shared contract, "butrt-cohort/1"); `freeze` adds what
people must read beside them (names, titles, places), and is what a session keeps from its opening on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from butrt.base.canonical import digest_of
from butrt.base.exactjson import plain
from curriculum.models import Department, Unit, Weight, school_year_label
from grades import attempts
from grades.models import Adjustment, Assessment, Enrolment, ExtraRepeat, Mark
from jury.cases.cursus import Cursus, Keys
from jury.cases.ledger.reading import Ledger, Names
from jury.cases.own_marks import with_own_marks
from jury.models import Adoption, Decision, Session
from jury.rules import RULES

FORMAT = "butrt-snapshot/1"
# Read from the database as plain text: comparing with the enumeration 15,000 times is not free.
NORMAL, SECOND_CHANCE = Assessment.Kind.NORMAL.value, Assessment.Kind.SECOND_CHANCE.value

Json = dict[str, Any]


@dataclass(frozen=True)
class Taken:
    """A decision taken by the jury, as the pages and documents tell it. `student` is the cohort file's id."""

    student: str
    kind: str  # "unit", "rcue", "year"
    subject: str  # "UE32", "RT2/2", "" for the year
    code: str
    motive: str
    hearing: str
    advice: str
    author: str
    at: str  # ISO 8601
    # The right that it goes against, confirmed as such; "" for none.
    right: str = ""
    # The procedure of a refusal (see jury/sittings/hearing.py): None and "" where nobody wrote it down.
    hearing_asked: bool | None = None
    invited_on: str = ""  # ISO 8601
    heard_on: str = ""
    # What the rules gave then (an Outcome, as JSON): not printed, kept to tell what changed since.
    basis: Json | None = field(default=None, repr=False, compare=False)

    @classmethod
    def from_row(cls, decision: Decision) -> Taken:
        """Needs `student` and `author` selected."""
        return cls(
            student=decision.student.number,
            kind=decision.kind,
            subject=decision.subject,
            code=decision.code,
            motive=decision.motive,
            hearing=decision.hearing,
            advice=decision.advice,
            author=str(decision.author),
            at=decision.at.isoformat(),
            right=decision.right,
            hearing_asked=decision.hearing_asked,
            invited_on=decision.invited_on.isoformat() if decision.invited_on else "",
            heard_on=decision.heard_on.isoformat() if decision.heard_on else "",
            basis=decision.basis,
        )

    def as_content(self) -> Json:
        """What the PV keeps of it."""
        kept = vars(self).copy()
        del kept["basis"]
        return kept

    @property
    def about(self) -> str:
        """What it is about, for people: "UE32", "RT2", "l’année"."""
        return self.subject.partition("/")[0] or "l’année"


@dataclass(frozen=True)
class Adopted:
    """A proposal of right that the jury accepted, as it was shown. `student` is the cohort file's id."""

    student: str
    author: str
    at: str  # ISO 8601
    # An Outcome, as JSON.
    outcome: Json = field(repr=False)

    @classmethod
    def from_row(cls, adoption: Adoption) -> Adopted:
        """Needs `student` and `act__by` selected."""
        return cls(
            student=adoption.student.number,
            author=str(adoption.act.by),
            at=adoption.act.at.isoformat(),
            outcome=adoption.outcome,
        )


def cohort_object(session: Session) -> Json:
    """The cohort file of a session, from the marks as they stand now; no decision of its jury in it."""
    return _cohort_object(session, _Rows(session))


def _cohort_object(session: Session, rows: _Rows) -> Json:
    """The cursus of most students is the file's own `units`; the others are named in `programmes`."""
    usual, others = rows.cursus.usual, rows.other_cursus
    file: Json = {
        "format": "butrt-cohort/1",
        "regulation": session.regulation.as_file(),
        "units": rows.units_file(usual),
    }
    if others:
        file["programmes"] = {rows.cursus.name(keys): {"units": rows.units_file(keys)} for keys in others}
    file["students"] = [_student_file(enrolment, session, rows) for enrolment in rows.enrolments]
    return file


def freeze(session: Session, *, published_only: bool = False) -> Json:
    """The whole of what a session shows and prints: the cohort object, and the words around it.

    `published_only` leaves out what the teachers have not published: what a student may see.
    """
    rows = _Rows(session, published_only=published_only)
    return {
        "format": FORMAT,
        "rules": RULES,
        "cohort": with_own_marks(session, _cohort_object(session, rows)),
        "context": _context_object(session, rows),
    }


def figures_digest(snapshot: Json | None) -> str:
    """SHA-256 (hex) of frozen figures, which the journal keeps; "" while there are none."""
    return "" if snapshot is None else digest_of(snapshot)


def past_of(session: Session) -> Json:
    """What the ledger says now of the students of a session: to hold beside what was frozen.

    `students`: the part of each file that rests on it; `people`: what documents tell of it; `programmes`:
    the cursus that these files name, and the `usual` one, of those that name none, with the words of their
    `competences`.
    """
    rows = _Rows(session)
    usual = rows.cursus.usual
    return {
        "students": [
            {"id": enrolment.student.number, **_past_file(enrolment, rows)} for enrolment in rows.enrolments
        ],
        "people": {
            enrolment.student.number: rows.names(enrolment.student_id).told(rows.ledger, enrolment.student_id)
            for enrolment in rows.enrolments
        },
        "competences": rows.competences,
        "usual": rows.cursus.name(usual),
        "programmes": {
            rows.cursus.name(keys): {"units": rows.units_file(keys)} for keys in (usual, *rows.other_cursus)
        },
    }


def with_decisions(cohort: Json, decisions: Iterable[Taken]) -> Json:
    """The cohort object with what the jury decided in each student's `jury` field; the input is unchanged."""
    taken: dict[str, Json] = defaultdict(dict)
    for decision in decisions:
        if not decision.code:
            continue
        file = taken[decision.student]
        if decision.kind == Decision.Kind.YEAR:
            file["year"] = decision.code
        else:
            group = "units" if decision.kind == Decision.Kind.UNIT else "rcues"
            file.setdefault(group, {})[decision.subject] = decision.code
    students = [
        student | {"jury": taken[student["id"]]} if student["id"] in taken else student
        for student in cohort["students"]
    ]
    return cohort | {"students": students}


def department_object(department: Department) -> Json:
    """What documents say of a department."""
    return {
        "name": department.name,
        "institute": department.institute,
        "university": department.university,
        "city": department.city,
        "demonstration": department.demonstration,
    }


def _context_object(session: Session, rows: _Rows) -> Json:
    """Names, titles and dates that the pages and documents show beside the figures."""
    programme, department = session.cohort.programme, session.department
    return {
        "department": department_object(department),
        "programme": {
            "year": programme.year,
            "specialty": programme.parcours.specialty.name,
            "parcours": programme.parcours.name,
            "short": programme.parcours.short,
            "modality": programme.get_modality_display(),
        },
        "regulation": str(session.regulation) + f", adopté le {session.regulation.adopted_on:%d/%m/%Y}",
        "regulation_sources": session.regulation.sources,
        "school_year": school_year_label(session.cohort.school_year),
        "semester": session.semester,
        "year": session.year,
        "judges_year": session.judges_year,
        "title": session.title,
        # By what the file calls each; its identity is the référentiel's (domain 1).
        "competences": rows.competences,
        "elements": {
            weight.element.code: {
                "display": weight.element.display,
                "title": weight.element.title,
                "short": weight.element.short,
                "kind": weight.element.kind,
            }
            for weight in rows.weights
        },
        # The évaluations of each element, in the order of the marks; a group's own are its students' only.
        "assessments": {
            element: [
                {
                    "title": each.title,
                    "kind": each.kind,
                    "date": each.date.isoformat() if each.date else None,
                    "group": each.group.name if each.group else "",
                }
                for each in assessments
            ]
            for element, assessments in rows.elements.assessments.items()
        },
        "students": {
            enrolment.student.number: _person(enrolment, session, rows)
            | {"extra_repeats": [act.told for act in rows.granted[enrolment.pk]]}
            for enrolment in rows.enrolments
        },
    }


# ---------- the programme ----------


class _Rows:
    """What the cohort object and the words around it both read, each read once."""

    def __init__(self, session: Session, *, published_only: bool = False) -> None:
        self.session = session
        self.published_only = published_only

    @cached_property
    def cursus(self) -> Cursus:
        return Cursus(self.session, [enrolment.student_id for enrolment in self.enrolments])

    @cached_property
    def other_cursus(self) -> list[Keys]:
        """Those that are not the usual one, each once, in the order of the students."""
        keys = (self.cursus.by_student[enrolment.student_id] for enrolment in self.enrolments)
        return [each for each in dict.fromkeys(keys) if each != self.cursus.usual]

    @cached_property
    def units(self) -> list[Unit]:
        """The UE of every cursus, each programme once."""
        wanted = {key for keys in (self.cursus.usual, *self.other_cursus) for key in keys}
        return [unit for unit in self.cursus.units if unit.programme_id in wanted]

    @cached_property
    def competence_names(self) -> dict[int, str]:
        """What the file calls each competence: its code, its identity where another has the same code."""
        usual = {unit.competence_id for unit in self.units_of(self.cursus.usual)}
        rows = {unit.competence_id: unit.competence for unit in self.units}
        names: dict[int, str] = {}
        for key in sorted(rows, key=lambda key: (key not in usual, key)):
            code = rows[key].code
            names[key] = rows[key].identity if code in names.values() else code
        return names

    @cached_property
    def judged(self) -> dict[int, str]:
        """The UE that this session judges: {key: code}."""
        programme, semesters = self.session.cohort.programme_id, self.session.semesters
        return {
            unit.pk: unit.code
            for unit in self.units
            if unit.programme_id == programme and unit.semester in semesters
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
        return list(
            Weight.objects.filter(unit__programme=self.session.cohort.programme_id).select_related(
                "element", "unit"
            )
        )

    @cached_property
    def enrolments(self) -> list[Enrolment]:
        return list(self.session.enrolments().select_related("student", "group"))

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
        return Ledger.before(self.session)


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


# ---------- the students ----------


def status_at(enrolment: Enrolment, session: Session) -> str:
    """The student's situation on the day of the jury: one who resigned in March was there in February."""
    left = enrolment.status_since is not None and enrolment.status_since <= session.date
    return enrolment.status if left else ""


def _person(enrolment: Enrolment, session: Session, rows: _Rows) -> Json:
    student = enrolment.student
    status = status_at(enrolment, session)
    return {
        "ine": student.ine,
        "number": student.number,
        "last_name": student.last_name,
        "first_name": student.first_name,
        "gender": student.gender,
        "birth_date": student.birth_date.isoformat(),
        "birth_place": student.birth_place,
        "group": enrolment.group.name if enrolment.group else "",
        "company": enrolment.company,
        "status": status,
        "status_since": enrolment.status_since.isoformat() if status and enrolment.status_since else None,
        "absences": {
            "unjustified": enrolment.unjustified_absences,
            "justified": enrolment.justified_absences,
        },
        **rows.names(student.pk).told(rows.ledger, student.pk),
    }


def _student_file(enrolment: Enrolment, session: Session, rows: _Rows) -> Json:
    elements = rows.elements
    file: Json = {
        "id": enrolment.student.number,
        "year": session.year,
        "semesters": session.semesters,
        "status": status_at(enrolment, session),
        "elements": elements.of(enrolment),
        **_past_file(enrolment, rows),
        **rows.repeats(enrolment),
    }
    if bonus := elements.bonus_of(enrolment):
        file["bonus"] = bonus
    return file


def _past_file(enrolment: Enrolment, rows: _Rows) -> Json:
    """What of a student's file rests on the ledger: their cursus, what earlier juries said."""
    keys = rows.cursus.by_student[enrolment.student_id]
    earlier, earlier_rcues = rows.names(enrolment.student_id).earlier(rows.ledger, enrolment.student_id)
    file: Json = {"earlier": earlier, "earlier_rcues": earlier_rcues}
    if _ends_year(enrolment, rows, {each["unit"] for each in earlier}):
        file["ends_year"] = True
    if keys != rows.cursus.usual:
        file["programme"] = rows.cursus.name(keys)
    apart = rows.not_taken.get(enrolment.pk, set())
    if not_taken := sorted(code for unit, code in rows.judged.items() if unit in apart):
        file["dispensed"] = not_taken
    return file


def _ends_year(enrolment: Enrolment, rows: _Rows, known: Collection[str]) -> bool:
    """Whether the year ends with this odd semester taken alone, the even one judged before (domain 3.7)."""
    session = rows.session
    if session.judges_year or enrolment.takes_even:
        return False
    keys = rows.cursus.by_student[enrolment.student_id]
    even = {unit.code for unit in rows.units_of(keys) if unit.semester == session.semester + 1}
    return bool(even) and even <= set(known)


class _Column(NamedTuple):
    """An évaluation as its marks are written: its group (None: everyone), what is said beside each mark."""

    key: int
    group: int | None
    kind: str
    maximum: str
    beside: Json


class _Elements:
    """Every mark of the judged semesters, as the cohort file writes them, student by student."""

    def __init__(self, session: Session, rows: _Rows) -> None:
        self.session = session
        self.judged = rows.judged
        self.not_taken = rows.not_taken
        self.semesters = {unit.pk: unit.semester for unit in rows.units if unit.pk in self.judged}
        # By UE's key: what its elements count there.
        self.coefficients: dict[int, dict[str, Decimal]] = defaultdict(dict)
        for weight in rows.weights:
            if weight.unit_id in self.judged:
                self.coefficients[weight.unit_id][weight.element.code] = weight.coefficient
        self.assessments: dict[str, list[Assessment]] = defaultdict(list)
        shown = {"published": True} if rows.published_only else {}
        for assessment in (
            Assessment.objects.filter(**shown)
            .filter(teaching__cohort=session.cohort_id, teaching__element__semester__in=session.semesters)
            .select_related("teaching__element", "group")
            .prefetch_related("weights")
            .order_by("teaching__element__code", "position", "pk")
        ):
            self.assessments[assessment.teaching.element.code].append(assessment)
        # By enrolment's key, then évaluation's.
        self.marks: dict[int, dict[int, tuple[Decimal | None, str]]] = defaultdict(dict)
        for enrolment, key, value, code in Mark.objects.filter(
            enrolment__cohort=session.cohort_id, assessment__teaching__element__semester__in=session.semesters
        ).values_list("enrolment_id", "assessment_id", "value", "code"):
            self.marks[enrolment][key] = (value, code)
        self.adjustments: dict[int, list[Adjustment]] = defaultdict(list)
        for adjustment in Adjustment.objects.filter(enrolment__cohort=session.cohort_id):
            self.adjustments[adjustment.enrolment_id].append(adjustment)

    @cached_property
    def columns(self) -> dict[str, list[_Column]]:
        """The évaluations of each element as its students' files write them."""
        return {
            element: [self._column(assessment) for assessment in group]
            for element, group in self.assessments.items()
        }

    def _column(self, assessment: Assessment) -> _Column:
        beside: Json = {"coefficient": plain(assessment.coefficient)}
        weights = {
            self.judged[weight.unit_id]: plain(weight.weight)
            for weight in assessment.weights.all()
            if weight.unit_id in self.judged
        }
        if weights:
            beside["weights"] = weights
        return _Column(assessment.pk, assessment.group_id, assessment.kind, plain(assessment.maximum), beside)

    def of(self, enrolment: Enrolment) -> Json:
        """{element: {marks, second_chance}} of the UE that the student takes.

        An element whose every mark is unentered still awaits them, and one that counts and has no évaluation
        is missing: of who repeats too, whose last result would pass for this year's.
        """
        not_taken = self.not_taken.get(enrolment.pk, set())
        counting: dict[str, bool] = {}
        for unit, coefficients in self.coefficients.items():
            if unit in not_taken or self.semesters[unit] not in enrolment.semesters:
                continue  # who retakes S4 alone is not awaited in S3
            for element, coefficient in coefficients.items():
                counting[element] = counting.get(element, False) or coefficient > 0
        gone = bool(status_at(enrolment, self.session))
        marks, group = self.marks.get(enrolment.pk, {}), enrolment.group_id
        file: Json = {}
        for element, counts in sorted(counting.items()):
            entries = [
                (column, *marks.get(column.key, (None, "")))
                for column in self.columns.get(element, ())
                if column.group is None or column.group == group
            ]
            # Gone before the first évaluation: nothing to write.
            if gone and not any(value is not None or code for _, value, code in entries):
                continue
            if counts or element in self.assessments:
                file[element] = _element_file(entries)
        return file

    @cached_property
    def bonuses(self) -> list[tuple[str, Assessment, dict[int, Decimal]]]:
        """The bonus évaluations: (element, évaluation, {UE's key: weight})."""
        return [
            (element, each, {weight.unit_id: weight.weight for weight in each.weights.all()})
            for element, group in self.assessments.items()
            for each in group
            if each.kind == Assessment.Kind.BONUS
        ]

    def bonus_of(self, enrolment: Enrolment) -> Json:
        """{UE: points}: adjustments, and the marks of bonus évaluations (points × weight in the UE)."""
        points: dict[str, Decimal] = defaultdict(Decimal)
        for adjustment in self.adjustments[enrolment.pk]:
            if adjustment.unit_id in self.judged:
                points[self.judged[adjustment.unit_id]] += adjustment.points
        for element, assessment, weights in self.bonuses:
            value, _ = self.marks.get(enrolment.pk, {}).get(assessment.pk, (None, ""))
            if value is None:
                continue
            for unit_pk, unit in self.judged.items():
                if self.coefficients[unit_pk].get(element, 0) > 0:
                    points[unit] += value * weights.get(unit_pk, Decimal(1))
        return {unit: plain(value) for unit, value in points.items() if value}


def _element_file(entries: Iterable[tuple[_Column, Decimal | None, str]]) -> Json:
    file: Json = {"marks": []}
    for column, value, code in entries:
        if column.kind == NORMAL:
            file["marks"].append(_result(column.maximum, value, code) | column.beside)
        elif column.kind == SECOND_CHANCE and (value is not None or code):
            file["second_chance"] = _result(column.maximum, value, code)
    return file


def _result(maximum: str, value: Decimal | None, code: str) -> Json:
    """A mark of the cohort file; one that nobody entered is awaited (domain 2)."""
    if value is None:
        return {"code": code or Mark.Code.AWAITED.value}
    return {"value": plain(value), "out_of": maximum}
