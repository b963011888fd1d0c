"""Every sentence of an explanation, in French: what a rule compared and found, with its article.

In the order of the rules: elements, UE, RCUE, year, what follows. None of them decides.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from grades.averages import ElementAverage, Mark, SecondChance, rounded

from .codes import Code, words
from .numbers import french
from .programme import Rcue, Unit
from .reasons import (
    ABSENCES,
    ASSESSMENT,
    BONUS,
    COMPENSATION,
    JURY,
    NBSP,
    PROGRESSION,
    SECOND_CHANCE,
    STATUS,
    VALIDATION,
    Article,
    Check,
    Reason,
    ReasonKind,
    counted,
    listed,
)
from .verdict import Decided, RcueVerdict, UnitVerdict

# ---------- elements ----------

ABSENCE_WORDS = {"ABJ": "absence justifiée", "ABI": "absence injustifiée"}


def awaited(unit: Unit, element: str, state: str) -> str:
    return f"{unit.code}: {element} {'ATT' if state == 'ATT' else 'sans note'}"


def no_average(unit: Unit) -> str:
    return f"{unit.code}: aucune moyenne"


def of_element(unit: Unit, element: str, average: ElementAverage, decimals: int) -> list[Reason]:
    """What was done of an element's absences and second chance; nothing of marks that only add up."""
    reasons = []
    if average.state:
        reasons.append(_state(unit, element, average.state))
    if average.counted_zero:
        reasons.append(_of(unit, element, ABSENCES, _counted_zero(average.counted_zero)))
    for code in dict.fromkeys(mark.code for mark in average.left_out):
        left_out = [mark for mark in average.left_out if mark.code == code]
        reasons.append(_of(unit, element, ABSENCES, _left_out(ABSENCE_WORDS[code], left_out)))
    if average.second_chance:
        text = _second_chance(average.second_chance, decimals)
        reasons.append(_of(unit, element, SECOND_CHANCE, text))
    return reasons


def _of(unit: Unit, element: str, article: Article, text: str, holds: bool | None = None) -> Reason:
    return Reason(unit.code, article, f"{element}{NBSP}: {text}", holds)


def _state(unit: Unit, element: str, state: str) -> Reason:
    coefficient = french(unit.coefficients[element])
    if state in ABSENCE_WORDS:
        text = f"{ABSENCE_WORDS[state]}, la note et le coefficient {coefficient} sortent de la moyenne."
        return _of(unit, element, ABSENCES, text)
    what = "une note est attendue" if state == "ATT" else "aucune note"
    text = f"{what} (coefficient {coefficient}), la moyenne de {unit.code} n’est que provisoire."
    return _of(unit, element, ASSESSMENT, text, False)


def _counted_zero(absences: int) -> str:
    if absences == 1:
        return "absence injustifiée, comptée 0, le coefficient est gardé."
    return f"{absences} absences injustifiées, comptées 0, leurs coefficients sont gardés."


def _left_out(absence: str, marks: Sequence[Mark]) -> str:
    coefficients = [french(mark.coefficient) for mark in marks]
    if len(marks) == 1:
        return f"{absence}, elle sort de la moyenne avec son coefficient {coefficients[0]}."
    absences = absence.replace(" ", "s ") + "s"
    left = f"{len(marks)} {absences}, elles sortent de la moyenne avec leurs coefficients"
    return f"{left} {listed(coefficients)}."


def _second_chance(chance: SecondChance, decimals: int) -> str:
    if chance.after is None:
        return f"{chance.code} à la seconde chance, la moyenne reste."
    mark = _average(chance.after, decimals)
    if chance.before is None:
        return f"{mark} à la seconde chance, seule note."
    before = _average(chance.before, decimals)
    if chance.after > chance.before:
        return f"{mark} à la seconde chance, mieux que {before}, la remplace."
    if chance.replaces:
        return f"{mark} à la seconde chance remplace {before}."
    return f"{mark} à la seconde chance, pas mieux que {before}, qui reste."


def _average(average: Fraction, decimals: int) -> str:
    """As it is displayed, and 0 plainly."""
    return french(rounded(average, decimals) or 0)


# ---------- UE ----------


