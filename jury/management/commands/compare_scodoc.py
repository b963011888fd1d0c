from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from butrt.base.french import NBSP, several
from jury.exchange.scodoc.command_options import (
    add_options,
    asked_of,
    department_of,
    numbers_given,
    read_files,
)
from jury.exchange.scodoc.comparing import OUTCOMES, Comparison
from jury.exchange.scodoc.reading import ScodocError
from jury.exchange.scodoc.replaying import replay


class Command(BaseCommand):
    help = (
        "Rejoue nos règles sur les décisions que donne l’API de ScoDoc (decisions_jury), ses moyennes d’UE "
        "prises telles quelles, et dit chaque différence. N’écrit rien. Sortie 0 si tout concorde, 1 s’il y "
        "a des différences, 2 pour un fichier illisible."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_options(parser)

    def handle(self, *args: Any, files: list[Path], **options: Any) -> None:
        total = Comparison()
        try:
            self._compare(files, options, total)
        except ScodocError as error:
            raise CommandError(str(error), returncode=2) from error
        for kind, counted in total.counts.items():
            summary = ", ".join(
                f"{counted[outcome]} {words}" for outcome, words in OUTCOMES.items() if counted[outcome]
            )
            self.stdout.write(f"{kind}{NBSP}: {counted.total()} comparés{NBSP}: {summary or 'aucun'}.")
        self.stdout.write(
            f"Moyennes de RCUE{NBSP}: {total.averages_compared} comparées, {len(total.averages)} différentes."
        )
        if number := len(total.differences) + len(total.averages):
            raise CommandError(f"{several(number, 'différence')}.", returncode=1)
        self.stdout.write("Tout concorde.")

    def _compare(self, files: list[Path], options: dict[str, Any], total: Comparison) -> None:
        department = department_of(options)
        asked, given = asked_of(options), numbers_given(options)
        for path, students in read_files(files):
            try:
                replayed = replay(students, department, asked, given)
            except ScodocError as error:
                raise ScodocError(f"{path.name}, {error}") from error
            left = replayed.left
            if left and not options["keep_going"]:
                asked_for = f"{len(left)} dans ce cas{NBSP}; --keep-going les laisse de côté"
                raise ScodocError(f"{path.name}, {left[0]} ({asked_for}.)")
            for skipped in left:
                self.stdout.write(f"  {skipped} Laissé de côté.")
            for group in replayed.groups:
                if group.national:
                    self.stdout.write(
                        f"{path.name}{NBSP}: aucun règlement de ce temps, les textes nationaux."
                    )
                self.stdout.write(f"{path.name}{NBSP}: {group}, {several(group.students, 'étudiant')}.")
                for difference in (*group.comparison.differences, *group.comparison.averages):
                    self.stdout.write(f"  {difference}")
            total.add(replayed.total)
