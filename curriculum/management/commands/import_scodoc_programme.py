"""`manage.py import_scodoc_programme FILE`: a formation of ScoDoc as programmes, as the pages do."""

from __future__ import annotations

import re
import sys
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from butrt.base import french
from butrt.base.exactjson import plain
from butrt.base.spreadsheets import Unreadable
from curriculum.models import Department, Parcours, Programme
from curriculum.programmefile import PARCOURS, ProgrammeError
from curriculum.proposals import Proposal, propose
from curriculum.reading import parcours_data
from curriculum.scodoc.converting import Answers, UnitAnswer, convert
from curriculum.scodoc.proposing import (
    Known,
    UnitProposal,
    guessed_kind,
    known_of,
    new_competence,
    propose_units,
    unsorted_modules,
)
from curriculum.scodoc.reading import MOST_BYTES, Formation, read_formation
from curriculum.services import load_programme

UNREADABLE = 2  # the exit status
UNIT = re.compile(r"(.+)=(?:-|([\w.&-]{1,40})/([1-3])(?:/([0-9]{1,2}(?:[.,][0-9])?))?)")


class Command(BaseCommand):
    help = (
        "Lit l’export d’une formation de ScoDoc (XML ou JSON) et en charge les programmes, un par année, "
        "tous ou aucun. Ce que le fichier ne dit pas est proposé et dit, avec sa raison ; --unit le corrige."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FICHIER", help="l’export de ScoDoc, ou - pour l’entrée standard")
        parser.add_argument("--department", metavar="CODE", required=True)
        parser.add_argument("--parcours", metavar="CODE", required=True, help="le parcours ici, RT-IOM")
        parser.add_argument("--in-force-from", metavar="ANNÉE", required=True, type=int)
        parser.add_argument("--modality", choices=Programme.Modality.values, default="initiale")
        parser.add_argument("--year", type=int, action="append", choices=(1, 2, 3), help="toutes par défaut")
        parser.add_argument(
            "--unit",
            metavar="UE=COMPÉTENCE/NIVEAU[/ECTS]",
            action="append",
            default=[],
            help="UE34=RT4/1 ; UE34=RT4/1/6 donne aussi ses ECTS ; UE36=- la laisse de côté",
        )
        parser.add_argument("--scodoc-parcours", metavar="CODE", default="", help="le parcours du fichier")
        for name, what in (("specialty", "spécialité"), ("name", "intitulé"), ("short", "sigle")):
            parser.add_argument(f"--{name}", help=f"{what} du parcours, s’il est nouveau")
        parser.add_argument("--dry-run", action="store_true", help="dit tout, n’enregistre rien")
        parser.add_argument(
            "--update", action="store_true", help="change un programme déjà chargé qui diffère du fichier"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        department = Department.objects.filter(code=options["department"]).first()
        if department is None:
            raise CommandError(f"Le département « {options['department']} » n’existe pas.")
        formation = self.read(options["file"])
        years = sorted(set(options["year"] or formation.years))
        if options["scodoc_parcours"] and options["scodoc_parcours"] not in formation.parcours:
            raise CommandError(
                f"Le fichier ne nomme pas le parcours « {options['scodoc_parcours']} », il nomme "
                f"{', '.join(formation.parcours) or 'aucun parcours'}."
            )
        known = known_of(
            department,
            options["parcours"],
            modality=options["modality"],
            in_force_from=options["in_force_from"],
            years=years,
            described=_described(options),
        )
        units, proposals = self.units(formation, years, known, options)
        named: dict[str, list[UnitProposal]] = {}
        for unit, proposal in zip(units, proposals, strict=True):
            named.setdefault(unit.competence, []).append(proposal)
        answers = Answers(
            parcours=_parcours(department, options),
            modality=options["modality"],
            in_force_from=options["in_force_from"],
            years=tuple(years),
            scodoc_parcours=options["scodoc_parcours"],
            units=tuple(units),
            competences={
                code: known.competences.get(code) or new_competence(code, [offered.ue for offered in those])
                for code, those in named.items()
            },
            kinds={
                code: guessed_kind(module)
                for code, module in unsorted_modules(formation, [unit.ue for unit in units]).items()
            },
        )
        for code, (title, short) in sorted(answers.competences.items()):
            new = "" if code in known.competences else ", nouvelle"
            self.stdout.write(f"{code} : {title} (nom court : {short}{new})")
        file = "" if options["file"] == "-" else Path(options["file"]).name
        made, notes = convert(formation, answers, known, file=file)
        for note in notes:
            self.stdout.write(f"· {note}")
        self.load(department, made, file, dry_run=options["dry_run"], update=options["update"])

    def read(self, file: str) -> Formation:
        try:
            if file == "-":
                return read_formation(sys.stdin.buffer.read(MOST_BYTES + 1))
            with Path(file).open("rb") as stream:
                return read_formation(stream.read(MOST_BYTES + 1))
        except OSError as error:
            raise CommandError(f"{file} : {error.strerror}.", returncode=UNREADABLE) from error
        except Unreadable as error:
            raise CommandError(str(error), returncode=UNREADABLE) from error

    def units(
        self, formation: Formation, years: Sequence[int], known: Known, options: Mapping[str, Any]
    ) -> tuple[list[UnitAnswer], list[UnitProposal]]:
        """The answer for each UE that is taken, as proposed or as `--unit` says, with its proposal."""
        matches = _unit_matches(options["unit"])
        answers, proposals, silent = [], [], []
        for proposal in propose_units(formation, years, options["scodoc_parcours"], known):
            competence, level, ects, why = proposal.competence, proposal.level, proposal.ects, proposal.why
            if given := matches.pop(proposal.ue.acronym, None):
                if not given[2]:
                    continue
                competence, level, why = given[2], int(given[3]), "dit par --unit"
                ects = french.decimal(given[4]) if given[4] else ects
            if not (competence and level and ects):
                silent.append(proposal.ue.acronym)
                continue
            self.stdout.write(
                f"S{proposal.ue.semester} {proposal.ue.acronym} : {proposal.code}, {competence}/{level}, "
                f"{plain(ects)} ECTS ({why})"
            )
            answers.append(UnitAnswer(proposal.ue, proposal.code, competence, level, ects))
            proposals.append(proposal)
        if matches:
            raise CommandError(f"--unit : le fichier n’a pas {', '.join(matches)} dans les années demandées.")
        if silent:
            raise CommandError(
                f"Ni le fichier ni ce qui est enregistré ne dit tout de {', '.join(silent)} : "
                f"ajouter --unit {silent[0]}=COMPÉTENCE/NIVEAU/ECTS."
            )
        if not answers:
            raise CommandError("Aucune UE à prendre dans les années demandées.")
        _check_once(answers)
        return answers, proposals

    def load(
        self,
        department: Department,
        made: Sequence[Mapping[str, Any]],
        file: str,
        *,
        dry_run: bool,
        update: bool,
    ) -> None:
        try:
            with transaction.atomic():
                for data in made:
                    self.tell(propose(department=department, data=data, name=file))
                    if not dry_run:
                        load_programme(department=department, data=data, by=None, update=update, origin=file)
        except ProgrammeError as error:
            raise CommandError(
                f"{error} Rien n’est enregistré. Avec --update, un programme déjà chargé est changé."
            ) from error
        self.stdout.write(
            "Rien n’est enregistré (--dry-run)." if dry_run else self.style.SUCCESS("Enregistré.")
        )

    def tell(self, proposal: Proposal) -> None:
        total = proposal.table.sum
        self.stdout.write(
            f"{proposal.about} : {'nouveau' if proposal.programme is None else 'déjà chargé'}, "
            f"{french.several(proposal.changes, 'différence')}, {len(proposal.table.units)} UE, "
            f"{french.several(proposal.table.elements, 'élément')}, {plain(total.coefficient)} de "
            f"coefficients, {total.total} h, {plain(total.ects)} ECTS"
        )
        for finding in proposal.come:
            self.stdout.write(f"{'▲' if finding.severity == 'look' else '·'} {finding.title}. {finding.text}")


def _described(options: Mapping[str, Any]) -> dict[str, str] | None:
    """The new parcours that the options describe, when they do."""
    if not all(options[name] for name in ("specialty", "name", "short")):
        return None
    return {"code": options["parcours"], **{name: options[name] for name in PARCOURS if name != "code"}}


def _parcours(department: Department, options: Mapping[str, Any]) -> dict[str, Any]:
    """The stored parcours, or the new one that the options describe."""
    stored = Parcours.objects.filter(department=department, code=options["parcours"]).first()
    if stored:
        return parcours_data(stored)
    if (described := _described(options)) is None:
        raise CommandError(
            f"Le parcours « {options['parcours']} » est nouveau : donner --specialty, --name et --short."
        )
    return described


def _unit_matches(units: Sequence[str]) -> dict[str, re.Match[str]]:
    matches = {}
    for text in units:
        if not (match := UNIT.fullmatch(text)):
            raise CommandError(f"--unit {text} : s’écrit UE34=RT4/1, UE34=RT4/1/6 ou UE34=-.")
        matches[match[1]] = match
    return matches


def _check_once(units: Sequence[UnitAnswer]) -> None:
    """A UE code once a year, a competence once a semester and at one niveau a year, as the page asks too."""
    seen: dict[tuple[int, str], str] = {}
    for unit in units:
        for key, what in (
            ((unit.ue.year + 10, unit.code), f"code {unit.code}"),
            (
                (unit.ue.semester, unit.competence),
                f"compétence {unit.competence}, semestre {unit.ue.semester}",
            ),
        ):
            if key in seen:
                raise CommandError(
                    f"{seen[key]} et {unit.ue.acronym} : même {what}. Corriger par --unit, ou en laisser une."
                )
            seen[key] = unit.ue.acronym
