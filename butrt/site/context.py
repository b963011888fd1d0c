"""What every page's frame needs."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from butrt.base.accounts.models import Role
from butrt.base.accounts.outside.ways import ways
from jury.doors import follows_juries

NAMES = Role.Name


def shell(request: HttpRequest) -> dict[str, Any]:
    """What the frame shows: `navigation` [(label, address, is current)], search, the demo's words, ways in.

    Made once a request: each cell of a table that is a template asks for it.
    """
    made: dict[str, Any] | None = getattr(request, "frame", None)
    if made is None:
        made = _frame(request)
        request.frame = made  # type: ignore[attr-defined]
    return made


def _frame(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    entries: list[tuple[str, str]] = []
    searches = False
    if user is not None and user.is_authenticated and not getattr(request, "owing", None):
        entries.append(("Accueil", reverse("home")))
        if user.is_a(NAMES.TEACHER, NAMES.DIRECTOR):
            entries.append(("Éléments", reverse("grades:teachings")))
        if follows_juries(user):
            entries.append(("Jurys", reverse("jury:sessions")))
        if user.is_a(NAMES.DIRECTOR, NAMES.SECRETARIAT, NAMES.ADMINISTRATOR):
            entries.append(("Promotions", reverse("cohorts:cohorts")))
        if user.is_a(NAMES.STUDENT):
            entries.append(("Mes notes", reverse("own:marks")))
        if user.is_superuser:
            entries.append(("Départements", reverse("departments:departments")))
        searches = bool(user.works_in)
        if searches:
            entries.append(("Programmes", reverse("curriculum:programmes")))
        if user.is_a(NAMES.SECRETARIAT):
            entries.append(("Textes", reverse("letters:texts")))
        if user.is_a(NAMES.ADMINISTRATOR):
            entries.append(("Règlement", reverse("jury:regulations")))
            entries.append(("Comptes", reverse("accounts:people")))
        if user.is_a(NAMES.ADMINISTRATOR, NAMES.PRESIDENT, NAMES.DIRECTOR):
            entries.append(("Journal", reverse("journal")))
    path = request.path
    return {
        "navigation": [
            (label, address, path == address or (address != "/" and path.startswith(address)))
            for label, address in entries
        ],
        "searches": searches,
        "demo": settings.DEMO,
        "ways": ways(),
    }
