"""What the commands about one account share: which one, by its identifier."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from butrt.base.accounts.models import User


class AboutAnAccount(BaseCommand):
    """A command whose one argument is the identifier of an account."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", metavar="IDENTIFIANT", help="l’identifiant du compte")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"Aucun compte « {options['username']} ».")
        self.act(user)

    def act(self, user: User) -> None:
        raise NotImplementedError
