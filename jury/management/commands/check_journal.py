from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from butrt.base.french import several
from butrt.base.journal.anchored import compare
from jury.documents.checking.journal import check_journal
from jury.documents.checking.journaled import read_journal


class Command(BaseCommand):
    help = (
        "Vérifie que le journal n’a été ni récrit ni raccourci : chaîne d’empreintes, tête gardée à part, "
        "entrées que disent les PV, ancres gardées hors du serveur. « check_all » vérifie aussi le reste."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--anchors",
            type=Path,
            metavar="DOSSIER",
            help="où sont les ancres (« anchor_journal ») : un dossier, ou une seule, avec sa signature",
        )

    def handle(self, *args: Any, anchors: Path | None, **options: Any) -> None:
        checked = check_journal(read_journal())
        findings, held = list(checked.findings), ""
        if anchors is not None:
            try:
                compared = compare(anchors)
            except OSError as problem:
                raise CommandError(f"{anchors} ne peut pas être lu : {problem.strerror}.") from problem
            findings += compared.findings
            held = f" {several(compared.held, 'ancre tenue', 'ancres tenues')}."
            for sentence in compared.uncovered:
                self.stdout.write(f"Non comparé : {sentence}.")
        if findings:
            raise CommandError("Le journal n’est pas tel qu’il a été écrit :\n" + "\n".join(findings))
        self.stdout.write(f"Journal intact, {checked.seen} entrées.{held}")
