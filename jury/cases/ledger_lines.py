"""The ledger of results, read: what juries, and what comes from elsewhere, said of students before a session.

A result is written once, by the jury that gave it (`ledger.writing`); a later jury only reads it here.
What it is about is a competence, a level and a semester, never a code: it holds in every programme where the
competence is the same (domain 3.3). Nothing here loads what a session froze: a line is a few columns.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache, cached_property
from typing import Any, NamedTuple

from django.db.models import Q

from butrt.base import french
from curriculum.models import Unit, school_year_label
from jury.models import Result, Session
from jury.rules.codes import VALIDATING, fits

Json = dict[str, Any]
About = tuple[str, int, int, int]
"""What a line is about: kind, competence, level, semester (0 for a RCUE); ("year", 0, 0, 2) of BUT2."""

FIELDS = (
    *("student_id", "kind", "competence_id", "level", "semester", "year", "subject", "school_year"),
    *("average", "code", "credits", "source", "decided_on", "document", "session_id"),
    *("session__semester", "session__rank", "competence__title", "competence__code"),
    *("programme__parcours__short", "programme__parcours__name", "programme__parcours__common"),
)


class LedgerLine(NamedTuple):
    """A result as the ledger keeps it."""

    student: int
    kind: str
    competence: int | None
    level: int | None
    semester: int | None
    year: int | None
    subject: str
    school_year: int
    average: str
    code: str
    credits: Decimal | None
    source: str
    decided_on: date | None
    document: str
    session: int | None
    session_semester: int | None
    session_rank: int | None
    title: str | None
    competence_code: str | None
    parcours: str | None
    parcours_name: str | None
    common: bool | None

    @property
    def about(self) -> About:
        if self.kind == Result.Kind.YEAR:
            return (self.kind, 0, 0, self.year or 0)
        return (self.kind, self.competence or 0, self.level or 0, self.semester or 0)

    @property
    def acquires(self) -> bool:
        return self.code in VALIDATING

    @property
    def order(self) -> tuple[int, date, int, int]:
        """When it was said: by school year, then day, the odd semester first, a catch-up last."""
        return (
            self.school_year,
            self.decided_on or date.min,
            self.session_semester or 0,
            self.session_rank or 0,
        )

    @property
    def given_by(self) -> str:
        """Who gave it, in words: "jury S4 et année BUT2", "semestre à l’étranger"."""
        if self.session_semester is None:
            label = str(Result.Source(self.source).label)
            return f"{label}, {self.document}" if self.document else label
        return _jury(self.session_semester, (self.session_rank or 1) > 1)

    def as_earlier(self) -> Json:
        """What the cohort file says of it, but for its name there."""
        return {"average": self.average or None, "code": self.code}

    def for_documents(self, name: str) -> Json:
        """What documents say of it: when, by whom. `name`: what it is called in the student's programme."""
        return {
            "kind": self.kind,
            "name": name,
            "subject": self.subject,
            "title": self.title or "",
            "level": self.level,
            "semester": self.semester,
            "average": self.average or None,
            "code": self.code,
            # Those that it gave then.
            "credits": None if self.credits is None else _credits(self.credits),
            "school_year": school_year_label(self.school_year),
            "on": self.decided_on.isoformat() if self.decided_on else None,
            "by": self.given_by,
            "source": self.source,
            "parcours": "" if self.common else self.parcours or "",
            "parcours_name": "" if self.common else self.parcours_name or "",
        }


_credits = cache(french.short)
"""Few values, said thousands of times."""


@cache
def _jury(semester: int, catch_up: bool) -> str:
    year = f" et année BUT{semester // 2}" if semester % 2 == 0 else ""
    return f"jury S{semester}{year}" + (", rattrapage" if catch_up else "")


