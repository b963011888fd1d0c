"""What a list of marks would do to one évaluation: shown first, its lines that nobody can be left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from butrt.base import french
from butrt.base.french import NBSP, several
from butrt.base.previews import Gone, given_back, keep
from grades.lists.reading import NO_MARK, Columns, MarkList, read_list, scale_of, too_large
from grades.models import Assessment, Enrolment, Teaching
from grades.roster import People
from grades.services import Entry
from grades.sheet import Sheet, Standing
from grades.workbook.importing import MarksPreview, judged, sign
from grades.workbook.reading import read_cell

if TYPE_CHECKING:
    from butrt.base.accounts.models import User

SALT = "grades.lists.table"
NAMES_TOLD: Final = 5


class LeftOut(NamedTuple):
    """A line of the list that is not recorded, and what to do of it; `typed`: its mark."""

    row: int
    who: str
    typed: str
    reason: str


@dataclass(frozen=True)
class ListPreview:
    """What a list would do to an évaluation: `preview` may be recorded, `left` is not."""

    preview: MarksPreview
    left: list[LeftOut]


class _Line(NamedTuple):
    """A line whose student is known, with its mark as typed."""

    row: int
    who: str
    enrolment: Enrolment
    text: str


def read_and_keep(
    *, sheet: Sheet[Standing], data: bytes, name: str, assessment: Assessment, by: User
) -> tuple[MarkList, Columns, str]:
    """A list read, its columns as recognised, and what the browser keeps of it. Raises Unreadable."""
    marks, columns = read_list(data, People(sheet.enrolments.values()), assessment)
    content = {"teaching": sheet.teaching.pk, "name": name, **marks.kept()}
    return marks, columns, keep(content, salt=SALT, by=by, too_much=too_large())


def read_again(*, teaching: Teaching, token: str, by: User) -> tuple[MarkList, str]:
    """The list that the browser kept, and its name. Raises Gone."""
    kept: dict[str, Any] = given_back(token, salt=SALT, by=by)
    if kept["teaching"] != teaching.pk:
        raise Gone
    return MarkList.given_back(kept), kept["name"]


def preview_list(
    *, sheet: Sheet[Standing], marks: MarkList, columns: Columns, assessment: Assessment, name: str, by: User
) -> ListPreview:
    """What the lines of a list would do to this évaluation, as the marks now stand; nothing is written."""
    people = People(
        sheet.enrolments.values(),
        otherwise=" : une note se saisit aussi dans la grille, une moyenne ou un total n’est de personne",
    )
    left: list[LeftOut] = []
    lines: list[_Line] = []
    without, renumbered = 0, []
    for row in marks.body:
        named, text = marks.named(row, columns), marks.text(row, columns.mark)
        if not any(named):
            continue
        match = people.match(named)
        if not text or text in NO_MARK:
            without += 1
        elif match.enrolment is None:
            left.append(LeftOut(row, str(named), text[:20], match.reason))
        else:
            lines.append(_Line(row, str(match.enrolment.student), match.enrolment, text))
            renumbered += [f"{match.enrolment.student} (n°{NBSP}{named.number[:20]})"] * match.by_name
    entries, refs = [], {}
    for line, entry, reason in _entries(sheet, marks, columns, assessment, lines):
        if entry is None:
            left.append(LeftOut(line.row, line.who, line.text[:20], reason))
        else:
            entries.append(entry)
            refs[entry.cell] = str(line.row)
    preview = judged(sheet, entries, refs, name)
    texts = {line.row: line.text[:20] for line in lines}
    left += [LeftOut(int(row), who, texts[int(row)], reason) for row, who, _, reason in preview.refusals]
    preview.refusals = []
    preview.notes = [*_notes(sheet, marks, columns, assessment, lines, without, renumbered)]
    if preview.applicable:
        preview.token = sign(sheet.teaching, by, name, [*preview.changes, *preview.conflicts])
    return ListPreview(preview, sorted(left))


def _entries(
    sheet: Sheet[Standing], marks: MarkList, columns: Columns, assessment: Assessment, lines: list[_Line]
) -> Iterator[tuple[_Line, Entry | None, str]]:
    """The entry of each line, or why it has none; of somebody named twice alike, one."""
    texts = {(line.enrolment.pk, line.text) for line in lines}
    times = Counter(key for key, _ in texts)
    done: set[int] = set()
    for line in lines:
        key = line.enrolment.pk
        if times[key] > 1:
            yield line, None, "Plusieurs lignes, de notes différentes : n’en garder qu’une dans la liste."
            continue
        if key in done:
            continue
        done.add(key)
        text, reason = read_cell(marks.rows[line.row][columns.mark], assessment)
        mark = sheet.marks.get((assessment.pk, key))
        entry = Entry(assessment.pk, key, text, mark.version if mark else 0)
        yield line, None if reason else entry, reason


def _notes(
    sheet: Sheet[Standing],
    marks: MarkList,
    columns: Columns,
    assessment: Assessment,
    lines: list[_Line],
    without: int,
    renumbered: list[str],
) -> Iterator[str]:
    scale = scale_of(marks.header(columns.mark))
    if scale and scale != assessment.maximum:
        yield (
            f"La colonne est notée sur {french.short(scale)}, {assessment.title} sur "
            f"{french.short(assessment.maximum)}{NBSP}: les notes sont prises telles quelles."
        )
    if without:
        yield f"{several(without, 'ligne')} sans note, qui ne change{'nt' if without > 1 else ''} rien."
    if renumbered:
        yield f"Reconnus par leur nom, leur n° n’étant pas d’ici{NBSP}: {_some(renumbered)}."
    named = {line.enrolment.pk for line in lines}
    absent = [
        str(enrolment.student)
        for key, enrolment in sheet.enrolments.items()
        if key not in named
        and sheet.expects(assessment, enrolment)
        and (assessment.pk, key) not in sheet.marks
    ]
    if absent:
        yield (
            f"{several(len(absent), 'étudiant')} de la feuille rest{'ent' if len(absent) > 1 else 'e'} sans "
            f"note{NBSP}: {_some(absent)}."
        )


def _some(names: list[str]) -> str:
    return ", ".join(names[:NAMES_TOLD]) + (", …" if len(names) > NAMES_TOLD else "")
