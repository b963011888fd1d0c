"""What the commands that read ScoDoc's files have in common: their options, and reading each file."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from butrt.base.french import NBSP
from curriculum.models import Department
from jury.exchange.scodoc.reading import ScodocError, Student, read_scodoc
from jury.exchange.scodoc.units import Asked, Year, read_pairs


def add_options(parser: ArgumentParser) -> None:
    """The files, the department, and what a file may not say by itself."""
    parser.add_argument("files", metavar="JSON", type=Path, nargs="+", help="réponse de decisions_jury")
    parser.add_argument("--department", metavar="CODE", required=True)
    parser.add_argument("--units", metavar="CSV", type=Path, help="colonnes ue_id, unit (2131,UE31)")
    parser.add_argument(
        "--by-order", action="store_true", help="à défaut, le premier RCUE est la première compétence"
    )
    parser.add_argument(
        "--programme", metavar="N", type=int, help="de qui n’est pas inscrit ici, si l’année en a plusieurs"
    )
    parser.add_argument("--parcours", metavar="CODE", default="", help="de même, par le code du parcours")
    parser.add_argument(
        "--year", type=int, choices=(1, 2, 3), help="année du BUT, si les fichiers la taisent"
    )
    parser.add_argument("--school-year", metavar="AAAA", type=int, help="2023 pour 2023-2024, de même")
    parser.add_argument(
        "--students", metavar="CSV", type=Path, help="colonnes etudid, number ; sinon code_nip, puis INE"
    )
    parser.add_argument(
        "--keep-going",
        action="store_true",
        help="laisser de côté, en les nommant, les étudiants qui ne peuvent être pris",
    )


def read_files(files: list[Path]) -> Iterator[tuple[Path, list[Student]]]:
    """Each file with its students. Raises ScodocError, naming the file and the place."""
    for path in files:
        try:
            yield path, read_scodoc(path.read_bytes())
        except ScodocError as error:
            raise ScodocError(f"{path.name}, {error}") from error
        except OSError as error:
            raise ScodocError(f"{path}{NBSP}: {error.strerror}.") from error


def asked_of(options: dict[str, Any]) -> Asked:
    """What the options say of the files. Raises ScodocError."""
    return Asked(
        units=read_pairs(options["units"], "ue_id", "unit") if options["units"] else {},
        by_order=options["by_order"],
        year=options["year"],
        school_year=options["school_year"],
        programme=options["programme"],
        parcours=options["parcours"],
    )


def numbers_given(options: dict[str, Any]) -> dict[str, str]:
    """{etudid: our student number}. Raises ScodocError."""
    return read_pairs(options["students"], "etudid", "number") if options["students"] else {}


def by_programme(students: list[Student], years: Mapping[str, Year]) -> list[tuple[Year, list[Student]]]:
    """The students of each programme and school year, with all the UE that they name."""
    groups: dict[tuple[int, int], list[Student]] = {}
    for student in students:
        if year := years.get(student.etudid):
            groups.setdefault((year.programme.pk, year.school_year), []).append(student)
    return [
        (
            Year(
                years[group[0].etudid].programme,
                years[group[0].etudid].school_year,
                {name: unit for student in group for name, unit in years[student.etudid].units.items()},
            ),
            group,
        )
        for group in groups.values()
    ]


def department_of(options: dict[str, Any]) -> Department:
    """The department named, or CommandError."""
    department = Department.objects.filter(code=options["department"]).first()
    if department is None:
        raise CommandError(f"Le département « {options['department']} » n’existe pas.", returncode=2)
    return department
