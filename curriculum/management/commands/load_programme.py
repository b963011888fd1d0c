from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from butrt.base.spreadsheets import Unreadable
from curriculum.models import Department
from curriculum.programmefile import ProgrammeError, parse_programme
from curriculum.services import load_programme
from curriculum.workbook.reading import read_workbook


class Command(BaseCommand):
    help = (
        "Charge un programme dans un département : du JSON, comme dans fixtures/programmes/, ou un "
        "classeur .xlsx."
    )

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
                data = self.read(file, department)
                programme = load_programme(
                    department=department, data=data, by=None, update=options["update"]
                )
            except (ProgrammeError, Unreadable) as error:
                raise CommandError(f"{file} : {error}") from error
            except (OSError, UnicodeDecodeError) as error:
                raise CommandError(f"{file} ne se lit pas : {error}.") from error
            self.stdout.write(f"{programme} : chargé.")

    def read(self, file: Path, department: Department) -> dict[str, Any]:
        """The programme object of a file. Raises `ProgrammeError`, with all that a workbook has of wrong."""
        if file.suffix.lower() != ".xlsx":
            return parse_programme(file.read_text(encoding="utf-8"))
        reading = read_workbook(file.read_bytes(), department=department)
        if reading.refusals:
            raise ProgrammeError("\n".join(map(str, ("", *reading.refusals))))
        for note in reading.notes:
            self.stdout.write(note)
        return reading.data