def bonus(unit: Unit, before: Fraction, points: Decimal, after: Fraction, decimals: int) -> Reason:
    word, operator = ("Bonus", "+") if points >= 0 else ("Malus", "−")
    operation = f"{_average(before, decimals)} {operator} {french(points.copy_abs())}"
    return Reason(unit.code, BONUS, f"{word}{NBSP}: {operation} donne {_average(after, decimals)}.")


def by_its_average(unit: str, check: Check, *, year_ends: bool) -> Reason:
    if check.holds:
        follows = "acquise définitivement"
    elif year_ends:
        follows = "pas acquise par sa moyenne"
    else:
        follows = "pas acquise par sa moyenne, la compensation se verra au semestre pair"
    return Reason(unit, VALIDATION, f"{unit}{NBSP}: {check}, {follows}.", check.holds)


def not_decided(unit: str) -> Reason:
    return Reason(unit, VALIDATION, f"{unit}{NBSP}: aucune moyenne, elle n’est pas décidée.", False)


def acquired_and_retaken(unit: str, check: Check, before: Code, *, no_news: bool) -> Reason:
    what = unit if no_news else f"{unit}, nouvelle moyenne"
    follows = "acquise par sa moyenne" if check.holds else f"elle garde {before}"
    return Reason(unit, VALIDATION, f"{what}{NBSP}: {check}, {follows}.", check.holds)


def of_an_earlier_jury(decided: Decided) -> Reason:
    """Of a UE or a RCUE."""
    average = "sans moyenne" if decided.average is None else french(decided.average)
    stands = "acquise définitivement" if decided.acquired else "pas de nouvelle note"
    text = f"{decided.name}{NBSP}: {average}, {decided.code} d’un jury antérieur, {stands}."
    return Reason(decided.name, VALIDATION, text, decided.acquired)


def by_the_jury(about: str, decision: Code, *, by_the_rules: Code | None) -> Reason:
    """Of a UE or a RCUE."""
    rules = "ne donnaient pas de code" if by_the_rules is None else f"donnaient {by_the_rules}"
    text = f"{about}{NBSP}: décision du jury, {decision} ({words(decision)}){NBSP}; les règles {rules}."
    return Reason(about, JURY, text, kind=ReasonKind.DECISION)


# ---------- RCUE ----------


def _level_acquired(rcue: Rcue) -> str:
    return f"{rcue.competence} est acquise au niveau {rcue.level}"


def no_rcue_at_an_odd_semester(rcue: Rcue) -> Reason:
    text = "un jury de semestre impair ne décide d’aucun RCUE de l’année, rien n’en découle."
    return Reason(rcue.name, JURY, f"{rcue.name}{NBSP}: {text}")


def both_acquired(rcue: Rcue, code: Code, *, by_averages: bool = False) -> Reason:
    one, other = (unit.code for unit in rcue.units)
    if by_averages:
        text = f"{one} et {other} sont acquises par leur moyenne{NBSP}: {_level_acquired(rcue)}."
    else:
        text = f"Les deux UE sont acquises{NBSP}: {_level_acquired(rcue)} ({code})."
    return Reason(rcue.name, VALIDATION, text, True)


def rcue_sum(rcue: Rcue, one: UnitVerdict, other: UnitVerdict) -> str:
    """ "(9,40 + 10,56) ÷ 2", of two units that have their averages."""
    assert one.average is not None
    assert other.average is not None
    first, second = french(one.average), french(other.average)
    weight, weight_2 = rcue.weights
    if weight == weight_2:
        return f"({first} + {second}) ÷ 2"
    return f"({weight} × {first} + {weight_2} × {second}) ÷ {weight + weight_2}"


def compensation(rcue: Rcue, check: Check, one: UnitVerdict, other: UnitVerdict, *, by_hand: bool) -> Reason:
    """`by_hand`: whether the displayed averages give that of the RCUE, as the exact ones do."""
    operation = rcue_sum(rcue, one, other) + ("" if by_hand else ", sur les moyennes exactes,")
    failed = [unit.name for unit in (one, other) if not unit.acquired]
    if check.holds:
        follows = f"joue, {_level_acquired(rcue)}"
    elif failed:
        verb = "ne sont pas acquises" if len(failed) > 1 else "n’est pas acquise"
        follows = f"ne joue pas, {listed(failed)} {verb}"
    else:
        follows = "ne joue pas"
    text = f"{operation} = {check}{NBSP}: la compensation {follows}."
    return Reason(rcue.name, COMPENSATION, text, check.holds)


