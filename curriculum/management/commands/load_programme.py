from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from curriculum.models import Department
from curriculum.programmefile import ProgrammeError, parse_programme
from curriculum.services import load_programme


class Command(BaseCommand):
    help = "Charge un programme (JSON, comme ceux de fixtures/programmes/) dans un département."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", metavar="PROGRAMME", nargs="+", type=Path)
        parser.add_argument("--department", metavar="CODE", required=True)
        parser.add_argument(
            "--update", action="store_true", help="change un programme déjà chargé qui diffère"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        department = Department.objects.filter(code=options["department"]).first()
        if department is None:
            raise CommandError(f"Le département « {options['department']} » n’existe pas.")
        for file in options["files"]:
            try:
                data = parse_programme(file.read_text(encoding="utf-8"))
                programme = load_programme(
                    department=department, data=data, by=None, update=options["update"]
                )
            except ProgrammeError as error:
                raise CommandError(f"{file} : {error}") from error
            except (OSError, UnicodeDecodeError) as error:
                raise CommandError(f"{file} ne se lit pas : {error}.") from error
            self.stdout.write(f"{programme} : chargé.")
