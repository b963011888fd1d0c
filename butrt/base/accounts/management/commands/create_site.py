"""`manage.py create_site [COURRIEL]`: everything a new site needs before its first page, in one command."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from butrt.base.accounts.invitations import Outcome, invite, lifetime, print_link
from butrt.base.accounts.models import User
from butrt.base.accounts.services import open_site_account


class Command(BaseCommand):
    help = (
        "Prépare la base et les fichiers du site, puis ouvre le compte qui l’administre : il crée les "
        "départements à l’écran et ne voit aucune note. Son mot de passe se choisit par un lien, envoyé au "
        "courriel donné ou, sans serveur de courriel, écrit ici. Relancer la commande ne change rien à ce "
        "qui est fait ; un lien qui n’a pas servi est donné de nouveau."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "email", metavar="COURRIEL", nargs="?", default="", help="de qui administre le site"
        )
        parser.add_argument("--first-name", default="", help="son prénom")
        parser.add_argument("--last-name", default="", help="son nom")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write("Préparation de la base et des fichiers du site : une minute au plus.")
        call_command("prepare_site")
        try:
            user, created = open_site_account(
                email=options["email"], first_name=options["first_name"], last_name=options["last_name"]
            )
        except ValidationError as error:
            raise CommandError(f"{' '.join(error.messages)} Rien n’est changé.") from error
        done = "Compte créé" if created else "Le compte existe déjà"
        self.stdout.write(f"{done} : {user.username}, administration du site.")
        if user.has_usable_password():
            self.stdout.write("Son mot de passe est choisi : rien n’est changé.")
        else:
            self._give_link(user)
        self.stdout.write(f"Le site : {settings.BUTRT_PUBLIC_URL}/")

    def _give_link(self, user: User) -> None:
        outcome = invite(user=user, department=None, by=None) if user.email else Outcome.NO_ADDRESS
        if outcome is Outcome.SENT:
            self.stdout.write(f"Un lien pour choisir son mot de passe est envoyé à {user.email}.")
            return
        self.stdout.write(f"Son lien pour choisir un mot de passe, une fois, pendant {lifetime()} :")
        self.stdout.write(print_link(user))
