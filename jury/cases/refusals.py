"""Why something may not be done to a session now: said in French, with what to do."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from butrt.base.meanwhile import ChangedMeanwhile


class Refusal(ValidationError):
    """An act that cannot be done now; the message says why and what to do, in French."""


class AgainstRight(Refusal):
    """A decision against a right, refused until it is confirmed as such; the message names the right."""


class Meanwhile(ChangedMeanwhile, Refusal):
    """An act refused because somebody else acted since the page was made; the message says who and what."""
