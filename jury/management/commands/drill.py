"""`manage.py drill [ARCHIVE]`: whether a backup would give the site back."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from butrt.base.backups.services import last_archive
from butrt.base.nights.models import Run
from butrt.base.nights.services import WentWrong, last_runs
from jury.documents.checking.drill import drill


class Command(BaseCommand):
    help = (
        "Essaie une sauvegarde (la dernière) : la restaure dans une base à part, compare chaque table, la "
        "tête du journal, chaque PV, vérifie le journal, puis efface la copie. Le site n’est pas touché. "
        "Code de sortie : 1 si elle ne le rendrait pas."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("archive", metavar="ARCHIVE", type=Path, nargs="?", help="la dernière par défaut")
        parser.add_argument(
            "--identity",
            metavar="CLÉ",
            type=Path,
            default=settings.BUTRT_BACKUP_IDENTITY or None,
            help="le fichier de la clé (BUTRT_BACKUP_IDENTITY)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["identity"]:
            raise CommandError("Quelle clé ouvre l’archive ? « --identity », ou BUTRT_BACKUP_IDENTITY.")
        try:
            drill(options["archive"] or last_archive(), options["identity"])
        except WentWrong as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(last_runs()[Run.Act.DRILL].summary)
