"""What the API says of each thing: its fields, found in our objects; ninja describes them and writes them."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from ninja import Field, Schema
from pydantic import BeforeValidator, ConfigDict, WithJsonSchema

from butrt.base import french
from butrt.base.french import NBSP
from curriculum.models import Unit as OurUnit
from jury.cases import outlook
from jury.cases.aside import Aside, set_aside
from jury.cases.case import Case
from jury.models import Issued
from jury.models import Minutes as OurMinutes
from jury.rules import codes
from jury.rules.following import Step

DOCUMENTS = "/api/v1/sessions/{session}/documents"

Exact = Annotated[
    str,
    BeforeValidator(lambda number: f"{number:f}"),
    Field(pattern=r"^[0-9]+(\.[0-9]+)?$", description="nombre décimal exact, en texte"),
]
"""Decimal numbers are texts, as in the cohort file."""
Moment = Annotated[
    str, BeforeValidator(datetime.datetime.isoformat), Field(json_schema_extra={"format": "date-time"})
]
Credits = Annotated[str, BeforeValidator(french.short)]
Status = Annotated[
    Literal["DEM", "DEF", "ABAN", "ABL", "EXCLU"] | None, BeforeValidator(lambda status: status or None)
]
YearCode = Annotated[codes.Code, WithJsonSchema({"enum": sorted(codes.YEAR_CODES)})]


def _in_words(row: object) -> str:
    return str(row)


class Answer(Schema):
    # These fields, no more and no less. (No docstring in this module: ninja publishes them.)
    model_config = ConfigDict(
        json_schema_extra={"additionalProperties": False}, json_schema_serialization_defaults_required=True
    )


class Error(Answer):
    error: str


class Programme(Answer):
    id: int
    name: str
    year: int = Field(ge=1, le=3)
    specialty: str = Field(alias="parcours.specialty.name")
    parcours: str = Field(alias="parcours.name")
    parcours_code: str = Field(alias="parcours.code")
    modality: Literal["initiale", "apprentissage"]
    in_force_from: int
    illustrative: bool
    resolve_name = staticmethod(_in_words)


# `coefficients`: by element.
class Unit(Answer):
    code: str
    semester: int
    competence: str = Field(alias="competence.code")
    title: str = Field(alias="competence.title")
    level: int
    ects: Exact
    coefficients: dict[str, Exact]

    @staticmethod
    def resolve_coefficients(unit: OurUnit) -> dict[str, Decimal]:
        return {weight.element.code: weight.coefficient for weight in unit.weights.all()}


class Element(Answer):
    code: str
    display: str
    title: str
    kind: Literal["ressource", "sae"]
    semester: int


class WholeProgramme(Programme):
    units: list[Unit]
    elements: list[Element]


# An element that nobody is assessed in this year: in no average.
class SetAside(Answer):
    code: str = Field(alias="element.code")
    display: str = Field(alias="element.display")
    title: str = Field(alias="element.title")
    semester: int = Field(alias="element.semester")
    motive: str = Field(alias="aside_motive")
    since: Moment = Field(alias="aside_at")


# Needs `students` counted, `set_aside` fetched.
class Cohort(Answer):
    id: int
    programmes: list[int]
    name: str
    school_year: int
    students: int
    aside: list[SetAside] = Field(alias="set_aside")
    resolve_name = staticmethod(_in_words)

    @staticmethod
    def resolve_programmes(cohort: Any) -> list[int]:
        return [programme.pk for programme in cohort.taught]


# What the page of a promotion shows of a student: nothing of birth, nor of the address.
class Student(Answer):
    number: str = Field(alias="student.number")
    ine: str = Field(alias="student.ine")
    last_name: str = Field(alias="student.last_name")
    first_name: str = Field(alias="student.first_name")
    usual_last_name: str = Field(alias="student.usual_last_name")
    usual_first_name: str = Field(alias="student.usual_first_name")
    programme: int = Field(alias="programme_id")
    group: str | None = Field(None, alias="group.name")
    semesters: list[int]
    status: Status
    status_since: datetime.date | None


# The same as a jury froze it; `units`: the coefficient that it had in each.
class FrozenAside(Answer):
    code: str = Field(alias="element")
    display: str
    title: str
    motive: str
    by: str
    since: datetime.date | None = Field(alias="on")
    units: dict[str, Exact]

    @staticmethod
    def resolve_since(aside: Aside) -> str | None:
        return aside.on or None


# Needs `with_programme()`, to have been closed, and `frozen_aside` and `frozen_elements` annotated.
class Session(Answer):
    id: int
    title: str
    cohort: int = Field(alias="cohort_id")
    programmes: list[int]
    school_year: int = Field(alias="cohort.school_year")
    semester: int
    judges_year: bool
    catch_up: bool = Field(alias="is_catch_up")
    date: datetime.date
    closed_at: Moment
    correcting: bool
    aside: list[FrozenAside]

    @staticmethod
    def resolve_aside(session: Any) -> list[Aside]:
        if not session.frozen_aside:
            return []
        return set_aside({"aside": session.frozen_aside, "elements": session.frozen_elements})

    @staticmethod
    def resolve_programmes(session: Any) -> list[int]:
        return [programme.pk for programme in session.judged]


class CreditsAcquired(Answer):
    year: Credits
    of_the_year: Credits
    total: Credits
    of_all: Credits


# `step` is for programs, `words` for people: as every page and document says it.
class Following(Answer):
    student: str = Field(alias="id")
    year: YearCode | None = Field(alias="verdict.year")
    step: Step = Field(alias="following.step")
    words: str
    semester: int | None = Field(alias="following.semester")
    repeats: list[int] = Field(alias="following.repeats")
    again: list[str] = Field(alias="following.again")
    diplomas: list[Literal["DUT", "BUT"]] = Field(alias="following.diplomas")
    ects: CreditsAcquired = Field(alias="credits")

    @staticmethod
    def resolve_words(case: Case) -> str:
        return outlook.few_words(case.following).replace(NBSP, " ")


class Followings(Answer):
    students: list[Following]


# Needs `signed` annotated.
class Minutes(Answer):
    version: int
    created_at: Moment
    fingerprint: str
    signed: bool
    pdf: str

    @staticmethod
    def resolve_pdf(minutes: OurMinutes) -> str:
        return f"{DOCUMENTS.format(session=minutes.session_id)}/pv/{minutes.version}"


# A document of a student given out. Needs `student` and `minutes`.
class Document(Answer):
    kind: str
    student: str = Field(alias="student.number")
    version: int | None = Field(None, alias="minutes.version")
    code: str = Field(alias="token")
    at: Moment
    pdf: str | None

    @staticmethod
    def resolve_pdf(issued: Issued) -> str | None:
        if issued.kind != "releve" or issued.student is None:
            return None
        return f"{DOCUMENTS.format(session=issued.session_id)}/releve/{issued.student.number}"


class Paged(Answer):
    items: list[Any]
    number: int
    page: int
    pages: int


class Programmes(Paged):
    items: list[Programme]


class Cohorts(Paged):
    items: list[Cohort]


class Students(Paged):
    items: list[Student]


class Sessions(Paged):
    items: list[Session]


class Documents(Paged):
    minutes: list[Minutes]
    items: list[Document]
