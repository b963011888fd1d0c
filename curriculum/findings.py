"""What somebody should know of a programme: told with its numbers, never an error, blocking nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from butrt.base import french
from butrt.base.french import NBSP, listed, plural, several, typeset
from curriculum.derogations import ANNEX
from curriculum.fiche import Slip, merged_codes, misspelt, other_titles
from curriculum.maquette import Difference, Maquette, UnitTable, maquette, maquettes, resource_share
from curriculum.models import Programme

# "look": somebody of the department should look at it; "know": it was dealt with, and is told.
Severity = Literal["look", "know"]

VALIDATION = f"{ANNEX}, 4.3"
LOWEST_SHARE, HIGHEST_SHARE = Fraction(40, 100), Fraction(60, 100)
SEMESTER_ECTS, YEAR_ECTS = 30, 60


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to know. `title` is a sentence without its full stop, `about` names the UE or elements."""

    kind: str
    severity: Severity
    title: str
    text: str
    article: str = ""
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Share:
    """What the ressources weigh in a UE (in BUT3, in the two UE of a competence), from 0 to 1."""

    name: str
    resources: Fraction

    @property
    def situations(self) -> Fraction:
        return 1 - self.resources

    @property
    def excess(self) -> Fraction:
        """How far above the highest share, or (negative) below the lowest; 0 within."""
        return max(self.resources - HIGHEST_SHARE, Fraction(0)) + min(
            self.resources - LOWEST_SHARE, Fraction(0)
        )


def findings(programme: Programme, *, weighed: Collection[str] | None = None) -> tuple[Finding, ...]:
    """The findings on a programme, those to look at first. Two queries.

    `weighed`: codes of the elements whose évaluations weigh differently from one UE to another; None when
    that is not known here (the évaluations belong to `grades`).
    """
    return findings_of(maquette(programme), weighed=weighed)


def findings_of(table: Maquette, *, weighed: Collection[str] | None = None) -> tuple[Finding, ...]:
    """The same, from a maquette already read: no query."""
    raw = [
        *_shares(table),
        *_ects(table),
        *_totals(table),
        *_evaluation_types(table),
        *_twins(table, weighed),
        *_merged(table),
        *_other_titles(table),
        *_misspelt(table),
        *_announced(table),
        *_weightless(table),
    ]
    ready = (replace(finding, title=typeset(finding.title), text=typeset(finding.text)) for finding in raw)
    return tuple(sorted(ready, key=lambda finding: finding.severity != "look"))


def findings_of_all(
    programmes: Iterable[Programme],
) -> list[tuple[Programme, tuple[Finding, ...]]]:
    """The findings of several programmes, in their order. Two queries for all."""
    return [(table.programme, findings_of(table)) for table in maquettes(programmes)]


