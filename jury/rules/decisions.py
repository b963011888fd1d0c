"""UE and RCUE: earlier decisions, compensation, the jury's own, the level below.

The steps are those of the texts, in their order; each leaves what it decided and why in a `Draft`.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache

from .averages import Averages, weighted_mean
from .codes import ADJ, ADJR, ADM, ADSUP, AJ, CMP, COMPENSABLE, VALIDATING, Code, words
from .numbers import Ratio, Rounded
from .reasons import COMPENSATION, JURY, NBSP, VALIDATION, Article, Reason, Threshold, listed
from .values import Cohort, Decided, Earlier, Rcue, RcueVerdict, Student, Unit, UnitVerdict


@dataclass(slots=True)
class Draft:
    """All that is decided of one student so far, in the order in which it was."""

    student: Student
    cohort: Cohort
    units: dict[str, UnitVerdict] = field(default_factory=dict)
    rcues: dict[str, RcueVerdict] = field(default_factory=dict)
    blocked: tuple[str, ...] = ()
    reasons: list[Reason] = field(default_factory=list)

    def tell(self, about: str, article: Article, text: str, holds: bool | None = None) -> None:
        self.reasons.append(Reason(about, article, text, holds))

    def settle(self, decided: Decided, average: Ratio | None) -> None:
        """Give an average, exact and rounded."""
        decided.ratio = average
        decided.displayed = average and self.cohort.rounding.display(average)

    def unit(self, unit: Unit) -> UnitVerdict:
        """What is decided of a unit, nothing yet if it was not known."""
        if unit.code not in self.units:
            self.units[unit.code] = UnitVerdict(unit.code, unit)
        return self.units[unit.code]

    def is_acquired(self, unit: Unit) -> bool:
        draft = self.units.get(unit.code)
        return draft is not None and draft.code in VALIDATING

    def of_the_year(self) -> list[RcueVerdict]:
        """The RCUE that the year is decided on: none at an odd-semester jury."""
        year = self.student.year if self.student.year_ends else None
        return [decided for decided in self.rcues.values() if decided.of.year == year]


def draft_decisions(student: Student, cohort: Cohort, averages: Averages) -> Draft:
    """Decide every UE and RCUE of a student from this year's averages and what earlier juries decided."""
    draft = Draft(student, cohort)
    decide_units(draft, averages)
    recall_other_units(draft)
    apply_jury_to_units(draft)
    for rcue in rcues_to_decide(draft):
        decide_rcue(draft, rcue)
    compensate(draft)
    apply_jury_to_rcues(draft)
    acquire_levels_below(draft)
    return draft


# ------------------------------------------------------------------------------------------------ UE


def decide_units(draft: Draft, averages: Averages) -> None:
    """The judged units by their own average and by what an earlier jury decided (4.3)."""
    student, cohort = draft.student, draft.cohort
    display, threshold = cohort.rounding.display, cohort.thresholds.unit
    for code, ratio in averages.ratios.items():
        decided = draft.units[code] = UnitVerdict(code, cohort.by_code[code])
        if code not in averages.known:
            decided.made_of = averages.elements
        earlier = student.earlier.get(code)
        if earlier and earlier.code in VALIDATING:
            _keep_acquired(draft, decided, earlier, averages)
            continue
        if code in averages.reasons:
            draft.reasons += averages.reasons[code]
        if code in averages.blocked:
            _leave_open(draft, decided, ratio, averages.blocked[code])
        elif ratio is not None:
            decided.ratio, decided.renewed = ratio, True
            decided.displayed = displayed = display(ratio)
            decided.code, reason = _by_average(code, displayed, threshold, student.year_ends)
            draft.reasons.append(reason)
        elif earlier:
            recall(draft, decided, earlier)


@lru_cache(maxsize=32_768)
def _by_average(name: str, average: Rounded, threshold: Threshold, year_ends: bool) -> tuple[Code, Reason]:
    """The code of a unit by its own average, and why: the same averages come often, each is told once."""
    holds, comparison = threshold.check(average)
    if holds:
        return ADM, Reason(name, VALIDATION, f"{name}{NBSP}: {comparison}, acquise définitivement.", True)
    waits = "" if year_ends else ", la compensation se verra au semestre pair"
    text = f"{name}{NBSP}: {comparison}, pas acquise par sa moyenne{waits}."
    return AJ, Reason(name, VALIDATION, text, False)


