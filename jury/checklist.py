"""What must be looked at before opening a session (domain 4), with its numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from curriculum.findings import findings
from grades.models import Teaching
from jury.models import Session
from jury.proceedings import Proceedings
from jury.rules import Code

MOST_NAMED = 8
Weight = Literal["blocks", "know", "done"]


@dataclass(frozen=True)
class Item:
    """One line of the checklist: whether it blocks the opening, what it says, who is concerned."""

    weight: Weight
    title: str
    text: str
    # Where it is mended: the name of a page and its argument, when there is one.
    link: tuple[str, int] | None = None
    link_label: str = ""


def checklist(session: Session, proceedings: Proceedings) -> list[Item]:
    """The items, those that block first. `session` is fetched `with_programme()`.

    Blocking: an awaited or missing mark, an element that counts and has no évaluation. Not blocking, to
    know: elements not declared complete, findings on the programme, students whose repeats are exhausted,
    who would pass with S5 closed.
    """
    items = [
        *_awaited(session, proceedings),
        *_without_assessment(session),
        *_undeclared(session),
        *_programme(session),
        *_members(session),
        *_closed_s5(proceedings),
        *_repeaters(proceedings),
    ]
    order: list[Weight] = ["blocks", "know", "done"]
    return sorted(items, key=lambda item: order.index(item.weight))


def blocking(items: list[Item]) -> list[Item]:
    return [item for item in items if item.weight == "blocks"]


def plural(number: int, one: str, many: str) -> str:
    """1 note attendue, 2 notes attendues."""
    return f"{number} {one if number < 2 else many}"


def _awaited(session: Session, proceedings: Proceedings) -> list[Item]:
    """Awaited or missing marks of students who are still there."""
    by_element: dict[str, list[str]] = {}
    display = proceedings.context["elements"]
    for case in proceedings.cases:
        if case.person["status"]:
            continue
        awaited = {
            line.element
            for unit in case.verdict.units.values()
            for line in unit.elements
            if line.state in ("ATT", "missing") and unit.provisional
        }
        for element in awaited:
            by_element.setdefault(element, []).append(case.name)
    if not by_element:
        return [Item("done", "Toutes les notes sont là", "Aucune note attendue ni manquante.")]
    teachings = {
        teaching.element.code: teaching
        for teaching in Teaching.objects.filter(cohort=session.cohort_id, element__code__in=by_element)
        .select_related("element")
        .prefetch_related("heads")
    }
    items = []
    for element, names in sorted(by_element.items()):
        teaching = teachings.get(element)
        heads = ", ".join(str(head) for head in teaching.heads.all()) if teaching else ""
        who = f" Responsable : {heads}." if heads else ""
        shown = ", ".join(names[:5]) + (f" et {len(names) - 5} autres" if len(names) > 5 else "")
        code = display[element]["display"]
        waiting = plural(len(names), "étudiant attend une note", "étudiants attendent une note")
        items.append(
            Item(
                "blocks",
                f"{code} : {waiting}",
                f"{shown}. Leur UE, leur compétence et leur année restent provisoires.{who}",
                ("grades:sheet", teaching.pk) if teaching else None,
                f"Voir {code}",
            )
        )
    return items


def _without_assessment(session: Session) -> list[Item]:
    """Elements with a coefficient and no évaluation: nobody can have an average there."""
    bare = (
        session.cohort.programme.elements.filter(semester__in=session.semesters, weights__coefficient__gt=0)
        .exclude(teachings__cohort=session.cohort_id, teachings__assessments__kind="normal")
        .distinct()
    )
    names = [element.display for element in bare]
    if not names:
        return [Item("done", "Chaque élément a ses évaluations", "Tous ceux qui ont un coefficient.")]
    return [
        Item(
            "blocks",
            f"{plural(len(names), 'élément sans évaluation', 'éléments sans évaluation')}",
            ", ".join(names) + ". Un élément qui compte et n’a pas d’évaluation bloque ses UE.",
        )
    ]


def _undeclared(session: Session) -> list[Item]:
    """Elements with a coefficient that nobody declared complete yet, and who answers for them."""
    rows = list(
        Teaching.objects.filter(
            cohort=session.cohort_id,
            element__semester__in=session.semesters,
            element__weights__coefficient__gt=0,
            completed_at=None,
        )
        .select_related("element")
        .prefetch_related("heads")
        .distinct()
        .order_by("element__semester", "element__kind", "element__code")
    )
    progress = ("cohorts:progress", session.cohort_id), "Avancement"
    if not rows:
        return [Item("done", "Chaque élément est déclaré complet", "Par ses responsables.", *progress)]
    named = [
        f"{each.element.display} ({', '.join(map(str, each.heads.all())) or 'personne nommé'})"
        for each in rows
    ]
    more = f" et {len(named) - MOST_NAMED} autres" if len(named) > MOST_NAMED else ""
    return [
        Item(
            "know",
            plural(len(rows), "élément n’est pas déclaré complet", "éléments ne sont pas déclarés complets"),
            f"{', '.join(named[:MOST_NAMED])}{more}. Des notes peuvent encore changer.",
            *progress,
        )
    ]


def _programme(session: Session) -> list[Item]:
    found = findings(session.cohort.programme)
    if not found:
        return []
    text = " ".join(finding.title.rstrip(".") + "." for finding in found[:3])
    return [
        Item(
            "know",
            plural(len(found), "constat sur le programme", "constats sur le programme"),
            text + " Rien n’est bloqué.",
            ("curriculum:programme", session.cohort.programme_id),
            "Programme",
        )
    ]


def _members(session: Session) -> list[Item]:
    members = list(session.members.all())
    if not members:
        return [
            Item(
                "blocks",
                "Aucun membre convoqué",
                "Le PV nomme les membres présents et excusés.",
                ("jury:members", session.pk),
                "Convoquer",
            )
        ]
    text = ", ".join(member.name for member in members) + "."
    return [
        Item(
            "done",
            plural(len(members), "membre convoqué", "membres convoqués"),
            text,
            ("jury:members", session.pk),
            "Membres",
        )
    ]


def _closed_s5(proceedings: Proceedings) -> list[Item]:
    closed = [case for case in proceedings.cases if case.verdict.progression.missing]
    passing = [case for case in closed if case.verdict.year in (Code.ADM, Code.PASD, Code.ADSUP, Code.ADJ)]
    if not passing:
        return []
    text = " ".join(
        f"{case.name} : {', '.join(case.verdict.progression.missing)} non acquises (4.5)." for case in passing
    )
    return [
        Item(
            "know",
            plural(
                len(passing),
                "étudiant passerait sans pouvoir entrer en S5",
                "étudiants passeraient sans pouvoir entrer en S5",
            ),
            text + " Le jury peut les acquérir.",
        )
    ]


def _repeaters(proceedings: Proceedings) -> list[Item]:
    repeaters = [case for case in proceedings.cases if case.student.repeats]
    if not repeaters:
        return []
    closed = [
        case.name
        for case in repeaters
        if case.judges_year and case.proposal.options and Code.RED not in case.proposal.options
    ]
    kept = Counter({case.name: len(case.student.dispensed) for case in repeaters if case.student.dispensed})
    parts = [
        f"{name} garde {plural(number, 'UE', 'UE')} d’une année antérieure." for name, number in kept.items()
    ]
    items = [
        Item(
            "done",
            plural(len(repeaters), "redoublant, acquis repris", "redoublants, acquis repris"),
            " ".join(parts) or ", ".join(case.name for case in repeaters) + ".",
        )
    ]
    if closed:
        items.append(
            Item(
                "know",
                plural(len(closed), "redoublement épuisé", "redoublements épuisés"),
                f"{', '.join(closed)} : RED n’est plus ouvert (4.5).",
            )
        )
    return items
