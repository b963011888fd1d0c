"""`manage.py invite IDENTIFIANT`: the link by which a person chooses their password, where no mail goes."""

from django.core.management.base import CommandError

from butrt.base.accounts.invitations import lifetime, print_link
from butrt.base.accounts.management.about_an_account import AboutAnAccount
from butrt.base.accounts.models import User


class Command(AboutAnAccount):
    help = (
        "Donne le lien par lequel une personne choisit son mot de passe, à lui remettre en main propre quand "
        "aucun courriel ne peut le porter. Il sert une fois ; la personne en est prévenue, le journal aussi."
    )

    def act(self, user: User) -> None:
        if not user.is_active:
            raise CommandError(f"Le compte {user.username} est fermé : le rouvrir d’abord.")
        self.stdout.write(print_link(user))
        self.stdout.write(f"Pour {user} seulement : une fois, pendant {lifetime()}.")
