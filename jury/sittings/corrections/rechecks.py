"""A result changed on which later juries rest: each of them is told, looks again, and answers.

Nothing is silently changed: a deliberation and a closed session keep their frozen figures until their
president takes the change in (`take_in`), and answers it line by line as a mark corrected meanwhile is. And
nothing is silently left: the session says it, everywhere, until it is answered.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from butrt.base.accounts.models import User
from jury.cases import dossier
from jury.cases.consequences import Change, changes
from jury.cases.figures import Figures
from jury.cases.own_marks import corrected_since
from jury.cases.refusals import Refusal
from jury.models import Freeze, Recheck, Session
from jury.rules import decide
from jury.sittings.corrections.services import open_correction
from jury.sittings.services import answer_rechecks, hold, journal

Json = dict[str, Any]

RESTS_ON = ("earlier", "earlier_rcues", "programme", "dispensed", "ends_year")
"""What of a student's file comes from the ledger."""


@dataclass(frozen=True)
class Looked:
    """A student to look at again: why, and what the rules would say otherwise, if anything."""

    recheck: Recheck
    name: str
    number: str
    changes: tuple[Change, ...]


def to_look_at(session: Session) -> list[Looked]:
    """The students of a session whose results changed, with what taking the change in would do."""
    rechecks = list(session.rechecks.filter(answered_at__isnull=True).select_related("student"))
    if not rechecks or session.state == Session.State.PREPARATION:
        return []
    before = Figures.of(session)
    after = Figures(_renewed(session, {recheck.student.number for recheck in rechecks}))
    looked = []
    for recheck in rechecks:
        number = recheck.student.number
        if number not in before.outcomes:
            continue
        student = next(one for one in after.cohort.students if one.id == number)
        moved = changes(
            before.outcomes[number], after.outcome_of(student, decide(student, after.cohort)), averages=True
        )
        looked.append(Looked(recheck, str(recheck.student), number, tuple(moved)))
    return looked


def _renewed(session: Session, numbers: Collection[str]) -> Json:
    """The frozen figures, where what comes from earlier juries is read again for these students.

    Their results and, for the jury that judges the year, the marks that the odd semester's corrected.
    """
    frozen = Session.objects.values_list("snapshot", flat=True).get(pk=session.pk)
    assert frozen is not None  # not in preparation
    now = dossier.past_of(session)
    files = {student["id"]: student for student in now["students"]}
    if frozen["cohort"].get("units") != now["programmes"][now["usual"]]["units"]:
        files = {number: {"programme": now["usual"]} | file for number, file in files.items()}
    corrected = corrected_since(session, frozen["cohort"]["students"]) if session.judges_year else {}
    students = []
    for file in frozen["cohort"]["students"]:
        renewed = files.get(file["id"]) if file["id"] in numbers else None
        if renewed is None:
            students.append(file)
            continue
        kept = {name: value for name, value in file.items() if name not in RESTS_ON}
        elements = file["elements"] | corrected.get(file["id"], {})
        students.append(kept | renewed | {"elements": elements})
    cohort = frozen["cohort"] | {"students": students}
    named = {file["programme"] for file in students if "programme" in file}
    known = now["programmes"] | frozen["cohort"].get("programmes", {})
    if named:
        cohort["programmes"] = {name: programme for name, programme in known.items() if name in named}
    people = {
        number: person | now["people"][number] if number in numbers and number in now["people"] else person
        for number, person in frozen["context"]["students"].items()
    }
    # A cursus read again may name a competence that was not there: what was frozen keeps its own words.
    words = now["competences"] | frozen["context"]["competences"]
    context = frozen["context"] | {"students": people, "competences": words}
    return frozen | {"cohort": cohort, "context": context}


@transaction.atomic
def take_in(*, session: Session, motive: str, by: User) -> Session:
    """Read again the results that changed, for the students told; the differences then wait for answers.

    A closed session is taken up again by a correction, of this motive. Raises `Refusal` without anything to
    take in, or without motive.
    """
    session = hold(session)
    rechecks = session.rechecks.filter(answered_at__isnull=True)
    if not rechecks.exists():
        raise Refusal("Aucun résultat n’a changé depuis les chiffres figés de ce jury.")
    if session.state == Session.State.PREPARATION:
        raise Refusal("En préparation, les résultats antérieurs se lisent tels qu’ils sont.")
    if session.state == Session.State.CLOSED:
        open_correction(session=session, motive=motive, marks=False, by=by)
        session = hold(session)
    elif not motive.strip():
        raise Refusal("Reprendre des résultats changés demande un motif.")
    numbers = set(rechecks.values_list("student__number", flat=True))
    renewed = _renewed(session, numbers)
    assert session.opened_at is not None  # it was frozen
    Freeze.objects.create(
        session=session,
        opened_at=session.opened_at,
        kept_at=timezone.now(),
        motive=motive.strip(),
        by=by,
        snapshot=Session.objects.values_list("snapshot", flat=True).get(pk=session.pk),
    )
    # Another moment: what a process keeps of the figures is kept by it (see jury/cases/figures.py).
    session.snapshot, session.opened_at = renewed, timezone.now()
    session.save(update_fields=["snapshot", "opened_at"])
    answer_rechecks(session, rechecks, by=by)
    journal(
        "session.results",
        session,
        by,
        motive=motive,
        students=sorted(numbers),
        figures=dossier.figures_digest(renewed),
    )
    return session


@transaction.atomic
def leave(*, session: Session, by: User) -> int:
    """Answer that nothing follows, for the students of whom the rules say the same; how many.

    Raises `Refusal` when what changed does change something for all of them.
    """
    session = hold(session)
    alike = [looked for looked in to_look_at(session) if not looked.changes]
    if not alike:
        raise Refusal("Ce qui a changé change quelque chose : reprendre les résultats, puis répondre.")
    answer_rechecks(session, Recheck.objects.filter(pk__in=[looked.recheck.pk for looked in alike]), by=by)
    journal("session.results.alike", session, by, students=[looked.name for looked in alike])
    return len(alike)
