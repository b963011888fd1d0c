"""A department of R&T: a common BUT1, two parcours, two regimes, a new version of BUT2 IOM in 2024."""

from __future__ import annotations

import datetime
from decimal import Decimal

from butrt.base.accounts.models import User
from curriculum.models import Competence, Department, Parcours, Programme, Regulation, Unit, Weight
from grades.models import Cohort
from grades.people import create_cohort
from grades.services import create_assessment
from tests.factories import make_department, make_element, make_parcours, make_specialty, make_user

COMMON = ("RT1", "RT2", "RT3")
OWN = ("RT4", "RT5")
REGIMES = {"": "initiale", "alternance": "apprentissage"}

# The credits of RT1 to RT5 in a semester: they differ with the parcours, the regime and the version.
CREDITS = {
    "BUT1": (10, 10, 10),
    "BUT2 IOM": (7, 5, 6, 6, 6),
    "BUT2 IOM alternance": (6, 6, 6, 6, 6),
    "BUT2 Cyber": (6, 6, 6, 6, 6),
    "BUT3 IOM": (6, 6, 6, 6, 6),
    "BUT3 IOM alternance": (6, 6, 6, 7, 5),
    "BUT3 Cyber": (6, 6, 6, 6, 6),
}
NEW_VERSION = {"BUT2 IOM": (2024, (5, 7, 6, 6, 6), "UE{semester}.{number}")}


class Campus:
    """The programmes and the people; the promotions, opened when somebody enrols."""

    def __init__(self) -> None:
        self.row: Department = make_department()
        self.president: User = make_user("president", department=self.row, last_name="Vaucresson")
        self.secretary: User = make_user("secretariat", department=self.row, last_name="Abgrall")
        self.director: User = make_user("director", department=self.row, last_name="Lenoir")
        Regulation.objects.create(department=self.row, school_year=2021, adopted_on=datetime.date(2021, 9, 6))
        specialty = make_specialty(self.row)
        self.common = [
            Competence.objects.create(
                specialty=specialty,
                identity=code,
                code=code,
                title=f"Commune {code}",
                short=code,
                common=True,
            )
            for code in COMMON
        ]
        self.parcours: dict[str, Parcours] = {
            "": make_parcours(department=self.row, code="TC", name="Tronc commun", short="R&T", common=True),
            "IOM": make_parcours(department=self.row, code="IOM", short="IOM"),
            "Cyber": make_parcours(department=self.row, code="Cyber", name="Cybersécurité", short="Cyber"),
        }
        for name, parcours in self.parcours.items():
            for code in OWN if name else ():
                own = Competence.objects.create(
                    specialty=specialty,
                    identity=f"{code}.{name}",
                    code=code,
                    title=f"Propre à {name}, {code}",
                    short=f"{name} {code}",
                )
                own.parcours.add(parcours)
        self.versions: dict[str, list[Programme]] = {
            name: [self._programme(name, 2021, credits)] for name, credits in CREDITS.items()
        }
        for name, (since, credits, codes) in NEW_VERSION.items():
            self.versions[name].append(self._programme(name, since, credits, codes))

    def _programme(
        self, name: str, since: int, credits: tuple[int, ...], codes: str = "UE{semester}{number}"
    ) -> Programme:
        """One element a UE: R31 is that of S3 and RT1, whatever the UE is called."""
        level, _, rest = name.partition(" ")
        parcours, _, regime = rest.partition(" ")
        owner, year = self.parcours[parcours], int(level[3])
        programme = Programme.objects.create(
            parcours=owner, year=year, modality=REGIMES[regime], in_force_from=since
        )
        own = owner.own_competences.order_by("code") if parcours else ()
        for semester in programme.semesters:
            for number, (competence, ects) in enumerate(zip([*self.common, *own], credits, strict=True), 1):
                unit = Unit.objects.create(
                    programme=programme,
                    code=codes.format(semester=semester, number=number),
                    semester=semester,
                    competence=competence,
                    level=year if competence.common else year - 1,
                    ects=Decimal(ects),
                )
                element = make_element(programme=programme, code=f"R{semester}{number}", semester=semester)
                Weight.objects.create(unit=unit, element=element, coefficient=1)
        return programme

    def programme(self, promotion: str, school_year: int) -> Programme:
        """The version in force: that of 2024 from 2024 on."""
        return [each for each in self.versions[promotion] if each.in_force_from <= school_year][-1]

    def cohort(self, promotion: str, school_year: int) -> Cohort:
        """The promotion, opened with one évaluation an element if it was not yet."""
        programme = self.programme(promotion, school_year)
        known = (
            Cohort.objects.filter(programmes=programme, school_year=school_year)
            .select_related("specialty__department")
            .first()
        )
        if known is not None:
            return known
        cohort = create_cohort(programmes=[programme], school_year=school_year, by=self.director)
        for teaching in cohort.teachings.select_related("element", "cohort__specialty__department"):
            day = datetime.date(school_year + 1, *((1, 20) if teaching.element.semester % 2 else (6, 20)))
            create_assessment(teaching=teaching, by=self.director, title="Examen", date=day)
        return cohort
