"""Plain functions that make what a test is about; a test names only what it is about."""

from __future__ import annotations

import datetime
import itertools
from decimal import Decimal

from allauth.mfa.models import Authenticator

from butrt.base.accounts.models import Role, User
from curriculum.models import (
    Competence,
    Department,
    Element,
    Parcours,
    Programme,
    Regulation,
    Specialty,
    Unit,
    Weight,
)
from grades.models import Assessment, Cohort, Enrolment, Student, Teaching
from jury.models import Result, Session
from tests.keys import Key

serial = itertools.count(1)


def make_department(**fields) -> Department:
    defaults = {
        "code": f"rt-{next(serial)}",
        "name": "Réseaux et Télécommunications",
        "institute": "IUT de Valbrume",
        "university": "Université de Valbrume",
        "city": "Valbrume",
        "demonstration": True,
    }
    return Department.objects.create(**defaults | fields)


def make_user(*roles: str, department: Department | None = None, **fields) -> User:
    """A person holding `roles` in `department` (made when there are roles and none is given)."""
    number = next(serial)
    defaults = {"username": f"personne{number}", "first_name": "Camille", "last_name": f"Exemple{number}"}
    user = User.objects.create_user(**defaults | fields)
    if roles and department is None:
        department = make_department()
    for role in roles:
        Role.objects.create(user=user, department=department, role=role)
    return user


def make_key(user: User, key: Key | None = None, **fields) -> Authenticator:
    """A security key of this person, as the site keeps it; it is not asked for until `User.second_factor`."""
    made = (key or Key()).made({"publicKey": {"challenge": "ZXNzYWk"}})
    defaults = {"type": "webauthn", "data": {"name": "Téléphone", "credential": made, "count": 0}}
    return Authenticator.objects.create(user=user, **defaults | fields)


def make_specialty(department: Department, **fields) -> Specialty:
    """The spécialité of that name in a department: the same one again if it is there."""
    defaults = {"name": "Réseaux et Télécommunications", "short": "R&T"} | fields
    specialty, _ = Specialty.objects.get_or_create(
        department=department, name=defaults.pop("name"), defaults=defaults
    )
    return specialty


def make_parcours(**fields) -> Parcours:
    defaults = {
        "code": f"RT-{next(serial)}",
        "name": "Internet des objets et mobilité",
        "short": "IOM",
    }
    if "department" not in fields:
        fields["department"] = make_department()
    if "specialty" not in fields:
        fields["specialty"] = make_specialty(fields["department"])
    return Parcours.objects.create(**defaults | fields)


def make_competence(parcours: Parcours, code: str, **fields) -> Competence:
    """A competence of a parcours, of its own: the same code in another parcours is another one."""
    known = parcours.own_competences.filter(code=code).first()
    if known is not None:
        return known
    defaults = {
        "identity": f"{code}.{parcours.pk}",
        "title": f"Compétence {code}",
        "short": f"Comp. {code}",
    }
    competence = Competence.objects.create(specialty=parcours.specialty, code=code, **defaults | fields)
    competence.parcours.add(parcours)
    return competence


def make_programme(units: dict[str, str] | None = None, **fields) -> Programme:
    """A programme of year 2 with `units` {code: ECTS}, one element of coefficient 1 in each unit.

    UE32 is semester 3, competence RT2; the element of UE32 is R32.
    """
    if "parcours" not in fields:
        fields["parcours"] = make_parcours()
    programme = Programme.objects.create(
        **{"year": 2, "modality": "apprentissage", "in_force_from": 2022} | fields
    )
    for code, ects in (units or {"UE31": "30", "UE41": "30"}).items():
        semester, number = int(code[2]), code[3:]
        competence = make_competence(
            programme.parcours, f"RT{number}", title=f"Compétence {number}", short=f"Comp. {number}"
        )
        unit = Unit.objects.create(
            programme=programme,
            code=code,
            semester=semester,
            competence=competence,
            level=programme.year,
            ects=Decimal(ects),
        )
        element = make_element(programme=programme, code=f"R{semester}{number}", semester=semester)
        Weight.objects.create(unit=unit, element=element, coefficient=1)
    return programme


