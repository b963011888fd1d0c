"""`manage.py invite IDENTIFIANT`: the link by which a person chooses their password, where no mail goes."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from butrt.base.accounts.invitations import days, print_link
from butrt.base.accounts.models import User


class Command(BaseCommand):
    help = (
        "Donne le lien par lequel une personne choisit son mot de passe, à lui remettre en main propre quand "
        "aucun courriel ne peut le porter. Il sert une fois ; la personne en est prévenue, le journal aussi."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", metavar="IDENTIFIANT", help="l’identifiant du compte")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"Aucun compte « {options['username']} ».")
        if not user.is_active:
            raise CommandError(f"Le compte {user.username} est fermé : le rouvrir d’abord.")
        self.stdout.write(print_link(user))
        self.stdout.write(f"Pour {user} seulement : une fois, pendant {days()} jours.")
