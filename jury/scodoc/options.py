"""What the commands that read ScoDoc's files have in common: their options, and reading each file."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from curriculum.models import Department
from jury.rules.reasons import NBSP
from jury.scodoc.reading import ScodocError, Student, read_scodoc
from jury.scodoc.units import Year, read_pairs, year_of


def add_options(parser: ArgumentParser) -> None:
    """The files, the department, and what a file may not say by itself."""
    parser.add_argument("files", metavar="JSON", type=Path, nargs="+", help="réponse de decisions_jury")
    parser.add_argument("--department", metavar="CODE", required=True)
    parser.add_argument("--units", metavar="CSV", type=Path, help="colonnes ue_id, unit (2131,UE31)")
    parser.add_argument(
        "--by-order", action="store_true", help="à défaut, le premier RCUE est la première compétence"
    )
    parser.add_argument("--programme", metavar="N", type=int, help="si l’année a plusieurs parcours")
    parser.add_argument(
        "--year", type=int, choices=(1, 2, 3), help="année du BUT, si les fichiers la taisent"
    )
    parser.add_argument("--school-year", metavar="AAAA", type=int, help="2023 pour 2023-2024, de même")


def read_files(files: list[Path], options: dict[str, Any]) -> Iterator[tuple[Path, list[Student], Year]]:
    """Each file with what it is about. Raises CommandError (2), naming the file and the place."""
    department = department_of(options)
    for path in files:
        try:
            given = read_pairs(options["units"], "ue_id", "unit") if options["units"] else {}
            students = read_scodoc(path.read_bytes())
            about = year_of(
                students,
                department,
                given=given,
                by_order=options["by_order"],
                year=options["year"],
                school_year=options["school_year"],
                programme=options["programme"],
            )
        except ScodocError as error:
            raise CommandError(f"{path.name}, {error}", returncode=2) from error
        except OSError as error:
            raise CommandError(f"{path}{NBSP}: {error.strerror}.", returncode=2) from error
        yield path, students, about


def department_of(options: dict[str, Any]) -> Department:
    """The department named, or CommandError."""
    department = Department.objects.filter(code=options["department"]).first()
    if department is None:
        raise CommandError(f"Le département « {options['department']} » n’existe pas.", returncode=2)
    return department
