"""What people do with a session of the jury: prepare, open, decide, close. One transaction each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Max, Q, QuerySet
from django.utils import timezone

from butrt.base import french
from butrt.base.accounts.models import Role, User
from butrt.base.french import listed, several
from butrt.base.journal.services import record
from butrt.base.meanwhile import ChangedMeanwhile, Check, retold, unchecked
from curriculum.models import Regulation
from grades import locks
from grades.judged import judged_again
from grades.models import Student
from grades.services import lock_marks, reopen_for, unlock_marks
from jury.cases.consequences import competence
from jury.cases.dossier import figures_digest, freeze
from jury.cases.ledger import reach
from jury.cases.ledger.writing import lines_of
from jury.cases.proceedings import Case, Proceedings
from jury.cases.rights import ANNULLABLE, rights_denied
from jury.documents import minutes
from jury.models import (
    Act,
    ActQuerySet,
    Adoption,
    Decision,
    Freeze,
    Member,
    Minutes,
    Recheck,
    Result,
    Session,
)
from jury.rules import Code, codes
from jury.sittings.checklist import blocking, checklist
from jury.sittings.hearing import NOTHING_SAID, Procedure
from jury.sittings.members.presidency import presidency


class Refusal(ValidationError):
    """An act that cannot be done now; the message says why and what to do, in French."""


class AgainstRight(Refusal):
    """A decision against a right, refused until it is confirmed as such; the message names the right."""


class Meanwhile(ChangedMeanwhile, Refusal):
    """An act refused because somebody else acted since the page was made; the message says who and what."""


SCHEDULED = ("president", "date", "starts", "place")
"""What `schedule` changes of a session that exists, and nothing else."""


@retold
@transaction.atomic
def schedule(
    *, session: Session, by: User, students: Iterable[Student] | None = None, check: Check = unchecked
) -> Session:
    """Create a session, or change its president, date and place before it is closed.

    A new one takes the regulation in force for its school year. Raises `Refusal` when there is none.
    `students`: those that a catch-up session judges (see `catch_up`).
    """
    before = None if session.pk is None else hold(session)
    if before is not None and before.state == Session.State.CLOSED:
        raise Refusal("Le jury est clos : sa date et son lieu sont ceux du PV.")
    check()
    if before is not None and _scheduled(before) == _scheduled(session):
        return before
    if before is None:
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
    else:  # on the row as it is now: the page's own may be of before an opening, or a correction
        was = _scheduled(before)
        for name in SCHEDULED:
            setattr(before, name, getattr(session, name))
        before.full_clean()
        before.save(update_fields=SCHEDULED)
        session = before
        if was[1:] != _scheduled(session)[1:]:
            session.members.update(convened_at=None)  # who was convened was for another day or place
    if students is not None:
        session.students.set(students)
    journal("session.schedule", session, by, date=session.date.isoformat(), place=session.place)
    return session


def _scheduled(session: Session) -> tuple[Any, ...]:
    return tuple(getattr(session, name) for name in SCHEDULED)


@transaction.atomic
def seat_president(*, session: Session) -> None:
    """Put the president among the members, first: whether they came decides whether the jury may close.

    The page that schedules a session does, and the opening where it was not done.
    """
    president = session.president
    if session.members.filter(user=president).exists():
        return
    if session.members.filter(name=str(president), user=None).update(user=president):
        return
    session.members.update(position=F("position") + 1)
    Member.objects.create(
        session=session,
        user=president,
        name=str(president),
        quality=president.quality or "présidence du jury",
        position=0,
    )


@transaction.atomic
def catch_up(*, closed: Session, session: Session, students: Iterable[Student], by: User) -> Session:
    """Create a catch-up session (rattrapage) after a closed one, for some of its students.

    `session` brings its date, hour, place and president; its members, and the act that composes it, are those
    of the closed one, convened again. Its results replace, for later juries, what the closed one left
    waiting. Raises `Refusal`.
    """
    closed = hold(closed)
    if closed.state != Session.State.CLOSED:
        raise Refusal("Un rattrapage suit une session close : clore d’abord celle-ci.")
    chosen = list(students)
    judged = set(closed.enrolments().values_list("student", flat=True))
    if not chosen or not {student.pk for student in chosen} <= judged:
        raise Refusal("Choisir au moins un étudiant, parmi ceux que la session close a examinés.")
    if session.date < closed.date:
        raise Refusal("Un rattrapage se tient après la session qu’il complète.")
    others = Session.objects.filter(cohort=closed.cohort, semester=closed.semester)
    busy = others.exclude(state=Session.State.CLOSED).filter(students__in=chosen).distinct()
    if busy.exists():
        raise Refusal(f"{busy[0]} attend déjà un de ces étudiants : la clore d’abord.")
    session.cohort, session.semester = closed.cohort, closed.semester
    session.rank = others.aggregate(last=Max("rank"))["last"] + 1
    session.composition_act, session.composition_date = closed.composition_act, closed.composition_date
    schedule(session=session, students=chosen, by=by)
    seat_president(session=session)
    _convene_again(closed, session)
    return session


def _convene_again(closed: Session, session: Session) -> None:
    """The members of a closed session, convened for another; its president is one of them already."""
    there = session.members.get()
    if seated := closed.members.exclude(quality="").filter(user=there.user).first():
        there.quality = seated.quality  # as the closed session calls them
        there.save(update_fields=["quality"])
    studying = Role.objects.filter(department=session.department, role=Role.Name.STUDENT)
    students = studying.values("user")
    Member.objects.bulk_create(
        Member(
            session=session,
            user_id=each.user_id,
            name=each.name,
            email=each.email,
            kind=each.kind,
            quality=each.quality,
            substitute=each.substitute,
            position=place,
        )
        for place, each in enumerate(closed.members.exclude(user__in=students), 1)
        if each.name != there.name and (each.user_id is None or each.user_id != there.user_id)
    )


@transaction.atomic
def reopen_marks(*, session: Session, motive: str, by: User) -> int:
    """Unlock, before a catch-up, its students' marks that the closed session locked; how many évaluations.

    Raises `Refusal` without a motive, or once the deliberation is open.
    """
    session = hold(session, marks=True)
    if session.state != Session.State.PREPARATION or not session.is_catch_up:
        raise Refusal("Les notes se rouvrent pendant la préparation d’un rattrapage.")
    if not motive.strip():
        raise Refusal("Rouvrir les notes demande un motif.")
    return unlock(session, motive=motive, by=by)


def unlock(session: Session, *, motive: str, by: User) -> int:
    """Open the marks that a session judges: all of them or, for a catch-up, its students'."""
    cohort, semesters = session.cohort, session.semesters
    if not session.is_catch_up:
        return unlock_marks(cohort=cohort, semesters=semesters, motive=motive, by=by)
    judged = list(session.enrolments())
    return reopen_for(cohort=cohort, semesters=semesters, enrolments=judged, motive=motive, by=by)


