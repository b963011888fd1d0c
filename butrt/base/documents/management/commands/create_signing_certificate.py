import getpass
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from butrt.base.documents.certificates import (
    PERSONAL,
    SEAL,
    make_trial_certificates,
    make_trial_pkcs12,
)
from butrt.base.documents.signing import SigningRefused

PASSPHRASE = "BUTRT_P12_PASSPHRASE"


class Command(BaseCommand):
    help = (
        "Fabrique une autorité et un certificat de signature d’essai, sans valeur : le tampon le dira. "
        "Il est gardé par le site (--for) ou remis à la personne dans un fichier .p12 (--p12)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="nom de la personne ou de l’établissement, comme le tampon l’écrira")
        parser.add_argument("--establishment", default="IUT (essai)", help="nom de l’établissement")
        parser.add_argument("--directory", type=Path, help="par défaut : BUTRT_CERTIFICATES_DIR")
        where = parser.add_mutually_exclusive_group(required=True)
        where.add_argument("--for", dest="account", help="seal, ou l’identifiant d’un compte")
        where.add_argument("--p12", type=Path, help=f"fichier à écrire (mot de passe : {PASSPHRASE})")

    def handle(self, *args: Any, **options: Any) -> None:
        directory = options["directory"] or Path(settings.BUTRT_CERTIFICATES_DIR)
        name, establishment = options["name"], options["establishment"]
        try:
            if options["p12"]:
                passphrase = os.environ.get(PASSPHRASE) or getpass.getpass("Mot de passe du fichier : ")
                written = make_trial_pkcs12(
                    directory, options["p12"], name, passphrase=passphrase, establishment=establishment
                )
            else:
                account = options["account"]
                file = account if account == SEAL else f"{PERSONAL}/{account}"
                written = make_trial_certificates(directory, {file: name}, establishment=establishment)
        except SigningRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        for path in written:
            self.stdout.write(f"Écrit : {path}")
        if not written:
            self.stdout.write(f"Rien à faire : ce certificat de {directory} est valable.")
