"""What `manage.py check --deploy` says of how people sign in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register


@register(Tags.security, deploy=True)
def proxies_are_declared(**_: Any) -> list[CheckMessage]:
    """Behind a proxy that is not declared everyone has its address: one person's tries count for all."""
    if not settings.BUTRT_BEHIND_PROXY or settings.BUTRT_PROXIES:
        return []
    message = "BUTRT_BEHIND_PROXY=1 sans BUTRT_PROXIES : chacun aurait l’adresse du frontal."
    hint = "BUTRT_PROXIES=1 si le frontal pose X-Forwarded-For, et s’il est le seul entre le public et butrt."
    return [Warning(message, hint=hint, id="butrt.W001")]
