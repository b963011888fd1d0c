from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from butrt.base.nights.models import Run
from butrt.base.nights.services import WentWrong, running
from butrt.site.proof.night import prove


class Command(BaseCommand):
    help = (
        "Prouve que ce que le site donne (documents, exports, API, pages des étudiants) est ce que disent "
        "les PV scellés, après « check_all » et les ancres du journal. Code de sortie : 0 rien ne diffère, "
        "1 quelque chose diffère ; l’accueil de l’administration et un courriel le disent."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--minutes", type=float, help="durée au plus (BUTRT_PROOF_MINUTES) ; la suite, la fois d’après"
        )
        parser.add_argument(
            "--last", action="store_true", help="dire ce que la dernière a trouvé, noms compris"
        )

    def handle(self, *args: Any, minutes: float | None, last: bool, **options: Any) -> None:
        if last:
            return self._say_again()
        try:
            with running(Run.Act.PROOF) as run:
                proof = prove(run, seconds=None if minutes is None else 60 * minutes)
        except WentWrong as wrong:
            # A timer's output is the system's log, which names nobody.
            where = run.details.get("where") or "arrêtée en chemin"
            raise CommandError(
                f"La preuve a trouvé une différence : {where}. « manage.py prove_night --last » la dit."
            ) from wrong
        for sentence in dict.fromkeys(proof.uncovered):
            self.stdout.write(f"Non comparé : {sentence.rstrip(chr(46))}.")
        self.stdout.write(run.summary)
        return None

    def _say_again(self) -> None:
        run = Run.objects.filter(act=Run.Act.PROOF).order_by("-began_at").first()
        if run is None:
            raise CommandError("La preuve n’a encore jamais été faite.")
        if not run.went_well:
            raise CommandError(run.summary or "La preuve ne s’est pas finie.")
        self.stdout.write(run.summary)
