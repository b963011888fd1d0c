"""What people do with a session of the jury: prepare, open, decide, close, sign. One transaction each."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from butrt.accounts.models import User
from butrt.journal.services import record
from curriculum.models import Regulation
from grades.models import Student
from grades.services import lock_marks, unlock_marks
from jury import minutes
from jury.checklist import blocking, checklist
from jury.documents.issued import PV, issued_for
from jury.dossier import freeze
from jury.minutes.signing import signed_revisions
from jury.models import Decision, Member, Minutes, Result, Session
from jury.proceedings import Proceedings
from jury.rules import Code, codes


class Refusal(ValidationError):
    """An act that cannot be done now; the message says why and what to do, in French."""


@transaction.atomic
def schedule(*, session: Session, by: User) -> Session:
    """Create a session, or change its president, date and place before it is closed.

    A new one takes the regulation in force for its school year. Raises `Refusal` when there is none.
    """
    created = session.pk is None
    if not created and _hold(session).state == Session.State.CLOSED:
        raise Refusal("Le jury est clos : sa date et son lieu sont ceux du PV.")
    if created:
        regulation = Regulation.objects.in_force(
            department=session.department,
            programme=session.cohort.programme_id,
            school_year=session.cohort.school_year,
        ).first()
        if regulation is None:
            raise Refusal(
                "Aucun règlement n’est en vigueur pour cette année : l’administration l’enregistre."
            )
        session.regulation = regulation
    session.full_clean()
    session.save()
    _journal("session.schedule", session, by, date=session.date.isoformat(), place=session.place)
    return session


@transaction.atomic
def convene(*, session: Session, members: Iterable[Member], by: User) -> None:
    """Set who sits in a session and whether they came; until the session is closed."""
    session = _hold(session)
    if session.state == Session.State.CLOSED:
        raise Refusal("Le jury est clos : la liste des membres est celle du PV.")
    session.members.all().delete()
    kept = list(members)
    for position, member in enumerate(kept):
        member.pk, member.session, member.position = None, session, position
        member.full_clean()
        member.save()
    _journal("session.members", session, by, members=[f"{each}, {each.presence}" for each in kept])


@transaction.atomic
def open_deliberation(*, session: Session, by: User, motive: str = "") -> None:
    """Lock the marks, freeze the figures, start deciding.

    Raises `Refusal` when something blocks and no motive is given (domain 4).
    """
    session = _hold(session)
    if session.state != Session.State.PREPARATION:
        raise Refusal("La délibération est déjà ouverte.")
    obstacles = blocking(checklist(session, Proceedings.of(session)))
    if obstacles and not motive.strip():
        raise Refusal(
            "Ouvrir demande un motif, car la liste de contrôle bloque : "
            + " ; ".join(obstacle.title for obstacle in obstacles)
            + "."
        )
    lock_marks(cohort=session.cohort, semesters=session.semesters, by=by)
    session.snapshot = freeze(session)
    session.state = Session.State.DELIBERATION
    session.opened_at = timezone.now()
    session.opening_motive = motive.strip()
    session.full_clean(validate_unique=False)
    session.save()
    _journal("session.open", session, by, motive=session.opening_motive)


@transaction.atomic
def back_to_preparation(*, session: Session, motive: str, by: User) -> None:
    """Unlock the marks again, with a motive; the decisions taken are kept."""
    session = _hold(session)
    if session.state != Session.State.DELIBERATION:
        raise Refusal("Seule une délibération ouverte peut revenir en préparation.")
    if not motive.strip():
        raise Refusal("Déverrouiller les notes demande un motif.")
    unlock_marks(cohort=session.cohort, semesters=session.semesters, motive=motive, by=by)
    session.snapshot, session.opened_at = None, None
    session.state = Session.State.PREPARATION
    session.save()
    _journal("session.unlock", session, by, motive=motive)


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
    advice: str = "",
) -> Decision:
    """Take a decision over the rules' proposal; an earlier one is superseded, never overwritten.

    An empty `code` withdraws the decision: the rules' proposal stands again. A refusal to repeat (NAR) needs
    advice, and the hearing if the student asked for one (annexe 1, 4.5). Raises `Refusal` or ValidationError.
    """
    session = _hold(session)
    if session.state != Session.State.DELIBERATION:
        raise Refusal("On décide pendant la délibération : elle n’est pas ouverte, ou le jury est clos.")
    proceedings = Proceedings.of(session)
    allowed = {
        Decision.Kind.UNIT: codes.UNIT_CODES,
        Decision.Kind.RCUE: codes.RCUE_CODES,
        Decision.Kind.YEAR: codes.YEAR_CODES,
    }[Decision.Kind(kind)]
    if code and code not in allowed:
        raise Refusal(f"Le code {code} ne se donne pas à {Decision.Kind(kind).label}.")
    if not motive.strip():
        raise Refusal("Une décision du jury est motivée : écrire ou choisir un motif.")
    if code == Code.NAR and not advice.strip():
        raise Refusal("Un refus de redoubler (NAR) est assorti de conseils d’orientation (annexe 1, 4.5).")
    case = proceedings.case(student.number)
    known = {
        Decision.Kind.UNIT: set(case.verdict.units),
        Decision.Kind.RCUE: set(case.verdict.rcues),
        Decision.Kind.YEAR: {""} if proceedings.judges_year else set(),
    }[Decision.Kind(kind)]
    if subject not in known:
        raise Refusal(f"{case.name} : {subject or 'l’année'} n’est pas jugé par cette session.")
    session.decisions.filter(student=student, kind=kind, subject=subject, current=True).update(current=False)
    decision = Decision(
        session=session,
        student=student,
        kind=kind,
        subject=subject,
        code=code,
        motive=motive.strip(),
        hearing=hearing.strip(),
        advice=advice.strip(),
        author=by,
        at=timezone.now(),
    )
    decision.full_clean()
    decision.save()
    _journal(
        "jury.decide", session, by, student=case.name, subject=subject or "année", code=code, motive=motive
    )
    return decision


@transaction.atomic
def close(*, session: Session, by: User) -> Minutes:
    """Make the decisions final: results for the juries to come, and the first version of the PV.

    Raises `Refusal` while a case is undecided or nobody is recorded as present.
    """
    session = _hold(session)
    if session.state != Session.State.DELIBERATION:
        raise Refusal("Seule une délibération ouverte peut être close.")
    proceedings = Proceedings.of(session)
    left = [case.name for case in proceedings.cases if not case.settled]
    if left:
        raise Refusal(f"Clore demande encore {len(left)} décision(s) : {', '.join(left)}.")
    if not session.members.filter(presence=Member.Presence.PRESENT).exists():
        raise Refusal("Clore demande les membres présents : noter qui siège, qui est excusé.")
    session.state = Session.State.CLOSED
    session.closed_at = timezone.now()
    session.save()
    Result.objects.bulk_create(_results(session, proceedings))
    issued = minutes.issue(session=session, proceedings=proceedings, by=by)
    _journal("session.close", session, by, version=issued.version, fingerprint=issued.fingerprint)
    return issued


def sign(*, version: Minutes, by: User) -> None:
    """Sign a version of the PV: the president's signature, then the establishment's seal over it all.

    The document is made outside the transaction (it takes a second), the signatures land all together.
    """
    _may_sign(version, by)
    code = issued_for(version.session, version, PV, by=by).token
    revisions = signed_revisions(version, by=by, code=code)
    with transaction.atomic():
        session = _hold(version.session)
        _may_sign(version, by)
        version.revisions.bulk_create(revisions)
        _journal(
            "minutes.sign", session, by, version=version.version, sha256=[each.sha256 for each in revisions]
        )


def _may_sign(version: Minutes, by: User) -> None:
    if version.session.president_id != by.pk:
        raise Refusal("Le PV est signé par la présidence du jury.")
    if version.revisions.exists():
        raise Refusal("Cette version du PV est déjà signée.")


def _hold(session: Session) -> Session:
    """The session as it is now, held until the transaction ends (SQLite writes one at a time anyway)."""
    return Session.objects.with_programme().select_for_update(of=("self",)).get(pk=session.pk)


def _results(session: Session, proceedings: Proceedings) -> list[Result]:
    """What this jury said, for the next ones: judged UE, RCUE and year, and what rule 4.3 acquired below."""
    students = {
        enrolment.student.number: enrolment.student
        for enrolment in session.cohort.enrolments.select_related("student")
    }
    results = []
    for case in proceedings.cases:
        said: list[tuple[str, str, Fraction | None, str | None]] = [
            *((Decision.Kind.UNIT, name, unit.exact, unit.code) for name, unit in case.verdict.units.items()),
            *((Decision.Kind.RCUE, name, rcue.exact, rcue.code) for name, rcue in case.verdict.rcues.items()),
            (Decision.Kind.YEAR, f"BUT{session.year}", None, case.verdict.year),
        ]
        results += [
            Result(
                student=students[case.id],
                school_year=session.cohort.school_year,
                session=session,
                kind=kind,
                subject=subject,
                average=decimal_text(average),
                code=code,
            )
            for kind, subject, average, code in said
            if code is not None
        ]
    return results


def decimal_text(average: Fraction | None) -> str:
    """An exact average in decimal notation, to thirty decimals rounded up; "" for None.

    Thirty decimals cannot carry an average over a threshold that it does not reach: two UE averages have
    denominators far below 10^15, so their mean is either on the threshold or more than 10^-30 away from it.
    Rounding up keeps it on the threshold when it is there: never against the student.
    """
    if average is None:
        return ""
    scaled = -((-average.numerator * 10**30) // average.denominator)
    whole, decimals = divmod(scaled, 10**30)
    return f"{whole}.{decimals:030d}".rstrip("0").rstrip(".")


def _journal(act: str, session: Session, by: User, **details: object) -> None:
    record(act=act, about=str(session), by=by, department=session.department, details=details)
