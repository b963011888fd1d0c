"""The competences of the BUT R&T and their niveaux, as the national programme names them.

A UE of ScoDoc may name its niveau and never its competence: the label of the niveau is found here. The
numbers of competences 4 and 5 are shared by all parcours: a code says nothing without the parcours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from curriculum.referential.words import plain_words


@dataclass(frozen=True, slots=True)
class National:
    """A competence: its short name, its title, the first year that has it, the labels of its niveaux."""

    short: str
    title: str
    first_year: int
    levels: tuple[str, ...]


NATIONAL: Final = (
    National(
        "Administrer",
        "Administrer les réseaux et l’Internet",
        1,
        ("Assister l’administrateur du réseau", "Administrer un réseau", "Concevoir un réseau"),
    ),
    National(
        "Connecter",
        "Connecter les entreprises et les usagers",
        1,
        (
            "Découvrir les transmissions et la ToIP",
            "Maîtriser les différentes composantes des solutions de connexion des entreprises et des usagers",
            "Déployer une solution de connexion ou de communication sur IP",
        ),
    ),
    National(
        "Programmer",
        "Créer des outils et applications informatiques pour les R&T",
        1,
        (
            "S’intégrer dans un service informatique",
            "Développer une application R&T",
            "Piloter un projet de développement d’une application R&T",
        ),
    ),
    National(
        "Sécuriser",
        "Administrer un système d’information sécurisé",
        2,
        (
            "Sensibiliser aux vulnérabilités d’un système d’information et aux remédiations possibles",
            "Mettre en œuvre un système d’information sécurisé pour une petite structure",
        ),
    ),
    National(
        "Surveiller",
        "Surveiller un système d’information sécurisé",
        2,
        (
            "Prendre en main les outils de surveillance et de test du système d’information",
            "Mettre en œuvre le système de surveillance d’incidents de sécurité",
        ),
    ),
    National(
        "Orchestrer",
        "Coordonner des infrastructures modulaires",
        2,
        ("Assister l’administrateur infrastructure et Cloud", "Administrer une infrastructure Cloud"),
    ),
    National(
        "Développer",
        "Accompagner le développement d’applications",
        2,
        ("Développer pour le Cloud", "S’intégrer dans une équipe DevOps"),
    ),
    National(
        "Étendre",
        "Gérer les infrastructures des réseaux mobiles",
        2,
        (
            "Mettre en œuvre les réseaux pour la mobilité",
            "Raccorder des objets connectés aux réseaux mobiles",
        ),
    ),
    National(
        "Exploiter",
        "Mettre en œuvre des applications et des protocoles sécurisés pour l’Internet des Objets",
        2,
        (
            "Mettre en œuvre des solutions pour l’Internet des Objets",
            "Créer des solutions sécurisées pour l’Internet des Objets",
        ),
    ),
    National(
        "Piloter",
        "Mettre en œuvre des projets techniques et réglementaires des R&T dans son activité",
        2,
        ("Mettre en œuvre un projet R&T", "Opérationnaliser un projet R&T"),
    ),
    National(
        "Organiser",
        "Gérer des activités réseaux et télécommunications en termes organisationnels, relationnels, "
        "financiers et commerciaux",
        2,
        ("Élaborer un projet technique", "Mettre en place et suivre un projet technique"),
    ),
    National(
        "Rapprocher",
        "Gérer les infrastructures et les services des réseaux opérateurs",
        2,
        (
            "Gérer les infrastructures des réseaux opérateurs",
            "Administrer les services des opérateurs de télécommunications",
        ),
    ),
    National(
        "Unifier",
        "Gérer les communications unifiées et la vidéo sur Internet",
        2,
        (
            "Mettre en œuvre le système de téléphonie de l’entreprise",
            "Administrer les communications unifiées et les services vidéo de l’entreprise",
        ),
    ),
)


BY_TITLE: Final = {plain_words(name): each for each in NATIONAL for name in (each.title, each.short)}
BY_LEVEL: Final = {
    plain_words(label): (each, order) for each in NATIONAL for order, label in enumerate(each.levels, start=1)
}
