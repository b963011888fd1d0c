"""What people do with a session of the jury: prepare, open, decide, close. One transaction each."""

from .acts import act_in_words, last_act, new_act, undo, undoable
from .closing import close
from .composing import Composition, MemberEdit, convene
from .deciding import ADVISED, Choice, adopt, decide, denied, refuse_year_alone
from .holding import answer_rechecks, deliberating, hold, journal, under_way
from .locking import lock, reopen_marks, unlock
from .opening import back_to_preparation, open_deliberation, set_aside
from .scheduling import catch_up, schedule, schedule_apart, seat_president

__all__ = [
    "ADVISED",
    "Choice",
    "Composition",
    "MemberEdit",
    "act_in_words",
    "adopt",
    "answer_rechecks",
    "back_to_preparation",
    "catch_up",
    "close",
    "convene",
    "decide",
    "deliberating",
    "denied",
    "hold",
    "journal",
    "last_act",
    "lock",
    "new_act",
    "open_deliberation",
    "refuse_year_alone",
    "reopen_marks",
    "schedule",
    "schedule_apart",
    "seat_president",
    "set_aside",
    "under_way",
    "undo",
    "undoable",
    "unlock",
]
