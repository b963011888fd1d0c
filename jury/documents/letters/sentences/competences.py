"""A compétence and its level, as a sentence names them."""

from __future__ import annotations

from jury.cases.case import Case


def competence_in_words(case: Case, name: str) -> str:
    """ "« Administrer les réseaux et l’Internet » (RT1)"."""
    title = competence_title(case, name)
    return f"« {title} » ({name})" if title else name


def competence_in_short(case: Case, name: str) -> str:
    """ "Administrer (RT1)"."""
    short = case.figures.context["competences"].get(name, {}).get("short", "")
    return f"{short} ({name})" if short and short != name else name


def level_in_words(case: Case, name: str, level: int) -> str:
    """ "le niveau 2 de la compétence « Administrer les réseaux et l’Internet » (RT1)"."""
    return f"le niveau {level} de la compétence {competence_in_words(case, name)}"


def competence_title(case: Case, name: str) -> str:
    """What the référentiel calls a competence; "" when a PV does not say."""
    return str(case.figures.context["competences"].get(name, {}).get("title", ""))
