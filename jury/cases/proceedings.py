"""A session as the jury reads it: the figures, the verdicts of the rules, what people decided over them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from threading import Lock
from typing import Any, Literal

from butrt.base.canonical import digest_of
from butrt.base.french import NBSP
from butrt.base.sorting import name_key
from jury.cases import cohortfile, dossier, outlook
from jury.cases.consequences import Change, Outcome, changes
from jury.cases.dossier import Adopted, Taken
from jury.cases.figures import Figures
from jury.cases.spreads import Spreads
from jury.models import Decision, Minutes, Session
from jury.rules import (
    VALIDATING,
    Code,
    Cohort,
    Distance,
    Reason,
    Student,
    Unit,
    Verdict,
    codes,
    decide,
    nearest,
)
from jury.rules.following import Credits, Following, credits

Standing = Literal["todo", "blocked", "right", "adopted", "person", "gone"]

STANDING_WORDS: dict[str, str] = {
    "todo": "À décider",
    "blocked": "Bloqué",
    "right": "De droit",
    "adopted": "De droit, accepté",
    "person": "Par le jury",
    "gone": "Ne suit plus l’année",
}

VERSIONS_KEPT = 3
"""How many PV a process keeps read, some 30 MB each for 150 students with a past."""

LEAVING = codes.FACTS - {Code.ABL}
"""The facts that are departures: a gap year is none, nor is being défaillant."""


@dataclass(frozen=True, repr=False)
class Case:
    """One student before the jury: who they are, what the rules say, what was decided."""

    id: str
    person: Mapping[str, Any]
    student: Student
    verdict: Verdict
    # The rules alone, without any decision of this jury.
    proposal: Verdict
    decisions: tuple[Taken, ...] = ()
    # Its proposal accepted by the jury, as it was then.
    adoption: Adopted | None = None
    figures: Figures = field(kw_only=True)

    def __repr__(self) -> str:
        """In short: a table writes it down for each column that is no attribute, and whole it takes 13 ms."""
        return f"<Case {self.id}>"

    @property
    def cohort(self) -> Cohort:
        return self.figures.cohort.of(self.student)

    @property
    def name(self) -> str:
        return f"{self.person['last_name']} {self.person['first_name']}"

    @property
    def sort_key(self) -> str:
        return name_key(self.person["last_name"], self.person["first_name"], self.id)

    @property
    def gender(self) -> codes.Gender:
        gender: codes.Gender = self.person["gender"]
        return gender

    @property
    def year_codes(self) -> frozenset[Code]:
        """The codes that a jury may give the year."""
        return codes.year_codes(self.student.year)

    @property
    def gone(self) -> bool:
        """Whether a fact took them out of the year; a défaillant (DEF) is judged as the others are."""
        return self.person["status"] in self.cohort.facts

    @property
    def year_code(self) -> str | None:
        """The year's code, decided or of right; None at an odd-semester jury and while nothing is decided."""
        return self.verdict.year

    @cached_property
    def year_decision(self) -> Taken | None:
        return next((each for each in self.decisions if each.kind == Decision.Kind.YEAR), None)

    @cached_property
    def standing(self) -> Standing:
        """Where this case stands: left to the jury, of right, accepted since, decided, or gone."""
        if self.year_decision is not None:
            return "person"
        if self.gone:
            return "gone"
        if self.verdict.blocked and not self._blocks_answered:
            return "blocked"
        if self.judges_year and self.verdict.year is None:
            return "todo"
        if self.decisions:
            return "person"
        return "adopted" if self.adopted else "right"

    @cached_property
    def adopted(self) -> bool:
        """Whether the jury accepted what the rules propose: the same codes, whatever averages became."""
        return self.adoption is not None and self._accepted.decided == self._proposed.decided

    @cached_property
    def changed(self) -> tuple[Change, ...]:
        """What the rules now say differently from when the jury decided or accepted (marks were corrected).

        A decision stands all the same: someone accepts the difference, or keeps what was decided.
        """
        then = self.judged_on
        return tuple(changes(then, self._proposed)) if then else ()

    @cached_property
    def judged_on(self) -> Outcome | None:
        """What the jury decided or accepted on, when the rules say otherwise now; None when they do not."""
        if self.decisions:
            bases = [Outcome.from_json(each.basis) for each in self.decisions if each.basis]
            return next((each for each in bases if each.decided != self._proposed.decided), None)
        return self._accepted if self.adoption and not self.adopted else None

    @cached_property
    def _accepted(self) -> Outcome:
        assert self.adoption is not None  # only read of an accepted case
        return Outcome.from_json(self.adoption.outcome)

    @property
    def _proposed(self) -> Outcome:
        return self.figures.outcomes[self.id]

    @property
    def judges_year(self) -> bool:
        return self.verdict.year_judged

    @property
    def _blocks_answered(self) -> bool:
        """Whether the jury gave a code to everything that was blocked (an awaited mark decided ATJ, say)."""
        if self.judges_year:
            return self.verdict.year is not None
        return all(unit.code is not None for unit in self.verdict.units.values())

    @property
    def undecided(self) -> bool:
        """Whether it is left to the jury: no code by right, or something awaited."""
        return self.standing in ("todo", "blocked")

    @property
    def settled(self) -> bool:
        """Whether closing may leave it as it is: decided, accepted, or gone."""
        return self.standing in ("person", "adopted", "gone") and not self.changed

    @cached_property
    def distance(self) -> Distance | None:
        """How far the next code is (0,03 point en UE42); None when nothing is missing, or none can tell."""
        if not self.judges_year or self.gone or self.verdict.blocked:
            return None
        if not self.decisions:
            return self.figures.distance(self.student)
        return nearest(self.student, self.cohort, self.verdict)

    @cached_property
    def acquired(self) -> int:
        """How many RCUE of the year are acquired."""
        return sum(
            self.verdict.rcues[name].code in codes.VALIDATING
            for name in self.year_rcues
            if name in self.verdict.rcues
        )

    @cached_property
    def year_rcues(self) -> tuple[str, ...]:
        """The names of the year's RCUE, in the programme's order."""
        return tuple(rcue.name for rcue in self.cohort.rcues if rcue.year == self.student.year)

    def kept(self, unit: str) -> Mapping[str, Any] | None:
        """Who gave a judged UE, acquired and not taken again, and when: a line of the ledger.

        `school_year` alone where the figures say no more, "" if unknown; None for a UE that this year's
        marks judge.
        """
        earlier = self.student.earlier.get(unit)
        if earlier is None or earlier.code not in VALIDATING or unit in self.student.averages:
            return None
        if self.verdict.units[unit].marked:
            return None
        granted: Mapping[str, Any] | None = self.person.get("granted", {}).get(unit)
        return granted or {"school_year": self.person.get("since", {}).get(unit, "")}

    def kept_since(self, unit: str) -> str | None:
        """The school year in which such a UE was acquired: "2023-2024", "" if unknown; None for another."""
        kept = self.kept(unit)
        return None if kept is None else str(kept["school_year"])

    def given_this_year(self, name: str) -> Mapping[str, Any] | None:
        """What an earlier jury of this school year gave on a UE or a RCUE: that of the odd semester, say."""
        given: Mapping[str, Any] | None = self.person.get("granted", {}).get(name)
        return given if given and given["school_year"] == self.figures.context["school_year"] else None

    @property
    def already_said_of_the_year(self) -> bool:
        """Whether a jury of this school year gave the year this code: it is recalled, not given again."""
        return any(
            (each["school_year"], each["subject"], each["code"])
            == (self.figures.context["school_year"], f"BUT{self.student.year}", self.verdict.year)
            for each in self.person["path"]
        )

    @cached_property
    def following(self) -> Following:
        """What the verdict entails: what opens, is repeated, waits; the diplomas granted here."""
        return self.figures.following(self.student, self.verdict)

    @cached_property
    def credits(self) -> Credits:
        """ECTS of the year and in all, with how many there are of each."""
        return credits(self.student, self.figures.cohort, self.verdict)

    @property
    def outcome(self) -> Outcome:
        """What the verdict comes to."""
        return Outcome.of(self.verdict, self.following)

    def outcome_of(self, verdict: Verdict) -> Outcome:
        """What another verdict on the same student would come to."""
        return self.figures.outcome_of(self.student, verdict)

    @property
    def next(self) -> dict[str, str]:
        """What comes next, as a page shows it: its sign, its colour family, few words."""
        return {
            "sign": outlook.sign(self.following),
            "family": outlook.family(self.following),
            "words": outlook.few_words(self.following),
        }

    @property
    def credits_in_words(self) -> str:
        """ "40 ECTS sur 60 en BUT2, 100 en tout"."""
        return outlook.credits_in_words(self.credits, self.student.year)

    def reasons_about(self, *subjects: str) -> list[Reason]:
        """The reasons of the verdict on these subjects, elements called by the name that people read."""
        return self.named(reason for reason in self.verdict.reasons if reason.about in subjects)

    def named(self, reasons: Iterable[Reason]) -> list[Reason]:
        """Reasons as people read them: Stage S4 for Saé4.IOM.stage; "ajournée", when the person is known."""
        return [self._agreed(self._named(reason)) for reason in reasons]

    @property
    def blocked(self) -> list[str]:
        """What blocks, elements called by the name that people read: "UE42 : Stage S4 ATT"."""
        return [_in_french(each, self.elements) for each in self.verdict.blocked]

    @property
    def elements(self) -> Mapping[str, Any]:
        """{code: {display, title, short, kind}}."""
        elements: Mapping[str, Any] = self.figures.context["elements"]
        return elements

    def _agreed(self, reason: Reason) -> Reason:
        text = codes.of_person(reason.text, self.gender)
        return reason if text == reason.text else replace(reason, text=text)

    def _named(self, reason: Reason) -> Reason:
        name, colon, rest = reason.text.partition(f"{NBSP}:")
        if name not in self.elements:
            return reason
        return replace(reason, text=f"{self.elements[name]['display']}{colon}{rest}")


