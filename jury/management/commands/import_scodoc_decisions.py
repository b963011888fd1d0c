from argparse import ArgumentParser
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from jury.ledger.elsewhere import ResultsError, Row, record_results
from jury.rules.reasons import NBSP
from jury.scodoc.options import add_options, department_of, read_files
from jury.scodoc.reading import ScodocError
from jury.scodoc.recording import numbers_of, remarks, rows_of
from jury.scodoc.units import read_pairs


class Command(BaseCommand):
    help = (
        "Enregistre les décisions que donne l’API de ScoDoc pour des semestres (decisions_jury) comme "
        "résultats antérieurs d’étudiants connus, toutes ou aucune."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_options(parser)
        parser.add_argument(
            "--students", metavar="CSV", type=Path, help="colonnes etudid, number ; sinon code_nip, puis INE"
        )
        parser.add_argument(
            "--known-only",
            action="store_true",
            help="laisser de côté, en les nommant, ceux qu’on ne connaît pas",
        )
        parser.add_argument("--dry-run", action="store_true", help="tout vérifier, ne rien enregistrer")

    def handle(self, *args: Any, files: list[Path], **options: Any) -> None:
        department = department_of(options)
        rows: list[Row] = []
        try:
            given = read_pairs(options["students"], "etudid", "number") if options["students"] else {}
            for path, students, year in read_files(files, options):
                numbers, unknown = numbers_of(students, department, given)
                if unknown and not options["known_only"]:
                    raise ScodocError(
                        f"{path.name}, {unknown[0].place}{NBSP}: aucun étudiant du département n’a ce n° "
                        f"({len(unknown)} dans ce cas){NBSP}: les inscrire, les dire dans --students, ou "
                        "demander --known-only."
                    )
                self._tell(path, year, len(numbers))
                for student in unknown:
                    self.stdout.write(f"  {student.place}{NBSP}: inconnu ici, laissé de côté.")
                for remark in remarks(students, year):
                    self.stdout.write(f"  {remark}")
                rows += [
                    replace(row, place=f"{path.name}, {row.place}")
                    for row in rows_of(students, year, numbers)
                ]
            with transaction.atomic():
                new = record_results(department=department, rows=rows, by=None)
                transaction.set_rollback(options["dry_run"])
        except (ResultsError, ScodocError) as error:
            raise CommandError(f"{error} Rien n’est enregistré.", returncode=2) from error
        said = ", ".join(
            f"{number} {code}" for code, number in Counter(row.code for row in rows).most_common()
        )
        self.stdout.write(f"Codes lus{NBSP}: {said or 'aucun'}.")
        done = "seraient enregistrés (essai, rien ne l’est)" if options["dry_run"] else "enregistrés"
        self.stdout.write(f"{new} résultats {done}, {len(rows) - new} déjà connus.")

    def _tell(self, path: Path, year: Any, students: int) -> None:
        self.stdout.write(
            f"{path.name}{NBSP}: {year.programme}, {year.school_year}, {students} étudiants connus."
        )
        units = ", ".join(f"{name} = {unit.code}" for name, unit in sorted(year.units.items()))
        self.stdout.write(f"  UE{NBSP}: {units or 'aucune'}.")
