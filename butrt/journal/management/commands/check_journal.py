from typing import Any

from django.core.management.base import BaseCommand, CommandError

from butrt.journal.models import Entry
from butrt.journal.services import first_break


class Command(BaseCommand):
    help = "Vérifie que le journal n’a pas été réécrit (chaîne d’empreintes)."

    def handle(self, *args: Any, **options: Any) -> None:
        if broken := first_break():
            raise CommandError(f"Le journal est rompu à l’entrée {broken.pk} : {broken}")
        self.stdout.write(f"Journal intact, {Entry.objects.count()} entrées.")
