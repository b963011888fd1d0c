"""The identity that a fiche filière states around its tables, its wrapped lines put together again."""

from __future__ import annotations

import re
from typing import Final

# A heading of the fiche and the one that ends its text, by field.
SECTIONS: Final = {
    "objectives": (r"◼ *Objectifs *:", r"◼"),
    "outlets": (r"◼ *Débouchés[^:]*:", r"◼"),
    "skills": (r"◼ *Compétences acquises à l’issue de la formation *:", r"◼"),
    "year_skills": (r"◼ *Compétences acquises à l’issue de l’année de formation *:", r"Modalités d’accès"),
    "access": (r"Modalités d’accès à l’année de formation *:", r"Organisation et descriptif"),
}
LINES: Final = {
    "domain": r"Domaine *: *(.+)",
    "mention": r"Mention *: *(.+)",
    "rncp": r"\bRNCP *(\d{3,6})\b",
}
LANGUAGES: Final = ("français", "anglais", "allemand", "espagnol", "italien")
COMPONENT: Final = r"Composante\(s\) de rattachement *:(.*?)(?:\n[ \t]*\n|\Z)"
HOURS: Final = r"(\d+)h (\d+)h (\d+)h +\d*h (\d+)h (\d+)h"
HOURS_TOLD: Final = (
    "{} h de cours magistraux, {} h de travaux dirigés, {} h de travaux pratiques, {} h de stage ou projet, "
    "{} h en tout hors projet"
)
# Who answers for what: "Responsable de l’année : …", an address, a telephone.
CONTACT: Final = r"(?i)(responsable|secrétariat|scolarité|directeur|directrice|chef|cheffe|contact)\b.*:|@"
BULLET: Final = re.compile(r"[•◦▪–-] ")


def read_identity(text: str) -> dict[str, str]:
    """The fields of `ProgrammeIdentity` that the fiche states; a field that it does not is not there."""
    text = text.replace("\r", "").replace("'", "’")
    before = re.split(r"\n *SEMESTRE \d", text, maxsplit=1)[0]
    fields = {name: match[1] for name, wanted in LINES.items() if (match := re.search(wanted, before))}
    if match := re.search(COMPONENT, before, re.DOTALL):
        fields["component"] = match[1]
    if match := re.search(HOURS, before):
        fields["hours"] = HOURS_TOLD.format(*match.groups())
    fields["languages"] = ", ".join(_languages(before))
    for name, (heading, end) in SECTIONS.items():
        if match := re.search(rf"{heading}(.*?)(?=\n *(?:{end})|\Z)", before, re.DOTALL):
            fields[name] = match[1]
    head = before.split("◼", 1)[0]
    # A contact a line: these are not wrapped.
    fields["contacts"] = "\n\n".join(line for line in head.split("\n") if re.search(CONTACT, line))
    return {name: words for name, value in fields.items() if (words := unwrapped(value))}


def unwrapped(text: str) -> str:
    """A text as it was before it was cut in lines: paragraphs and bullets each on one line."""
    lines: list[str] = []
    new = True
    for raw in text.split("\n"):
        line = " ".join(raw.split())
        if not line:
            new = True
        elif new and lines and line[0].islower():  # cut by the end of a page
            lines[-1] += f" {line}"
            new = False
        elif new or BULLET.match(line):
            lines.append(line)
            new = False
        else:
            lines[-1] += f" {line}"
    return "\n".join(lines)


def _languages(text: str) -> list[str]:
    match = re.search(r"Formation dispensée\s+en *:(.*?)(?:RNCP|Composante)", text, re.DOTALL)
    return [name for name in LANGUAGES if match and name in match[1]]
