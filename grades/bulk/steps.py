"""Many acts as one: told before, each by the service of the single act, all of them or none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction

from butrt.base.canonical import digest_of
from butrt.base.french import NBSP
from butrt.base.previews import PlanChanged
from grades.models import Assessment

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from butrt.base.accounts.models import User
    from grades.models import Teaching


@dataclass(frozen=True)
class Step:
    """One act: of what or whom, from what to what, and the service to call with `by`."""

    about: str
    before: str
    after: str
    act: Callable[..., object]


@dataclass(frozen=True)
class LineAside:
    """A line of a list that is left aside: where it is, what it says, why, and what to do."""

    line: int
    text: str
    why: str


@dataclass
class BulkPlan:
    """What a list, or what was ticked, would do. `notes`: what it does not speak of."""

    steps: list[Step] = field(default_factory=list)
    refused: list[LineAside] = field(default_factory=list)
    unchanged: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """What tells it from any other: what is done is what was shown."""
        steps = [[step.about, step.before, step.after] for step in self.steps]
        return digest_of([steps, [[refused.line, refused.why] for refused in self.refused]])


@transaction.atomic
def carry_out(
    plan: Callable[[], BulkPlan],
    *,
    hold: Callable[[], object],
    by: User,
    shown: str | None = None,
    **more: Any,
) -> BulkPlan:
    """Do all that `plan` says, once `hold` has locked what it changes (the order is in grades/locks.py).

    Raises PlanChanged when it is not what was `shown` (its digest; None: lines were ticked), ValidationError
    with each refusal, named: nothing is done then. `more` goes to every act.
    """
    hold()
    made = plan()
    if shown is not None and made.digest != shown:
        raise PlanChanged(plan=made)
    refusals: list[str] = []
    for step in made.steps:
        try:
            with transaction.atomic():
                step.act(by=by, **more)
        except ValidationError as refusal:
            refusals += [named(step.about, message) for message in refusal.messages]
    if refusals:
        raise ValidationError(refusals)
    return made


def hold_assessments(teachings: QuerySet[Teaching]) -> None:
    """Lock the évaluations of these elements in their order, each as the single act would."""
    rows = Assessment.objects.filter(teaching__in=teachings.order_by().values("pk"))
    list(rows.order_by("teaching_id", "position", "pk").select_for_update(no_key=True))


def named(about: str, message: str) -> str:
    """A refusal with whom or what it is about, once."""
    return message if about in message else f"{about}{NBSP}: {message}"
