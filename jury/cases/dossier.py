"""From the database's rows to the engine's input: the cohort file of a session, in a fixed number of queries.

`cohort_object` gives the marks as the rules read them (shared contract, "butrt-cohort/1"); `freeze` adds what
people must read beside them (names, titles, places), and is what a session keeps from its opening on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from copy import copy

from butrt.base.canonical import canonical
from butrt.base.french import short_date
from curriculum.models import Department, Regulation, school_year_label
from grades.models import Enrolment, Student
from jury.cases import programmes
from jury.cases.appreciations import appreciations_of
from jury.cases.aside import as_frozen
from jury.cases.own_marks import with_own_marks
from jury.cases.rows import Rows, status_at
from jury.cases.taken import Json
from jury.models import Session
from jury.rules import RULES

FORMAT = "butrt-snapshot/1"


def cohort_object(session: Session, rows: Rows | None = None) -> Json:
    """The cohort file of a session, from the marks as they stand now; no decision of its jury in it.

    The cursus of most students is the file's own `units`; the others are named in `programmes`.
    """
    rows = rows or Rows(session)
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


def freeze(session: Session, *, published_only: bool = False, student: Student | None = None) -> Json:
    """The whole of what a session shows and prints: the cohort object, and the words around it.

    `published_only` leaves out what the teachers have not published and what no signed PV says: what a
    student may see. `student`: that one alone, of a session that need not be in the database.
    """
    rows = Rows(session, published_only=published_only, student=student.pk if student else None)
    return {
        "format": FORMAT,
        "rules": RULES,
        "cohort": with_own_marks(session, cohort_object(session, rows)),
        "context": _context_object(session, rows),
    }


def bonuses_by(session: Session, regulation: Regulation) -> dict[str, Json]:
    """{student's number: {UE: points}} had this been the règlement of a session."""
    tried = copy(session)
    tried.regulation = regulation
    rows = Rows(tried)
    return {enrolment.student.number: rows.elements.bonus_of(enrolment) for enrolment in rows.enrolments}


def figures_digest(snapshot: Json | None) -> str:
    """SHA-256 (hex) of frozen figures, which the journal keeps; "" while there are none.

    Their keys are texts already, before the database gives them back.
    """
    return "" if snapshot is None else hashlib.sha256(canonical(snapshot).encode()).hexdigest()


def past_of(session: Session) -> Json:
    """What the ledger says now of the students of a session: to hold beside what was frozen.

    `students`: the part of each file that rests on it; `people`: what documents tell of it; `programmes`:
    the cursus that these files name, and the `usual` one, of those that name none, with the words of their
    `competences`.
    """
    rows = Rows(session)
    usual = rows.cursus.usual
    return {
        "students": [
            {"id": enrolment.student.number, **_past_file(enrolment, rows)} for enrolment in rows.enrolments
        ],
        "people": {
            enrolment.student.number: rows.names(enrolment.student_id).for_documents(
                rows.ledger, enrolment.student_id
            )
            for enrolment in rows.enrolments
        },
        "competences": rows.competences,
        "usual": rows.cursus.name(usual),
        "programmes": {
            rows.cursus.name(keys): {"units": rows.units_file(keys)} for keys in (usual, *rows.other_cursus)
        },
    }


def department_object(department: Department) -> Json:
    """What documents say of a department."""
    return {
        "name": department.name,
        "institute": department.institute,
        "university": department.university,
        "city": department.city,
        "demonstration": department.demonstration,
    }


def _context_object(session: Session, rows: Rows) -> Json:
    """Names, titles and dates that the pages and documents show beside the figures."""
    written = appreciations_of(session, published_only=rows.published_only)
    return {
        "department": department_object(session.department),
        **programmes.as_frozen(session),
        "regulation": f"{session.regulation}, adopté le {short_date(session.regulation.adopted_on)}",
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
                    "title": assessment.title,
                    "kind": assessment.kind,
                    "date": assessment.date.isoformat() if assessment.date else None,
                    "group": assessment.group_name or "",
                }
                for assessment in assessments
            ]
            for element, assessments in rows.elements.assessments.items()
        },
        # Absent where nothing is: what a jury froze before it could be reads the same.
        **({"bonus_rule": session.regulation.bonus} if session.regulation.bonus else {}),
        **({"aside": as_frozen(rows.aside, rows.weights, rows.judged)} if rows.aside else {}),
        "students": {
            enrolment.student.number: _person(enrolment, session, rows)
            | {"extra_repeats": [act.facts for act in rows.granted[enrolment.pk]]}
            | rows.elements.ruled_bonus(enrolment)
            | written.get(enrolment.pk, {})
            for enrolment in rows.enrolments
        },
    }


# ---------- the programme ----------


# ---------- the students ----------


def _person(enrolment: Enrolment, session: Session, rows: Rows) -> Json:
    student = enrolment.student
    status = status_at(enrolment, session)
    return {
        "ine": student.ine,
        **({"without_ine": True} if student.without_ine else {}),
        "number": student.number,
        "last_name": student.last_name,
        "first_name": student.first_name,
        **_usual_names(student),
        "gender": student.gender,
        "birth_date": student.birth_date.isoformat(),
        "birth_place": student.birth_place,
        "group": enrolment.group.name if enrolment.group else "",
        "company": enrolment.company,
        "status": status,
        "status_since": enrolment.status_since.isoformat() if status and enrolment.status_since else None,
        # Where the session judges several: the key of theirs.
        **({"programme": str(enrolment.programme_id)} if len(session.judged) > 1 else {}),
        "absences": {
            "unjustified": enrolment.unjustified_absences,
            "justified": enrolment.justified_absences,
        },
        **rows.names(student.pk).for_documents(rows.ledger, student.pk),
    }


def _usual_names(student: Student) -> Json:
    """What people read instead of the legal names; nothing for most."""
    names = {"usual_last_name": student.usual_last_name, "usual_first_name": student.usual_first_name}
    return {field: name for field, name in names.items() if name}


def _student_file(enrolment: Enrolment, session: Session, rows: Rows) -> Json:
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


def _past_file(enrolment: Enrolment, rows: Rows) -> Json:
    """What of a student's file rests on the ledger: their cursus, what earlier juries said."""
    keys = rows.cursus.by_student[enrolment.student_id]
    earlier, earlier_rcues = rows.names(enrolment.student_id).earlier(rows.ledger, enrolment.student_id)
    file: Json = {"earlier": earlier, "earlier_rcues": earlier_rcues}
    if _ends_year(enrolment, rows, {decision["unit"] for decision in earlier}):
        file["ends_year"] = True
    if keys != rows.cursus.usual:
        file["programme"] = rows.cursus.name(keys)
    apart = rows.not_taken.get(enrolment.pk, set())
    if not_taken := sorted(code for unit, code in rows.judged.items() if unit in apart):
        file["dispensed"] = not_taken
    return file


def _ends_year(enrolment: Enrolment, rows: Rows, known: Collection[str]) -> bool:
    """Whether the year ends with this odd semester taken alone, the even one judged before (domain 3.7)."""
    session = rows.session
    if session.judges_year or enrolment.takes_even:
        return False
    keys = rows.cursus.by_student[enrolment.student_id]
    even = {unit.code for unit in rows.units_of(keys) if unit.semester == session.semester + 1}
    return bool(even) and even <= set(known)
