"""What other rooms say of an enrolment, without `grades` knowing them: dependencies go one way.

`jury` registers here when the site starts: what earlier juries acquired for who is enrolled, and what they
decided that an enrolment goes against.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from curriculum.models import Programme
from grades.models import Cohort, Enrolment, Student

Taking: TypeAlias = Mapping[Student, tuple[Programme, Sequence[int]]]
"""Who would be enrolled in a promotion: in which of its programmes, in which of its semesters."""

After: TypeAlias = Callable[[Sequence[Enrolment]], None]
"""Called with the enrolments just written, in the same transaction."""

Asked: TypeAlias = Callable[[Cohort, Taking], Mapping[int, list[str]]]
"""From who would be enrolled to {student's key: sentences in French}; all students at once."""

after_enrolment: list[After] = []
objections: list[Asked] = []


def register(*, after: After, asked: Asked) -> None:
    """Tell `after` of every enrolment, ask `asked` before it. The same ones twice are called once."""
    if after not in after_enrolment:
        after_enrolment.append(after)
    if asked not in objections:
        objections.append(asked)


def objections_to(cohort: Cohort, taking: Taking) -> dict[int, list[str]]:
    """{student's key: why these semesters go against what juries decided}; who has none is left out."""
    reasons: dict[int, list[str]] = {}
    for ask in objections if taking else ():
        for student, sentences in ask(cohort, taking).items():
            if sentences:
                reasons.setdefault(student, []).extend(sentences)
    return reasons


def enrolled(*enrolments: Enrolment) -> None:
    """Tell whoever asked that these enrolments were made or changed."""
    for act in after_enrolment:
        act(enrolments)