def _leave_open(draft: Draft, decided: UnitVerdict, average: Ratio | None, blocked: list[str]) -> None:
    """Something is missing: whatever the average is, it is provisional and decides nothing."""
    decided.provisional = True
    draft.settle(decided, average)
    draft.blocked += tuple(blocked)
    if average is None:
        text = f"{decided.name}{NBSP}: aucune moyenne, elle n’est pas décidée."
        draft.tell(decided.name, VALIDATION, text, False)


def _keep_acquired(draft: Draft, decided: UnitVerdict, earlier: Earlier, averages: Averages) -> None:
    """Acquired is for good, with the better average; a new average that passes makes it ADM (4.3).

    Marks that do not make a whole average (a unit not retaken shares elements with one that is) are not
    a new average, and do not block. One that is displayed as the earlier jury's is no news, and is not told.
    """
    recall(draft, decided, earlier)
    new, known, was_displayed = averages.ratios[decided.name], decided.ratio, decided.displayed
    if new is None or decided.name in averages.blocked:
        return
    decided.renewed = True
    draft.settle(decided, new)
    assert decided.displayed is not None  # an average is always shown
    holds, comparison = draft.cohort.thresholds.unit.check(decided.displayed)
    same = _alike(decided.displayed, was_displayed)
    if holds:
        decided.code = ADM
    if known is not None and Fraction(*known) > Fraction(*new):
        draft.settle(decided, known)
    if same and decided.code == earlier.code:
        return
    draft.reasons += averages.reasons.get(decided.name, ())
    told = "acquise par sa moyenne" if holds else f"elle garde {earlier.code}"
    new_one = "" if same else ", nouvelle moyenne"
    text = f"{decided.name}{new_one}{NBSP}: {comparison}, {told}."
    draft.tell(decided.name, VALIDATION, text, holds)


def _alike(one: Rounded | None, other: Rounded | None) -> bool:
    """Whether two averages are displayed alike; none is like nothing."""
    return one is not None and other is not None and one.whole == other.whole


def recall(draft: Draft, decided: Decided, earlier: Earlier) -> None:
    """What an earlier jury decided of a UE or a RCUE stands."""
    decided.code = earlier.code
    draft.settle(decided, None if earlier.average is None else earlier.average.as_integer_ratio())
    average = "sans moyenne" if decided.displayed is None else decided.displayed.french
    stands = "acquise définitivement" if decided.acquired else "pas de nouvelle note"
    text = f"{decided.name}{NBSP}: {average}, {earlier.code} d’un jury antérieur, {stands}."
    draft.tell(decided.name, VALIDATION, text, decided.acquired)


def recall_other_units(draft: Draft) -> None:
    """The units that are not judged now and of which an earlier jury said something."""
    for code, earlier in draft.student.earlier.items():
        if code not in draft.units:
            recall(draft, draft.unit(draft.cohort.by_code[code]), earlier)


def apply_jury_to_units(draft: Draft) -> None:
    """What the jury decided of a unit replaces its code; the average stays (4.6)."""
    for code, decision in draft.student.jury.units.items():
        decided = draft.unit(draft.cohort.by_code[code])
        _tell_jury(draft, code, decision, decided.code)
        decided.code, decided.by_jury = decision, True


def _tell_jury(draft: Draft, about: str, decision: Code, rules: Code | None) -> None:
    given = "ne donnaient pas de code" if rules is None else f"donnaient {rules}"
    text = f"{about}{NBSP}: décision du jury, {decision} ({words(decision)}){NBSP}; les règles {given}."
    draft.tell(about, JURY, text)


# ---------------------------------------------------------------------------------------------- RCUE


def rcues_to_decide(draft: Draft) -> list[Rcue]:
    """The year's, once it ends, then those of other levels of which something is known."""
    student = draft.student
    mine, others = [], []
    year_ends = student.year_ends
    for rcue in draft.cohort.rcues:
        if rcue.year == student.year:
            if year_ends:
                mine.append(rcue)
            elif rcue.name in student.jury.rcues:
                text = "un jury de semestre impair ne décide d’aucun RCUE de l’année, rien n’en découle."
                draft.tell(rcue.name, JURY, f"{rcue.name}{NBSP}: {text}")
        elif (
            any(unit.code in draft.units for unit in rcue.units)
            or rcue.name in student.earlier_rcues
            or rcue.name in student.jury.rcues
        ):
            others.append(rcue)
    return mine + others