def make_element(programme: Programme | None = None, **fields) -> Element:
    programme = programme or make_programme()
    code = fields.pop("code", f"R{next(serial)}")
    defaults = {"display": code, "title": f"Élément {code}", "short": f"Élément {code}", "kind": "ressource"}
    return Element.objects.create(programme=programme, code=code, **{"semester": 3} | defaults | fields)


def make_cohort(*programmes: Programme | None, **fields) -> Cohort:
    """A promotion of 2024-2025 of these programmes, of a new one when none is given."""
    taught = [programme or make_programme() for programme in programmes or (None,)]
    first = taught[0]
    defaults = {"specialty": first.parcours.specialty, "year": first.year, "school_year": 2024}
    cohort = Cohort.objects.create(**defaults | fields)
    cohort.programmes.set(taught)
    return cohort


def programme_of(cohort: Cohort) -> Programme:
    """The programme of a promotion, the first one of several."""
    return cohort.programmes.all()[0]


def make_student(department: Department, **fields) -> Student:
    number = next(serial)
    defaults = {
        "ine": f"{number:09}ZZ",
        "number": f"2{number:07}",
        "last_name": f"MARTIN{number}",
        "first_name": "Camille",
        "birth_date": datetime.date(2005, 1, 1),
        "birth_place": "Valbrume",
    }
    return Student.objects.create(department=department, **defaults | fields)


def make_enrolment(cohort: Cohort | None = None, student: Student | None = None, **fields) -> Enrolment:
    cohort = cohort or make_cohort()
    student = student or make_student(cohort.department)
    if "programme" not in fields:
        fields["programme"] = programme_of(cohort)
    return Enrolment.objects.create(cohort=cohort, student=student, **fields)


def make_teaching(
    cohort: Cohort | None = None, element: Element | None = None, *, teachers=(), heads=()
) -> Teaching:
    cohort = cohort or make_cohort()
    element = element or programme_of(cohort).elements.first()
    teaching, _ = Teaching.objects.get_or_create(cohort=cohort, element=element)
    teaching.teachers.add(*teachers)
    teaching.heads.add(*heads)
    return teaching


def make_assessment(teaching: Teaching | None = None, **fields) -> Assessment:
    teaching = teaching or make_teaching()
    defaults = {"title": f"DS {next(serial)}", "date": datetime.date(2025, 3, 4)}
    return Assessment.objects.create(teaching=teaching, **defaults | fields)


def make_regulation(department: Department, **fields) -> Regulation:
    return Regulation.objects.create(
        department=department, **{"school_year": 2022, "adopted_on": datetime.date(2022, 9, 12)} | fields
    )


def make_session(cohort: Cohort, president: User, **fields) -> Session:
    """A session with its president among the members, present."""
    regulation = fields.pop("regulation", None) or make_regulation(cohort.department)
    defaults = {"semester": 4, "date": datetime.date(2025, 7, 8), "place": "salle B204"}
    session = Session.objects.create(
        cohort=cohort, president=president, regulation=regulation, **defaults | fields
    )
    session.members.create(
        user=president, name=str(president), quality="directrice", presence="present", position=0
    )
    return session


def make_result(student: Student, subject: str | Unit, code: str = "ADM", **fields) -> Result:
    """A result from elsewhere, of 2023-2024: of a UE, or of a year ("BUT1")."""
    about = (
        {"kind": "year", "subject": subject, "year": int(subject[3])}
        if isinstance(subject, str)
        else {
            "kind": "unit",
            "subject": subject.code,
            "competence": subject.competence,
            "level": subject.level,
            "semester": subject.semester,
            "year": (subject.semester + 1) // 2,
        }
    )
    origin = {"school_year": 2023, "source": "jury" if fields.get("session") else "import"}
    return Result.objects.create(**origin | about | {"student": student, "code": code} | fields)
