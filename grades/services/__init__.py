"""What people do with marks: enter them, create and change évaluations, lock and unlock for the jury.

Each is one transaction and one entry in the journal. Callers have fetched the objects through their doors.
"""

from grades.services.assessments import (
    change_assessment,
    create_assessment,
    delete_assessment,
    is_reopened,
    is_shut,
    move_assessment,
    semester_is_locked,
)
from grades.services.locking import lock_marks, reopen_for, unlock_marks
from grades.services.plans import copy_plan
from grades.services.recording import (
    Entry,
    NothingRecorded,
    Outcome,
    Recorded,
    State,
    judge_marks,
    record_marks,
    undo_operation,
)

__all__ = [
    "Entry",
    "NothingRecorded",
    "Outcome",
    "Recorded",
    "State",
    "change_assessment",
    "copy_plan",
    "create_assessment",
    "delete_assessment",
    "is_reopened",
    "is_shut",
    "judge_marks",
    "lock_marks",
    "move_assessment",
    "record_marks",
    "reopen_for",
    "semester_is_locked",
    "undo_operation",
    "unlock_marks",
]
