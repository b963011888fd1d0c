"""What the next school year would be, before anything is done: promotions, places, students, juries."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from django.db.models import Count, Q

from butrt.base.accounts.models import Role, User
from butrt.base.canonical import digest_of
from butrt.base.french import listed
from butrt.site.nextyear.outcomes import Fate, Outcome, outcomes
from curriculum.differences import Section, differences
from curriculum.models import Department, Programme, Specialty, school_year_label
from curriculum.reading import programme_data
from grades.models import Cohort, Enrolment
from jury.models import Session

A_YEAR = datetime.timedelta(weeks=52)
"""The same day of the week, a year later."""

Way = tuple[int, str]
"""A parcours (its key) and a regime: what stays the same from one version of a programme to the next."""


def way_of(programme: Programme) -> Way:
    return programme.parcours_id, programme.modality


@dataclass(frozen=True, eq=False)
class Choice:
    """A parcours in a regime that a promotion may teach: the versions in force, the newest first."""

    versions: Sequence[Programme]
    followed: Programme | None
    """The version of last year's promotion; None: it did not teach it."""

    @property
    def name(self) -> str:
        """How the page calls it: "12-initiale"."""
        parcours, modality = way_of(self.versions[0])
        return f"{parcours}-{modality}"

    @property
    def proposed(self) -> Programme | None:
        return self.versions[0] if self.followed else None

    @property
    def renewed(self) -> bool:
        """Whether the version proposed is not last year's."""
        return self.followed is not None and self.followed != self.versions[0]

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """What the new version changes."""
        if self.followed is None or not self.renewed:
            return ()
        return differences(programme_data(self.followed), programme_data(self.versions[0]))

    @property
    def differences(self) -> str:
        """The same in few words: "UE 1, Coefficients et heures 12"."""
        return listed([f"{section.title.lower()} ({len(section.changes)})" for section in self.sections])


@dataclass(frozen=True, eq=False)
class Opening:
    """A promotion of the next year: one to create, or one that exists already."""

    key: str
    specialty: Specialty
    year: int
    name: str
    source: Cohort | None
    existing: Cohort | None
    choices: Sequence[Choice] = ()

    @property
    def title(self) -> str:
        last = self.existing or self.source
        return last.formation if last else f"BUT{self.year}"

    @property
    def semesters(self) -> tuple[int, int]:
        return (2 * self.year - 1, 2 * self.year)

    @property
    def proposed(self) -> list[Programme]:
        """The programmes that it has, or would have if nobody changed anything."""
        if self.existing:
            return self.existing.taught
        return [choice.proposed for choice in self.choices if choice.proposed]

    @property
    def groups(self) -> list[str]:
        return [group.name for group in self.source.groups.all()] if self.source else []


class Place(NamedTuple):
    """Where a student may be: a programme of a promotion of the next year."""

    opening: Opening
    programme: Programme

    @property
    def key(self) -> str:
        parcours, modality = way_of(self.programme)
        return f"{self.opening.key}:{parcours}-{modality}"

    @property
    def label(self) -> str:
        name = f" ({self.opening.name})" if self.opening.name else ""
        return f"{self.programme}{name}"


@dataclass(frozen=True, eq=False)
class Sitting:
    """A jury of last year, and the one that would be held a year later."""

    source: Session
    opening: Opening
    existing: Session | None

    @property
    def members(self) -> int:
        """How many would be convened: who presides apart."""
        president = self.source.president_id
        return sum(member.user_id != president for member in self.source.members.all())

    @property
    def date(self) -> datetime.date:
        return self.source.date + A_YEAR


