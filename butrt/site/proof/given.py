"""The documents given out: those that the site keeps, and what it would print today, beside the sealed PV."""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from butrt.base import french
from butrt.base.documents.pdf_words import printed_text
from butrt.base.outside import Limits, opened_apart
from butrt.site.proof.sealed import AVERAGE, CODE, NoAttachment, Sealed, attachments, same_decision
from jury.cases.case import Case
from jury.documents.kinds import KINDS, TRANSCRIPT, Kind
from jury.documents.source import DocumentSource
from jury.documents.transcripts.document import transcript_to_print
from jury.models import Issued, Piece, Printed, Session

FIGURES = re.compile(r"\d+,\d+|\d+ECTS|\b[A-Z]{2,}\d*\b")
TAG = re.compile(r"<(?:style|svg)\b.*?</(?:style|svg)>|<[^>]*>", re.S)


def check_given(
    session: Session, of_version: Mapping[int, Sealed], sources: Mapping[int, DocumentSource]
) -> Iterator[str]:
    """What the documents given out of a closed session say otherwise than its PV.

    `of_version`, `sources`: by the key of the version that each was printed from.
    """
    given = Issued.objects.filter(session=session, minutes__in=[*of_version], student__isnull=False)
    for issued in given.select_related("student").order_by("pk"):
        assert issued.minutes_id is not None  # asked for above
        assert issued.student is not None
        sealed, kind = of_version[issued.minutes_id], KINDS.get(issued.kind)
        number = issued.student.number
        about = f"{kind.name if kind else issued.kind} de {sealed.name(number)} ({issued.token})"
        if kind is None:
            yield f"{about} : ce genre de document n’existe pas."
        elif number not in sealed.students:
            yield f"{about} : le PV ne parle pas de cette personne."
        else:
            source = sources[issued.minutes_id]
            case = source.proceedings.case(number)
            if kind.concerns is None or not kind.concerns(case):
                yield f"{about} : le PV n’y donne pas droit."
            elif kind is TRANSCRIPT:
                yield from _transcript(source, case, sealed, about)


def _transcript(source: DocumentSource, case: Case, sealed: Sealed, about: str) -> Iterator[str]:
    """What a transcript would print and attach today: its figures are those of the PV."""
    page = transcript_to_print(source.proceedings, case.id, minutes=source.minutes, case=source.case(case.id))
    (decisions,) = (held for held in page["attachments"] if held.name == "decisions.json")
    (attached,) = json.loads(decisions.content)["students"]
    if not same_decision(attached, sealed.students[case.id]):
        yield f"{about} : les décisions qu’il joindrait ne sont pas celles du PV."
    text = " ".join(html.unescape(TAG.sub(" ", page["html"])).split())
    says = sealed.facts(case.id)
    judged = [name for column in source.proceedings.columns_of(case) for name in (*column.units, column.rcue)]
    lacking = [
        f"{name}{what} {says[f'{name}{what}']}"
        for name in judged
        if name is not None
        for what in (AVERAGE, CODE)
        if (value := says.get(f"{name}{what}", "")) and not _prints(text, french.number(value))
    ]
    if lacking:
        yield f"{about} : il n’imprimerait pas {', '.join(lacking)}."


def _prints(text: str, value: str) -> bool:
    return re.search(rf"(?<![\w,]){re.escape(value)}(?![\w,])", text) is not None


def kept_pieces(session: Session) -> Iterable[int]:
    """The keys of the documents that the site keeps to be downloaded, made from the PV of a session."""
    made = Piece.objects.filter(
        batch__session=session, batch__minutes__isnull=False, state=Piece.State.DONE, pdf__isnull=False
    )
    return made.exclude(kind="").order_by("pk").values_list("pk", flat=True)


def check_piece(
    key: int, of_version: Mapping[int, Sealed], sources: Mapping[int, DocumentSource]
) -> tuple[str, str]:
    """(what is wrong with one of them, why it could not be compared); both "" when it is what the PV says."""
    piece = Piece.objects.select_related("batch").get(pk=key)
    assert piece.batch.minutes_id is not None  # `kept_pieces`
    source = sources[piece.batch.minutes_id]
    version = source.about(piece.number).minutes if piece.number else source.minutes
    assert version is not None
    sealed, kind = of_version[version.pk], KINDS[piece.kind]
    about = f"{kind.name} gardé de {sealed.name(piece.number)} (lot du {french.day(piece.batch.at)})"
    pdf = bytes(piece.pdf or b"")
    sha256 = hashlib.sha256(pdf).hexdigest()
    printed = Printed.objects.filter(sha256=sha256, issued__minutes=version, issued__kind=piece.kind)
    if sha256 != piece.sha256 or not printed.filter(issued__student__number=piece.number).exists():
        return f"{about} : le fichier n’est pas celui qui a été fait.", ""
    try:
        return _compare(pdf, kind, source, sealed, piece.number, about)
    except NoAttachment as problem:
        return f"{about} : {problem}", ""


def _compare(
    pdf: bytes, kind: Kind, source: DocumentSource, sealed: Sealed, number: str, about: str
) -> tuple[str, str]:
    """The file beside the PV, then beside the same document printed tonight."""
    if attached := attachments(pdf).get("decisions.json"):
        (decision,) = json.loads(attached)["students"]
        if not same_decision(decision, sealed.students[number]):
            return f"{about} : les décisions jointes ne sont pas celles du PV.", ""
    there, again = words_of(pdf), words_of(kind.render(source.about(number), number))
    if there == again:
        return "", ""
    differing = (Counter(FIGURES.findall(there)) - Counter(FIGURES.findall(again))).keys()
    if differing:
        return f"{about} : il imprime {', '.join(sorted(differing)[:6])}, le PV non.", ""
    return "", f"{about} : ses mots ne sont plus ceux d’aujourd’hui, ses chiffres sont ceux du PV"


@opened_apart(NoAttachment, Limits(processor=30, time=60, memory=512 * 2**20))
def words_of(pdf: bytes) -> str:
    """What its pages print. Raises `NoAttachment`."""
    return printed_text(pdf)
