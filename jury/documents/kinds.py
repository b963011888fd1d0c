"""The documents of a session: what each is called, whom it concerns, how it is printed. One place to add one.

A document is printed from a `DocumentSource`, the same for all those of a session: a process reads it once.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass

from butrt.base.documents.kept import keeping, keeps
from jury.cases.case import Case
from jury.cases.identities import why_incomplete
from jury.cases.refusals import Refusal
from jury.documents.issued import PV, note_printed
from jury.documents.known import known_letter, known_transcript
from jury.documents.letters.document import Making, render_letter
from jury.documents.letters.grounds import entitled
from jury.documents.letters.signatory import text_kind
from jury.documents.minutes.document import render_minutes
from jury.documents.source import DocumentSource
from jury.documents.transcripts.document import render_transcript
from jury.models import Issued, LetterText

WHOLE_SESSION = ""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of document. `student` is their number everywhere, "" for a document of the whole session."""

    key: str  # in addresses: "releve"
    name: str  # "Relevé de notes"
    plural: str  # "Relevés de notes"
    files: str  # "releves", the beginning of the name of a file of several
    icon: str
    # (source, student) → the PDF. Raises ValueError, said to who asked, for what cannot be printed.
    render: Callable[[DocumentSource, str], bytes]
    # (source, student) → "RELEVE_RT-Cyber_BUT2_S4_2024-2025_LE-GUENNIC_Erwan_22996066.pdf".
    file_name: Callable[[DocumentSource, str], str]
    # Whether a student is given one; None: one document for the whole session.
    concerns: Callable[[Case], bool] | None
    # Whether it also exists before the closing, marked so.
    provisional: bool = False
    # Whether it says who the student is for others to rely on: their identity is whole, or it waits.
    identifies: bool = False
    # Whether it may be sent to the student it concerns, once the session is closed.
    sent: bool = False

    def refusal(self, source: DocumentSource, student: str) -> str:
        """Why it is not given yet although it concerns the student, and what to do; "" when it is."""
        if not self.identifies or source.provisional:
            return ""
        return why_incomplete(source.case(student))

    def give_out(self, source: DocumentSource, student: str) -> bytes:
        """Print it for someone: its file will be recognised (see verify/). What pages and workers call.

        Raises `Refusal` for somebody whose identity is not whole.
        """
        issued, pdf = self.printed(source, student)
        note_printed([(issued, pdf)])
        return pdf

    def printed(self, source: DocumentSource, student: str) -> tuple[Issued, bytes]:
        """The document and its file, kept unless provisional; `give_out` notes it. Raises `Refusal`."""
        source = source.about(student)
        if reason := self.refusal(source, student):
            raise Refusal(reason)
        with nullcontext() if source.provisional or keeps() else keeping():
            return source.issued(self.key, student), self.render(source, student)

    def students(self, source: DocumentSource) -> list[Case]:
        """The students who are given one, in the order of the cohort; none for one of the whole session."""
        if self.concerns is None or (source.provisional and not self.provisional):
            return []
        return [case for case in source.proceedings.cases if self.concerns(case)]

    def replaced(self, source: DocumentSource) -> list[Case]:
        """Those of them whose document the version of the source replaces: all, unless it says which."""
        minutes = source.minutes
        return [case for case in self.students(source) if minutes is None or minutes.touches(case.id)]


def student_file_name(stem: str) -> Callable[[DocumentSource, str], str]:
    """The kind, the session, the student: what `Kind.file_name` shows, for a kind of each student."""

    def named(source: DocumentSource, student: str) -> str:
        person = source.proceedings.case(student).person
        return f"{source.file_stem(stem, person['last_name'], person['first_name'], person['number'])}.pdf"

    return named


def _everyone(_case: Case) -> bool:
    return True


def _transcript(source: DocumentSource, student: str) -> bytes:
    issued, case = source.issued(TRANSCRIPT.key, student), source.case(student)
    head = source.texts.head(issued.at)
    return render_transcript(
        source.proceedings,
        student,
        minutes=source.minutes,
        at=source.at,
        code=issued.token,
        head=head,
        case=case,
        known=known_transcript(case, source.minutes, head, issued.token) if source.minutes else "",
    ).content


def _minutes(source: DocumentSource, _student: str) -> bytes:
    """Signed if it is, else as it will be signed."""
    assert source.minutes is not None  # not provisional: see Kind.provisional
    last = source.minutes.revisions.order_by("-step").first()
    if last is not None:
        return bytes(last.pdf)
    return render_minutes(source.minutes, source.issued(MINUTES.key, WHOLE_SESSION).token).content


def _minutes_name(source: DocumentSource, _student: str) -> str:
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
    identifies=True,
    sent=True,
)


def _letter(key: str) -> Callable[[DocumentSource, str], bytes]:
    """A letter, in the words in force on the day it was first made; only its address is of today."""

    def render(source: DocumentSource, student: str) -> bytes:
        assert source.minutes is not None  # not provisional: see Kind.provisional
        issued, case = source.issued(key, student), source.case(student)
        making = Making(
            minutes=source.minutes,
            text=source.texts.text(text_kind(key, case), issued.at),
            remedies=source.texts.text(LetterText.Kind.REMEDIES, issued.at),
            head=source.texts.head(issued.at),
            at=issued.at,
            address=source.addresses.get(student, ()),
            rncp=source.rncp(case),
            handwriting=source.handwriting,
            code=issued.token,
        )
        return render_letter(source.proceedings, case, making, known_letter(case, making)).content

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
        identifies=True,
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
