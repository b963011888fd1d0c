from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from jury.documents.archive import archive_name, archive_session
from jury.models import Session


class Command(BaseCommand):
    help = "Écrit l’archive d’une session close : ses PV signés, ses données, son classeur, leurs empreintes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("session", type=int, help="numéro de la session (celui de son adresse)")
        parser.add_argument("--to", type=Path, default=Path(), help="dossier où l’écrire")

    def handle(self, *args: Any, **options: Any) -> None:
        session = Session.objects.with_programme().filter(pk=options["session"]).first()
        if session is None:
            raise CommandError(f"Aucune session ne porte le numéro {options['session']}.")
        try:
            content = archive_session(session)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        path = options["to"] / archive_name(session)
        path.write_bytes(content)
        self.stdout.write(f"Écrit : {path} ({len(content) // 1024} Kio)")
