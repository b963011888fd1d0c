"""Signing in by the institution: OIDC and SAML (django-allauth), CAS (django-cas-ng).

Each way is on once its settings are given, several at once; the accounts of the site stay beside them. A
provider says who is there, and nothing else: it opens the account that the administrator made, never a new
one, and gives no right. Nothing links the two for later: each sign-in looks the account up again, by what the
administrator wrote of it that day.

    ways.py        which ways are on, and what each of them asks
    visitors.py    who a provider says is there, and whose account that is
    entering.py    signing in, proving it again, refusing: the same for all ways, journaled
    oidc.py, saml.py, cas.py    the three protocols, each with its pages (views_….py)
    leaving.py     signing out of the provider too; tickets.py: the sessions that a CAS server may end
"""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from butrt.base.accounts.outside.ways import way_of

CAME_BY = "came_by"  # of the session: {"way": its slug, and what signing out there needs}


def prove_again_address(request: HttpRequest, next: str) -> str | None:
    """Where the person proves to their provider, again, that they are there; None after a local sign-in.

    They come back to `next`, an address of this site, with `confirming.remember` done.
    """
    if way_of(request.session.get(CAME_BY, {}).get("way", "")) is None:
        return None
    return f"{reverse('prove_again')}?{urlencode({'next': next})}"
