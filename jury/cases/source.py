"""What the pages and files of a session are made from: a version of its PV, or the figures of a moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Self

from django.utils import timezone

from butrt.base.accounts.models import User
from jury.cases.proceedings import Proceedings
from jury.models import Minutes, Session


@dataclass(frozen=True)
class Source:
    """A version of the PV or, before there is one, the figures of a moment."""

    session: Session
    proceedings: Proceedings
    minutes: Minutes | None
    # When it was established, or, without a PV, when the figures were read.
    at: datetime
    # Who asks for the documents: named as having given them out.
    by: User | None = None
    # The same of earlier versions of the PV, by number: see `about`.
    _earlier: dict[int, Self] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, session: Session, *, by: User | None = None) -> Self:
        """The last PV of a closed session, else the provisional figures (`session`: `with_programme()`)."""
        minutes = session.minutes.order_by("-version").first()
        if minutes is None:
            return cls(session, Proceedings.of(session), None, timezone.now(), by)
        return cls.of_minutes(session, minutes, by=by)

    @classmethod
    def of_minutes(cls, session: Session, minutes: Minutes, *, by: User | None = None) -> Self:
        """A given version of the PV of a session; its content need not have been read."""
        minutes.session = session
        return cls(session, Proceedings.of_version(minutes), minutes, minutes.created_at, by)

    @property
    def provisional(self) -> bool:
        return self.minutes is None

    def file_stem(self, kind: str, *more: object) -> str:
        """How a file is called: "releves_RT-Cyber_BUT2_S4_2024-2025", then "provisoire" while it is."""
        return self.session.file_stem(kind, "provisoire" if self.provisional else "", *more)

    def about(self, student: str) -> Self:
        """What this student's documents are printed from: the last version that changed what is said of them.

        A correction for one student replaces their documents; those of the others stand.
        """
        if self.minutes is None or self.minutes.touches(student):
            return self
        version = self.version_about(student)
        if version not in self._earlier:
            minutes = self.session.minutes.whole().get(version=version)
            self._earlier[version] = self.of_minutes(self.session, minutes, by=self.by)
        return self._earlier[version]

    def version_about(self, student: str) -> int:
        """Its number."""
        assert self.minutes is not None  # only asked of a version
        if self.minutes.touches(student):
            return self.minutes.version
        return next(version for version in self._versions if version.touches(student)).version

    @cached_property
    def _versions(self) -> list[Minutes]:
        """Those up to this one, the last first, without their content."""
        assert self.minutes is not None  # only asked of a version
        upto = self.session.minutes.filter(version__lte=self.minutes.version)
        return list(upto.order_by("-version"))
