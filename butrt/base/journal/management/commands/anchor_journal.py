from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from butrt.base.journal.anchors import leave
from butrt.base.nights.models import Run
from butrt.base.nights.services import WentWrong, running


class Command(BaseCommand):
    help = (
        "Signe la tête du journal par le cachet de l’établissement et l’envoie hors du serveur : aux "
        "adresses de BUTRT_ANCHOR_TO, dans le dossier de BUTRT_ANCHOR_DIR. « check_journal --anchors » "
        "compare ensuite le journal à ce qui est parti."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not (settings.BUTRT_ANCHOR_TO or settings.BUTRT_ANCHOR_DIR):
            self.stdout.write("Rien n’est fait : ni BUTRT_ANCHOR_TO ni BUTRT_ANCHOR_DIR ne dit où.")
            return
        try:
            with running(Run.Act.ANCHOR) as run:
                leave(run)
        except WentWrong as wrong:
            raise CommandError(str(wrong)) from wrong
        self.stdout.write(run.summary)
