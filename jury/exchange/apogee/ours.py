"""What of ours an Apogée file may speak of: UE, RCUE, ressources and SAÉ, semesters, the year."""

from __future__ import annotations

from dataclasses import dataclass

from curriculum.models import Element, Programme, Unit
from jury.exchange.apogee.filling import Subject, Target
from jury.exchange.apogee.labels import words_of


@dataclass(frozen=True)
class Known:
    """One of ours that Apogée may have: what it is, in words, and how it is recognised."""

    subject: Subject
    words: str
    competence: str = ""  # "RT1"
    titles: tuple[str, ...] = ()  # of the competence and its niveau; of the ressource or the SAÉ
    semester: int = 0
    level: int = 0
    # Of a ressource or a SAÉ, the code that people read: "Saé 3.02".
    display: str = ""


def ours(programme: Programme) -> list[Known]:
    """The UE of a programme by semester, RCUE, semesters, year, ressources and SAÉ. Three queries."""
    units = list(programme.units.select_related("competence").prefetch_related("competence__levels"))
    known = [
        Known(
            Subject(Target.UNIT, unit.code),
            f"{unit.competence.code} {unit.competence.short}, S{unit.semester}",
            competence=unit.competence.code,
            titles=_titles(unit),
            semester=unit.semester,
            level=unit.level,
        )
        for unit in units
    ]
    known += [
        Known(
            Subject(Target.RCUE, name),
            f"{unit.competence.short}, niveau {unit.level}",
            competence=unit.competence.code,
            titles=_titles(unit),
            level=unit.level,
        )
        for name, unit in {unit.rcue: unit for unit in units}.items()
    ]
    known += [
        Known(Subject(Target.SEMESTER, f"S{number}"), f"Semestre {number}", semester=number)
        for number in programme.semesters
    ]
    known.append(Known(Subject(Target.YEAR, f"BUT{programme.year}"), f"Année {programme.year} du BUT"))
    return known + [
        Known(
            Subject(Target.ELEMENT, element.code),
            f"{_named(element)}, S{element.semester}",
            titles=(element.title, element.short),
            semester=element.semester,
            display=element.display,
        )
        for element in programme.elements.all()
    ]


def _named(element: Element) -> str:
    """Its title, after the code that people read where it is another than that of files."""
    return (
        element.short
        if element.display in (element.code, element.short)
        else f"{element.display} {element.short}"
    )


def _titles(unit: Unit) -> tuple[str, ...]:
    levels = [level.title for level in unit.competence.levels.all() if level.number == unit.level]
    return tuple(dict.fromkeys([unit.competence.short, unit.competence.title, *levels]))


def programme_words(programme: Programme) -> frozenset[str]:
    """The words that say of which programme an element is, and nothing more. Needs `parcours__specialty`."""
    parcours = programme.parcours
    texts = (parcours.specialty.name, parcours.specialty.short, parcours.name, parcours.short, parcours.code)
    return frozenset(word for text in texts for word in words_of(text))