def decide_rcue(draft: Draft, rcue: Rcue) -> None:
    """A RCUE by the averages and the codes of its two units (4.3, 4.4)."""
    decided = draft.rcues[rcue.name] = RcueVerdict(rcue.name, rcue)
    first, second = rcue.units
    one = draft.units.get(first.code) or UnitVerdict(first.code, first)
    other = draft.units.get(second.code) or UnitVerdict(second.code, second)
    earlier = draft.student.earlier_rcues.get(rcue.name)
    blocked = one.provisional or other.provisional
    if earlier and not (one.renewed or other.renewed or blocked):
        recall(draft, decided, earlier)
        return
    if one.ratio and other.ratio and not blocked:
        if draft.cohort.regulation.rcue_from == "exact":
            mean = weighted_mean(rcue, one.ratio, other.ratio)
        else:
            mean = _mean_of_displayed(rcue, one, other)
        draft.settle(decided, mean)
    decided.code = _rcue_code(draft, decided, one, other)
    if earlier and earlier.code in VALIDATING:
        _keep_acquired_rcue(draft, decided, earlier)


def _mean_of_displayed(rcue: Rcue, one: UnitVerdict, other: UnitVerdict) -> Ratio | None:
    assert one.displayed is not None
    assert other.displayed is not None
    return weighted_mean(rcue, one.displayed.ratio, other.displayed.ratio)


def _keep_acquired_rcue(draft: Draft, decided: RcueVerdict, earlier: Earlier) -> None:
    """Acquired is for good; a better average replaces the earlier, and its code if it validates (4.3)."""
    average, code = decided.ratio, decided.code
    recall(draft, decided, earlier)
    was_displayed = decided.displayed
    if average is None or (decided.ratio is not None and Fraction(*average) <= Fraction(*decided.ratio)):
        return
    draft.settle(decided, average)
    decided.code = code if code in VALIDATING else earlier.code
    same = _alike(decided.displayed, was_displayed)  # better by less than what is displayed
    if same and decided.code == earlier.code:
        return
    better = "à la même moyenne, elle est" if same else "la nouvelle moyenne, meilleure, la remplace"
    told = decided.code if same else f"({decided.code})"
    text = f"{decided.name}{NBSP}: {better} {told}."
    draft.tell(decided.name, VALIDATION, text, True)


def _rcue_code(draft: Draft, decided: RcueVerdict, one: UnitVerdict, other: UnitVerdict) -> Code | None:
    """Both units by their own average; else 10 on average; else both acquired all the same."""
    rcue = decided.of
    if one.code is ADM and other.code is ADM:
        return _acquired_with_both(draft, rcue, one, other)
    acquired = one.code in VALIDATING, other.code in VALIDATING
    if decided.displayed is not None:
        holds, comparison = draft.cohort.thresholds.rcue.check(decided.displayed)
        told = f"{_sum(draft, decided, one, other)} = {comparison}{NBSP}: la compensation"
        if holds:
            draft.tell(rcue.name, COMPENSATION, f"{told} joue, {rcue.level_acquired}.", True)
            return CMP
        if not all(acquired):
            text = f"{told} ne joue pas, {rcue.not_acquired[acquired]}."
            draft.tell(rcue.name, COMPENSATION, text, False)
            return AJ
        draft.tell(rcue.name, COMPENSATION, f"{told} ne joue pas.", False)
    if all(acquired):
        code = ADSUP if ADSUP in (one.code, other.code) else ADJ
        text = f"Les deux UE sont acquises{NBSP}: {rcue.level_acquired} ({code})."
        draft.tell(rcue.name, VALIDATION, text, True)
        return code
    missing = [unit.name for unit in (one, other) if unit.ratio is None or unit.provisional]
    what = f"la moyenne de {listed(missing)}" if missing else "le poids de ses UE"
    text = f"{rcue.name}{NBSP}: il manque {what}, qui ne s’invente pas."
    draft.tell(rcue.name, COMPENSATION, text, False)
    return None


