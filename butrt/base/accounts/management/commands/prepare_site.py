"""`manage.py prepare_site`: the database and the files of the site, as this release wants them."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = (
        "Prépare la base et les fichiers du site, la première fois et après chaque mise à jour : migrate, "
        "collectstatic, check --deploy en une commande. La relancer ne change rien."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0, interactive=False)
        call_command("collectstatic", verbosity=0, interactive=False)
        call_command("check", deploy=True)
