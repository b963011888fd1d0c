"""Which of ours an element of Apogée is: proposed on strong evidence alone, with its reason, or for nothing.

The strongest first: it is already called so in another version of the programme; its code or its label bears
our code, whole; its label is one of our titles. Two of ours for one element, two elements for one of ours, a
label that says otherwise than its code: nothing is proposed, and the page says why.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple, TypeAlias

from butrt.base.french import NBSP, listed, quoted
from jury.exchange.apogee.file import ApogeeFile, Reference
from jury.exchange.apogee.filling import FILLED_TYPES, Subject, Target
from jury.exchange.apogee.labels import Label, bare, digits_of, is_a_code, words_of
from jury.exchange.apogee.ours import Known

FileElement: TypeAlias = tuple[str, Reference]
Learnt: TypeAlias = Mapping[Reference, tuple[Subject, str]]
"""What an element was already said to be: ours, and the programme where it is."""

NUMBERED = re.compile(r"ue ?\d(?:[ .]?\d)*")
NOT_RECOGNISED = "rien n’y est reconnu"


class Strength(IntEnum):
    TITLE = 1
    CODE = 2
    LEARNT = 3


class Evidence(NamedTuple):
    """Why an element would be one of ours."""

    subject: Subject
    strength: Strength
    why: str


@dataclass(frozen=True)
class Proposal:
    """What one of ours seems to be called, and why."""

    references: tuple[Reference, ...]
    why: str


@dataclass
class Proposals:
    """What a file seems to call ours; of each of its elements, what it is proposed for or why nothing."""

    by_subject: dict[Subject, Proposal] = field(default_factory=dict)
    remarks: dict[FileElement, str] = field(default_factory=dict)


def propose(
    file: ApogeeFile,
    known: Iterable[Known],
    *,
    words: Collection[str] = (),
    learnt: Learnt | None = None,
    saved: Mapping[Subject, Sequence[Reference]] | None = None,
) -> Proposals:
    """What each of ours seems to be in a file.

    `words`: those of the programme's own name; `saved`: what is said already, proposed for nothing else.
    """
    known = list(known)
    proposals = Proposals()
    candidates: dict[Subject, list[tuple[FileElement, Evidence]]] = {}
    for element in file.elements:
        type_, about = element
        if type_ not in FILLED_TYPES:
            continue
        if given := _given(about, saved or {}):
            proposals.remarks[element] = f"est déjà {given.name}"
            continue
        label = Label.of(about.code, file.label(element))
        evidence = [*_learnt(about, learnt or {}), *_evidence(type_, label, known, words)]
        doubts = list(_doubts(label, evidence, known))
        if len({piece.subject for piece in evidence}) == 1 and not doubts:
            best = max(evidence, key=lambda piece: piece.strength)
            candidates.setdefault(best.subject, []).append((element, best))
        else:
            proposals.remarks[element] = _ambiguous(evidence, doubts)
    versions = Counter(about.code for _, about in file.elements)
    for subject, elements in candidates.items():
        _choose(subject, elements, versions, proposals)
    return proposals


def _given(about: Reference, saved: Mapping[Subject, Sequence[Reference]]) -> Subject | None:
    return next(
        (subject for subject, references in saved.items() if any(known.means(about) for known in references)),
        None,
    )


def _ambiguous(evidence: Sequence[Evidence], doubts: Sequence[str]) -> str:
    if doubts:
        return f"{', '.join(doubts)}{NBSP}: rien n’est proposé"
    if not evidence:
        return NOT_RECOGNISED
    names = dict.fromkeys(piece.subject.name for piece in evidence)
    return f"se lit comme {listed(list(names))}{NBSP}: rien n’est proposé"


def _choose(
    subject: Subject,
    elements: Sequence[tuple[FileElement, Evidence]],
    versions: Mapping[str, int],
    proposals: Proposals,
) -> None:
    """The elements proposed for one of ours: all that it was already called, else the only one."""
    strongest = max(evidence.strength for _, evidence in elements)
    kept = [element for element, evidence in elements if evidence.strength == strongest]
    if len(kept) > 1 and strongest != Strength.LEARNT:
        codes = listed([str(about) for _, about in kept])
        for element, _ in elements:
            proposals.remarks[element] = f"{codes} se lisent tous {subject.name}{NBSP}: rien n’est proposé"
        return
    names = listed([str(about) for _, about in kept])
    for element, evidence in elements:
        if element in kept:
            proposals.remarks[element] = f"proposé pour {subject.name}{NBSP}: {evidence.why}"
        else:
            proposals.remarks[element] = f"{names} est plus sûrement {subject.name}"
    why = next(evidence.why for element, evidence in elements if element in kept)
    references = (
        about if versions[about.code] > 1 or type_ == "VET" else Reference(about.code)
        for type_, about in kept
    )
    proposals.by_subject[subject] = Proposal(tuple(references), why)


# ---------- evidence ----------


def _learnt(about: Reference, learnt: Learnt) -> Iterator[Evidence]:
    for reference, (subject, where) in learnt.items():
        if reference.means(about):
            yield Evidence(subject, Strength.LEARNT, f"{reference} l’est déjà dans {where}")


def _evidence(type_: str, label: Label, known: Sequence[Known], words: Collection[str]) -> Iterator[Evidence]:
    if type_ == "VET":
        targets = {Target.YEAR}
    elif label.says_rcue:
        targets = {Target.RCUE}
    else:
        targets = set(Target)
    for ours in known:
        match ours.subject.target:
            case target if target not in targets:
                continue
            case Target.UNIT:
                yield from _as_unit(ours, label)
            case Target.ELEMENT:
                yield from _as_element(ours, label)
            case Target.RCUE:
                yield from _as_rcue(ours, label)
            case Target.SEMESTER:
                yield from _as_semester(ours, label, words)
            case Target.YEAR:
                yield from _as_year(ours, type_, label, words)


def _as_unit(known: Known, label: Label) -> Iterator[Evidence]:
    subject, name = known.subject, known.subject.name
    if written := _written(name, label):
        yield Evidence(subject, Strength.CODE, written)
    elif _is_numbered(known, label):
        alike = f"UE {'.'.join(_number(name))}"
        yield Evidence(subject, Strength.CODE, f"le libellé dit {alike}, et rien d’une autre")
    if label.semesters == {known.semester}:
        for title in known.titles:
            if label.begins_with(title) and len(bare(title)) > 3:
                why = f"le libellé commence par {quoted(title)} et dit S{known.semester}"
            elif label.abridges(title):
                why = f"le libellé abrège {quoted(title)} et dit S{known.semester}"
            else:
                continue
            yield Evidence(subject, Strength.TITLE, why)
            return


def _as_element(known: Known, label: Label) -> Iterator[Evidence]:
    for name in (known.subject.name, known.display):
        if written := _written(name, label):
            yield Evidence(known.subject, Strength.CODE, written)
            return
    for title in known.titles:
        if label.says_only(title):
            yield Evidence(known.subject, Strength.TITLE, "le libellé est son intitulé")
            return


def _as_rcue(known: Known, label: Label) -> Iterator[Evidence]:
    if label.levels - {known.level} or not label.may_be_rcue:
        return
    number = digits_of(known.competence)
    if is_a_code(known.competence) and label.names(known.competence):
        yield Evidence(known.subject, Strength.CODE, f"le libellé dit le RCUE de {known.competence}")
    elif number and label.names(f"RCUE{number}"):
        yield Evidence(known.subject, Strength.CODE, f"le libellé dit RCUE {number}")
    elif title := next((title for title in known.titles if len(bare(title)) > 3 and label.has(title)), ""):
        yield Evidence(known.subject, Strength.TITLE, f"le libellé dit le RCUE {quoted(title)}")


def _as_semester(known: Known, label: Label, words: Collection[str]) -> Iterator[Evidence]:
    if label.semesters == {known.semester} and label.says_nothing_but(words):
        yield Evidence(known.subject, Strength.CODE, f"le libellé ne dit que {known.subject.name}")


def _as_year(known: Known, type_: str, label: Label, words: Collection[str]) -> Iterator[Evidence]:
    own = {int(digits_of(known.subject.name))}
    if type_ == "VET":
        if label.years == own:
            yield Evidence(known.subject, Strength.CODE, f"une étape (VET) qui dit {known.subject.name}")
        elif not label.years:
            yield Evidence(known.subject, Strength.TITLE, "une étape (VET) est une année")
    elif label.years == own and not label.semesters and label.says_nothing_but(words):
        yield Evidence(known.subject, Strength.CODE, f"le libellé ne dit que {known.subject.name}")


def _written(name: str, label: Label) -> str:
    """Where a code of ours stands whole, in words; a name that is a word must be the whole label."""
    if not is_a_code(name):
        return f"le libellé ne dit que {quoted(name)}" if label.says_only(name) else ""
    if label.names(name):
        return f"{name} est dans le libellé"
    return f"le code finit par {name}" if label.is_coded(name) else ""


def _number(name: str) -> str:
    """ "UE3.5.IPI" → "35": what UE of several parcours share."""
    numbered = NUMBERED.match(bare(name))
    return digits_of(numbered[0]) if numbered else ""


def _is_numbered(known: Known, label: Label) -> bool:
    """Whether a label says the number of a UE that has more than a number, and its title or nothing else.

    UE 3.5 is UE3.5.IPI or UE3.5.SNRV: the title tells them apart.
    """
    name = known.subject.name
    number = _number(name)
    if not number or "".join(words_of(name)) == f"ue{number}" or not label.names(f"UE{number}"):
        return False
    return label.says_only(f"UE{number}") or any(label.has(title) for title in known.titles)


# ---------- what speaks against ----------


def _doubts(label: Label, evidence: Sequence[Evidence], known: Sequence[Known]) -> Iterator[str]:
    """What a label says otherwise than the only one of ours that it seems to be."""
    subjects = {piece.subject for piece in evidence}
    if len(subjects) != 1:
        return
    (subject,) = subjects
    own = next(other for other in known if other.subject == subject)
    if own.semester and label.semesters - {own.semester}:
        yield f"se lit comme {subject.name}, du S{own.semester}, mais dit S{min(label.semesters)}"
    if subject.target is Target.UNIT and not any(label.has(title) for title in own.titles):
        for other in known:
            if other.subject.target is Target.UNIT and other.competence != own.competence:
                title = next((title for title in other.titles if _stands(title, label)), "")
                if title:
                    yield f"se lit comme {subject.name}, mais dit {quoted(title)}"
                    return


def _stands(title: str, label: Label) -> bool:
    return len(bare(title)) > 3 and label.has(title)
