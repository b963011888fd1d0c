"""What a block pasted in the grid, or a code put in its empty cells, would change: told before any save."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.template.loader import get_template

from butrt.base.french import NBSP
from grades.marks import text_of
from grades.models import Assessment, Enrolment
from grades.services import Entry, Outcome, State, judge_marks
from grades.sheet import Sheet, Standing


@dataclass(frozen=True)
class PastedCell:
    """A cell of the block that would change, or would not although it should. `closed`: why it never can."""

    assessment: Assessment
    enrolment: Enrolment
    before: str
    outcome: Outcome
    closed: str = ""

    @property
    def key(self) -> str:
        return f"{self.assessment.pk}-{self.enrolment.pk}"

    @property
    def state(self) -> str:
        """ "saved", "refused", "conflict", or "passed": a cell that no text can fill."""
        return "passed" if self.closed else str(self.outcome.state)

    @property
    def has_point(self) -> bool:
        """Whether a decimal point was read as a comma."""
        return self.state == State.SAVED and "." in self.outcome.typed


@dataclass(frozen=True)
class PastePreview:
    """A block read on a sheet; `unchanged` counts the cells that already say what it says."""

    lines: Sequence[PastedCell]
    unchanged: int

    def number(self, state: str) -> int:
        return sum(line.state == state for line in self.lines)

    @property
    def saved(self) -> int:
        return self.number("saved")

    @property
    def refused(self) -> int:
        return self.number("refused")

    @property
    def conflicts(self) -> int:
        return self.number("conflict")

    @property
    def passed(self) -> int:
        return self.number("passed")

    @property
    def several(self) -> bool:
        """Whether the block covers several évaluations."""
        return len({line.assessment.pk for line in self.lines}) > 1


def preview_block(sheet: Sheet[Standing], entries: Sequence[Entry]) -> PastePreview:
    """What `record_marks` would do of these cells. Those of another element are left out."""
    lines, unchanged = [], 0
    for outcome in judge_marks(sheet=sheet, entries=entries):
        assessment = sheet.assessments.get(outcome.assessment_id)
        enrolment = sheet.enrolments.get(outcome.enrolment_id)
        if assessment is None or enrolment is None:
            continue
        before = text_of(sheet.marks.get(outcome.cell))
        if outcome.state == State.SAVED and outcome.text == before:
            unchanged += 1
            continue
        closed = (
            "verrouillée" if sheet.is_locked(assessment, enrolment) else sheet.why_not(assessment, enrolment)
        )
        lines.append(PastedCell(assessment, enrolment, before, outcome, closed))
    return PastePreview(lines, unchanged)


def preview_answer(preview: PastePreview) -> dict[str, Any]:
    """For the browser: the preview as HTML, the cells to fill once confirmed, the confirmation's words."""
    number = preview.saved
    confirm = f"Enregistrer les {number}{NBSP}notes" if number > 1 else "Enregistrer la note"
    return {
        "html": get_template("grades/_preview.html").render({"preview": preview}),
        "write": [line.key for line in preview.lines if line.state != "passed"],
        "saved": number,
        "confirm": confirm if number else "",
    }