def lock(session: Session, *, by: User) -> int:
    """Lock them again, those open for another catch-up apart."""
    enrolments = [each.pk for each in session.enrolments()] if session.is_catch_up else None
    return lock_marks(cohort=session.cohort, semesters=session.semesters, enrolments=enrolments, by=by)


MEMBER_WORDS = {
    "user": "le compte",
    "name": "le nom",
    "email": "le courriel",
    "kind": "« siège comme »",
    "quality": "la qualité",
    "presence": "la présence",
    "substitute": "la suppléance",
}


@dataclass(frozen=True)
class MemberEdit:
    """A line of the list of members as somebody typed it.

    `said` and `seen` hold the fields of `Member.said`: what is typed, and what the line showed before. Only
    what differs is written, so that two people on the list keep what each of them typed. An empty name takes
    the member back.
    """

    pk: int | None
    said: Mapping[str, Any]
    seen: Mapping[str, Any]

    @property
    def changed(self) -> dict[str, Any]:
        return {name: value for name, value in self.said.items() if self.seen.get(name) != value}


class Composition(NamedTuple):
    """The act of the establishment that composes a jury: its reference, "" unknown, and its day."""

    act: str = ""
    day: date | None = None


@transaction.atomic
def convene(
    *,
    session: Session,
    edits: Iterable[MemberEdit],
    by: User,
    composition: Composition | None = None,
    check: Check = unchecked,
) -> None:
    """Write who sits in a session and whether they came, until it is closed: all the lines, or none.

    `composition`: the act that composes the jury, None to leave it as it is; `check` is about it. Raises
    `Refusal` naming the member and both values when somebody else changed the same field meanwhile.
    """
    session = hold(session)
    if session.state == Session.State.CLOSED:
        raise Refusal("Le jury est clos : la liste des membres est celle du PV.")
    rows = {member.pk: member for member in session.members.all()}
    position = max((member.position for member in rows.values()), default=-1)
    told = []
    if composition is not None and composition != (session.composition_act, session.composition_date):
        check()
        session.composition_act, session.composition_date = composition
        session.full_clean(exclude=["place", "opening_motive"], validate_unique=False)
        session.save(update_fields=["composition_act", "composition_date"])
        told.append(f"acte de composition : {composition.act or 'aucun'}, {composition.day or 'sans date'}")
    # Who no longer is the substitute first: the act names one.
    for edit in sorted(edits, key=lambda each: bool(each.changed.get("substitute"))):
        if not edit.changed:
            continue
        if edit.pk is None:
            position += 1
            member = Member(session=session, position=position)
        elif edit.pk in rows:
            member = rows[edit.pk]
            _refuse_overwriting(member, edit)
        else:
            name = edit.seen.get("name") or edit.said["name"]
            raise Refusal(f"{name} : quelqu’un l’a retiré de la liste entre-temps. Relire la liste.")
        if not edit.said["name"]:
            member.delete()
            told.append(f"{edit.seen['name']}, retiré")
            continue
        for name, value in edit.changed.items():
            setattr(member, "user_id" if name == "user" else name, value)
        if member.substitute and member.user_id == session.president_id:
            raise Refusal(f"{member.name} préside : l’acte nomme une autre personne pour suppléer.")
        member.full_clean()
        if "user" in edit.changed:
            _refuse_without_role(member)
        member.save()
        named = ", suppléance de la présidence" if member.substitute else ""
        told.append(f"{member}, {member.get_presence_display()}{named}")
    if told:
        journal("session.members", session, by, members=told)


