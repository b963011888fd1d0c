"""What needs somebody's care in a department: one list, on the homes of who administers it or directs it.

A fixed number of queries, whatever the number of programmes, people and promotions.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Exists, Max, OuterRef, Q, Subquery, prefetch_related_objects
from django.urls import reverse
from django.utils import timezone

from butrt.base import french
from butrt.base.accounts.models import Role
from butrt.base.french import NBSP, listed, several, shortened
from butrt.base.schoolyears import year_of
from butrt.site.health.checks import State, look
from butrt.site.staff.invited import STAFF, without_password
from curriculum.findings import findings_of_all
from curriculum.models import Department, Programme, Regulation, school_year_label
from grades.models import Cohort, Enrolment, Teaching

if TYPE_CHECKING:
    from butrt.base.accounts.models import User

NAMES = Role.Name
VITAL = (NAMES.PRESIDENT, NAMES.SECRETARIAT, NAMES.DIRECTOR)
SCHOOL_YEAR_BEGINS, TURN = 9, 5  # September; from May on, one prepares the next year
MOST_NAMED = 3
MOST_PROMOTIONS = 40  # read: those of a school year, surely


@dataclass(frozen=True, slots=True)
class Care:
    """One thing that needs care: how much (`alarm`: rust or gold), where it is dealt with."""

    title: str
    text: str
    address: str = ""
    link: str = ""
    alarm: str = "gold"


def cares(user: User, *, setting_up: Collection[int] = ()) -> list[Care]:
    """What needs this person's care, the gravest first.

    `setting_up`: keys of the departments whose missing roles the list of their first steps tells already.
    """
    lines: list[Care] = []
    if administered := user.departments_as(NAMES.ADMINISTRATOR):
        departments = list(Department.objects.filter(pk__in=administered))
        lines += [*_roles(departments, setting_up), *_people(departments), *_programmes(departments)]
        lines += [*_regulations(departments), *site_cares(departments)]
    if directed := user.departments_as(NAMES.DIRECTOR):
        lines += _promotions(directed)
    return sorted(lines, key=lambda line: line.alarm != "rust")


def coming_year(today: datetime.date) -> int:
    """The school year that one prepares: from May on, the next one."""
    return year_of(today, TURN)


def _roles(departments: list[Department], setting_up: Collection[int]) -> Iterator[Care]:
    """Roles that nobody holds."""
    held = set(
        Role.objects.filter(department__in=departments, role__in=VITAL, user__is_active=True).values_list(
            "department", "role"
        )
    )
    for department in departments:
        lacking = [str(role.label).lower() for role in VITAL if (department.pk, role) not in held]
        if lacking and department.pk not in setting_up:
            text = f"Personne n’a ce rôle{_where(department, departments)}{NBSP}: {listed(lacking)}."
            yield Care(
                french.plural(len(lacking), "Un rôle sans personne", "Des rôles sans personne"),
                text,
                reverse("staff:several"),
                "Ouvrir des comptes",
                "rust",
            )


def _people(departments: list[Department]) -> Iterator[Care]:
    """Invitations without an answer."""
    roles = Role.objects.filter(department__in=departments, role__in=STAFF, user__in=without_password())
    counts = roles.aggregate(
        people=Count("user", distinct=True), unreached=Count("user", distinct=True, filter=Q(user__email=""))
    )
    if number := counts["people"]:
        text = f"{several(number, 'personne n’a', 'personnes n’ont')} pas encore choisi de mot de passe"
        if counts["unreached"]:
            text += f", dont {counts['unreached']} sans courriel"
        yield Care(
            "Invitations sans réponse", f"{text}.", reverse("staff:invitations"), "Les envoyer de nouveau"
        )


def _programmes(departments: list[Department]) -> Iterator[Care]:
    """The programmes in force whose maquette has something to look at."""
    programmes = Programme.objects.filter(parcours__department__in=departments).select_related(
        "parcours__specialty"
    )
    latest: dict[tuple[int, int, str], Programme] = {}
    for programme in programmes.order_by("in_force_from"):
        latest[programme.parcours_id, programme.year, programme.modality] = programme
    to_look_at = [
        (programme, looks)
        for programme, findings in findings_of_all(latest.values())
        if (looks := sum(finding.severity == "look" for finding in findings))
    ]
    if to_look_at:
        text = shortened([f"{programme} ({looks})" for programme, looks in to_look_at], MOST_NAMED)
        address = (
            to_look_at[0][0].get_absolute_url() if len(to_look_at) == 1 else reverse("curriculum:programmes")
        )
        yield Care("Constats à regarder", f"{text}.", address, "Lire la maquette")


def _regulations(departments: list[Department]) -> Iterator[Care]:
    """No règlement in force; or, while the next year is prepared, none adopted for it."""
    year = coming_year(timezone.localdate())
    last = dict(
        Regulation.objects.filter(department__in=departments, programme=None, school_year__lte=year)
        .order_by()
        .values_list("department")
        .annotate(Max("school_year"))
    )
    for department in departments:
        since = last.get(department.pk)
        where = _where(department, departments)
        if since is None:
            text = f"Aucun règlement n’est en vigueur{where}{NBSP}: aucun jury ne peut être créé."
            yield Care("Règlement absent", text, reverse("jury:new_regulation"), "En écrire un", "rust")
        elif since < year and TURN <= timezone.localdate().month <= SCHOOL_YEAR_BEGINS:
            text = (
                f"Aucun n’est adopté pour {school_year_label(year)}{where}{NBSP}: celui de "
                f"{school_year_label(since)} s’appliquera encore."
            )
            yield Care("Règlement de la rentrée", text, reverse("jury:regulations"), "Le relire")


def site_cares(departments: Iterable[Department] | None = None) -> list[Care]:
    """What of the site itself is not well (see health/), the gravest first.

    `departments`: whose people's certificates are looked at; without, everybody's, as for who runs the site.
    """
    alarms = {State.WARN: "gold", State.FAIL: "rust"}
    lines = [
        Care(check.title, f"{check.sentence} {check.whose}".strip(), alarm=alarms[check.state])
        for check in look(departments)
        if check.state in alarms
    ]
    return sorted(lines, key=lambda line: line.alarm != "rust")


def _promotions(departments: Iterable[int]) -> Iterator[Care]:
    """Of the last school year: promotions without students, elements that nobody answers for. One query."""
    headless = Teaching.objects.filter(cohort=OuterRef("pk"), heads=None, aside_at=None).order_by()
    cohorts = Cohort.objects.filter(specialty__department__in=departments).annotate(
        peopled=Exists(Enrolment.objects.filter(cohort=OuterRef("pk"))),
        headless=Subquery(headless.values("cohort").annotate(number=Count("pk")).values("number")),
    )
    rows = list(cohorts.order_by("-school_year", "pk")[:MOST_PROMOTIONS])
    last = [cohort for cohort in rows if cohort.school_year == rows[0].school_year]
    if empty := [cohort for cohort in last if not cohort.peopled]:
        prefetch_related_objects(empty[:MOST_NAMED], "programmes__parcours")
        text = f"{listed([cohort.formation for cohort in empty[:MOST_NAMED]])}, {empty[0].years}."
        yield Care("Promotions sans étudiant", text, empty[0].get_absolute_url(), "Importer des étudiants")
    if without := [cohort for cohort in last if cohort.headless]:
        number = sum(cohort.headless for cohort in without)
        text = f"{several(number, 'élément n’a', 'éléments n’ont')} personne pour en répondre."
        address = reverse("cohorts:all_teachers", args=[without[0].pk])
        yield Care("Éléments sans responsable", text, address, "Les nommer")


def _where(department: Department, departments: list[Department]) -> str:
    """Which one, for who administers several."""
    return f" ({department.name})" if len(departments) > 1 else ""
