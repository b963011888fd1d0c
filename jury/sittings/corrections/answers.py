"""A mark corrected after the jury decided: what it changes, line by line, to accept or to keep.

A decision taken or a proposal accepted never changes by itself. Where the rules now say otherwise than when
the jury looked (`Case.judged_on`), each line waits for an answer, and closing waits for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from butrt.base.accounts.models import User
from butrt.base.canonical import digest_of
from jury.cases.case import Case
from jury.cases.consequences import AverageAndCode, Change, Outcome, changes, competence
from jury.cases.figures import Figures
from jury.cases.hearing import Procedure
from jury.cases.proceedings import Proceedings
from jury.cases.refusals import Meanwhile, Refusal
from jury.cases.rights import Right, rights_denied
from jury.cases.taken import Taken
from jury.models import Act, Adoption, Decision, Session
from jury.rules import PASSING, VALIDATING, Code
from jury.sittings.services import Choice, deliberating, denied, hold, journal, new_act, refuse_year_alone


@dataclass(frozen=True)
class ChangedOutcome:
    """What the jury had on a UE, a RCUE or the year, and what the rules say of it now."""

    kind: str
    subject: str
    # "UE32", "RT2 niveau 2", "Année"
    about: str
    before: AverageAndCode
    after: AverageAndCode
    # The decision of a person on this very subject, if there is one.
    decided: Taken | None
    # The code that keeping records; None when there is nothing to keep against the rules.
    kept_as: Code | None

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.subject}"


@dataclass(frozen=True)
class Difference:
    """A student about whom the rules changed their mind since the jury decided."""

    case: Case
    lines: tuple[ChangedOutcome, ...]
    # What follows and is not answered by itself: credits, next semester, diplomas.
    follows: tuple[Change, ...]

    @property
    def rights(self) -> list[Right]:
        """What the rules grant now, that keeping every line would deny: asks a confirmation of its own."""
        keepable = [(line.kind, line.subject, str(line.kept_as)) for line in self.lines if line.kept_as]
        return rights_denied(self.case, keepable)

    @property
    def mark(self) -> str:
        """What tells these lines from any others: sent back with the answers."""
        shown = [
            [line.key, line.before.code, line.after.code, str(line.after.average), line.kept_as]
            for line in self.lines
        ]
        return digest_of(shown)


def differences(proceedings: Proceedings) -> list[Difference]:
    """The students whose lines wait for an answer, in the order of the cohort."""
    return [difference(case) for case in proceedings.unanswered]


def difference(case: Case) -> Difference:
    """The lines of one student; `case.judged_on` is not None."""
    then, now = case.judged_on, case.figures.outcomes[case.id]
    assert then is not None  # only asked of a case that changed
    decided = {(decision.kind, decision.subject): decision for decision in case.decisions}
    lines = []
    for kind, subject in _subjects(then, now, decided):
        was, becomes, about = _result(then, kind, subject), _result(now, kind, subject), _about(kind, subject)
        decision = decided.get((kind, subject))
        if decision is not None:
            was = AverageAndCode(was.average, Code(decision.code))
        elif was.code == becomes.code:
            continue
        kept = Code(decision.code) if decision else _kept_as(kind, was.code, becomes.code)
        lines.append(ChangedOutcome(kind, subject, about, was, becomes, decision, kept))
    follows = [change for change in changes(then, now) if change.kind in ("credits", "next", "diploma")]
    return Difference(case, tuple(lines), tuple(follows))


def _subjects(
    then: Outcome, now: Outcome, decided: Mapping[tuple[str, str], Taken]
) -> Iterable[tuple[str, str]]:
    """Every subject that either knows, in the order of the texts, those decided included."""
    units = [("unit", name) for name in dict.fromkeys([*then.units, *now.units])]
    rcues = [("rcue", name) for name in dict.fromkeys([*then.rcues, *now.rcues])]
    return dict.fromkeys([*units, *rcues, ("year", ""), *decided])


def _result(outcome: Outcome, kind: str, subject: str) -> AverageAndCode:
    if kind == "year":
        return AverageAndCode(None, outcome.year)
    return (outcome.units if kind == "unit" else outcome.rcues).get(subject, AverageAndCode(None, None))


def _about(kind: str, subject: str) -> str:
    return "Année" if kind == "year" else subject if kind == "unit" else competence(subject)


def _kept_as(kind: str, before: Code | None, after: Code | None) -> Code | None:
    """What keeping an acquisition that is no longer of right comes to: a decision of the jury.

    None where the rules give as much or more now: what is of right is not refused.
    """
    if kind == "year":
        if before not in PASSING or after in PASSING:
            return None
        return Code.PAS1NCI if before in (Code.PASD, Code.PAS1NCI) else Code.ADJ
    return Code.ADJ if before in VALIDATING and after not in VALIDATING else None


@transaction.atomic
def answer(
    *,
    session: Session,
    number: str,
    kept: Iterable[str],
    motive: str,
    shown: str,
    by: User,
    confirmed_against_right: bool = False,
) -> Act:
    """Answer every line of a student at once: those of `kept` (their `key`) stand, the others are accepted.

    Keeping records a decision of the jury on today's figures; accepting puts the rules' proposal in place of
    what was decided or accepted. `shown` is `Difference.mark` of what the page showed. Raises `Meanwhile`
    when the lines are others now, `Refusal` for an unknown line or a keeping without motive, `AgainstRight`
    when what is kept denies what is now of right without `confirmed_against_right`.
    """
    session = hold(session)
    deliberating(session, "On répond aux changements")
    proceedings = Proceedings.of(session)
    changed = next((candidate for candidate in differences(proceedings) if candidate.case.id == number), None)
    if changed is None or changed.mark != shown:
        raise Meanwhile("Ces lignes ne sont plus celles de l’écran : rien n’est enregistré, relire la liste.")
    wanted = set(kept)
    if unknown := wanted - {line.key for line in changed.lines if line.kept_as}:
        raise Refusal(f"{changed.case.name} : rien à garder sur {', '.join(sorted(unknown))}.")
    keeping = [line for line in changed.lines if line.key in wanted]
    if any(line.decided is None for line in keeping) and not motive.strip():
        raise Refusal(
            f"{changed.case.name} : garder ce qui n’est plus de droit est une décision du jury, "
            "écrire son motif."
        )
    answered = [Choice(line.kind, line.subject, str(line.kept_as)) for line in keeping]
    accepted = [
        Choice(line.kind, line.subject, "") for line in changed.lines if line.decided and line not in keeping
    ]
    refuse_year_alone(proceedings, changed.case, [*answered, *accepted])
    rights = denied(changed.case, answered, confirmed=confirmed_against_right)
    return _record(session, proceedings, changed, keeping, motive.strip(), rights, by)


def _record(
    session: Session,
    proceedings: Proceedings,
    changed: Difference,
    keeping: list[ChangedOutcome],
    motive: str,
    rights: Mapping[tuple[str, str], str],
    by: User,
) -> Act:
    case = changed.case
    student = session.enrolments().select_related("student").get(student__number=case.id).student
    accepting = [line for line in changed.lines if line not in keeping]
    kind = Act.Kind.DECISION if keeping else Act.Kind.ADOPTION
    if not keeping and any(line.decided for line in accepting):
        kind = Act.Kind.WITHDRAWAL
    act = new_act(session, kind, by)
    now = proceedings.figures.outcomes[case.id].to_json()
    taken = []
    for line in keeping:
        right = rights.get((line.kind, line.subject), "")
        taken.append(_decide(session, student, line, str(line.kept_as), motive, act, now, right))
    for line in accepting:
        if line.decided is not None:
            withdrawn = motive or "La note a été corrigée : la proposition des règles est acceptée."
            taken.append(_decide(session, student, line, "", withdrawn, act, now))
    adopted = []
    if not keeping:  # what the rules say now, even that it is for the jury to decide
        session.adoptions.filter(student=student, current=True).update(current=False)
        adopted.append(Adoption.objects.create(session=session, student=student, act=act, outcome=now))
    journal(
        "jury.answer",
        session,
        by,
        student=case.name,
        kept=[f"{line.about} {line.before.code}" for line in keeping],
        accepted=[f"{line.about} {line.before.code} → {line.after.code}" for line in accepting],
        motive=motive,
        decisions=[decision.as_journaled for decision in taken],
        adoptions=[adoption.as_journaled for adoption in adopted],
    )
    return act


def _decide(
    session: Session,
    student: Any,
    line: ChangedOutcome,
    code: str,
    motive: str,
    act: Act,
    basis: dict[str, Any],
    right: str = "",
) -> Decision:
    """Put a decision in the place of the one in force, on today's figures; `right`: what it denies."""
    about = {"student": student, "kind": line.kind, "subject": line.subject}
    session.decisions.filter(**about, current=True).update(current=False)
    decided = line.decided
    decision = Decision(
        session=session,
        code=code,
        motive=motive or (decided.motive if decided else ""),
        hearing=decided.hearing if decided else "",
        **(Procedure.of(decided).as_fields if decided else {}),
        advice=decided.advice if decided else "",
        against_right=bool(right),
        right=right,
        author=act.by,
        at=act.at,
        act=act,
        basis=basis,
        **about,
    )
    decision.full_clean()
    decision.save()
    return decision


# ---------- while it is being prepared again ----------


@dataclass(frozen=True)
class Shift:
    """What the rules say of a student now, and said when the figures were last frozen; nothing to answer."""

    case: Case
    changes: tuple[Change, ...]


def shifts(session: Session, proceedings: Proceedings) -> list[Shift]:
    """What changed in the rules' proposals since the figures frozen before these ones; [] without any.

    Averages included, whatever was decided. Students who came or left meanwhile are not compared.
    """
    before = session.freezes.order_by("-pk").values_list("snapshot", flat=True).first()
    if before is None:
        return []
    then = Figures(before).outcomes
    return [
        Shift(case, tuple(moved))
        for case in proceedings.cases
        if case.id in then
        and (moved := changes(then[case.id], proceedings.figures.outcomes[case.id], averages=True))
    ]
