"""What the jury decides over the rules' proposals, or accepts of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.db import transaction

from butrt.base.accounts.models import User
from butrt.base.french import listed
from grades.models import Student
from jury.cases.case import Case
from jury.cases.consequences import competence
from jury.cases.hearing import NOTHING_SAID, Procedure
from jury.cases.proceedings import Proceedings
from jury.cases.refusals import AgainstRight, Meanwhile, Refusal
from jury.cases.rights import ANNULLABLE, rights_denied
from jury.models import Act, Adoption, Decision, Session
from jury.rules import Code, codes
from jury.sittings.services.acts import new_act, nothing_since, of_right
from jury.sittings.services.holding import deliberating, hold, journal


class Choice(NamedTuple):
    """What a decision bears on, and the code it gives: ("rcue", "RT2/2", "ADJ")."""

    kind: str
    subject: str
    code: str


@transaction.atomic
def decide(
    *,
    session: Session,
    student: Student,
    kind: str,
    subject: str,
    code: str,
    motive: str,
    by: User,
    hearing: str = "",
    procedure: Procedure = NOTHING_SAID,
    advice: str = "",
    also: Iterable[Choice] = (),
    seen: int | None = None,
    confirmed_against_right: bool = False,
    act: Act | None = None,
) -> Decision:
    """Take a decision over the rules' proposal; an earlier one is superseded, never overwritten.

    An empty `code` withdraws the decision: the rules' proposal stands again. A refusal (NAR, DEF) needs
    advice, and the hearing if the student asked for one (annexe 1, 4.5): `procedure` its steps, `hearing` who
    heard them, or why nobody did. `also`: other decisions about this
    student, taken in the same act for the same motive; ADJ on the year comes with ADJ on each RCUE left.
    `seen`: the last act on this student when the page was made (see `last_act`), 0 for none, None not to
    check. Raises `Refusal`, `AgainstRight` for what takes a right away without `confirmed_against_right`,
    `Meanwhile` when someone acted on this student since, or ValidationError. `act`: the one that this
    decision belongs to, when several students are decided together.
    """
    session = hold(session)
    deliberating(session, "On décide")
    if seen is not None:
        nothing_since(session, student, seen)
    if not motive.strip():
        raise Refusal("Une décision du jury est motivée : écrire ou choisir un motif.")
    proceedings = Proceedings.of(session)
    case = proceedings.case(student.number)
    choices = [Choice(kind, subject, code), *also]
    for choice in choices:
        _may_choose(choice, case)
        if choice.code in ADVISED and not advice.strip():
            raise Refusal(ADVISED[Code(choice.code)])
    if lacks := procedure.lacks(hearing, session.date):
        raise Refusal(lacks)
    refuse_year_alone(proceedings, case, choices)
    rights = denied(case, choices, confirmed=confirmed_against_right)
    act = act or new_act(session, Act.Kind.DECISION if code else Act.Kind.WITHDRAWAL, by)
    alike = {
        "motive": motive.strip(),
        "hearing": hearing.strip(),
        **procedure.as_fields,
        "advice": advice.strip(),
        "author": by,
        "at": act.at,
        "act": act,
        "basis": proceedings.figures.outcomes[student.number].to_json(),
    }
    taken = []
    for choice in choices:
        right = rights.get((choice.kind, choice.subject))
        decision = _take(session, student, choice, right, alike)
        taken.append(decision)
        journal(
            "jury.decide",
            session,
            by,
            student=case.name,
            subject=choice.subject or "année",
            code=choice.code,
            motive=motive,
            decisions=[decision.as_journaled],
            **({"against_right": right} if right else {}),
        )
    return taken[0]


def _take(
    session: Session, student: Student, choice: Choice, right: str | None, alike: Mapping[str, Any]
) -> Decision:
    """One decision of an act, in the place of the one that stood; `right`: the one that it takes away."""
    about = {"student": student, "kind": choice.kind, "subject": choice.subject}
    session.decisions.filter(**about, current=True).update(current=False)
    decision = Decision(
        session=session,
        code=choice.code,
        against_right=right is not None,
        right=right or "",
        **about,
        **alike,
    )
    decision.full_clean()
    decision.save()
    return decision


ADVISED = {
    Code.NAR: "Un refus de redoubler (NAR) est assorti de conseils d’orientation (annexe 1, 4.5).",
    Code.DEF: "La défaillance (DEF) se décide comme un refus de redoubler : avec un motif et des conseils "
    "d’orientation (annexe 1, 4.5).",
}
"""The codes that a jury gives with advice, and what is said when it lacks."""


def refuse_year_alone(proceedings: Proceedings, case: Case, choices: Iterable[Choice]) -> None:
    """Raises `Refusal` when a year would stand ADJ by decision beside a RCUE of it that is not acquired.

    The credits of such a RCUE would be missing from a year that the PV attests (domain 3.4).
    """
    given = {(choice.kind, choice.subject): choice.code for choice in choices}
    decided = case.year_decision.code if case.year_decision else ""
    if given.get((Decision.Kind.YEAR, ""), decided) != Code.ADJ:
        return
    after = proceedings.if_decided(case, [(*about, code) for about, code in given.items()])
    left = [
        competence(name) for name in case.year_rcues if name in after.rcues and not after.rcues[name].acquired
    ]
    if left:
        raise Refusal(
            f"{case.name} : ADJ sur l’année se prend avec ADJ sur chaque compétence qui n’est pas acquise "
            f"({listed(left)}), en un seul acte. Seul, il attesterait une année dont des crédits manquent."
        )


def denied(case: Case, choices: Iterable[Choice], *, confirmed: bool) -> dict[tuple[str, str], str]:
    """The rights that choices take away, in words, by what they bear on.

    Raises `AgainstRight`, which names each with its article, unless it is `confirmed`.
    """
    rights = rights_denied(case, choices)
    if rights and not confirmed:
        raise AgainstRight(
            f"{case.name} : {' ; '.join(map(str, rights))}. {ANNULLABLE} "
            "Pour la prendre quand même, confirmer qu’elle écarte ce droit : le PV le dira."
        )
    return {(right.kind, right.subject): str(right) for right in rights}


def _may_choose(choice: Choice, case: Case) -> None:
    kind = Decision.Kind(choice.kind)
    allowed, known = {
        Decision.Kind.UNIT: (codes.UNIT_CODES, set(case.verdict.units)),
        Decision.Kind.RCUE: (codes.RCUE_CODES, set(case.verdict.rcues)),
        Decision.Kind.YEAR: (codes.YEAR_CODES, {""} if case.judges_year else set()),
    }[kind]
    if choice.code and choice.code not in allowed:
        raise Refusal(f"Le code {choice.code} ne se donne pas à {kind.label}.")
    if choice.subject not in known:
        raise Refusal(f"{case.name} : {choice.subject or 'l’année'} n’est pas jugé par cette session.")
    if kind == Decision.Kind.YEAR and choice.code and choice.code not in case.year_codes:
        raise Refusal(
            f"{case.name} : {choice.code} ne se donne pas en BUT3, il n’y a pas d’année où passer. Ce qui "
            "n’est pas acquis se décide ADJ, RED ou NAR."
        )


@transaction.atomic
def adopt(*, session: Session, by: User, expected: int, shown: str = "") -> Act:
    """Accept together, in one act, the proposals of right that wait for it.

    `expected` is how many the page showed, `shown` which ones (`Proceedings.awaiting_mark`; "" not to check).
    Raises `Refusal` when they are no longer those: what is accepted is what was read.
    """
    session = hold(session)
    deliberating(session, "On accepte les propositions de droit")
    proceedings = Proceedings.of(session)
    awaiting = proceedings.awaiting
    if len(awaiting) != expected or (shown and shown != proceedings.awaiting_mark):
        raise Meanwhile(
            f"L’écran montrait {of_right(expected)} ; il y en a maintenant {len(awaiting)}, ou "
            "d’autres : quelqu’un a changé quelque chose. Rien n’est accepté, relire puis accepter."
        )
    if not awaiting:
        raise Refusal("Aucune proposition de droit n’attend d’être acceptée.")
    act = new_act(session, Act.Kind.ADOPTION, by)
    students = Student.objects.filter(enrolments__cohort=session.cohort_id)
    by_number = {student.number: student for student in students}
    accepted = [by_number[case.id] for case in awaiting]
    session.adoptions.filter(student__in=accepted, current=True).update(current=False)
    adopted = Adoption.objects.bulk_create(
        Adoption(
            session=session,
            student=by_number[case.id],
            act=act,
            outcome=proceedings.figures.outcomes[case.id].to_json(),
        )
        for case in awaiting
    )
    journal(
        "jury.adopt",
        session,
        by,
        accepted=len(awaiting),
        students=[case.name for case in awaiting],
        adoptions=[adoption.as_journaled for adoption in adopted],
    )
    return act
