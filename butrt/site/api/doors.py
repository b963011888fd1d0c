"""Who reads the API: a token, acting for its owner in one role of one department, and nothing more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja.security import HttpBearer

from butrt.base.accounts.models import ApiToken, Role, User, secret_digest
from butrt.base.journal.services import record
from curriculum.models import Programme
from grades.models import Cohort
from jury.models import Session

NAMES = Role.Name
USED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Reader:
    """Who asks: the owner of a token, holding its role and no other."""

    token: ApiToken
    user: User

    @property
    def role(self) -> str:
        return self.token.role

    def programmes(self) -> QuerySet[Programme]:
        return (
            Programme.objects.visible_to(self.user)
            .filter(parcours__department=self.token.department_id)
            .select_related("parcours")
            .order_by("parcours", "year", "-in_force_from", "pk")
        )

    def cohorts(self) -> QuerySet[Cohort]:
        """Those of the page of promotions, for the same roles."""
        return (
            Cohort.objects.listed_for(self.user)
            .filter(specialty__department=self.token.department_id)
            .select_related("specialty__department")
            .prefetch_related("programmes")
        )

    def sessions(self) -> QuerySet[Session]:
        """Those that a jury has closed: a PV is in force, even while it is being corrected."""
        # Someone who presides and also administers reads as an administrator with that token.
        mine = {
            NAMES.PRESIDENT: Session.objects.presided_by(self.user),
            NAMES.DIRECTOR: Session.objects.visible_to(self.user),
            NAMES.SECRETARIAT: Session.objects.visible_to(self.user),
        }.get(NAMES(self.role), Session.objects.none())
        here = Q(cohort__specialty__department=self.token.department_id)
        frozen = {
            "frozen_aside": F("snapshot__context__aside"),
            "frozen_elements": F("snapshot__context__elements"),
        }
        return mine.filter(here, closed_at__isnull=False).with_programme().annotate(**frozen)

    def documented_session(self, pk: int) -> Session:
        """A session whose documents are this reader's to have; 404 when unseen, PermissionDenied if not."""
        session = get_object_or_404(self.sessions(), pk=pk)
        documented = self.role != NAMES.DIRECTOR and Session.objects.documented_for(self.user)
        if not documented or not documented.filter(pk=pk).exists():
            raise PermissionDenied("Les documents du jury sont ceux de la présidence et du secrétariat.")
        return session

    def journal(self, about: str, **details: Any) -> None:
        """Personal data are given: once a call."""
        with transaction.atomic():
            record(
                act="api.read",
                about=about,
                by=self.user,
                department=self.token.department,
                details={"token": self.token.name, "role": self.role, **details},
            )


class TokenRequest(HttpRequest):
    """A request whose token is alive."""

    auth: Reader


class Token(HttpBearer):
    def authenticate(self, request: HttpRequest, token: str) -> Reader | None:
        """Who the token acts for; None unless it is alive."""
        digest = secret_digest(token.strip())
        alive = ApiToken.objects.alive().select_related("owner", "department").filter(digest=digest).first()
        if alive is None:
            return None
        now = timezone.now()
        if alive.last_used_at is None or now - alive.last_used_at > USED_EVERY:
            ApiToken.objects.filter(pk=alive.pk).update(last_used_at=now)
        # The owner as the token's role makes them: what their other roles open stays shut.
        alive.owner.__dict__["role_set"] = frozenset({(alive.department_id, alive.role)})
        return Reader(alive, alive.owner)
