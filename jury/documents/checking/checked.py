"""What a check answers: sentences for people, and what it could not look at."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from butrt.base import french
from butrt.base.french import several
from jury.documents.checking.journaled import Journaled, Kind


@dataclass
class Checked:
    """One thing that was checked: `findings` is empty when all is as it was written."""

    title: str
    seen: int = 0
    # A sentence each, which names the student, the element, the session.
    findings: list[str] = field(default_factory=list)
    # What nothing allows to compare, and why.
    uncovered: list[str] = field(default_factory=list)

    def finds(self, sentence: str) -> None:
        self.findings.append(sentence)

    def differs(self, about: str, here: object, expected: object, by: str = "le journal") -> None:
        """What the database has is not what was said of it."""
        self.finds(f"{about} : la base dit {in_words(here)}, {by} {in_words(expected)}.")

    def untold(
        self, journaled: Journaled, kind: Kind, keys: Iterable[str], sentence: Callable[[str], str]
    ) -> None:
        """Rows of which the journal says nothing: made behind it or, before 0.5, as it was then."""
        keys = list(keys)
        if journaled.tells_all(kind):
            self.findings += [f"{sentence(key)} : le journal n’en dit rien." for key in keys]
        elif keys:
            self.uncovered.append(
                f"{several(len(keys), 'ligne', 'lignes')} ({kind}) d’avant la version 0.5, que le journal "
                "ne dit pas en entier ; « check_all --note » en prend acte."
            )


def in_words(value: object) -> str:
    """A value as a sentence says it: "8,5", "rien"."""
    return french.in_words(value, "rien")
