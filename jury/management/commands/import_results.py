from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from curriculum.models import Department
from jury.ledger.elsewhere import COLUMNS, ResultsError, read_results, record_results


class Command(BaseCommand):
    help = (
        "Enregistre les résultats de jurys tenus ailleurs (BUT1 avant un premier jury de BUT2), tous ou "
        f"aucun. CSV en UTF-8, colonnes {', '.join(COLUMNS)} ; sujet UE11, RT1/1 ou BUT1."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="CSV", type=Path)
        parser.add_argument("--department", metavar="CODE", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        department = Department.objects.filter(code=options["department"]).first()
        if department is None:
            raise CommandError(f"Le département « {options['department']} » n’existe pas.")
        try:
            new = record_results(department=department, rows=read_results(options["file"]), by=None)
        except ResultsError as error:
            raise CommandError(f"{error} Rien n’est enregistré.") from error
        except OSError as error:
            raise CommandError(f"{options['file']} : {error.strerror}.") from error
        self.stdout.write(f"{new} résultats enregistrés.")
