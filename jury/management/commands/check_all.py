"""`manage.py check_all`: whether the database is what people did with the site."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from butrt.base.french import several
from jury.documents.checking import NOT_CHECKED, check_all
from jury.documents.checking.noting import note


class Command(BaseCommand):
    help = (
        "Vérifie que rien n’a été changé hors du site : journal, notes et leur historique, inscriptions, "
        "absences, bonus, chiffres figés, décisions, PV et signatures, résultats, rôles et comptes. "
        "Code de sortie : 0 rien à dire, 1 quelque chose a été changé."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--note",
            action="store_true",
            help="prendre acte, au journal, de ce qu’il ne dit pas encore (une fois, après la mise à jour)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        total = 0
        for checked in check_all():
            number = len(checked.findings)
            total += number
            state = several(number, "anomalie", "anomalies") if number else "rien à dire"
            self.stdout.write(f"{checked.title} ({checked.seen}) : {state}")
            for sentence in checked.findings:
                self.stdout.write(f"  ✗ {sentence}")
            for sentence in checked.uncovered:
                self.stdout.write(f"  · non comparé : {sentence}")
        self.stdout.write(NOT_CHECKED)
        if options["note"]:
            for kind, lines in note().items():
                self.stdout.write(f"Pris acte au journal : {lines} ({kind}).")
        if total:
            self.stdout.write(self.style.ERROR(f"{several(total, 'anomalie', 'anomalies')}."))
            sys.exit(1)
        self.stdout.write(self.style.SUCCESS("Rien n’a été changé hors du site."))
