from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from butrt.documents.certificates import PERSONAL, PRESIDENT, SEAL, make_trial_certificates
from butrt.documents.signing import SigningRefused


class Command(BaseCommand):
    help = "Fabrique les certificats de la démonstration, sans valeur : présidence du jury et cachet."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--directory", type=Path, help="par défaut : BUTRT_CERTIFICATES_DIR")
        parser.add_argument("--president", default="Présidence du jury", help="nom de qui signe")
        parser.add_argument("--establishment", default="IUT de Valbrume", help="nom de l’établissement")

        parser.add_argument(
            "--member",
            nargs=2,
            action="append",
            default=[],
            metavar=("COMPTE", "NOM"),
            help="un membre du jury qui signera, autant de fois qu’il en faut",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        directory = options["directory"] or Path(settings.BUTRT_CERTIFICATES_DIR)
        try:
            written = make_trial_certificates(
                directory,
                {PRESIDENT: options["president"], SEAL: options["establishment"]}
                | {f"{PERSONAL}/{account}": name for account, name in options["member"]},
                establishment=options["establishment"],
            )
        except SigningRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        for path in written:
            self.stdout.write(f"Écrit : {path}")
        if not written:
            self.stdout.write(f"Rien à faire : les certificats de {directory} sont valables.")