def _in_french(blocking: str, elements: Mapping[str, Any]) -> str:
    """ "UE42 : Stage S4 ATT" for "UE42: Saé4.IOM.stage ATT"."""
    unit, _, what = blocking.partition(": ")
    name, _, state = what.partition(" ")
    display = elements[name]["display"] if name in elements else name
    return f"{unit}{NBSP}: {display} {state}".rstrip()


@dataclass(frozen=True)
class Column:
    """A competence of the table: its UE judged here and, when the year is judged, its RCUE."""

    competence: str
    title: str
    short: str
    level: int
    units: tuple[str, ...]
    rcue: str | None


class Proceedings:
    """The whole of a session: frozen figures from the opening on, live ones in preparation."""

    def __init__(
        self, figures: Figures, decisions: Iterable[Taken], adoptions: Iterable[Adopted] = ()
    ) -> None:
        self.figures = figures
        self.context = figures.context
        self.decisions = list(decisions)
        self.adoptions = list(adoptions)

    @property
    def cohort(self) -> Cohort:
        """The cohort as the rules read it: only when something asks."""
        return self.figures.cohort

    @classmethod
    def of(cls, session: Session) -> Proceedings:
        """Read a session (fetched `with_programme()`) in a fixed number of queries: three once frozen."""
        rows = session.decisions.filter(current=True).exclude(code="").select_related("student", "author")
        accepted = session.adoptions.filter(current=True).select_related("student", "act__by")
        return cls(
            Figures.of(session),
            [Taken.from_row(row) for row in rows],
            [Adopted.from_row(row) for row in accepted],
        )

    @classmethod
    def of_minutes(cls, content: Mapping[str, Any]) -> Proceedings:
        """Read again what a version of the PV says: no query, nothing live."""
        return cls(
            Figures(content),
            [Taken(**each) for each in content["taken"]],
            [Adopted(**each) for each in content.get("adopted", ())],
        )

    @classmethod
    def of_version(cls, version: Minutes) -> Proceedings:
        """The same of a version that the database has, which nothing alters: a process reads it once.

        Its content need not have been read: it is given it. Shared between requests: never changed.
        """
        version.content, proceedings = _kept(version)
        return proceedings

    @classmethod
    def of_one(cls, content: Mapping[str, Any], number: str) -> Proceedings:
        """The same, of one student alone: the others are neither read nor judged."""
        cohort = content["cohort"]
        alone = cohort | {"students": [each for each in cohort["students"] if each["id"] == number]}
        taken, adopted = (
            [each for each in content.get(name, ()) if each["student"] == number]
            for name in ("taken", "adopted")
        )
        return cls.of_minutes({**content, "cohort": alone, "taken": taken, "adopted": adopted})

    @property
    def bare_cohort(self) -> dict[str, Any]:
        """The cohort file without any decision of this jury."""
        return self.figures.cohort_file

    @cached_property
    def cohort_file(self) -> dict[str, Any]:
        """The cohort file with this jury's decisions in it: what anyone recomputes."""
        return dossier.with_decisions(self.bare_cohort, self.decisions)

    @cached_property
    def cases(self) -> list[Case]:
        """Every student, in the order of the cohort (by name)."""
        taken: dict[str, list[Taken]] = defaultdict(list)
        for decision in self.decisions:
            taken[decision.student].append(decision)
        accepted = {adoption.student: adoption for adoption in self.adoptions}
        return [
            self._case(student, tuple(taken[student.id]), accepted.get(student.id))
            for student in self.cohort.students
        ]

    def _case(self, student: Student, decisions: tuple[Taken, ...], adoption: Adopted | None) -> Case:
        proposal = self.figures.proposals[student.id]
        verdict = proposal
        if decisions:
            (file,) = dossier.with_decisions({"students": [self.figures.files[student.id]]}, decisions)[
                "students"
            ]
            student = cohortfile.read_student(file, self.cohort)
            verdict = decide(student, self.cohort)
        return Case(
            id=student.id,
            person=self.context["students"][student.id],
            student=student,
            verdict=verdict,
            proposal=proposal,
            decisions=decisions,
            adoption=adoption,
            figures=self.figures,
        )

    def case(self, student_id: str) -> Case:
        """One student's case. Raises KeyError for an unknown one."""
        for case in self.cases:
            if case.id == student_id:
                return case
        raise KeyError(student_id)

    def if_decided(self, case: Case, choices: Iterable[tuple[str, str, str]]) -> Verdict:
        """What the rules would give with these decisions (kind, subject, code) beside those already taken."""
        given = {(kind, subject): code for kind, subject, code in choices}
        kept = [each for each in case.decisions if (each.kind, each.subject) not in given]
        tried = [
            Taken(case.id, kind, subject, code, "", "", "", "", "") for (kind, subject), code in given.items()
        ]
        (file,) = dossier.with_decisions({"students": [self.figures.files[case.id]]}, [*kept, *tried])[
            "students"
        ]
        return decide(cohortfile.read_student(file, self.cohort), self.cohort)

    @property
    def judges_year(self) -> bool:
        """Whether it is the jury of an even semester, which judges the year of all."""
        return bool(self.context["judges_year"])

    @cached_property
    def tells_year(self) -> bool:
        """Whether a year ends here: that of all, or of who retakes an odd semester alone (domain 3.7)."""
        return self.judges_year or any(student.year_ends for student in self.cohort.students)

    def columns_of(self, case: Case) -> tuple[Column, ...]:
        """The competences of one student: without their RCUE when it is not decided here."""
        if case.judges_year:
            return self.columns
        return tuple(replace(column, rcue=None) for column in self.columns)

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The competences judged, in the programme's order, each with its UE and its RCUE."""
        semesters = {semester for student in self.cohort.students for semester in student.semesters}
        units: dict[str, list[Unit]] = defaultdict(list)
        for unit in self.cohort.units:
            if unit.semester in semesters:
                units[unit.rcue].append(unit)
        words = self.context["competences"]
        return tuple(
            Column(
                competence=group[0].competence,
                title=words[group[0].competence]["title"],
                short=words[group[0].competence]["short"],
                level=group[0].level,
                units=tuple(unit.code for unit in group),
                rcue=rcue if self.tells_year else None,
            )
            for rcue, group in units.items()
        )

    @cached_property
    def spreads(self) -> Spreads:
        """How the class did, those out of the year apart."""
        here = [case.verdict for case in self.cases if not case.gone]
        return Spreads(here, self.cohort.regulation.decimals)

    @property
    def settled(self) -> int:
        return sum(case.settled for case in self.cases)

    @property
    def left(self) -> int:
        """How many decisions closing still asks for, those of right to accept apart."""
        return sum(case.undecided for case in self.cases)

    @cached_property
    def awaiting(self) -> list[Case]:
        """The cases of right that the jury has not accepted yet; those it must answer are not among them."""
        return [case for case in self.cases if case.standing == "right" and not case.changed]

    @cached_property
    def unanswered(self) -> list[Case]:
        """The cases where the rules say otherwise than when the jury decided: to accept or to keep."""
        return [case for case in self.cases if case.changed]

    @property
    def awaiting_mark(self) -> str:
        """What tells those cases, as they are shown, from any others: sent back when they are accepted."""
        return digest_of([[case.id, self.figures.outcomes[case.id].to_json()] for case in self.awaiting])

    def decisions_object(self) -> dict[str, Any]:
        """The decisions file ("butrt-decisions/1") of this session as it stands."""
        return {
            "format": "butrt-decisions/1",
            "students": [cohortfile.verdict_to_json(case.verdict) for case in self.cases],
        }


_versions: dict[tuple[int, datetime], tuple[dict[str, Any], Proceedings]] = {}
_versions_lock = Lock()


def _kept(version: Minutes) -> tuple[dict[str, Any], Proceedings]:
    """The content of a version of the PV, and the same read; the key is its own, whatever the database."""
    key = (version.pk, version.created_at)
    found = _versions.get(key) or (version.content, Proceedings.of_minutes(version.content))
    with _versions_lock:
        _versions.pop(key, None)
        _versions[key] = found
        while len(_versions) > VERSIONS_KEPT:
            del _versions[next(iter(_versions))]
    return found
