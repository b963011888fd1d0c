"""The elements set aside: those, and for the motives, that the journal says."""

from __future__ import annotations

from grades.models import Teaching
from jury.documents.checking.checked import Checked
from jury.documents.checking.journaled import Journaled, Kind, Value, compare


def told_by_the_rows() -> dict[str, Value]:
    """{teaching: its motive}."""
    rows = Teaching.objects.aside().order_by().values_list("pk", "aside_motive")
    return {str(key): {"motive": motive} for key, motive in rows}


def check_aside(journaled: Journaled) -> Checked:
    """A query, and one to name what is wrong."""
    there, recorded = told_by_the_rows(), journaled.values[Kind.ASIDE]
    checked = Checked("Éléments mis de côté", seen=len(there))
    compared = compare(there, recorded)
    rows = Teaching.objects.select_related("element", "cohort__specialty__department")
    names = rows.prefetch_related("cohort__programmes").in_bulk([int(key) for key in compared.keys])
    for key, _, before, here in compared.differing:
        checked.differs(f"{names[int(key)]}, motif de la mise de côté", here, before)
    for key in compared.gone:
        if row := names.get(int(key)):
            checked.finds(f"{row} : le journal le dit mis de côté, il est dans les moyennes.")
    checked.untold(journaled, Kind.ASIDE, compared.untold, lambda key: f"{names[int(key)]}, mis de côté")
    return checked
