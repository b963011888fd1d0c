"""How a refusal (NAR, DEF) was come to: the student asked to be heard or not, was invited, heard (4.5)."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from butrt.base import french
from jury.cases.taken import Taken


class Procedure(NamedTuple):
    """The steps of a hearing; `asked` is None while nobody said whether the student asked for one."""

    asked: bool | None = None
    invited_on: date | None = None
    heard_on: date | None = None

    def lacks(self, remark: str, sitting: date) -> str:
        """Why these steps do not hold together, and what to do, in French; "" when they do.

        `remark`: what is written beside them; `sitting`: the day of the jury.
        """
        if self.invited_on and self.heard_on and self.invited_on > self.heard_on:
            return "L’invitation précède l’audition : vérifier les deux dates."
        if self.heard_on and self.heard_on > sitting:
            return (
                f"L’audition précède la décision : le jury se tient le {french.day(sitting)}, "
                "corriger la date de l’audition."
            )
        if self.asked and not self.heard_on and not remark.strip():
            return (
                "Une audition a été demandée : donner son jour, ou écrire pourquoi elle "
                "n’a pas eu lieu (annexe 1, 4.5)."
            )
        return ""

    @property
    def as_fields(self) -> dict[str, bool | date | None]:
        """As the fields of a `Decision`."""
        return {"hearing_asked": self.asked, "invited_on": self.invited_on, "heard_on": self.heard_on}

    @classmethod
    def of(cls, decision: Taken) -> Procedure:
        """Those that a decision keeps."""
        return cls(
            decision.hearing_asked,
            date.fromisoformat(decision.invited_on) if decision.invited_on else None,
            date.fromisoformat(decision.heard_on) if decision.heard_on else None,
        )


NOTHING_SAID = Procedure()
NOT_RECORDED = "aucune n’est consignée"


def in_words(decision: Taken) -> str:
    """ "demandée, invitation du 1er juillet 2025, tenue le 7 juillet 2025 ; par le directeur des études"."""
    asked, invited, heard = Procedure.of(decision)
    steps = [
        {True: "demandée", False: "non demandée", None: ""}[asked],
        f"invitation du {french.day(invited)}" if invited else "",
        f"tenue le {french.day(heard)}" if heard else "non tenue" if asked else "",
    ]
    remark = decision.hearing.strip().rstrip(".")
    return " ; ".join(filter(None, (", ".join(filter(None, steps)), remark))) or NOT_RECORDED
