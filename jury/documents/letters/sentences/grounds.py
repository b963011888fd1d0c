"""Why: the article, the figures held against it, the motives of the jury."""

from __future__ import annotations

import re
from itertools import groupby
from typing import Any

from butrt.base import french
from butrt.base.french import NBSP, listed, several
from jury.cases import wording
from jury.cases.case import Case
from jury.cases.proceedings import Column, Proceedings
from jury.cases.taken import Taken
from jury.documents.letters.sentences.competences import competence_in_short, level_in_words
from jury.rules import Code, codes
from jury.rules.reasons import BUT, PROGRESSION, STATUS, Article, Reason, ReasonKind
from jury.rules.sentences import TO_BE_ADMITTED, the_year_is


def grounds(proceedings: Proceedings, case: Case) -> dict[str, Any]:
    """The comparisons that the rules made, each with its article; the averages; the jury's motives."""
    # The decision itself has been said, above, as a sentence; that a défaillance takes no right away is for
    # the jury, who decided of it.
    about_year = [
        reason
        for reason in case.reasons_about("year")
        if reason.kind is not ReasonKind.DECISION and reason.article != STATUS
    ]
    reasons = [{"text": _plain(reason, case), "article": _article(reason.article)} for reason in about_year]
    return {
        "reasons": [*_no_more_repeat(case), *reasons],
        "units_first": not case.judges_year,
        "rows": [_averages(case, column) for column in proceedings.columns_of(case)],
        "semesters": [f"S{semester}" for semester in case.student.semesters],
        "motives": _motives(case),
    }


def _no_more_repeat(case: Case) -> list[dict[str, str]]:
    """What decides a refusal to repeat (NAR) first: no repeat is left, the jury had no choice (4.5)."""
    closed = any(reason.kind is ReasonKind.NO_MORE_REPEAT for reason in case.proposal.reasons)
    if case.verdict.year != Code.NAR or not closed:
        return []
    done = [f"S{semester}" for semester, times in sorted(case.student.repeats.items()) if times]
    times = sum(case.student.repeats.values())
    already = f"plus ouvert : vous avez déjà redoublé {listed(done)} ({several(times, 'redoublement')})"
    text = f"Le redoublement n’est {already if done else 'pas ouvert'}. {limit_of_repeats(case)}"
    return [{"text": text, "article": _article(PROGRESSION)}]


def limit_of_repeats(case: Case) -> str:
    """ "Un semestre ne se redouble qu’une fois, et l’on en redouble 4 au plus, sauf force majeure."."""
    regulation = case.cohort.regulation
    per_semester, most = regulation.repeats_per_semester, regulation.repeats_total
    if not (per_semester and most):
        return "Aucun semestre ne se redouble, sauf force majeure."
    times = "qu’une fois" if per_semester == 1 else f"que {per_semester} fois"
    return f"Un semestre ne se redouble {times}, et l’on en redouble {most} au plus, sauf force majeure."


def _plain(reason: Reason, case: Case) -> str:
    """What the rules say, without the code that the letter has said in words, competences by their names."""
    year = case.verdict.year
    text = reason.text.replace(the_year_is(year), "l’année est validée.") if year else reason.text
    text = text.replace(TO_BE_ADMITTED, codes.agreed("pour être admis{|e}.", wording.gender(case)))
    sentence = in_words(_compared(text), case)
    return f"{sentence[:1].upper()}{sentence[1:]}"


BELOW = re.compile(rf"([\d,]+){NBSP}<{NBSP}([\d,]*\d),")


def _compared(text: str) -> str:
    """A comparison of the rules without its sign: "7,00 < 8, chaque…" is "7,00, inférieur à 8 ; chaque…"."""
    return BELOW.sub(r"\1, inférieur à \2 ;", text)


def in_words(text: str, case: Case) -> str:
    """A text of the rules to somebody outside: "RT1/2" and "RT1" become the competence's own words."""
    levels = {rcue.name: level_in_words(case, rcue.competence, rcue.level) for rcue in case.cohort.rcues}
    names = {rcue.competence: competence_in_short(case, rcue.competence) for rcue in case.cohort.rcues}
    known = levels | names
    if not known:
        return text
    asked = "|".join(re.escape(name) for name in sorted(known, key=len, reverse=True))
    return re.sub(rf"(?<![\w/])({asked})(?![\w/])", lambda match: known[match[1]], text)


def _article(article: Article) -> str:
    """ "point 4.5", of the text that the letter names once; another text by its name."""
    text, number = article
    return f"point{NBSP}{number}" if text == BUT else str(article)


def _averages(case: Case, column: Column) -> dict[str, Any]:
    """A competence: the averages of its UE, of the RCUE, and what came of it."""
    units = [case.verdict.units[name] for name in column.units]
    rcue = case.verdict.rcues.get(column.rcue) if column.rcue else None
    code = rcue.code if rcue else (units[0].code if not column.rcue else None)
    average = rcue.average if rcue else None
    nothing = "sans résultat" if case.gone else "en attente"
    words = codes.words(code, "rcue" if column.rcue else "unit") if code else nothing
    minimum = case.cohort.regulation.rcue_minimum
    if code == Code.AJ and average is not None and average < minimum:
        words += f", sous {french.number(minimum)}"
    return {
        "competence": column.competence,
        "short": column.short,
        "units": [{"name": unit.unit, "average": french.number(unit.average)} for unit in units],
        "average": french.number(average) if column.rcue else "",
        "family": codes.family(code) if code else "slate",
        "sign": codes.sign(code) if code else "",
        "words": words,
    }


def _motives(case: Case) -> list[dict[str, str]]:
    """What the jury wrote of its decisions; those with the same words are told together."""
    return [
        {"about": listed(list(dict.fromkeys(_about(case, decision) for decision in same))), "motive": motive}
        for motive, group in groupby(case.decisions, key=lambda decision: decision.motive)
        if (same := list(group))
    ]


def _about(case: Case, decision: Taken) -> str:
    """What a decision is about, competences by their names."""
    competence, _, level = decision.subject.partition("/")
    return level_in_words(case, competence, int(level)) if level else decision.about
