"""`manage.py restore ARCHIVE`: the site as an archive holds it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from butrt.base.backups.services import restore
from butrt.base.nights.services import WentWrong


class Command(BaseCommand):
    help = (
        "Remet le site tel que dans une archive : elle est ouverte et comparée ligne pour ligne à ce qui a "
        "été sauvegardé, puis prend la place en une fois. Rien ne change si quelque chose ne va pas. Arrêter "
        "le site et ses ouvriers avant."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("archive", metavar="ARCHIVE", type=Path)
        parser.add_argument(
            "--identity",
            metavar="CLÉ",
            type=Path,
            default=settings.BUTRT_BACKUP_IDENTITY or None,
            help="le fichier de la clé (BUTRT_BACKUP_IDENTITY)",
        )
        parser.add_argument(
            "--replace",
            action="store_true",
            help="même si le site n’est pas vide ; ce qui y est est mis de côté, pas effacé",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["identity"]:
            raise CommandError("Quelle clé ouvre l’archive ? « --identity », ou BUTRT_BACKUP_IDENTITY.")
        try:
            for sentence in restore(options["archive"], options["identity"], replace=options["replace"]):
                self.stdout.write(sentence)
        except WentWrong as problem:
            raise CommandError(str(problem)) from problem
