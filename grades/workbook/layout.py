"""Where things are in the mark workbook, and the hidden keys that tie a cell to its student and évaluation.

Keys travel with what they name: an évaluation's above its column, a student's at the head of the row, so a
sheet sorted or filtered by its reader still says whose mark is whose. They are signed: a key changed by hand
is told, never followed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.core.signing import BadSignature, Signer

TAB = "Notes"
TITLE_ROW, HELP_ROW, KEY_ROW, HEAD_ROW, ABOUT_ROW, FIRST_ROW = range(1, 7)
KEY, NUMBER, LAST_NAME, FIRST_NAME, GROUP, FIRST_ASSESSMENT = range(1, 7)
REMARKS = "Remarque"

FORMAT = "butrt-notes-1"
SALT = "grades.workbook"


class KeyChanged(ValueError):
    """A hidden key is not one that we wrote."""


@dataclass(frozen=True)
class SheetKey:
    """What a workbook is about: the teaching, and the maximum of each of its évaluations when it was made.

    The versions of a student's marks are kept in the order of `maxima`.
    """

    teaching_id: int
    maxima: Mapping[int, Decimal]

    def __str__(self) -> str:
        listed = ",".join(f"{key}={maximum:f}" for key, maximum in self.maxima.items())
        return f"{FORMAT}/{self.teaching_id}/{listed}"

    def signed(self) -> str:
        return Signer(salt=SALT).sign(str(self))

    @classmethod
    def read(cls, text: str) -> SheetKey:
        """Raises KeyChanged."""
        try:
            _, teaching, listed = Signer(salt=SALT).unsign(text).split("/")
            maxima = dict(pair.split("=") for pair in listed.split(","))
            return cls(int(teaching), {int(key): Decimal(maximum) for key, maximum in maxima.items()})
        except (BadSignature, ValueError) as error:
            raise KeyChanged from error

    def signed_row(self, enrolment_id: int, versions: Mapping[int, int]) -> str:
        """A student's key: whose marks, and the version of each (0: none yet)."""
        listed = ".".join(str(versions.get(key, 0)) for key in self.maxima)
        return self._row_signer().sign(f"{enrolment_id}/{listed}")

    def read_row(self, text: str) -> tuple[int, dict[int, int]]:
        """The enrolment and {évaluation: version}. Raises KeyChanged, also for a row of another workbook."""
        try:
            enrolment, listed = self._row_signer().unsign(text).split("/")
            versions = [int(version) for version in listed.split(".")]
            return int(enrolment), dict(zip(self.maxima, versions, strict=True))
        except (BadSignature, ValueError) as error:
            raise KeyChanged from error

    def _row_signer(self) -> Signer:
        return Signer(salt=f"{SALT}/{self}")
