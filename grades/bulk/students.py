"""The groups and the absences of a promotion, in one list: a number or a name, and what changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError

from butrt.base.french import NBSP, quoted
from butrt.base.requested import whole_number
from butrt.base.words import folded
from grades import people
from grades.bulk.reading import NOTHING, ListLine, column
from grades.bulk.steps import BulkPlan, LineAside, Step, named
from grades.people.holding import tidy
from grades.roster import Named, People

if TYPE_CHECKING:
    from butrt.base.accounts.models import User
    from grades.models import Cohort, Enrolment

COLUMNS = {
    "student": column(
        "N° étudiant",
        "numero, numero etudiant, num etudiant, code etudiant, numetu, etudiant, nip, identifiant, "
        "n, no, numero d identification",
    ),
    "last_name": column("Nom", "nom de famille, nom etudiant, nom prenom, nom et prenom, nom usage"),
    "first_name": column("Prénom", "prenom etudiant, prenoms"),
    "group": column("Groupe", "gpe, grp, groupes, td, groupe td"),
    "unjustified": column(
        "Absences injustifiées",
        "demi journees injustifiees, injustifiees, abs injustifiees, non justifiees, absences non justifiees",
    ),
    "justified": column("Absences justifiées", "demi journees justifiees, justifiees, abs justifiees"),
}
IDENTITY = ("student", "last_name", "first_name")
GROUPS, ABSENCES = (*IDENTITY, "group"), (*IDENTITY, "unjustified", "justified")
USUAL_GROUPS, USUAL_ABSENCES = ("student", "group"), ("student", "unjustified", "justified")
MOST_ABSENCES = 999  # half-days, of a year
NO_GROUP = ("sansgroupe", "aucun")
WORDS = {
    "group": "groupe",
    "unjustified_absences": "absences injustifiées",
    "justified_absences": "absences justifiées",
}


def present(cohort: Cohort, names: Sequence[str]) -> Iterator[Sequence[str]]:
    """The students with these columns, as a list that comes back without a change."""
    for enrolment in cohort.enrolments.select_related("student", "group"):
        student = enrolment.student
        cells = {
            "student": student.number,
            "last_name": student.shown_last_name,
            "first_name": student.shown_first_name,
            "group": enrolment.group.name if enrolment.group else NOTHING,
            "unjustified": str(enrolment.unjustified_absences),
            "justified": str(enrolment.justified_absences),
        }
        yield [cells[name] for name in names]


def plan(cohort: Cohort, lines: Iterable[ListLine]) -> BulkPlan:
    """What the list would change. A group that is not there is made; a student said twice is refused."""
    rows = cohort.enrolments.select_related("student", "group").prefetch_related("dispensed")
    people, made = People(rows), BulkPlan()
    groups = {_spelt(group.name): group.name for group in cohort.groups.all()}
    there = set(groups)
    first: dict[int, int] = {}
    changes: list[Step] = []
    for line in lines:
        match = people.match(Named.of(" ".join(filter(None, (line[name] for name in IDENTITY)))))
        enrolment = match.enrolment
        try:
            if enrolment is None:
                raise ValidationError(match.reason)
            if (before := first.setdefault(enrolment.pk, line.number)) != line.number:
                raise ValidationError(f"Déjà en ligne {before}{NBSP}: n’en garder qu’une.")
            wanted = _wanted(line, groups)
        except ValidationError as refusal:
            message = " ".join(refusal.messages)
            why = named(str(enrolment.student), message) if enrolment else message
            made.refused.append(LineAside(line.number, line.text, why))
        else:
            _change(changes, made, cohort, enrolment, wanted)
    made.steps = [
        Step(f"Groupe {name}", "n’existe pas", "créé", partial(_make_group, cohort, name))
        for key, name in groups.items()
        if key not in there
    ] + changes
    return made


def _wanted(line: ListLine, groups: dict[str, str]) -> dict[str, Any]:
    """What a line asks by field of an enrolment, a group by its name; one that is new joins `groups`.

    Raises ValidationError, in French.
    """
    wanted: dict[str, Any] = {}
    for cell in ("unjustified", "justified"):
        if text := line[cell]:
            number = whole_number(text)
            if number is None or number > MOST_ABSENCES:
                raise ValidationError(
                    f"{COLUMNS[cell].title.lower()}, {quoted(text[:20])}{NBSP}: un nombre entier de "
                    f"demi-journées, de 0 à {MOST_ABSENCES}."
                )
            wanted[f"{cell}_absences"] = number
    if name := line["group"]:
        key = _spelt(name)
        none = name == NOTHING or key in NO_GROUP
        wanted["group"] = "" if none else groups.setdefault(key, tidy(name))
    return wanted


def _change(
    changes: list[Step], made: BulkPlan, cohort: Cohort, enrolment: Enrolment, wanted: Mapping[str, Any]
) -> None:
    current = {
        "group": enrolment.group.name if enrolment.group else "",
        "unjustified_absences": enrolment.unjustified_absences,
        "justified_absences": enrolment.justified_absences,
    }
    changed = {name: value for name, value in wanted.items() if value != current[name]}
    if not changed:
        made.unchanged += 1
        return
    act = partial(_write, cohort, enrolment, changed)
    changes.append(
        Step(str(enrolment.student), _in_words(current, changed), _in_words(changed, changed), act)
    )


def _spelt(group: str) -> str:
    """ "TD 1" and "td1" are one."""
    return folded(group).replace(" ", "")


def _in_words(values: Mapping[str, Any], names: Iterable[str]) -> str:
    return " ; ".join(
        f"{WORDS[name]}{NBSP}: {'aucun' if values[name] == '' else values[name]}" for name in names
    )


def _make_group(cohort: Cohort, name: str, *, by: User, unlocking: str = "") -> None:
    people.set_groups(
        cohort=cohort, names={group: group.name for group in cohort.groups.all()}, new=[name], by=by
    )


def _write(
    cohort: Cohort, enrolment: Enrolment, changed: Mapping[str, Any], *, by: User, unlocking: str = ""
) -> None:
    """Change what is said of an enrolment, by the service of its page; the rest stays."""
    enrolment.cohort = cohort
    values = {
        "group": enrolment.group,
        "unjustified_absences": enrolment.unjustified_absences,
        "justified_absences": enrolment.justified_absences,
        **changed,
    }
    if "group" in changed:
        values["group"] = cohort.groups.get(name=changed["group"]) if changed["group"] else None
    people.change_enrolment(
        enrolment=enrolment,
        by=by,
        company=enrolment.company,
        status=enrolment.status,
        status_since=enrolment.status_since,
        repeats={int(semester): times for semester, times in enrolment.repeats.items()},
        dispensed=list(enrolment.dispensed.all()),
        unlocking=unlocking,
        **values,
    )
