"""The référentiels and the programmes that come with the site (fixtures/): national, or to be changed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from curriculum.models import Programme
from curriculum.programmefile import parse_programme
from curriculum.referential.file import read_referential

FOLDER = Path(settings.BASE_DIR) / "fixtures"


@dataclass(frozen=True, slots=True)
class Provided:
    """A file of the site: its `name`, what it is called, where it comes from; `about`: its spécialité."""

    path: Path
    label: str
    source: str
    about: str

    @property
    def name(self) -> str:
        return self.path.name


@cache
def referentials() -> tuple[Provided, ...]:
    """Those of fixtures/referentials/, read once a process: they do not change while it runs."""
    return tuple(_referential(path) for path in sorted((FOLDER / "referentials").glob("*.json")))


@cache
def programmes() -> tuple[Provided, ...]:
    """Those of fixtures/programmes/."""
    return tuple(_programme(path) for path in sorted((FOLDER / "programmes").glob("*.json")))


def referential_data(provided: Provided) -> dict[str, Any]:
    return read_referential(provided.path.read_bytes())


def programme_data(provided: Provided) -> dict[str, Any]:
    return parse_programme(provided.path.read_text("utf-8"))


def _referential(path: Path) -> Provided:
    data = json.loads(path.read_text("utf-8"))
    return Provided(path, data["specialty"]["name"], data.get("source", ""), data["specialty"]["name"])


def _programme(path: Path) -> Provided:
    data = json.loads(path.read_text("utf-8"))
    parcours, source = data["parcours"], data["source"]
    modality = Programme.Modality(data["modality"]).label
    name = "tronc commun" if parcours.get("common") else f"parcours {parcours['name']}"
    label = f"BUT{data['year']} {parcours['specialty']}, {name}, {modality}"
    where = source["title"]
    if source.get("file"):
        where = f"D’après la fiche filière {source['school_year']} d’un département : un exemple à corriger"
    if data["illustrative"]:
        where += ". Structure seule, sans ressources ni SAÉ : à compléter"
    return Provided(path, label, where, parcours["specialty"])
