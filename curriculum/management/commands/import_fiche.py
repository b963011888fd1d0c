"""`manage.py import_fiche FILE`: read a fiche filière, say what it says, keep its programme."""

from __future__ import annotations

import sys
import tomllib
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from butrt.base.french import plural, several
from butrt.base.spreadsheets import Unreadable
from curriculum.bringing.levels import known_from, known_to
from curriculum.fiche import Fiche, FicheError, FicheLine, KnownLevels, PrintedTotal, Slip, read_fiche
from curriculum.findings import findings
from curriculum.maquette import COLUMNS
from curriculum.models import Department
from curriculum.programmefile import ProgrammeError, dump_programme
from curriculum.referential.file import read_referential
from curriculum.services import load_programme

UNREADABLE = 2  # the exit status


class Command(BaseCommand):
    help = (
        "Lit le texte d’une fiche filière (pdftotext), compare chaque total imprimé à sa somme, et charge le "
        "programme dans un département ou l’écrit dans un fichier."
    )

    requires_system_checks = []  # reading a text needs no site

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FICHE", help="le texte de la fiche, ou - pour l’entrée standard")
        parser.add_argument("--department", metavar="CODE", help="le département où charger le programme")
        parser.add_argument("--output", metavar="FICHIER", help="où écrire le programme (JSON), ou -")
        parser.add_argument(
            "--referential",
            metavar="FICHIER",
            help="le référentiel de la spécialité, qui dit les niveaux ; par défaut celui du département",
        )
        parser.add_argument(
            "--wording", metavar="FICHIER", help="les noms courts des compétences du département (TOML)"
        )
        parser.add_argument(
            "--update", action="store_true", help="change un programme déjà chargé qui diffère de la fiche"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        fiche = self.read(options["file"])
        if options["output"] == "-":
            self.stdout.write(dump_programme(self.programme(fiche, options)), ending="")
            return
        self.tell(fiche)
        if options["output"]:
            text = dump_programme(self.programme(fiche, options))
            Path(options["output"]).write_text(text, encoding="utf-8")
            self.stdout.write(f"Écrit dans {options['output']}.")
        if options["department"]:
            self.load(self.programme(fiche, options), options["department"], update=options["update"])

    def programme(self, fiche: Fiche, options: dict[str, Any]) -> dict[str, Any]:
        """The programme object; the niveaux are the référentiel's, given or stored."""
        try:
            known = self.known(fiche, options)
            return fiche.to_fixture("" if options["file"] == "-" else Path(options["file"]).name, known)
        except OSError as error:
            raise CommandError(f"{error.filename} : {error.strerror}.", returncode=UNREADABLE) from error
        except (Unreadable, FicheError, tomllib.TOMLDecodeError) as error:
            raise CommandError(str(error), returncode=UNREADABLE) from error

    def known(self, fiche: Fiche, options: dict[str, Any]) -> KnownLevels:
        shorts = {}
        if options["wording"]:
            shorts = tomllib.loads(Path(options["wording"]).read_text("utf-8")).get("short", {})
        if options["referential"]:
            return known_from(read_referential(Path(options["referential"]).read_bytes()), shorts)
        if options["department"]:
            return known_to(self.department(options["department"]), fiche.mention, shorts)
        return KnownLevels(shorts=shorts)

    def department(self, code: str) -> Department:
        if (department := Department.objects.filter(code=code).first()) is None:
            raise CommandError(f"Le département « {code} » n’existe pas.")
        return department

    def read(self, file: str) -> Fiche:
        try:
            data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
            return read_fiche(data.decode("utf-8"))
        except OSError as error:
            raise CommandError(f"{file} : {error.strerror}.", returncode=UNREADABLE) from error
        except UnicodeDecodeError as error:
            raise CommandError(f"{file} n’est pas du texte en UTF-8.", returncode=UNREADABLE) from error
        except FicheError as error:
            raise CommandError(str(error), returncode=UNREADABLE) from error

    def tell(self, fiche: Fiche) -> None:
        """What was read, the totals compared, the slips merged or corrected."""
        write = self.stdout.write
        elements = {line.code for line in fiche.lines}
        write(f"BUT{fiche.year} {fiche.parcours_code}, {fiche.modality}, {fiche.school_year}")
        write(
            f"{several(len(fiche.lines), 'ligne')}, {several(len(elements), 'élément')}, "
            f"{len(fiche.units)} UE, {several(len(fiche.competences), 'compétence')}"
        )
        equal = sum(not total.differs for total in fiche.totals)
        write(f"Totaux imprimés : {equal} sur {len(fiche.totals)} égaux à leur somme")
        for difference in fiche.differences:
            write(self.style.WARNING(_difference(difference)))
        for slip in fiche.merged_codes:
            write(f"« {slip.printed} » lu comme « {slip.meant} » ({_lines(slip)})")
        for slip in fiche.other_titles:
            write(f"« {slip.meant} » aussi imprimé « {slip.printed} » ({_lines(slip)})")
        for slip in fiche.misspelt:
            write(f"« {slip.printed} » corrigé en « {slip.meant} » ({_lines(slip)})")

    def load(self, fixture: dict[str, Any], code: str, *, update: bool) -> None:
        department = self.department(code)
        try:
            programme = load_programme(department=department, data=fixture, by=None, update=update)
        except ProgrammeError as error:
            raise CommandError(f"{error} Avec --update, le programme est changé.") from error
        self.stdout.write(self.style.SUCCESS(f"{programme}, {department} : chargé."))
        for finding in findings(programme):
            self.stdout.write(f"{'▲' if finding.severity == 'look' else '·'} {finding.title}. {finding.text}")


def _difference(row: PrintedTotal | FicheLine) -> str:
    if isinstance(row, FicheLine):
        taught = row.cm + row.td + row.tp
        return f"Ligne {row.line}, {row.label} ({row.unit}) : total {row.total} imprimé, somme {taught}"
    computed = row.computed.as_dict()
    columns = [
        f"{COLUMNS[name]} {printed} imprimé, somme {computed[name]}"
        for name, printed in row.printed.as_dict().items()
        if printed != computed[name]
    ]
    return f"Ligne {row.line}, total de {row.label} : {', '.join(columns)}"


def _lines(slip: Slip) -> str:
    return f"ligne{plural(len(slip.lines))} {', '.join(map(str, slip.lines))}"
