"""Each file and answer that takes a jury's results elsewhere, made again and held beside the sealed PV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any, cast

from butrt.base.spreadsheets import plain_number, read_xlsx
from butrt.site.api import objects
from butrt.site.api import views as api
from butrt.site.api.doors import TokenRequest
from butrt.site.proof.sealed import AVERAGE, CODE, ECTS_YEAR, YEAR, Facts, Sealed, same_decision, unlike
from jury.cases.proceedings import Proceedings
from jury.documents.checking.attached import lines_of
from jury.documents.source import DocumentSource
from jury.exchange.apogee.filling import Given, Subject, Target
from jury.exchange.apogee.services import results_of
from jury.exchange.cohort import cohort_json
from jury.exchange.flat import results_csv
from jury.exchange.results_workbook import results_workbook
from jury.models import Session
from jury.rules import VALIDATING

NUMBER = "N° étudiant"
FILES = {"csv": "fichier CSV", "xlsx": "classeur", "cohort": "cohorte.json", "apogee": "Apogée", "api": "API"}


def check_exports(source: DocumentSource, sealed: Sealed) -> Iterator[str]:
    """What the exports of a session say otherwise than its sealed PV."""
    expected = _expected(source.proceedings)
    table = _of_csv(results_csv(source.proceedings))
    yield from unlike(sealed, _named_as_the_pv(table, source.proceedings), FILES["csv"])
    yield from _lacking(table, expected, FILES["csv"])
    yield from _workbook(source, sealed)
    if sealed.cohort and cohort_json(source.proceedings) != sealed.cohort:
        yield "cohorte.json : ce n’est plus le fichier que joint le PV signé."
    yield from _apogee(source.session, sealed)
    yield from _api(source.session, sealed)


# ---------- the table and the workbook ----------


def _of_csv(content: bytes) -> dict[str, Facts]:
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";")
    return {row[NUMBER]: row for row in rows}


def _expected(proceedings: Proceedings) -> set[str]:
    """The headings that a table of these results has."""
    keys = {key for column in proceedings.columns for key in column.keys}
    keys |= {column.key for column in proceedings.columns if column.rcue}
    return {f"{key}{what}" for key in keys for what in (AVERAGE, CODE)}


def _lacking(table: Mapping[str, Facts], expected: set[str], what: str) -> Iterator[str]:
    there = {heading for row in table.values() for heading in row}
    if lacking := sorted(expected - there):
        yield f"{what} : il n’a pas de colonne {', '.join(lacking)}."


def _named_as_the_pv(table: Mapping[str, Facts], proceedings: Proceedings) -> dict[str, Facts]:
    """The columns by the names of the PV: "RT1" is the RCUE "RT1/2" of who has it."""
    named: dict[str, Facts] = {}
    for number, row in table.items():
        try:
            columns = proceedings.columns_of(proceedings.case(number))
        except KeyError:
            named[number] = row
            continue
        names = {key: unit for column in columns for key, unit in zip(column.keys, column.units, strict=True)}
        names |= {column.key: column.name for column in columns}
        named[number] = {
            _renamed(heading, names): cell for heading, cell in row.items() if not _empty(heading, cell)
        }
    return named


def _renamed(heading: str, names: Mapping[str, str]) -> str:
    for what in (AVERAGE, CODE):
        if heading.endswith(what) and (key := heading.removesuffix(what)) in names:
            return f"{names[key]}{what}"
    return heading


def _empty(heading: str, cell: str) -> bool:
    """A RCUE that is not judged here has columns, since another student's is."""
    return not cell and heading.endswith((AVERAGE, CODE))


def _workbook(source: DocumentSource, sealed: Sealed) -> Iterator[str]:
    """Every sheet that has a line a student, those of the groups included."""
    content = results_workbook(source.proceedings, title=str(source.session), by_group=True)
    named: set[str] = set()
    for tab in read_xlsx(content):
        if not (lines := lines_of(tab)):
            continue
        named |= lines.keys()
        everybody = {
            number: {heading: plain_number(cell) for heading, cell in lines.get(number, {}).items()}
            for number in {*sealed.students, *lines}
        }
        what = f"{FILES['xlsx']}, feuille {tab.name}"
        yield from unlike(sealed, _named_as_the_pv(everybody, source.proceedings), what)
    for number in sealed.students.keys() - named:
        yield f"{FILES['xlsx']} : {sealed.name(number)} n’y est pas."


# ---------- Apogée ----------


def _apogee(session: Session, sealed: Sealed) -> Iterator[str]:
    """What Apogée would be given: who left or is défaillant is told so there, nothing acquired is lost."""
    given = {
        student.number: _facts_of(student.given, sealed, student.number)
        for programme in session.judged
        for student in results_of(session, programme)
    }
    yield from unlike(sealed, given, FILES["apogee"])


def _facts_of(given: Mapping[Subject, Given], sealed: Sealed, number: str) -> Facts:
    says = sealed.facts(number) if number in sealed.students else {}
    flat = {}
    for subject, result in given.items():
        if subject.target in (Target.UNIT, Target.RCUE):
            if result.average:
                flat[f"{subject.name}{AVERAGE}"] = result.average
            name = f"{subject.name}{CODE}"
            if result.code in VALIDATING or says.get(name) in VALIDATING:
                flat[name] = result.code
        elif subject.target is Target.YEAR:
            flat[YEAR] = result.code
    return flat


# ---------- the API ----------


def _api(session: Session, sealed: Sealed) -> Iterator[str]:
    """Its own functions answer, to a reader who may read this session and leaves no line in the journal."""
    reader = SimpleNamespace(
        sessions=lambda: Session.objects.with_programme().filter(pk=session.pk),
        documented_session=lambda pk: session,
        journal=lambda about, **details: None,
    )
    asked = cast(TokenRequest, SimpleNamespace(auth=reader))
    decided: dict[str, Any] = {
        student["id"]: student for student in api.decisions(asked, session.pk)["students"]
    }
    for number in sorted({*decided} | {*sealed.students}):
        theirs, ours = sealed.students.get(number), decided.get(number)
        if theirs is None or ours is None or not same_decision(theirs, ours):
            yield f"{FILES['api']}, décisions : {sealed.name(number)} n’y est pas comme au PV."
    following = {
        answer["student"]: {YEAR: answer["year"] or "", ECTS_YEAR: answer["ects"]["year"]}
        for case in api.following(asked, session.pk)["students"]
        for answer in [objects.Following.from_orm(case).model_dump()]
    }
    yield from unlike(sealed, following, f"{FILES['api']}, suites")
    cohort = api.cohort(asked, session.pk)
    if {student["id"] for student in cohort["students"]} != sealed.students.keys():
        yield f"{FILES['api']}, fichier de cohorte : ce ne sont pas les étudiants du PV."
