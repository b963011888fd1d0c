"""Publishing many évaluations, declaring many elements complete, and what takes that back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from django.db.models import prefetch_related_objects

from butrt.base.french import NBSP, several
from grades import locks
from grades.bulk.steps import BulkPlan, Step, carry_out, hold_assessments
from grades.models import Assessment, Teaching
from grades.progress.completion import LOCKED, declare_complete, reopen, why_incomplete
from grades.progress.publication import publish, withdraw

if TYPE_CHECKING:
    from butrt.base.accounts.models import User
    from grades.overview import ElementProgress


@dataclass(frozen=True)
class Candidate:
    """An évaluation or an element that the act may be about.

    `ready`: proposed at once, `state` says how it stands; `why`: it cannot be, in French.
    """

    row: Assessment | Teaching
    teaching: Teaching
    state: str
    ready: bool = True
    why: str = ""

    @property
    def key(self) -> int:
        return self.row.pk

    @property
    def title(self) -> str:
        """Of an évaluation, its own; of an element, the element's."""
        return self.row.title if isinstance(self.row, Assessment) else self.teaching.element.title

    @property
    def about(self) -> str:
        return f"{self.teaching.element.display}, {self.title}"


@dataclass(frozen=True)
class Act:
    """One of the four. `of`: its candidates among the elements of a person; `motive`: it asks one."""

    name: str  # in the address
    words: str
    confirm: str
    done: Callable[[int], str]
    of: Callable[[Sequence[ElementProgress]], list[Candidate]]
    service: Callable[..., object]
    motive: bool = False

    def step(self, candidate: Candidate, motive: str) -> Step:
        row = "assessment" if isinstance(candidate.row, Assessment) else "teaching"
        more = {row: candidate.row} | ({"motive": motive} if self.motive else {})
        return Step(candidate.about, candidate.state, self.words, partial(self.service, **more))


def act_on(
    act: Act, *, lines: Sequence[ElementProgress], chosen: Collection[int], motive: str, by: User
) -> int:
    """Do the act for those chosen among what these elements have, all or none; how many.

    Raises ValidationError with each refusal, in French, named.
    """
    candidates = [candidate for candidate in act.of(lines) if candidate.key in chosen]
    made = carry_out(
        lambda: BulkPlan([act.step(candidate, motive) for candidate in candidates]),
        hold=lambda: _hold([candidate.teaching for candidate in candidates]),
        by=by,
    )
    return len(made.steps)


def _hold(teachings: Iterable[Teaching]) -> None:
    """All that the acts will lock, before the first writes in the journal (see grades/locks.py)."""
    keys = {teaching.pk for teaching in teachings}
    semesters: dict[int, set[int]] = {}
    for teaching in teachings:
        semesters.setdefault(teaching.cohort_id, set()).add(teaching.element.semester)
    for cohort in sorted(semesters):
        locks.share(cohort, semesters[cohort])
    rows = Teaching.objects.filter(pk__in=keys)
    hold_assessments(rows)
    list(rows.order_by("pk").select_for_update(no_key=True))


# ---------- what each may be about ----------


def _to_publish(lines: Sequence[ElementProgress]) -> list[Candidate]:
    candidates = []
    for line in lines:
        gaps = {gap.assessment.pk: gap.missing for gap in line.gaps}
        for assessment in line.sheet.assessments.values():
            if assessment.published:
                continue
            number = sum(
                key == assessment.pk and (mark.value is not None or bool(mark.code))
                for (key, _), mark in line.sheet.marks.items()
            )
            missing = gaps.get(assessment.pk, 0)
            state = several(number, "note") + (f", {missing} à saisir" if missing else "")
            why = "" if number else "aucune note, rien à publier."
            candidates.append(Candidate(assessment, line.teaching, state, not missing, why))
    return candidates


def _to_withdraw(lines: Sequence[ElementProgress]) -> list[Candidate]:
    return [
        Candidate(assessment, line.teaching, "publiée", ready=False)
        for line in lines
        for assessment in line.sheet.assessments.values()
        if assessment.published
    ]


def _to_declare(lines: Sequence[ElementProgress]) -> list[Candidate]:
    """Its heads declare an element; nobody is told of what others answer for."""
    mine = [line for line in lines if line.may_declare and line.teaching.completed_at is None]
    # The names that a refusal tells, in one query.
    missing = [enrolment for line in mine for gap in line.gaps for enrolment in gap.enrolments]
    prefetch_related_objects(missing, "student")
    return [
        Candidate(
            line.teaching, line.teaching, several(line.progress.entered, "note"), why=_why_not_declared(line)
        )
        for line in mine
    ]


def _why_not_declared(line: ElementProgress) -> str:
    if line.sheet.aside:
        return f"mis de côté{NBSP}: rien n’y est attendu."
    if line.sheet.locked:
        return LOCKED
    return why_incomplete(line.sheet)


def _to_reopen(lines: Sequence[ElementProgress]) -> list[Candidate]:
    return [
        Candidate(
            line.teaching,
            line.teaching,
            line.state[2],
            ready=False,
            why=LOCKED if line.sheet.locked else "",
        )
        for line in lines
        if line.may_declare and line.teaching.completed_at
    ]


PUBLISH, DECLARE = "publier", "declarer"
ACTS: Mapping[str, Act] = {
    act.name: act
    for act in (
        Act(
            PUBLISH,
            "Publier",
            "Publier les évaluations cochées",
            lambda number: f"{several(number, 'évaluation publiée', 'évaluations publiées')}.",
            _to_publish,
            publish,
        ),
        Act(
            DECLARE,
            "Déclarer complets",
            "Déclarer complets les éléments cochés",
            lambda number: f"{several(number, 'élément déclaré complet', 'éléments déclarés complets')}.",
            _to_declare,
            declare_complete,
        ),
        Act(
            "retirer",
            "Retirer la publication",
            "Retirer la publication de celles qui sont cochées",
            lambda number: f"{several(number, 'publication retirée', 'publications retirées')}.",
            _to_withdraw,
            withdraw,
            motive=True,
        ),
        Act(
            "rouvrir",
            "Rouvrir",
            "Rouvrir les éléments cochés",
            lambda number: f"{several(number, 'élément rouvert', 'éléments rouverts')}.",
            _to_reopen,
            reopen,
            motive=True,
        ),
    )
}