def _acquired_with_both(draft: Draft, rcue: Rcue, one: UnitVerdict, other: UnitVerdict) -> Code:
    """ADM, told as it is: by the averages of its units, or by what a jury decided of one."""
    first, second = one.displayed, other.displayed
    if first and second and min(first.value, second.value) >= draft.cohort.thresholds.unit.minimum:
        draft.reasons.append(rcue.by_averages)
    else:
        text = f"Les deux UE sont acquises{NBSP}: {rcue.level_acquired} ({ADM})."
        draft.tell(rcue.name, VALIDATION, text, True)
    return ADM


def _sum(draft: Draft, decided: RcueVerdict, one: UnitVerdict, other: UnitVerdict) -> str:
    """(9,40 + 10,56) ÷ 2, and a word when the displayed numbers would give something else."""
    assert decided.displayed is not None
    assert one.displayed is not None
    assert other.displayed is not None
    weight, weight_2 = decided.of.weights
    if weight == weight_2:
        label = f"({one.displayed.french} + {other.displayed.french}) ÷ 2"
    else:
        first, second = f"{weight} × {one.displayed.french}", f"{weight_2} × {other.displayed.french}"
        label = f"({first} + {second}) ÷ {weight + weight_2}"
    by_hand = weight * one.displayed.whole + weight_2 * other.displayed.whole
    alike = draft.cohort.rounding.display((by_hand, (weight + weight_2) * one.displayed.scale))
    return label if alike.whole == decided.displayed.whole else f"{label}, sur les moyennes exactes,"


def compensate(draft: Draft) -> None:
    """Units of a RCUE acquired by right become CMP; beside a blocked unit nothing is said yet (4.4)."""
    for decided in draft.rcues.values():
        by_right = decided.code in (ADM, CMP)
        if not by_right and not draft.blocked:
            continue
        units = [draft.units[unit.code] for unit in decided.of.units if unit.code in draft.units]
        if not by_right and not any(unit.provisional for unit in units):
            continue
        for unit in units:
            if unit.code not in COMPENSABLE or unit.by_jury:
                continue
            if by_right:
                unit.code = CMP
                text = f"{unit.name}{NBSP}: acquise par compensation dans {decided.name}."
                draft.tell(unit.name, COMPENSATION, text, True)
            else:
                unit.code = None
                text = f"{unit.name}{NBSP}: la compensation dans {decided.name} n’est pas encore connue."
                draft.tell(unit.name, COMPENSATION, text)


def apply_jury_to_rcues(draft: Draft) -> None:
    """What the jury decided of a RCUE replaces its code, and acquires its units if it acquires it (4.6)."""
    for name, decision in draft.student.jury.rcues.items():
        decided = draft.rcues.get(name)
        if decided is None:
            continue  # an odd-semester jury decides of none: told by rcues_to_decide
        _tell_jury(draft, name, decision, decided.code)
        decided.code, decided.by_jury = decision, True
        if decision in VALIDATING:
            follows = ADSUP if decision == ADSUP else ADJR
            _acquire_units(draft, decided.of.units, follows, JURY, f"acquise avec {name} par le jury")


def _acquire_units(draft: Draft, units: tuple[Unit, ...], code: Code, article: Article, because: str) -> None:
    """Give a code to those not acquired, unless the jury decided of them."""
    for unit in units:
        decided = draft.unit(unit)
        if not decided.acquired and not decided.by_jury:
            decided.code = code
            draft.tell(unit.code, article, f"{unit.code}{NBSP}: {because} ({code}).", True)


def acquire_levels_below(draft: Draft) -> None:
    """Both units of a level acquired: the level below is too, and so down (4.3)."""
    for above, below in draft.cohort.steps:
        if all(draft.is_acquired(unit) for unit in above.units):
            because = f"acquise par {above.competence}, niveau {above.level}"
            _acquire_units(draft, below, ADSUP, VALIDATION, because)
            _acquire_rcue(draft, below[0].rcue, because)


def _acquire_rcue(draft: Draft, name: str, because: str) -> None:
    rcue = draft.cohort.rcue(name)
    if rcue is None or (rcue.year == draft.student.year and not draft.student.year_ends):
        return
    decided = draft.rcues.setdefault(name, RcueVerdict(name, rcue))
    if not decided.acquired and not decided.by_jury:
        decided.code = ADSUP
        draft.tell(name, VALIDATION, f"{name}{NBSP}: {because} (ADSUP).", True)
