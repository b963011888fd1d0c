"""What may be said of a student from elsewhere: the UE, RCUE and years of their cursus, a line each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from curriculum.models import Parcours, Programme, Unit, school_year_label
from grades.models import Enrolment, Student
from jury.cases.cursus import Cursus
from jury.exchange.elsewhere.tables import shown
from jury.models import Result
from jury.rules.codes import VALIDATING

About = tuple[str, int, int, int]
Recorded = list[tuple[str, str]]
"""(code, in words) of each result already recorded."""


@dataclass(frozen=True)
class EntryLine:
    """One thing that may be said: its key in the form, its code, what is known of it."""

    key: str
    subject: str
    kind: Result.Kind
    words: str
    programme: int
    semester: int | None = None
    recorded: tuple[tuple[str, str], ...] = ()

    @property
    def known(self) -> list[str]:
        return [words for _, words in self.recorded]

    @property
    def acquired(self) -> bool:
        return any(code in VALIDATING for code, _ in self.recorded)


@dataclass
class Section:
    """A year of the BUT in the student's cursus."""

    programme: Programme
    lines: list[EntryLine] = field(default_factory=list)

    @property
    def year(self) -> str:
        return f"BUT{self.programme.year}"

    @property
    def fills(self) -> list[tuple[str, str]]:
        """The helpers: (what the button sends, what it says)."""
        semesters = sorted({line.semester for line in self.lines if line.semester})
        return [
            (f"S{semester}", f"Tout le semestre S{semester} validé sans moyenne") for semester in semesters
        ] + [(self.year, f"Toutes les UE de {self.year} (passerelle)")]

    def filled_by(self, asked: str) -> list[EntryLine]:
        """The lines that a helper fills: the UE of a semester, or of the year, not acquired yet."""
        return [
            line
            for line in self.lines
            if line.semester and asked in (self.year, f"S{line.semester}") and not line.acquired
        ]


def parcours_of(student: Student) -> list[Parcours]:
    """Those of the department, that where the student is first."""
    own = (
        Enrolment.objects.filter(student=student)
        .order_by("programme__parcours__common", "-cohort__school_year")
        .values_list("programme__parcours", flat=True)
        .first()
    )
    rows = Parcours.objects.filter(department=student.department_id, programmes__isnull=False)
    return sorted(
        rows.select_related("specialty").distinct(), key=lambda parcours: (parcours.pk != own, parcours.name)
    )


def sections_of(student: Student, parcours: Parcours | None) -> list[Section]:
    """The years of a student's cursus in a parcours, with what is known of each UE; in a few queries."""
    programmes = _programmes(student, parcours)
    known = _known(student)
    units: dict[int, list[Unit]] = defaultdict(list)
    for unit in (
        Unit.objects.filter(programme__in=programmes)
        .select_related("competence")
        .order_by("semester", "competence__code", "code")
    ):
        units[unit.programme_id].append(unit)
    return [
        Section(programme, list(_lines(programme, units[programme.pk], known))) for programme in programmes
    ]


def _programmes(student: Student, parcours: Parcours | None) -> list[Programme]:
    """Those that a jury would judge them by; in another parcours, the newest of each year."""
    last = (
        Enrolment.objects.filter(student=student)
        .select_related("cohort", "programme")
        .order_by("-cohort__school_year", "-pk")
        .first()
    )
    if last is not None and parcours is not None:
        cursus = Cursus(last.cohort, [last.programme], {student.pk: last.programme_id})
        programmes = [cursus.programmes[key] for key in cursus.by_student[student.pk]]
        if any(programme.parcours_id == parcours.pk for programme in programmes):
            return sorted(programmes, key=lambda programme: programme.year)
    if parcours is None:
        return []
    rows = Programme.objects.filter(parcours__specialty=parcours.specialty_id).select_related("parcours")
    newest: dict[int, Programme] = {}
    for row in sorted(rows, key=lambda row: (row.parcours_id == parcours.pk, row.in_force_from)):
        if row.parcours.common or row.parcours_id == parcours.pk:
            newest[row.year] = row
    return [newest[year] for year in sorted(newest)]


def _lines(programme: Programme, units: Iterable[Unit], known: dict[About, Recorded]) -> Iterable[EntryLine]:
    levels: dict[tuple[int, int], list[Unit]] = defaultdict(list)
    for unit in units:
        levels[unit.competence_id, unit.level].append(unit)
        yield EntryLine(
            f"u{unit.pk}",
            unit.code,
            Result.Kind.UNIT,
            f"S{unit.semester}, {unit.competence.short}, niveau {unit.level}",
            programme.pk,
            unit.semester,
            tuple(known["unit", unit.competence_id, unit.level, unit.semester]),
        )
    for (competence, level), pair in levels.items():
        if len(pair) == 2:
            yield EntryLine(
                f"r{programme.pk}-{competence}-{level}",
                pair[0].rcue,
                Result.Kind.RCUE,
                f"RCUE {pair[0].code} et {pair[1].code}",
                programme.pk,
                recorded=tuple(known["rcue", competence, level, 0]),
            )
    yield EntryLine(
        f"y{programme.pk}",
        f"BUT{programme.year}",
        Result.Kind.YEAR,
        "l’année",
        programme.pk,
        recorded=tuple(known["year", 0, 0, programme.year]),
    )


def _known(student: Student) -> dict[About, Recorded]:
    """What is recorded already, in words, whoever gave it."""
    by_about: dict[About, Recorded] = defaultdict(list)
    rows = Result.objects.standing().filter(student=student).select_related("session")
    for row in rows.defer("session__snapshot").order_by("school_year", "pk"):
        about = (
            ("year", 0, 0, row.year or 0)
            if row.kind == Result.Kind.YEAR
            else (row.kind, row.competence_id or 0, row.level or 0, row.semester or 0)
        )
        average = f" {shown(row.average)}" if row.average else ""
        giver = row.session.title if row.session else row.get_source_display()
        words = f"{school_year_label(row.school_year)} : {row.code}{average} ({giver})"
        by_about[about].append((row.code, words))
    return by_about
