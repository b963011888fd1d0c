"""The rules of a jury, as the texts give them: values in, values out. No Django, no file, no clock.

`decide(student, cohort)` is the way in: `judging` applies the rules in the order of the texts. To be read:

- what is read: `codes` (ADM, CMP…), `programme` (UE, RCUE, règlement), `student` (marks, results, statuses);
- the rules, each with its article: `ue_averages` (4.1), `ue` (4.3), `rcue` (4.3 and 4.4, with compensation
  and the level below), `year` (4.3 and 4.5, with repeats), `progression` (4.5 and 4.6: S3, S5, diplomas);
- what is answered: `verdict` (a `draft` until it is whole), `following` (what it entails), `distance`
  (how far the next decision is);
- how it is told: `reasons` (comparisons and articles), `sentences` (the French), `numbers`.

The average of an element is not computed here but in `grades.averages`, for the mark sheets too.
"""

from grades.averages import Element, Mark

from .codes import PASSING, VALIDATING, Code, family, sign, words
from .distance import nearest, reached
from .judging import decide
from .programme import RULES, Cohort, Rcue, Regulation, Unit
from .reasons import Article, Check, Reason
from .student import Earlier, JuryDecisions, Student
from .verdict import Distance, ElementLine, Progression, RcueVerdict, UnitVerdict, Verdict

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
