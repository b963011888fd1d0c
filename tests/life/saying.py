"""What a jury says of a student, in a line that a president of jury reads."""

from __future__ import annotations

from butrt.base import french
from butrt.base.french import NBSP
from jury.cases import outlook
from jury.cases.case import Case
from jury.rules import Code


def said(case: Case) -> str:
    """Year, credits, what follows; then every UE and RCUE judged that is not plainly ADM.

    "PASD, 50 crédits, 110 en tout, S5 fermé : UE12 ; UE32 8,00 AJ ; RT2/2 8,50 AJ". "(jury)": by decision.
    """
    verdict = case.verdict
    judged = {unit.code for unit in case.cohort.judged(case.student)}
    year = f"{verdict.year}{' (jury)' if case.year_decision else ''}" if verdict.year else ""
    credit = f"{french.short(verdict.ects_year)} crédits, {french.short(verdict.ects_total)} en tout"
    head = ", ".join(part for part in (year, credit, outlook.few_words(case.following)) if part)
    units = [
        _line(name, unit)
        for name, unit in verdict.units.items()
        if (name in judged or _is_news(case.student.earlier.get(name), unit)) and unit.code != Code.ADM
    ]
    rcues = [
        _line(name, rcue)
        for name, rcue in verdict.rcues.items()
        if (name in case.year_rcues or _is_news(case.student.earlier_rcues.get(name), rcue))
        and rcue.code != Code.ADM
    ]
    return " ; ".join([head, *units, *rcues]).replace(NBSP, " ")


def _is_news(earlier, decided) -> bool:
    """Whether this jury says of another year's UE something else than was said before."""
    return earlier is None or earlier.code != decided.code


def _line(name: str, decided) -> str:
    average = "—" if decided.average is None else french.number(decided.average)
    by_jury = " (jury)" if decided.by_jury else ""
    return f"{name} {average} {decided.code or 'sans code'}{by_jury}"
