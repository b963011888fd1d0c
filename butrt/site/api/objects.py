"""What the API says of each thing; butrt/site/api/description.py describes the same shapes."""

from __future__ import annotations

from typing import Any

from curriculum.models import Element, Programme, Unit
from grades.models import Cohort, Enrolment
from jury.cases import outlook
from jury.cases.proceedings import Case
from jury.models import Issued, Minutes, Session
from jury.rules.numbers import credits_text
from jury.rules.reasons import NBSP


def programme(each: Programme) -> dict[str, Any]:
    return {
        "id": each.pk,
        "name": str(each),
        "year": each.year,
        "specialty": each.parcours.specialty.name,
        "parcours": each.parcours.name,
        "parcours_code": each.parcours.code,
        "modality": each.modality,
        "in_force_from": each.in_force_from,
        "illustrative": each.illustrative,
    }


def unit(each: Unit) -> dict[str, Any]:
    """Decimal numbers are texts, as in the cohort file. `coefficients`: by element."""
    return {
        "code": each.code,
        "semester": each.semester,
        "competence": each.competence.code,
        "title": each.competence.title,
        "level": each.level,
        "ects": f"{each.ects:f}",
        "coefficients": {weight.element.code: f"{weight.coefficient:f}" for weight in each.weights.all()},
    }


def element(each: Element) -> dict[str, Any]:
    return {
        "code": each.code,
        "display": each.display,
        "title": each.title,
        "kind": each.kind,
        "semester": each.semester,
    }


def cohort(each: Cohort) -> dict[str, Any]:
    """Needs `students` counted."""
    return {
        "id": each.pk,
        "programme": each.programme_id,
        "name": str(each),
        "school_year": each.school_year,
        "students": each.students,  # type: ignore[attr-defined]
    }


def student(each: Enrolment) -> dict[str, Any]:
    """What the page of a promotion shows of a student: nothing of birth, nor of the address."""
    return {
        "number": each.student.number,
        "ine": each.student.ine,
        "last_name": each.student.last_name,
        "first_name": each.student.first_name,
        "group": each.group.name if each.group else None,
        "semesters": each.semesters,
        "status": each.status or None,
        "status_since": each.status_since.isoformat() if each.status_since else None,
    }


def session(each: Session) -> dict[str, Any]:
    """Needs `with_programme()`."""
    assert each.closed_at is not None  # see Reader.sessions
    return {
        "id": each.pk,
        "title": each.title,
        "cohort": each.cohort_id,
        "programme": each.cohort.programme_id,
        "school_year": each.cohort.school_year,
        "semester": each.semester,
        "judges_year": each.judges_year,
        "catch_up": each.is_catch_up,
        "date": each.date.isoformat(),
        "closed_at": each.closed_at.isoformat(),
        "correcting": each.correcting,
    }


def following(case: Case) -> dict[str, Any]:
    """`step` is for programs, `words` for people: as every page and document says it."""
    entailed, credits = case.following, case.credits
    return {
        "student": case.id,
        "year": case.verdict.year,
        "step": entailed.step,
        "words": outlook.few_words(entailed).replace(NBSP, " "),
        "semester": entailed.semester,
        "repeats": list(entailed.repeats),
        "again": list(entailed.again),
        "diplomas": list(entailed.diplomas),
        "ects": {
            "year": credits_text(credits.year),
            "of_the_year": credits_text(credits.of_the_year),
            "total": credits_text(credits.total),
            "of_all": credits_text(credits.of_all),
        },
    }


def minutes(each: Minutes, *, signed: bool) -> dict[str, Any]:
    return {
        "version": each.version,
        "created_at": each.created_at.isoformat(),
        "fingerprint": each.fingerprint,
        "signed": signed,
        "pdf": f"/api/v1/sessions/{each.session_id}/documents/pv/{each.version}",
    }


def issued(each: Issued) -> dict[str, Any]:
    """A document of a student given out. Needs `student` and `minutes`."""
    assert each.student is not None
    transcript = each.kind == "releve"
    return {
        "kind": each.kind,
        "student": each.student.number,
        "version": each.minutes.version if each.minutes else None,
        "code": each.token,
        "at": each.at.isoformat(),
        "pdf": f"/api/v1/sessions/{each.session_id}/documents/releve/{each.student.number}"
        if transcript
        else None,
    }