@dataclass(frozen=True, eq=False)
class Plan:
    """The next year of a department, as the page proposes it."""

    department: Department
    school_year: int
    openings: Sequence[Opening]
    outcomes: Sequence[Outcome]
    enrolled: Mapping[int, Enrolment]
    """By student: who is in a promotion of the next year already."""
    sittings: Sequence[Sitting]
    presidents: Sequence[User] = field(default=())

    @property
    def label(self) -> str:
        return school_year_label(self.school_year)

    @property
    def last_label(self) -> str:
        return school_year_label(self.school_year - 1)

    @cached_property
    def left(self) -> list[Outcome]:
        """Who has no place of the next year yet."""
        return [outcome for outcome in self.outcomes if outcome.student.pk not in self.enrolled]

    @cached_property
    def digest(self) -> str:
        """What tells this plan from any other: what is done is what was shown."""
        return digest_of(
            {
                "openings": [
                    [
                        opening.key,
                        opening.existing and opening.existing.pk,
                        [programme.pk for programme in opening.proposed],
                    ]
                    for opening in self.openings
                ],
                "outcomes": [
                    [outcome.student.pk, outcome.words, [*(outcome.seat or ())]] for outcome in self.left
                ],
                "sittings": [[sitting.source.pk, bool(sitting.existing)] for sitting in self.sittings],
            }
        )

    def places(self, taught: Mapping[str, Iterable[Programme]]) -> list[Place]:
        """Every place of promotions that teach these programmes: {key of the opening: programmes}."""
        return [
            Place(opening, programme)
            for opening in self.openings
            for programme in taught.get(opening.key, opening.proposed)
        ]


def proposed(outcome: Outcome, places: Sequence[Place]) -> Place | None:
    """The only place that a decision leaves; None when nothing opens, or several parcours are to choose from.

    Their own parcours and regime come first, then the parcours, then the regime.
    """
    if outcome.seat is None:
        return None
    was, specialty = outcome.enrolment.programme, outcome.enrolment.cohort.specialty
    here = [
        place
        for place in places
        if (place.opening.specialty, place.opening.year) == (specialty, outcome.seat.year)
    ]
    if was.parcours.common and len({place.programme.parcours_id for place in here}) > 1:
        return None
    named = [place for place in here if place.opening.name == outcome.enrolment.cohort.name]
    for candidates in (
        [place for place in named if way_of(place.programme) == way_of(was)],
        [place for place in here if way_of(place.programme) == way_of(was)],
        [place for place in here if place.programme.parcours_id == was.parcours_id],
        [place for place in here if place.programme.modality == was.modality],
        here,
    ):
        if candidates:
            return candidates[0] if len(candidates) == 1 else None
    return None


# ---------- read ----------


def read_plan(department: Department, school_year: int) -> Plan:
    """What `school_year` would be after the one before; more queries for more juries, none for students."""
    cohorts = Cohort.objects.named().filter(specialty__department=department)
    last = list(
        cohorts.filter(school_year=school_year - 1).prefetch_related("groups").order_by("year", "name", "pk")
    )
    here = list(cohorts.filter(school_year=school_year).order_by("year", "name", "pk"))
    decided = outcomes(department, school_year - 1)
    openings = _openings(last, here, decided, school_year)
    enrolled = Enrolment.objects.filter(cohort__in=here).select_related(
        "cohort__specialty", "programme__parcours"
    )
    return Plan(
        department,
        school_year,
        openings,
        decided,
        {enrolment.student_id: enrolment for enrolment in enrolled.order_by("cohort__year")},
        _sittings(openings, last, here),
        list(User.objects.named_in(department, roles=[Role.Name.PRESIDENT])),
    )


def _openings(
    last: Sequence[Cohort], here: Sequence[Cohort], decided: Iterable[Outcome], school_year: int
) -> list[Opening]:
    """Last year's promotions again, those of the year that exist, and the years that students come into."""
    there = [*here]
    versions = _versions({cohort.specialty_id for cohort in last}, school_year)
    openings = []
    for source in last:
        existing = _same(source, there)
        if existing:
            there.remove(existing)
        choices = [] if existing else _choices(versions[source.specialty_id, source.year], source)
        openings.append(
            Opening(f"c{source.pk}", source.specialty, source.year, source.name, source, existing, choices)
        )
    openings += [
        Opening(f"e{cohort.pk}", cohort.specialty, cohort.year, cohort.name, None, cohort) for cohort in there
    ]
    known = {(opening.specialty.pk, opening.year) for opening in openings}
    for outcome in decided:
        specialty = outcome.enrolment.cohort.specialty
        year = outcome.seat.year if outcome.seat else 0
        if year and (specialty.pk, year) not in known and versions[specialty.pk, year]:
            known.add((specialty.pk, year))
            opened = [Choice(group, group[0]) for group in versions[specialty.pk, year]]
            openings.append(Opening(f"n{specialty.pk}-{year}", specialty, year, "", None, None, opened))
    return sorted(openings, key=lambda opening: (opening.specialty.pk, opening.year, opening.name))


