"""Everything held about a student, as they may ask for it (RGPD, article 15)."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from butrt.base.accounts.models import OpenSession, User
from butrt.base.journal.models import Entry
from butrt.base.journal.services import record
from butrt.base.tables import french_csv
from curriculum.models import school_year_label
from grades import attempts
from grades.models import Adjustment, Appreciation, MarkChange, Photo, Student
from grades.people import POSTAL
from jury.documents.issued import is_ahead
from jury.documents.kinds import KINDS
from jury.models import Piece


@dataclass(frozen=True)
class Part:
    """A kind of data held about a student: a table."""

    key: str
    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[Any]]


def _text(value: Any) -> Any:
    """As files write it: local dates and times in ISO, names in full, a mark exact."""
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, (bool, int)) else str(value)


def _part(key: str, title: str, header: str, rows: Iterator[Sequence[Any]]) -> Part:
    return Part(key, title, header.split(", "), [[_text(cell) for cell in row] for row in rows])


def held(student: Student) -> list[Part]:
    """Every part, in the order of a life: who they are, enrolments, marks, juries, documents, who read them.

    A number of queries that does not depend on how much is held.
    """
    return [
        _part("identite", "Identité", "donnée, valeur", _identity(student)),
        _part(
            "inscriptions",
            "Inscriptions",
            "promotion, groupe, situation, depuis le, entreprise, demi-journées injustifiées, "
            "demi-journées justifiées, semestres, redoublements, motif, remarque de la direction des études, "
            "écrite le",
            _enrolments(student),
        ),
        _part(
            "redoublements",
            "Redoublements accordés",
            "année, semestre, accordé le, par, circonstances, pièce, enregistré le, retiré le, "
            "motif du retrait",
            _extra_repeats(student),
        ),
        _part(
            "appreciations",
            "Appréciations",
            "promotion, semestre, élément, appréciation, par, le",
            _appreciations(student),
        ),
        _part("bonus", "Bonus et malus", "promotion, UE, points, motif", _adjustments(student)),
        _part(
            "notes",
            "Notes et leur historique",
            "promotion, élément, évaluation, date, version, note, barème, code, saisie par, le, origine",
            _marks(student),
        ),
        _part(
            "decisions",
            "Décisions des jurys",
            "jury, objet, code, motif, audition demandée, invité le, entendu le, audition, conseils, par, "
            "le, en vigueur",
            _decisions(student),
        ),
        _part("remarques", "Remarques des membres du jury", "jury, remarque, par, le", _remarks(student)),
        _part(
            "resultats",
            "Résultats : UE, RCUE, années, diplômes",
            "année, nature, objet, compétence, niveau, moyenne, code, ECTS, origine, jury, pièce, décidé le, "
            "enregistré par, enregistré le, retiré le, retiré par, motif du retrait",
            _results(student),
        ),
        _part("documents", "Documents délivrés", "document, jury, version du PV, code, le", _issued(student)),
        _part("envois", "Courriels envoyés", "jury, à, état, le", _mails(student)),
        _part("sessions", "Sessions ouvertes de son compte", "adresse, navigateur", _sessions(student)),
        _part(
            "lectures",
            "Qui a lu ou délivré ses documents, ou exporté ses données",
            "le, par, acte, objet, par quel moyen",
            _readings(student),
        ),
    ]


def _identity(student: Student) -> Iterator[Sequence[Any]]:
    for name in (
        *("last_name", "first_name", "usual_last_name", "usual_first_name", "number", "ine", "without_ine"),
        "gender",
        *("birth_date", "birth_place", "email"),
        *("baccalaureate", "baccalaureate_series", "parcoursup", *POSTAL),
    ):
        field = Student._meta.get_field(name)
        label = getattr(student, f"get_{name}_display", None)
        yield str(getattr(field, "verbose_name", name)), label() if label else getattr(student, name)
    yield "compte", student.account.username if student.account else None
    yield "photo", "oui (photo.jpg)" if Photo.objects.filter(student=student).exists() else "non"


def _enrolments(student: Student) -> Iterator[Sequence[Any]]:
    rows = student.enrolments.select_related("cohort__specialty__department", "group").prefetch_related(
        "cohort__programmes"
    )
    repeated = attempts.repeats_of(student.enrolments.all())
    for row in rows.order_by("cohort__school_year"):
        semesters = " ".join(f"S{semester}" for semester in row.semesters)
        yield (
            *(row.cohort, row.group, row.get_status_display(), row.status_since, row.company),
            *(row.unjustified_absences, row.justified_absences, semesters),
            *(attempts.times_in_words(repeated[row.pk]), row.motive, row.remark, row.remark_at),
        )


def _extra_repeats(student: Student) -> Iterator[Sequence[Any]]:
    for repeat in student.extra_repeats.all():
        yield (
            *(
                school_year_label(repeat.school_year),
                f"S{repeat.semester}",
                repeat.granted_on,
                repeat.granted_by,
            ),
            *(
                repeat.circumstances,
                repeat.document,
                repeat.recorded_at,
                repeat.withdrawn_at,
                repeat.withdrawal_motive,
            ),
        )


def _appreciations(student: Student) -> Iterator[Sequence[Any]]:
    rows = Appreciation.objects.filter(enrolment__student=student).select_related(
        "enrolment__cohort__specialty__department", "teaching__element", "by"
    )
    for row in rows.prefetch_related("enrolment__cohort__programmes").order_by("at", "pk"):
        element = row.teaching.element if row.teaching else "le semestre"
        yield row.enrolment.cohort, f"S{row.semester}", element, row.text, row.by, row.at


def _adjustments(student: Student) -> Iterator[Sequence[Any]]:
    rows = Adjustment.objects.filter(enrolment__student=student)
    for row in rows.select_related("enrolment__cohort__specialty__department", "unit").prefetch_related(
        "enrolment__cohort__programmes"
    ):
        yield row.enrolment.cohort, row.unit.code, row.points, row.reason


def _marks(student: Student) -> Iterator[Sequence[Any]]:
    rows = (
        MarkChange.objects.filter(mark__enrolment__student=student)
        .select_related(
            "mark__enrolment__cohort__specialty__department", "mark__assessment__teaching__element", "by"
        )
        .prefetch_related("mark__enrolment__cohort__programmes")
    )
    for row in rows.order_by("at", "pk"):
        assessment = row.mark.assessment
        yield (
            *(row.mark.enrolment.cohort, assessment.teaching.element, assessment.title, assessment.date),
            *(row.version, row.value, assessment.maximum, row.code, row.by, row.at),
            row.get_origin_display(),
        )


SESSION = ("session__cohort",)


def _decisions(student: Student) -> Iterator[Sequence[Any]]:
    rows = student.decisions.select_related(*SESSION, "author").defer("session__snapshot")
    for row in rows.order_by("at", "pk"):
        yield (
            *(row.session, row.subject or "année", row.code or "retirée", row.motive),
            {True: "oui", False: "non", None: ""}[row.hearing_asked],
            *(
                row.invited_on,
                row.heard_on,
                row.hearing,
                row.advice,
                row.author,
                row.at,
                "oui" if row.current else "non",
            ),
        )


def _remarks(student: Student) -> Iterator[Sequence[Any]]:
    rows = student.member_remarks.select_related(*SESSION, "author").defer("session__snapshot")
    for row in rows.order_by("at", "pk"):
        yield row.session, row.text, row.author, row.at


def _results(student: Student) -> Iterator[Sequence[Any]]:
    """Every line of their ledger, those withdrawn too: where each comes from, who wrote it down."""
    rows = student.results.select_related(*SESSION, "competence", "recorded_by", "withdrawn_by")
    for row in rows.defer("session__snapshot"):
        yield (
            *(school_year_label(row.school_year), row.get_kind_display(), row.subject),
            *(row.competence and row.competence.title, row.level, row.average, row.code, row.credits),
            *(row.get_source_display(), row.session, row.document, row.decided_on),
            *(row.recorded_by, row.recorded_at),
            *(row.withdrawn_at, row.withdrawn_by, row.withdrawal_motive),
        )


def _issued(student: Student) -> Iterator[Sequence[Any]]:
    rows = student.issued.select_related(*SESSION, "minutes").defer("session__snapshot", "minutes__content")
    for row in rows.order_by("at"):
        if is_ahead(row, row.minutes):
            continue
        version = row.minutes.version if row.minutes else "provisoire"
        yield KINDS[row.kind].name, row.session, version, row.token, row.at


def _mails(student: Student) -> Iterator[Sequence[Any]]:
    rows = Piece.objects.filter(
        batch__form="mail",
        number=student.number,
        batch__session__cohort__specialty__department=student.department_id,
    )
    rows = rows.select_related("batch__session__cohort").defer("pdf", "batch__content", "batch__figures")
    for row in rows.defer("batch__session__snapshot").order_by("at"):
        yield row.batch.session, row.address, row.get_state_display(), row.at


def _sessions(student: Student) -> Iterator[Sequence[Any]]:
    yield from OpenSession.objects.filter(user=student.account_id).values_list("address", "user_agent")


def _readings(student: Student) -> Iterator[Sequence[Any]]:
    for reading in readings(student):
        yield reading.at, reading.by, reading.act, reading.about, reading.details.get("through", "")


def readings(student: Student) -> list[Entry]:
    """Who read or made a document of theirs, or exported their data: the journal's entries, last first."""
    rows = Entry.objects.filter(department=student.department_id, details__student=student.number)
    return list(
        rows.filter(act__in=["document.read", "document.renew", "data.export"])
        .select_related("by")
        .order_by("-pk")
    )


def export(student: Student, *, by: User) -> bytes:
    """A ZIP of it all, for the student: JSON, a page to read, a CSV a part, the photo; journaled."""
    with transaction.atomic():
        record(
            act="data.export",
            about=f"Données personnelles, {student}",
            by=by,
            department=student.department,
            details={"student": student.number},
        )
    parts = held(student)
    whole = {part.key: [dict(zip(part.header, row, strict=True)) for row in part.rows] for part in parts}
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("donnees.json", json.dumps(whole, ensure_ascii=False, indent=1))
        page = {"student": student, "parts": parts, "at": timezone.now()}
        bundle.writestr("donnees.html", render_to_string("jury/students/personal/export.html", page))
        for part in parts:
            bundle.writestr(f"{part.key}.csv", french_csv(part.header, part.rows))
        photo = Photo.objects.filter(student=student).first()
        if photo:
            bundle.writestr("photo.jpg", bytes(photo.jpeg))
    return made.getvalue()
