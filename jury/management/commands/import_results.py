from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from butrt.base.french import several
from butrt.base.spreadsheets import MOST_BYTES
from curriculum.models import Department
from jury.cases.ledger.elsewhere import COLUMNS, SOURCES, Origin, ResultsError, record_results
from jury.exchange.elsewhere.reading import read_results
from jury.models import Result


class Command(BaseCommand):
    help = (
        "Enregistre les résultats de jurys tenus ailleurs (BUT1 avant un premier jury de BUT2), tous ou "
        f"aucun. CSV ou classeur .xlsx, colonnes {', '.join(COLUMNS)}, et si l’on veut source, document, "
        "decided_on ; sujet UE11, RT1/1 ou BUT1."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FICHIER", type=Path)
        parser.add_argument("--department", metavar="CODE", required=True)
        parser.add_argument(
            "--source",
            choices=[source.value for source in SOURCES],
            default=Result.Source.IMPORT.value,
            help="d’où viennent les lignes qui ne le disent pas : "
            + ", ".join(f"{source.value} ({source.label})" for source in SOURCES),
        )
        parser.add_argument(
            "--document", default="", help="la pièce qui le dit, pour les lignes qui la taisent"
        )
        parser.add_argument(
            "--date", metavar="AAAA-MM-JJ", type=date.fromisoformat, help="le jour de la décision, de même"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        department = Department.objects.filter(code=options["department"]).first()
        if department is None:
            raise CommandError(f"Le département « {options['department']} » n’existe pas.")
        origin = Origin(Result.Source(options["source"]), options["document"].strip(), options["date"])
        try:
            with options["file"].open("rb") as file:
                read = read_results(file.read(MOST_BYTES + 1), otherwise=origin)
            if read.refusals:
                first = read.refusals[0]
                raise ResultsError(f"{first.place}, étudiant {first.number} : {first.why}")
            new = record_results(department=department, rows=read.rows, by=None)
        except ResultsError as error:
            raise CommandError(f"{error} Rien n’est enregistré.") from error
        except OSError as error:
            raise CommandError(f"{options['file']} : {error.strerror}.") from error
        self.stdout.write(f"{several(new, 'résultat enregistré', 'résultats enregistrés')}.")
