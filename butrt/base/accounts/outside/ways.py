"""The ways in that are switched on, as the settings describe them."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.conf import settings
from django.http import Http404


class Way(NamedTuple):
    """One way in; `slug` is in addresses and sessions, `name` is what people read."""

    slug: str
    name: str
    identifier: str  # the attribute that holds a user name; empty: the provider's own, or none (OIDC)
    mail: str  # the attribute of an address that the institution vouches for; empty: addresses do not count
    options: dict[str, Any]


OIDC, SAML, CAS = "oidc", "saml", "cas"
# What has to be given for a way to be on (butrt/settings.py).
NEEDED = {CAS: ("server",), SAML: ("metadata",), OIDC: ("server", "client", "secret")}


def ways() -> list[Way]:
    """Those that are on, in the order of the sign-in page."""
    described = {slug: settings.BUTRT_WAYS[slug] for slug in NEEDED}
    return [
        Way(slug, options["name"], options["identifier"], options.get("mail", ""), options)
        for slug, options in described.items()
        if all(options[name] for name in NEEDED[slug])
    ]


def way_of(slug: str) -> Way | None:
    return next((way for way in ways() if way.slug == slug), None)


def way_or_404(slug: str) -> Way:
    if way := way_of(slug):
        return way
    raise Http404
