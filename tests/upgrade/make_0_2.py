"""The database of 0.2 that the upgrade is tested on: how `butrt-0.2.sql.gz` was made. Not run by the tests.

It speaks to the code of 0.2, never to today's, from a worktree of its last commit:

    git worktree add --detach ../old e1859bf && ln -s $PWD/.venv ../old/.venv && cd ../old
    export BUTRT_DEMO=1 BUTRT_DATA_DIR=$(mktemp -d) BUTRT_DATABASE_URL=sqlite:////tmp/butrt-0.2.sqlite3
    .venv/bin/python manage.py migrate
    .venv/bin/python ../main/tests/upgrade/make_0_2.py ../main/tests/upgrade

It writes there `butrt-0.2.sql.gz`, `imprime-0.2.json.gz` (the lines that its PV print) and `autorite-0.2`
(the trial authority that signed its one signed PV).
Everything is done by the services of 0.2: the demonstration's two juries and a correction; then a second
department, nine students, two parcours, three school years (see `STORIES`).
"""

from __future__ import annotations

import datetime
import gzip
import json
import os
import shutil
import sqlite3
import sys
from decimal import Decimal
from pathlib import Path

OLD = Path.cwd()
sys.path.insert(0, str(OLD))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "butrt.settings")

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402

from butrt.documents.certificates import PRESIDENT, SEAL, make_trial_certificates  # noqa: E402
from curriculum.models import Competence, Parcours, Programme, Regulation, Unit, Weight  # noqa: E402
from grades.models import Assessment, Enrolment, Mark, Student  # noqa: E402
from jury import services  # noqa: E402
from jury.corrections.services import open_correction  # noqa: E402
from jury.demo import load_demo  # noqa: E402
from jury.minutes import services as signing  # noqa: E402
from jury.minutes.document import printed_rows  # noqa: E402
from jury.models import Member, Minutes, Session  # noqa: E402
from jury.proceedings import Proceedings  # noqa: E402
from jury.results import Row, record_results  # noqa: E402
from tests.factories import (  # noqa: E402
    make_assessment,
    make_cohort,
    make_department,
    make_element,
    make_session,
    make_teaching,
    make_user,
)

# What happens to each; marks by competence, the same at both semesters, or by element (R34: S3, RT4).
STORIES = """
ADMIS      all acquired: DUT in July 2024, BUT in July 2025
PASSE      BUT3 with 3 RCUE, one at 9: PASD by right, as 0.2 gave
CHANGE     BUT2 IOM: S4 of RT4 acquired; RED, then BUT2 Cyber, where only its S3 of RT4 is marked
SEPTEMBRE  BUT2: RAT in July, acquired at the catch-up of September
REDOUBLE   BUT2 twice in IOM
DEFAUT     BUT3 DEF since January, every UE above 10: the year is DEF, as 0.2 gave
DESSOUS    BUT1 PASD with RT3 at 9, acquired by the level above in BUT2
AILLEURS   BUT1 from elsewhere, one UE of it (UE99) that nobody knows; resigns in BUT3
CYBER      Cyber from the start, PAS1NCI in BUT2; the jury of S6 is open when 0.2 ends
"""


def fresh(session: Session) -> Session:
    return Session.objects.with_programme().get(pk=session.pk)


def adopt(session: Session) -> None:
    if awaiting := Proceedings.of(fresh(session)).awaiting:
        services.adopt(session=fresh(session), by=session.president, expected=len(awaiting))


def decide(session: Session, name: str, code: str, **more: object) -> None:
    student = session.cohort.enrolments.get(student__last_name=name).student
    services.decide(
        session=fresh(session),
        student=student,
        by=session.president,
        code=code,
        **({"kind": "year", "subject": "", "motive": "Motif du jury."} | more),
    )


def hold(session: Session, **codes: str) -> None:
    """A jury from its opening to its closing; `codes`: {student's last name: year code}."""
    services.open_deliberation(session=fresh(session), by=session.president, motive="Essai.")
    for name, code in codes.items():
        decide(session, name, code, advice="Se réorienter." if code == "NAR" else "")
    adopt(session)
    services.close(session=fresh(session), by=session.president)