class Ledger:
    """What was said of some students before a session, the last word on each thing."""

    def __init__(self, lines: Iterable[LedgerLine], school_year: int) -> None:
        self.school_year = school_year
        self.lines: dict[int, list[LedgerLine]] = defaultdict(list)
        for line in sorted(lines, key=lambda line: line.order):
            # PASD said of a UE says nothing: no rule and no document has a word for it.
            if line.kind == Result.Kind.DIPLOMA or fits(line.code, line.kind == Result.Kind.YEAR):
                self.lines[line.student].append(line)

    @classmethod
    def before(
        cls, session: Session, students: Collection[int] | None = None, *, signed_only: bool = False
    ) -> Ledger:
        """What the jury of this session finds: one query. `students`: those of the session by default.

        `signed_only` leaves out what the juries gave whose last PV is not signed: no student knows it yet.
        """
        school_year = session.cohort.school_year
        held = Q(school_year__lt=school_year) | Q(
            school_year=school_year, session__isnull=True, decided_on__isnull=True
        )
        held |= Q(school_year=school_year, session__isnull=True, decided_on__lte=session.date)
        held |= Q(school_year=school_year, session__date__lt=session.date)
        held |= Q(school_year=school_year, session__date=session.date, session__semester__lt=session.semester)
        held |= Q(
            school_year=school_year,
            session__date=session.date,
            session__semester=session.semester,
            session__rank__lt=session.rank,
        )
        of = Q(student__in=session.cohort.enrolments.values("student") if students is None else students)
        rows = Result.objects.standing().filter(of, held)
        if session.pk:  # one that is not scheduled gave nothing
            rows = rows.exclude(session=session.pk)
        if signed_only:
            rows = rows.exclude(session__in=Session.objects.unsigned())
        return cls((LedgerLine(*row) for row in rows.order_by("pk").values_list(*FIELDS)), school_year)

    @cached_property
    def in_force(self) -> dict[int, dict[About, LedgerLine]]:
        """The last word on each UE and RCUE, by student: what is acquired gives way only to what acquires."""
        latest: dict[int, dict[About, LedgerLine]] = defaultdict(dict)
        for student, lines in self.lines.items():
            for line in lines:
                if line.kind not in (Result.Kind.UNIT, Result.Kind.RCUE) or line.competence is None:
                    continue
                known = latest[student].get(line.about)
                if known is None or not known.acquires or line.acquires:
                    latest[student][line.about] = line
        return latest

    def years(self, student: int) -> list[LedgerLine]:
        """What was said of the years, oldest first; a catch-up replaces what waited for it."""
        path = {
            (line.school_year, line.year): line
            for line in self.lines[student]
            if line.kind == Result.Kind.YEAR
        }
        return list(path.values())

    def diplomas(self, student: int) -> list[LedgerLine]:
        """Those granted already, each once."""
        granted = {line.subject: line for line in reversed(self.lines[student]) if line.kind == "diploma"}
        return list(granted.values())


# ---------- in the programme that a student follows ----------


class Names:
    """What each competence, level and semester is called in a cursus: the units' and the RCUE's names."""

    def __init__(self, units: Iterable[Unit], competences: Mapping[int, str]) -> None:
        """`competences`: what the file calls each, by key."""
        self.by_about: dict[About, str] = {}
        levels: dict[tuple[int, int], int] = defaultdict(int)
        for unit in units:
            self.by_about["unit", unit.competence_id, unit.level, unit.semester] = unit.code
            levels[unit.competence_id, unit.level] += 1
        for (competence, level), number in levels.items():
            if number > 1:
                self.by_about["rcue", competence, level, 0] = f"{competences[competence]}/{level}"

    def earlier(self, ledger: Ledger, student: int) -> tuple[list[Json], list[Json]]:
        """The `earlier` and `earlier_rcues` of the cohort file: what holds in this cursus."""
        units, rcues = [], []
        for about, line in ledger.in_force[student].items():
            name = self.by_about.get(about)
            if name is None:
                continue
            if line.kind == Result.Kind.UNIT:
                units.append({"unit": name} | line.as_earlier())
            else:
                rcues.append({"rcue": name} | line.as_earlier())
        return units, rcues

    def for_documents(self, ledger: Ledger, student: int) -> Json:
        """What documents need of the past: who gave each, when; what this cursus does not have, apart."""
        in_force = ledger.in_force[student]
        # Each line once, by identity: it is told of what it granted, and of the past.
        held = {
            id(line): line.for_documents(name)
            for line in ledger.lines[student]
            if (name := self.by_about.get(line.about))
        }
        before = [line for line in ledger.lines[student] if line.school_year < ledger.school_year]
        kept = [line for line in before if line.kind in (Result.Kind.UNIT, Result.Kind.RCUE)]
        return {
            "path": [
                line.for_documents("") | {"subject": f"BUT{line.year}" if line.year else line.subject}
                for line in ledger.years(student)
            ],
            "granted": {
                name: held[id(line)] for about, line in in_force.items() if (name := self.by_about.get(about))
            },
            # As it was said then, each attempt: what of it holds here.
            "past": [held[id(line)] for line in kept if id(line) in held],
            # What this cursus has no place for: it stays on record and acquires nothing here.
            "apart": [line.for_documents("") for line in kept if id(line) not in held],
            "diplomas": {line.subject: line.for_documents(line.subject) for line in ledger.diplomas(student)},
            # Since when each UE and RCUE has its earlier decision: {"UE31": "2023-2024"}.
            "since": {
                name: school_year_label(line.school_year)
                for about, line in in_force.items()
                if (name := self.by_about.get(about)) and line.school_year < ledger.school_year
            },
        }
