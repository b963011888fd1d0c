"""The documents of a session: what each is called, whom it concerns, how it is printed. One place to add one.

A document is printed from a `Source`, the same for all the documents of a session: a process reads it once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from django.utils import timezone

from butrt.base.accounts.models import User
from curriculum.models import ProgrammeIdentity
from grades.models import Student
from jury.cases.proceedings import Case, Proceedings
from jury.documents.issued import PV, issued_for_all, note_printed
from jury.documents.letters.document import Making, render_letter
from jury.documents.letters.grounds import entitled
from jury.documents.letters.signatory import presided, text_kind
from jury.documents.letters.versions import Texts
from jury.documents.minutes.document import render_minutes
from jury.documents.transcripts.document import render_transcript
from jury.models import Handwriting, Issued, LetterText, Minutes, Session

WHOLE_SESSION = ""


@dataclass(frozen=True)
class Source:
    """What documents are made from: a version of the PV or, before there is one, the figures of a moment."""

    session: Session
    proceedings: Proceedings
    minutes: Minutes | None
    # When it was established, or, without a PV, when the figures were read.
    at: datetime
    # Who asks for the documents: named as having given them out.
    by: User | None = None
    # The documents given out, by kind and student: see `issued`.
    _issued: dict[tuple[str, str], Issued] = field(default_factory=dict, repr=False, compare=False)
    # The same of earlier versions of the PV, by number: see `about`.
    _earlier: dict[int, Source] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, session: Session, *, by: User | None = None) -> Source:
        """The last PV of a closed session, else the provisional figures (`session`: `with_programme()`)."""
        minutes = session.minutes.order_by("-version").first()
        if minutes is None:
            return cls(session, Proceedings.of(session), None, timezone.now(), by)
        return cls.of_minutes(session, minutes, by=by)

    @classmethod
    def of_minutes(cls, session: Session, minutes: Minutes, *, by: User | None = None) -> Source:
        """A given version of the PV of a session; its content need not have been read."""
        minutes.session = session
        return cls(session, Proceedings.of_version(minutes), minutes, minutes.created_at, by)

    def about(self, student: str) -> Source:
        """What this student's documents are printed from: the last version that changed what is said of them.

        A correction for one student replaces their documents; those of the others stand.
        """
        if self.minutes is None or self.minutes.touches(student):
            return self
        version = self.version_about(student)
        if version not in self._earlier:
            minutes = self.session.minutes.whole().get(version=version)
            self._earlier[version] = Source.of_minutes(self.session, minutes, by=self.by)
        return self._earlier[version]

    def version_about(self, student: str) -> int:
        """Its number."""
        assert self.minutes is not None  # only asked of a version
        if self.minutes.touches(student):
            return self.minutes.version
        return next(each for each in self._versions if each.touches(student)).version

    @cached_property
    def _versions(self) -> list[Minutes]:
        """Those up to this one, the last first, without their content."""
        assert self.minutes is not None  # only asked of a version
        upto = self.session.minutes.filter(version__lte=self.minutes.version)
        return list(upto.order_by("-version"))

    def issued(self, kind: str, student: str) -> Issued:
        """The document of a kind and a student ("" for none) as it is known to who checks it by its code."""
        source = self.about(student)
        if (kind, student) not in source._issued:
            source.issue_all(kind, [student])
        return source._issued[kind, student]

    def issue_all(self, kind: str, students: Iterable[str]) -> None:
        """Make the codes of many documents ready at once: a few queries a version, however many they are."""
        by_version: dict[int, tuple[Source, list[str]]] = {}
        for student in students:
            source = self.about(student)
            by_version.setdefault(id(source), (source, []))[1].append(student)
        for source, numbers in by_version.values():
            made = issued_for_all(source.session, source.minutes, kind, numbers, by=source.by)
            source._issued.update({(kind, student): issued for student, issued in made.items()})

    @cached_property
    def texts(self) -> Texts:
        """The words of the department's letters, every version: read once for all the documents."""
        return Texts.of(self.session.department)

    @cached_property
    def addresses(self) -> dict[str, tuple[str, ...]]:
        """Where the students judged live today, by number: nothing frozen, a letter is sent today."""
        judged = Student.objects.filter(
            department=self.session.department, number__in=list(self.proceedings.context["students"])
        )
        students = judged.exclude(city="")
        return {student.number: student.postal_address for student in students}

    @cached_property
    def rncp(self) -> str:
        """The diploma's number in the national register, from its programme or one of its parcours; or ""."""
        programme = self.session.cohort.programme
        known = ProgrammeIdentity.objects.filter(programme__parcours=programme.parcours_id).exclude(rncp="")
        numbers = dict(known.order_by("programme__in_force_from").values_list("programme", "rncp"))
        return numbers.get(programme.pk) or next(reversed(numbers.values()), "")

    @cached_property
    def handwriting(self) -> bytes:
        """The signature of who presided, as they sent it; b"" without one."""
        assert self.minutes is not None  # letters are never provisional
        account = presided(self.minutes.content["session"]).account
        found = Handwriting.objects.filter(user__username=account).first() if account else None
        return bytes(found.png) if found else b""

    @property
    def provisional(self) -> bool:
        return self.minutes is None

    def file_stem(self, kind: str, *more: object) -> str:
        """How a file is called: "releves_RT-Cyber_BUT2_S4_2024-2025", then "provisoire" while it is."""
        return self.session.file_stem(kind, "provisoire" if self.provisional else "", *more)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of document. `student` is their number everywhere, "" for a document of the whole session."""

    key: str  # in addresses: "releve"
    name: str  # "Relevé de notes"
    plural: str  # "Relevés de notes"
    files: str  # "releves", the beginning of the name of a file of several
    icon: str
    # (source, student) → the PDF. Raises ValueError, said to who asked, for what cannot be printed.
    render: Callable[[Source, str], bytes]
    # (source, student) → "RELEVE_RT-Cyber_BUT2_S4_2024-2025_LE-GUENNIC_Erwan_22996066.pdf".
    file_name: Callable[[Source, str], str]
    # Whether a student is given one; None: one document for the whole session.
    concerns: Callable[[Case], bool] | None
    # Whether it also exists before the closing, marked so.
    provisional: bool = False
    # Whether it may be sent to the student it concerns, once the session is closed.
    sent: bool = False

    def give_out(self, source: Source, student: str) -> bytes:
        """Print it for someone: its file will be recognised (see verify/). What pages and workers call."""
        source = source.about(student)
        pdf = self.render(source, student)
        note_printed([(source.issued(self.key, student), pdf)])
        return pdf

    def students(self, source: Source) -> list[Case]:
        """The students who are given one, in the order of the cohort; none for one of the whole session."""
        if self.concerns is None or (source.provisional and not self.provisional):
            return []
        return [case for case in source.proceedings.cases if self.concerns(case)]

    def replaced(self, source: Source) -> list[Case]:
        """Those of them whose document the version of the source replaces: all, unless it says which."""
        minutes = source.minutes
        return [case for case in self.students(source) if minutes is None or minutes.touches(case.id)]


def student_file_name(stem: str) -> Callable[[Source, str], str]:
    """The kind, the session, the student: what `Kind.file_name` shows, for a kind of each student."""

    def named(source: Source, student: str) -> str:
        person = source.proceedings.case(student).person
        return f"{source.file_stem(stem, person['last_name'], person['first_name'], person['number'])}.pdf"

    return named


def _everyone(_case: Case) -> bool:
    return True


def _transcript(source: Source, student: str) -> bytes:
    issued = source.issued(TRANSCRIPT.key, student)
    return render_transcript(
        source.proceedings,
        student,
        minutes=source.minutes,
        at=source.at,
        code=issued.token,
        head=source.texts.head(issued.at),
    ).content


def _minutes(source: Source, _student: str) -> bytes:
    """Signed if it is, else as it will be signed."""
    assert source.minutes is not None  # not provisional: see Kind.provisional
    last = source.minutes.revisions.order_by("-step").first()
    if last is not None:
        return bytes(last.pdf)
    return render_minutes(source.minutes, source.issued(MINUTES.key, WHOLE_SESSION).token).content


def _minutes_name(source: Source, _student: str) -> str:
    assert source.minutes is not None
    unsigned = "" if source.minutes.revisions.exists() else "non-signe"
    return f"{source.file_stem('PV', f'v{source.minutes.version}', unsigned)}.pdf"


MINUTES = Kind(
    key=PV,
    name="Procès-verbal",
    plural="Procès-verbal",
    files="PV",
    icon="file-earmark-check",
    render=_minutes,
    file_name=_minutes_name,
    concerns=None,
)
TRANSCRIPT = Kind(
    key="releve",
    name="Relevé de notes",
    plural="Relevés de notes",
    files="releves",
    icon="file-earmark-text",
    render=_transcript,
    file_name=student_file_name("RELEVE"),
    concerns=_everyone,
    provisional=True,
    sent=True,
)


def _letter(key: str) -> Callable[[Source, str], bytes]:
    """A letter, in the words in force on the day it was first made; only its address is of today."""

    def render(source: Source, student: str) -> bytes:
        assert source.minutes is not None  # not provisional: see Kind.provisional
        issued, case = source.issued(key, student), source.proceedings.case(student)
        return render_letter(
            source.proceedings,
            case,
            Making(
                minutes=source.minutes,
                text=source.texts.text(text_kind(key, case), issued.at),
                remedies=source.texts.text(LetterText.Kind.REMEDIES, issued.at),
                head=source.texts.head(issued.at),
                at=issued.at,
                address=source.addresses.get(student, ()),
                rncp=source.rncp,
                handwriting=source.handwriting,
                code=issued.token,
            ),
        ).content

    return render


NOTIFICATION = Kind(
    key="notification",
    name="Notification de décision",
    plural="Notifications de décision",
    files="notifications",
    icon="envelope",
    render=_letter("notification"),
    file_name=student_file_name("NOTIFICATION"),
    concerns=entitled("notification"),
    sent=True,
)
ATTESTATIONS = tuple(
    Kind(
        key=key,
        name=f"Attestation {of_what}",
        plural=f"Attestations {of_what}",
        files=stem.lower().replace("attestation", "attestations"),
        icon="file-earmark-check",
        render=_letter(key),
        file_name=student_file_name(stem),
        concerns=entitled(key),
    )
    for key, of_what, stem in (
        ("reussite", "de réussite de l’année", "ATTESTATION-REUSSITE"),
        ("ue", "d’UE et d’ECTS acquis", "ATTESTATION-UE"),
        ("dut", "d’obtention du DUT", "ATTESTATION-DUT"),
        ("but", "de réussite au BUT", "ATTESTATION-BUT"),
    )
)

# In the order of the pages and of each student's file.
KINDS: dict[str, Kind] = {kind.key: kind for kind in (MINUTES, TRANSCRIPT, NOTIFICATION, *ATTESTATIONS)}
