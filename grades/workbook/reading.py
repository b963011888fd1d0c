"""From a workbook sent back to entries: each cell's text, or why it is refused; what is not there is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from butrt.base import french
from butrt.base.french import NBSP, listed, of, plural, quoted, several, shortened
from butrt.base.requested import key_of
from butrt.base.spreadsheets import (
    AGAIN,
    Cell,
    Kind,
    Tab,
    Unreadable,
    crosses,
    plain_number,
    read_xlsx,
    reference,
)
from butrt.base.spreadsheets.writing import printable
from grades.models import Assessment, Enrolment
from grades.services import Entry
from grades.sheet import Sheet, Standing
from grades.workbook.layout import (
    FIRST_ASSESSMENT,
    FIRST_NAME,
    FIRST_ROW,
    FORMAT,
    GROUP,
    HEAD_ROW,
    KEY,
    KEY_ROW,
    LAST_NAME,
    NUMBER,
    REMARKS,
    TITLE_ROW,
    KeyChanged,
    SheetKey,
)


class RefusedMark(NamedTuple):
    """Why a cell, a row or a column of the workbook is not accepted, in French, with what to do."""

    ref: str
    student: str
    assessment: str
    reason: str


@dataclass
class Reading:
    """What a workbook says. `refs`: where each entry was read; `notes`: what it does not speak of."""

    entries: list[Entry] = field(default_factory=list)
    refs: dict[tuple[int, int], str] = field(default_factory=dict)
    refusals: list[RefusedMark] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_marks(data: bytes, sheet: Sheet[Standing]) -> Reading:
    """Read a workbook for this sheet. Raises Unreadable when it is not one of ours, or another element's."""
    tab, key, others = _ours(read_xlsx(data))
    if key.teaching_id != sheet.teaching.pk:
        its_own = tab.text(TITLE_ROW, NUMBER)[:120] or "un autre élément"
        raise Unreadable(
            f"Ce classeur est celui de {quoted(its_own)}, pas de {sheet.teaching.element.display}. "
            "L’envoyer depuis la page de son élément."
        )
    return _Reader(tab, key, sheet).read(others)


def _ours(tabs: list[Tab]) -> tuple[Tab, SheetKey, list[str]]:
    """The sheet that bears our key, that key, and the names of the other sheets."""
    at = reference(KEY_ROW, KEY)
    ours = [tab for tab in tabs if tab.text(KEY_ROW, KEY).startswith("butrt")]
    if not ours:
        raise Unreadable(
            f"Aucune feuille de ce classeur ne porte de clé en {at}{NBSP}: il n’a pas été téléchargé ici, "
            f"ou une ligne ou une colonne y a été ajoutée avant. {AGAIN}"
        )
    if len(ours) > 1:
        names = listed([quoted(tab.name) for tab in ours[:3]])
        raise Unreadable(f"Plusieurs feuilles portent la même clé, {names}. N’en garder qu’une.")
    text = ours[0].text(KEY_ROW, KEY)
    if not text.startswith(f"{FORMAT}/"):
        raise Unreadable(f"Ce classeur est d’une autre version du logiciel. {AGAIN}")
    try:
        key = SheetKey.read(text)
    except KeyChanged as error:
        raise Unreadable(f"La clé de la feuille, en {at}, a été changée. {AGAIN}") from error
    return ours[0], key, [tab.name for tab in tabs if tab is not ours[0] and tab.cells]


