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
    there, said = told_by_the_rows(), journaled.values[Kind.ASSESSMENTS]
    checked = Checked("Évaluations", seen=len(there))
    found = compare(there, said)
    rows = Assessment.objects.select_related("teaching__element", "teaching__cohort__programme__parcours")
    names = rows.in_bulk([int(key) for key in found.keys if key in there])

    def line(key: str) -> str:
        row = names[int(key)]
        return f"{row} ({row.teaching.cohort})"

    for key, name, before, here in found.differing:
        checked.differs(f"{line(key)}, {WORDS.get(name, name)}", here, before)
    for key in found.gone:
        checked.finds(f"Évaluation {said[key].get('title', key)} : le journal la dit, elle n’y est plus.")
    checked.untold(journaled, Kind.ASSESSMENTS, found.untold, line)
    return checked
