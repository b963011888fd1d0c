"""Which of our UE, RCUE, semesters and year an element of Apogée is: proposed by code and label."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from curriculum.models import Programme
from jury.exchange.apogee.file import ApogeeFile, Reference
from jury.exchange.apogee.filling import FILLED_TYPES, Subject, Target


@dataclass(frozen=True)
class Known:
    """One of ours that Apogée may have: what it is, in words, and how it is recognised."""

    subject: Subject
    words: str
    competence: str = ""  # "RT1"
    titles: tuple[str, ...] = ()  # of the competence
    semester: int = 0


def ours(programme: Programme) -> list[Known]:
    """The UE of a programme by semester, its RCUE, its two semesters, its year. One query."""
    units = list(programme.units.select_related("competence"))
    known = [
        Known(
            Subject(Target.UNIT, unit.code),
            f"{unit.competence.code} {unit.competence.short}, S{unit.semester}",
            unit.competence.code,
            (unit.competence.title, unit.competence.short),
            unit.semester,
        )
        for unit in units
    ]
    rcues = {unit.rcue: unit for unit in units}
    known += [
        Known(
            Subject(Target.RCUE, name),
            f"{unit.competence.short}, niveau {unit.level}",
            unit.competence.code,
            (unit.competence.title, unit.competence.short),
        )
        for name, unit in rcues.items()
    ]
    known += [
        Known(Subject(Target.SEMESTER, f"S{number}"), f"Semestre {number}", semester=number)
        for number in programme.semesters
    ]
    return [*known, Known(Subject(Target.YEAR, f"BUT{programme.year}"), f"Année {programme.year} du BUT")]


def propose(file: ApogeeFile, known: Iterable[Known]) -> dict[Subject, list[Reference]]:
    """What each of ours seems to be in a file; what could be two of ours is proposed for none."""
    known = list(known)
    references: dict[Subject, list[Reference]] = {element.subject: [] for element in known}
    versions: dict[str, int] = {}
    for _, about in file.elements:
        versions[about.code] = versions.get(about.code, 0) + 1
    for type_, about in file.elements:
        if type_ not in FILLED_TYPES:
            continue
        fits = _fitting(type_, about.code, file.label((type_, about)), known)
        if len(fits) == 1:
            references[fits[0].subject].append(
                about if versions[about.code] > 1 or type_ == "VET" else Reference(about.code)
            )
    return references


def _fitting(type_: str, code: str, label: str, known: Sequence[Known]) -> list[Known]:
    if type_ == "VET":
        return [element for element in known if element.subject.target is Target.YEAR]
    label = _bare(label.partition(" - ")[2] or label)
    for target in (Target.RCUE, Target.UNIT, Target.SEMESTER, Target.YEAR):
        fits = [
            element
            for element in known
            if element.subject.target is target and _is(element, _bare(code), label)
        ]
        # UE3.5.IPI and UE3.5.SNRV have the same digits: the whole code, when it is written, tells them apart.
        if len(fits) > 1 and (whole := [fit for fit in fits if _written(fit.subject[1], code, label)]):
            return whole
        if fits:
            return fits
    return []


def _written(name: str, code: str, label: str) -> bool:
    """Whether a code of ours stands whole in what Apogée says, whatever it is made of."""
    bare = re.escape(_bare(name))
    return re.search(rf"(?<![a-z0-9.]){bare}(?![a-z0-9.])", f"{_bare(code)} {label}") is not None


def _is(known: Known, code: str, label: str) -> bool:
    target, name = known.subject
    speaks_of_rcue = re.search(r"\brcue\b|\bniveau\b|\bbcc?\b", label) is not None
    titled = any(len(_bare(title)) > 3 and _bare(title) in label for title in known.titles)
    if target is Target.RCUE:
        number = _digits(known.competence)
        named = re.search(rf"\b{re.escape(_bare(known.competence))}\b", label) or (
            number and re.search(rf"\brcue ?{number}\b", label)
        )
        return speaks_of_rcue and bool(named or titled)
    if speaks_of_rcue:
        return False
    if target is Target.UNIT:
        digits = r"[ ._-]?".join(_digits(name))
        numbered = digits and (
            re.search(rf"\bue ?{digits}(?!\d)", label) or re.search(rf"ue{_digits(name)}(?!\d)", code)
        )
        if numbered or _written(name, code, label):
            return True
        return titled and _semester(known.semester, label)
    if target is Target.SEMESTER:
        return "ue" not in label.split() and _semester(known.semester, label)
    return re.search(rf"\bbut ?{_digits(name)}\b|\bannee {_digits(name)}\b", label) is not None


def _semester(number: int, label: str) -> bool:
    return re.search(rf"\bs{number}\b|\bsem(estre)? ?{number}\b", label) is not None


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def _bare(text: str) -> str:
    """In small letters without accents, one space between words."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9.]+", " ", plain).strip()
