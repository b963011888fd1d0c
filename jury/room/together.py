"""One decision for several students, where each needs no motive of their own.

A pass that the jury grants and a wait say the same of all; a refusal, a repeat, an acquisition, what departs
from the rules or takes a right away are weighed one by one, on the card.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from butrt.base.accounts.models import User
from grades.models import Student
from jury.cases.case import Case
from jury.cases.proceedings import Proceedings
from jury.cases.refusals import Meanwhile, Refusal
from jury.cases.rights import rights_denied
from jury.models import Act, Decision, Session
from jury.room.departures import departures
from jury.rules import Code, codes
from jury.sittings.services import Choice, decide, deliberating, hold, new_act

TOGETHER = (Code.PAS1NCI, Code.ATJ, Code.RAT)


YEAR = Decision.Kind.YEAR


def offered(session: Session) -> list[tuple[str, str]]:
    """The codes of such a decision in this session, with their words."""
    may = codes.year_codes(session.year) if session.judges_year else frozenset()
    return [(code.value, f"{code.value}, {codes.words(code, 'year')}") for code in TOGETHER if code in may]


@transaction.atomic
def decide_together(
    *, session: Session, students: Iterable[Student], code: Code, motive: str, by: User
) -> Act:
    """Decide the year of several students in one act, taken back as one: all of them, or none.

    Raises `Meanwhile` for who is no longer to decide, `Refusal` naming who needs a motive of their own.
    """
    session = hold(session)
    deliberating(session, "On décide")
    proceedings = Proceedings.of(session)
    chosen = sorted(students, key=lambda student: proceedings.case(student.number).sort_key)
    if not chosen:
        raise Refusal("Choisir au moins un étudiant dans le tableau.")
    for student in chosen:
        _may_be_decided_together(proceedings.case(student.number), code)
    act = new_act(session, Act.Kind.DECISION, by)
    for student in chosen:
        decide(
            session=session,
            student=student,
            kind=YEAR,
            subject="",
            code=code,
            motive=motive,
            by=by,
            act=act,
        )
    return act


def _may_be_decided_together(case: Case, code: Code) -> None:
    if not case.undecided:
        raise Meanwhile(f"{case.name} : ce dossier n’est plus à décider. Rien n’est enregistré, relire.")
    if code not in TOGETHER:
        raise Refusal(f"{code} se décide dossier par dossier, avec un motif propre à chacun.")
    if rights_denied(case, [Choice(YEAR, "", code)]) or departures(case, YEAR, "", code):
        raise Refusal(
            f"{case.name} : {code} s’écarte ici des règles, ou d’un droit. Le décider sur son dossier, avec "
            "son propre motif. Rien n’est enregistré."
        )
