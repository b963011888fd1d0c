"""What the words of a search find for a person: everything comes through the doors of the pages it leads to.

Names are compared without case, accents and signs, which no database does alike: the rows that the person
may see are read, one query a kind, and compared here (some milliseconds for a department's students).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice

from django.db.models import F, Prefetch, Q
from django.urls import reverse
from django.utils.http import urlencode

from butrt.base import french
from butrt.base.accounts.models import Role, User
from butrt.base.documents.verification_codes import as_written
from butrt.base.schoolyears import by_year
from butrt.base.words import folded, holds_words
from curriculum.models import Element, Programme
from grades.models import Cohort, Enrolment, Student, Teaching
from grades.models.students import SEARCHED
from jury.documents.kinds import KINDS
from jury.models import Issued, Minutes, Session

LONGEST = 100  # characters of a search
SHORTEST = 2
SHOWN = 12  # of a kind; more words show the others
CODE_PART = 4  # characters: a group of a document's code
NAMES = Role.Name

# Said of what is looked for, not of whom: "relevé martin" looks for MARTIN.
SAID_OF_DOCUMENTS = {folded(word) for word in ["relevé", "relevés"]} | {
    *("document", "documents", "notification", "notifications", "attestation", "attestations")
}


@dataclass(frozen=True)
class Hit:
    """Something found: what it is called, what tells it from others, where it opens, and where else."""

    title: str
    about: str
    address: str
    also: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Group:
    """What was found of a kind: `number` in all, the first of them in `hits`."""

    name: str
    hits: Sequence[Hit]
    number: int


def words_of(query: str) -> list[str]:
    """The words that are looked for; none when the search is too short to mean something."""
    words = folded(query).split()
    return words if max(map(len, words), default=0) >= SHORTEST else []


def find(user: User, query: str) -> list[Group]:
    """What every word of `query` is found in, that this person may open; kinds without any are left out.

    The number of queries does not depend on what is found.
    """
    words = words_of(query)
    if not words:
        return []
    named = [word for word in words if word not in SAID_OF_DOCUMENTS]
    sessions = list(
        Session.objects.visible_to(user)
        .with_programme()
        .prefetch_related(Prefetch("students", Student.objects.only("pk")))
        .order_by(*by_year("cohort__school_year", held="date"), "-semester", "-rank")
    )
    documented = set(Session.objects.documented_for(user).values_list("pk", flat=True))
    students, number = _students(user, sessions, named) if named else ([], 0)
    people = _Students(user, students, sessions)
    groups = [
        Group("Étudiants", people.hits(), number),
        _group("Éléments", _elements(user, words)),
        _group("Jurys", (_session_hit(session) for session in sessions if _has(words, _in_words(session)))),
        _group("Documents", _documents(words, query, documented, people)),
        _group("Promotions", _cohorts(user, words)),
        _group("Programmes", _programmes(user, words)),
    ]
    return [group for group in groups if group.number]


def _has(words: Iterable[str], text: str) -> bool:
    """Whether each word begins one of the text's."""
    plain = f" {folded(text)}"
    return all(f" {word}" in plain for word in words)


def _group(name: str, hits: Iterable[Hit]) -> Group:
    all_hits = list(hits)
    return Group(name, all_hits[:SHOWN], len(all_hits))


# ---------- students ----------


def _students(user: User, sessions: Sequence[Session], words: list[str]) -> tuple[list[Student], int]:
    """The first students found, and how many there are: the person's own, and those their juries judge."""
    whole = [session.cohort_id for session in sessions if not session.is_catch_up]
    again = [session.pk for session in sessions if session.is_catch_up]
    judged = Student.objects.filter(
        Q(pk__in=Enrolment.objects.filter(cohort__in=whole).values("student"))
        | Q(pk__in=Session.students.through.objects.filter(session__in=again).values("student"))
    )
    seen = Student.objects.visible_to(user) | judged
    matching = [
        student
        for student in seen.only(*SEARCHED, "department").this_year_first()
        if student.last_year is not None  # who was never enrolled is on no page
        and holds_words(words, (*student.searched, student.ine))
    ]
    return matching[:SHOWN], len(matching)


