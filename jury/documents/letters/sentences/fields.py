"""What stands for each {field} of a letter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from butrt.base import french
from butrt.base.french import NBSP
from jury.cases import wording
from jury.cases.case import Case
from jury.cases.proceedings import Proceedings
from jury.documents.letters import signatory as signing
from jury.models import Letterhead, LetterText, Minutes
from jury.rules import Code, codes


def field_values(
    proceedings: Proceedings,
    case: Case,
    minutes: Minutes,
    head: Letterhead,
    at: datetime,
    *,
    kind: str = LetterText.Kind.NOTIFICATION,
    rncp: str = "",
) -> dict[str, str]:
    """The value of each field of `texts.FIELDS`, agreed with the person; `kind`: of the text to fill."""
    context, person, session = proceedings.context, case.person, minutes.content["session"]
    gender = wording.gender(case)
    signatory = signing.signatory(kind, head, session, b"")
    return {
        "civilité": {"F": "Madame", "M": "Monsieur"}.get(gender, "Madame, Monsieur"),
        "prénom": person["first_name"],
        "nom": person["last_name"],
        "identité": wording.civil_name(person),
        "naissance": wording.birth(person),
        "numéro": person["number"],
        "INE": "non attribué" if person.get("without_ine") else person["ine"],
        "étudiant": codes.agreed("étudiant{|e}", gender),
        "inscrit": codes.agreed("inscrit{|e}", gender),
        "admis": codes.agreed("admis{|e}", gender),
        "diplôme": f"BUT {wording.programme_name(case.programme)}",
        "titre du BUT": full_title(
            "licence professionnelle « bachelor universitaire de technologie »", case.programme, rncp
        ),
        "titre du DUT": full_title("diplôme universitaire de technologie", case.programme),
        "spécialité": case.programme["specialty"],
        "parcours": case.programme["parcours"],
        "niveau": f"BUT{context['year']}",
        "jury": wording.jury_in_words(context),
        "année": wording.YEARS[context["year"]],
        "semestres": wording.semesters(context),
        "année universitaire": context["school_year"],
        "résultat": _result(case),
        "date du jury": french.day(session["date"]),
        "présidence": signing.presided(session).name_and_quality,
        "ECTS de l’année": french.short(case.verdict.ects_year),
        "ECTS en tout": french.short(case.verdict.ects_total),
        "université": head.university,
        "établissement": head.institute,
        "autorité": signing.authority(head),
        "auteur de la décision": signing.appeal_to(kind, head),
        "adresse": _where(head),
        "tribunal": signing.court(head),
        "signataire": signatory.name or signatory.quality,
        "qualité": signatory.quality,
        "date": french.day(at),
        "constat": recorded(case, head) if signing.is_a_fact(case) else "",
    }


def _where(head: Letterhead) -> str:
    """Where to write to the establishment, on one line."""
    lines = head.address.splitlines()
    return ", ".join(lines if head.institute in head.address else [head.institute, *lines])


def full_title(diploma: str, programme: Mapping[str, Any], rncp: str = "") -> str:
    """A diploma by its full title: spécialité, parcours and, when it is known, its number in the RNCP."""
    number = f" (RNCP{NBSP}{rncp.removeprefix('RNCP').strip()})" if rncp else ""
    return f"{diploma}, spécialité « {programme['specialty']} », parcours « {programme['parcours']} »{number}"


RECORDED: Mapping[Code, str] = {
    Code.DEM: "{who} prend acte de votre démission{since}",
    Code.ABAN: "{who} constate que vous avez abandonné la formation{since}",
    Code.EXCLU: "{who} vous rappelle que vous êtes exclu{{|e}} de la formation{since} : la section "
    "disciplinaire l’a décidé, et sa décision vous est notifiée à part, avec ses propres voies de recours",
    Code.ABL: "{who} enregistre votre année blanche{since}",
}
"""What the establishment records; no jury decided it."""


SINCE: Mapping[Code, str] = {
    Code.DEM: ", enregistrée le",
    Code.ABAN: " depuis le",
    Code.EXCLU: " depuis le",
    Code.ABL: ", à compter du",
}


def recorded(case: Case, head: Letterhead) -> str:
    """What the establishment takes note of, since when, and that the jury says nothing of the year."""
    year = case.verdict.year
    assert year is not None  # a fact is
    day, who = case.person["status_since"], signing.authority(head)
    since = f"{SINCE[year]} {french.day(day)}" if day else ""
    sentence = RECORDED[year].format(who=who[:1].upper() + who[1:], since=since)
    return (
        f"{codes.agreed(sentence, wording.gender(case))}. "
        f"Le jury ne se prononce pas sur votre {wording.YEARS[case.student.year]}."
    )


def _result(case: Case) -> str:
    """ "admise par le jury"; an odd-semester jury says nothing of the year."""
    year = case.verdict.year
    return codes.words(year, "year", wording.gender(case)) if year else "semestre jugé"