class _Reader:
    """One sheet, read column by column then row by row; refusals and notes gather in `reading`."""

    def __init__(self, tab: Tab, key: SheetKey, sheet: Sheet[Standing]) -> None:
        self.tab, self.key, self.sheet = tab, key, sheet
        self.reading = Reading()
        self.keyed = [column for row, column in tab.cells if row == KEY_ROW and column >= FIRST_ASSESSMENT]
        self.last_column = max(self.keyed, default=GROUP)

    def read(self, others: list[str]) -> Reading:
        columns = self._columns()
        self._merged()
        lines: dict[int, int] = {}
        for row, (enrolment_id, versions) in self._rows().items():
            if (first := lines.setdefault(enrolment_id, row)) != row:
                self._refuse(row, NUMBER, f"Le même étudiant est déjà en ligne {first}. N’en garder qu’une.")
            elif enrolment := self._enrolment(row, enrolment_id, columns):
                for column, assessment in columns.items():
                    self._cell(row, column, assessment, enrolment, versions[assessment.pk])
        self._tell_missing(lines)
        self._tell_unread(columns, others)
        return self.reading

    # ---------- columns ----------

    def _columns(self) -> dict[int, Assessment]:
        """The évaluations that the file speaks of, by column; a wrong one is refused at its head."""
        columns: dict[int, Assessment] = {}
        for column in sorted(self.keyed):
            assessment, reason = self._assessment(column)
            if assessment and assessment in columns.values():
                reason = f"{assessment.title} est déjà dans une autre colonne. N’en garder qu’une."
            if assessment and not reason:
                columns[column] = assessment
            else:
                self._refuse_column(column, reason)
        titles = {self._heading(pk) for pk in self.key.maxima}
        for row, column in self.tab.cells:
            keyless = row == HEAD_ROW and column >= FIRST_ASSESSMENT and column not in self.keyed
            if keyless and self._words_at(HEAD_ROW, column) in titles:
                self._refuse_column(column, f"La clé de cette colonne a été effacée. {AGAIN}")
        return columns

    def _assessment(self, column: int) -> tuple[Assessment | None, str]:
        """The évaluation of a column, or what is wrong."""
        text = self.tab.text(KEY_ROW, column)
        pk = key_of(text)
        if pk not in self.key.maxima:
            where = reference(KEY_ROW, column)
            return None, f"La clé de cette colonne, en {where}, a été changée. {AGAIN}"
        assessment = self.sheet.assessments.get(pk)
        if assessment is None:
            return None, f"Cette évaluation n’existe plus. {AGAIN}"
        if column in self.tab.hidden_columns:
            return assessment, "Cette colonne est masquée. L’afficher, la relire, puis envoyer de nouveau."
        if self._words_at(HEAD_ROW, column) != self._heading(pk):
            return assessment, f"La clé de cette colonne est celle de {assessment.title}. {AGAIN}"
        if self.key.maxima[pk] != assessment.maximum:
            before, now = french.short(self.key.maxima[pk]), french.short(assessment.maximum)
            return assessment, f"Le barème est passé de {before} à {now} depuis ce classeur. {AGAIN}"
        return assessment, ""

    def _heading(self, pk: int) -> str:
        assessment = self.sheet.assessments.get(pk)
        return _words(assessment.title) if assessment else ""

    def _words_at(self, row: int, column: int) -> str:
        return _words(self.tab.text(row, column))

    def _refuse_column(self, column: int, reason: str) -> None:
        where = reference(HEAD_ROW, column)
        self.reading.refusals.append(RefusedMark(where, "", self._words_at(HEAD_ROW, column)[:80], reason))

    # ---------- rows ----------

    def _rows(self) -> dict[int, tuple[int, dict[int, int]]]:
        """{row: what its key says}; a row without a good key is refused once, at its first cell."""
        filled: dict[int, int] = {}
        for row, column in self.tab.cells:
            if row >= FIRST_ROW and (column <= GROUP or column in self.keyed):
                shown = max(column, NUMBER)  # the key's own column is hidden
                filled[row] = min(shown, filled.get(row, shown))
        rows = {}
        for row in sorted(filled):
            text = self.tab.text(row, KEY)
            try:
                rows[row] = self.key.read_row(text)
            except KeyChanged:
                if text:
                    reason = f"La clé de cette ligne a été changée. {AGAIN}"
                else:
                    reason = (
                        "Cette ligne n’a pas de clé. L’effacer si elle n’est pas celle d’un étudiant de la "
                        "feuille ; sinon, télécharger de nouveau la feuille."
                    )
                self._refuse(row, filled[row], reason)
        return rows

    def _enrolment(self, row: int, pk: int, columns: Mapping[int, Assessment]) -> Enrolment | None:
        """The student of a row, None when the row is refused or says nothing."""
        enrolment = self.sheet.enrolments.get(pk)
        if enrolment is None:
            if any((row, column) in self.tab.cells for column in columns):
                self._refuse(row, NUMBER, "Cette personne n’est plus de la promotion. Effacer ses notes.")
            return None
        student = enrolment.student
        for column, expected in (
            (NUMBER, student.number),
            (LAST_NAME, student.shown_last_name),
            (FIRST_NAME, student.shown_first_name),
        ):
            if self._words_at(row, column) != _words(expected):
                self._refuse(
                    row,
                    column,
                    f"La clé de cette ligne est celle {of(str(student))}, n°{NBSP}{student.number}{NBSP}: "
                    f"les lignes ont été mélangées, ou l’identité changée. {AGAIN}",
                )
                return None
        if row in self.tab.hidden_rows:
            self._refuse(
                row,
                NUMBER,
                "Cette ligne est masquée. Enlever le filtre ou l’afficher, puis envoyer de nouveau.",
            )
            return None
        return enrolment

    def _merged(self) -> None:
        bottom = max((row for row, _ in self.tab.cells), default=FIRST_ROW)
        for merged in self.tab.merged:
            if crosses(merged, first_row=KEY_ROW, last_row=bottom, last_column=self.last_column):
                self.reading.refusals.append(
                    RefusedMark(merged, "", "", "Ces cases sont fusionnées. Les séparer, une note par case.")
                )

    # ---------- a cell ----------

    def _cell(
        self, row: int, column: int, assessment: Assessment, enrolment: Enrolment, version: int
    ) -> None:
        cell = self.tab.cells.get((row, column))
        text, reason = read_cell(cell, assessment) if cell else ("", "")
        if reason:
            self.reading.refusals.append(
                RefusedMark(reference(row, column), str(enrolment.student), assessment.title, reason)
            )
            return
        entry = Entry(assessment.pk, enrolment.pk, text, version)
        self.reading.entries.append(entry)
        self.reading.refs[entry.cell] = reference(row, column)

    def _refuse(self, row: int, column: int, reason: str) -> None:
        who = f"{self._words_at(row, LAST_NAME)} {self._words_at(row, FIRST_NAME)}".strip()[:80]
        self.reading.refusals.append(RefusedMark(reference(row, column), who, "", reason))

    # ---------- what the file does not say ----------

    def _tell_missing(self, lines: Mapping[int, int]) -> None:
        missing = [
            str(enrolment.student)
            for pk, enrolment in self.sheet.enrolments.items()
            if pk not in lines and not self.sheet.off(enrolment)
        ]
        if not missing or self.reading.refusals:
            return
        absent = several(len(missing), "étudiant n’est", "étudiants ne sont")
        whom = plural(len(missing), "lui", "eux")
        self.reading.notes.append(
            f"{absent} pas dans le classeur, rien ne change pour {whom}{NBSP}: {shortened(missing)}."
        )

    def _tell_unread(self, columns: Mapping[int, Assessment], others: list[str]) -> None:
        from openpyxl.utils import get_column_letter

        notes = self.reading.notes
        there = {self.tab.text(KEY_ROW, column) for column in self.keyed}
        gone = [self._heading(pk) for pk in self.key.maxima if str(pk) not in there and self._heading(pk)]
        if gone and not self.reading.refusals:
            notes.append(f"Sans colonne dans le classeur, rien ne change pour {', '.join(gone)}.")
        if beside := {get_column_letter(column) for column in self._beside(columns)}:
            notes.append(f"Hors du tableau, n’est pas lu{NBSP}: colonne {', '.join(sorted(beside))}.")
        if others:
            read = quoted(self.tab.name)
            notes.append(f"Seule la feuille {read} est lue, pas {shortened(others)}.")
        bottom, declared = max((row for row, _ in self.tab.cells), default=0), self.tab.declared
        reached = crosses(declared, first_row=bottom, last_row=bottom, last_column=self.last_column)
        if declared and not reached:
            notes.append(f"Le classeur annonce l’étendue {declared} mais va plus loin{NBSP}: tout est lu.")

    def _beside(self, columns: Mapping[int, Assessment]) -> Iterator[int]:
        """Columns that its reader filled beside ours; the remarks are ours."""
        for row, column in self.tab.cells:
            ours = column < FIRST_ASSESSMENT or column in self.keyed
            if row >= HEAD_ROW and not ours and self.tab.text(HEAD_ROW, column) != REMARKS:
                yield column


def _words(text: str) -> str:
    """A text as both sides compare it: what a spreadsheet may do to spaces left out."""
    return " ".join(printable(text).split())


def read_cell(cell: Cell, assessment: Assessment) -> tuple[str, str]:
    """A mark's text as it would be typed, or why the cell is none."""
    if cell.kind == Kind.TEXT:
        return cell.text, ""
    if cell.kind == Kind.NUMBER:
        return plain_number(cell.text), ""
    if cell.kind == Kind.PERCENT:
        return "", (
            f"La case est un pourcentage. Écrire une note de 0 à {french.short(assessment.maximum)}, "
            "au format Nombre."
        )
    return "", {
        Kind.FORMULA: "La case est une formule. Copier puis coller les valeurs seules.",
        Kind.DATE: "La case est une date, le tableur a pu transformer 12.5 en 12 mai. "
        "Mettre la case au format Nombre et retaper la note.",
        Kind.BOOLEAN: "La case est VRAI ou FAUX, pas une note.",
        Kind.ERROR: f"La case est une erreur du tableur ({cell.text[:12]}). Retaper la note.",
    }[cell.kind]
