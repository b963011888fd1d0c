"""What a jury knows of a year besides the marks: situation, absences, dispensations, bonus and malus."""

from __future__ import annotations

from collections.abc import Collection

from grades.models import Adjustment, Enrolment
from grades.people import as_journaled, points_told
from jury.documents.checking.checked import Checked, in_words
from jury.documents.checking.journaled import Journaled, Kind, Value, compare

WORDS = {
    "company": "entreprise",
    "status": "situation",
    "status_since": "date de la situation",
    "semesters": "semestres suivis",
    "repeats": "redoublements",
    "dispensed": "UE dispensées",
    "retaken": "UE reprises",
    "motive": "motif de l’inscription",
    "unjustified_absences": "absences injustifiées",
    "justified_absences": "absences justifiées",
}
ABSENCES = frozenset({"unjustified_absences", "justified_absences"})


def told_by_the_rows() -> dict[str, Value]:
    """{inscription: what the journal would keep of it}, its group apart: groups are named again."""
    rows = Enrolment.objects.select_related("cohort__programme", "group")
    rows = rows.prefetch_related("dispensed", "retaken")
    return {
        str(row.pk): {name: value for name, value in as_journaled(row).items() if name != "group"}
        for row in rows
    }


def adjustments_told_by_the_rows() -> dict[str, Value]:
    there: dict[str, Value] = {}
    for row in Adjustment.objects.select_related("unit"):
        there.setdefault(str(row.enrolment_id), {"points": {}})["points"][row.unit.code] = points_told(row)
    return there


def check_enrolments(journaled: Journaled) -> Checked:
    """Each enrolment against what the journal says of it, the last change of each field."""
    there = told_by_the_rows()
    checked = Checked("Inscriptions et absences", seen=len(there))
    found = compare(there, journaled.values[Kind.ENROLMENTS])
    names = _Names(found.keys)
    for key, name, said, here in found.differing:
        if name in ABSENCES and here == 0 and names.purged(key, journaled, "about"):
            continue
        checked.differs(f"{names.of(key)}, {WORDS.get(name, name)}", here, said)
    for key in found.gone:
        checked.finds(f"{names.of(key)} : le journal dit cette inscription, elle n’y est plus.")
    checked.untold(journaled, Kind.ENROLMENTS, found.untold, lambda key: f"Inscription de {names.of(key)}")
    return checked


def check_adjustments(journaled: Journaled) -> Checked:
    """Each bonus and malus, with its motive."""
    there, said = adjustments_told_by_the_rows(), journaled.values[Kind.ADJUSTMENTS]
    checked = Checked("Bonus et malus", seen=len(there))
    found = compare(there, said)
    names = _Names(found.keys)
    for key, _, before, here in found.differing:
        for unit in sorted({*before, *here}):
            if before.get(unit) != here.get(unit):
                about = f"{names.of(key)}, bonus ou malus de {unit}"
                checked.differs(about, here.get(unit), before.get(unit))
    for key in found.gone:
        if not names.purged(key, journaled, "marks"):
            points = in_words(said[key]["points"])
            checked.finds(f"{names.of(key)} : le journal dit un bonus ou malus ({points}), il n’y est plus.")
    checked.untold(
        journaled,
        Kind.ADJUSTMENTS,
        found.untold,
        lambda key: f"{names.of(key)}, bonus ou malus ({in_words(there[key]['points'])})",
    )
    return checked


class _Names:
    """The student and the promotion of some enrolments, by key: one query."""

    def __init__(self, keys: Collection[str]) -> None:
        rows = Enrolment.objects.select_related("student", "cohort__programme__parcours")
        self.enrolments = rows.in_bulk([int(key) for key in keys])

    def of(self, key: str) -> str:
        """ "MARTIN Camille, BUT2 Cyber, 2024-2025"."""
        enrolment = self.enrolments.get(int(key))
        return str(enrolment) if enrolment else f"Inscription n° {key}"

    def purged(self, key: str, journaled: Journaled, category: str) -> bool:
        """Whether the data of this category of this promotion were erased in their time."""
        enrolment = self.enrolments.get(int(key))
        return bool(enrolment and {enrolment.cohort_id, str(enrolment.cohort)} & journaled.purged[category])
