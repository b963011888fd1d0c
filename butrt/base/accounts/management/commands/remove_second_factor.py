"""`manage.py remove_second_factor IDENTIFIANT`: for who lost theirs, when no administrator can remove it."""

from django.core.management.base import CommandError

from butrt.base.accounts.factors.services import remove_all
from butrt.base.accounts.management.about_an_account import AboutAnAccount
from butrt.base.accounts.models import User


class Command(AboutAnAccount):
    help = (
        "Retire le second facteur d’une personne qui l’a perdu (téléphone, clé et codes de secours), quand "
        "personne ne peut le faire sur le site. Elle en est prévenue, le journal aussi ; si son rôle en "
        "demande un, elle en choisit un autre à sa prochaine connexion."
    )

    def act(self, user: User) -> None:
        if not remove_all(user=user, by=None):
            raise CommandError(f"{user} n’a pas de second facteur.")
        self.stdout.write(f"Second facteur de {user} retiré.")