def _same(source: Cohort, there: Iterable[Cohort]) -> Cohort | None:
    """The promotion of the next year that teaches most of what one taught; the name first."""
    ways = {way_of(programme) for programme in source.taught}
    common = {
        cohort: len(ways & {way_of(programme) for programme in cohort.taught})
        for cohort in there
        if (cohort.specialty_id, cohort.year) == (source.specialty_id, source.year)
    }
    shared = [cohort for cohort, number in common.items() if number]
    return max(shared, key=lambda cohort: (cohort.name == source.name, common[cohort]), default=None)


def _versions(specialties: Iterable[int], school_year: int) -> dict[tuple[int, int], list[list[Programme]]]:
    """{(spécialité, year): the versions in force of each parcours and regime, the newest first}."""
    ways: dict[tuple[int, int], dict[Way, list[Programme]]] = defaultdict(lambda: defaultdict(list))
    rows = Programme.objects.filter(parcours__specialty__in=specialties, in_force_from__lte=school_year)
    for programme in rows.order_by("parcours", "modality", "-in_force_from"):
        ways[programme.parcours.specialty_id, programme.year][way_of(programme)].append(programme)
    return defaultdict(list, {key: [*groups.values()] for key, groups in ways.items()})


def _choices(versions: Iterable[Sequence[Programme]], source: Cohort) -> list[Choice]:
    """What it taught first, what else it may teach after."""
    taught = {way_of(programme): programme for programme in source.taught}
    choices = [Choice(group, taught.get(way_of(group[0]))) for group in versions]
    return sorted(choices, key=lambda choice: choice.followed is None)


def _sittings(openings: Sequence[Opening], last: Sequence[Cohort], here: Sequence[Cohort]) -> list[Sitting]:
    """A jury for each of last year's main ones, catch-ups left out."""
    by_source = {opening.source.pk: opening for opening in openings if opening.source}
    rows = Session.objects.filter(cohort__in=[*last, *here], rank=1).with_programme()
    sessions = list(rows.prefetch_related("members").order_by("date", "pk"))
    sittings = []
    for session in sessions:
        if opening := by_source.get(session.cohort_id):
            existing = (other for other in sessions if _alike(other, session, opening.existing))
            sittings.append(Sitting(session, opening, next(existing, None)))
    return sittings


def _alike(session: Session, source: Session, cohort: Cohort | None) -> bool:
    """Whether a session of a promotion judges those of another a year before, or some of them."""
    ways = {way_of(programme) for programme in source.judged}
    return (
        cohort is not None
        and (session.cohort_id, session.semester) == (cohort.pk, source.semester)
        and (not (session.part and source.part) or ways & {*map(way_of, session.judged)} != set())
    )


FATE_WORDS = {
    Fate.PASSES: "Passent",
    Fate.REPEATS: "Redoublent, ou reprennent des UE",
    Fate.APART: "À regarder un par un",
    Fate.LEAVES: "Quittent la formation, diplômés ou partis",
}


# ---------- which years ----------


class Preparable(NamedTuple):
    """A school year that may be prepared, from the promotions of the one before."""

    department: Department
    school_year: int
    closed: int
    """How many juries of the year before are closed."""
    juries: int

    @property
    def label(self) -> str:
        return school_year_label(self.school_year)

    @property
    def last_label(self) -> str:
        return school_year_label(self.school_year - 1)


def prepared_years(departments: Collection[int]) -> list[Preparable]:
    """The year after each one that has promotions, the last with a closed jury first; two queries."""
    rows = Cohort.objects.filter(specialty__department__in=departments).order_by()
    years = (
        rows.values("specialty__department", "school_year")
        .annotate(
            juries=Count("sessions", filter=Q(sessions__rank=1)),
            closed=Count("sessions", filter=Q(sessions__rank=1, sessions__closed_at__isnull=False)),
        )
        .order_by("-school_year", "specialty__department")
    )
    by_key = Department.objects.in_bulk(departments)
    preparable = [
        Preparable(by_key[row["specialty__department"]], row["school_year"] + 1, row["closed"], row["juries"])
        for row in years
    ]
    return sorted(preparable, key=lambda row: not row.closed)
