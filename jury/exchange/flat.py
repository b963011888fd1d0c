"""The results of a session as one flat table, a line a student: for whoever computes elsewhere."""

from __future__ import annotations

from butrt.base.french import NBSP
from butrt.base.tables import french_csv
from jury.cases import outlook, wording
from jury.cases.case import Case
from jury.cases.proceedings import Proceedings
from jury.rules import codes


def results_csv(proceedings: Proceedings) -> bytes:
    """Identity, each UE and RCUE (average, code), the year, ECTS, what comes next. Averages as displayed.

    Of several programmes: which is theirs; the cells of what it does not have are empty.
    """
    header = ["N° étudiant", "INE", "Nom", "Prénom", "Civilité", "Né(e) le", "Groupe", "Situation"]
    if len(proceedings.parts) > 1:
        header.append("Programme")
    for column in proceedings.columns:
        for key in column.keys:
            header += [f"{key} moyenne", f"{key} code"]
        if column.rcue:
            header += [f"{column.key} moyenne", f"{column.key} code"]
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
    if len(proceedings.parts) > 1:
        row.append(case.programme_label)
    for column in proceedings.columns:
        if not proceedings.has(case, column):
            row += [None, None] * (len(column.units) + bool(column.rcue))
            continue
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
