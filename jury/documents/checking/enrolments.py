"""What a jury knows of a year besides the marks: situation, absences, dispensations, bonus and malus."""

from __future__ import annotations

from collections.abc import Collection

from curriculum.models import Unit
from grades.models import Adjustment, Enrolment, ExtraRepeat
from grades.people import as_journaled, points_told
from jury.cases.enrolments import acquired_before
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
REPEAT_WORDS = {
    "semester": "semestre",
    "school_year": "année universitaire",
    "granted_on": "date",
    "granted_by": "qui l’accorde",
    "circumstances": "circonstances",
    "document": "pièce",
    "withdrawn": "motif du retrait",
}
RENAMED = frozenset({"programme", "group"})
ABSENCES = frozenset({"unjustified_absences", "justified_absences"})


def told_by_the_rows() -> dict[str, Value]:
    """{inscription: what the journal would keep of it}, programme and group apart: they are named again."""
    rows = Enrolment.objects.select_related("cohort", "programme__parcours", "group")
    rows = rows.prefetch_related("dispensed", "retaken")
    return {
        str(row.pk): {name: value for name, value in as_journaled(row).items() if name not in RENAMED}
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
    compared = compare(there, journaled.values[Kind.ENROLMENTS])
    names = _Names(compared.keys)
    for key, name, before, here in compared.differing:
        if name in ABSENCES and here == 0 and names.purged(key, journaled, "about"):
            continue
        checked.differs(f"{names.of(key)}, {WORDS.get(name, name)}", here, before)
    for key in compared.gone:
        checked.finds(f"{names.of(key)} : le journal dit cette inscription, elle n’y est plus.")
    checked.untold(journaled, Kind.ENROLMENTS, compared.untold, lambda key: f"Inscription de {names.of(key)}")
    return checked


def check_adjustments(journaled: Journaled) -> Checked:
    """Each bonus and malus, with its motive."""
    there, recorded = adjustments_told_by_the_rows(), journaled.values[Kind.ADJUSTMENTS]
    checked = Checked("Bonus et malus", seen=len(there))
    compared = compare(there, recorded)
    names = _Names(compared.keys)
    for key, _, before, here in compared.differing:
        for unit in sorted({*before, *here}):
            if before.get(unit) != here.get(unit):
                about = f"{names.of(key)}, bonus ou malus de {unit}"
                checked.differs(about, here.get(unit), before.get(unit))
    for key in compared.gone:
        if not names.purged(key, journaled, "marks"):
            points = in_words(recorded[key]["points"])
            checked.finds(f"{names.of(key)} : le journal dit un bonus ou malus ({points}), il n’y est plus.")
    checked.untold(
        journaled,
        Kind.ADJUSTMENTS,
        compared.untold,
        lambda key: f"{names.of(key)}, bonus ou malus ({in_words(there[key]['points'])})",
    )
    return checked


def repeats_told_by_the_rows() -> dict[str, Value]:
    """{redoublement accordé: what the journal would keep of it}."""
    return {
        str(row.pk): {"school_year": row.school_year, **row.facts, "withdrawn": row.withdrawal_motive}
        for row in ExtraRepeat.objects.all()
    }


def check_repeats(journaled: Journaled) -> Checked:
    """Each repeat that the director of the IUT granted, and whether it was withdrawn."""
    there = repeats_told_by_the_rows()
    checked = Checked("Redoublements accordés", seen=len(there))
    compared = compare(there, journaled.values[Kind.REPEATS])
    rows = ExtraRepeat.objects.select_related("student").in_bulk([int(key) for key in compared.keys])

    def line(key: str) -> str:
        row = rows.get(int(key))
        return f"Redoublement accordé, {row}" if row else f"Redoublement accordé n° {key}"

    for key, name, before, here in compared.differing:
        checked.finds(
            f"{line(key)}, {REPEAT_WORDS.get(name, name)} : la base dit {in_words(here)}, "
            f"le journal {in_words(before)}."
        )
    for key in compared.gone:
        checked.finds(f"{line(key)} : le journal le dit, il n’y est plus.")
    checked.untold(journaled, Kind.REPEATS, compared.untold, line)
    return checked


def check_acquired(_: Journaled) -> Checked:
    """The UE recalled on each enrolment are those that the results say: no journal tells them."""
    rows = list(
        Enrolment.objects.select_related("student", "cohort__specialty__department")
        .prefetch_related("cohort__programmes")
        .prefetch_related("acquired")
    )
    checked = Checked("UE acquises avant l’inscription", seen=len(rows))
    expected = acquired_before(rows)
    differing = {
        enrolment: (here, expected[enrolment.pk])
        for enrolment in rows
        if (here := {unit.pk for unit in enrolment.acquired.all()}) != expected[enrolment.pk]
    }
    wanted = {unit for pair in differing.values() for units in pair for unit in units}
    codes = dict(Unit.objects.filter(pk__in=wanted).values_list("pk", "code"))
    for enrolment, pair in differing.items():
        there, given = (in_words(sorted(codes[unit] for unit in units)) for units in pair)
        checked.finds(f"{enrolment}, UE acquises avant : la base dit {there}, les résultats {given}.")
    return checked


class _Names:
    """The student and the promotion of some enrolments, by key: one query."""

    def __init__(self, keys: Collection[str]) -> None:
        rows = Enrolment.objects.select_related("student", "cohort__specialty__department").prefetch_related(
            "cohort__programmes"
        )
        self.enrolments = rows.in_bulk([int(key) for key in keys])

    def of(self, key: str) -> str:
        """ "MARTIN Camille, BUT2 Cyber, 2024-2025"."""
        enrolment = self.enrolments.get(int(key))
        return str(enrolment) if enrolment else f"Inscription n° {key}"

    def purged(self, key: str, journaled: Journaled, category: str) -> bool:
        """Whether the data of this category of this promotion were erased in their time."""
        enrolment = self.enrolments.get(int(key))
        return bool(enrolment and {enrolment.cohort_id, str(enrolment.cohort)} & journaled.purged[category])
