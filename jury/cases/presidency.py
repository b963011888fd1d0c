"""Who presides a session: its president when there, else the substitute named by the act (domain 4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from butrt.base.french import of
from jury.models import Member, Session


@dataclass(frozen=True, slots=True)
class Presidency:
    """Who presides, as the list of members stands; `presiding` is None while nobody may."""

    session: Session
    members: tuple[Member, ...]

    @property
    def seat(self) -> Member | None:
        """The president's own line."""
        return next((member for member in self.members if member.user_id == self.session.president_id), None)

    @property
    def substitute(self) -> Member | None:
        """The member whom the act names to preside in their place."""
        return next((member for member in self.members if member.substitute), None)

    @property
    def presiding(self) -> Member | None:
        for member in (self.seat, self.substitute):
            if member is not None and member.presence == Member.Presence.PRESENT:
                return member
        return None

    @property
    def replaced(self) -> bool:
        """Whether the substitute presides."""
        return self.presiding is not None and self.presiding != self.seat

    @property
    def lacks(self) -> str:
        """Why the session can't be closed, and what to do, in French; "" when somebody presides."""
        if self.presiding is not None:
            return ""
        president = self.session.president
        if self.seat is None and self.substitute is None:
            return (
                f"Clore demande que la présidence soit là : {president} n’est pas dans la liste des membres, "
                "y ajouter sa ligne avec son compte, et noter sa présence."
            )
        asked = f"Clore demande que la présidence soit là : noter la présence {of(str(president))}"
        if self.substitute is not None:
            return (
                f"{asked}, ou {of(self.substitute.name)} (suppléance désignée par l’acte), parmi les membres."
            )
        return (
            f"{asked} parmi les membres ; en son absence, cocher la personne que l’acte de composition "
            "nomme pour suppléer, et noter sa présence."
        )


def presidency(session: Session, members: Sequence[Member] | None = None) -> Presidency:
    """Who presides a session; `members` are its own, read if not given."""
    return Presidency(session, tuple(session.members.all() if members is None else members))
