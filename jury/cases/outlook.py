"""What comes next, in words: few for a table, a sentence for a document. The only place that says it.

Pure: what a verdict entails is `jury.rules.following`; here it is only worded. The letters speak to the
student in `jury/documents/letters/sentences/`, from the same `Following`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from butrt.base import french
from butrt.base.french import NBSP, listed, plural
from jury.rules.following import Credits, Following, Step


class Look(NamedTuple):
    """How a step is shown: its sign and colour family, what is said of one student, of several."""

    sign: str
    family: str
    one: str
    many: str


LOOKS: Mapping[Step, Look] = {
    Step.OPENS: Look("→", "green", "passe", "passent"),
    Step.CLOSED: Look("■", "rust", "passe, semestre 5 fermé", "passent, semestre 5 fermé"),
    Step.FINISHED: Look("✓", "green", "termine le BUT", "terminent le BUT"),
    Step.UNFINISHED: Look("■", "rust", "termine sans le BUT", "terminent sans le BUT"),
    Step.REPEATS: Look("↺", "rust", "redouble", "redoublent"),
    Step.GAP_YEAR: Look("⇥", "slate", "année blanche", "année blanche"),
    Step.DEFAULTS: Look("⇥", "slate", "défaillance", "défaillance"),
    Step.REFUSED: Look("■", "rust", "orientation", "orientation"),
    Step.LEFT: Look("⇥", "slate", "quitte la formation", "quittent la formation"),
    Step.RESIT: Look("…", "slate", "en attente du rattrapage", "en attente du rattrapage"),
    Step.WAITS: Look("…", "slate", "en attente du jury", "en attente du jury"),
    Step.BLOCKED: Look("…", "slate", "en attente d’une note", "en attente d’une note"),
    Step.TO_DECIDE: Look("?", "gold", "à décider", "à décider"),
}


def sign(following: Following) -> str:
    """One character that says it without its colour."""
    return LOOKS[following.step].sign


def family(following: Following) -> str:
    """Its colour family."""
    return LOOKS[following.step].family


def few_words(following: Following) -> str:
    """What comes next, in a table: "S5, DUT", "S5 fermé : UE13", "redouble S3, S4", "orientation"."""
    return ", ".join(part for part in (_step_in_few_words(following), *following.diplomas) if part)


def _step_in_few_words(following: Following) -> str:
    match following.step:
        case Step.OPENS:
            return f"S{following.semester}"
        case Step.CLOSED:
            return f"S{following.semester} fermé{NBSP}: {', '.join(following.again)}"
        case Step.FINISHED:
            return "" if following.diplomas else "fin du BUT"
        case Step.UNFINISHED:
            return f"reste {', '.join(following.again)}"
        case Step.REPEATS:
            return f"redouble {', '.join(f'S{semester}' for semester in following.repeats)}".rstrip()
        case _:
            return LOOKS[following.step].one


def sentence(following: Following) -> str:
    """The same in a document: "S5 ouvert. DUT obtenu."."""
    return " ".join(part for part in (_step_in_a_sentence(following), diplomas(following)) if part)


def _step_in_a_sentence(following: Following) -> str:
    match following.step:
        case Step.OPENS:
            return f"S{following.semester} ouvert."
        case Step.CLOSED:
            verb = plural(len(following.again), "soit acquise", "soient acquises")
            return (
                f"S{following.semester} fermé jusqu’à ce que {listed(list(following.again))} {verb} "
                "(annexe 1, 4.5)."
            )
        case Step.FINISHED:
            return "" if following.diplomas else "Fin du BUT."
        case Step.UNFINISHED:
            return f"Reste à acquérir pour le BUT{NBSP}: {listed(list(following.again))}."
        case Step.REPEATS:
            return f"Redouble {listed([f'S{repeat}' for repeat in following.repeats])}".rstrip() + "."
        case Step.REFUSED:
            return "Orientation, le redoublement n’est pas autorisé."
        case _:
            words = LOOKS[following.step].one
            return f"{words[0].upper()}{words[1:]}."


def diplomas(following: Following) -> str:
    """ "DUT obtenu."; empty when this jury grants none."""
    if not following.diplomas:
        return ""
    return f"{listed(list(following.diplomas))} obtenu{plural(len(following.diplomas))}."


# ---------- credits, each with what it counts ----------


def credits_of_the_year(credits: Credits, year: int) -> str:
    """ "40 ECTS sur 60 en BUT2"."""
    of_the_year = french.short(credits.of_the_year)
    return f"{french.short(credits.year)}{NBSP}ECTS sur{NBSP}{of_the_year} en{NBSP}BUT{year}"


def credits_in_words(credits: Credits, year: int) -> str:
    """ "40 ECTS sur 60 en BUT2, 100 en tout"."""
    return f"{credits_of_the_year(credits, year)}, {french.short(credits.total)} en tout"
