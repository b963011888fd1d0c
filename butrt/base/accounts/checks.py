"""What `manage.py check --deploy` says of how people sign in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from butrt.base.accounts.factors.gate import DEFAULT, SITE
from butrt.base.accounts.models import Role
from butrt.base.french import listed


@register(Tags.security, deploy=True)
def proxies_are_declared(**_: Any) -> list[CheckMessage]:
    """Behind a proxy that is not declared everyone has its address: one person's tries count for all."""
    if not settings.BUTRT_BEHIND_PROXY or settings.BUTRT_PROXIES:
        return []
    message = "BUTRT_BEHIND_PROXY=1 sans BUTRT_PROXIES : chacun aurait l’adresse du frontal."
    hint = "BUTRT_PROXIES=1 si le frontal pose X-Forwarded-For, et s’il est le seul entre le public et butrt."
    return [Warning(message, hint=hint, id="butrt.W001")]


@register(Tags.security)
def roles_with_a_second_factor_are_known(**_: Any) -> list[CheckMessage]:
    """A role misspelt would be one without."""
    known = {*Role.Name.values, SITE}
    unknown = [name for name in settings.BUTRT_SECOND_FACTOR_FOR if name not in known]
    if not unknown:
        return []
    message = f"BUTRT_SECOND_FACTOR_FOR : rôle inconnu, {listed(unknown)}."
    return [Error(message, hint=f"Les rôles : {', '.join(sorted(known))}.", id="butrt.E001")]


@register(Tags.security, deploy=True)
def who_signs_has_a_second_factor(**_: Any) -> list[CheckMessage]:
    """Behind a password alone, whoever learns it signs a PV, changes a règlement, opens accounts."""
    without = [str(name) for name in DEFAULT if name not in settings.BUTRT_SECOND_FACTOR_FOR]
    if not without:
        return []
    message = f"Aucun second facteur n’est demandé à ces rôles : {listed(without)}."
    hint = "Retirer BUTRT_SECOND_FACTOR_FOR des réglages, ou les y ajouter."
    return [Warning(message, hint=hint, id="butrt.W002")]