def _refuse_without_role(member: Member) -> None:
    """An account newly named holds a role that sits: without one, the name would open nothing to them."""
    if member.user and member.session.department.pk not in member.user.named_in(*Role.SITTING):
        raise Refusal(f"{member.name} : ce compte n’a pas dans le département un rôle qui siège.")


def _refuse_overwriting(member: Member, edit: MemberEdit) -> None:
    """Whether somebody else changed, since this line was shown, what it changes."""
    there = member.said
    fields = edit.said if not edit.said["name"] else edit.changed
    for name in fields:
        if there[name] not in (edit.seen.get(name), edit.said[name]):
            label = MEMBER_WORDS[name]
            raise Refusal(
                f"{member.name} : {label} vaut maintenant « {_in_words(name, there[name])} », quelqu’un "
                f"d’autre l’a changé ; vous écriviez « {_in_words(name, edit.said[name])} ». "
                "Rien n’est enregistré, "
                "relire puis enregistrer de nouveau."
            )


def _in_words(name: str, value: Any) -> str:
    """A field of a member as people read it."""
    if name == "presence":
        return str(Member.Presence(value).label)
    if name == "kind":
        return str(Member.Kind(value).label)
    if name == "substitute":
        return "oui" if value else "non"
    return str(User.objects.get(pk=value) if name == "user" and value else value or "rien")


@transaction.atomic
def open_deliberation(*, session: Session, by: User, motive: str = "") -> None:
    """Lock the marks, freeze the figures, start deciding.

    Raises `Refusal` when something blocks and no motive is given (domain 4).
    """
    session = hold(session, marks=True)
    if session.state != Session.State.PREPARATION:
        raise Refusal("La délibération est déjà ouverte.")
    obstacles = blocking(checklist(session, Proceedings.of(session)))
    if obstacles and not motive.strip():
        raise Refusal(
            "Ouvrir demande un motif, car la liste de contrôle bloque : "
            + " ; ".join(obstacle.title for obstacle in obstacles)
            + "."
        )
    lock(session, by=by)
    judged_again(session.cohort, session.semester, session.enrolments())
    seat_president(session=session)
    session.snapshot = freeze(session)
    session.state = Session.State.DELIBERATION
    session.opened_at = timezone.now()
    session.opening_motive = motive.strip()
    session.full_clean(validate_unique=False)
    session.save()
    answer_rechecks(session, session.rechecks.filter(answered_at__isnull=True), by=by)
    journal(
        "session.open", session, by, motive=session.opening_motive, figures=figures_digest(session.snapshot)
    )