class _Students:
    """Where each of the students found leads their reader."""

    def __init__(self, user: User, students: Sequence[Student], sessions: Sequence[Session]) -> None:
        self.user = user
        self.students = students
        self.sessions: dict[int, list[Session]] = defaultdict(list)
        for session in sessions:
            self.sessions[session.cohort_id].append(session)
        self.enrolments: dict[int, list[Enrolment]] = defaultdict(list)
        rows = (
            Enrolment.objects.filter(student__in=students)
            .select_related("cohort__specialty__department")
            .prefetch_related("cohort__programmes")
        )
        for enrolment in rows.order_by(*by_year("cohort__school_year"), "-pk"):
            self.enrolments[enrolment.student_id].append(enrolment)
        # By promotion and programme: an element of one parcours has its own students only.
        self.teachings: dict[tuple[int, int], list[Teaching]] = defaultdict(list)
        cohorts = {enrolment.cohort_id for theirs in self.enrolments.values() for enrolment in theirs}
        named = Q(teachers=user) | Q(heads=user)
        mine = Teaching.objects.fillable_by(user).filter(
            named, cohort__in=cohorts, cohort__programmes__elements__code=F("element__code")
        )
        for teaching in mine.select_related("element").annotate(
            taught=F("cohort__programmes__elements__programme")
        ):
            self.teachings[teaching.cohort_id, teaching.taught].append(teaching)

    def hits(self) -> list[Hit]:
        made = []
        for student in self.students:
            places = list(self._places(student))
            if places:
                made.append(Hit(str(student), self._about(student), places[0][1], tuple(places[1:4])))
        return made

    def _about(self, student: Student) -> str:
        enrolment = self.enrolments[student.pk][0]
        return f"n° {student.number}, {enrolment.cohort}"

    def judged(self, student: Student) -> Iterable[Session]:
        """The juries that the reader sees and that judge this student, the last first."""
        for enrolment in self.enrolments[student.pk]:
            for session in self.sessions[enrolment.cohort_id]:
                if not session.is_catch_up or student in session.students.all():
                    yield session

    def _places(self, student: Student) -> Iterable[tuple[str, str]]:
        """(what opens, its address): the card of the last juries, the enrolment, the mark sheets…"""
        for session in islice(self.judged(student), 2):
            yield f"Fiche, {session.title}", reverse("jury:card", args=[session.pk, student.number])
        last = self.enrolments[student.pk][0]
        if self._is(student, NAMES.DIRECTOR, NAMES.SECRETARIAT):
            yield f"Inscription {last.cohort.years}", reverse("cohorts:enrolment", args=[last.pk])
        elif self._is(student, NAMES.ADMINISTRATOR):
            address = reverse("cohorts:cohort", args=[last.cohort_id])
            yield f"Promotion {last.cohort.years}", f"{address}?{urlencode({'q': student.number})}"
            yield "Données personnelles", reverse("personal:student", args=[student.pk])
        elif self._is(student, NAMES.PRESIDENT):
            yield f"Promotion {last.cohort.years}", reverse("jury:follow", args=[last.cohort_id])
        for enrolment in self.enrolments[student.pk]:
            for teaching in self.teachings[enrolment.cohort_id, enrolment.programme_id]:
                address = f"{teaching.get_absolute_url()}#s-{enrolment.pk}"
                yield f"Notes, {teaching.element.display}", address

    def _is(self, student: Student, *roles: str) -> bool:
        return self.user.has_role(student.department_id, *roles)


# ---------- the rest ----------


def _elements(user: User, words: list[str]) -> Iterable[Hit]:
    """The mark sheets that this person may fill, this year's first; then the elements of programmes."""
    taught = (
        Teaching.objects.fillable_by(user)
        .select_related("element")
        .prefetch_related(Prefetch("cohort", Cohort.objects.named()))  # each once, for its hundred elements
        .order_by(*by_year("cohort__school_year"), "element__semester", "element__code")
    )
    called = cache(str)
    for teaching in taught:
        element = teaching.element
        about = f"semestre {element.semester}, {called(teaching.cohort)}"
        if _has(words, f"{element.code} {element.display} {element.title} {about}"):
            yield Hit(
                f"{element.display} {element.title}",
                f"feuille de notes, {about}",
                teaching.get_absolute_url(),
            )
    listed = Element.objects.filter(programme__in=Programme.objects.visible_to(user))
    for element in listed.select_related("programme__parcours").order_by("-programme__in_force_from", "code"):
        about = f"{element.programme}, maquette {element.programme.in_force_from}"
        if _has(words, f"{element.code} {element.display} {element.title} {about}"):
            address = f"{element.programme.get_absolute_url()}#s{element.semester}"
            yield Hit(f"{element.display} {element.title}", about, address)


