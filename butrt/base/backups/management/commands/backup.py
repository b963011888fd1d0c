"""`manage.py backup`: an encrypted archive of the site."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from butrt.base.backups.services import back_up
from butrt.base.nights.models import Run
from butrt.base.nights.services import WentWrong, last_runs


class Command(BaseCommand):
    help = (
        "Sauvegarde le site dans une archive chiffrée (age) : base, certificats, réglages. Écrite dans "
        "BUTRT_BACKUPS_DIR, entière ou pas du tout ; les plus anciennes sont effacées (BUTRT_BACKUPS_KEPT). "
        "Le site continue pendant ce temps."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            path = back_up()
        except WentWrong as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(f"{path}\n{last_runs()[Run.Act.BACKUP].summary}")
