"""`manage.py remove_second_factor IDENTIFIANT`: for who lost theirs, when no administrator can remove it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from butrt.base.accounts.factors.services import remove_all
from butrt.base.accounts.models import User


class Command(BaseCommand):
    help = (
        "Retire le second facteur d’une personne qui l’a perdu (téléphone, clé et codes de secours), quand "
        "personne ne peut le faire sur le site. Elle en est prévenue, le journal aussi ; si son rôle en "
        "demande un, elle en choisit un autre à sa prochaine connexion."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", metavar="IDENTIFIANT", help="l’identifiant du compte")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"Aucun compte « {options['username']} ».")
        if not remove_all(user=user, by=None):
            raise CommandError(f"{user} n’a pas de second facteur.")
        self.stdout.write(f"Second facteur de {user} retiré.")