def _in_words(session: Session) -> str:
    when = f"{french.short_date(session.date)} {french.date(session.date)}"
    about = f"{session.cohort.formation} {session.place} {session.get_state_display()}"
    return f"jury session {session} {when} {about}"


def _session_hit(session: Session) -> Hit:
    about = f"{session.cohort.formation}, {french.date(session.date)}, {session.get_state_display()}"
    return Hit(str(session), about, session.get_absolute_url())


def _documents(words: list[str], query: str, documented: set[int], people: _Students) -> Iterable[Hit]:
    """By its code; the PV of a jury; the documents of the students found."""
    code = as_written(query)
    by_code = Issued.objects.none()
    if len(code) >= CODE_PART and len(code) >= len("".join(query.split())):  # nothing but letters of a code
        by_code = Issued.objects.filter(session__in=documented, token__contains=code)
    rows = by_code.select_related("session__cohort", "minutes", "student").defer("session__snapshot")
    for issued in rows.defer("session__snapshot", "minutes__content")[: SHOWN + 1]:
        yield _issued_hit(issued)
    versions = Minutes.objects.filter(session__in=documented).defer("content", "session__snapshot")
    for minutes in (
        versions.select_related("session__cohort__specialty__department")
        .prefetch_related("session__cohort__programmes")
        .order_by(*by_year("session__cohort__school_year", held="session__date"), "-created_at")
    ):
        if _has(words, f"PV procès-verbal document {_in_words(minutes.session)} version {minutes.version}"):
            yield Hit(
                f"PV, version {minutes.version}",
                f"{minutes.session}, {minutes.session.cohort.formation}",
                reverse("jury:minutes_pdf", args=[minutes.session_id, minutes.version]),
            )
    for student in people.students:
        for session in people.judged(student):
            if session.pk in documented and session.state == Session.State.CLOSED:
                address = reverse("jury:student_documents", args=[session.pk, student.number])
                yield Hit(f"Documents de {student}", f"relevé et courriers, {session}", address)


def _issued_hit(issued: Issued) -> Hit:
    """A document known by its code: the PV itself, the page of the student's, else what the code says."""
    session, kind = issued.session, KINDS[issued.kind].name
    about = f"{session}, code {issued.token}"
    checked = ("Ce que dit le code", issued.get_absolute_url())
    if issued.student is None and issued.minutes is not None:
        address = reverse("jury:minutes_pdf", args=[session.pk, issued.minutes.version])
        return Hit(f"{kind}, version {issued.minutes.version}", about, address, [checked])
    title = f"{kind} de {issued.student}"
    if session.state == Session.State.CLOSED and issued.final and issued.student:
        address = reverse("jury:student_documents", args=[session.pk, issued.student.number])
        return Hit(title, about, address, [checked])
    return Hit(title, about, issued.get_absolute_url())


def _cohorts(user: User, words: list[str]) -> Iterable[Hit]:
    for cohort in (
        Cohort.objects.listed_for(user).named().order_by(*by_year(), "specialty", "year", "name", "pk")
    ):
        parcours = " ".join(programme.parcours.name for programme in cohort.taught)
        if _has(words, f"promotion {cohort} {parcours}"):
            yield Hit(cohort.formation, cohort.years, cohort.get_absolute_url())


def _programmes(user: User, words: list[str]) -> Iterable[Hit]:
    for programme in Programme.objects.visible_to(user).select_related("parcours__specialty"):
        about = f"{programme.parcours}, en vigueur depuis {programme.in_force_from}"
        if _has(words, f"programme maquette {programme} {about}"):
            yield Hit(str(programme), about, programme.get_absolute_url())
