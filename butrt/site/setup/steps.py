"""The steps of a new department, each done or not: the same few queries for one department or for many."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from butrt.base.accounts.models import Role
from butrt.base.french import NBSP, listed
from butrt.base.journal.models import Entry
from curriculum.departments import FIRST_REGULATION
from curriculum.models import Department, Programme, Regulation, Specialty
from grades.models import Assessment, Cohort, Enrolment, Teaching
from jury.models import Session

if TYPE_CHECKING:
    from butrt.base.accounts.models import User

NAMES = Role.Name
SHOWN_TO = (NAMES.ADMINISTRATOR, NAMES.DIRECTOR, NAMES.SECRETARIAT)
KEEPERS = (NAMES.DIRECTOR, NAMES.SECRETARIAT)
VITAL = (NAMES.TEACHER, NAMES.DIRECTOR, NAMES.SECRETARIAT, NAMES.PRESIDENT)
"""The roles without which a department gives no jury."""
PUT_AWAY, BROUGHT_BACK = "setup.dismiss", "setup.resume"
HERE = OuterRef("pk")
NEEDED = {
    "has_referential": Exists(Specialty.objects.filter(department=HERE).exclude(source="")),
    "has_programme": Exists(Programme.objects.filter(parcours__department=HERE)),
    "has_students": Exists(Enrolment.objects.filter(cohort__specialty__department=HERE)),
    "has_teachers": Exists(
        Teaching.objects.filter(cohort__specialty__department=HERE).exclude(heads=None, teachers=None)
    ),
    "has_assessment": Exists(Assessment.objects.filter(teaching__cohort__specialty__department=HERE)),
    "has_session": Exists(Session.objects.filter(cohort__specialty__department=HERE)),
    **{f"has_{role}": Exists(Role.objects.filter(department=HERE, role=role)) for role in VITAL},
}
"""What makes a department ready: with these, every step below is done."""
READY = Department.objects.filter(*NEEDED.values())


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: by whom, where; `mine`: the reader may."""

    title: str
    text: str
    done: bool
    roles: tuple[str, ...]
    address: str
    mine: bool

    @property
    def by(self) -> str:
        """ "secrétariat ou direction des études"."""
        labels = [str(NAMES(role).label).lower() for role in self.roles]
        return " ou ".join(labels)


@dataclass(frozen=True, slots=True)
class SetUp:
    """How far a department has come."""

    department: Department
    steps: tuple[Step, ...]
    administers: bool
    put_away: bool

    @property
    def done(self) -> int:
        return sum(step.done for step in self.steps)

    @property
    def next(self) -> Step | None:
        """What this person does first."""
        return next((step for step in self.steps if step.mine and not step.done), None)


def set_ups(user: User) -> list[SetUp]:
    """Where the departments of this person are not ready yet, one put away for who administers it alone.

    One query, three when there are some.
    """
    keys = user.departments_as(*SHOWN_TO)
    ready = READY.filter(pk__in=keys).values_list("pk", flat=True)
    unready = {*keys}.difference(ready)
    away = _put_away(unready)
    made = [
        SetUp(row, tuple(_steps(row, user)), user.has_role(row.pk, NAMES.ADMINISTRATOR), row.pk in away)
        for row in (_departments(unready) if unready else ())
    ]
    return [set_up for set_up in made if set_up.administers or not set_up.put_away]


def _departments(keys: Collection[int]) -> QuerySet[Department]:
    """These departments, each with what it has."""
    cohorts = Cohort.objects.filter(specialty__department=HERE)
    regulations = Regulation.objects.filter(~Q(school_year=FIRST_REGULATION) | Q(version__gt=1))
    return Department.objects.filter(pk__in=keys).annotate(
        has_regulation=Exists(regulations.filter(department=HERE)),
        cohort=cohorts.order_by("-school_year", "pk").values("pk")[:1],
        empty_cohort=cohorts.filter(enrolments=None).order_by("-school_year", "pk").values("pk")[:1],
        **NEEDED,
    )


def _steps(department: Department, user: User) -> Iterator[Step]:
    has = vars(department)
    cohort, empty = has["cohort"], has["empty_cohort"]

    def step(
        title: str,
        text: str,
        done: bool,
        roles: tuple[str, ...],
        name: str,
        *args: int | None,
        after: str = "",  # where what is done is seen
    ) -> Step:
        if done and after:
            name, args = after, ()
        address = reverse(name, args=args) if None not in args else ""
        return Step(title, text, done, roles, address, bool(address) and user.has_role(department.pk, *roles))

    administrator = (NAMES.ADMINISTRATOR,)
    yield step(
        "Référentiel de compétences",
        "Fourni avec le site pour R&T, ou importé d’Orébut.",
        has["has_referential"],
        administrator,
        "curriculum:provided",
        after="curriculum:programmes",
    )
    yield step(
        "Programmes",
        "Une maquette par année et par parcours : fournie, fiche filière, classeur, ScoDoc, ou à l’écran.",
        has["has_programme"],
        administrator,
        "curriculum:programmes",
    )
    yield step(
        "Règlement local",
        "Les réglages usuels s’appliquent ; écrire la version votée chez vous.",
        has["has_regulation"] or has["has_session"],
        administrator,
        "jury:regulations",
    )
    lacking = [str(NAMES(role).label).lower() for role in VITAL if not has[f"has_{role}"]]
    yield step(
        "Comptes du personnel",
        f"Personne n’a encore ces rôles{NBSP}: {listed(lacking)}." if lacking else "Chaque rôle est tenu.",
        not lacking,
        administrator,
        "staff:several",
        after="accounts:people",
    )
    yield step(
        "Première promotion",
        "Une année d’une spécialité, avec ses programmes.",
        cohort is not None,
        SHOWN_TO,
        "cohorts:new_cohort",
        after="cohorts:cohorts",
    )
    yield step(
        "Étudiants",
        "Importés d’un extrait d’Apogée, de Parcoursup ou d’un tableur, tel qu’il est.",
        has["has_students"],
        KEEPERS,
        "cohorts:import_students",
        empty or cohort,
        after="cohorts:cohorts",
    )
    yield step(
        "Enseignants de chaque élément",
        "Qui en répond, qui y saisit des notes : une liste collée d’un tableur suffit.",
        has["has_teachers"],
        KEEPERS,
        "cohorts:all_teachers",
        cohort,
        after="cohorts:cohorts",
    )
    yield step(
        "Première évaluation",
        "Créée sur la feuille d’un élément par qui en répond, ou la direction des études.",
        has["has_assessment"],
        (NAMES.DIRECTOR, NAMES.TEACHER),
        "grades:teachings",
    )
    yield step(
        "Premier jury fixé",
        "Sa date, son lieu, sa présidence ; il se prépare ensuite de lui-même.",
        has["has_session"],
        (NAMES.SECRETARIAT, NAMES.PRESIDENT),
        "jury:new_session",
        after="jury:sessions",
    )


def _put_away(departments: Collection[int]) -> set[int]:
    """Those whose list was put away, as the journal has it; no query for none."""
    if not departments:
        return set()
    acts = Entry.objects.filter(department__in=departments, act__in=(PUT_AWAY, BROUGHT_BACK))
    last = dict(acts.order_by("pk").values_list("department", "act"))
    return {department for department, act in last.items() if act == PUT_AWAY}
