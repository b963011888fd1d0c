from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from curriculum.models import Regulation
from jury.rules.reasons import NBSP
from jury.scodoc.comparing import OUTCOMES, Comparison, compare
from jury.scodoc.options import add_options, department_of, read_files


class Command(BaseCommand):
    help = (
        "Rejoue nos règles sur les décisions que donne l’API de ScoDoc (decisions_jury), ses moyennes d’UE "
        "prises telles quelles, et dit chaque différence. N’écrit rien. Sortie 0 si tout concorde, 1 s’il y "
        "a des différences, 2 pour un fichier illisible."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_options(parser)

    def handle(self, *args: Any, files: list[Path], **options: Any) -> None:
        department = department_of(options)
        total = Comparison()
        for path, students, year in read_files(files, options):
            regulation = Regulation.objects.in_force(
                department=department, programme=year.programme, school_year=year.school_year
            ).first()
            if regulation is None:
                self.stdout.write(f"{path.name}{NBSP}: aucun règlement de ce temps, les textes nationaux.")
            found = compare(students, year, regulation.as_file() if regulation else {})
            self.stdout.write(
                f"{path.name}{NBSP}: {year.programme}, {year.school_year}, {len(students)} étudiants."
            )
            for difference in (*found.differences, *found.averages):
                self.stdout.write(f"  {difference}")
            total.add(found)
        for kind, counted in total.counts.items():
            told = ", ".join(
                f"{counted[outcome]} {words}" for outcome, words in OUTCOMES.items() if counted[outcome]
            )
            self.stdout.write(f"{kind}{NBSP}: {counted.total()} comparés{NBSP}: {told or 'aucun'}.")
        self.stdout.write(
            f"Moyennes de RCUE{NBSP}: {total.averages_compared} comparées, {len(total.averages)} différentes."
        )
        if number := len(total.differences) + len(total.averages):
            raise CommandError(f"{number} différence{'s' if number > 1 else ''}.", returncode=1)
        self.stdout.write("Tout concorde.")
