"""`manage.py create_department CODE …`: begin a department, its first règlement and who administers it."""

from __future__ import annotations

import datetime
import getpass
import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from butrt.base.accounts.models import User
from curriculum.departments import create_department
from curriculum.models import Department


class Command(BaseCommand):
    help = (
        "Crée un département, son premier règlement et le compte qui l’administre. Le mot de passe est "
        "demandé au clavier, ou lu dans --password-file ou dans la variable BUTRT_PASSWORD ; il n’est "
        "jamais affiché."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code", metavar="CODE", help="le code du département, par exemple rt")
        for name, example in (
            ("name", "Réseaux et Télécommunications"),
            ("institute", "IUT de …"),
            ("university", "Université de …"),
            ("city", "la ville"),
        ):
            parser.add_argument(f"--{name}", required=True, help=example)
        parser.add_argument(
            "--administrator",
            required=True,
            metavar="IDENTIFIANT",
            help="qui crée ensuite les autres comptes",
        )
        parser.add_argument("--first-name", default="", help="le prénom de l’administrateur")
        parser.add_argument("--last-name", default="", help="son nom")
        parser.add_argument("--email", default="", help="son courriel")
        parser.add_argument(
            "--password-file", metavar="FICHIER", help="sa première ligne est le mot de passe"
        )
        parser.add_argument(
            "--adopted-on",
            type=datetime.date.fromisoformat,
            metavar="AAAA-MM-JJ",
            help="quand le règlement a été adopté (aujourd’hui sans précision)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        code, username = options["code"], options["administrator"]
        if there := Department.objects.filter(code=code).first():
            raise CommandError(f"Le département « {code} » existe déjà : {there}. Rien n’est changé.")
        known = User.objects.filter(username=username).first()
        administrator = known or User(
            username=username,
            first_name=options["first_name"],
            last_name=options["last_name"],
            email=options["email"],
        )
        try:
            department = create_department(
                department=Department(
                    code=code, **{name: options[name] for name in ("name", "institute", "university", "city")}
                ),
                administrator=administrator,
                password="" if known else self.password(options["password_file"]),
                adopted_on=options["adopted_on"],
            )
        except ValidationError as error:
            raise CommandError(f"{_sentence(error)} Rien n’est changé.") from error
        self.stdout.write(self.style.SUCCESS(f"Département créé : {department}."))
        if known:
            self.stdout.write(
                f"Compte existant « {username} » ({known}), mot de passe inchangé : l’administre."
            )
        else:
            self.stdout.write(f"Compte créé : {username}, administration.")
        self.stdout.write(
            f"Ensuite : manage.py load_referential RÉFÉRENTIEL --department {code}, manage.py import_fiche "
            f"FICHE --department {code}, puis le site."
        )

    def password(self, file: str | None) -> str:
        """The password, from the file, the environment or the keyboard, in this order."""
        if file:
            try:
                first, *_ = [*Path(file).read_text(encoding="utf-8").splitlines(), ""]
            except (OSError, UnicodeDecodeError) as error:
                raise CommandError(f"{file} ne se lit pas : {error}.") from error
            return first
        if given := os.environ.get("BUTRT_PASSWORD"):
            return given
        if not sys.stdin.isatty():
            raise CommandError(
                "Aucun mot de passe : donner --password-file ou BUTRT_PASSWORD, ou lancer dans un terminal."
            )
        typed = getpass.getpass("Mot de passe : ")
        if typed != getpass.getpass("Encore une fois : "):
            raise CommandError("Les deux mots de passe diffèrent. Rien n’est changé.")
        return typed


def _sentence(error: ValidationError) -> str:
    """Each refusal, with its field when it has one."""
    if not hasattr(error, "error_dict"):
        return " ".join(error.messages)
    return " ".join(
        " ".join(messages) if field == "__all__" else f"{field} : {' '.join(messages)}"
        for field, messages in error.message_dict.items()
    )
