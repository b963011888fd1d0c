"""The journal in French: what an act is called, and what its details say to a person.

The apps name their acts ("marks.record"); the words stand here, on the ground floor, where the page reads
them. A test looks for an act or a detail without words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from butrt.base import french

ACTS = {
    "account.address": "courriel changé par son titulaire",
    "account.address_asked": "courriel à prouver",
    "account.alerts": "alertes choisies",
    "account.create": "compte créé",
    "account.change": "compte modifié",
    "account.site": "compte d’administration du site",
    "account.roles": "rôles modifiés",
    "account.forgotten": "mot de passe oublié",
    "account.link": "lien de mot de passe préparé",
    "account.password": "mot de passe changé",
    "account.sessions": "sessions fermées",
    "account.sign_in": "connexion",
    "account.sign_in_failed": "connexion refusée",
    "account.sign_out": "déconnexion",
    "factor.add": "second facteur ajouté",
    "factor.codes": "codes de secours renouvelés",
    "factor.given": "second facteur donné",
    "factor.recover": "code de secours utilisé",
    "factor.refused": "code d’un second facteur refusé",
    "factor.remove": "second facteur retiré",
    "api.read": "lecture par un autre logiciel",
    "apogee.codes": "correspondance des codes d’Apogée",
    "apogee.elements": "correspondance des éléments d’Apogée",
    "apogee.give": "résultats rendus à Apogée",
    "apogee.receive": "fichier d’Apogée reçu",
    "appreciations.write": "appréciations écrites",
    "assessment.create": "évaluation créée",
    "assessment.change": "évaluation modifiée",
    "assessment.delete": "évaluation supprimée",
    "assessment.move": "évaluations rangées autrement",
    "assessment.publish": "notes publiées",
    "assessment.withdraw": "publication retirée",
    "check.note": "état noté pour les contrôles",
    "cohort.create": "promotion créée",
    "cohort.groups": "groupes modifiés",
    "cohort.programmes": "programmes de la promotion modifiés",
    "cohort.remove": "promotion supprimée",
    "cohort.version": "autre version de la maquette",
    "data.export": "données d’un étudiant remises",
    "data.purge": "données effacées à leur terme",
    "demonstration.load": "démonstration chargée",
    "department.change": "nom du département modifié",
    "department.create": "département créé",
    "document.read": "document ouvert",
    "document.renew": "document remplacé",
    "documents.cancel": "lot de documents annulé",
    "documents.choose": "choix des documents",
    "documents.make": "lot de documents demandé",
    "documents.resume": "lot de documents repris",
    "documents.send": "envoi de documents demandé",
    "documents.sent": "documents envoyés",
    "enrolment.create": "inscription",
    "enrolment.change": "inscription modifiée",
    "enrolment.remove": "inscription retirée",
    "enrolment.adjustments": "bonus et malus",
    "enrolment.grant_repeat": "redoublement accordé",
    "enrolment.withdraw_repeat": "redoublement accordé, retiré",
    "enrolment.remark": "remarque de la direction des études",
    "jury.adopt": "propositions acceptées",
    "jury.answer": "réponse à ce qui a changé",
    "jury.decide": "décision du jury",
    "jury.remark": "remarque d’un membre",
    "jury.undo": "décision annulée",
    "letters.handwriting": "image de signature déposée",
    "letters.handwriting_removed": "image de signature retirée",
    "letters.head": "en-tête des lettres",
    "letters.text": "texte des lettres",
    "marks.lock": "notes verrouillées",
    "marks.record": "notes saisies",
    "marks.reopen": "notes rouvertes pour quelques étudiants",
    "marks.unlock": "notes déverrouillées",
    "minutes.seal": "PV scellé",
    "minutes.sign": "PV signé",
    "motives.save": "motifs courants",
    "proof.alarm": "différence trouvée par la preuve de la nuit",
    "programme.identity": "fiche du programme",
    "programme.load": "programme chargé ou modifié",
    "referential.load": "référentiel chargé",
    "regulation.adopt": "règlement adopté",
    "results.record": "résultats d’ailleurs enregistrés",
    "results.withdraw": "résultats d’ailleurs retirés",
    "session.schedule": "jury fixé",
    "session.members": "membres du jury",
    "session.convene": "convocations envoyées",
    "session.open": "délibération ouverte",
    "session.close": "jury clos",
    "session.unlock": "retour à la préparation",
    "session.correct": "correction ouverte",
    "session.correct.abandon": "correction abandonnée",
    "session.succession": "présidence d’une correction",
    "session.results": "résultats antérieurs relus",
    "session.results.alike": "résultats antérieurs changés, sans effet",
    "session.remove": "jury en préparation supprimé",
    "session.repair": "jury remis en état",
    "session.archive": "archive du jury prise",
    "setup.dismiss": "liste de mise en route masquée",
    "setup.resume": "liste de mise en route affichée",
    "student.create": "étudiant créé",
    "student.change": "identité modifiée",
    "student.remove": "étudiant retiré",
    "student.number": "numéro d’étudiant changé",
    "student.photo": "photo déposée",
    "student.photo_removed": "photo retirée",
    "student.account.open": "accès ouvert à des étudiants",
    "student.account.close": "accès fermé à des étudiants",
    "student.account.password": "mot de passe d’étudiants renouvelé",
    "students.import": "étudiants importés",
    "students.undo_import": "import d’étudiants annulé",
    "teaching.people": "enseignants d’un élément",
    "teaching.set_aside": "élément mis de côté, hors des moyennes",
    "teaching.take_back": "élément remis dans les moyennes",
    "teaching.complete": "notes déclarées complètes",
    "teachings.remind": "rappels envoyés",
    "teaching.reopen": "déclaration retirée",
    "token.create": "jeton créé",
    "token.revoke": "jeton révoqué",
    "year.prepare": "année suivante préparée",
    "year.undo": "préparation d’une année annulée",
}

# What a detail is called; the others are for programs: keys of rows, fingerprints.
DETAILS = {
    "accepted": "acceptées",
    "active": "ouvert",
    "address": "adresse",
    "adoptions": "acceptations",
    "already": "déjà prêts",
    "aside": "laissés de côté",
    "appreciations": "appréciations",
    "assessments": "évaluations",
    "baccalaureate": "baccalauréat",
    "birth_date": "date de naissance",
    "birth_place": "lieu de naissance",
    "category": "catégorie",
    "changed": "modifiés",
    "changes": "changements",
    "differences": "différences",
    "bonus": "règle de bonus",
    "class_figures": "chiffres de la classe",
    "class_rank": "rang",
    "code": "code",
    "coefficient": "coefficient",
    "cohorts": "promotions",
    "company": "entreprise",
    "conflicts": "conflits",
    "correcting": "en correction",
    "created": "créés",
    "date": "date",
    "days": "jours",
    "decisions": "décisions",
    "documents": "documents",
    "elements": "éléments",
    "email": "adresse électronique",
    "enrolments": "inscriptions",
    "erased": "effacés",
    "failed": "échecs",
    "file": "fichier",
    "filled": "cases remplies",
    "first_name": "prénom",
    "given": "remis",
    "group": "groupe",
    "ine": "INE",
    "justified_absences": "demi-journées justifiées",
    "kept": "gardés",
    "kind": "genre",
    "kinds": "genres",
    "last_name": "nom",
    "left": "restants",
    "locked": "verrouillée",
    "marks": "notes",
    "maximum": "barème",
    "members": "membres",
    "motive": "motif",
    "motives": "motifs",
    "name": "nom",
    "new": "nouveaux",
    "not_in_file": "absents du fichier",
    "not_ours": "inconnus ici",
    "number": "numéro",
    "origin": "origine",
    "outcome": "résultat",
    "outcomes": "résultats",
    "other_names": "sous un autre nom",
    "overwritten": "remplacées",
    "owner": "pour",
    "page": "page",
    "people": "personnes",
    "place": "lieu",
    "postal_address": "adresse postale",
    "programme": "programme",
    "programmes": "programmes",
    "published": "publiée",
    "quality": "qualité",
    "received": "reçus",
    "refused": "refusés",
    "removed": "retirés",
    "repeats": "redoublements",
    "restored": "rétablis",
    "role": "rôle",
    "school_year": "année universitaire",
    "semesters": "semestres",
    "source": "source",
    "sessions": "jurys",
    "state": "état",
    "status": "situation",
    "status_since": "depuis le",
    "student": "étudiant",
    "students": "étudiants",
    "subject": "porte sur",
    "takes_even": "suit le semestre pair",
    "takes_odd": "suit le semestre impair",
    "taken_back": "reprises",
    "text": "texte",
    "through": "jusqu’au",
    "title": "intitulé",
    "titles": "intitulés",
    "unchanged": "inchangés",
    "undone": "annulées",
    "unjustified_absences": "demi-journées injustifiées",
    "unreached": "non joints",
    "username": "identifiant",
    "usernames": "identifiants",
    "version": "version",
    "visas": "visas",
    "way": "par",
    "weights": "poids",
    "without_ine": "sans INE",
    "years": "années",
}
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
MOST_NAMED = 5
MOST_DIFFERENCES = 8


def act_label(act: str) -> str:
    """The words of an act; one of an older version, which has none any more, is shown as it was written."""
    return ACTS.get(act, act)


def details_in_words(details: Mapping[str, Any]) -> list[str]:
    """What a person reads of the details: "motif : oubli", "coefficient : 1 → 2", "notes : 28"."""
    phrases = [
        f"{DETAILS[name]} : {words}"
        for name, value in details.items()
        if name in DETAILS and (words := _in_words(value))
    ]
    before, after = details.get("before"), details.get("after")
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        phrases += _differences(before, after)
    return phrases


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    changed = []
    for name in {**before, **after}:
        if before.get(name) != after.get(name):
            was, becomes = (_in_words(values.get(name)) or "rien" for values in (before, after))
            changed.append(f"{DETAILS.get(name, name)} : {was} → {becomes}")
    return french.first(changed, MOST_DIFFERENCES, "autres changements")


def _in_words(value: Any) -> str:
    """A value as a person reads it; empty when there is nothing to read."""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, str):
        return _day_in_words(value)
    if value is None or isinstance(value, int | float):
        return "" if value is None else str(value)
    if isinstance(value, Mapping):
        return str(len(value)) if value else ""
    return _named(value)


def _day_in_words(text: str) -> str:
    """ "8 juillet 2025" for a day as it is recorded; any other text as it is."""
    try:
        return french.date(date.fromisoformat(text)) if DAY.fullmatch(text) else text
    except ValueError:  # written so, and no day
        return text


def _named(values: Sequence[Any]) -> str:
    """The names of a short list; how many of a long one, or of rows."""
    if not values:
        return ""
    if len(values) > MOST_NAMED or not all(isinstance(value, str) for value in values):
        return str(len(values))
    return french.listed(values)