@transaction.atomic
def back_to_preparation(*, session: Session, motive: str, by: User) -> None:
    """Unlock the marks again, with a motive; the decisions taken are kept."""
    session = hold(session, marks=True)
    if session.state != Session.State.DELIBERATION:
        raise Refusal("Seule une délibération ouverte peut revenir en préparation.")
    if not motive.strip():
        raise Refusal("Déverrouiller les notes demande un motif.")
    unlock(session, motive=motive, by=by)
    set_aside(session, motive=motive.strip(), by=by)
    journal("session.unlock", session, by, motive=motive)


def set_aside(session: Session, *, motive: str, by: User) -> None:
    """Back to preparation: the frozen figures are kept, to compare with those of the next opening."""
    assert session.opened_at is not None  # it was frozen
    Freeze.objects.create(
        session=session,
        opened_at=session.opened_at,
        kept_at=timezone.now(),
        motive=motive,
        by=by,
        snapshot=session.snapshot,
    )
    session.snapshot, session.opened_at = None, None
    session.state = Session.State.PREPARATION
    session.save()


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
        _nothing_since(session, student, seen)
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
    taken = []
    for choice in choices:
        about = {"student": student, "kind": choice.kind, "subject": choice.subject}
        session.decisions.filter(**about, current=True).update(current=False)
        decision = Decision(
            session=session,
            code=choice.code,
            motive=motive.strip(),
            hearing=hearing.strip(),
            **procedure.as_fields,
            advice=advice.strip(),
            against_right=(choice.kind, choice.subject) in rights,
            right=rights.get((choice.kind, choice.subject), ""),
            author=by,
            at=act.at,
            act=act,
            basis=proceedings.figures.outcomes[student.number].to_json(),
            **about,
        )
        decision.full_clean()
        decision.save()
        taken.append(decision)
        journal(
            "jury.decide",
            session,
            by,
            student=case.name,
            subject=choice.subject or "année",
            code=choice.code,
            motive=motive,
            decisions=[decision.as_told],
            **({"against_right": decision.right} if decision.right else {}),
        )
    return taken[0]


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
    given = {(each.kind, each.subject): each.code for each in choices}
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
    return {(each.kind, each.subject): str(each) for each in rights}


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
            f"L’écran montrait {_of_right(expected)} ; il y en a maintenant {len(awaiting)}, ou "
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
        adoptions=[each.as_told for each in adopted],
    )
    return act


@transaction.atomic
def undo(*, session: Session, by: User, act: int | None = None) -> Act:
    """Take back the last act of a session that still stands: a decision, a withdrawal, an adoption of N.

    What it had superseded is current again; nothing is deleted. `act`: the one that the page offered to take
    back, None for whichever is the last. Raises `Refusal`, or `Meanwhile` when another act came since.
    """
    session = hold(session)
    deliberating(session, "On annule un acte")
    last = undoable(session).select_related("by").last()
    if last is None:
        raise Refusal("Il n’y a plus rien à annuler dans cette session.")
    if act is not None and last.pk != act:
        raise Meanwhile(
            f"Entre-temps, {told_act(last)}. Rien n’est annulé : on annulerait maintenant cet acte-là."
        )
    said = told_act(last)
    last.undone_by, last.undone_at = by, timezone.now()
    last.full_clean()
    last.save()
    names = _take_back(session.decisions.all(), last, "kind", "subject")
    names |= _take_back(session.adoptions.all(), last)
    journal("jury.undo", session, by, undone=said, students=sorted(names), taken_back=last.pk)
    return last


