"""Who signs a version of the PV, in which order, and who has: presidency, members present, seal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from butrt.base.accounts.models import User
from jury.models import Member, Minutes, MinutesRevision

PRESIDENT_FIELD, SEAL_FIELD = "sig-president", "sig-seal"
SEAL_ROLE = "cachet de l’établissement"


@dataclass(frozen=True, slots=True)
class Signatory:
    """Someone who has a field to sign; `account` is their user name, empty for the seal."""

    field: str
    name: str
    role: str
    account: str = ""


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """A signatory and their signature; None while it is awaited, or if the PV was sealed without it."""

    signatory: Signatory
    revision: MinutesRevision | None


def signatories(content: Mapping[str, Any]) -> list[Signatory]:
    """In order: who presided, each member present who has an account, the establishment's seal.

    A substitute who presided signs as the presidency, when they have an account to sign with. Members
    without an account (professionals, most often) sign by hand: see `by_hand`.
    """
    session = content["session"]
    president = Signatory(
        PRESIDENT_FIELD, session["president"], "présidence du jury", session.get("president_account", "")
    )
    instead = session.get("presided_by")
    if instead and instead["account"]:
        role = "présidence du jury, par suppléance"
        president = Signatory(PRESIDENT_FIELD, instead["name"], role, instead["account"])
    members = [
        Signatory(f"sig-member-{position}", member["name"], member["quality"], member["account"])
        for position, member in enumerate(content["members"], start=1)
        if member.get("account") not in (None, "", president.account)
        and member["presence"] == Member.Presence.PRESENT
    ]
    seal = Signatory(SEAL_FIELD, content["context"]["department"]["institute"], SEAL_ROLE)
    return [president, *members, seal]


@dataclass(frozen=True, slots=True)
class ByHand:
    """Someone present who has no account to sign with: a box of the printed PV is theirs."""

    name: str
    role: str


def by_hand(content: Mapping[str, Any]) -> list[ByHand]:
    """The members present without an account, in their order; none on a PV of before they had boxes."""
    if "visas" not in content:
        return []
    instead = (content["session"].get("presided_by") or {}).get("name")
    return [
        ByHand(
            member["name"],
            f"{member['quality']}, présidence du jury, par suppléance"
            if member["name"] == instead
            else member["quality"],
        )
        for member in content["members"]
        if member["presence"] == Member.Presence.PRESENT and not member.get("account")
    ]


class Progress:
    """Where the signatures of a version stand. The presidency first, members in any order, the seal last."""

    def __init__(self, version: Minutes, revisions: Iterable[MinutesRevision] | None = None) -> None:
        """`revisions` are those of the version, read without their PDF if not given."""
        self.version = version
        rows = version.revisions.defer("pdf") if revisions is None else revisions
        signed = {revision.field: revision for revision in rows if revision.field}
        self.lines = [SignatureLine(place, signed.get(place.field)) for place in signatories(version.content)]

    @property
    def started(self) -> bool:
        """Whether the presidency has signed."""
        return self.lines[0].revision is not None

    @property
    def sealed(self) -> bool:
        """Whether the seal is there: nobody signs any more."""
        return self.lines[-1].revision is not None

    @cached_property
    def waiting(self) -> list[Signatory]:
        """The people whose signature is not there."""
        return [line.signatory for line in self.lines[:-1] if line.revision is None]

    def of(self, user: User) -> Signatory | None:
        """This person's place to sign; None for who does not sign this PV."""
        first, session = self.lines[0].signatory, self.version.session
        # A version of before accounts were kept names nobody's: its session's president signs it.
        if first.account == user.username if first.account else session.president_id == user.pk:
            substitute = self.version.content["session"].get("presided_by")
            return first if substitute or session.department.pk in user.named_in("president") else None
        named = (line.signatory for line in self.lines[1:-1])
        return next((place for place in named if place.account == user.username), None)

    def may_sign(self, user: User) -> bool:
        """Whether this person can sign now: awaited, and not before the presidency."""
        place = self.of(user)
        return (
            place in self.waiting and not self.sealed and (self.started or place == self.lines[0].signatory)
        )
