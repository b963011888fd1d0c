"""Load the demonstration: the department of Valbrume, its people, its cohort and its juries."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from jury.management.demo import PASSWORD, demo_accounts, demo_department, load_demo


class Command(BaseCommand):
    help = "Charge la démonstration (personnes et notes inventées). Une seconde fois : ne change rien."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--force", action="store_true", help="même si BUTRT_DEMO n’est pas posé (mot de passe connu !)"
        )

    def handle(self, *args: Any, force: bool, **options: Any) -> None:
        if not (settings.DEMO or force):
            raise CommandError(
                "Refusé : la démonstration ouvre des comptes dont le mot de passe est public. "
                "Poser BUTRT_DEMO=1 pour une démonstration, ou ajouter --force pour l’accepter ici."
            )
        if (department := demo_department()) is not None:
            self.stdout.write(f"Démonstration déjà chargée, laissée telle quelle : {department}.")
        else:
            self.stdout.write(f"Démonstration chargée : {load_demo()}.")
        self.stdout.write(f"\nUn compte par rôle, mot de passe « {PASSWORD} » pour tous :")
        for role, username, person in demo_accounts():
            self.stdout.write(f"  {role:24} {username:16} {person}")
