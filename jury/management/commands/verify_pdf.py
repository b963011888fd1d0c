import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from butrt.base import french
from jury.documents.verify.report import examine


class Command(BaseCommand):
    help = (
        "Dit d’un PDF s’il est d’ici, qui l’a signé, s’il a été modifié, s’il est en vigueur. "
        "Code de sortie : 0 authentique et en vigueur, 1 authentique mais remplacé, inachevé ou provisoire, "
        "2 modifié ou inconnu, 3 ne peut pas être jugé ici (aucune autorité reconnue)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="le PDF")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            pdf = options["file"].read_bytes()
        except OSError as error:
            raise CommandError(f"{options['file']} ne peut pas être lu.", returncode=2) from error
        report = examine(pdf)
        self.stdout.write(f"{report.headline}. {report.sentence}")
        for name, value in report.facts:
            self.stdout.write(f"  {name} : {value}")
        for signature in report.signatures:
            when = f", {french.date(signature.signed_at, french.MOMENT)}" if signature.signed_at else ""
            role = f", {signature.role}" if signature.role else ""
            self.stdout.write(f"  Signé par : {signature.signer_name or 'signature illisible'}{role}{when}")
        for finding in report.findings:
            self.stdout.write(f"  {'✓' if finding.holds else '✗'} {finding.text}")
        if report.exit_code:
            sys.exit(report.exit_code)
