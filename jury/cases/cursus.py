"""Which programmes a student is judged by: the versions that they followed, of the parcours where they are.

The year judged is that of their enrolment. Another year is the programme that the student really followed, if
their present parcours has it; else the version in force when the promotion was in that year (domain 3.3).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache, cached_property

from curriculum.models import Parcours, Programme, Unit
from grades.attempts import attempts_of
from grades.models import Cohort
from jury.cases.versions import fits, in_force, own_parcours

Keys = tuple[int, ...]
"""The programmes of a cursus, BUT1 first."""


class Cursus:
    """The cursus of each student of a session: two queries, whatever their number."""

    def __init__(self, cohort: Cohort, judged: Sequence[Programme], students: Mapping[int, int]) -> None:
        """Of the students of a promotion, of whom `judged` are the programmes; {student: their programme}."""
        self.judged = {programme.pk: programme for programme in judged}
        self.school_year = cohort.school_year
        specialty = cohort.specialty_id
        # The UE of the whole spécialité, and with them its programmes: those without UE are nobody's cursus.
        self.units = list(
            Unit.objects.filter(programme__parcours__specialty=specialty)
            .select_related("competence", "programme__parcours")
            .defer("programme__source")
        )
        self.programmes = {unit.programme_id: unit.programme for unit in self.units}
        self.programmes |= self.judged
        self.attempts = attempts_of(list(students))
        followed: dict[int, list[int]] = {
            student: [
                attempt.programme
                for attempt in attempts
                if attempt.programme is not None and attempt.school_year <= self.school_year
            ]
            for (student, theirs), attempts in self.attempts.items()
            if theirs == specialty
        }
        of = cache(self._of)  # that of most students, found once
        self.by_student: dict[int, Keys] = {
            student: of(tuple(keys), self.judged[students[student]]) for student, keys in followed.items()
        }

    @cached_property
    def usual(self) -> Keys:
        """That of most students: the others are named beside it in the cohort file."""
        counts = Counter(self.by_student.values())
        return counts.most_common(1)[0][0] if counts else self._of((), next(iter(self.judged.values())))

    def name(self, keys: Keys) -> str:
        """ "BUT1 R&T 2022, BUT2 IOM 2022": what the cohort file calls a cursus."""
        return ", ".join(
            f"BUT{programme.year} {programme.parcours.short} {programme.modality} {programme.in_force_from}"
            for programme in (self.programmes[key] for key in keys)
        )

    def _of(self, keys: Keys, judged: Programme) -> Keys:
        """That of who followed these programmes, in that order."""
        followed = [self.programmes[key] for key in keys if key in self.programmes]
        parcours = self._parcours(followed, judged)
        chosen = {judged.year: judged}
        for year in (1, 2, 3):
            if year == judged.year:
                continue
            fitting = [
                programme for programme in followed if programme.year == year and fits(programme, parcours)
            ]
            programme = fitting[-1] if fitting else self._in_force(year, parcours, judged)
            if programme is not None:
                chosen[year] = programme
        return tuple(chosen[year].pk for year in sorted(chosen))

    @staticmethod
    def _parcours(followed: list[Programme], judged: Programme) -> Parcours:
        """The one judged; in a tronc commun, the last that the student was in, if they chose one already."""
        parcours = judged.parcours
        return own_parcours(followed, parcours) if parcours.common else parcours

    def _in_force(self, year: int, parcours: Parcours, judged: Programme) -> Programme | None:
        """The version that the promotion met in that year."""
        return in_force(
            self.programmes.values(),
            year=year,
            parcours=parcours,
            met=self.school_year + min(0, year - judged.year),
            modality=judged.modality,
        )
