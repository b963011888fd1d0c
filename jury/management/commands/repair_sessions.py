"""Find the sessions that say otherwise than their corrections; put them right with --repair."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from jury.models import Session
from jury.sittings.corrections.repairs import repair


class Command(BaseCommand):
    help = "Trouver les sessions de jury qui ne disent pas ce que dit leur correction, et les réparer."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repair", action="store_true", help="les réparer, au lieu de les nommer")

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit with an error while one is left broken."""
        broken = list(Session.objects.with_programme().broken())
        if not broken:
            self.stdout.write("Chaque session dit ce que dit sa correction.")
            return
        if options["repair"]:
            for session in broken:
                self.stdout.write(repair(session))
            return
        for session in broken:
            state = "en correction, sans correction ouverte" if session.correcting else "close, en correction"
            self.stdout.write(f"{session} : {state}.")
        raise CommandError("Des sessions sont à réparer : relancer avec --repair.")
