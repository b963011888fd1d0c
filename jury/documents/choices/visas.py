"""The visas of a PV: the texts that a jury has in view, those that a department starts with, their fields."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from butrt.base import french
from butrt.base.documents.characters import refusal
from butrt.base.french import listed
from jury.documents.letters.texts import clean
from jury.models import Session

FIRST = (
    "Vu l’arrêté du 6 décembre 2019 portant réforme de la licence professionnelle, notamment son article 17",
    "Vu l’arrêté du 15 avril 2022 portant définition des programmes nationaux de la licence professionnelle "
    "« bachelor universitaire de technologie », notamment son annexe 1, points 4.1 à 4.6",
    "Vu le programme national du bachelor universitaire de technologie, spécialité « {spécialité} », "
    "parcours « {parcours} »",
    "Vu la décision du conseil de l’IUT et de la commission de la formation et de la vie universitaire "
    "(CFVU) relative à l’assiduité et au contrôle des connaissances",
    "Vu l’acte qui compose le jury : {acte de composition}",
)
"""Those of a department that has not written its own (domain 4)."""

FIELDS: Mapping[str, str] = {
    "spécialité": "celle du programme jugé",
    "parcours": "celui du programme jugé",
    "année universitaire": "2024-2025",
    "université": "celle du département",
    "établissement": "l’IUT",
    "acte de composition": "l’acte qui compose le jury et sa date, tels que la page des membres les porte",
}
"""What stands inside a visa, each with what it gives."""

LONGEST = 400
_FIELD = re.compile(r"\{([^{}]*)\}")


def visas_of(session: Session, visas: Sequence[str]) -> list[str]:
    """The visas of a session, their fields filled; needs `with_programme()`. Raises KeyError for no field."""
    department = session.department
    values = {
        "spécialité": session.cohort.specialty.name,
        "parcours": listed([*dict.fromkeys(programme.parcours.name for programme in session.judged)]),
        "année universitaire": session.cohort.years,
        "université": department.university,
        "établissement": department.institute,
        "acte de composition": composition(session),
    }
    return [_FIELD.sub(lambda match: values[_name(match[1])], visa) for visa in visas]


def composition(session: Session) -> str:
    """ "arrêté n° 2025-14 du président de l’université, du 3 juin 2025"; says so when nobody wrote it."""
    if not session.composition_act:
        return "référence non consignée"
    dated = session.composition_date
    return session.composition_act + (f", du {french.day(dated)}" if dated else "")


def written(visas: Sequence[str]) -> list[str]:
    """The visas as they are kept: composed letters, one line, no final stop (the PV adds it), none empty."""
    lines = (" ".join(clean(visa).split()).rstrip(" .;") for visa in visas)
    return [line for line in lines if line]


def problems(visa: str) -> Iterator[str]:
    """What is refused in a visa, in French."""
    if len(visa) > LONGEST:
        yield f"Un visa a {LONGEST} caractères au plus, celui-ci en a {len(visa)}."
    for field in _FIELD.findall(visa):
        if _name(field) not in FIELDS:
            known = ", ".join(f"{{{name}}}" for name in FIELDS)
            yield f"{{{field}}} n’est pas un champ. Les champs : {known}."
    if re.search(r"[{}]", _FIELD.sub("", visa)):
        yield "Une accolade n’a pas sa paire. Une accolade ne sert qu’à un champ, {parcours} par exemple."
    if sentence := refusal(visa):
        yield sentence


def _name(field: str) -> str:
    return " ".join(field.split()).casefold()
