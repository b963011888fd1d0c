"""The rules of a jury: values in, values out. No Django, no file, no clock.

`decide(student, cohort)` is the way in; `nearest` tells how far the next decision is.
"""

from .codes import PASSING, VALIDATING, Code, family, sign, words
from .distance import nearest, reached
from .reasons import Article, Check, Reason
from .values import (
    RULES,
    Cohort,
    Distance,
    Earlier,
    Element,
    ElementLine,
    JuryDecisions,
    Mark,
    Progression,
    Rcue,
    RcueVerdict,
    Regulation,
    Student,
    Unit,
    UnitVerdict,
    Verdict,
)
from .verdict import decide

__all__ = [
    "PASSING",
    "RULES",
    "VALIDATING",
    "Article",
    "Check",
    "Code",
    "Cohort",
    "Distance",
    "Earlier",
    "Element",
    "ElementLine",
    "JuryDecisions",
    "Mark",
    "Progression",
    "Rcue",
    "RcueVerdict",
    "Reason",
    "Regulation",
    "Student",
    "Unit",
    "UnitVerdict",
    "Verdict",
    "decide",
    "family",
    "nearest",
    "reached",
    "sign",
    "words",
]
