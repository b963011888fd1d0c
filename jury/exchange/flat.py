"""The results of a session as one flat table, a line a student: for whoever computes elsewhere."""

from __future__ import annotations

from butrt.base.french import NBSP
from butrt.base.tables import french_csv
from jury.cases import outlook, wording
from jury.cases.case import Case
from jury.cases.proceedings import Proceedings
from jury.rules import codes


def results_csv(proceedings: Proceedings) -> bytes:
    """Identity, each UE and RCUE (average, code), the year, ECTS, what comes next. Averages as displayed."""
    header = ["N° étudiant", "INE", "Nom", "Prénom", "Civilité", "Né(e) le", "Groupe", "Situation"]
    for column in proceedings.columns:
        for unit in column.units:
            header += [f"{unit} moyenne", f"{unit} code"]
        if column.rcue:
            header += [f"{column.competence} moyenne", f"{column.competence} code"]
    if proceedings.tells_year:
        header += ["Année", "En clair"]
    header += ["ECTS année", "ECTS cumul", "Suite"]
    return french_csv(header, [_row(case, proceedings) for case in proceedings.cases])


def _row(case: Case, proceedings: Proceedings) -> list[object]:
    person, verdict = case.person, case.verdict
    row: list[object] = [
        *(person["number"], person["ine"], person["last_name"], person["first_name"], person["gender"]),
        *(person["birth_date"], person["group"], person["status"]),
    ]
    for column in proceedings.columns:
        for name in column.units:
            row += [verdict.units[name].average, verdict.units[name].code]
        if column.rcue:
            rcue = verdict.rcues.get(column.rcue)
            row += [rcue.average, rcue.code] if rcue else [None, None]
    if proceedings.tells_year:
        judged = case.judges_year or verdict.year
        row += [verdict.year, codes.words(verdict.year, "year", wording.gender(case)) if judged else ""]
    step = outlook.few_words(case.following).replace(NBSP, " ")
    return [*row, verdict.ects_year, verdict.ects_total, step]