def average_missing(rcue: Rcue, units: list[str]) -> Reason:
    what = f"la moyenne de {listed(units)}" if units else "le poids de ses UE"
    text = f"{rcue.name}{NBSP}: il manque {what}, qui ne s’invente pas."
    return Reason(rcue.name, COMPENSATION, text, False)


def better_rcue(decided: RcueVerdict, *, no_news: bool) -> Reason:
    if no_news:
        text = f"à la même moyenne, elle est {decided.code}"
    else:
        text = f"la nouvelle moyenne, meilleure, la remplace ({decided.code})"
    return Reason(decided.name, VALIDATION, f"{decided.name}{NBSP}: {text}.", True)


def compensated(unit: UnitVerdict, rcue: RcueVerdict) -> Reason:
    text = f"{unit.name}{NBSP}: acquise par compensation dans {rcue.name}."
    return Reason(unit.name, COMPENSATION, text, True)


def not_yet_compensated(unit: UnitVerdict, rcue: RcueVerdict) -> Reason:
    text = f"{unit.name}{NBSP}: la compensation dans {rcue.name} n’est pas encore connue."
    return Reason(unit.name, COMPENSATION, text)


def with_its_rcue(rcue: str) -> str:
    return f"acquise avec {rcue} par le jury"


def by_the_level_above(rcue: Rcue) -> str:
    return f"acquise par {rcue.competence}, niveau {rcue.level}"


def acquired_because(about: str, article: Article, because: str, code: Code) -> Reason:
    """Of a UE or a RCUE."""
    return Reason(about, article, f"{about}{NBSP}: {because} ({code}).", True)


# ---------- year ----------

SOVEREIGN = Reason("year", JURY, f"Pas de passage de droit{NBSP}: le jury, souverain, choisit.")
RESULTS_MISSING = Reason(
    "year", JURY, f"Il manque des résultats{NBSP}: rien n’est proposé avant de les connaître."
)
NO_RCUE = Reason("year", VALIDATION, f"Aucun RCUE dans l’année{NBSP}: rien n’y est de droit.", False)
NO_YEAR_ABOVE = Reason(
    "year",
    PROGRESSION,
    f"En BUT3 il n’y a pas d’année au-dessus{NBSP}: ni passage de droit (PASD), "
    "ni passage par décision du jury (PAS1NCI).",
    False,
)
DEFAULTING = Reason(
    "year",
    STATUS,
    f"DEF, {words(Code.DEF, 'year')}{NBSP}: aucun droit n’est retiré, ce que donnent les règles reste.",
)
TO_BE_ADMITTED = "pour être admis."


def the_year_is(code: Code) -> str:
    return f"l’année est {code}."


def fact(status: Code) -> Reason:
    text = f"{status}, {words(status, 'year')}{NBSP}: rien ne suit de droit, les UE acquises le restent."
    return Reason("year", STATUS, text)


def year_by_the_jury(code: Code) -> Reason:
    text = f"Décision du jury{NBSP}: {code}, {words(code, 'year')}."
    return Reason("year", JURY, text, kind=ReasonKind.DECISION)


def left_by_the_year(year: Code, rcues: list[str]) -> Reason:
    decisions = "ADJ sur chacun de ces RCUE" if len(rcues) > 1 else "ADJ sur ce RCUE"
    text = f"L’année {year} n’acquiert pas {listed(rcues)} par elle-même{NBSP}: il y faut {decisions}"
    return Reason("year", VALIDATION, f"{text}, sinon ses crédits manquent.", False)


def undecided(rcues: list[str]) -> Reason:
    verb = "ne sont pas décidés" if len(rcues) > 1 else "n’est pas décidé"
    text = f"{listed(rcues)} {verb}{NBSP}: l’année ne l’est pas de droit."
    return Reason("year", VALIDATION, text, False)


