"""A student before the jury: what the rules say, what was decided, what follows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from butrt.base.sorting import name_key
from grades.models import lacking
from jury.cases import bonus, outlook
from jury.cases.consequences import Change, Outcome, changes
from jury.cases.figures import Figures
from jury.cases.programmes import label_of, programme_of
from jury.cases.taken import Adopted, Taken
from jury.models import Decision
from jury.rules import Code, Cohort, Distance, Reason, Student, Verdict, codes, nearest
from jury.rules.following import Credits, Following, Step, credits
from jury.rules.reasons import NBSP

CaseState = Literal["todo", "blocked", "right", "adopted", "person", "gone"]


STANDING_WORDS: dict[str, str] = {
    "todo": "À décider",
    "blocked": "Bloqué",
    "right": "De droit",
    "adopted": "De droit, accepté",
    "person": "Par le jury",
    "gone": "Ne suit plus l’année",
}


LEAVING = codes.FACTS - {Code.ABL}
"""The facts that are departures: a gap year is none, nor is being défaillant."""


def shown_names(person: Mapping[str, Any]) -> tuple[str, str]:
    """Last and first name as people read them on a page: the usual ones, where there are any."""
    return (
        person.get("usual_last_name") or person["last_name"],
        person.get("usual_first_name") or person["first_name"],
    )


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
    def programme(self) -> Mapping[str, Any]:
        """Theirs: year, specialty, parcours, short, modality."""
        return programme_of(self.figures.context, self.person)

    @property
    def programme_label(self) -> str:
        """What tells their programme from the others judged: "IOM, apprentissage"; "" where it is alone."""
        return label_of(self.figures.context, self.person)

    @property
    def regime(self) -> str:
        """ "formation initiale", "apprentissage"."""
        return str(self.programme["modality"])

    @property
    def name(self) -> str:
        """As people read it on a page."""
        return " ".join(shown_names(self.person))

    @property
    def last_name(self) -> str:
        return shown_names(self.person)[0]

    @property
    def first_name(self) -> str:
        return shown_names(self.person)[1]

    @property
    def legal_name(self) -> str:
        """As official documents print it."""
        return f"{self.person['last_name']} {self.person['first_name']}"

    @property
    def searched(self) -> tuple[str, ...]:
        """What a search looks in."""
        return self.last_name, self.first_name, self.legal_name, self.id

    @property
    def sort_key(self) -> str:
        return name_key(self.last_name, self.first_name, self.id)

    @property
    def lacks(self) -> list[str]:
        """What of their identity is to come, in words: official documents need it."""
        person = self.person
        return lacking(
            ine=person["ine"],
            birth_place=person["birth_place"],
            without_ine=person.get("without_ine", False),
        )

    @property
    def ine(self) -> str:
        """As documents print it: "INE 0123456789A", "INE à compléter", "sans INE"."""
        if self.person.get("without_ine"):
            return "sans INE"
        return f"INE {self.person['ine'] or 'à compléter'}"

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
        return next((decision for decision in self.decisions if decision.kind == Decision.Kind.YEAR), None)

    @cached_property
    def standing(self) -> CaseState:
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
            bases = [Outcome.from_json(decision.basis) for decision in self.decisions if decision.basis]
            return next((base for base in bases if base.decided != self._proposed.decided), None)
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
            self.verdict.rcues[name].acquired for name in self.year_rcues if name in self.verdict.rcues
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
        if not self.student.acquired_before(unit) or unit in self.student.averages:
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
            (line["school_year"], line["subject"], line["code"])
            == (self.figures.context["school_year"], f"BUT{self.student.year}", self.verdict.year)
            for line in self.person["path"]
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
        reasons = [reason for reason in self.verdict.reasons if reason.about in subjects]
        for rule in bonus.reasons(self.figures.context, self.person, subjects):
            added = (place for place, reason in enumerate(reasons) if reason[:2] == rule[:2])
            reasons.insert(next(added, len(reasons)), rule)
        return self.named(reasons)

    def named(self, reasons: Iterable[Reason]) -> list[Reason]:
        """Reasons as people read them: Stage S4 for Saé4.IOM.stage; "ajournée", when the person is known."""
        return [self._agreed(self._named(reason)) for reason in reasons]

    @property
    def blocked(self) -> list[str]:
        """What blocks, elements called by the name that people read: "UE42 : Stage S4 ATT"."""
        return [_in_french(name, self.elements) for name in self.verdict.blocked]

    @property
    def elements(self) -> Mapping[str, Any]:
        """{code: {display, title, short, kind}}."""
        elements: Mapping[str, Any] = self.figures.context["elements"]
        return elements

    def _agreed(self, reason: Reason) -> Reason:
        text = codes.of_person(reason.text, self.gender)
        return reason if text == reason.text else reason._replace(text=text)

    def _named(self, reason: Reason) -> Reason:
        name, colon, rest = reason.text.partition(f"{NBSP}:")
        if name not in self.elements:
            return reason
        return reason._replace(text=f"{self.elements[name]['display']}{colon}{rest}")


def last_word(case: Case, since: Iterable[Case]) -> Case:
    """Whose word stands of a year: UE of BUT1 retaken beside BUT2, and judged since, may open S5."""
    if case.following.step is not Step.CLOSED:
        return case
    return next((other for other in since if other.following.step is Step.OPENS), case)


def _in_french(blocking: str, elements: Mapping[str, Any]) -> str:
    """ "UE42 : Stage S4 ATT" for "UE42: Saé4.IOM.stage ATT"."""
    unit, _, what = blocking.partition(": ")
    name, _, state = what.partition(" ")
    display = elements[name]["display"] if name in elements else name
    return f"{unit}{NBSP}: {display} {state}".rstrip()
