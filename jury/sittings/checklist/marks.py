"""Whether every mark is there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from butrt.base.french import NBSP, plural, several, shortened
from jury.cases.aside import emptied, set_aside
from jury.cases.aside import without_average as units_without_average
from jury.cases.proceedings import Proceedings
from jury.models import Session
from jury.rules import Code
from jury.sittings.checklist.items import MOST_NAMED, THEIRS, Item
from jury.sittings.checklist.people import People, cards_of


def awaited(proceedings: Proceedings, people: People) -> list[Item]:
    """Awaited or missing marks of students who are still there."""
    by_element: dict[str, list[str]] = {}
    bare = {element.code for element in people.bare}  # told once, by `without_assessment`
    display = proceedings.context["elements"]
    for case in proceedings.here:
        # A défaillant's sheet no longer takes marks: those they lack are not on their way.
        states = ("ATT",) if case.person["status"] == Code.DEF else ("ATT", "missing")
        awaited = {
            line.element
            for unit in case.verdict.units.values()
            if unit.provisional
            for line in unit.elements
            if line.state in states
        }
        for element in awaited - bare:
            by_element.setdefault(element, []).append(case.name)
    if not by_element:
        return [Item("done", "Toutes les notes sont là", "Aucune note attendue ni manquante.")]
    items = []
    for element, names in sorted(by_element.items()):
        code = display[element]["display"]
        theirs = plural(len(names), "Son UE, sa compétence et son année restent", THEIRS)
        waiting = several(len(names), "étudiant attend une note", "étudiants attendent une note")
        items.append(
            Item(
                "blocks",
                f"{code} : {waiting}",
                f"{shortened(names)}. {theirs} provisoires.",
                people.of(element),
                people.sheet(element, f"Voir {code}"),
            )
        )
    return items


def without_assessment(people: People) -> list[Item]:
    """Elements with a coefficient and no évaluation: nobody can have an average there."""
    items = [
        Item(
            "blocks",
            f"{element.display} : aucune évaluation",
            "Un élément qui compte et n’a pas d’évaluation bloque ses UE.",
            people.of(element.code),
            (
                *(people.sheet(element.code, f"Créer en {element.display}") or (people.teachers(element),)),
                people.aside(element, f"{element.display} n’est pas évalué"),
            ),
        )
        for element in people.bare
        if element.semester not in people.closed
    ]
    if judged := [element for element in people.bare if element.semester in people.closed]:
        semester = judged[0].semester
        items.append(
            Item(
                "know",
                f"Le jury S{semester}, clos, a jugé sans évaluation en "
                f"{', '.join(element.display for element in judged)}",
                "Ses notes sont verrouillées : elles ne se corrigent qu’en corrigeant ce jury.",
                str(people.session.president),
            )
        )
    if not people.elements.exists():
        return [Item("done", "Aucun élément au programme", "Ses UE ont une moyenne venue d’ailleurs.")]
    return items or [Item("done", "Chaque élément a ses évaluations", "Tous ceux qui ont un coefficient.")]


def not_assessed(proceedings: Proceedings, people: People) -> list[Item]:
    """Elements set aside for the promotion: out of all averages, and the UE that nothing assesses then."""
    elements = set_aside(proceedings.context)
    if not elements:
        return []
    units = proceedings.units
    sentences = [
        f"{element.name} ({element.counted or 'sans coefficient'}), mis de côté {element.recorded}"
        f"{NBSP}: {element.motive.rstrip('.')}."
        for element in elements
    ]
    return [
        Item(
            "know",
            several(len(elements), "élément est mis de côté", "éléments sont mis de côté")
            + ", hors de toutes les moyennes",
            " ".join([*sentences, units_without_average(emptied(elements, units))]).strip(),
            people.director,
            tuple(
                people.aside(people.teachings[element.element].element, element.display)
                for element in elements
                if element.element in people.teachings
            ),
        )
    ]


def undeclared(people: People) -> list[Item]:
    """Elements with a coefficient that nobody declared complete yet, and who answers for them."""
    counted = set(people.elements.filter(weights__coefficient__gt=0).values_list("code", flat=True))
    rows = [
        (code, teaching)
        for code, teaching in people.teachings.items()
        if code in counted
        and teaching.completed_at is None
        and not teaching.is_aside
        and teaching.element.semester not in people.closed
    ]
    progress = (people.progress("Avancement"),)
    if not rows:
        return [Item("done", "Chaque élément est déclaré complet", "Par ses responsables.", links=progress)]
    named = [
        f"{teaching.element.display} ({', '.join(map(str, teaching.heads.all())) or 'sans responsable'})"
        for _, teaching in rows
    ]
    answering = dict.fromkeys(name for code, _ in rows for name in people.of(code).split(", "))
    return [
        Item(
            "know",
            several(len(rows), "élément n’est pas déclaré complet", "éléments ne sont pas déclarés complets"),
            f"{shortened(named, MOST_NAMED)}. Des notes peuvent encore changer.",
            shortened([*answering], MOST_NAMED),
            progress,
        )
    ]


def without_average(session: Session, proceedings: Proceedings) -> list[Item]:
    """UE that no mark can give an average any more (every mark ABJ): the jury decides them."""
    without = [
        (
            case,
            [
                name
                for name, unit in case.verdict.units.items()
                if unit.average is None and unit.code is None and not _waits(unit.elements)
            ],
        )
        for case in proceedings.here
    ]
    bare = [(case, names) for case, names in without if names]
    if not bare:
        return []
    text = " ".join(f"{case.name} : {', '.join(names)}." for case, names in bare)
    return [
        Item(
            "know",
            several(len(bare), "étudiant a une UE sans moyenne", "étudiants ont une UE sans moyenne"),
            f"{text} Aucune note n’y compte ; une moyenne ne s’invente pas, le jury décide.",
            str(session.president),
            cards_of(session, (case for case, _ in bare)),
        )
    ]


def _waits(elements: Iterable[Any]) -> bool:
    return any(line.state in ("ATT", "missing") for line in elements)