def acquired_competences(every: Check, year: Code | None) -> Reason:
    """Whether all are acquired, and the code that the year then has; None: a person gave it another way."""
    if every.holds:
        many = int(every.minimum) > 1
        text = f"Les {every.minimum} compétences sont acquises" if many else "La compétence est acquise"
        follows = f"{NBSP}: {the_year_is(year)}" if year else "."
        return Reason("year", every.article, f"{text}{follows}", True)
    acquired = counted(int(every.value), "compétence acquise", "compétences acquises")
    text = f"{acquired} sur {every.minimum}, il les faut toutes {TO_BE_ADMITTED}"
    return Reason("year", every.article, text, False)


def more_than_half(check: Check, without_average: int, out_of: int, pass_mark: Decimal) -> Reason:
    text = f"{counted(int(check.value), 'compétence', 'compétences')} sur {out_of}"
    text += f" à {french(pass_mark)} ou plus"
    if without_average:
        acquired = "acquises" if without_average > 1 else "acquise"
        text += f", dont {without_average} {acquired} sans moyenne"
    text += f"{NBSP}: il en faut {check.minimum}, plus de la moitié."
    return Reason("year", check.article, text, check.holds)


def lowest(rcue: Rcue, check: Check, others_acquired: bool) -> Reason:
    minimum = french(check.minimum)
    if not check.holds:
        text = f"{rcue.competence}{NBSP}: {check}, chaque compétence doit atteindre {minimum}."
    elif others_acquired:
        average = f"la plus basse est {rcue.competence}, {french(check.value)}"
        text = f"Chaque compétence atteint {minimum}{NBSP}: {average}."
    else:
        text = f"Une compétence non acquise n’a pas de moyenne à comparer à {minimum}."
    return Reason("year", check.article, text, check.holds and others_acquired)


def no_average_to_compare(minimum: Decimal, acquired: bool) -> Reason:
    if acquired:
        text = f"Chaque compétence est acquise, sans moyenne à comparer à {french(minimum)}."
    else:
        text = f"Une compétence n’a pas de moyenne à comparer à {french(minimum)}."
    return Reason("year", PROGRESSION, text, acquired)


def semester_repeated_enough(semester: int, done: int, allowed: int) -> Reason:
    once = counted(allowed, "redoublement permis", "redoublements permis")
    return _no_more_repeat(f"{once} par semestre, S{semester} l’a déjà été {done} fois")


def repeated_enough(done: int, more: int, allowed: int) -> Reason:
    in_all = counted(allowed, "redoublement permis", "redoublements permis")
    made = "faits" if done > 1 else "fait"
    return _no_more_repeat(f"{in_all} en tout, {done} déjà {made} et {more} de plus")


def _no_more_repeat(because: str) -> Reason:
    text = f"{because}{NBSP}: le redoublement n’est plus ouvert."
    return Reason("year", PROGRESSION, text, False, ReasonKind.NO_MORE_REPEAT)


# ---------- what follows ----------


def within_the_year(semester: int, fact: Code | None) -> Reason:
    right = fact is None
    text = "le semestre pair de la même année est de droit." if right else f"pas de droit après {fact}."
    return Reason("progression", PROGRESSION, f"S{semester}{NBSP}: {text}", right)


def opening(semester: int, year: Code | None, *, passes: bool) -> Reason:
    """What the year's code says of the first semester of the next."""
    if year is None:
        text = "l’année n’a pas de code"
    else:
        text = f"l’année {'passe' if passes else 'ne passe pas'} ({year})"
    return Reason("progression", PROGRESSION, f"S{semester}{NBSP}: {text}.", passes)


def first_year_for_s5(missing: Sequence[str]) -> Reason:
    if not missing:
        text = f"Toutes les UE de S1 et S2 sont acquises{NBSP}: si l’année passe, S5 est ouvert."
    else:
        verb = "ne sont pas acquises" if len(missing) > 1 else "n’est pas acquise"
        text = f"S5 demande toutes les UE de S1 et S2{NBSP}: {listed(tuple(missing))} {verb}."
    return Reason("progression", PROGRESSION, text, not missing)


def diploma(name: str, *, last_semester: int) -> Reason:
    text = f"{name}{NBSP}: toutes les UE de S1 à S{last_semester} sont acquises."
    return Reason("diplomas", JURY, text, True)
