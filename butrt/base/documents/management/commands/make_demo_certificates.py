from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from butrt.base.documents.certificates import PERSONAL, SEAL, make_trial_certificates
from butrt.base.documents.signing import SigningRefused

SIGNATORIES = (
    ("b.vaucresson", "Béatrice Vaucresson"),
    ("s.abgrall", "Solène Abgrall"),
    ("o.lenoir-passy", "Olivier Lenoir-Passy"),
)


class Command(BaseCommand):
    help = (
        "Fabrique les certificats de la démonstration, sans valeur : un par personne qui signe, et le cachet."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--directory", type=Path, help="par défaut : BUTRT_CERTIFICATES_DIR")
        parser.add_argument("--establishment", default="IUT de Valbrume", help="nom de l’établissement")
        parser.add_argument(
            "--person",
            nargs=2,
            action="append",
            default=[],
            metavar=("COMPTE", "NOM"),
            help="qui signera, autant de fois qu’il en faut (sinon : qui signe dans la démonstration)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        directory = options["directory"] or Path(settings.BUTRT_CERTIFICATES_DIR)
        try:
            written = make_trial_certificates(
                directory,
                {SEAL: options["establishment"]}
                | {f"{PERSONAL}/{account}": name for account, name in options["person"] or SIGNATORIES},
                establishment=options["establishment"],
            )
        except SigningRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        for path in written:
            self.stdout.write(f"Écrit : {path}")
        if not written:
            self.stdout.write(f"Rien à faire : les certificats de {directory} sont valables.")
