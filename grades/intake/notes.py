"""What an import tells beside its rows: who is not in the file, what is not taken, what is to come."""

from __future__ import annotations

from collections.abc import Iterator

from butrt.base.french import NBSP, first, plural, several, shortened
from grades.intake.columns import FIELDS
from grades.intake.planning import Planner


def notes_of(planner: Planner) -> Iterator[str]:
    """Of a planner whose plan is made."""
    if not planner.refused:
        yield from _absent(planner)
        yield from _without_number(planner)
    yield from _left_out(planner)
    yield from _to_come(planner)
    if planner.repeated:
        rows = several(planner.repeated, "ligne répète", "lignes répètent")
        yield f"{rows} ce qu’une autre dit de la même personne."
    if planner.unknown_baccalaureates:
        kinds = shortened([*planner.unknown_baccalaureates])
        yield f"Type de baccalauréat non reconnu, laissé vide{NBSP}: {kinds}."
    if planner.homeless and not planner.refused:
        left = plural(planner.homeless, "elle n’est pas reprise", "elles ne sont pas reprises")
        addresses = several(planner.homeless, "adresse")
        yield f"{addresses} sans ville, ou ville sans rue ni code postal{NBSP}: {left}."
    if "company" in planner.column_of and not planner.apprentices:
        yield "La promotion n’est pas en apprentissage : les entreprises ne sont pas reprises."


def _absent(planner: Planner) -> Iterator[str]:
    missing = [
        str(row.student)
        for pk, row in planner.people.enrolments.items()
        if pk not in planner.met and not row.status
    ]
    if missing:
        who = several(len(missing), "inscrit n’est", "inscrits ne sont")
        whom = plural(len(missing), "lui", "eux")
        yield f"{who} pas dans le fichier, rien ne change pour {whom}{NBSP}: {shortened(missing)}."


def _without_number(planner: Planner) -> Iterator[str]:
    if number := len(planner.provisional):
        yield (
            f"{several(number, 'personne n’a', 'personnes n’ont')} pas encore de n° étudiant{NBSP}: PS et le "
            "n° Parcoursup en tiennent lieu, jusqu’à ce que l’extrait d’Apogée, qui "
            f"{plural(number, 'la', 'les')} retrouve par l’INE, le donne."
        )


def _left_out(planner: Planner) -> Iterator[str]:
    for name, reasons in planner.left_out.items():
        number = several(len(reasons), "case n’est pas reprise", "cases ne sont pas reprises")
        yield f"{FIELDS[name].label}{NBSP}: {number}. {' '.join(first(reasons, others='autres cases.'))}"
    if planner.kept_numbers:
        yield (
            "Un jury a verrouillé des notes, son PV désigne la personne par son n° étudiant, qui reste"
            f"{NBSP}: {shortened(planner.kept_numbers)}."
        )


def _to_come(planner: Planner) -> Iterator[str]:
    waiting = [f"{new.student} ({', '.join(new.lacks)})" for new in planner.result.new if new.lacks]
    if waiting:
        identities = several(len(waiting), "identité est", "identités sont")
        yield f"{identities} à compléter avant un relevé ou une attestation{NBSP}: {shortened(waiting)}."
