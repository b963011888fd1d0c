"""What closing a session would make final: who got what, how, what still stands in the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from butrt.base.documents.characters import bracketed, refusal
from jury.cases.case import LEAVING, Case
from jury.cases.equality import points_of_consistency
from jury.cases.presidency import presidency
from jury.cases.proceedings import Proceedings
from jury.cases.taken import Taken
from jury.documents.minutes import counts, minutes_content
from jury.documents.minutes.compare import changes_between
from jury.models import Member, Session
from jury.rules import PASSING, Code
from jury.sittings.corrections.services import open_correction_of
from jury.sittings.services import ADVISED

WAITING = frozenset({Code.ATJ, Code.RAT})
ADJOURNED = frozenset({Code.RED, Code.NAR})


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
    here = [case for case in cases if not case.gone]
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
        texts += [(name, text) for text in (*_texts(case.person), *decided)]
    frozen = {name: value for name, value in proceedings.context.items() if name != "students"}
    texts += [("figé à l’ouverture", text) for text in _texts(frozen)]
    return [refused for label, text in texts if (refused := refusal(text, label))]


def _texts(value: Any) -> Iterator[str]:
    """Every text of a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _counts(proceedings: Proceedings, here: Iterable[Case]) -> list[Count]:
    """Everyone who is there, once: of right, by decision, adjourned, waiting, undecided."""
    settled = [case for case in here if not case.undecided]
    if not proceedings.judges_year:
        kinds = [(counts.of_a_semester(case), case) for case in settled]

        def counted(words: str, family: str, sign: str, kind: counts.Kind) -> Count:
            return Count(words, family, sign, tuple(case for each, case in kinds if each == kind))

        return [
            counted("toutes les UE acquises", "green", "✓", "complete"),
            counted("au moins une UE non acquise", "rust", "○", "incomplete"),
            counted("au moins une UE en attente", "slate", "…", "unknown"),
            Count("non décidés", "gold", "?", tuple(case for case in here if case.undecided)),
        ]
    passing = [case for case in settled if case.year_code in PASSING]

    def judged(words: str, family: str, sign: str, chosen: Iterable[Case]) -> Count:
        return Count(words, family, sign, tuple(chosen))

    return [
        judged("admis ou autorisés à poursuivre, de droit", "green", "✓", _of(passing, "right", "adopted")),
        judged("admis ou autorisés à poursuivre, par décision", "violet", "◆", _of(passing, "person")),
        judged("ajournés", "rust", "↺", (case for case in settled if case.year_code in ADJOURNED)),
        judged("en attente (ATJ, RAT)", "slate", "…", (c for c in settled if c.year_code in WAITING)),
        judged("défaillants", "slate", "⇥", (c for c in settled if c.year_code == Code.DEF)),
        judged(
            "en année blanche, par décision", "slate", "⇥", (c for c in settled if c.year_code == Code.ABL)
        ),
        judged("partis par décision", "slate", "⇥", (c for c in settled if c.year_code in LEAVING)),
        judged("non décidés", "gold", "?", (case for case in here if case.undecided)),
    ]


def _of(cases: Iterable[Case], *standings: str) -> list[Case]:
    return [case for case in cases if case.standing in standings]
