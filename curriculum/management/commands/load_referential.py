"""`manage.py load_referential FILE`: the référentiel of a spécialité, as its page does."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from butrt.base.spreadsheets import Unreadable
from curriculum.models import Department
from curriculum.referential.file import MOST_BYTES, read_referential
from curriculum.referential.services import changes_of, load_referential

UNREADABLE = 2  # the exit status


class Command(BaseCommand):
    help = (
        "Charge le référentiel de compétences d’une spécialité dans un département : XML d’Orébut, ou JSON "
        "comme dans fixtures/referentials/. Les compétences et les parcours déjà là sont reconnus."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FICHIER", type=Path)
        parser.add_argument("--department", metavar="CODE", required=True)
        parser.add_argument("--dry-run", action="store_true", help="dit tout, n’enregistre rien")

    def handle(self, *args: Any, **options: Any) -> None:
        department = Department.objects.filter(code=options["department"]).first()
        if department is None:
            raise CommandError(f"Le département « {options['department']} » n’existe pas.")
        file: Path = options["file"]
        try:
            with file.open("rb") as stream:
                data = read_referential(stream.read(MOST_BYTES + 1))
        except OSError as error:
            raise CommandError(f"{file} : {error.strerror}.", returncode=UNREADABLE) from error
        except Unreadable as error:
            raise CommandError(f"{file} : {error}", returncode=UNREADABLE) from error
        if options["dry_run"]:
            loaded = changes_of(department=department, data=data)
        else:
            loaded = load_referential(department=department, data=data, by=None, origin=file.name)
        for change in loaded.changes:
            self.stdout.write(f"· {change}")
        sentence = f"{loaded.specialty} : {len(loaded.changes)} changements."
        self.stdout.write(
            f"{sentence} Rien n’est enregistré (--dry-run)."
            if options["dry_run"]
            else self.style.SUCCESS(sentence)
        )
