from typing import Any

from django.core.management.base import BaseCommand, CommandError

from jury.documents.checking.journal import check_journal
from jury.documents.checking.journaled import read_journal


class Command(BaseCommand):
    help = (
        "Vérifie que le journal n’a été ni récrit ni raccourci : chaîne d’empreintes, tête gardée à part, "
        "entrées que disent les PV. « check_all » vérifie aussi le reste."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        checked = check_journal(read_journal())
        if checked.findings:
            raise CommandError("Le journal n’est pas tel qu’il a été écrit :\n" + "\n".join(checked.findings))
        self.stdout.write(f"Journal intact, {checked.seen} entrées.")