def demonstration() -> None:
    load_demo()
    Member.objects.update(presence="present")
    february, july = Session.objects.with_programme().order_by("semester")
    hold(february)
    services.open_deliberation(session=july, by=july.president, motive="Une note est attendue.")
    decide(
        july,
        "DA ROCHA",
        "ADJ",
        also=[services.Choice("rcue", "RT4/1", "ADJ")],
    )
    decide(july, "GAUCHER", "NAR", advice="Un BTS.", hearing="Entendu le 7 juillet.")
    for name, code in {
        "LE GUENNIC": "RED",
        "MARCHADIER": "RED",
        "RAKOTOBE": "PAS1NCI",
        "TCHOUMI": "RED",
        "ZIELIŃSKI": "ATJ",
    }.items():
        decide(july, name, code)
    adopt(july)
    services.close(session=fresh(july), by=july.president)
    open_correction(session=fresh(july), motive="Erreur de saisie.", marks=False, by=july.president)
    decide(july, "MARCHADIER", "PAS1NCI")
    adopt(july)
    services.close(session=fresh(july), by=july.president)


class Department:
    """A tronc commun that 0.2 had no word for: each parcours has its own BUT1, its own competences."""

    COMPETENCES = {
        1: {"RT1": 1, "RT2": 1, "RT3": 1},
        2: {"RT1": 2, "RT2": 2, "RT3": 2, "RT4": 1},
        3: {"RT1": 3, "RT2": 3, "RT4": 2},  # RT3 ends in BUT2
    }

    def __init__(self) -> None:
        self.department = make_department(code="trois-ans", name="Réseaux (trois ans)")
        self.president = make_user(
            "president",
            "secretariat",
            "director",
            department=self.department,
            username="presidence",
            first_name="Béatrice",
            last_name="Trois-Ans",
        )
        self.teacher = make_user("teacher", department=self.department, username="enseignant")
        self.regulation = Regulation.objects.create(
            department=self.department, school_year=2022, adopted_on=datetime.date(2022, 9, 1)
        )
        # An apostrophe typed otherwise is the same competence all the same.
        self.programmes = self.parcours("IOM", "l’Internet") | self.parcours("Cyber", "l'Internet")
        self.students: dict[str, Student] = {}

    def parcours(self, short: str, internet: str) -> dict[tuple[str, int], Programme]:
        parcours = Parcours.objects.create(
            department=self.department,
            code=f"RT-{short}",
            specialty="Réseaux et Télécommunications",
            name=f"Parcours {short}",
            short=short,
        )
        titles = {
            "RT1": f"Administrer les réseaux et {internet}",
            "RT2": "Connecter",
            "RT3": "Programmer",
            "RT4": f"Le métier de {short}",
        }
        competences = {
            code: Competence.objects.create(parcours=parcours, code=code, title=title, short=code)
            for code, title in titles.items()
        }
        return {(short, year): self.programme(parcours, year, competences) for year in (1, 2, 3)}

    def programme(self, parcours: Parcours, year: int, competences: dict[str, Competence]) -> Programme:
        programme = Programme.objects.create(
            parcours=parcours, year=year, modality="initiale", in_force_from=2022
        )
        levels = self.COMPETENCES[year]
        for semester in programme.semesters:
            for code, level in levels.items():
                number = code[2:]
                unit = Unit.objects.create(
                    programme=programme,
                    code=f"UE{semester}{number}",
                    semester=semester,
                    competence=competences[code],
                    level=level,
                    ects=Decimal(30) / len(levels),
                )
                element = make_element(programme, code=f"R{semester}{number}", semester=semester)
                Weight.objects.create(unit=unit, element=element, coefficient=1)
        return programme

    def student(self, name: str) -> Student:
        if name not in self.students:
            number = len(self.students) + 1
            self.students[name] = Student.objects.create(
                department=self.department,
                ine=f"9{number:08}ZZ",
                number=f"9000000{number}",
                last_name=name,
                first_name="Camille",
                birth_date=datetime.date(2004, 1, number),
                birth_place="Valbrume",
            )
        return self.students[name]

    def enrol(self, parcours: str, year: int, school_year: int, name: str, **more: str) -> None:
        """`more`: marks by competence or element, "*" by `others`; `status`, `repeats`, `dispensed`."""
        programme = self.programmes[parcours, year]
        cohort = programme.cohorts.filter(school_year=school_year).first() or make_cohort(
            programme, school_year=school_year
        )
        status, repeats = more.pop("status", ""), more.pop("repeats", "")
        dispensed = more.pop("dispensed", "").split()
        enrolment = Enrolment.objects.create(
            cohort=cohort,
            student=self.student(name),
            status=status,
            status_since=datetime.date(school_year + 1, 1, 15) if status else None,
            repeats=dict.fromkeys(repeats.split(), 1),
        )
        enrolment.dispensed.set(programme.units.filter(code__in=dispensed))
        others = more.pop("others", "12")
        for element in programme.elements.all():
            if f"UE{element.code[1:]}" in dispensed:
                continue
            text = more.get(element.code, more.get(f"RT{element.code[2:]}", others))
            teaching = make_teaching(cohort, element, heads=[self.teacher])
            assessment = Assessment.objects.filter(teaching=teaching).first() or make_assessment(teaching)
            Mark.objects.create(
                assessment=assessment,
                enrolment=enrolment,
                value=None if text.isalpha() else text,
                code=text if text.isalpha() else "",
                entered_by=self.teacher,
                entered_at=datetime.datetime(school_year, 12, 1, tzinfo=datetime.UTC),
            )

    def session(self, parcours: str, year: int, school_year: int, semester: int) -> Session:
        cohort = self.programmes[parcours, year].cohorts.get(school_year=school_year)
        session = make_session(
            cohort,
            self.president,
            semester=semester,
            regulation=self.regulation,
            date=datetime.date(school_year + 1, 7 if semester % 2 == 0 else 2, 5),
        )
        Member.objects.create(
            session=session,
            name=str(self.president),
            user=self.president,
            quality="présidente",
            presence="present",
        )
        return session

    def year(self, parcours: str, year: int, school_year: int, **codes: str) -> Session:
        """Both juries of a promotion; that of the even semester."""
        hold(self.session(parcours, year, school_year, 2 * year - 1))
        july = self.session(parcours, year, school_year, 2 * year)
        hold(july, **codes)
        return july

    def first_year(self) -> None:
        for name in ("ADMIS", "PASSE", "CHANGE", "SEPTEMBRE", "REDOUBLE", "DEFAUT"):
            self.enrol("IOM", 1, 2022, name, RT1="11", RT2="13.37")
        self.enrol("IOM", 1, 2022, "DESSOUS", RT3="9")
        self.enrol("Cyber", 1, 2022, "CYBER")
        self.year("IOM", 1, 2022)
        self.year("Cyber", 1, 2022)

    def second_year(self) -> None:
        self.elsewhere("AILLEURS")
        for name in ("ADMIS", "PASSE", "DEFAUT", "DESSOUS", "AILLEURS"):
            self.enrol("IOM", 2, 2023, name)
        self.enrol("IOM", 2, 2023, "CHANGE", others="7", R31="14", R44="12.5", R41="10")
        self.enrol("IOM", 2, 2023, "REDOUBLE", others="8", R32="6", R42="13.9", RT3="11.25")
        self.enrol("IOM", 2, 2023, "SEPTEMBRE", RT3="11.5", RT4="7")
        self.enrol("Cyber", 2, 2023, "CYBER", RT4="7.5")
        july = self.year("IOM", 2, 2023, CHANGE="RED", REDOUBLE="RED", SEPTEMBRE="RAT")
        self.catch_up(july, "SEPTEMBRE", R44="14")
        self.year("Cyber", 2, 2023, CYBER="PAS1NCI")

    def catch_up(self, july: Session, name: str, **marks: str) -> None:
        session = Session(
            president=self.president, date=datetime.date(2024, 9, 10), place="salle B204", cohort=july.cohort
        )
        services.catch_up(
            closed=fresh(july), session=session, students=[self.student(name)], by=self.president
        )
        session = fresh(session)
        services.reopen_marks(session=session, motive="Rattrapage.", by=self.president)
        for code, text in marks.items():
            Mark.objects.filter(
                assessment__teaching__element__code=code, enrolment__student=self.student(name)
            ).update(value=text)
        session.members.update(presence="present")
        hold(session)

    def elsewhere(self, name: str) -> None:
        """The BUT1 of another IUT, as a department recorded it."""
        subjects = {f"UE{semester}{number}": "ADM" for semester in (1, 2) for number in (1, 2, 3)}
        subjects |= {f"RT{number}/1": "ADM" for number in (1, 2, 3)} | {"BUT1": "ADM"}
        self.record(name, subjects)

    def record(self, name: str, subjects: dict[str, str]) -> None:
        rows = [
            Row(line, self.student(name).number, "2022", subject, "" if subject == "BUT1" else "12.5", code)
            for line, (subject, code) in enumerate(subjects.items(), start=2)
        ]
        record_results(department=self.department, rows=rows, by=self.president)

    def third_year(self) -> None:
        for name in ("ADMIS", "DESSOUS", "SEPTEMBRE"):
            self.enrol("IOM", 3, 2024, name)
        self.enrol("IOM", 3, 2024, "PASSE", RT1="9")
        self.enrol("IOM", 3, 2024, "DEFAUT", status="DEF")
        self.enrol("IOM", 3, 2024, "AILLEURS", status="DEM")
        self.enrol(
            "IOM",
            2,
            2024,
            "REDOUBLE",
            repeats="3 4",
            R32="6.1",
            others="12",
            dispensed="UE33 UE43 UE42",
        )
        self.enrol(
            "Cyber", 2, 2024, "CHANGE", repeats="3 4", R34="6.8", dispensed="UE31 UE41 UE44", others="11"
        )
        self.enrol("Cyber", 3, 2024, "CYBER", RT2="9.5")
        self.year("IOM", 2, 2024)
        self.year("Cyber", 2, 2024, **{"CHANGE": "PAS1NCI"} if self.left("Cyber", 2) else {})
        july = self.year("IOM", 3, 2024)
        self.signed(july)
        hold(self.session("Cyber", 3, 2024, 5))
        open_one = self.session("Cyber", 3, 2024, 6)
        services.open_deliberation(session=fresh(open_one), by=self.president, motive="Essai.")
        adopt(open_one)
        # Of no programme here: 0.2 took it, and then failed on every page of a session that reads it.
        self.record("AILLEURS", {"UE99": "ADM"})

    def left(self, parcours: str, year: int) -> bool:
        """Whether the rules leave someone to the jury of the even semester, as marks stand."""
        session = self.session(parcours, year, 2024, 2 * year)
        undecided = [case for case in Proceedings.of(fresh(session)).cases if case.undecided]
        session.members.all().delete()
        session.delete()
        return bool(undecided)

    def signed(self, session: Session) -> None:
        """Its PV signed by the presidency, then sealed."""
        folder = Path(settings.BUTRT_CERTIFICATES_DIR)
        people = {PRESIDENT: str(self.president), SEAL: "IUT de Valbrume"}
        make_trial_certificates(folder, people, establishment="IUT de Valbrume")
        version = fresh(session).minutes.get()
        signing.sign(version=version, by=self.president)
        signing.seal(version=version, by=self.president)


def main(target: Path) -> None:
    demonstration()
    department = Department()
    department.first_year()
    department.second_year()
    department.third_year()
    printed = {
        f"{each.session_id} v{each.version}": printed_rows(Proceedings.of_minutes(each.content))
        for each in Minutes.objects.order_by("session", "version")
    }
    with gzip.open(target / "imprime-0.2.json.gz", "wt", encoding="utf-8") as output:
        json.dump(printed, output, ensure_ascii=False)
    for table in ("django_session", "grades_studentfile", "jury_apogeeupload"):
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table}")
    database = Path(settings.DATABASES["default"]["NAME"])
    connection.close()
    with sqlite3.connect(database) as source, gzip.open(target / "butrt-0.2.sql.gz", "wt") as output:
        output.writelines(f"{line}\n" for line in source.iterdump())
    (target / "autorite-0.2").mkdir(exist_ok=True)
    for path in Path(settings.BUTRT_CERTIFICATES_DIR, "roots").iterdir():
        shutil.copy(path, target / "autorite-0.2")
    shutil.copy(database, target / "butrt-0.2.sqlite3")  # ignored by git: to look at


if __name__ == "__main__":
    main(Path(sys.argv[1]))
