"""What the database holds, against what each client was told."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.management import call_command
from pyhanko.pdf_utils.reader import PdfFileReader

from butrt.base.journal.models import Entry
from grades.marks import text_of
from grades.models import Mark, MarkChange
from jury.models import Batch, Issued, Piece

Version = tuple[int, int, int]
"""(évaluation, enrolment, version of the mark)."""


def facts_of(folder: Path) -> list[dict[str, Any]]:
    with (folder / "facts.jsonl").open() as lines:
        return [json.loads(line) for line in lines]


@dataclass
class Marks:
    """Marks told "saved", found; those whose answer never came, done whole or not at all; what is wrong."""

    told: int = 0
    right: int = 0
    unheard_done: int = 0
    unheard_not: int = 0
    wrong: list[str] = field(default_factory=list)


def compare_marks(facts: Iterable[Mapping[str, Any]], assessments: Iterable[int]) -> Marks:
    """Each version told is in the history and in the journal, once, by its teacher; nothing else is."""
    facts = list(facts)
    marks = Marks()
    history = {_version(change): change for change in _history(assessments)}
    written = Counter(_journaled(set(assessments)))
    expected: dict[Version, tuple[str, int]] = {}
    for fact in (fact for fact in facts if "told" in fact):
        cell = fact["told"]
        marks.told += 1
        if cell["state"] != "saved" or cell["text"] != fact["asked_for"]["t"]:
            marks.wrong.append(f"told {cell} for {fact['asked_for']}")
            continue
        version = (cell["a"], cell["e"], cell["version"])
        if version in expected:
            marks.wrong.append(f"{version} told twice")
        expected[version] = (cell["text"], fact["by"])
        change = history.get(version)
        if change is None or (text_of(change), change.by_id) != expected[version]:
            marks.wrong.append(f"{version} told saved, in the history: {change}")
        elif written[version] != 1:
            marks.wrong.append(f"{version} is {written[version]} times in the journal")
        else:
            marks.right += 1
    for fact in (fact for fact in facts if "asked" in fact):
        cell = fact["asked"]
        version = (cell["a"], cell["e"], cell["v"] + 1)
        if version not in expected:
            expected[version] = (cell["t"], fact["by"])
            done = version in history
            marks.unheard_done += done
            marks.unheard_not += not done
            if done and (text_of(history[version]) != cell["t"] or written[version] != 1):
                marks.wrong.append(f"{version}, unheard, is half done")
    marks.wrong += [f"{version} that nobody asked for" for version in history.keys() - expected.keys()]
    marks.wrong += [f"{version} in the journal only" for version in written.keys() - history.keys()]
    marks.wrong += _standing(assessments, history)
    return marks


def _history(assessments: Iterable[int]) -> Iterable[MarkChange]:
    return MarkChange.objects.filter(mark__assessment__in=assessments).select_related("mark")


def _version(change: MarkChange) -> Version:
    return change.mark.assessment_id, change.mark.enrolment_id, change.version


def _journaled(assessments: set[int]) -> Iterator[Version]:
    for details in Entry.objects.filter(act="marks.record").values_list("details", flat=True).iterator():
        for line in details["marks"]:
            if line["assessment"] in assessments:
                yield line["assessment"], line["enrolment"], line["version"]


def _standing(assessments: Iterable[int], history: Mapping[Version, MarkChange]) -> Iterator[str]:
    """The marks that are not the last version of their history, whole from 1."""
    count = Counter(version[:2] for version in history)
    for mark in Mark.objects.filter(assessment__in=assessments):
        last = history.get((mark.assessment_id, mark.enrolment_id, mark.version))
        if last is None or text_of(last) != text_of(mark):
            yield f"{mark.pk} is not the last of its history"
        if count[mark.assessment_id, mark.enrolment_id] != mark.version:
            yield f"{mark.pk}: {count[mark.assessment_id, mark.enrolment_id]} changes, version {mark.version}"


def compare_batch(batch: Batch, expected: set[str]) -> list[str]:
    """What is wrong in a finished batch: a hole, a double, a document that is not the one that was made."""
    wrong = []
    pieces = list(batch.pieces.order_by("position"))
    if [piece.position for piece in pieces] != list(range(len(pieces))):
        wrong.append("positions with a hole or a double")
    if sorted(piece.number for piece in pieces) != sorted(expected):
        wrong.append("a student without a document, or with two")
    for piece in pieces:
        if piece.state != Piece.State.DONE:
            wrong.append(f"{piece}: {piece.error}")
        elif hashlib.sha256(bytes(piece.pdf or b"")).hexdigest() != piece.sha256:
            wrong.append(f"{piece}: not the PDF of its fingerprint")
    outlined = _outlined(bytes(batch.content or b""))
    if outlined != len(expected):
        wrong.append(f"{outlined} documents in the file")
    given = Counter(
        Issued.objects.filter(session=batch.session_id, kind__in=batch.kinds).values_list(
            "student__number", flat=True
        )
    )
    if given != Counter(expected):
        wrong.append("a student with two verification codes, or none")
    return wrong


def _outlined(pdf: bytes) -> int:
    if not pdf:
        return 0
    return int(PdfFileReader(io.BytesIO(pdf)).root["/Outlines"]["/Count"])


def check(command: str) -> tuple[bool, str]:
    """Whether `manage.py check_…` has nothing to say, and its sentences."""
    output = io.StringIO()
    try:
        call_command(command, stdout=output, no_color=True)
    except SystemExit as end:
        return not end.code, output.getvalue()
    return True, output.getvalue()


def acknowledge() -> None:
    """Have the journal say what the factories made without it, before anything is compared."""
    with contextlib.suppress(SystemExit):
        call_command("check_all", note=True, stdout=io.StringIO(), no_color=True)
