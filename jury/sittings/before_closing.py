"""What closing a session would make final: who got what, how, what still stands in the way."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from butrt.base.documents.characters import bracketed, refusal
from jury.cases.case import Case
from jury.cases.equality import points_of_consistency
from jury.cases.presidency import presidency
from jury.cases.proceedings import Proceedings
from jury.cases.taken import Taken
from jury.documents.minutes import counts, minutes_content
from jury.documents.minutes.compare import changes_between
from jury.models import Member, Session
from jury.rules import Code
from jury.sittings.corrections.services import open_correction_of
from jury.sittings.services import ADVISED


@dataclass(frozen=True)
class Count:
    """One line of the summary: how many students, who they are."""

    words: str
    family: str
    sign: str
    cases: tuple[Case, ...]

    @property
    def number(self) -> int:
        return len(self.cases)


def closing(session: Session, proceedings: Proceedings) -> dict[str, Any]:
    """The context of the closing page: counts, members, obstacles (in words, with where to go)."""
    cases = proceedings.cases
    here = proceedings.here
    members = list(session.members.all())
    present = [member for member in members if member.presence == Member.Presence.PRESENT]
    undecided = [case for case in cases if case.undecided]
    awaiting = proceedings.awaiting
    presides = presidency(session, members)
    return {
        "proceedings": proceedings,
        "counts": [count for count in _counts(proceedings, here) if count.cases],
        "examined": len(cases),
        "gone": [case for case in cases if case.gone and case.person["status"] != Code.ABL],
        "gap_years": [case for case in cases if case.gone and case.person["status"] == Code.ABL],
        "undecided": undecided,
        "awaiting": awaiting,
        "unanswered": proceedings.unanswered,
        # To look at before closing; nothing stands in the way.
        "points": points_of_consistency(cases),
        "unprintable": _unprintable(session, proceedings, members),
        # Neither does what the PV would say that nobody wrote down.
        "composed": bool(session.composition_act),
        "unheard": [case for case in cases if any(map(_procedure_lacks, case.decisions))],
        "changes": _changes(session, proceedings),
        "members": members,
        "present": present,
        "presidency": presides,
        "may_close": not presides.lacks and not undecided and not awaiting and not proceedings.unanswered,
    }


def _procedure_lacks(decision: Taken) -> bool:
    """Whether a refusal does not say if the student asked to be heard (4.5)."""
    return decision.code in ADVISED and decision.hearing_asked is None


def _changes(session: Session, proceedings: Proceedings) -> list[dict[str, Any]]:
    """What the new version would say of a correction, as things stand; [] for a first closing."""
    correction = open_correction_of(session)
    if correction is None:
        return []
    version = correction.corrected.version + 1
    return changes_between(
        correction.corrected.content, minutes_content(session, proceedings, version=version)
    )


def _unprintable(session: Session, proceedings: Proceedings, members: Iterable[Member]) -> list[str]:
    """What the PV would replace by its name: it was typed before such characters were refused."""
    texts = [("lieu", session.place), ("motif d’ouverture", session.opening_motive)]
    texts += [("membres", f"{member.name}, {member.quality}") for member in members]
    for case in proceedings.cases:
        name = bracketed(case.name)
        decided = [
            text
            for decision in case.decisions
            for text in (decision.motive, decision.hearing, decision.advice)
        ]
        texts += [(name, text) for text in (*_doubtful(case.person), *decided)]
    frozen = {name: value for name, value in proceedings.context.items() if name != "students"}
    texts += [("figé à l’ouverture", text) for text in _doubtful(frozen)]
    return [refused for label, text in texts if (refused := refusal(text, label))]


def _doubtful(value: Any) -> Iterable[str]:
    """Every text of a JSON value, to look at one by one; none when a glance tells that all print.

    What earlier juries said of a student is hundreds of them.
    """
    whole = json.dumps(value, ensure_ascii=False)
    escaped = "\\" in whole  # a control character does not show in it
    return _texts(value) if escaped or refusal(whole) else ()


def _texts(value: Any) -> Iterator[str]:
    """Every text of a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _counts(proceedings: Proceedings, here: Iterable[Case]) -> list[Count]:
    """Everyone who is there, once: of right, by decision, adjourned, waiting, undecided."""
    kind_of = counts.kind_of if proceedings.judges_year else counts.of_a_semester
    settled = [(kind_of(case), case) for case in here if not case.undecided]

    def counted(words: str, family: str, sign: str, *kinds: counts.Kind, by: tuple[str, ...] = ()) -> Count:
        chosen = (case for kind, case in settled if kind in kinds and (not by or case.standing in by))
        return Count(words, family, sign, tuple(chosen))

    undecided = Count("non décidés", "gold", "?", tuple(case for case in here if case.undecided))
    if not proceedings.judges_year:
        return [
            counted("toutes les UE acquises", "green", "✓", "complete"),
            counted("au moins une UE non acquise", "rust", "○", "incomplete"),
            counted("au moins une UE en attente", "slate", "…", "unknown"),
            undecided,
        ]
    passing, of_right, by_decision = "admis ou autorisés à poursuivre", ("right", "adopted"), ("person",)
    return [
        counted(f"{passing}, de droit", "green", "✓", "admitted", "passing", "closed", by=of_right),
        counted(f"{passing}, par décision", "violet", "◆", "admitted", "passing", "closed", by=by_decision),
        counted("ajournés", "rust", "↺", "repeating", "refused"),
        counted("en attente (ATJ, RAT)", "slate", "…", "waiting"),
        counted("défaillants", "slate", "⇥", "default"),
        counted("en année blanche, par décision", "slate", "⇥", "gap year"),
        counted("partis par décision", "slate", "⇥", "resignation", "abandonment", "exclusion"),
        undecided,
    ]
