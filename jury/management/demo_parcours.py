"""The second promotion of BUT2 of the demonstration: its five parcours, in initial training, in one jury.

The maquettes are that of the fiche with the parcours' own competences and elements: illustrative, they say
so. Marks, and what was acquired in BUT1, are drawn around what each student is worth, the same every time.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
from collections.abc import Iterator
from decimal import Decimal
from random import Random
from typing import Any

from django.conf import settings

from butrt.base.accounts.models import Role, User
from curriculum.models import Department
from curriculum.programmefile import parse_programme
from curriculum.services import load_programme
from grades.models import Assessment, Cohort, Enrolment, Group, Mark, Student, Teaching
from grades.people import create_cohort
from jury.cases.enrolments import recall_acquired
from jury.cases.ledger.elsewhere import record_results
from jury.exchange.elsewhere.reading import read_results
from jury.management.demo_rows import convene, evening, write_marks
from jury.models import Session

PARCOURS = ("Cyber", "DevCloud", "IOM", "PilPro", "ROM")
SCHOOL_YEAR = 2024
FIXTURES = settings.BASE_DIR / "fixtures"
FICHE = FIXTURES / "programmes" / "but2-rt-iom-app.json"
REFERENTIAL = FIXTURES / "referentials" / "rt.json"
PEOPLE = FIXTURES / "demo" / "parcours.csv"
SOURCE = "Maquette de BUT2 IOM en apprentissage, éléments propres renommés : illustrative, pour l’exemple"
SITTINGS = ((3, datetime.date(2025, 2, 3)), (4, datetime.date(2025, 7, 7)))
PLACE = "IUT de Valbrume, salle B204"


def load_parcours(
    department: Department, users: dict[str, User], members: list[dict[str, str]], *, by: User
) -> Cohort:
    """Load the programmes, the promotion, its marks and its two juries in preparation."""
    drawn = Random(SCHOOL_YEAR)
    programmes = [load_programme(department=department, data=data, by=by) for data in _maquettes()]
    cohort = create_cohort(programmes=programmes, school_year=SCHOOL_YEAR, by=by)
    teachers = [user for user in users.values() if user.has_role(department, Role.Name.TEACHER)]
    with PEOPLE.open(encoding="utf-8", newline="") as file:
        averages = _enrol(cohort, list(csv.DictReader(file)), drawn)
    _mark(cohort, averages, teachers, drawn)
    for semester, day in SITTINGS:
        _sit(cohort, semester, day, users, members)
    return cohort


# ---------- the programmes ----------


def _maquettes() -> Iterator[dict[str, Any]]:
    """Those of the five parcours, as programme files."""
    competences = json.loads(REFERENTIAL.read_text("utf-8"))
    names = {parcours["short"]: parcours for parcours in competences["parcours"]}
    text = FICHE.read_text("utf-8")
    for short in PARCOURS:
        data = json.loads(text.replace(".IOM.", f".{short}."))
        own = [competence for competence in competences["competences"] if short in competence["parcours"]]
        if short != "IOM":
            for competence, theirs in zip(data["competences"][-2:], own, strict=True):
                competence |= {"title": theirs["title"], "short": theirs["short"]}
            data["parcours"] |= {name: names[short][name] for name in ("code", "name", "short")}
            for number, element in enumerate(
                (element for element in data["elements"] if f".{short}." in element["code"]), 1
            ):
                if "stage" not in element["code"]:
                    element["title"] = element["short"] = f"Parcours {short}, {number}"
        data.pop("identity")
        data |= {"modality": "initiale", "illustrative": True, "source": {"title": SOURCE}}
        data |= {"printed_totals": [], "announced_ects": None}
        yield parse_programme(json.dumps(data))


# ---------- the students ----------


def _enrol(cohort: Cohort, rows: list[dict[str, str]], drawn: Random) -> dict[Enrolment, float]:
    """Enrol each in their parcours, BUT1 acquired; {enrolment: about what they are worth, on 20}."""
    students = Student.objects.bulk_create(
        Student(
            department=cohort.department,
            birth_place="Valbrume",
            email=f"{row['number']}@etu.valbrume.example",
            birth_date=datetime.date.fromisoformat(row["birth_date"]),
            **{name: row[name] for name in ("number", "ine", "last_name", "first_name", "gender")},
        )
        for row in rows
    )
    first_year = read_results(_first_year(students, drawn))
    record_results(department=cohort.department, rows=first_year.rows, by=None)
    groups = {
        name: Group.objects.create(cohort=cohort, name=name)
        for name in sorted({row["group"] for row in rows})
    }
    programmes = {programme.parcours.short: programme for programme in cohort.taught}
    enrolments = Enrolment.objects.bulk_create(
        Enrolment(
            cohort=cohort, programme=programmes[row["parcours"]], student=student, group=groups[row["group"]]
        )
        for student, row in zip(students, rows, strict=True)
    )
    recall_acquired(enrolments)
    return {enrolment: float(row["worth"]) for enrolment, row in zip(enrolments, rows, strict=True)}


def _first_year(students: list[Student], drawn: Random) -> bytes:
    """What they acquired in BUT1 in another IUT, as the file that the secretariat would send."""
    file = io.StringIO()
    rows = csv.writer(file)
    rows.writerow(["number", "student", "school_year", "subject", "average", "code"])
    for student in students:
        who = [student.number, str(student), SCHOOL_YEAR - 1]
        for competence in (1, 2, 3):
            average = f"{drawn.uniform(10, 15):.2f}"
            for subject in (f"UE1{competence}", f"UE2{competence}", f"RT{competence}/1"):
                rows.writerow([*who, subject, average, "ADM"])
        rows.writerow([*who, "BUT1", "", "ADM"])
    return file.getvalue().encode()


# ---------- the marks ----------


def _mark(cohort: Cohort, averages: dict[Enrolment, float], teachers: list[User], drawn: Random) -> None:
    """One évaluation an element, published, entered for all who have it; each element has its head."""
    teachings = list(cohort.teachings.select_related("element").order_by("element__semester", "pk"))
    followed: dict[str, set[int]] = {}
    for code, programme in cohort.elements.values_list("code", "programme"):
        followed.setdefault(code, set()).add(programme)
    heads = {teaching: teachers[place % len(teachers)] for place, teaching in enumerate(teachings)}
    through = Teaching.heads.through
    through.objects.bulk_create(through(teaching=teaching, user=head) for teaching, head in heads.items())
    days = {3: datetime.date(2024, 12, 12), 4: datetime.date(2025, 5, 22)}
    for teaching, head in heads.items():
        teaching.completed_at, teaching.completed_by = evening(days[teaching.element.semester]), head
    Teaching.objects.bulk_update(teachings, ["completed_at", "completed_by"])
    evaluations = Assessment.objects.bulk_create(
        Assessment(teaching=teaching, title="Contrôle", date=days[teaching.element.semester], published=True)
        for teaching in teachings
    )
    marks = [
        Mark(
            assessment=evaluation,
            enrolment=enrolment,
            value=Decimal(round(4 * max(1.0, min(20.0, drawn.gauss(average, 2.4))))) / 4,
            entered_by=heads[evaluation.teaching],
            entered_at=evening(days[evaluation.teaching.element.semester]),
        )
        for evaluation in evaluations
        for enrolment, average in averages.items()
        if enrolment.programme_id in followed[evaluation.teaching.element.code]
    ]
    write_marks(marks)


# ---------- the juries ----------


def _sit(
    cohort: Cohort, semester: int, day: datetime.date, users: dict[str, User], members: list[dict[str, str]]
) -> None:
    session = Session(
        cohort=cohort,
        semester=semester,
        president=users["b.vaucresson"],
        date=day,
        starts=datetime.time(14),
        place=PLACE,
    )
    convene(session, members, users)
