"""`manage.py purge`: what is past the time that personal data are kept; `--do` erases it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from jury.students.personal.retention import purge


class Command(BaseCommand):
    help = "Montre les données personnelles à effacer (durées : page Données personnelles) ; --do les efface."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--do", action="store_true", help="effacer, et l’écrire au journal")

    def handle(self, *args: Any, **options: Any) -> None:
        erasures = purge(do=options["do"])
        for erased in erasures:
            rows = ", ".join(f"{number} {what}" for what, number in erased.rows.items() if number)
            self.stdout.write(f"{erased.category.name} ({erased.category.years} ans) : {rows}")
        if not erasures:
            self.stdout.write("Rien à effacer.")
        elif options["do"]:
            self.stdout.write(
                self.style.SUCCESS("Effacé. Les PV, sessions closes et résultats sont intacts.")
            )
        else:
            self.stdout.write("Rien n’est effacé : ajouter --do.")
