"""The codes that the card offers: what the rules give or leave open, then any other with its warning."""

from __future__ import annotations

from dataclasses import dataclass

from butrt.base.french import several
from jury.cases.case import Case
from jury.models import Decision
from jury.room.departures import departures
from jury.rules import Code, RcueVerdict, Reason, codes

USUAL = (Code.DEF, Code.PAS1NCI, Code.RED, Code.NAR, Code.ADJ)


@dataclass(frozen=True, slots=True)
class Option:
    """A code for the year: its key, what it says beside its words, and the rules that it departs from."""

    code: Code
    key: int | None
    note: str
    against: list[Reason]


def year_options(case: Case) -> tuple[list[Option], list[Option]]:
    """Those to choose from, then the others: the jury is sovereign."""
    first = [*case.proposal.options] or [code for code in (case.proposal.year,) if code]
    if case.proposal.options:
        first.sort(key=lambda code: USUAL.index(code) if code in USUAL else len(USUAL))
    else:
        first += [code for code in USUAL[1:] if code not in first]
    if case.person["status"] == Code.DEF and Code.DEF not in first:
        first.insert(0, Code.DEF)  # a fact recorded; deciding it is the jury's
    first.append(Code.ATJ)
    if case.verdict.year and case.verdict.year not in first:  # decided already: it is among what is shown
        first.append(case.verdict.year)
    open_to = case.year_codes
    first = [code for code in first if code in open_to or code == case.verdict.year]
    rest = [code for code in Code if code in open_to and code not in first]
    shown = [_option(case, code, key) for key, code in enumerate(first, 1)]
    return shown, [_option(case, code, None) for code in rest]


def _option(case: Case, code: Code, key: int | None) -> Option:
    notes = []
    if code == case.proposal.year:
        notes.append("proposé par les règles")
    if code == Code.RED:
        notes.append(repeats_left(case))
    return Option(code, key, ", ".join(notes), departures(case, Decision.Kind.YEAR, "", code))


def repeats_left(case: Case) -> str:
    """ "1 semestre redoublé sur 4 permis", those that the director added counted in."""
    done = sum(case.student.repeats.values())
    total = case.cohort.regulation.repeats_total + case.student.extra_repeats_in_all
    return f"{several(done, 'semestre redoublé', 'semestres redoublés')} sur {total} permis"


def rcues_left(case: Case) -> list[tuple[str, RcueVerdict]]:
    """The competences of the year that are not acquired: ADJ on the year acquires them with it."""
    return [
        (name, case.verdict.rcues[name])
        for name in case.year_rcues
        if name in case.verdict.rcues and not case.verdict.rcues[name].acquired
    ]


def closest_rcue(case: Case) -> tuple[str, RcueVerdict] | None:
    """The competence of the year not acquired and nearest to be: the one offered with the year's decision."""
    left = [(name, rcue) for name, rcue in rcues_left(case) if rcue.code == Code.AJ]
    known = [(rcue.average, name, rcue) for name, rcue in left if rcue.average is not None]
    if not known:
        return None
    _, name, rcue = max(known, key=lambda entry: entry[0])
    return name, rcue


def unit_options() -> list[Code]:
    """The codes of a UE or a RCUE."""
    return [code for code in Code if code in codes.UNIT_CODES]