def undoable(session: Session) -> ActQuerySet:
    """The acts that may be taken back: those that stand, since the last closing if there was one."""
    acts = session.acts.standing()
    return acts.filter(correction__isnull=False, correction=under_way(session)) if session.closed_at else acts


def under_way(session: Session) -> int | None:
    """The key of the correction under way of a session."""
    return session.corrections.filter(ended_at__isnull=True).values_list("pk", flat=True).first()


def answer_rechecks(session: Session, rechecks: QuerySet[Recheck], *, by: User) -> None:
    """What changed of these students is taken in, or changes nothing."""
    rechecks.update(answered_at=timezone.now(), answered_by=by, correction=under_way(session))


def _take_back(rows: QuerySet[Any], act: Act, *about: str) -> set[str]:
    """Take the rows of an act out, put back those that they superseded; the students, by name.

    Acts are taken back from the last: what an act superseded is the newest row that stands on its subject.
    """
    taken = list(rows.filter(act=act).select_related("student"))
    rows.filter(act=act).update(current=False)
    subjects = {(row.student_id, *(getattr(row, name) for name in about)) for row in taken}
    standing = rows.filter(student__in={row.student_id for row in taken}).filter(
        Q(act__isnull=True) | Q(act__undone_at__isnull=True)
    )
    newest = {
        tuple(subject): pk
        for *subject, pk in standing.order_by("pk").values_list("student_id", *about, "pk")
        if tuple(subject) in subjects
    }
    rows.filter(pk__in=newest.values()).update(current=True)
    return {str(row.student) for row in taken}


def last_act(session: Session, number: str) -> Act | None:
    """The last act that stands on a student: what a page tells it was made with, in `decide(seen=…)`."""
    return (
        session.acts.standing()
        .filter(Q(decisions__student__number=number) | Q(adoptions__student__number=number))
        .select_related("by")
        .order_by("-pk")
        .first()
    )


def _nothing_since(session: Session, student: Student, seen: int) -> None:
    """Raises `Meanwhile`, which tells who did what, when someone acted on this student since `seen`."""
    last = last_act(session, student.number)
    if (last.pk if last else 0) == seen:
        return
    if last is not None and last.pk > seen:
        raise Meanwhile(
            f"Entre-temps, {told_act(last, student)}. Rien n’est enregistré, votre saisie reste : "
            "enregistrer de nouveau la remplace."
        )
    undone = session.acts.filter(pk=seen).select_related("by", "undone_by").first()
    who = f"{undone.undone_by} a annulé ce que" if undone else "quelqu’un a annulé ce que"
    what = f" : {told_act(undone, student)}" if undone else ""
    raise Meanwhile(
        f"Entre-temps, {who} montrait la page{what}. Rien n’est enregistré, votre saisie reste : "
        "relire, puis enregistrer de nouveau."
    )


def _of_right(number: int) -> str:
    return several(number, "proposition de droit", "propositions de droit")


def told_act(act: Act, student: Student | None = None) -> str:
    """ "Béatrice Vaucresson a décidé PAS1NCI (année) le 8 juillet 2025 à 14 h 06, motif « … »"."""
    when = f"le {french.moment(act.at)}"
    if act.kind == Act.Kind.ADOPTION:
        number = act.adoptions.count()
        what = "cette proposition de droit" if student else _of_right(number)
        return f"{act.by} a accepté {what} {when}"
    decisions = list(act.decisions.select_related("student"))
    together = len({each.student_id for each in decisions})
    if together > 1:
        first = decisions[0]
        decisions = [each for each in decisions if each.student_id == (student or first.student).pk]
    whom = f"{together} étudiants" if together > 1 else str(decisions[0].student)
    who = "" if student else f" pour {whom}"
    about = ", ".join(
        f"{each.code} ({each.subject.partition('/')[0] or 'année'})".strip() for each in decisions
    )
    if act.kind == Act.Kind.WITHDRAWAL:
        about = decisions[0].subject.partition("/")[0] or "l’année"
        return f"{act.by} a retiré la décision sur {about}{who} {when}"
    return f"{act.by} a décidé {about}{who} {when}, motif « {decisions[0].motive} »"


