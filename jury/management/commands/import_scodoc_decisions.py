from argparse import ArgumentParser
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from butrt.base.french import NBSP, several
from jury.cases.ledger.elsewhere import (
    Origin,
    ResultRow,
    ResultsError,
    plan_results,
    record_results,
    without_refused,
)
from jury.exchange.scodoc.command_options import (
    add_options,
    asked_of,
    by_programme,
    department_of,
    numbers_given,
    read_files,
)
from jury.exchange.scodoc.reading import ScodocError, Student
from jury.exchange.scodoc.recording import UNKNOWN, Taken, take
from jury.models import Result


class Command(BaseCommand):
    help = (
        "Enregistre les décisions que donne l’API de ScoDoc pour des semestres (decisions_jury) comme "
        "résultats antérieurs d’étudiants connus, toutes ou aucune. Chacun est lu par les programmes de son "
        "propre parcours, d’après ses inscriptions."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_options(parser)
        parser.add_argument(
            "--known-only",
            action="store_true",
            help="laisser de côté, en les nommant, ceux qu’on ne connaît pas",
        )
        parser.add_argument("--dry-run", action="store_true", help="tout vérifier, ne rien enregistrer")

    def handle(self, *args: Any, files: list[Path], **options: Any) -> None:
        department = department_of(options)
        going = options["keep_going"]
        rows: list[ResultRow] = []
        try:
            given, asked = numbers_given(options), asked_of(options)
            for path, students in read_files(files):
                try:
                    taken = take(students, department, asked, given)
                except ScodocError as error:
                    raise ScodocError(f"{path.name}, {error}") from error
                self._check(path, taken, known_only=options["known_only"] or going, going=going)
                self._tell(path, students, taken)
                origin = Origin(Result.Source.IMPORT, f"ScoDoc, {path.name}"[:200])
                rows += [replace(row, place=f"{path.name}, {row.place}", origin=origin) for row in taken.rows]
            if going:
                plan = plan_results(department=department, rows=rows, by=None)
                rows, refused = without_refused(plan)
                for why in refused:
                    self.stdout.write(f"  {why} Laissé de côté.")
            with transaction.atomic():
                new = record_results(department=department, rows=rows, by=None)
                transaction.set_rollback(options["dry_run"])
        except (ResultsError, ScodocError) as error:
            raise CommandError(f"{error} Rien n’est enregistré.", returncode=2) from error
        counts = ", ".join(
            f"{number} {code}" for code, number in Counter(row.code for row in rows).most_common()
        )
        self.stdout.write(f"Codes lus{NBSP}: {counts or 'aucun'}.")
        done = "seraient enregistrés (essai, rien ne l’est)" if options["dry_run"] else "enregistrés"
        self.stdout.write(f"{new} résultats {done}, {len(rows) - new} déjà connus.")

    def _check(self, path: Path, taken: Taken, *, known_only: bool, going: bool) -> None:
        """Raises ScodocError for the first student who cannot be taken, unless they are to be left aside."""
        if taken.unknown and not known_only:
            raise ScodocError(
                f"{path.name}, {taken.unknown[0].place}{NBSP}: {UNKNOWN} ({len(taken.unknown)} dans ce cas)"
                f"{NBSP}: les inscrire, les dire dans --students, ou demander --known-only."
            )
        if taken.left and not going:
            raise ScodocError(
                f"{path.name}, {taken.left[0]} ({len(taken.left)} dans ce cas{NBSP}; --keep-going les laisse "
                "de côté.)"
            )

    def _tell(self, path: Path, students: list[Student], taken: Taken) -> None:
        for year, group in by_programme(students, taken.years):
            self.stdout.write(
                f"{path.name}{NBSP}: {year.programme}, {year.school_year}, "
                f"{several(len(group), 'étudiant connu', 'étudiants connus')}."
            )
            units = ", ".join(f"{name} = {unit.code}" for name, unit in sorted(year.units.items()))
            self.stdout.write(f"  UE{NBSP}: {units or 'aucune'}.")
        for student in taken.unknown:
            self.stdout.write(f"  {student.place}{NBSP}: inconnu ici, laissé de côté.")
        for left in taken.left:
            self.stdout.write(f"  {left} Laissé de côté.")
        for remark in taken.remarks:
            self.stdout.write(f"  {remark}")
