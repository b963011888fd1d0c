from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from butrt.base.accounts.models import Role, User
from butrt.base.french import shortened
from butrt.base.previews import PlanChanged
from butrt.base.spreadsheets import Unreadable
from grades.intake.columns import EXTRACT, FIELDS, Extract, read_extract
from grades.intake.importing import import_students, plan_import
from grades.intake.plan import ImportPlan
from grades.models import Cohort

MOST_NAMED = 30  # columns


class Command(BaseCommand):
    help = (
        "Inscrit dans une promotion les étudiants d’un classeur .xlsx ou d’un texte (Apogée, Parcoursup), "
        "tous ou aucun. Les colonnes sont reconnues à leurs titres ; --column en dit une autrement."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FICHIER", type=Path)
        parser.add_argument("--cohort", metavar="N", type=int, required=True, help="n° de la promotion")
        parser.add_argument(
            "--by", metavar="COMPTE", required=True, help="qui importe : secrétariat ou direction des études"
        )
        parser.add_argument(
            "--column",
            metavar="TITRE=CHAMP",
            action="append",
            default=[],
            help=f"ce que contient une colonne, CHAMP parmi {', '.join(FIELDS)}, ou rien pour ne pas la lire",
        )
        parser.add_argument(
            "--motive",
            metavar="MOTIF",
            default="",
            help="pourquoi inscrire malgré la décision d’un jury : sans motif, c’est refusé",
        )
        parser.add_argument("--dry-run", action="store_true", help="montrer sans rien enregistrer")

    def handle(self, *args: Any, **options: Any) -> None:
        cohort = self._cohort(options["cohort"])
        by = self._author(options["by"], cohort)
        try:
            with options["file"].open("rb") as file:
                extract = read_extract(file.read(EXTRACT.bytes + 1))
        except Unreadable as error:
            raise CommandError(f"{error} Rien n’est enregistré.") from error
        except OSError as error:
            raise CommandError(f"{options['file']} : {error.strerror}.") from error
        columns = self._columns(extract, options["column"])
        for number, name in columns.items():
            self.stdout.write(f"  {extract.column(number).named} → {FIELDS[name].label}")
        unread = [column.named for column in extract.columns if column.number not in columns]
        if unread:
            self.stdout.write(f"  ne sont pas lues : {shortened(unread, MOST_NAMED)}")
        self._tell(plan_import(cohort=cohort, extract=extract, columns=columns))
        if options["dry_run"]:
            return
        try:
            made = import_students(
                cohort=cohort,
                extract=extract,
                columns=columns,
                name=options["file"].name,
                by=by,
                motive=options["motive"],
            )
        except PlanChanged as error:
            if error.plan.refusals:
                raise CommandError("Tant qu’une ligne est refusée, rien n’est enregistré.") from error
            self.stdout.write("Rien à changer.")
        except ValidationError as error:
            raise CommandError(f"{' '.join(error.messages)} Rien n’est enregistré.") from error
        else:
            self.stdout.write(f"Import {made.pk} fait.")

    def _cohort(self, pk: int) -> Cohort:
        rows = Cohort.objects.select_related("specialty__department").prefetch_related("programmes")
        if cohort := rows.filter(pk=pk).first():
            return cohort
        known = "\n".join(f"  {row.pk} : {row}" for row in rows)
        raise CommandError(f"Il n’y a pas de promotion {pk}. Les promotions :\n{known}")

    def _author(self, username: str, cohort: Cohort) -> User:
        user = User.objects.filter(username=username, is_active=True).first()
        if user is None or not user.has_role(cohort.department, Role.Name.DIRECTOR, Role.Name.SECRETARIAT):
            raise CommandError(
                f"« {username} » n’est ni du secrétariat ni de la direction des études de ce département."
            )
        return user

    def _columns(self, extract: Extract, choices: list[str]) -> dict[int, str]:
        columns = extract.proposed
        for choice in choices:
            header, _, name = choice.rpartition("=")
            matching = [column for column in extract.columns if column.header.casefold() == header.casefold()]
            if not matching or (name and name not in FIELDS):
                raise CommandError(f"--column {choice} : ce titre ou ce champ n’existe pas.")
            columns = {number: field for number, field in columns.items() if field != name}
            columns.pop(matching[0].number, None)
            if name:
                columns[matching[0].number] = name
        return columns

    def _tell(self, plan: ImportPlan) -> None:
        self.stdout.write(
            f"{len(plan.new)} nouveaux, {len(plan.changed)} changés, {len(plan.unchanged)} inchangés, "
            f"{len(plan.aside)} écartés, {len(plan.refusals)} refus."
        )
        for known in plan.changed:
            changes = ", ".join(
                f"{difference.label} : {difference.before or 'vide'} → {difference.after}"
                for difference in known.differences
            )
            self.stdout.write(f"  ligne {known.line}, {known.student} : {changes}")
        for refusal in plan.refusals:
            self.stderr.write(f"  {refusal.ref}, {refusal.student} {refusal.column} : {refusal.reason}")
        for against in plan.against:
            self.stderr.write(f"  ligne {against.line}, {against.student} : {against.reason}")
        for late in plan.late:
            self.stderr.write(f"  ligne {late.line}, {late.student} : {late.reason}")
        for aside in plan.aside:
            self.stdout.write(f"  ligne {aside.line}, {aside.student} : écartée, {aside.reason}")
        for note in plan.notes:
            self.stdout.write(f"  {note}")
