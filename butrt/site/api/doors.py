"""Who reads the API: a token, acting for its owner in one role of one department, and nothing more."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.http import parse_etags
from django.views.decorators.csrf import csrf_exempt

from butrt.base.accounts.models import ApiToken, Role, User
from butrt.base.journal.services import record
from grades.models import Cohort
from jury.models import Session

NAMES = Role.Name
JSON = "application/json"
USED_EVERY = timedelta(minutes=1)
NO_TOKEN = "Donnez un jeton valable : Authorization: Bearer butrt_… (page Comptes, Jetons d’accès)."


class BadRequest(ValueError):
    """An argument of the address that means nothing; says which and why."""


@dataclass(frozen=True)
class Reader:
    """Who asks: the owner of a token, holding its role and no other."""

    token: ApiToken
    user: User

    @property
    def role(self) -> str:
        return self.token.role

    def cohorts(self) -> QuerySet[Cohort]:
        """Those of the page of promotions, for the same roles."""
        return (
            Cohort.objects.listed_for(self.user)
            .filter(programme__parcours__department=self.token.department_id)
            .select_related("programme__parcours")
        )

    def sessions(self) -> QuerySet[Session]:
        """Those that a jury has closed: a PV is in force, even while it is being corrected."""
        # Someone who presides and also administers reads as an administrator with that token.
        mine = {
            NAMES.PRESIDENT: Session.objects.presided_by(self.user),
            NAMES.DIRECTOR: Session.objects.visible_to(self.user),
            NAMES.SECRETARIAT: Session.objects.visible_to(self.user),
        }.get(NAMES(self.role), Session.objects.none())
        here = Q(cohort__programme__parcours__department=self.token.department_id)
        return mine.filter(here, closed_at__isnull=False).with_programme()

    def documented_session(self, pk: int) -> Session:
        """A session whose documents are this reader's to have; 404 when unseen, PermissionDenied if not."""
        found = get_object_or_404(self.sessions(), pk=pk)
        documented = self.role != NAMES.DIRECTOR and Session.objects.documented_for(self.user)
        if not documented or not documented.filter(pk=pk).exists():
            raise PermissionDenied("Les documents du jury sont ceux de la présidence et du secrétariat.")
        return found

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


Answer = Callable[..., HttpResponse | dict[str, Any] | list[Any]]


def answering(view: Answer) -> Callable[..., HttpResponse]:
    """A page of the API: by token, GET or HEAD, refusals in JSON, an ETag; `view` is given the reader."""

    @csrf_exempt
    @login_not_required
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return method_refused()
        reader = _reader(request)
        if reader is None:
            refusal = refused(401, NO_TOKEN)
            refusal["WWW-Authenticate"] = "Bearer"
            return refusal
        try:
            made = view(request, reader, *args, **kwargs)
        except BadRequest as error:
            return refused(400, str(error))
        except PermissionDenied as error:
            return refused(403, str(error))
        except Http404:
            return not_found()
        except ValueError as error:  # a document that cannot be printed says why: see Kind.render
            return refused(409, str(error))
        return _private(request, made if isinstance(made, HttpResponse) else as_json(made))

    return answer


def _reader(request: HttpRequest) -> Reader | None:
    """Who the token acts for; None without a token that is alive."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.casefold() != "bearer" or not secret.strip():
        return None
    digest = ApiToken.digest_of(secret.strip())
    token = ApiToken.objects.alive().select_related("owner", "department").filter(digest=digest).first()
    if token is None:
        return None
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at > USED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    # The owner as the token's role makes them: what their other roles open stays shut.
    token.owner.__dict__["role_set"] = frozenset({(token.department_id, token.role)})
    return Reader(token, token.owner)


def _private(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """With an ETag of what it says, 304 for who has it; kept by no shared cache."""
    response["Cache-Control"] = "private, no-cache"
    response["Vary"] = "Authorization"
    response["ETag"] = f'"{hashlib.sha256(response.content).hexdigest()}"'
    if response["ETag"] in parse_etags(request.headers.get("If-None-Match", "")):
        kept = HttpResponse(status=304)
        for name in ("ETag", "Cache-Control", "Vary"):
            kept[name] = response[name]
        del kept["Content-Type"]
        return kept
    return response


def as_json(value: Any, status: int = 200) -> HttpResponse:
    return HttpResponse(json.dumps(value, ensure_ascii=False), content_type=JSON, status=status)


def refused(status: int, why: str) -> HttpResponse:
    return as_json({"error": why}, status)


def not_found() -> HttpResponse:
    return refused(404, "Rien à cette adresse, ou rien que ce jeton puisse lire.")


def method_refused() -> HttpResponse:
    response = refused(405, "Cette interface se lit seulement : GET ou HEAD.")
    response["Allow"] = "GET, HEAD"
    return response
