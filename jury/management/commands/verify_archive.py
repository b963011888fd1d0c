import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from jury.documents.archive import open_archive


class Command(BaseCommand):
    help = (
        "Contrôle l’archive d’une session : fichiers modifiés, manquants, ajoutés, et chacun de ses PV. "
        "Code de sortie : 0 entière, 2 sinon."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="l’archive ZIP")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            content = options["file"].read_bytes()
        except OSError as error:
            raise CommandError(f"{options['file']} ne peut pas être lu.", returncode=2) from error
        report = open_archive(content)
        if report.session:
            self.stdout.write(f"{report.session}, {report.files} fichiers")
        for name, examined in report.minutes:
            self.stdout.write(f"  {name} : {examined.headline}")
        for problem in report.problems:
            self.stdout.write(f"  ✗ {problem}")
        self.stdout.write("Archive entière." if report.whole else "Archive altérée.")
        if not report.whole:
            sys.exit(2)
