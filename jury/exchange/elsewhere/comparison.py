"""A comparison with ScoDoc, as the page shows it: our names beside ScoDoc's identifiers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from curriculum.models import Department
from grades.models import Student as Known
from jury.exchange.scodoc.comparing import OUTCOMES, Difference
from jury.exchange.scodoc.reading import Student
from jury.exchange.scodoc.replaying import Group, Replay


@dataclass(frozen=True)
class ShownComparison:
    """Counts by outcome of each kind, each difference with who it is about, who could not be read."""

    outcomes: list[str]
    counts: list[tuple[str, int, list[int]]]
    groups: list[Group]
    averages_compared: int
    differences: list[tuple[str, Difference]]
    averages: list[tuple[str, Difference]]
    left: list[tuple[str, str]]

    @property
    def agrees(self) -> bool:
        return not (self.differences or self.averages)


def shown_comparison(
    replayed: Replay, students: Sequence[Student], department: Department
) -> ShownComparison:
    """One query."""
    total = replayed.total
    seen = [outcome for outcome in OUTCOMES if any(counted[outcome] for counted in total.counts.values())]
    named = {
        person.number: f"{person}, n° {person.number}"
        for person in Known.objects.filter(department=department, number__in=replayed.numbers.values())
    }
    names = {
        student.place: named.get(replayed.numbers.get(student.etudid, ""), f"etudid {student.etudid[:16]}")
        for student in students
    }

    def with_names(differences: Iterable[Difference]) -> list[tuple[str, Difference]]:
        return [(names[difference.who], difference) for difference in differences]

    return ShownComparison(
        outcomes=[OUTCOMES[outcome] for outcome in seen],
        counts=[
            (kind, counted.total(), [counted[outcome] for outcome in seen])
            for kind, counted in total.counts.items()
        ],
        groups=replayed.groups,
        averages_compared=total.averages_compared,
        differences=with_names(total.differences),
        averages=with_names(total.averages),
        left=[(names[left.student.place], left.why) for left in replayed.left],
    )