def deliberating(session: Session, doing: str) -> None:
    """Raises `Refusal` unless the deliberation is open; `doing` begins the sentence: "On décide"."""
    if session.state != Session.State.DELIBERATION:
        raise Refusal(f"{doing} pendant la délibération : elle n’est pas ouverte, ou le jury est clos.")


def new_act(session: Session, kind: Act.Kind, by: User) -> Act:
    """Begin an act of the room, now: its decisions and adoptions point to it."""
    return Act.objects.create(
        session=session, correction_id=under_way(session), kind=kind, by=by, at=timezone.now()
    )


@transaction.atomic
def close(*, session: Session, by: User, starts: time | None = None, ends: time | None = None) -> Minutes:
    """Make the decisions final: results for the juries to come, and the first version of the PV.

    `starts` and `ends` are the hours of the meeting, as the PV prints them.
    Raises `Refusal` while a case is undecided, one of right not accepted, or nobody there who may preside.
    """
    session = hold(session, marks=True)
    if session.state != Session.State.DELIBERATION:
        raise Refusal("Seule une délibération ouverte peut être close.")
    proceedings = Proceedings.of(session)
    left = [case.name for case in proceedings.cases if case.undecided]
    if left:
        raise Refusal(
            f"Clore demande encore {several(len(left), 'décision', 'décisions')} : {', '.join(left)}."
        )
    if awaiting := proceedings.awaiting:
        raise Refusal(
            f"Clore demande d’accepter les propositions de droit, il en reste {len(awaiting)} : "
            f"{', '.join(case.name for case in awaiting)}."
        )
    if unanswered := proceedings.unanswered:
        raise Refusal(
            "Clore demande de répondre à ce que les notes corrigées ont changé : "
            f"{', '.join(case.name for case in unanswered)}."
        )
    if lacks := presidency(session).lacks:
        raise Refusal(lacks)
    corrects = session.corrections.select_related("corrected").filter(ended_at__isnull=True).first()
    session.state, session.correcting = Session.State.CLOSED, False
    session.closed_at = timezone.now()
    session.starts, session.ends = starts or session.starts, ends or session.ends
    session.snapshot = {**(session.snapshot or {}), "rules": proceedings.figures.rules}
    # Nothing typed here: a text of before that no document prints must not hold the closing.
    session.full_clean(exclude=["place", "opening_motive"], validate_unique=False)
    session.save()
    replace_results(session, lines_of(session, proceedings))
    issued = minutes.issue(session=session, proceedings=proceedings, by=by, corrects=corrects)
    if corrects:
        if not issued.changes:
            raise Refusal("La correction ne change rien : l’abandonner, la version du PV reste en vigueur.")
        corrects.ended_at, corrects.minutes = session.closed_at, issued
        corrects.save()
    journal(
        "session.close",
        session,
        by,
        version=issued.version,
        fingerprint=issued.fingerprint,
        figures=figures_digest(session.snapshot),
        **({"motive": corrects.motive, "changes": issued.changes} if corrects else {}),
    )
    return issued


def replace_results(session: Session, lines: list[Result]) -> None:
    """Put what a session gives in the ledger, in the place of what its version before gave.

    Every later session that rests on what changed is told.
    """
    before = reach.results_by_student(session.results.all())
    session.results.all().delete()
    Result.objects.bulk_create(lines)
    reach.flag(
        students=reach.changed_students(before, reach.results_by_student(lines)),
        cause=f"{session}, {'corrigé' if before else 'clos'} le {french.day(timezone.localdate())}",
        since=session.cohort.school_year,
        apart=session,
    )


def hold(session: Session, *, marks: bool = False) -> Session:
    """The session as it is now, held until the transaction ends (SQLite writes one at a time anyway).

    `marks`: and all that its averages rest on; the writers have finished, others wait (see grades/locks.py).
    """
    held = Session.objects.with_programme().select_for_update(of=("self",), no_key=True).get(pk=session.pk)
    if marks:
        locks.own(held.cohort_id, held.semesters)
    return held


def journal(act: str, session: Session, by: User | None, **details: object) -> None:
    """Write an act in the journal, and tell the room's followers, in the act's own transaction."""
    told = {"session": session.pk, **details}
    record(act=act, about=str(session), by=by, department=session.department, details=told)
    session.step_room()
