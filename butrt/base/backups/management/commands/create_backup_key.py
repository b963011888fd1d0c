"""`manage.py create_backup_key FICHIER`: the key that opens the archives."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from butrt.base.backups.keys import new_key


class Command(BaseCommand):
    help = (
        "Fait la clé qui ouvre les sauvegardes, dans un fichier que son propriétaire seul lit, et écrit la "
        "clé publique, à donner à BUTRT_BACKUP_RECIPIENTS. Garder une copie du fichier ailleurs que sur "
        "cette machine : sans lui, aucune archive ne s’ouvre."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", metavar="FICHIER", type=Path, help="où l’écrire ; il ne doit pas exister")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["path"]
        try:
            self.stdout.write(new_key(path))
        except FileExistsError as error:
            raise CommandError(f"{path} existe : une clé ne se remplace pas.") from error
        except OSError as error:
            raise CommandError(f"{path} ne peut pas être écrit : {error.strerror}.") from error