def only_in(these: Iterable[Finding], those: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings of one programme that another, or the same before, has not, whatever their numbers."""
    known = {(finding.title, finding.about) for finding in those}
    return tuple(finding for finding in these if (finding.title, finding.about) not in known)


def shares(table: Maquette) -> tuple[Share, ...]:
    """The ratio that 4.3 asks for, UE by UE; in the third year over the two UE of each competence."""
    groups: dict[str, list[UnitTable]] = {}
    for unit in table.units:
        name = unit.unit.competence.code if table.programme.year == 3 else unit.unit.code
        groups.setdefault(name, []).append(unit)
    ratios = ((name, resource_share(units)) for name, units in groups.items())
    return tuple(Share(name, share) for name, share in ratios if share is not None)


def percent(share: Fraction) -> str:
    """0.7 → "70,0 %", one decimal, half up, with the typographer's minus."""
    tenths = int(abs(share) * 1000 + Fraction(1, 2))
    return f"{'−' if share < 0 else ''}{tenths // 10},{tenths % 10}{NBSP}%"


def _shares(table: Maquette) -> Iterable[Finding]:
    every = shares(table)
    out = [share for share in every if share.excess]
    if out:
        what = "compétences" if table.programme.year == 3 else "UE"
        yield Finding(
            "pole-share",
            "look",
            f"{len(out)} {what} sur {len(every)} hors du rapport 40–60 %",
            "Poids du pôle ressources : "
            + ", ".join(f"{share.name} {percent(share.resources)}" for share in out)
            + ". Chaque pôle, ressources et SAÉ, doit peser de 40 à 60 %.",
            VALIDATION,
            tuple(share.name for share in out),
        )


def _ects(table: Maquette) -> Iterable[Finding]:
    for semester in table.semesters:
        if semester.sum.ects != SEMESTER_ECTS:
            yield Finding(
                "ects",
                "look",
                f"Le semestre {semester.number} porte {french.short(semester.sum.ects)} ECTS, "
                f"et non {SEMESTER_ECTS}",
                ", ".join(f"{unit.unit.code} {french.short(unit.unit.ects)}" for unit in semester.units)
                + ".",
                about=(semester.sum.label,),
            )


def _totals(table: Maquette) -> Iterable[Finding]:
    for total in table.differing:
        yield Finding(
            "printed-total",
            "look",
            f"Le total imprimé de {total.label} n’est pas la somme de ses lignes",
            "; ".join(map(_difference, total.differences)) + _at_line((total.printed or {}).get("line")),
            about=(total.label,),
        )
    weights = {(weight.element.code, weight.unit_id): weight for weight in table.weights}
    units = {unit.unit.code: unit.unit.pk for unit in table.units}
    for row in table.programme.source.get("line_totals", []):
        if weight := weights.get((row["element"], units.get(row["unit"], 0))):
            yield Finding(
                "printed-total",
                "look",
                f"Le total imprimé de {weight.element.display} en {row['unit']} n’est pas CM + TD + TP",
                _difference(Difference("total", row["total"], weight.total)) + _at_line(weight.line),
                about=(row["unit"], row["element"]),
            )


def _evaluation_types(table: Maquette) -> Iterable[Finding]:
    if not any(weight.evaluation_type for weight in table.weights):
        return  # a programme that gives none has not forgotten one
    units = {unit.unit.pk: unit.unit.code for unit in table.units}
    for weight in table.weights:
        if not weight.evaluation_type:
            elsewhere = [
                f"{other.evaluation_type} en {units[other.unit_id]}"
                for other in table.weights
                if other.element_id == weight.element_id and other.evaluation_type
            ]
            yield Finding(
                "evaluation-type",
                "look",
                f"{weight.element.display} n’a pas de type d’évaluation en {units[weight.unit_id]}",
                (f"Il est en {', '.join(elsewhere)}." if elsewhere else "Il n’en a dans aucune UE.")
                + (f" Ligne {weight.line} de la fiche." if weight.line else ""),
                about=(units[weight.unit_id], weight.element.code),
            )


def _twins(table: Maquette, weighed: Collection[str] | None) -> Iterable[Finding]:
    """UE whose averages cannot differ, unless évaluations weigh differently in each."""
    for semester in table.semesters:
        groups: dict[frozenset[tuple[str, Decimal]], list[UnitTable]] = {}
        for unit in semester.units:
            counted = frozenset(
                (weight.element.code, weight.coefficient) for weight in unit.weights if weight.coefficient
            )
            groups.setdefault(counted, []).append(unit)
        for counted, units in groups.items():
            if counted and len(units) > 1:
                names = [unit.unit.code for unit in units]
                numbers = ", ".join(
                    french.short(weight.coefficient) for weight in units[0].weights if weight.coefficient
                )
                differently = [
                    weight.element.display
                    for weight in units[0].weights
                    if weight.coefficient and weight.element.code in (weighed or ())
                ]
                if weighed is None:
                    then = "Leurs moyennes ne diffèrent que si des évaluations y pèsent différemment."
                elif differently:
                    then = f"Des évaluations y pèsent différemment : {listed(differently)}."
                else:
                    then = "Aucune évaluation n’y pèse différemment : leurs moyennes sont toujours égales."
                yield Finding(
                    "twin-units",
                    "know" if differently else "look",
                    f"{listed(names)} ont les mêmes éléments et les mêmes coefficients",
                    f"Coefficients {numbers}. {then}",
                    about=tuple(names),
                )


def _merged(table: Maquette) -> Iterable[Finding]:
    rows = [(weight.label, weight.element.code, weight.line or 0) for weight in table.weights if weight.label]
    for slip in merged_codes(rows):
        units = [
            unit.unit.code
            for unit in table.units
            if any(weight.element.code == slip.meant for weight in unit.weights)
        ]
        yield Finding(
            "merged-code",
            "know",
            f"{slip.printed} est lu comme {slip.meant}",
            f"C’est le même élément dans {listed(units)}{_lines(slip)}.",
            about=(slip.meant,),
        )


def _other_titles(table: Maquette) -> Iterable[Finding]:
    rows = [
        (weight.label, weight.element.title, weight.line or 0) for weight in table.weights if weight.label
    ]
    for slip in other_titles(rows):
        yield Finding(
            "other-title",
            "look",
            f"« {slip.meant} » est aussi imprimé « {slip.printed} »",
            f"Un élément a deux intitulés{_lines(slip)}.",
        )


def _misspelt(table: Maquette) -> Iterable[Finding]:
    source = table.programme.source
    printed = [
        (source.get("title", ""), source.get("title_line", 0)),
        *((row["label"], row.get("line", 0)) for row in source.get("competences", [])),
        *((weight.label, weight.line or 0) for weight in table.weights),
    ]
    if slips := misspelt(printed):
        corrected = several(len(slips), "mot de la fiche corrigé", "mots de la fiche corrigés")
        yield Finding(
            "spelling",
            "know",
            f"{corrected} à l’affichage",
            " ; ".join(f"« {slip.printed} » en « {slip.meant} »{_lines(slip)}" for slip in slips) + ".",
        )


def _announced(table: Maquette) -> Iterable[Finding]:
    announced, year = table.programme.source.get("announced_ects"), table.programme.year
    if announced and announced != table.sum.ects:
        cumulated = f"{announced} est le cumul depuis BUT1." if announced == YEAR_ECTS * year else ""
        yield Finding(
            "announced-ects",
            "know",
            f"L’en-tête annonce {announced} ECTS, les tableaux en portent {french.short(table.sum.ects)}",
            cumulated,
        )


def _weightless(table: Maquette) -> Iterable[Finding]:
    for semester in table.semesters:
        for row in semester.elements:
            where = [number for number in row.coefficients if number is not None]
            if not any(where):
                number = plural(len(where), "son UE", f"les {len(where)} UE")
                yield Finding(
                    "weightless",
                    "know",
                    f"{row.element.display} a le coefficient 0 dans {number}",
                    "Aucune note n’est attendue, et rien ne bloque.",
                    about=(row.element.code,),
                )


def _difference(difference: Difference) -> str:
    printed, computed = french.short(difference.printed), french.short(difference.computed)
    return f"{difference.column} : {printed} imprimé, {computed} en additionnant"


def _at_line(line: int | None) -> str:
    return f", ligne {line} de la fiche." if line else "."


def _lines(slip: Slip) -> str:
    lines = [str(line) for line in slip.lines if line]
    if not lines:
        return ""
    return f" ({len(lines)} lignes)" if len(lines) > 3 else f" (ligne {listed(lines)})"
