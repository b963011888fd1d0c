"""What an évaluation weighs: its coefficient, maximum, kind and poids are those that the journal says."""

from __future__ import annotations

from butrt.base.exactjson import plain
from grades.models import Assessment
from jury.documents.checking.checked import Checked
from jury.documents.checking.journaled import Journaled, Kind, Value, compare

WORDS = {
    "title": "intitulé",
    "kind": "genre",
    "date": "date",
    "coefficient": "coefficient",
    "maximum": "barème",
    "weights": "poids",
    "locked": "verrou du jury",
}


def told_by_the_rows() -> dict[str, Value]:
    """{évaluation: what the journal would keep of it}, its group apart: groups are named again."""
    return {
        str(row.pk): {
            "title": row.title,
            "kind": row.kind,
            "date": row.date.isoformat() if row.date else "",
            "coefficient": plain(row.coefficient),
            "maximum": plain(row.maximum),
            "locked": row.locked,
            "weights": {weight.unit.code: plain(weight.weight) for weight in row.weights.all()},
        }
        for row in Assessment.objects.prefetch_related("weights__unit")
    }


def check_assessments(journaled: Journaled) -> Checked:
    """Each évaluation, its poids with it: three queries, and one to name what is wrong."""
    there, recorded = told_by_the_rows(), journaled.values[Kind.ASSESSMENTS]
    checked = Checked("Évaluations", seen=len(there))
    compared = compare(there, recorded)
    rows = Assessment.objects.select_related(
        "teaching__element", "teaching__cohort__specialty__department"
    ).prefetch_related("teaching__cohort__programmes")
    names = rows.in_bulk([int(key) for key in compared.keys if key in there])

    def line(key: str) -> str:
        row = names[int(key)]
        return f"{row} ({row.teaching.cohort})"

    for key, name, before, here in compared.differing:
        checked.differs(f"{line(key)}, {WORDS.get(name, name)}", here, before)
    for key in compared.gone:
        checked.finds(f"Évaluation {recorded[key].get('title', key)} : le journal la dit, elle n’y est plus.")
    checked.untold(journaled, Kind.ASSESSMENTS, compared.untold, line)
    return checked
