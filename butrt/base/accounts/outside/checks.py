"""What `manage.py check` says of a way in that is half described: nobody finds out by failing to sign in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from butrt.base.accounts.outside.ways import NEEDED, SAML


@register(Tags.security)
def ways_are_whole(**_: Any) -> list[CheckMessage]:
    return [
        Error(message, hint=hint, id="butrt.E002")
        for slug in NEEDED
        for message, hint in _faults(slug, settings.BUTRT_WAYS[slug])
    ]


def _faults(slug: str, options: dict[str, str]) -> Iterator[tuple[str, str]]:
    """(what is wrong, what to do)."""
    given = [name for name in NEEDED[slug] if options[name]]
    missing = [_variable(slug, name) for name in NEEDED[slug] if not options[name]]
    if missing and given:
        what = f"Connexion par {slug.upper()} à moitié réglée : il manque {', '.join(missing)}."
        yield what, "Donner ces variables, ou retirer les autres : la connexion resterait éteinte."
    if not given:
        return
    address = options["metadata" if slug == SAML else "server"]
    if (slug != SAML or "://" in address) and not address.startswith(_schemes()):
        what = f"{_variable(slug, 'metadata' if slug == SAML else 'server')} n’est pas une adresse https://."
        yield what, "Ce qu’elle répond dit qui entre : elle ne se lit qu’en https."
    if slug == SAML:
        yield from _faults_of_files(options)
    if slug == SAML and not options["identifier"] and not options["mail"]:
        what = f"{_variable(slug, 'identifier')} et {_variable(slug, 'mail')} sont vides."
        yield what, "Personne ne serait reconnu : nommer l’attribut de l’identifiant, ou celui du courriel."


def _faults_of_files(options: dict[str, str]) -> Iterator[tuple[str, str]]:
    if bool(options["key"]) != bool(options["certificate"]):
        what = "BUTRT_SAML_KEY et BUTRT_SAML_CERTIFICATE vont ensemble : un seul est donné."
        yield what, "La clé signe les demandes et lit les assertions chiffrées ; le certificat la publie."
    for name in ("metadata", "key", "certificate"):
        if (path := options[name]) and "://" not in path and not Path(path).is_file():
            yield f"{_variable(SAML, name)} : le fichier {path} n’existe pas.", "Corriger le chemin."


def _variable(slug: str, name: str) -> str:
    return f"BUTRT_{slug}_{name}".upper()


def _schemes() -> tuple[str, ...]:
    """The demonstration, and a server being written, may speak to one beside it."""
    return ("https://", "http://") if settings.DEMO or settings.DEBUG else ("https://",)
