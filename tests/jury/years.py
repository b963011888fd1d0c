"""Students through several school years: programmes of two parcours, promotions, juries."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from butrt.base.accounts.models import User
from curriculum.models import Competence, Department, Parcours, Programme, Regulation, Unit, Weight
from grades.models import Assessment, Cohort, Enrolment, Mark, Student
from jury.cases.proceedings import Proceedings
from jury.models import Member, Minutes, Session
from jury.sittings import services
from tests.factories import (
    make_assessment,
    make_cohort,
    make_department,
    make_element,
    make_enrolment,
    make_parcours,
    make_session,
    make_specialty,
    make_student,
    make_teaching,
    make_user,
)

COMMON = ("RT1", "RT2")


@dataclass
class Years:
    """A department with a tronc commun and two parcours, RT1 and RT2 common, an RT4 in each parcours."""

    department: Department = field(default_factory=make_department)
    programmes: dict[tuple[str, int], Programme] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.president: User = make_user("president", "secretariat", department=self.department)
        self.teacher: User = make_user("teacher", department=self.department)
        specialty = make_specialty(self.department)
        self.regulation = Regulation.objects.create(
            department=self.department, school_year=2021, adopted_on=datetime.date(2021, 9, 1)
        )
        self.common = {
            code: Competence.objects.create(
                specialty=specialty,
                identity=code,
                code=code,
                title=f"Compétence {code}",
                short=code,
                common=True,
            )
            for code in COMMON
        }
        self.parcours: dict[str, Parcours] = {
            "TC": make_parcours(department=self.department, code="TC", short="R&T", common=True)
        }
        for name in ("IOM", "Cyber"):
            parcours = make_parcours(department=self.department, code=name, name=name, short=name)
            own = Competence.objects.create(
                specialty=specialty,
                identity=f"{name}1",
                code="RT4",
                title=f"Compétence de {name}",
                short=name,
            )
            own.parcours.add(parcours)
            self.parcours[name] = parcours

    def programme(self, parcours: str, year: int, *, codes: str = "UE{semester}{number}", since: int = 2021):
        """The programme of a year: one element a UE; `codes` is how its UE are written."""
        key = (parcours, year) if since == 2021 else (f"{parcours} {since}", year)
        if key in self.programmes:
            return self.programmes[key]
        owner = self.parcours["TC" if year == 1 else parcours]
        programme = Programme.objects.create(
            parcours=owner, year=year, modality="initiale", in_force_from=since
        )
        mine = {**self.common}
        if year > 1:
            mine["RT4"] = owner.own_competences.get(code="RT4")
        for semester in programme.semesters:
            for code, competence in mine.items():
                number = code.removeprefix("RT")
                unit = Unit.objects.create(
                    programme=programme,
                    code=codes.format(semester=semester, number=number),
                    semester=semester,
                    competence=competence,
                    level=year - (code == "RT4"),
                    ects=Decimal(30) / len(mine),
                )
                element = make_element(programme=programme, code=f"R{semester}{number}", semester=semester)
                Weight.objects.create(unit=unit, element=element, coefficient=1)
        self.programmes[key] = programme
        return programme

    def cohort(self, programme: Programme, school_year: int) -> Cohort:
        known = Cohort.objects.filter(programmes=programme, school_year=school_year).first()
        return known or make_cohort(programme, school_year=school_year)

    def enrol(
        self, cohort: Cohort, student: Student, marks: Mapping[str, str], **fields: object
    ) -> Enrolment:
        """Enrol a student with `marks`: {element or competence or "*": mark}."""
        enrolment = make_enrolment(cohort, student, **fields)
        for element in enrolment.programme.elements.all():
            text = marks.get(element.code, marks.get(f"RT{element.code[2:]}", marks.get("*")))
            if text is None:
                continue
            self.mark(enrolment, element.code, text)
        return enrolment

    def mark(self, enrolment: Enrolment, element: str, text: str) -> None:
        teaching = make_teaching(
            enrolment.cohort, enrolment.programme.elements.get(code=element), heads=[self.teacher]
        )
        assessment = Assessment.objects.filter(teaching=teaching).first() or make_assessment(teaching)
        Mark.objects.update_or_create(
            assessment=assessment,
            enrolment=enrolment,
            defaults={
                "value": None if text.isalpha() else text,
                "code": text if text.isalpha() else "",
                "entered_by": self.teacher,
                "entered_at": datetime.datetime(enrolment.cohort.school_year, 12, 1, tzinfo=datetime.UTC),
            },
        )

    def student(self, name: str) -> Student:
        return make_student(self.department, last_name=name)

    def session(self, cohort: Cohort, semester: int, **fields: object) -> Session:
        """A session prepared: February for an odd semester, July for an even one; its president is there."""
        date = datetime.date(cohort.school_year + 1, 7 if semester % 2 == 0 else 2, 5)
        made = make_session(
            cohort,
            self.president,
            semester=semester,
            **{"date": date, "regulation": self.regulation} | fields,
        )
        Member.objects.get_or_create(
            session=made,
            name=str(self.president),
            defaults={"user": self.president, "quality": "présidente", "presence": "present"},
        )
        Member.objects.filter(session=made).update(presence="present")
        return read(made)

    def hold(self, cohort: Cohort, semester: int, **decisions: str) -> Minutes:
        """A jury from its opening to its closing; `decisions`: {student's name: year code}."""
        return self.close(self.session(cohort, semester), **decisions)

    def close(self, session: Session, **decisions: str) -> Minutes:
        if session.state == Session.State.PREPARATION:
            services.open_deliberation(session=session, by=self.president, motive="Essai.")
        for name, code in decisions.items():
            student = Student.objects.get(department=self.department, last_name=name)
            services.decide(
                session=session,
                student=student,
                kind="year",
                subject="",
                code=code,
                motive="Motif.",
                advice="Conseil.",
                by=self.president,
            )
        if awaiting := Proceedings.of(read(session)).awaiting:
            services.adopt(session=session, by=self.president, expected=len(awaiting))
        return services.close(session=session, by=self.president)


def read(session: Session) -> Session:
    """The session as the database has it now."""
    return Session.objects.with_programme().get(pk=session.pk)


def case(session: Session, student: Student):
    return Proceedings.of(read(session)).case(student.number)
